import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { UploadPlan } from "../../api/plan";
import { ApiError } from "../../api/problem";
import { preProcesses } from "../../api/queries";
import { bytesText } from "../server/format";
import { Fault, useMessages } from "../server/parts";
import type { Draft } from "./plan";
import { isPaired } from "./plan";

interface Props {
  readonly plan: UploadPlan;
  readonly drafts: readonly Draft[];
  readonly busy: boolean;
  readonly error: unknown;
  onChange(drafts: readonly Draft[]): void;
  onAnew(): void;
  onBegin(preProcess: number): void;
}

/** The plan and its doubts, to be looked at once. */
export function PlanTable({ plan, drafts, busy, error, onChange, onAnew, onBegin }: Props) {
  const m = useMessages();
  const words = m.server.upload;
  const [preProcess, setPreProcess] = useState<number | null>(null);
  const offered = useQuery(preProcesses).data?.items.filter((p) => !p.archived) ?? [];
  const pairs = drafts.some(isPaired);
  // A pair that is not merged gives two reads for one recombination: merging is what people want unless they say so.
  const chosenProcess = pairs ? (preProcess ?? offered[0]?.id ?? 0) : 0;
  const kept = drafts.filter((d) => !d.left);
  const files = kept.flatMap((d) => d.planned.files);
  const change = (at: number, part: Partial<Draft>) =>
    onChange(drafts.map((d, i) => (i === at ? { ...d, ...part } : d)));
  const place = (at: number) => kept.filter((d) => !d.planned.sample_id).indexOf(drafts[at] as Draft);
  const fault = (at: number, field: string) =>
    error instanceof ApiError ? error.field(`rows[${place(at)}].${field}`) : "";
  return (
    <>
      <p className="secondary">
        {words.planned(
          kept.length,
          files.length,
          bytesText(
            files.reduce((sum, f) => sum + f.size, 0),
            m.locale,
          ),
        )}
      </p>
      {plan.notes.map((note) => (
        <p key={note} className="note warn">
          {note}
        </p>
      ))}
      <table className="table grid-table">
        <thead>
          <tr>
            <th>{words.sample}</th>
            <th>{words.date}</th>
            <th>{words.info}</th>
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
              fault={(field) => fault(i, field)}
              onChange={(part) => change(i, part)}
            />
          ))}
        </tbody>
      </table>
      {plan.unassigned.length > 0 && (
        <LeftOut text={words.unassigned(plan.unassigned.length)} files={plan.unassigned} />
      )}
      {plan.ignored.length > 0 && <LeftOut text={words.ignored(plan.ignored.length)} files={plan.ignored} />}
      {kept.some((d) => d.planned.faults.length > 0) && <p className="note warn">{words.faults}</p>}
      {error !== null && <Fault error={error} />}
      <div className="form-actions">
        {pairs && offered.length > 0 && (
          <label className="choice">
            {words.preProcess}
            <select
              className="select framed"
              value={chosenProcess}
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
        <span className="spring" />
        <button type="button" className="button" onClick={onAnew} disabled={busy}>
          {words.startAnew}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={busy || kept.length === 0 || kept.some((d) => d.planned.faults.length > 0)}
          onClick={() => onBegin(chosenProcess)}
        >
          {busy ? words.making : words.begin(kept.length)}
        </button>
      </div>
    </>
  );
}

function PlanRow({
  draft: d,
  fault,
  onChange,
}: {
  draft: Draft;
  fault: (field: string) => string;
  onChange: (part: Partial<Draft>) => void;
}) {
  const m = useMessages();
  const words = m.server.upload;
  const old = Boolean(d.planned.sample_id);
  const cell = (label: string, value: string, field: string, change: (v: string) => void, placeholder = "") => (
    <td>
      <input
        className="field"
        dir="auto"
        value={value}
        disabled={old || d.left}
        placeholder={placeholder}
        aria-label={`${label}: ${d.planned.name}`}
        aria-invalid={fault(field) ? true : undefined}
        onChange={(e) => change(e.currentTarget.value)}
      />
      {fault(field) && (
        <span className="field-fault" role="alert">
          {fault(field)}
        </span>
      )}
    </td>
  );
  return (
    <tr className={d.left ? "closed" : ""}>
      {cell(words.sample, d.name, "name", (name) => onChange({ name }))}
      {cell(words.date, d.date, "sampling_date", (date) => onChange({ date }), m.server.create.dateHint)}
      {cell(words.info, d.info, "info", (info) => onChange({ info }))}
      <td>
        {d.planned.files.map((f) => (
          <div key={f.path} className="file-line" title={f.path}>
            {f.role !== "reads" && <span className="secondary mono">{f.role}</span>}{" "}
            <bdi className="mono small">{f.name}</bdi>{" "}
            <span className="secondary num small">{bytesText(f.size, m.locale)}</span>
          </div>
        ))}
      </td>
      <td className="small">
        {old && (
          <span className="chip" title={words.existingTitle}>
            {words.existing}
          </span>
        )}
        {d.planned.faults.map((text) => (
          <div key={text} className="field-fault">
            ✕ {text}
          </div>
        ))}
        {d.planned.doubts.map((doubt) => (
          <div key={doubt.text} className="state warn">
            ⚠ {doubt.text}
          </div>
        ))}
      </td>
      <td className="middle">
        <input
          type="checkbox"
          checked={d.left}
          aria-label={`${words.leaveOut}: ${d.planned.name}`}
          onChange={(e) => onChange({ left: e.currentTarget.checked })}
        />
      </td>
    </tr>
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
