/** One's own account: profile, password, second factor, sessions, tokens. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { ownSessions, whoami } from "../../api/queries";
import type { Whoami } from "../../api/types";
import type { Messages } from "../../i18n";
import { setLocale } from "../../ui/preferences";
import { LanguageOptions } from "../admin/parts";
import { timeText } from "../server/format";
import { Fault, Field, Loading, Page, useMessages } from "../server/parts";
import { Bundles } from "./Bundles";
import { Email, EmailElsewhere } from "./Email";
import { MyMails } from "./MyMails";
import { OwnPassword } from "./OwnPassword";
import { OwnUsage } from "./OwnUsage";
import { SecondFactor } from "./SecondFactor";
import { Tokens } from "./Tokens";
import { Ways } from "./Ways";

type Account = NonNullable<Whoami["user"]>;

export function AccountPage() {
  const m = useMessages();
  const who = useQuery(whoami).data;
  if (!who?.user) return <Loading />;
  // An account that several people share, one that only looks, and one in which an administrator acts do not change.
  const fixed = (who.user.limited ?? false) || (who.read_only ?? false) || who.acted_by !== undefined;
  const local = who.user.source === "local";
  return (
    <Page title={m.server.account.title} narrow>
      {fixed && <p className="note">{why(m, who)}</p>}
      <Profile account={who.user} fixed={fixed} />
      {!fixed && (
        <>
          {local ? <Email /> : <EmailElsewhere account={who.user} />}
          {local && <Password />}
          <SecondFactor account={who.user} />
          <Ways local={local} />
          <MyMails mails={who.user.mails} />
        </>
      )}
      <OwnUsage />
      {!fixed && (
        <>
          <Bundles />
          <Sessions />
          <Tokens admin={who.admin} />
        </>
      )}
    </Page>
  );
}

/** Why an account cannot change itself. */
function why(m: Messages, who: Whoami): string {
  if (who.acted_by) return m.server.acting.text(who.user?.name ?? "");
  return who.read_only ? m.server.site.readOnly : m.people.email.shared;
}

function Profile({ account, fixed }: { account: Account; fixed: boolean }) {
  const m = useMessages();
  const words = m.server.account;
  const client = useQueryClient();
  const [name, setName] = useState(account.name);
  const language = account.language ?? "";
  const save = useMutation({
    mutationFn: (body: { name?: string; language?: "" | "en" | "fr" }) => call("patch", "/api/v1/me", { body }),
    onSuccess: (who) => client.setQueryData(whoami.queryKey, who),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate({ name });
  };
  return (
    <section className="block">
      <h2>{words.profile}</h2>
      <p className="secondary">{account.email}</p>
      <form onSubmit={submit} className="form inline">
        <Field
          label={words.name}
          value={name}
          required
          disabled={fixed || account.source !== "local"}
          onChange={(e) => setName(e.currentTarget.value)}
          fault={fieldFault(save.error, "name")}
        />
        <button type="submit" className="button" disabled={fixed || save.isPending || name === account.name}>
          {m.server.common.save}
        </button>
      </form>
      <label className="choice">
        {words.language}
        <select
          className="select framed"
          value={language}
          disabled={fixed}
          onChange={(e) => {
            const next = e.currentTarget.value as "" | "en" | "fr";
            if (next) setLocale(next);
            save.mutate({ language: next });
          }}
        >
          <LanguageOptions />
        </select>
      </label>
      {save.error && <Fault error={save.error} />}
      {save.isSuccess && (
        <span role="status" className="state done">
          ● {m.server.common.saved}
        </span>
      )}
    </section>
  );
}

function Password() {
  const m = useMessages();
  const words = m.server.account;
  const [form, setForm] = useState({ password: "", new_password: "" });
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () => call("post", "/api/v1/me/password", { body: form }),
    onSuccess: async () => {
      setForm({ password: "", new_password: "" });
      await client.invalidateQueries({ queryKey: ["me"] });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    change.mutate();
  };
  return (
    <section className="block">
      <h2>{words.password}</h2>
      <form onSubmit={submit} className="form inline">
        <OwnPassword
          value={form.password}
          error={change.error}
          onChange={(password) => setForm({ ...form, password })}
        />
        <Field
          label={words.chosen}
          type="password"
          autoComplete="new-password"
          required
          value={form.new_password}
          onChange={(e) => setForm({ ...form, new_password: e.currentTarget.value })}
          fault={fieldFault(change.error, "new_password")}
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

function Sessions() {
  const m = useMessages();
  const words = m.server.account;
  const client = useQueryClient();
  const list = useQuery(ownSessions);
  const end = useMutation({
    mutationFn: async (id: number | null): Promise<void> => {
      if (id === null) await call("delete", "/api/v1/me/sessions");
      else await call("delete", "/api/v1/me/sessions/{id}", { path: { id } });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["me", "sessions"] }),
  });
  const rows = list.data?.items ?? [];
  return (
    <section className="block">
      <h2>{words.sessions}</h2>
      {(list.error ?? end.error) && <Fault error={list.error ?? end.error} />}
      {list.isPending && <Loading />}
      {rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{words.browser}</th>
              <th>{words.address}</th>
              <th>{words.lastSeen}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {rows.map((s) => (
              <tr key={s.id}>
                <td className="small clip" title={s.agent}>
                  {browserOf(s.agent)} {s.current && <span className="chip">{words.thisOne}</span>}
                </td>
                <td className="mono small">{s.address}</td>
                <td className="nowrap secondary num">{timeText(s.last_seen_at, m.locale)}</td>
                <td className="right">
                  {!s.current && (
                    <button type="button" className="quiet" onClick={() => end.mutate(s.id)}>
                      {words.end}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rows.length > 1 && (
        <button type="button" className="button" onClick={() => end.mutate(null)}>
          {words.endOthers}
        </button>
      )}
    </section>
  );
}

/** A browser's name and system out of the long text by which it calls itself. */
function browserOf(agent: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\/([\d]+)/.exec(agent);
  const system = /\((?:X11; )?([^;)]+)/.exec(agent);
  if (!browser) return agent.slice(0, 60);
  return `${browser[1] === "Edg" ? "Edge" : browser[1]} ${browser[2]}${system ? `, ${system[1]}` : ""}`;
}
