/** What can be done with one sample of a set. */

import { IconDots } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { call, link } from "../../api/client";
import type { ResultCell, Sample, SampleSet } from "../../api/types";
import { Menu } from "../../ui/Menu";
import { Dialog, Fault, useMessages } from "../server/parts";
import { EditSample } from "./EditSample";
import { goOn, ReplaceReads } from "./ReplaceReads";
import { SampleResults } from "./SampleResults";

type Open = "" | "edit" | "replace" | "results" | "remove" | "trash";

interface Props {
  readonly set: SampleSet;
  readonly sample: Sample;
  readonly cell: ResultCell | undefined;
  readonly config: number;
  onLog(job: number): void;
  onTrashed(): void;
}

export function SampleMenu({ set, sample, cell, config, onLog, onTrashed }: Props) {
  const m = useMessages();
  const words = m.lists;
  const client = useQueryClient();
  const [open, setOpen] = useState<Open>("");
  const again = useRef<HTMLInputElement>(null);
  const close = () => setOpen("");
  const may = (what: string) => sample.may.includes(what);
  const now = sample.files.filter((f) => f.generation === sample.generation);
  const here = now.filter((f) => f.state === "present");
  const act = useMutation({
    mutationFn: (f: () => Promise<unknown>) => f(),
    onSuccess: async () => {
      close();
      await Promise.all(["set", "sets", "jobs", "samples"].map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
  });
  const path = { path: { id: sample.id } };
  const run = () =>
    call("post", "/api/v1/runs", { body: { config_id: config, sample_ids: [sample.id], set_ids: [set.id] } });
  const detach = () =>
    call("delete", "/api/v1/sets/{id}/samples/{sample_id}", { path: { id: set.id, sample_id: sample.id } });
  const result = cell?.result;
  const log = cell?.job?.may_log ? cell.job.id : result?.job_id;
  return (
    <>
      <Menu
        position="bottom-end"
        target={
          <button type="button" className="quiet icon" aria-label={words.actions(sample.title)}>
            <IconDots size={16} />
          </button>
        }
      >
        {may("run") && here.length > 0 && config > 0 && (
          <Menu.Item onClick={() => act.mutate(run)}>{m.server.set.runNow}</Menu.Item>
        )}
        {may("edit") && <Menu.Item onClick={() => setOpen("edit")}>{words.edit}</Menu.Item>}
        <Menu.Item onClick={() => setOpen("results")}>{words.results}</Menu.Item>
        {log !== undefined && <Menu.Item onClick={() => onLog(log)}>{m.server.set.log}</Menu.Item>}
        <Menu.Divider />
        {here.map((f) => (
          <Menu.Item
            key={f.id}
            component="a"
            href={link("/api/v1/files/{id}/content", { path: { id: f.id } })}
            download
          >
            {words.download(f.name)}
          </Menu.Item>
        ))}
        {result && <ResultDownloads id={result.id} />}
        {may("edit") && (
          <>
            <Menu.Divider />
            {now.some((f) => f.state === "expected") && (
              <Menu.Item onClick={() => again.current?.click()}>{words.goOn}</Menu.Item>
            )}
            <Menu.Item onClick={() => setOpen("replace")}>{words.replaceReads}</Menu.Item>
            {here.length > 0 && <Menu.Item onClick={() => setOpen("remove")}>{words.removeReads}</Menu.Item>}
            {sample.sets.length > 1 && <Menu.Item onClick={() => act.mutate(detach)}>{words.detach}</Menu.Item>}
            <Menu.Item color="red" onClick={() => setOpen("trash")}>
              {m.server.set.trashSample}
            </Menu.Item>
          </>
        )}
      </Menu>
      <input
        ref={again}
        type="file"
        multiple
        hidden
        onChange={(e) => goOn(sample, set.id, e.currentTarget.files ?? [])}
      />
      {act.error && open === "" && <Fault error={act.error} />}
      {open === "edit" && <EditSample sample={sample} onClose={close} />}
      {open === "replace" && <ReplaceReads sample={sample} setId={set.id} onClose={close} />}
      {open === "results" && <SampleResults sample={sample} onLog={onLog} onClose={close} />}
      {open === "remove" && (
        <Sure
          title={words.removeReadsAsk(sample.title)}
          text={words.removeReadsText}
          action={words.removeReads}
          error={act.error}
          onClose={close}
          onYes={() => act.mutate(() => call("delete", "/api/v1/samples/{id}/reads", path))}
        />
      )}
      {open === "trash" && (
        <Sure
          title={m.server.set.trashSampleAsk(sample.title)}
          text={m.server.trash.text}
          action={m.server.set.trash}
          error={act.error}
          onClose={close}
          onYes={() => act.mutate(() => call("delete", "/api/v1/samples/{id}", path).then(onTrashed))}
        />
      )}
    </>
  );
}

function ResultDownloads({ id }: { id: number }) {
  const m = useMessages();
  return (["vidjil", "airr"] as const).map((format) => (
    <Menu.Item
      key={format}
      component="a"
      href={link("/api/v1/results/{id}/fused/export", { path: { id }, query: { format } })}
      download
    >
      {m.lists.format[format]}
    </Menu.Item>
  ));
}

/** Asks before something that is felt. */
export function Sure({
  title,
  text,
  action,
  error,
  onYes,
  onClose,
}: {
  title: string;
  text: string;
  action: string;
  error: unknown;
  onYes: () => void;
  onClose: () => void;
}) {
  const m = useMessages();
  return (
    <Dialog opened onClose={onClose} title={title}>
      <p>{text}</p>
      {error !== null && error !== undefined && <Fault error={error} />}
      <div className="form-actions">
        <button type="button" className="button" onClick={onClose}>
          {m.server.common.cancel}
        </button>
        <button type="button" className="button danger" onClick={onYes}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
