import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { call } from "../../api/client";
import type { JobsOf } from "../../api/queries";
import { configs, jobs, titles } from "../../api/queries";
import type { Job } from "../../api/types";
import { spanText, timeText, whole } from "../server/format";
import { Empty, Fault, Loading, More, Progress, State, useMessages } from "../server/parts";
import { LogDialog } from "./LogDialog";

type Act = "cancel" | "retry";

/** Jobs, the newest first, with their progress as it is told. */
export function JobsTable({ of, setId }: { of: JobsOf; setId?: number }) {
  const m = useMessages();
  const words = m.server.jobs;
  const list = useInfiniteQuery(jobs(of));
  const client = useQueryClient();
  const [log, setLog] = useState<number | null>(null);
  const act = useMutation({
    mutationFn: ({ id, what }: { id: number; what: Act }) =>
      call("post", what === "cancel" ? "/api/v1/jobs/{id}/cancel" : "/api/v1/jobs/{id}/retry", { path: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const again = useMutation({
    mutationFn: (id: number) => call("post", "/api/v1/sets/{id}/jobs/retry", { path: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const rows = useMemo(() => list.data?.pages.flatMap((p) => p.items) ?? [], [list.data]);
  const name = useTitles(rows);
  if (list.error) return <Fault error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Loading />;
  if (rows.length === 0)
    return of.states?.length ? (
      <Empty title={words.emptyState} />
    ) : (
      <Empty title={words.empty} text={words.emptyText} />
    );
  return (
    <>
      {act.error && <Fault error={act.error} />}
      {setId && rows.some((j) => j.state === "failed" && j.may_change) && (
        <div className="toolbar">
          <button type="button" className="button" onClick={() => again.mutate(setId)}>
            {words.retryFailed}
          </button>
        </div>
      )}
      <table className="table">
        <thead>
          <tr>
            <th className="right">#</th>
            <th>{words.what}</th>
            {!setId && <th>{words.about}</th>}
            <th>{words.progress}</th>
            <th />
            <th>{words.started}</th>
            <th className="right">{words.took}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {rows.map((job) => (
            <Row
              key={job.id}
              job={job}
              name={name}
              about={!setId}
              onAct={(what) => act.mutate({ id: job.id, what })}
              onLog={() => setLog(job.id)}
            />
          ))}
        </tbody>
      </table>
      <More of={list} />
      {log !== null && <LogDialog jobId={log} onClose={() => setLog(null)} />}
    </>
  );
}

interface Names {
  set(id: number): string;
  sample(id: number): string;
  config(id: number | undefined): string;
}

/** Sets and samples of jobs by their titles. Each is asked for once: that somebody read a name is noted. */
function useTitles(rows: readonly Job[]): Names {
  const m = useMessages();
  const ids = (of: (job: Job) => number | undefined) =>
    [...new Set(rows.map(of).filter((id) => id !== undefined))].sort((a, b) => a - b).slice(0, 200);
  const known = useQuery(
    titles(
      ids((j) => j.set_id),
      ids((j) => j.sample_id),
    ),
  ).data;
  const names = useQuery(configs).data?.items;
  return {
    set: (id) => known?.sets.find((t) => t.id === id)?.title ?? m.server.jobs.set(id),
    sample: (id) => known?.samples.find((t) => t.id === id)?.title ?? m.server.jobs.sample(id),
    config: (id) => names?.find((c) => c.id === id)?.name ?? "",
  };
}

function Row({
  job,
  name,
  about,
  onAct,
  onLog,
}: {
  job: Job;
  name: Names;
  about: boolean;
  onAct: (what: Act) => void;
  onLog: () => void;
}) {
  const m = useMessages();
  const words = m.server.jobs;
  const live = !job.ended_at;
  const took = job.started_at
    ? ((job.ended_at ? Date.parse(job.ended_at) : Date.now()) - Date.parse(job.started_at)) / 1000
    : null;
  return (
    <tr>
      <td className="right num secondary">{job.id}</td>
      <td className="nowrap">
        {words.kind[job.kind] ?? job.kind}
        {job.config_id !== undefined && <span className="secondary"> {name.config(job.config_id)}</span>}
        {!about && job.sample_id && (
          <span className="secondary">
            {" "}
            · <bdi>{name.sample(job.sample_id)}</bdi>
          </span>
        )}
      </td>
      {about && (
        <td className="nowrap">
          {job.set_id && (
            <Link to="/sets/$id" params={{ id: String(job.set_id) }} className="plain-link">
              <bdi>{name.set(job.set_id)}</bdi>
            </Link>
          )}
          {job.sample_id && (
            <span className="secondary">
              {" "}
              · <bdi>{name.sample(job.sample_id)}</bdi>
            </span>
          )}
        </td>
      )}
      <td className="nowrap">
        <State state={job.state} progress={job.progress} />{" "}
        {job.cancelling && live && <span className="secondary">{words.cancelling}</span>}
      </td>
      <td className="job-progress">
        {job.state === "running" && <Progress value={job.progress} label={words.kind[job.kind] ?? job.kind} />}
        <span className="secondary small">
          {job.state === "running" &&
            [
              job.stage,
              job.reads ? words.reads(whole(job.reads, m.locale)) : "",
              job.attempt > 1 ? words.attempt(job.attempt, job.max_attempts) : "",
            ]
              .filter(Boolean)
              .join(" · ")}
        </span>
        {job.state === "failed" && <span className="field-fault">{job.error}</span>}
      </td>
      <td className="nowrap secondary num">{timeText(job.started_at ?? job.created_at, m.locale)}</td>
      <td className="right num nowrap secondary">{took !== null && spanText(took)}</td>
      <td className="right nowrap">
        {job.may_log && (
          <button type="button" className="quiet" aria-label={words.logOf(job.id)} onClick={onLog}>
            {words.log}
          </button>
        )}
        {job.may_change && live && !job.cancelling && (
          <button
            type="button"
            className="quiet"
            aria-label={`${words.cancel}: ${job.id}`}
            onClick={() => onAct("cancel")}
          >
            {words.cancel}
          </button>
        )}
        {job.may_change && (job.state === "failed" || job.state === "cancelled") && (
          <button
            type="button"
            className="quiet"
            aria-label={`${words.retry}: ${job.id}`}
            onClick={() => onAct("retry")}
          >
            {words.retry}
          </button>
        )}
      </td>
    </tr>
  );
}
