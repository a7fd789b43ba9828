import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { ApiError, fieldFault } from "../../api/problem";
import { configs, groups, whoami } from "../../api/queries";
import { Ask, Fault, Field, Loading, Page, useMessages } from "../server/parts";
import { Area } from "./parts";
import type { GroupDetail } from "./queries";
import { autoConfigs, group, people } from "./queries";
import { columnsOf, KINDS, nameOf, peopleOf } from "./rights";

export function GroupPage() {
  const m = useMessages();
  const words = m.admin.groups;
  const { id } = useParams({ from: "/in/admin/groups/$id" });
  const it = useQuery(group(Number(id)));
  const all = useQuery(groups).data?.items ?? [];
  const below = all.filter((g) => g.parent_id === Number(id));
  const details = useQueries({ queries: below.map((g) => group(g.id)) });
  const admin = useQuery(whoami).data?.admin ?? false;
  const parent = all.find((g) => g.id === it.data?.parent_id);
  return (
    <Page
      title={it.data?.name ?? words.one}
      ready={!it.isPending}
      kicker={
        <>
          <Link to="/admin/groups">{words.title}</Link>
          {parent && (
            <>
              {" / "}
              <Link to="/admin/groups/$id" params={{ id: String(parent.id) }}>
                <bdi>{parent.name}</bdi>
              </Link>
            </>
          )}
        </>
      }
    >
      {it.error && <Fault error={it.error} retry={() => void it.refetch()} />}
      {it.isPending && <Loading />}
      {it.data && (
        <>
          <p className="facts">
            {it.data.kind !== "ordinary" && <span className="fact">{words.kinds[it.data.kind]}</span>}
            {it.data.description && <span className="fact">{it.data.description}</span>}
            {parent && <span className="fact">{words.belowOf(parent.name)}</span>}
          </p>
          <People group={it.data} below={details.flatMap((d) => (d.data ? [d.data] : []))} admin={admin} />
          <Arrival id={it.data.id} />
          {it.data.may_manage && <Settings key={it.data.id} group={it.data} admin={admin} />}
        </>
      )}
    </Page>
  );
}

/** Members, and those of groups below, with what each may do with what is open to this group. */
function People({ group: it, below, admin }: { group: GroupDetail; below: readonly GroupDetail[]; admin: boolean }) {
  const m = useMessages();
  const words = m.admin.groups;
  const client = useQueryClient();
  const rows = peopleOf(it, below);
  const kinds = useQuery(groups).data?.kinds ?? [];
  const present = KINDS.flatMap((kind) =>
    columnsOf(kind, kinds).filter((r) => kind === "set" || rows.some((p) => p.rights.has(r))),
  );
  const remove = async (userId: number) => {
    await call("delete", "/api/v1/groups/{id}/members/{user_id}", { path: { id: it.id, user_id: userId } });
    await client.invalidateQueries({ queryKey: ["groups"] });
  };
  const joinable = it.may_manage && it.kind === "ordinary";
  return (
    <section className="block">
      <h2>{words.members}</h2>
      <p className="secondary">{words.membersText}</p>
      {joinable && <AddMember group={it} admin={admin} />}
      {rows.length === 0 && <p className="secondary">{words.noMembers}</p>}
      {rows.length > 0 && (
        <div className="scroll-x">
          <table className="table matrix">
            <thead>
              <tr>
                <th scope="col">{words.person}</th>
                {present.map((r) => (
                  <th key={r} scope="col" className="middle">
                    {r.startsWith("set:") ? (
                      (words.right[nameOf(r)] ?? nameOf(r))
                    ) : (
                      <>
                        <span className="secondary">{words.rightKinds[r.slice(0, r.indexOf(":"))]}</span>{" "}
                        {words.right[nameOf(r)]}
                      </>
                    )}
                  </th>
                ))}
                <th />
              </tr>
            </thead>
            <tbody>
              {rows.map((p) => (
                <tr key={p.id}>
                  <th scope="row">
                    {admin ? (
                      <Link to="/admin/users/$id" params={{ id: String(p.id) }} className="row-link">
                        <bdi>{p.name}</bdi>
                      </Link>
                    ) : (
                      <bdi>{p.name}</bdi>
                    )}{" "}
                    <span className="secondary small">{p.direct ? p.email : words.through(p.through.join(", "))}</span>
                  </th>
                  {present.map((r) => (
                    <RightMark key={r} by={p.rights.get(r)} />
                  ))}
                  <td className="right">
                    {joinable && p.direct && (
                      <Ask
                        question={words.removeAsk(p.name, it.name)}
                        text={words.removeText}
                        action={m.server.common.remove}
                        onYes={() => remove(p.id)}
                      >
                        {m.server.common.remove}
                      </Ask>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="secondary small">{words.legend}</p>
    </section>
  );
}

function RightMark({ by }: { by: readonly string[] | undefined }) {
  const words = useMessages().admin.groups;
  const own = by?.includes("") ?? false;
  const text = !by ? words.hasNot : own ? words.has : words.through(by.join(", "));
  return (
    <td className="middle" title={by && !own ? text : undefined}>
      <span aria-hidden>{!by ? "·" : own ? "●" : "◐"}</span>
      <span className="visually-hidden">{text}</span>
    </td>
  );
}

function AddMember({ group: it, admin }: { group: GroupDetail; admin: boolean }) {
  const m = useMessages();
  const words = m.admin.groups;
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const known = useQuery({ ...people, enabled: admin }).data?.items ?? [];
  const add = useMutation({
    mutationFn: () =>
      call("post", "/api/v1/groups/{id}/members", { path: { id: it.id }, body: { email: email.trim() } }),
    onSuccess: async () => {
      setEmail("");
      await client.invalidateQueries({ queryKey: ["groups"] });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit} className="form inline">
      <Field
        label={words.addEmail}
        type="email"
        required
        list="known-people"
        value={email}
        fault={fieldFault(add.error, "email")}
        onChange={(e) => setEmail(e.currentTarget.value)}
      />
      <datalist id="known-people">
        {known
          .filter((u) => (u.state === "active" || u.state === "invited") && !it.people.some((p) => p.user_id === u.id))
          .map((u) => (
            <option key={u.id} value={u.email}>
              {u.name}
            </option>
          ))}
      </datalist>
      <button type="submit" className="button" disabled={add.isPending}>
        {m.server.common.add}
      </button>
      {add.error && !fieldFault(add.error, "email") && <Fault error={add.error} />}
    </form>
  );
}

/** What is analysed by itself when reads come in. */
function Arrival({ id }: { id: number }) {
  const m = useMessages();
  const words = m.admin.groups;
  const client = useQueryClient();
  const chosen = useQuery({ ...autoConfigs(id), retry: false });
  const offered = (useQuery(configs).data?.items ?? []).filter((c) => !c.archived);
  const save = useMutation({
    mutationFn: (ids: readonly number[]) =>
      call("put", "/api/v1/groups/{id}/auto-configs", { path: { id }, body: { config_ids: [...ids] } }),
    onSettled: () => client.invalidateQueries({ queryKey: autoConfigs(id).queryKey }),
  });
  if (chosen.error instanceof ApiError && chosen.error.status === 403) return null;
  const ids = chosen.data?.config_ids ?? [];
  return (
    <section className="block">
      <h2>{words.arrival}</h2>
      <p className="secondary">{words.arrivalText}</p>
      {(chosen.error ?? save.error) && <Fault error={chosen.error ?? save.error} />}
      {chosen.isPending && <Loading />}
      {chosen.data && (
        <fieldset className="checks" disabled={save.isPending}>
          <legend className="visually-hidden">{words.arrival}</legend>
          {offered.length === 0 && <span className="secondary">{m.server.set.noConfig}</span>}
          {offered.map((c) => (
            <label key={c.id}>
              <input
                type="checkbox"
                checked={ids.includes(c.id)}
                onChange={() => save.mutate(ids.includes(c.id) ? ids.filter((x) => x !== c.id) : [...ids, c.id])}
              />{" "}
              <bdi>{c.name}</bdi>
            </label>
          ))}
        </fieldset>
      )}
    </section>
  );
}

const GB = 1e9;

function Settings({ group: it, admin }: { group: GroupDetail; admin: boolean }) {
  const m = useMessages();
  const words = m.admin.groups;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [form, setForm] = useState({
    name: it.name,
    description: it.description,
    quota: it.quota_bytes ? String(it.quota_bytes / GB) : "",
  });
  const quota = Math.round((Number(form.quota) || 0) * GB);
  const body = {
    ...(form.name === it.name ? {} : { name: form.name }),
    ...(form.description === it.description ? {} : { description: form.description }),
    ...(quota === (it.quota_bytes ?? 0) ? {} : { quota_bytes: quota }),
  };
  const save = useMutation({
    mutationFn: () => call("patch", "/api/v1/groups/{id}", { path: { id: it.id }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["groups"] }),
  });
  const remove = async () => {
    await call("delete", "/api/v1/groups/{id}", { path: { id: it.id } });
    await navigate({ to: "/admin/groups" });
    client.removeQueries({ queryKey: group(it.id).queryKey });
    await client.invalidateQueries({ queryKey: ["groups"] });
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className="form block">
      <h2>{words.settings}</h2>
      <div className="form-row">
        <Field
          label={words.name}
          required
          dir="auto"
          disabled={it.kind === "personal"}
          value={form.name}
          fault={fieldFault(save.error, "name")}
          onChange={(e) => setForm({ ...form, name: e.currentTarget.value })}
        />
        {admin && (
          <Field
            label={words.quota}
            type="number"
            min={0}
            step="any"
            placeholder={words.noQuota}
            value={form.quota}
            fault={fieldFault(save.error, "quota_bytes")}
            onChange={(e) => setForm({ ...form, quota: e.currentTarget.value })}
          />
        )}
      </div>
      <Area
        label={words.description}
        value={form.description}
        fault={fieldFault(save.error, "description")}
        onChange={(e) => setForm({ ...form, description: e.currentTarget.value })}
      />
      {save.error && <Fault error={save.error} />}
      <div className="form-actions">
        {admin && it.kind === "ordinary" && (
          <Ask
            question={words.deleteAsk(it.name)}
            text={words.deleteText}
            action={words.delete}
            onYes={remove}
            className="button danger"
          >
            {words.delete}
          </Ask>
        )}
        <span className="spring" />
        {save.isSuccess && Object.keys(body).length === 0 && (
          <span role="status" className="state done">
            ● {m.server.common.saved}
          </span>
        )}
        <button type="submit" className="button primary" disabled={save.isPending || Object.keys(body).length === 0}>
          {m.server.common.save}
        </button>
      </div>
    </form>
  );
}
