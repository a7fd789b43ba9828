/** How the server is: what an administrator looks at first in the morning, or when somebody calls. */
import { useQuery } from "@tanstack/react-query";
import { Link, Navigate } from "@tanstack/react-router";
import { useState } from "react";
import { whoami } from "../../api/queries";
import type { Job } from "../../api/types";
import { LogDialog } from "../jobs/LogDialog";
import { bytesText, timeText, whole } from "../server/format";
import { Fault, Loading, Page, Progress, useMessages } from "../server/parts";
import { Mark, Tile } from "./parts";
import type { ServerState } from "./queries";
import { server } from "./queries";
import { age, Backups, MailTile } from "./ServerOutside";

export function ServerPage() {
  const m = useMessages();
  const who = useQuery(whoami).data;
  const state = useQuery({ ...server, enabled: who?.admin === true });
  if (who && !who.admin) return <Navigate to="/admin/configs" replace />;
  return (
    <Page title={m.admin.server.title} ready={!state.isPending}>
      {state.error && <Fault error={state.error} retry={() => void state.refetch()} />}
      {state.isPending && <Loading />}
      {state.data && (
        <>
          <Tiles state={state.data} />
          <div className="columns">
            <Checks state={state.data} />
            <Queue state={state.data} />
          </div>
          <Backups state={state.data} />
          <Workers state={state.data} />
          <Failures state={state.data} />
        </>
      )}
    </Page>
  );
}

function Tiles({ state }: { state: ServerState }) {
  const m = useMessages();
  const words = m.admin.server;
  const { database, blobs } = state;
  const count = (what: string) => state.queue.filter((q) => q.state === what).reduce((n, q) => n + q.jobs, 0);
  const { free_bytes: free } = blobs;
  const total = blobs.bytes + (free ?? 0);
  return (
    <dl className="tiles">
      <Tile label={words.version} value={state.version}>
        {state.commit && state.commit !== "unknown" && <span className="mono">{state.commit.slice(0, 12)}</span>}
      </Tile>
      <Tile label={words.uptime} value={age(state.started_at, state.at, words.days)}>
        {words.since(timeText(state.started_at, m.locale))}
      </Tile>
      <Tile label={words.queue} value={whole(count("queued") + count("waiting"), m.locale)}>
        {words.running(count("running"))}
      </Tile>
      <Tile label={words.failed} value={whole(state.failed, m.locale)}>
        {words.lastDay}
      </Tile>
      <Tile label={words.storage} value={bytesText(blobs.bytes, m.locale)}>
        {free !== undefined && (
          <>
            <Progress value={total > 0 ? blobs.bytes / total : 0} label={words.storage} />{" "}
            {words.free(bytesText(free, m.locale))}
          </>
        )}
        {blobs.orphaned_bytes > 0 && <div>{words.orphaned(bytesText(blobs.orphaned_bytes, m.locale))}</div>}
      </Tile>
      <Tile label={words.database} value={bytesText(database.bytes, m.locale)}>
        {database.engine === "sqlite" ? "SQLite" : "PostgreSQL"} {database.version.split(" ")[0]} ·{" "}
        {words.schema(database.schema)}
      </Tile>
      <MailTile state={state} />
    </dl>
  );
}

function Checks({ state }: { state: ServerState }) {
  const m = useMessages();
  const [words, more] = [m.admin.server, m.people.backups];
  return (
    <section className="block">
      <h2>{words.health}</h2>
      <ul className="plain-list">
        {state.checks.map((c) => (
          <li key={c.name}>
            <Mark how={c.state}>
              {(c.state === "ok" ? { ...words.checkOk, ...more.checkOk } : { ...words.checkBad, ...more.checkBad })[
                c.name
              ] ??
                c.text ??
                c.name}
            </Mark>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Queue({ state }: { state: ServerState }) {
  const m = useMessages();
  const words = m.admin.server;
  return (
    <section className="block">
      <h2>{words.queue}</h2>
      {state.queue.length === 0 ? (
        <p className="secondary">{words.queueEmpty}</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th>{words.lane}</th>
              <th>{m.server.jobs.progress}</th>
              <th className="right">{m.server.jobs.title}</th>
              <th className="right">{words.oldest}</th>
            </tr>
          </thead>
          <tbody>
            {state.queue.map((q) => (
              <tr key={`${q.lane} ${q.state}`}>
                <td>{words.lanes[q.lane]}</td>
                <td>{m.server.jobs.state[q.state]}</td>
                <td className="right num">{whole(q.jobs, m.locale)}</td>
                <td className="right num nowrap">{age(q.since, state.at, words.days)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Workers({ state }: { state: ServerState }) {
  const m = useMessages();
  const words = m.admin.server;
  return (
    <section className="block">
      <h2>{words.workers}</h2>
      {state.workers.length === 0 ? (
        <p className="secondary">{words.noWorkers}</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th>{words.worker}</th>
              <th>{words.lastSign}</th>
              <th>{words.doing}</th>
            </tr>
          </thead>
          <tbody>
            {state.workers.map((w) => (
              <tr key={w.name}>
                <td className="mono small">{w.name}</td>
                <td className="nowrap">{words.ago(age(w.seen_at, state.at, words.days))}</td>
                <td>
                  {w.jobs.length === 0 && <span className="secondary">{words.idle}</span>}
                  {w.jobs.map((j) => (
                    <div key={j.id} className="worker-job">
                      <span className="num">#{j.id}</span> {m.server.jobs.kind[j.kind] ?? j.kind}{" "}
                      <Progress value={j.progress} label={`#${j.id}`} />{" "}
                      <span className="num secondary">{Math.round(j.progress * 100)} %</span>
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Failures({ state }: { state: ServerState }) {
  const m = useMessages();
  const words = m.admin.server;
  const [log, setLog] = useState<number | null>(null);
  return (
    <section className="block">
      <h2>{words.failures}</h2>
      {state.failures.length === 0 && <p className="secondary">{words.noFailures}</p>}
      {state.failures.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th className="right">#</th>
              <th>{m.server.jobs.what}</th>
              <th>{words.error}</th>
              <th className="right">{words.when}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {state.failures.map((j) => (
              <Failure key={j.id} job={j} onLog={() => setLog(j.id)} />
            ))}
          </tbody>
        </table>
      )}
      <p className="small">
        <Link to="/jobs" search={{ all: true, state: "failed" }} className="plain-link">
          {words.allFailed}
        </Link>
      </p>
      {log !== null && <LogDialog jobId={log} onClose={() => setLog(null)} />}
    </section>
  );
}

function Failure({ job, onLog }: { job: Job; onLog: () => void }) {
  const m = useMessages();
  return (
    <tr>
      <td className="right num">{job.id}</td>
      <td className="nowrap">
        {m.server.jobs.kind[job.kind] ?? job.kind}
        {job.set_id && (
          <>
            {" · "}
            <Link to="/sets/$id" params={{ id: String(job.set_id) }} className="plain-link">
              {m.server.jobs.set(job.set_id)}
            </Link>
          </>
        )}
        {job.sample_id && <span className="secondary"> · {m.server.jobs.sample(job.sample_id)}</span>}
      </td>
      <td className="field-fault">{job.error}</td>
      <td className="right nowrap num secondary">{timeText(job.ended_at, m.locale)}</td>
      <td className="right">
        <button type="button" className="quiet" aria-label={m.server.jobs.logOf(job.id)} onClick={onLog}>
          {m.server.jobs.log}
        </button>
      </td>
    </tr>
  );
}
