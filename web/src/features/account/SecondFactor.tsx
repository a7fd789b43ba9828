import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { whoami } from "../../api/queries";
import type { Whoami } from "../../api/types";
import { Fault, Field, useMessages } from "../server/parts";

/** The second factor: the password again, then a secret, then a code that proves that it arrived. */
export function SecondFactor({ account }: { account: NonNullable<Whoami["user"]> }) {
  const m = useMessages();
  const words = m.server.account;
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const reread = () => client.invalidateQueries({ queryKey: whoami.queryKey });
  const begin = useMutation({
    mutationFn: () => call("post", "/api/v1/me/totp", { body: { password } }),
    onSuccess: () => setPassword(""),
  });
  const confirm = useMutation({
    mutationFn: () => call("post", "/api/v1/me/totp/confirm", { body: { code: code.trim() } }),
    onSuccess: () => {
      begin.reset();
      setCode("");
      return reread();
    },
  });
  const end = useMutation({
    mutationFn: () => call("post", "/api/v1/me/totp/disable", { body: { password } }),
    onSuccess: () => {
      setPassword("");
      confirm.reset();
      return reread();
    },
  });
  const on = account.second_factor;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (begin.data && !on) confirm.mutate();
    else if (on) end.mutate();
    else begin.mutate();
  };
  const error = on ? end.error : begin.data ? confirm.error : begin.error;
  return (
    <section className="block">
      <h2>{words.totp}</h2>
      <p className="secondary">{on ? words.totpOn(account.recovery_codes) : words.totpOff}</p>
      {confirm.data && (
        <div className="note">
          <p>{words.recovery}</p>
          <ul className="codes mono">
            {confirm.data.codes.map((c) => (
              <li key={c}>{c}</li>
            ))}
          </ul>
        </div>
      )}
      <form onSubmit={submit} className="form inline">
        {begin.data && !on ? (
          <>
            <p className="note">
              {words.totpSecret} <code className="mono secret">{begin.data.secret}</code>{" "}
              <a href={begin.data.uri}>otpauth</a>
            </p>
            <Field
              label={words.totpCode}
              inputMode="numeric"
              autoComplete="one-time-code"
              required
              value={code}
              onChange={(e) => setCode(e.currentTarget.value)}
              fault={fieldFault(error, "code")}
            />
          </>
        ) : (
          <Field
            label={words.current}
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
            fault={fieldFault(error, "password")}
          />
        )}
        <button type="submit" className="button" disabled={begin.isPending || confirm.isPending || end.isPending}>
          {on ? words.totpEnd : begin.data ? words.totpConfirm : words.totpBegin}
        </button>
      </form>
      {error && <Fault error={error} />}
    </section>
  );
}
