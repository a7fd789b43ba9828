/** Pages that a link opens: the first administrator, an invitation, a forgotten password. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { whoami } from "../../api/queries";
import { Fault, Field, useMessages } from "../server/parts";
import { Card } from "./Card";

/** The token stands behind the #, which browsers do not send and servers do not log. */
const tokenOf = () => decodeURIComponent(location.hash.replace(/^#/, ""));

export function Setup() {
  const m = useMessages();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [token] = useState(tokenOf);
  const [form, setForm] = useState({ name: "", email: "", password: "", again: "" });
  const set = (field: keyof typeof form) => (e: { currentTarget: HTMLInputElement }) =>
    setForm({ ...form, [field]: e.currentTarget.value });
  const make = useMutation({
    mutationFn: () =>
      call("post", "/api/v1/setup", { body: { token, name: form.name, email: form.email, password: form.password } }),
    onSuccess: async (who) => {
      client.clear();
      client.setQueryData(whoami.queryKey, who);
      await navigate({ to: "/patients" });
    },
  });
  const differ = form.again !== "" && form.again !== form.password;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (form.again === form.password) make.mutate();
  };
  return (
    <Card title={m.server.password.setupTitle}>
      {token === "" ? (
        <p className="note">{m.server.password.noToken}</p>
      ) : (
        <form onSubmit={submit} className="form">
          <p className="note">{m.server.password.setupText}</p>
          <Field
            label={m.server.password.name}
            autoComplete="name"
            required
            value={form.name}
            onChange={set("name")}
            fault={fieldFault(make.error, "name")}
            autoFocus
          />
          <Field
            label={m.server.signIn.email}
            type="email"
            autoComplete="username"
            required
            value={form.email}
            onChange={set("email")}
            fault={fieldFault(make.error, "email")}
          />
          <Field
            label={m.server.password.chosen}
            type="password"
            autoComplete="new-password"
            required
            value={form.password}
            onChange={set("password")}
            fault={fieldFault(make.error, "password")}
          />
          <Field
            label={m.server.password.again}
            type="password"
            autoComplete="new-password"
            required
            value={form.again}
            onChange={set("again")}
            fault={differ ? m.server.password.differ : ""}
          />
          {make.error && <Fault error={make.error} />}
          <button type="submit" className="button primary wide" disabled={make.isPending || differ}>
            {m.server.password.setupTitle}
          </button>
        </form>
      )}
    </Card>
  );
}

export const Welcome = () => <Choose welcome />;
export const Reset = () => <Choose welcome={false} />;

function Choose({ welcome }: { welcome: boolean }) {
  const m = useMessages();
  const [token] = useState(tokenOf);
  const [form, setForm] = useState({ password: "", again: "" });
  const choose = useMutation({
    mutationFn: () => call("post", "/api/v1/password/reset", { body: { token, password: form.password } }),
  });
  const differ = form.again !== "" && form.again !== form.password;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (form.again === form.password) choose.mutate();
  };
  const title = welcome ? m.server.password.welcomeTitle : m.server.password.resetTitle;
  if (token === "" || choose.isSuccess) {
    return (
      <Card title={title}>
        <p className="note" role="status">
          {choose.isSuccess ? m.server.password.done : m.server.password.noToken}
        </p>
        <p className="card-links">
          <Link to="/sign-in" search={{}}>
            {m.server.signIn.title}
          </Link>
        </p>
      </Card>
    );
  }
  return (
    <Card title={title}>
      <form onSubmit={submit} className="form">
        {welcome && <p className="note">{m.server.password.welcomeText}</p>}
        <Field
          label={m.server.password.chosen}
          type="password"
          autoComplete="new-password"
          required
          value={form.password}
          onChange={(e) => setForm({ ...form, password: e.currentTarget.value })}
          fault={fieldFault(choose.error, "password")}
          autoFocus
        />
        <Field
          label={m.server.password.again}
          type="password"
          autoComplete="new-password"
          required
          value={form.again}
          onChange={(e) => setForm({ ...form, again: e.currentTarget.value })}
          fault={differ ? m.server.password.differ : ""}
        />
        {choose.error && <Fault error={choose.error} />}
        <button type="submit" className="button primary wide" disabled={choose.isPending || differ}>
          {m.server.password.submit}
        </button>
      </form>
    </Card>
  );
}

export function Forgot() {
  const m = useMessages();
  const [email, setEmail] = useState("");
  const ask = useMutation({ mutationFn: () => call("post", "/api/v1/password/forgot", { body: { email } }) });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    ask.mutate();
  };
  return (
    <Card title={m.server.password.forgotTitle}>
      <form onSubmit={submit} className="form">
        <p className="note" role="status">
          {ask.isSuccess ? m.server.password.forgotSent : m.server.password.forgotText}
        </p>
        <Field
          label={m.server.signIn.email}
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(e) => setEmail(e.currentTarget.value)}
          fault={fieldFault(ask.error, "email")}
          autoFocus
        />
        {ask.error && <Fault error={ask.error} />}
        <button type="submit" className="button primary wide" disabled={ask.isPending}>
          {m.server.password.send}
        </button>
      </form>
      <p className="card-links">
        <Link to="/sign-in" search={{}}>
          {m.server.signIn.title}
        </Link>
      </p>
    </Card>
  );
}
