/** How long what stays, what would go, and the broom. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { bytesText, dayText, timeText, whole } from "../server/format";
import { Ask, Fault, Loading, More, Page, useMessages } from "../server/parts";
import { Choice } from "./parts";
import type { RetentionClass } from "./queries";
import { audit, retention } from "./queries";

/** Days ahead that are offered. */
const AHEAD = [0, 7, 30, 90, 365] as const;

/** Numbers that are listed before the rest is counted. */
const LISTED = 12;

export function RetentionPage() {
  const m = useMessages();
  const words = m.people.retention;
  const navigate = useNavigate();
  const client = useQueryClient();
  const { days = 0 } = useSearch({ from: "/in/admin/retention" });
  const list = useQuery(retention(days));
  const [job, setJob] = useState(0);
  const run = async () => {
    const { id } = await call("post", "/api/v1/retention/run");
    setJob(id);
    await client.invalidateQueries({ queryKey: ["retention"] });
  };
  const classes = list.data?.classes ?? [];
  return (
    <Page
      title={words.title}
      ready={!list.isPending}
      actions={
        <Ask
          question={words.question}
          text={words.questionText}
          action={words.yes}
          onYes={run}
          className="button danger"
        >
          {words.run}
        </Ask>
      }
    >
      <p className="secondary">{words.text}</p>
      <p role="status">
        {job > 0 && (
          <Link to="/jobs" search={{ all: true }} className="plain-link">
            {words.started(job)}
          </Link>
        )}
      </p>
      <div className="form inline filters">
        <Choice
          label={words.ahead}
          value={days}
          onChange={(e) => {
            const next = Number(e.currentTarget.value);
            void navigate({ to: "/admin/retention", search: next > 0 ? { days: next } : {}, replace: true });
          }}
        >
          {[...new Set([...AHEAD, days])]
            .sort((a, b) => a - b)
            .map((n) => (
              <option key={n} value={n}>
                {n === 0 ? words.now : words.days(n)}
              </option>
            ))}
        </Choice>
      </div>
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && classes.every((c) => c.count === 0) && <p className="note">{words.nothing}</p>}
      {classes.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{words.what}</th>
              <th className="right">{words.stays}</th>
              <th className="right">{words.goes}</th>
              <th className="right">{words.size}</th>
              <th>{words.which}</th>
            </tr>
          </thead>
          <tbody>
            {classes.map((c) => (
              <Row key={c.name} item={c} />
            ))}
          </tbody>
        </table>
      )}
      <Removed />
    </Page>
  );
}

function Row({ item: c }: { item: RetentionClass }) {
  const m = useMessages();
  const words = m.people.retention;
  const rest = c.count - LISTED;
  return (
    <tr>
      <th scope="row">{words.class[c.name] ?? c.name}</th>
      <td className="right nowrap secondary">{c.days > 0 ? words.forDays(c.days) : words.forEver}</td>
      <td className="right num">
        {c.count > 0 && (c.more ? words.atLeast(whole(c.count, m.locale)) : whole(c.count, m.locale))}
      </td>
      <td className="right num nowrap">{c.bytes > 0 && bytesText(c.bytes, m.locale)}</td>
      <td className="small">
        {c.items.slice(0, LISTED).map((it, i) => (
          <span key={it.id} title={dayText(it.at.slice(0, 10), m.locale)}>
            {i > 0 && ", "}
            {it.set_id ? (
              <Link to="/sets/$id" params={{ id: String(it.set_id) }} className="plain-link num">
                {it.id}
              </Link>
            ) : (
              <span className="num">{it.id}</span>
            )}
          </span>
        ))}
        {c.items.length > 0 && rest > 0 && <span className="secondary"> {words.more(rest)}</span>}
      </td>
    </tr>
  );
}

/** What the audit sums up as removed: a laboratory can be asked for it long after. */
function Removed() {
  const m = useMessages();
  const words = m.people.retention;
  const list = useInfiniteQuery(audit({ action: "retention.purge" }));
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <section className="block" aria-label={words.goneTitle}>
      <h2>{words.goneTitle}</h2>
      <p className="secondary">{words.goneText}</p>
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <p className="secondary">{words.goneNothing}</p>}
      {rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{words.goneAt}</th>
              <th>{words.what}</th>
              <th className="right">{words.gone}</th>
              <th className="right">{words.size}</th>
              <th>{words.which}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((e) => {
              const gone = removedBy(e.after);
              return (
                <tr key={e.id}>
                  <td className="nowrap num secondary">{timeText(e.at, m.locale)}</td>
                  <td>{words.class[gone.kind] ?? gone.kind}</td>
                  <td className="right num">{whole(gone.count, m.locale)}</td>
                  <td className="right num nowrap">{gone.bytes > 0 && bytesText(gone.bytes, m.locale)}</td>
                  <td className="small num">
                    {gone.ids.slice(0, LISTED).join(", ")}
                    {gone.ids.length > LISTED && <span className="secondary"> {words.more(gone.count - LISTED)}</span>}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <More of={list} />
    </section>
  );
}

/** Entries of the audit hold what they hold: what is not as expected is left out. */
function removedBy(after: Readonly<Record<string, unknown>> | undefined): {
  kind: string;
  count: number;
  bytes: number;
  ids: readonly number[];
} {
  const { kind, count, bytes, ids } = after ?? {};
  return {
    kind: typeof kind === "string" ? kind : "",
    count: Number(count ?? 0),
    bytes: Number(bytes ?? 0),
    ids: Array.isArray(ids) ? ids.map(Number) : [],
  };
}
