import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { whoami } from "../../api/queries";
import { Fault, Field, useMessages } from "../server/parts";

/** The own address: who changes it can have new passwords sent to themselves, so it takes the password. */
export function Email() {
  const m = useMessages();
  const words = m.people.email;
  const client = useQueryClient();
  const [form, setForm] = useState({ email: "", password: "" });
  const change = useMutation({
    mutationFn: () => call("patch", "/api/v1/me", { body: form }),
    onSuccess: (who) => {
      client.setQueryData(whoami.queryKey, who);
      setForm({ email: "", password: "" });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    change.mutate();
  };
  return (
    <section className="block">
      <h2>{words.title}</h2>
      <p className="secondary">{words.text}</p>
      <form onSubmit={submit} className="form inline">
        <Field
          label={words.fresh}
          type="email"
          autoComplete="email"
          required
          value={form.email}
          onChange={(e) => setForm({ ...form, email: e.currentTarget.value })}
          fault={fieldFault(change.error, "email")}
        />
        <Field
          label={m.server.account.current}
          type="password"
          autoComplete="current-password"
          required
          value={form.password}
          onChange={(e) => setForm({ ...form, password: e.currentTarget.value })}
          fault={fieldFault(change.error, "password")}
        />
        <button type="submit" className="button" disabled={change.isPending}>
          {words.change}
        </button>
      </form>
      {change.error && <Fault error={change.error} />}
      {change.isSuccess && <p role="status">{words.changed}</p>}
    </section>
  );
}
