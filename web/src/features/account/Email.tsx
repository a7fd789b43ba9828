import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { whoami } from "../../api/queries";
import type { Whoami } from "../../api/types";
import { Fault, Field, useMessages } from "../server/parts";
import { OwnPassword } from "./OwnPassword";
import { identities } from "./queries";

/** The address of an account that others prove: they say what it is. */
export function EmailElsewhere({ account }: { readonly account: NonNullable<Whoami["user"]> }) {
  const words = useMessages().ways;
  const by = useQuery(identities).data?.items.find((i) => !i.linked)?.name;
  return (
    <section className="block">
      <h2>{words.emailTitle}</h2>
      <p>{account.email}</p>
      <p className="secondary">
        {words.emailElsewhere(by ?? (account.source === "ldap" ? words.directory : words.provider))}
      </p>
    </section>
  );
}

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
        <OwnPassword
          value={form.password}
          error={change.error}
          onChange={(password) => setForm({ ...form, password })}
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
