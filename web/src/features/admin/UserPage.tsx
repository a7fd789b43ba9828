import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { whoami } from "../../api/queries";
import { forgetOthers } from "../server/Acting";
import { timeText, whole } from "../server/format";
import { Ask, Fault, Field, Loading, Page, useMessages } from "../server/parts";
import { Invited } from "./NewUserPage";
import { Check, Choice, LanguageOptions, TypedConfirm } from "./parts";
import type { User } from "./queries";
import { user } from "./queries";
import { UserState } from "./UsersPage";

export function UserPage() {
  const m = useMessages();
  const words = m.admin.users;
  const { id } = useParams({ from: "/in/admin/users/$id" });
  const it = useQuery(user(Number(id)));
  return (
    <Page
      title={it.data?.name ?? words.one}
      narrow
      ready={!it.isPending}
      kicker={<Link to="/admin/users">{words.title}</Link>}
    >
      {it.error && <Fault error={it.error} retry={() => void it.refetch()} />}
      {it.isPending && <Loading />}
      {it.data && (
        <>
          <Facts user={it.data} />
          {it.data.state !== "anonymised" && <Profile key={it.data.id} user={it.data} />}
          <Groups user={it.data} />
          {it.data.state !== "anonymised" && <Actions user={it.data} />}
        </>
      )}
    </Page>
  );
}

function Facts({ user: it }: { user: User }) {
  const m = useMessages();
  const words = m.admin.users;
  return (
    <p className="facts">
      <span className="fact">
        <UserState user={it} />
      </span>
      {it.email && <span className="fact">{it.email}</span>}
      {it.source !== "local" && <span className="fact">{words.sources[it.source]}</span>}
      <span className="fact">
        {words.lastLogin} {timeText(it.last_login_at, m.locale) || m.server.account.never}
      </span>
      <span className="fact">{words.madeOf(whole(it.sets, m.locale), whole(it.samples, m.locale))}</span>
      <span className="fact">
        <Link to="/admin/audit" search={{ user: it.id }} className="plain-link">
          {words.audit}
        </Link>
      </span>
    </p>
  );
}

function Profile({ user: it }: { user: User }) {
  const m = useMessages();
  const words = m.admin.users;
  const client = useQueryClient();
  const [form, setForm] = useState({
    name: it.name,
    email: it.email,
    language: (it.language ?? "") as "" | "en" | "fr",
    admin: it.admin,
    limited: it.limited,
  });
  const changed =
    form.name !== it.name ||
    form.email !== it.email ||
    form.language !== (it.language ?? "") ||
    form.admin !== it.admin ||
    form.limited !== it.limited;
  const save = useMutation({
    mutationFn: () => call("patch", "/api/v1/users/{id}", { path: { id: it.id }, body: form }),
    onSuccess: async (saved) => {
      client.setQueryData(user(it.id).queryKey, saved);
      await client.invalidateQueries({ queryKey: ["users"] });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className="form block">
      <h2>{m.server.account.profile}</h2>
      <div className="form-row">
        <Field
          label={words.name}
          required
          dir="auto"
          value={form.name}
          fault={fieldFault(save.error, "name")}
          onChange={(e) => setForm({ ...form, name: e.currentTarget.value })}
        />
        <Field
          label={m.server.signIn.email}
          type="email"
          required
          value={form.email}
          fault={fieldFault(save.error, "email")}
          onChange={(e) => setForm({ ...form, email: e.currentTarget.value })}
        />
        <Choice
          label={m.server.account.language}
          value={form.language}
          onChange={(e) => setForm({ ...form, language: e.currentTarget.value as typeof form.language })}
        >
          <LanguageOptions />
        </Choice>
      </div>
      <Check
        label={words.adminLong}
        hint={words.adminHint}
        checked={form.admin}
        onChange={(admin) => setForm({ ...form, admin })}
      />
      <Check
        label={words.limitedLong}
        hint={words.limitedHint}
        checked={form.limited}
        onChange={(limited) => setForm({ ...form, limited })}
      />
      {save.error && <Fault error={save.error} />}
      <div className="form-actions">
        {save.isSuccess && !changed && (
          <span role="status" className="state done">
            ● {m.server.common.saved}
          </span>
        )}
        <button type="submit" className="button primary" disabled={save.isPending || !changed}>
          {m.server.common.save}
        </button>
      </div>
    </form>
  );
}

function Groups({ user: it }: { user: User }) {
  const m = useMessages();
  const words = m.admin.users;
  return (
    <section className="block">
      <h2>{words.groups}</h2>
      <ul className="plain-list">
        {it.groups.map((g) => (
          <li key={g.id}>
            <Link to="/admin/groups/$id" params={{ id: String(g.id) }} className="row-link">
              <bdi>{g.name}</bdi>
            </Link>{" "}
            {g.kind !== "ordinary" && <span className="secondary">{m.admin.groups.kinds[g.kind]}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is done to an account, each with what it means beside it. */
function Actions({ user: it }: { user: User }) {
  const m = useMessages();
  const words = m.admin.users;
  const client = useQueryClient();
  const navigate = useNavigate();
  const me = useQuery(whoami).data?.user?.id;
  const reread = () => client.invalidateQueries({ queryKey: ["users"] });
  const link = useMutation({
    mutationFn: () => call("post", "/api/v1/users/{id}/link", { path: { id: it.id }, body: {} }),
    onSuccess: reread,
  });
  const state = async (next: "active" | "disabled") => {
    await call("patch", "/api/v1/users/{id}", { path: { id: it.id }, body: { state: next } });
    await reread();
  };
  const anonymise = async () => {
    await call("post", "/api/v1/users/{id}/anonymise", { path: { id: it.id } });
    await reread();
  };
  const factor = async () => {
    await call("delete", "/api/v1/users/{id}/totp", { path: { id: it.id } });
    await reread();
  };
  const act = useMutation({
    mutationFn: () => call("post", "/api/v1/session/behalf", { body: { user_id: it.id } }),
    onSuccess: async (who) => {
      client.setQueryData(whoami.queryKey, who);
      await navigate({ to: "/patients" });
      await forgetOthers(client);
    },
  });
  const living = it.state === "active" || it.state === "invited";
  const other = it.id !== me;
  return (
    <section className="block">
      <h2>{words.actions}</h2>
      {link.data && <Invited invitation={link.data} />}
      {(link.error ?? act.error) && <Fault error={link.error ?? act.error} />}
      <ul className="action-list">
        {living && it.source === "local" && (
          <li>
            <span>
              {it.state === "invited" ? words.inviteAgain : words.reset}
              <span className="hint">{words.resetHint}</span>
            </span>
            <button type="button" className="button" disabled={link.isPending} onClick={() => link.mutate()}>
              {words.makeLink}
            </button>
          </li>
        )}
        {it.second_factor && (
          <li>
            <span>
              {words.factor}
              <span className="hint">{words.factorHint}</span>
            </span>
            <Ask question={`${words.factor}: ${it.name}`} action={words.factorAction} onYes={factor} className="button">
              {words.factorAction}
            </Ask>
          </li>
        )}
        {it.state === "active" && other && (
          <li>
            <span>
              {words.act}
              <span className="hint">{words.actHint}</span>
            </span>
            <button type="button" className="button" disabled={act.isPending} onClick={() => act.mutate()}>
              {words.actAction}
            </button>
          </li>
        )}
        {other && (
          <li>
            <span>
              {living ? words.disable : words.enable}
              <span className="hint">{living ? words.disableHint : words.enableHint}</span>
            </span>
            <Ask
              key={it.state}
              question={`${living ? words.disable : words.enable}: ${it.name}`}
              text={living ? words.disableHint : words.enableHint}
              action={living ? words.disableAction : words.enableAction}
              onYes={() => state(living ? "disabled" : "active")}
              className="button"
            >
              {living ? words.disableAction : words.enableAction}
            </Ask>
          </li>
        )}
        {other && (
          <li>
            <span>
              {words.anonymise}
              <span className="hint">{words.anonymiseHint}</span>
            </span>
            <TypedConfirm
              question={`${words.anonymise}: ${it.name}`}
              text={words.anonymiseHint}
              word={it.email}
              action={words.anonymiseAction}
              onYes={anonymise}
            />
          </li>
        )}
      </ul>
    </section>
  );
}
