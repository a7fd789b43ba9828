import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Table } from "../../core/table";
import { timeText } from "../server/format";
import { Fault, Loading, More, useMessages } from "../server/parts";
import { fieldOf, subjectOf, valueText } from "./Difference";
import type { VersionsProps } from "./Versions";

/** The versions, the newest first, and in what two of them differ. */
export function VersionsPanel({ autosave, setId, table, onRestored }: VersionsProps & { onRestored: () => void }) {
  const m = useMessages();
  const words = m.sequenceWork.history;
  const newest = autosave.version;
  const versions = useInfiniteQuery({
    queryKey: ["set", setId, "versions", newest],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/v1/sets/{id}/annotation/versions", {
        path: { id: setId },
        query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? null,
  });
  const [to, setTo] = useState(newest);
  const [from, setFrom] = useState(Math.max(0, newest - 1));
  const [error, setError] = useState<unknown>(null);
  const list = versions.data?.pages.flatMap((page) => page.items) ?? [];
  if (versions.error) return <Fault error={versions.error} retry={() => void versions.refetch()} />;
  if (versions.isPending) return <Loading />;
  if (list.length === 0) return <p>{words.none}</p>;
  const restore = (version: number) =>
    call("post", "/api/v1/sets/{id}/annotation/versions/{version}/restore", {
      path: { id: setId, version },
      ifMatch: autosave.version,
    }).then(
      (annotation) => {
        autosave.adopt(annotation);
        onRestored();
      },
      (cause: unknown) => setError(cause),
    );
  return (
    <div className="versions">
      <div className="scroll versions-list">
        <table>
          <thead>
            <tr>
              <th scope="col">{words.from}</th>
              <th scope="col">{words.to}</th>
              <th scope="col">{words.version}</th>
              <th scope="col">{words.who}</th>
              <th scope="col">{words.when}</th>
              <th scope="col">{words.note}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {list.map((v) => (
              <tr key={v.version}>
                <td>
                  <input
                    type="radio"
                    name="from"
                    aria-label={`${words.from}: ${v.version}`}
                    checked={from === v.version}
                    onChange={() => setFrom(v.version)}
                  />
                </td>
                <td>
                  <input
                    type="radio"
                    name="to"
                    aria-label={`${words.to}: ${v.version}`}
                    checked={to === v.version}
                    onChange={() => setTo(v.version)}
                  />
                </td>
                <th scope="row" className="num">
                  {v.version}
                </th>
                <td>
                  <bdi>{v.author}</bdi>
                </td>
                <td className="num">{timeText(v.created_at, m.locale)}</td>
                <td>{v.note}</td>
                <td>
                  {v.version !== newest && (
                    <button
                      type="button"
                      className="quiet"
                      aria-label={words.restoreOf(v.version)}
                      onClick={() => void restore(v.version)}
                    >
                      {words.restore}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <More of={versions} />
      </div>
      {error !== null && <Fault error={error} />}
      <Changes setId={setId} table={table} from={from} to={to} />
    </div>
  );
}

function Changes({ setId, table, from, to }: { setId: number; table: Table; from: number; to: number }) {
  const m = useMessages();
  const words = m.sequenceWork.history;
  const changes = useQuery({
    queryKey: ["set", setId, "versions", "diff", from, to],
    queryFn: ({ signal }) =>
      call("get", "/api/v1/sets/{id}/annotation/diff", { path: { id: setId }, query: { from, to }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  // A sample that is named for the first time, without a word about it, is no change to a person.
  const list = (changes.data?.items ?? [])
    .map((c) => ({
      ...c,
      was: valueText(m, table, c.field ?? "", c.before),
      is: valueText(m, table, c.field ?? "", c.after),
    }))
    .filter((c) => c.was !== c.is);
  return (
    <section aria-live="polite">
      <h3>{words.changes(from, to)}</h3>
      {changes.error && <Fault error={changes.error} retry={() => void changes.refetch()} />}
      {changes.isPending && <Loading />}
      {changes.data && list.length === 0 && <p className="hint">{words.same}</p>}
      {list.length > 0 && (
        <div className="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{words.what}</th>
                <th scope="col">{words.before}</th>
                <th scope="col">{words.after}</th>
              </tr>
            </thead>
            <tbody>
              {list.map((c) => (
                <tr key={`${c.part} ${c.id} ${c.field}`}>
                  <th scope="row">
                    <bdi>{subjectOf(m, table, c.part, c.id ?? "")}</bdi>{" "}
                    <span className="secondary">{fieldOf(m, c.part, c.field ?? "")}</span>
                  </th>
                  <td>{c.was}</td>
                  <td>{c.is}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
