import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { preProcesses } from "../../api/queries";
import type { Sample } from "../../api/types";
import { Field, useMessages } from "../server/parts";
import { Form } from "./BulkRun";
import type { SetRef } from "./SetPicker";
import { SetPicker } from "./SetPicker";

/** Name, day, information, pre-process and sets of a sample. Only what was changed is sent. */
export function EditSample({ sample, onClose }: { sample: Sample; onClose: () => void }) {
  const m = useMessages();
  const words = m.server.upload;
  const client = useQueryClient();
  const offered = useQuery(preProcesses).data?.items.filter((p) => !p.archived || p.id === sample.pre_process_id) ?? [];
  const [name, setName] = useState(sample.name ?? "");
  const [date, setDate] = useState(sample.sampling_date ?? "");
  const [info, setInfo] = useState(sample.info);
  const [process, setProcess] = useState(sample.pre_process_id ?? 0);
  const [sets, setSets] = useState<readonly SetRef[]>(sample.sets);
  const moved = sets.map((s) => s.id).join() !== sample.sets.map((s) => s.id).join();
  const changes = {
    ...(sample.name_known && name !== (sample.name ?? "") ? { name } : {}),
    ...(date !== (sample.sampling_date ?? "") ? { sampling_date: date } : {}),
    ...(info !== sample.info ? { info } : {}),
    ...(process !== (sample.pre_process_id ?? 0) ? { pre_process_id: process } : {}),
    ...(moved ? { sets: sets.map((s) => s.id) } : {}),
  };
  const save = useMutation({
    mutationFn: async (): Promise<void> => {
      if (Object.keys(changes).length > 0)
        await call("patch", "/api/v1/samples/{id}", { path: { id: sample.id }, body: changes });
    },
    onSuccess: async () => {
      await Promise.all(["set", "sets", "titles"].map((key) => client.invalidateQueries({ queryKey: [key] })));
      onClose();
    },
  });
  return (
    <Form
      title={m.lists.editSample(sample.title)}
      action={m.server.common.save}
      busy={save.isPending}
      error={save.error}
      onClose={onClose}
      onSubmit={() => save.mutate()}
    >
      {sample.name_known && (
        <Field
          label={words.sample}
          dir="auto"
          value={name}
          fault={fieldFault(save.error, "name")}
          onChange={(e) => setName(e.currentTarget.value)}
        />
      )}
      <Field
        label={words.date}
        value={date}
        placeholder={m.server.create.dateHint}
        fault={fieldFault(save.error, "sampling_date")}
        onChange={(e) => setDate(e.currentTarget.value)}
      />
      <Field
        label={words.info}
        dir="auto"
        value={info}
        fault={fieldFault(save.error, "info")}
        onChange={(e) => setInfo(e.currentTarget.value)}
      />
      {offered.length > 0 && (
        <label className="form-field">
          <span>{words.preProcess}</span>
          <select className="select framed" value={process} onChange={(e) => setProcess(Number(e.currentTarget.value))}>
            <option value={0}>{words.noPreProcess}</option>
            {offered.map((p) => (
              <option key={p.id} value={p.id}>
                {p.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <SetPicker label={m.lists.inSets} value={sets} needed onChange={setSets} />
    </Form>
  );
}
