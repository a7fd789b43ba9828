import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { timeText } from "../server/format";
import { Empty, Fault, Loading, More, Page, useMessages } from "../server/parts";
import type { AuditEntry, AuditFilter } from "./queries";
import { audit, people } from "./queries";

/** Objects that entries are about, as the server calls them. */
const OBJECTS = ["set", "sample", "result", "config", "preprocess", "group", "user", "token", "notification", "job"];

/** Who did what, and when. */
export function AuditPage() {
  const m = useMessages();
  const words = m.admin.audit;
  const filter = useSearch({ from: "/in/admin/audit" });
  const list = useInfiniteQuery(audit(filter));
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Page title={words.title} ready={!list.isPending}>
      <p className="secondary">{words.text}</p>
      <Filters filter={filter} />
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <Empty title={words.empty} />}
      {rows.length > 0 && (
        <table className="table audit">
          <thead>
            <tr>
              <th className="right">#</th>
              <th>{words.at}</th>
              <th>{words.who}</th>
              <th>{words.action}</th>
              <th>{words.object}</th>
              <th>{words.changed}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((e) => (
              <Entry key={e.id} entry={e} filter={filter} />
            ))}
          </tbody>
        </table>
      )}
      <More of={list} />
      <p className="secondary small">
        {words.chain} <code className="mono">vidjil audit verify</code>
      </p>
    </Page>
  );
}

function Filters({ filter }: { filter: AuditFilter }) {
  const m = useMessages();
  const words = m.admin.audit;
  const navigate = useNavigate();
  const known = useQuery(people).data?.items ?? [];
  const [form, setForm] = useState({ ...filter });
  useEffect(() => setForm({ ...filter }), [filter]);
  const go = (next: AuditFilter) => {
    setForm({ ...next });
    // A kind of object alone is no filter of the server yet: it waits for its number.
    if ((next.object === undefined) === (next.id === undefined))
      void navigate({ to: "/admin/audit", search: clean(next), replace: true });
  };
  return (
    <form
      className="form inline filters"
      onSubmit={(e) => {
        e.preventDefault();
        go(form);
      }}
    >
      <label className="form-field">
        <span className="secondary">{words.who}</span>
        <select
          className="select framed"
          value={form.user ?? 0}
          onChange={(e) => go({ ...form, user: Number(e.currentTarget.value) })}
        >
          <option value={0}>{words.anybody}</option>
          {form.user !== undefined && !known.some((u) => u.id === form.user) && (
            <option value={form.user}>#{form.user}</option>
          )}
          {known.map((u) => (
            <option key={u.id} value={u.id}>
              {u.name}
            </option>
          ))}
        </select>
      </label>
      <label className="form-field">
        <span className="secondary">{words.object}</span>
        <span className="object-field">
          <select
            className="select framed"
            aria-label={words.object}
            value={form.object ?? ""}
            onChange={(e) => {
              const { object: _, id: __, ...rest } = form;
              const object = e.currentTarget.value;
              go(object ? { ...rest, object, ...(form.id ? { id: form.id } : {}) } : rest);
            }}
          >
            <option value="">{words.anything}</option>
            {OBJECTS.map((o) => (
              <option key={o} value={o}>
                {words.objects[o] ?? o}
              </option>
            ))}
          </select>
          <input
            type="number"
            min={1}
            className="field num"
            aria-label={words.number}
            placeholder={words.number}
            disabled={!form.object}
            value={form.id ?? ""}
            onChange={(e) => {
              const { id: _, ...rest } = form;
              const id = Number(e.currentTarget.value);
              setForm(id > 0 ? { ...rest, id } : rest);
            }}
            onBlur={() => form.id !== filter.id && go(form)}
          />
        </span>
      </label>
      <label className="form-field">
        <span className="secondary">{words.action}</span>
        <input
          className="field mono"
          placeholder="set.create"
          value={form.action ?? ""}
          onChange={(e) => setForm({ ...form, action: e.currentTarget.value })}
          onBlur={() => (form.action ?? "") !== (filter.action ?? "") && go(form)}
        />
      </label>
      {(["from", "to"] as const).map((side) => (
        <label key={side} className="form-field day">
          <span className="secondary">{words[side]}</span>
          <input
            type="date"
            className="field"
            value={form[side] ?? ""}
            onChange={(e) => go({ ...form, [side]: e.currentTarget.value })}
          />
        </label>
      ))}
      <button type="submit" className="button">
        {words.filter}
      </button>
      {Object.keys(clean(filter)).length > 0 && (
        <button type="button" className="quiet" onClick={() => go({})}>
          {m.server.sets.clearSearch}
        </button>
      )}
    </form>
  );
}

const clean = (f: AuditFilter): AuditFilter => Object.fromEntries(Object.entries(f).filter(([, v]) => v));

function Entry({ entry: e, filter }: { entry: AuditEntry; filter: AuditFilter }) {
  const m = useMessages();
  const words = m.admin.audit;
  const navigate = useNavigate();
  const narrow = (more: AuditFilter) =>
    void navigate({ to: "/admin/audit", search: clean({ ...filter, ...more }), replace: false });
  return (
    <tr>
      <td className="right num secondary">{e.id}</td>
      <td className="nowrap num">{timeText(e.at, m.locale)}</td>
      <td>
        {e.user_id ? (
          <button type="button" className="row-button plain" onClick={() => narrow({ user: e.user_id ?? 0 })}>
            <bdi>{e.user || `#${e.user_id}`}</bdi>
          </button>
        ) : (
          <span className="secondary">{e.address === "shell" ? words.shell : words.server}</span>
        )}
        {e.behalf_of && <div className="secondary small">{words.behalf(e.behalf || `#${e.behalf_of}`)}</div>}
      </td>
      <td>
        <button type="button" className="row-button plain mono small" onClick={() => narrow({ action: e.action })}>
          {e.action}
        </button>
      </td>
      <td className="nowrap">
        <Thing entry={e} />
      </td>
      <td>
        <Values entry={e} />
      </td>
    </tr>
  );
}

function Thing({ entry: e }: { entry: AuditEntry }) {
  const words = useMessages().admin.audit;
  const text = `${words.objects[e.object] ?? e.object}${e.object_id ? ` ${e.object_id}` : ""}`;
  const params = { id: String(e.object_id ?? 0) };
  const about = e.set_id && e.object !== "set" ? { id: String(e.set_id) } : null;
  return (
    <>
      {e.object_id && e.object === "set" ? (
        <Link to="/sets/$id" params={params} className="plain-link">
          {text}
        </Link>
      ) : e.object_id && e.object === "user" ? (
        <Link to="/admin/users/$id" params={params} className="plain-link">
          {text}
        </Link>
      ) : e.object_id && e.object === "group" ? (
        <Link to="/admin/groups/$id" params={params} className="plain-link">
          {text}
        </Link>
      ) : e.object_id && e.object === "config" ? (
        <Link to="/admin/configs/$id" params={params} className="plain-link">
          {text}
        </Link>
      ) : (
        text
      )}
      {about && (
        <span className="secondary">
          {" · "}
          <Link to="/sets/$id" params={about} className="plain-link">
            {words.objects.set} {about.id}
          </Link>
        </span>
      )}
    </>
  );
}

const textOf = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);

/** Fields before and after; those that could tell who somebody is are named only. */
function Values({ entry: e }: { entry: AuditEntry }) {
  const m = useMessages();
  const words = m.admin.audit;
  const [before, after] = [e.before ?? {}, e.after ?? {}];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((n) => textOf(before[n]) !== textOf(after[n]))
    .sort();
  const hidden = e.hidden ?? [];
  const summary = [...names, ...hidden.map((h) => `${h} (${words.hidden})`)];
  return (
    <details>
      <summary>
        <span className="secondary small">{summary.length > 0 ? summary.join(", ") : words.details}</span>
      </summary>
      {names.length > 0 && (
        <table className="diff small">
          <tbody>
            {names.map((n) => (
              <tr key={n}>
                <th scope="row">{n}</th>
                <td>{n in before && <del>{textOf(before[n])}</del>}</td>
                <td aria-hidden>→</td>
                <td>{n in after && <ins>{textOf(after[n])}</ins>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <dl className="entry-facts small">
        {e.address && (
          <>
            <dt>{m.server.account.address}</dt>
            <dd className="mono">{e.address}</dd>
          </>
        )}
        {e.request_id && (
          <>
            <dt>{words.request}</dt>
            <dd className="mono">{e.request_id}</dd>
          </>
        )}
        {e.hash && (
          <>
            <dt>{words.hash}</dt>
            <dd className="mono wrap">{e.hash}</dd>
          </>
        )}
      </dl>
    </details>
  );
}
