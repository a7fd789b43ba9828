import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { planUploads } from "../../api/plan";
import type { Sample } from "../../api/types";
import { bytesText } from "../server/format";
import { useMessages } from "../server/parts";
import { uploads } from "../upload/queue";
import { Form } from "./BulkRun";

/** Other reads in place of those that a sample has. Which file is which is told by their names, as when samples are added. */
export function ReplaceReads({ sample, setId, onClose }: { sample: Sample; setId: number; onClose: () => void }) {
  const m = useMessages();
  const words = m.lists;
  const client = useQueryClient();
  const [files, setFiles] = useState<readonly File[]>([]);
  const replace = useMutation({
    mutationFn: async (): Promise<void> => {
      const plan = await planUploads(
        setId,
        files.map((f) => ({ path: f.name, size: f.size })),
      );
      const [one] = plan.samples;
      if (!one || plan.samples.length !== 1) throw new Error(words.notOneSample(plan.samples.length));
      if (one.faults.length > 0) throw new Error(one.faults.join(" "));
      const changed = await call("post", "/api/v1/samples/{id}/reads", {
        path: { id: sample.id },
        body: {
          files: one.files.map((f) => ({
            name: f.name,
            size: f.size,
            role: f.role,
            ...(f.lane ? { lane: f.lane } : {}),
          })),
        },
      });
      const now = changed.files.filter((f) => f.generation === changed.generation && f.state === "expected");
      const local = new Map(files.map((f) => [f.name, f]));
      uploads.add(
        now.flatMap((f) => {
          const file = local.get(f.name);
          return file ? [{ fileId: f.id, setId, sample: sample.title, file }] : [];
        }),
      );
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["set"] });
      onClose();
    },
  });
  return (
    <Form
      title={words.replaceTitle(sample.title)}
      action={words.replace}
      busy={replace.isPending || files.length === 0}
      error={replace.error}
      onClose={onClose}
      onSubmit={() => replace.mutate()}
    >
      <p className="secondary">{words.replaceText}</p>
      <label className="form-field">
        <span>{m.server.upload.files}</span>
        <input type="file" multiple onChange={(e) => setFiles([...(e.currentTarget.files ?? [])])} />
      </label>
      {files.length > 0 && (
        <ul className="mono small">
          {files.map((f) => (
            <li key={f.name}>
              {f.name} <span className="secondary">{bytesText(f.size, m.locale)}</span>
            </li>
          ))}
        </ul>
      )}
    </Form>
  );
}

/** Files of a sample whose bytes have not all come: the same ones are chosen again. */
export function goOn(sample: Sample, setId: number, chosen: Iterable<File>): number {
  const missing = sample.files.filter((f) => f.generation === sample.generation && f.state === "expected");
  const wanted = [...chosen].flatMap((file) => {
    const mine = missing.find((f) => f.name === file.name && (f.size === 0 || f.size === file.size));
    return mine ? [{ fileId: mine.id, setId, sample: sample.title, file }] : [];
  });
  uploads.add(wanted);
  return wanted.length;
}
