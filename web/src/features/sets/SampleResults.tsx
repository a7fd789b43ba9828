import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, link } from "../../api/client";
import { configs, sampleResults } from "../../api/queries";
import type { ResultSummary, Sample } from "../../api/types";
import { timeText, whole } from "../server/format";
import { Dialog, Empty, Fault, Loading, useMessages } from "../server/parts";

/** All results of a sample, the newest first: those of reads that were replaced and of older revisions too. */
export function SampleResults({
  sample,
  onLog,
  onClose,
}: {
  sample: Sample;
  onLog: (job: number) => void;
  onClose: () => void;
}) {
  const m = useMessages();
  const words = m.lists;
  const list = useQuery(sampleResults(sample.id));
  const names = useQuery(configs).data?.items;
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: number) => call("delete", "/api/v1/results/{id}", { path: { id } }),
    onSettled: () =>
      Promise.all([["sample", sample.id], ["set"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  const rows = list.data?.items ?? [];
  return (
    <Dialog opened onClose={onClose} title={words.resultsOf(sample.title)} size="xl">
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
      {remove.error && <Fault error={remove.error} />}
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <Empty title={m.server.set.noResult} />}
      {rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{m.server.set.config}</th>
              <th>{words.made}</th>
              <th className="right">{m.server.set.reads}</th>
              <th className="right">{m.server.set.clonotypes}</th>
              <th />
              <th />
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.id}>
                <td>
                  {names?.find((c) => c.id === r.config_id)?.name ?? `#${r.config_id}`}{" "}
                  <span className="secondary small">{words.revision(r.revision)}</span>
                </td>
                <td className="nowrap num secondary">{timeText(r.created_at, m.locale)}</td>
                <td className="right num">{whole(r.reads, m.locale)}</td>
                <td className="right num">{whole(r.clonotypes, m.locale)}</td>
                <td>
                  <Remarks result={r} />
                </td>
                <td className="right nowrap">
                  <a
                    className="quiet"
                    href={link("/api/v1/results/{id}/fused/export", {
                      path: { id: r.id },
                      query: { format: "vidjil" },
                    })}
                    download
                  >
                    .vidjil
                  </a>
                  <button type="button" className="quiet" onClick={() => onLog(r.job_id)}>
                    {m.server.set.log}
                  </button>
                  {r.may_delete && (
                    <button
                      type="button"
                      className="quiet"
                      disabled={remove.isPending}
                      onClick={() => remove.mutate(r.id)}
                    >
                      {m.server.common.remove}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Dialog>
  );
}

function Remarks({ result: r }: { result: ResultSummary }) {
  const m = useMessages();
  const words = m.server.set;
  const remarks = [r.stale ? words.stale : "", r.outdated ? words.outdated : ""].filter(Boolean);
  if (remarks.length > 0) return <span className="state warn">⚠ {remarks.join(", ")}</span>;
  return r.shown ? <span className="state done">● {m.lists.shownNow}</span> : null;
}
