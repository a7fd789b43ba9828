import { IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { call } from "../../api/client";
import { results, samples } from "../../api/queries";
import type { ResultCell, Sample, SampleFile, SampleSet } from "../../api/types";
import { LogDialog } from "../jobs/LogDialog";
import { bytesText, dayText, whole } from "../server/format";
import { Ask, Empty, Fault, Info, Loading, More, Progress, State, useMessages } from "../server/parts";
import { RunBar } from "./RunBar";

/** The samples of a set with their files, and what became of each by the chosen analysis. */
export function Samples({ set, config }: { set: SampleSet; config: number }) {
  const m = useMessages();
  const list = useInfiniteQuery(samples(set.id));
  const cells = useQuery(results(set.id)).data?.items;
  const bySample = useMemo(
    () => new Map((cells ?? []).filter((c) => c.config_id === config).map((c) => [c.sample_id, c])),
    [cells, config],
  );
  const [log, setLog] = useState<number | null>(null);
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  if (list.error) return <Fault error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Loading />;
  if (rows.length === 0) {
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
  const words = m.server.set;
  return (
    <>
      <RunBar set={set} config={config} />
      <table className="table">
        <thead>
          <tr>
            <th>{words.sample}</th>
            <th>{words.sampled}</th>
            <th>{words.files}</th>
            <th>{m.server.sets.columns.info}</th>
            <th>{words.result}</th>
            <th className="right">{words.reads}</th>
            <th className="right">{words.clonotypes}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {rows.map((sample) => (
            <SampleRow key={sample.id} set={set} sample={sample} cell={bySample.get(sample.id)} onLog={setLog} />
          ))}
        </tbody>
      </table>
      <More of={list} />
      {log !== null && <LogDialog jobId={log} onClose={() => setLog(null)} />}
    </>
  );
}

function SampleRow({
  set,
  sample,
  cell,
  onLog,
}: {
  set: SampleSet;
  sample: Sample;
  cell: ResultCell | undefined;
  onLog: (job: number) => void;
}) {
  const m = useMessages();
  const words = m.server.set;
  const others = sample.sets.filter((s) => s.id !== set.id);
  const client = useQueryClient();
  const trash = async () => {
    await call("delete", "/api/v1/samples/{id}", { path: { id: sample.id } });
    await client.invalidateQueries({ queryKey: ["set", set.id] });
  };
  return (
    <tr>
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
        {sample.may.includes("edit") && (
          <Ask
            question={words.trashSampleAsk(sample.title)}
            text={m.server.trash.text}
            action={words.trash}
            onYes={trash}
            className="quiet icon"
          >
            <IconTrash size={15} stroke={1.5} aria-label={`${words.trashSample}: ${sample.title}`} />
          </Ask>
        )}
      </td>
    </tr>
  );
}

function FileLine({ file }: { file: SampleFile }) {
  const m = useMessages();
  return (
    <div className="file-line" title={file.digest ? `SHA-256 ${file.digest}` : undefined}>
      {file.role !== "reads" && <span className="secondary mono">{file.role}</span>}{" "}
      <bdi className="mono small">{file.name}</bdi>{" "}
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
