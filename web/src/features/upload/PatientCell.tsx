import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { whoami } from "../../api/queries";
import { useMessages } from "../server/parts";
import { SetPicker } from "../sets/SetPicker";
import type { Draft, Patient } from "./plan";
import { NOBODY, newPatient } from "./plan";

interface Props {
  readonly draft: Draft;
  readonly disabled: boolean;
  onChange(patient: Patient): void;
}

/** Whose sample it is: who was found, somebody else, a new patient, or nobody. */
export function PatientCell({ draft: d, disabled, onChange }: Props) {
  const m = useMessages();
  const words = m.lists;
  const mayCreate = (useQuery(whoami).data?.targets.set ?? []).length > 0;
  const [looking, setLooking] = useState(false);
  const { patient: p } = d;
  const matches = d.planned.patients;
  const other = p.kind === "set" && !matches.some((x) => x.set_id === p.id) ? p : null;
  const value = looking ? "look" : p.kind === "set" ? String(p.id) : p.kind;
  const choose = (next: string) => {
    setLooking(next === "look");
    if (next === "look") return;
    const match = matches.find((x) => String(x.set_id) === next);
    if (match) onChange({ kind: "set", id: match.set_id, title: match.title });
    else if (next === "new") onChange(newPatient(d.planned.subject));
    else if (next === "none") onChange(NOBODY);
  };
  return (
    <>
      <select
        className="select framed"
        value={value}
        disabled={disabled}
        aria-label={`${m.server.sets.one.patient}: ${d.planned.name}`}
        onChange={(e) => choose(e.currentTarget.value)}
      >
        <option value="none">{words.noPatient}</option>
        {matches.map((x) => (
          <option key={x.set_id} value={x.set_id}>
            {x.title} ({words.why[x.why]})
          </option>
        ))}
        {other && <option value={other.id}>{other.title}</option>}
        <option value="look">{words.otherPatient}</option>
        {mayCreate && <option value="new">{words.newPatient}</option>}
      </select>
      {looking && (
        <SetPicker
          label={words.otherPatient}
          kind="patient"
          value={[]}
          onChange={([found]) => {
            if (found) onChange({ kind: "set", id: found.id, title: found.title });
            setLooking(false);
          }}
        />
      )}
      {!looking && p.kind === "new" && (
        <NewPatient patient={p} of={d.planned.name} disabled={disabled} onChange={onChange} />
      )}
    </>
  );
}

const FIELDS = ["last_name", "first_name", "birth", "label"] as const;

function NewPatient({
  patient,
  of,
  disabled,
  onChange,
}: {
  patient: Extract<Patient, { kind: "new" }>;
  of: string;
  disabled: boolean;
  onChange: (patient: Patient) => void;
}) {
  const m = useMessages();
  const words = m.server.create;
  const label = { last_name: words.lastName, first_name: words.firstName, birth: words.birth, label: words.label };
  return (
    <div className="new-patient">
      {FIELDS.map((f) => (
        <input
          key={f}
          className="field"
          dir="auto"
          value={patient[f]}
          disabled={disabled}
          placeholder={`${label[f]}${f === "last_name" ? ` (${m.server.common.required})` : ""}`}
          title={label[f]}
          aria-label={`${label[f]}: ${of}`}
          aria-invalid={f === "last_name" && patient.last_name.trim() === "" ? true : undefined}
          onChange={(e) => onChange({ ...patient, [f]: e.currentTarget.value })}
        />
      ))}
    </div>
  );
}
