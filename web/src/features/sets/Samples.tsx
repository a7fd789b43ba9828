import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { call, link } from "../../api/client";
import { results, samples } from "../../api/queries";
import type { ResultCell, Sample, SampleFile, SampleSet } from "../../api/types";
import { LogDialog } from "../jobs/LogDialog";
import { bytesText, dayText, whole } from "../server/format";
import { Empty, Fault, Info, Loading, More, Progress, State, useMessages } from "../server/parts";
import { each } from "./each";
import { SortHead } from "./ListRows";
import { RunBar } from "./RunBar";
import { SampleMenu } from "./SampleMenu";

/** Fewer samples than this are found by looking. */
const SEARCHED = 12;

/** The samples of a set with their files, and what became of each by the chosen analysis. */
export function Samples({ set, config }: { set: SampleSet; config: number }) {
  const m = useMessages();
  const words = m.server.set;
  const { sq = "", sort = "" } = useSearch({ from: "/in/sets/$id" });
  const navigate = useNavigate();
  const list = useInfiniteQuery(samples(set.id, sq, sort));
  const cells = useQuery(results(set.id)).data?.items;
  const bySample = useMemo(
    () => new Map((cells ?? []).filter((c) => c.config_id === config).map((c) => [c.sample_id, c])),
    [cells, config],
  );
  const [log, setLog] = useState<number | null>(null);
  const [gone, setGone] = useState<readonly Gone[]>([]);
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set());
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  const go = (change: { sq?: string; sort?: string }) =>
    void navigate({
      to: "/sets/$id",
      params: { id: String(set.id) },
      search: (old) => ({ ...old, ...change }),
      replace: true,
    });
  if (list.error) return <Fault error={list.error} retry={() => void list.refetch()} />;
  const back = <GoneSamples setId={set.id} gone={gone} onBack={() => setGone([])} />;
  if (set.samples === 0 && rows.length === 0 && !list.isPending)
    return (
      <>
        {back}
        <NoSamples set={set} />
      </>
    );
  const tick = (id: number) => {
    const next = new Set(ticked);
    if (!next.delete(id)) next.add(id);
    setTicked(next);
  };
  return (
    <>
      <RunBar set={set} config={config} ticked={rows.filter((r) => ticked.has(r.id)).map((r) => r.id)} />
      {back}
      {(set.samples >= SEARCHED || sq) && (
        <div className="toolbar">
          <input
            type="search"
            className="field sample-search"
            aria-label={m.lists.findSample}
            placeholder={m.lists.findSample}
            defaultValue={sq}
            onChange={(e) => go({ sq: e.currentTarget.value })}
          />
        </div>
      )}
      {list.isPending ? (
        <Loading />
      ) : rows.length === 0 ? (
        <Empty title={m.server.sets.nothingFound(sq)} />
      ) : (
        <div className="scroll-x">
          <table className="table">
            <thead>
              <tr>
                <th className="tick">
                  <span className="visually-hidden">{m.lists.choose}</span>
                </th>
                <SortHead sort={sort} sortKey="name" label={words.sample} onSort={(s) => go({ sort: s })} />
                <SortHead sort={sort} sortKey="date" label={words.sampled} onSort={(s) => go({ sort: s })} />
                <th>{words.files}</th>
                <th>{m.server.sets.columns.info}</th>
                <th>{words.result}</th>
                <th className="right">{words.reads}</th>
                <th className="right">{words.clonotypes}</th>
                <th>
                  <span className="visually-hidden">{m.lists.more}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((sample) => (
                <SampleRow
                  key={sample.id}
                  set={set}
                  sample={sample}
                  cell={bySample.get(sample.id)}
                  config={config}
                  ticked={ticked.has(sample.id)}
                  onTick={() => tick(sample.id)}
                  onLog={setLog}
                  onTrashed={() => setGone([...gone, { id: sample.id, title: sample.title }])}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <More of={list} />
      {log !== null && <LogDialog jobId={log} onClose={() => setLog(null)} />}
    </>
  );
}

function NoSamples({ set }: { set: SampleSet }) {
  const m = useMessages();
  return (
    <Empty title={m.server.set.noSamples} text={m.server.set.noSamplesText}>
      {set.may.includes("upload") && (
        <Link to="/sets/$id/upload" params={{ id: String(set.id) }} className="button primary">
          {m.server.set.upload}
        </Link>
      )}
    </Empty>
  );
}

interface Gone {
  readonly id: number;
  readonly title: string;
}

/** What was thrown away here comes back with one press; later it is found in the trash. */
function GoneSamples({ setId, gone, onBack }: { setId: number; gone: readonly Gone[]; onBack: () => void }) {
  const m = useMessages();
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: () => each(gone, ({ id }) => call("post", "/api/v1/samples/{id}/restore", { path: { id } })),
    onSuccess: async () => {
      onBack();
      await Promise.all(
        [["set", setId], ["sets"], ["samples"]].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
    },
  });
  if (gone.length === 0) return null;
  return (
    <p className="note told" role="status">
      <span>{m.lists.sampleGone(gone.map((s) => s.title).join(", "))}</span>
      <button type="button" className="button" disabled={restore.isPending} onClick={() => restore.mutate()}>
        {m.lists.undo}
      </button>
    </p>
  );
}

interface RowProps {
  readonly set: SampleSet;
  readonly sample: Sample;
  readonly cell: ResultCell | undefined;
  readonly config: number;
  readonly ticked: boolean;
  onTick(): void;
  onLog(job: number): void;
  onTrashed(): void;
}

function SampleRow({ set, sample, cell, config, ticked, onTick, onLog, onTrashed }: RowProps) {
  const m = useMessages();
  const words = m.server.set;
  const others = sample.sets.filter((s) => s.id !== set.id);
  return (
    <tr className={ticked ? "ticked" : ""}>
      <td className="tick">
        <input type="checkbox" checked={ticked} aria-label={m.lists.tick(sample.title)} onChange={onTick} />
      </td>
      <td>
        <bdi className="strong">{sample.title}</bdi>
        {others.length > 0 && (
          <div className="secondary small">
            {words.otherSets}{" "}
            {others.map((other) => (
              <Link key={other.id} to="/sets/$id" params={{ id: String(other.id) }} className="plain-link">
                <bdi>{other.title}</bdi>
              </Link>
            ))}
          </div>
        )}
      </td>
      <td className="nowrap">{dayText(sample.sampling_date, m.locale)}</td>
      <td>
        {sample.files
          .filter((f) => f.generation === sample.generation)
          .map((file) => (
            <FileLine key={file.id} file={file} />
          ))}
      </td>
      <td>
        <Info info={sample.info} />
      </td>
      <td className="nowrap">
        <Outcome cell={cell} onLog={onLog} />
      </td>
      <td
        className="right num nowrap"
        title={
          cell?.result
            ? words.readsOf(whole(cell.result.reads, m.locale), whole(cell.result.recombined, m.locale))
            : undefined
        }
      >
        {cell?.result && whole(cell.result.reads, m.locale)}
      </td>
      <td className="right num">{cell?.result && whole(cell.result.clonotypes, m.locale)}</td>
      <td className="right">
        <SampleMenu set={set} sample={sample} cell={cell} config={config} onLog={onLog} onTrashed={onTrashed} />
      </td>
    </tr>
  );
}

function FileLine({ file }: { file: SampleFile }) {
  const m = useMessages();
  return (
    <div className="file-line" title={file.digest ? `SHA-256 ${file.digest}` : undefined}>
      {file.role !== "reads" && <span className="secondary mono">{file.role}</span>}{" "}
      {file.state === "present" ? (
        <a
          className="mono small plain-link"
          href={link("/api/v1/files/{id}/content", { path: { id: file.id } })}
          download
        >
          <bdi>{file.name}</bdi>
        </a>
      ) : (
        <bdi className="mono small">{file.name}</bdi>
      )}{" "}
      {file.state === "present" ? (
        <span className="secondary num small">{bytesText(file.size, m.locale)}</span>
      ) : (
        <span className="state waiting">○ {m.server.set.fileState[file.state]}</span>
      )}
      {file.reason && <span className="field-fault">{file.reason}</span>}
    </div>
  );
}

/** The result, and above it the job when it is newer than the result. */
function Outcome({ cell, onLog }: { cell: ResultCell | undefined; onLog: (job: number) => void }) {
  const m = useMessages();
  const words = m.server.set;
  if (!cell) return <span className="secondary">{words.noResult}</span>;
  const { job, result } = cell;
  const remarks = result
    ? [result.stale ? words.stale : "", result.outdated ? words.outdated : ""].filter(Boolean)
    : [];
  return (
    <span className="outcome">
      {job ? <State state={job.state} progress={job.progress} title={job.error} /> : result && <State state="done" />}
      {job?.state === "running" && <Progress value={job.progress} label={m.server.jobs.kind[job.kind] ?? job.kind} />}
      {remarks.length > 0 && <span className="state warn">⚠ {remarks.join(", ")}</span>}
      {job?.may_log && (
        <button type="button" className="quiet" onClick={() => onLog(job.id)}>
          {words.log}
        </button>
      )}
    </span>
  );
}
