import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useState } from "react";
import { call } from "../../api/client";
import { fieldFault } from "../../api/problem";
import { set } from "../../api/queries";
import type { SampleSet } from "../../api/types";
import { Dialog, Fault, Field, useMessages } from "../server/parts";
import type { Field as Name } from "./grid";
import { FIELDS, NEEDED } from "./grid";

/** Fields that one may not know are not offered: what is not shown cannot be changed by mistake. */
const SECRET: readonly Name[] = ["first_name", "last_name", "birth", "label"];

export function EditSet({ set: it, onClose }: { set: SampleSet; onClose: () => void }) {
  const m = useMessages();
  const words = m.server.create;
  const client = useQueryClient();
  const names = FIELDS[it.kind].filter((f) => it.identity || !SECRET.includes(f));
  const [form, setForm] = useState<Partial<Record<Name, string>>>(() =>
    Object.fromEntries(names.map((f) => [f, it[f] ?? ""])),
  );
  const changes = Object.fromEntries(names.filter((f) => form[f] !== (it[f] ?? "")).map((f) => [f, form[f]]));
  const save = useMutation({
    mutationFn: () => call("patch", "/api/v1/sets/{id}", { path: { id: it.id }, body: changes }),
    onSuccess: async (changed) => {
      client.setQueryData(set(it.id).queryKey, changed);
      await client.invalidateQueries({ queryKey: ["sets"] });
      onClose();
    },
  });
  const label: Record<Name, string> = {
    first_name: words.firstName,
    last_name: words.lastName,
    birth: words.birth,
    label: words.label,
    name: words.name,
    run_date: words.runDate,
    sequencer: words.sequencer,
    pcr: words.pcr,
    info: words.info,
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (Object.keys(changes).length === 0) onClose();
    else save.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={m.server.set.edit}>
      <form onSubmit={submit} className="form">
        {names.map((f) => (
          <Field
            key={f}
            label={label[f]}
            dir="auto"
            required={NEEDED.includes(f)}
            value={form[f] ?? ""}
            placeholder={f === "birth" || f === "run_date" ? words.dateHint : ""}
            fault={fieldFault(save.error, f)}
            onChange={(e) => setForm({ ...form, [f]: e.currentTarget.value })}
          />
        ))}
        {save.error && <Fault error={save.error} />}
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {m.server.common.cancel}
          </button>
          <button type="submit" className="button primary" disabled={save.isPending}>
            {m.server.common.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
