/** Results that no longer fit their reads or config, and who did what with the set. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { configs, history, results } from "../../api/queries";
import type { AuditEntry, SampleSet } from "../../api/types";
import { timeText } from "../server/format";
import { Empty, Fault, Loading, More, useMessages } from "../server/parts";

export function History({ set }: { set: SampleSet }) {
  const m = useMessages();
  const words = m.lists;
  const list = useInfiniteQuery(history(set.id));
  const [reading, setReading] = useState(false);
  const every = list.data?.pages.flatMap((p) => p.items) ?? [];
  const rows = reading ? every : every.filter((e) => !READING.test(e.action));
  useEnough(list, rows.length);
  return (
    <>
      <StaleResults set={set} />
      <section>
        <div className="toolbar">
          <h2>{words.whoDid}</h2>
          <span className="spring" />
          <label className="check">
            <input type="checkbox" checked={reading} onChange={(e) => setReading(e.currentTarget.checked)} />{" "}
            {words.reading}
          </label>
        </div>
        {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
        {list.isPending && <Loading />}
        {list.data && rows.length === 0 && <Empty title={words.noHistory} />}
        {rows.length > 0 && (
          <table className="table">
            <thead>
              <tr>
                <th>{words.when}</th>
                <th>{words.who}</th>
                <th>{words.what}</th>
                <th>{words.details}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((e) => (
                <Entry key={e.id} entry={e} />
              ))}
            </tbody>
          </table>
        )}
        <More of={list} />
      </section>
    </>
  );
}

/** Who only looked: noted, and asked for now and then; what was done is what one wants to see first. */
const READING = /\.(read|list|export|download)$/;

/** Pages are cut before reading is left out: further ones are read until there is enough to see, or no more. */
function useEnough(
  list: { readonly hasNextPage: boolean; readonly isFetching: boolean; fetchNextPage(): unknown },
  shown: number,
): void {
  const { hasNextPage, isFetching, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetching && shown < 15) void fetchNextPage();
  }, [hasNextPage, isFetching, shown, fetchNextPage]);
}

function StaleResults({ set }: { set: SampleSet }) {
  const m = useMessages();
  const words = m.lists;
  const cells = useQuery(results(set.id)).data?.items ?? [];
  const names = useQuery(configs).data?.items;
  const old = cells.filter((c) => c.result && (c.result.stale || c.result.outdated));
  if (old.length === 0) return null;
  const count = (stale: boolean, config: number) =>
    old.filter((c) => c.config_id === config && (stale ? c.result?.stale : c.result?.outdated)).length;
  return (
    <section className="note warn">
      <p>{words.staleResults(old.length)}</p>
      <ul>
        {[...new Set(old.map((c) => c.config_id))].map((config) => (
          <li key={config}>
            {names?.find((c) => c.id === config)?.name ?? `#${config}`}:{" "}
            {words.staleCount(count(true, config), count(false, config))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Entry({ entry: e }: { entry: AuditEntry }) {
  const m = useMessages();
  const words = m.lists;
  return (
    <tr>
      <td className="nowrap secondary num">{timeText(e.at, m.locale)}</td>
      <td>
        <bdi>{e.user ?? words.server}</bdi>
        {e.behalf && <span className="secondary"> {words.behalf(e.behalf)}</span>}
      </td>
      <td className="nowrap">
        {words.action[e.action] ?? e.action}
        {e.object !== "set" && e.object_id ? (
          <span className="secondary"> {words.object(e.object, e.object_id)}</span>
        ) : (
          ""
        )}
      </td>
      <td className="small">
        <Changes entry={e} />
      </td>
    </tr>
  );
}

const text = (v: unknown): string => (typeof v === "string" ? v : (JSON.stringify(v) ?? ""));

/** What was changed, field by field; of what was made or removed, nothing: it is seen. */
function Changes({ entry: e }: { entry: AuditEntry }) {
  const m = useMessages();
  const before = (e.before ?? {}) as Readonly<Record<string, unknown>>;
  const after = (e.after ?? {}) as Readonly<Record<string, unknown>>;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (k) => text(before[k]) !== text(after[k]),
  );
  if (names.length === 0) return null;
  return (
    <details>
      <summary className="secondary">{names.slice(0, 4).join(", ")}</summary>
      <dl className="changes">
        {names.map((name) => (
          <div key={name}>
            <dt className="secondary">{name}</dt>
            <dd>
              {e.hidden?.includes(name) ? (
                <span className="secondary">{m.lists.hidden}</span>
              ) : (
                <>
                  {before[name] !== undefined && <del>{text(before[name])}</del>}{" "}
                  {after[name] !== undefined && <ins>{text(after[name])}</ins>}
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
