import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { timeText, whole } from "../server/format";
import { Empty, Fault, Loading, More, Page, useMessages } from "../server/parts";
import { Mark } from "./parts";
import type { User } from "./queries";
import { users } from "./queries";

const SORTS = ["name", "-created", "-login"] as const;

export function UsersPage() {
  const m = useMessages();
  const words = m.admin.users;
  const { q = "", sort = "name" } = useSearch({ from: "/in/admin/users" });
  const navigate = useNavigate();
  const list = useInfiniteQuery(users(q, sort));
  const [typed, setTyped] = useState(q);
  const go = (next: { q: string; sort: string }) =>
    void navigate({
      to: "/admin/users",
      search: { ...(next.q ? { q: next.q } : {}), ...(next.sort === "name" ? {} : { sort: next.sort }) },
      replace: true,
    });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed starts the wait
  useEffect(() => {
    if (typed === q) return undefined;
    const timer = setTimeout(() => go({ q: typed, sort }), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  return (
    <Page
      title={words.title}
      ready={!list.isPending}
      actions={
        <Link to="/admin/users/new" className="button primary">
          {words.create}
        </Link>
      }
    >
      <div className="toolbar">
        <input
          type="search"
          className="field search-field"
          aria-label={m.server.sets.searchLabel}
          placeholder={words.search}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
        />
        <label className="choice">
          {m.admin.common.order}
          <select className="select framed" value={sort} onChange={(e) => go({ q, sort: e.currentTarget.value })}>
            {SORTS.map((s) => (
              <option key={s} value={s}>
                {words.sorts[s]}
              </option>
            ))}
          </select>
        </label>
        <span className="spring" />
        <span className="secondary">{list.data && words.total(total)}</span>
      </div>
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <Empty title={m.server.sets.nothingFound(q)} />}
      {rows.length > 0 && <Table rows={rows} />}
      <More of={list} />
    </Page>
  );
}

function Table({ rows }: { rows: readonly User[] }) {
  const m = useMessages();
  const words = m.admin.users;
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{words.name}</th>
          <th>{m.server.signIn.email}</th>
          <th>{words.state}</th>
          <th>{words.groups}</th>
          <th>{m.server.account.totp}</th>
          <th>{words.lastLogin}</th>
          <th className="right">{words.made}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((u) => (
          <tr key={u.id} className={u.state === "active" || u.state === "invited" ? "" : "closed"}>
            <td className="nowrap">
              <Link to="/admin/users/$id" params={{ id: String(u.id) }} className="row-link">
                <bdi>{u.name}</bdi>
              </Link>{" "}
              {u.admin && <span className="chip">{words.admin}</span>}
              {u.limited && <span className="chip">{words.limited}</span>}
            </td>
            <td className="clip">{u.email}</td>
            <td>
              <UserState user={u} />
            </td>
            <td className="clip secondary">
              {u.groups
                .filter((g) => g.kind === "ordinary")
                .map((g) => g.name)
                .join(", ")}
            </td>
            <td>{u.second_factor ? m.admin.common.yes : <span className="secondary">{m.admin.common.no}</span>}</td>
            <td className="nowrap num secondary">{timeText(u.last_login_at, m.locale) || m.server.account.never}</td>
            <td className="right num nowrap secondary">
              {words.madeOf(whole(u.sets, m.locale), whole(u.samples, m.locale))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function UserState({ user }: { user: User }) {
  const words = useMessages().admin.users;
  const locked = user.locked_until !== undefined;
  const how = locked ? "error" : user.state === "active" ? "ok" : "warning";
  return <Mark how={how}>{locked ? words.locked : words.states[user.state]}</Mark>;
}
