/** What can be done with the ticked rows of a list. What is refused for one set is told with its name; the others are done. */
import {
  IconArrowsDiff,
  IconPackageExport,
  IconPlayerPlay,
  IconShare,
  IconTag,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { SampleSet } from "../../api/types";
import { Fault, useMessages } from "../server/parts";
import { ExportArchive } from "../transfer/ExportArchive";
import { BulkCompare, BulkRun } from "./BulkRun";
import { BulkShare, BulkTag } from "./BulkTag";
import { each, told } from "./each";

type Open = "" | "run" | "tag" | "share" | "compare" | "export";

export interface Done {
  readonly text: string;
  readonly undo?: () => Promise<unknown>;
}

interface Props {
  readonly sets: readonly SampleSet[];
  onClear(): void;
  onDone(done: Done): void;
}

export function Bulk({ sets, onClear, onDone }: Props) {
  const m = useMessages();
  const words = m.lists;
  const client = useQueryClient();
  const [open, setOpen] = useState<Open>("");
  const may = (right: string) => sets.some((s) => s.may.includes(right));
  const samples = sets.reduce((sum, s) => sum + s.samples, 0);
  const again = () =>
    Promise.all(["sets", "set", "jobs", "samples"].map((key) => client.invalidateQueries({ queryKey: [key] })));
  const trash = useMutation({
    mutationFn: () =>
      each(
        sets.filter((s) => s.may.includes("edit")),
        (s) => call("delete", "/api/v1/sets/{id}", { path: { id: s.id } }),
      ),
    onSuccess: async (outcome) => {
      await again();
      onClear();
      onDone({
        text: told(outcome, words.trashed(outcome.done.length)),
        ...(outcome.done.length > 0
          ? {
              undo: async () => {
                await each(outcome.done, (s) => call("post", "/api/v1/sets/{id}/restore", { path: { id: s.id } }));
                await again();
              },
            }
          : {}),
      });
    },
  });
  const finish = async (text: string) => {
    setOpen("");
    await again();
    onDone({ text });
  };
  const close = () => setOpen("");
  return (
    <section className="bulk" aria-label={words.bulk}>
      <strong className="num">{words.ticked(sets.length)}</strong>
      <button type="button" className="button" disabled={!may("run") || samples === 0} onClick={() => setOpen("run")}>
        <IconPlayerPlay size={15} stroke={1.6} aria-hidden /> {words.run}
      </button>
      <button type="button" className="button" disabled={samples === 0} onClick={() => setOpen("compare")}>
        <IconArrowsDiff size={15} stroke={1.6} aria-hidden /> {words.compare}
      </button>
      <button type="button" className="button" disabled={!may("edit")} onClick={() => setOpen("tag")}>
        <IconTag size={15} stroke={1.6} aria-hidden /> {words.tag}
      </button>
      <button type="button" className="button" disabled={!may("share")} onClick={() => setOpen("share")}>
        <IconShare size={15} stroke={1.6} aria-hidden /> {words.share}
      </button>
      <button type="button" className="button" onClick={() => setOpen("export")}>
        <IconPackageExport size={15} stroke={1.6} aria-hidden /> {m.transfer.exportArchive}
      </button>
      <button
        type="button"
        className="button danger"
        disabled={!may("edit") || trash.isPending}
        onClick={() => trash.mutate()}
      >
        <IconTrash size={15} stroke={1.6} aria-hidden /> {m.server.set.trash}
      </button>
      {trash.error && <Fault error={trash.error} />}
      <span className="spring" />
      <button type="button" className="quiet" onClick={onClear}>
        <IconX size={14} aria-hidden /> {words.untick}
      </button>
      {open === "run" && <BulkRun sets={sets} onClose={close} onDone={finish} />}
      {open === "compare" && <BulkCompare sets={sets} onClose={close} />}
      {open === "tag" && <BulkTag sets={sets} onClose={close} onDone={finish} />}
      {open === "export" && <ExportArchive sets={sets} onClose={close} />}
      {open === "share" && <BulkShare sets={sets} onClose={close} onDone={finish} />}
    </section>
  );
}
