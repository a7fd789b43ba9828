import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { tokens } from "../../api/queries";
import { timeText } from "../server/format";
import { Ask, Fault, Field, Loading, useMessages } from "../server/parts";

const SCOPES = ["read", "write", "upload", "admin"] as const;

/** API tokens, with which scripts act as their owner. */
export function Tokens({ admin }: { admin: boolean }) {
  const m = useMessages();
  const words = m.server.account;
  const client = useQueryClient();
  const list = useQuery(tokens);
  const reread = () => client.invalidateQueries({ queryKey: ["me", "tokens"] });
  const revoke = async (id: number) => {
    await call("delete", "/api/v1/me/tokens/{id}", { path: { id } });
    await reread();
  };
  return (
    <section className="block">
      <h2>{words.tokens}</h2>
      <p className="secondary">{words.tokensText}</p>
      <NewToken admin={admin} onMade={reread} />
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data?.items.length === 0 && <p className="secondary">{words.noTokens}</p>}
      {(list.data?.items.length ?? 0) > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{words.name}</th>
              <th>{words.scopes}</th>
              <th>{words.expires}</th>
              <th>{words.lastUsed}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {list.data?.items.map((t) => (
              <tr key={t.id}>
                <td>
                  <bdi>{t.name}</bdi>
                </td>
                <td>{t.scopes.map((s) => words.scope[s] ?? s).join(", ")}</td>
                <td className="nowrap num">{timeText(t.expires_at, m.locale)}</td>
                <td className="nowrap num">{timeText(t.last_used_at, m.locale) || words.never}</td>
                <td className="right">
                  <Ask question={`${words.revoke}: ${t.name}`} action={words.revoke} onYes={() => revoke(t.id)}>
                    {words.revoke}
                  </Ask>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function NewToken({ admin, onMade }: { admin: boolean; onMade: () => Promise<unknown> }) {
  const m = useMessages();
  const words = m.server.account;
  const [form, setForm] = useState({ name: "", scopes: ["read"] as readonly string[], days: "90" });
  const make = useMutation({
    mutationFn: () =>
      call("post", "/api/v1/me/tokens", {
        body: { name: form.name, scopes: [...form.scopes], days: Number(form.days) || 0 },
      }),
    onSuccess: () => {
      setForm({ ...form, name: "" });
      return onMade();
    },
  });
  const toggle = (scope: string) =>
    setForm({
      ...form,
      scopes: form.scopes.includes(scope) ? form.scopes.filter((s) => s !== scope) : [...form.scopes, scope],
    });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    make.mutate();
  };
  return (
    <>
      <form onSubmit={submit} className="form inline">
        <Field
          label={words.tokenName}
          required
          value={form.name}
          onChange={(e) => setForm({ ...form, name: e.currentTarget.value })}
          fault={fieldFault(make.error, "name")}
        />
        <fieldset className="checks">
          <legend>{words.scopes}</legend>
          {SCOPES.filter((s) => s !== "admin" || admin).map((s) => (
            <label key={s}>
              <input type="checkbox" checked={form.scopes.includes(s)} onChange={() => toggle(s)} /> {words.scope[s]}
            </label>
          ))}
        </fieldset>
        <Field
          label={words.days}
          type="number"
          min={1}
          max={731}
          value={form.days}
          onChange={(e) => setForm({ ...form, days: e.currentTarget.value })}
          fault={fieldFault(make.error, "days")}
        />
        <button type="submit" className="button" disabled={make.isPending || form.scopes.length === 0}>
          {words.make}
        </button>
      </form>
      {make.error && <Fault error={make.error} />}
      {make.data && (
        <div className="note" role="status">
          <p>{words.made}</p>
          <code className="mono secret">{make.data.text}</code>{" "}
          <button type="button" className="quiet" onClick={() => void navigator.clipboard?.writeText(make.data.text)}>
            {m.server.common.copy}
          </button>
        </div>
      )}
    </>
  );
}
