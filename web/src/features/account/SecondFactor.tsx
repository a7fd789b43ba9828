import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { whoami } from "../../api/queries";
import type { Whoami } from "../../api/types";
import { download } from "../../ui/download";
import { CopyBox } from "../admin/parts";
import { Fault, Field, useMessages } from "../server/parts";
import { OwnPassword } from "./OwnPassword";
import { qr, qrPath } from "./qr";

type Account = NonNullable<Whoami["user"]>;

/** Fewer recovery codes than this are worth a word. */
const FEW = 3;

/** The second factor: the password again, then a secret, then a code that proves that it arrived, then recovery codes. */
export function SecondFactor({ account }: { account: Account }) {
  const m = useMessages();
  const words = m.admin.totp;
  // They are shown once: only this page has them, until it is left.
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return (
    <section className="block" aria-label={m.server.account.totp}>
      <h2>{m.server.account.totp}</h2>
      <p className={account.second_factor ? "state done" : "secondary"}>
        {account.second_factor ? `● ${words.on}` : words.off}
      </p>
      {codes && <Codes codes={codes} onKept={() => setCodes(null)} />}
      {!codes && (account.second_factor ? <On account={account} onCodes={setCodes} /> : <Off onCodes={setCodes} />)}
    </section>
  );
}

function useReread() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: whoami.queryKey });
}

function Off({ onCodes }: { onCodes: (codes: readonly string[]) => void }) {
  const m = useMessages();
  const words = m.admin.totp;
  const reread = useReread();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const begin = useMutation({
    mutationFn: () => call("post", "/api/v1/me/totp", { body: { password } }),
    onSuccess: () => setPassword(""),
  });
  const confirm = useMutation({
    mutationFn: () => call("post", "/api/v1/me/totp/confirm", { body: { code: code.replace(/\s+/g, "") } }),
    onSuccess: async (answer) => {
      onCodes(answer.codes);
      await reread();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (begin.data) confirm.mutate();
    else begin.mutate();
  };
  if (!begin.data)
    return (
      <form onSubmit={submit} className="form inline">
        <OwnPassword label={words.confirmWith} value={password} error={begin.error} onChange={setPassword} />
        <button type="submit" className="button" disabled={begin.isPending}>
          {words.turnOn}
        </button>
        {begin.error && !fieldFault(begin.error, "password") && <Fault error={begin.error} />}
      </form>
    );
  return (
    <form onSubmit={submit} className="form">
      <div className="totp-step">
        <QrCode text={begin.data.uri} label={words.qr} />
        <div className="form">
          <p>{words.scan}</p>
          <CopyBox label={words.secret} text={begin.data.secret} />
          <p>{words.enter}</p>
          <Field
            label={m.server.account.totpCode}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={64}
            required
            autoFocus
            value={code}
            onChange={(e) => setCode(e.currentTarget.value)}
            fault={fieldFault(confirm.error, "code")}
          />
          {confirm.error && !fieldFault(confirm.error, "code") && <Fault error={confirm.error} />}
          <div className="form-actions">
            <button type="button" className="button" onClick={() => begin.reset()}>
              {words.cancel}
            </button>
            <button type="submit" className="button primary" disabled={confirm.isPending}>
              {m.server.account.totpConfirm}
            </button>
          </div>
        </div>
      </div>
    </form>
  );
}

function On({ account, onCodes }: { account: Account; onCodes: (codes: readonly string[]) => void }) {
  const m = useMessages();
  const words = m.admin.totp;
  const reread = useReread();
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: async (what: "off" | "codes") => {
      if (what === "off") await call("post", "/api/v1/me/totp/disable", { body: { password } });
      else onCodes((await call("post", "/api/v1/me/totp/recovery", { body: { password } })).codes);
    },
    onSuccess: () => {
      setPassword("");
      return reread();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    change.mutate("codes");
  };
  return (
    <>
      <p className={account.recovery_codes < FEW ? "state warn" : "secondary"}>
        {words.left(account.recovery_codes)} {account.recovery_codes < FEW && words.few}
      </p>
      <form onSubmit={submit} className="form inline">
        <OwnPassword label={words.confirmWith} value={password} error={change.error} onChange={setPassword} />
        <button type="submit" className="button" disabled={change.isPending}>
          {words.newCodes}
        </button>
        <button
          type="button"
          className="button danger"
          disabled={change.isPending || password === ""}
          onClick={() => change.mutate("off")}
        >
          {words.turnOff}
        </button>
        {change.error && !fieldFault(change.error, "password") && <Fault error={change.error} />}
      </form>
    </>
  );
}

function Codes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const m = useMessages();
  const words = m.admin.totp;
  return (
    <div className="note" role="status">
      <p>
        <strong>{words.codesTitle}</strong> {words.codes}
      </p>
      <ul className="codes mono">
        {codes.map((c) => (
          <li key={c}>{c}</li>
        ))}
      </ul>
      <div className="form-actions">
        <button
          type="button"
          className="button"
          onClick={() => download("vidjil-recovery-codes.txt", `${m.app}\n\n${codes.join("\n")}\n`)}
        >
          {words.codesSave}
        </button>
        <button type="button" className="button primary" onClick={onKept}>
          {words.codesKept}
        </button>
      </div>
    </div>
  );
}

/** Dark on white in both themes: a camera reads nothing else. */
function QrCode({ text, label }: { text: string; label: string }) {
  const modules = qr(text);
  const side = modules.length + 8;
  return (
    <svg className="qr" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <path d={qrPath(modules)} fill="#000" />
    </svg>
  );
}
