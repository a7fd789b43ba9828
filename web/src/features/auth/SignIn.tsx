import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { ApiError, fieldFault } from "../../api/problem";
import { notifications, whoami } from "../../api/queries";
import { messages } from "../../i18n";
import { setLocale } from "../../ui/preferences";
import { Fault, Field, useMessages } from "../server/parts";
import { Card } from "./Card";

/** Sign-in. The code of the second factor is asked for once the server wants it. */
export function SignIn() {
  const m = useMessages();
  const { next } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const client = useQueryClient();
  const who = useQuery(whoami).data;
  const notices = useQuery(notifications).data?.items.filter((n) => n.place === "login") ?? [];
  const [form, setForm] = useState({ email: "", password: "", code: "" });
  const enter = useMutation({
    mutationFn: () =>
      call("post", "/api/v1/session", {
        body: { email: form.email, password: form.password, ...(form.code ? { code: form.code.trim() } : {}) },
      }),
    onSuccess: (answer) => {
      client.clear();
      client.setQueryData(whoami.queryKey, answer);
      const language = answer.user?.language;
      if (language && language !== messages.peek().locale) setLocale(language);
      router.history.push(next ?? "/patients");
    },
  });
  const wantsCode = enter.error instanceof ApiError && enter.error.fields.includes("code");
  const asked = wantsCode || form.code !== "";
  const submit = (e: FormEvent) => {
    e.preventDefault();
    enter.mutate();
  };
  const set = (field: keyof typeof form) => (e: { currentTarget: HTMLInputElement }) =>
    setForm({ ...form, [field]: e.currentTarget.value });
  return (
    <Card title={m.server.signIn.title}>
      {notices.map((n) => (
        <p key={n.id} className={`note ${n.priority}`}>
          <strong>{n.title}</strong> {n.body}
        </p>
      ))}
      {who?.setup_needed && <p className="note">{m.server.signIn.setupNeeded}</p>}
      {next && !enter.error && <p className="note">{m.server.signIn.ended}</p>}
      <form onSubmit={submit} className="form">
        <Field
          label={m.server.signIn.email}
          type="email"
          name="email"
          autoComplete="username"
          required
          value={form.email}
          onChange={set("email")}
          fault={fieldFault(enter.error, "email")}
          autoFocus
        />
        <Field
          label={m.server.signIn.password}
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={form.password}
          onChange={set("password")}
          fault={fieldFault(enter.error, "password")}
        />
        {asked && (
          <Field
            label={m.server.signIn.code}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            value={form.code}
            onChange={set("code")}
            fault={form.code === "" ? "" : fieldFault(enter.error, "code")}
            autoFocus
          />
        )}
        {enter.error && !wantsCode && <Fault error={enter.error} />}
        <button type="submit" className="button primary wide" disabled={enter.isPending}>
          {m.server.signIn.submit}
        </button>
      </form>
      <p className="card-links">
        <Link to="/forgot">{m.server.signIn.forgot}</Link>
        <Link to="/open">{m.server.signIn.local}</Link>
      </p>
    </Card>
  );
}
