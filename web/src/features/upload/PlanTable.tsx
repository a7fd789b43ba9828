/** The plan and its doubts, to be looked at once: edited as a spreadsheet is, then carried out as a whole. */
import { IconArrowBarDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { UploadPlan } from "../../api/plan";
import { ApiError } from "../../api/problem";
import { autoConfigs, preProcesses } from "../../api/queries";
import type { SampleSet } from "../../api/types";
import { bytesText } from "../server/format";
import { Fault, useMessages } from "../server/parts";
import { ConfigChecks } from "../sets/AutoConfigs";
import { PlanRow } from "./PlanRow";
import type { Draft } from "./plan";
import { fillDown, isPaired, newPatients, pasteDown } from "./plan";
import type { Choice } from "./useMake";

interface Props {
  readonly set: SampleSet;
  readonly plan: UploadPlan;
  readonly drafts: readonly Draft[];
  readonly busy: boolean;
  readonly error: unknown;
  onChange(drafts: readonly Draft[]): void;
  onAnew(): void;
  onBegin(choice: Choice): void;
}

export function PlanTable(props: Props) {
  const { set, plan, drafts, error, onChange } = props;
  const m = useMessages();
  const words = m.server.upload;
  const patients = set.kind !== "patient";
  const kept = drafts.filter((d) => !d.left);
  const change = (at: number, part: Partial<Draft>) =>
    onChange(drafts.map((d, i) => (i === at ? { ...d, ...part } : d)));
  const fresh = kept.filter((d) => !d.planned.sample_id);
  const fault = (d: Draft, field: string) =>
    error instanceof ApiError ? error.field(`rows[${fresh.indexOf(d)}].${field}`) : "";
  const fill = (column: "date" | "info" | "patient", label: string) => (
    <th>
      {label}{" "}
      <button
        type="button"
        className="quiet icon"
        title={m.lists.fillDown}
        aria-label={`${m.lists.fillDown}: ${label}`}
        onClick={() => onChange(fillDown(drafts, column))}
      >
        <IconArrowBarDown size={14} aria-hidden />
      </button>
    </th>
  );
  return (
    <>
      <Summary drafts={kept} />
      {plan.notes.length > 0 && (
        <div className="note warn" role="status">
          <p>{m.lists.sheetNotes(plan.notes.length)}</p>
          <ul>
            {plan.notes.slice(0, 30).map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </div>
      )}
      <div className="scroll-x">
        <table className="table grid-table plan">
          <thead>
            <tr>
              <th>{words.sample}</th>
              {patients && fill("patient", m.server.sets.one.patient ?? "")}
              {fill("date", words.date)}
              {fill("info", words.info)}
              <th>{words.files}</th>
              <th>{words.doubts}</th>
              <th>{words.leaveOut}</th>
            </tr>
          </thead>
          <tbody>
            {drafts.map((d, i) => (
              <PlanRow
                key={d.planned.files[0]?.path ?? d.planned.name}
                draft={d}
                patients={patients}
                fault={(field) => fault(d, field)}
                onChange={(part) => change(i, part)}
                onPaste={(column, cells) => onChange(pasteDown(drafts, i, column, cells))}
              />
            ))}
          </tbody>
        </table>
      </div>
      {plan.unassigned.length > 0 && (
        <LeftOut text={words.unassigned(plan.unassigned.length)} files={plan.unassigned} />
      )}
      {plan.ignored.length > 0 && <LeftOut text={words.ignored(plan.ignored.length)} files={plan.ignored} />}
      {kept.some((d) => d.planned.faults.length > 0) && <p className="note warn">{words.faults}</p>}
      {error !== null && <Fault error={error} />}
      <Confirm {...props} kept={kept} />
    </>
  );
}

function Summary({ drafts }: { drafts: readonly Draft[] }) {
  const m = useMessages();
  const files = drafts.flatMap((d) => d.planned.files);
  const bytes = bytesText(
    files.reduce((sum, f) => sum + f.size, 0),
    m.locale,
  );
  const patients = newPatients(drafts, 0).sets.length;
  const doubts = drafts.filter((d) => d.planned.doubts.length > 0).length;
  return (
    <p className="secondary">
      {[
        m.server.upload.planned(drafts.length, files.length, bytes),
        patients > 0 ? m.lists.newPatients(patients) : "",
        doubts > 0 ? m.lists.doubtful(doubts) : "",
      ]
        .filter(Boolean)
        .join(" · ")}
    </p>
  );
}

function Confirm({ set, drafts, kept, busy, onAnew, onBegin }: Props & { kept: readonly Draft[] }) {
  const m = useMessages();
  const words = m.server.upload;
  const [preProcess, setPreProcess] = useState<number | null>(null);
  const [configs, setConfigs] = useState<readonly number[] | null>(null);
  const mayRun = set.may.includes("run") && set.may.includes("edit");
  const auto = useQuery({ ...autoConfigs(set.id), enabled: mayRun }).data?.config_ids ?? [];
  const offered = useQuery(preProcesses).data?.items.filter((p) => !p.archived) ?? [];
  const pairs = drafts.some(isPaired);
  // A pair that is not merged gives two reads for one recombination: merging is what people want unless they say so.
  const chosen = pairs ? (preProcess ?? offered[0]?.id ?? 0) : 0;
  const nameless = kept.some((d) => d.patient.kind === "new" && d.patient.last_name.trim() === "");
  const faulty = kept.some((d) => d.planned.faults.length > 0);
  return (
    <section className="block confirm">
      {pairs && offered.length > 0 && (
        <label className="choice">
          {words.preProcess}
          <select
            className="select framed"
            value={chosen}
            onChange={(e) => setPreProcess(Number(e.currentTarget.value))}
          >
            {offered.map((p) => (
              <option key={p.id} value={p.id}>
                {p.name}
              </option>
            ))}
            <option value={0}>{words.noPreProcess}</option>
          </select>
        </label>
      )}
      {mayRun && <ConfigChecks value={configs ?? auto} onChange={setConfigs} />}
      <div className="form-actions">
        {nameless && <span className="field-fault">{m.lists.patientNameless}</span>}
        <button type="button" className="button" onClick={onAnew} disabled={busy}>
          {words.startAnew}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={busy || kept.length === 0 || faulty || nameless}
          onClick={() => onBegin({ preProcess: chosen, configs })}
        >
          {busy ? words.making : words.begin(kept.length)}
        </button>
      </div>
    </section>
  );
}

function LeftOut({ text, files }: { text: string; files: readonly string[] }) {
  return (
    <details className="secondary">
      <summary>{text}</summary>
      <ul className="mono small">
        {files.slice(0, 200).map((f) => (
          <li key={f}>{f}</li>
        ))}
      </ul>
    </details>
  );
}
