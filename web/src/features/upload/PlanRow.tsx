import type { ClipboardEvent } from "react";
import { bytesText } from "../server/format";
import { useMessages } from "../server/parts";
import { cellsOf, isoDate } from "../sets/grid";
import { PatientCell } from "./PatientCell";
import type { Column, Draft } from "./plan";

interface Props {
  readonly draft: Draft;
  readonly patients: boolean;
  fault(field: string): string;
  onChange(part: Partial<Draft>): void;
  onPaste(column: Column, cells: readonly (readonly string[])[]): void;
}

/** A sample that would be made. One that is there already is only gone on with. */
export function PlanRow({ draft: d, patients, fault, onChange, onPaste }: Props) {
  const m = useMessages();
  const words = m.server.upload;
  const old = Boolean(d.planned.sample_id);
  const cell = (column: Column, label: string, field: string, placeholder = "") => (
    <td>
      <input
        className="field"
        dir="auto"
        value={d[column]}
        disabled={old || d.left}
        placeholder={placeholder}
        aria-label={`${label}: ${d.planned.name}`}
        aria-invalid={fault(field) ? true : undefined}
        onChange={(e) => onChange({ [column]: e.currentTarget.value })}
        onBlur={(e) => column === "date" && onChange({ date: isoDate(e.currentTarget.value.trim()) })}
        onPaste={(e: ClipboardEvent<HTMLInputElement>) => {
          const cells = cellsOf(e.clipboardData.getData("text/plain"));
          if (cells.length <= 1 && (cells[0]?.length ?? 0) <= 1) return;
          e.preventDefault();
          onPaste(column, cells);
        }}
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
      {cell("name", words.sample, "name")}
      {patients && (
        <td className="patient-cell">
          {old ? null : <PatientCell draft={d} disabled={d.left} onChange={(patient) => onChange({ patient })} />}
        </td>
      )}
      {cell("date", words.date, "sampling_date", m.server.create.dateHint)}
      {cell("info", words.info, "info")}
      <td>
        {d.planned.files.map((f) => (
          <div key={f.path} className="file-line" title={f.path}>
            {f.role !== "reads" && <span className="secondary mono">{f.role}</span>}{" "}
            {f.lane !== undefined && f.lane > 0 && <span className="secondary mono">L{f.lane}</span>}{" "}
            <bdi className="mono small">{f.name}</bdi>{" "}
            <span className="secondary num small">{bytesText(f.size, m.locale)}</span>
          </div>
        ))}
      </td>
      <td className="small doubts">
        <Doubts draft={d} />
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

function Doubts({ draft: d }: { draft: Draft }) {
  const m = useMessages();
  const byName = d.planned.patients.some(
    (p) => p.why === "name" && d.patient.kind === "set" && p.set_id === d.patient.id,
  );
  return (
    <>
      {d.planned.sample_id && (
        <span className="chip" title={m.server.upload.existingTitle}>
          {m.server.upload.existing}
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
      {byName && <div className="state warn">⚠ {m.lists.patientByName}</div>}
      {d.planned.patients.length > 1 && d.patient.kind === "none" && (
        <div className="state warn">⚠ {m.lists.patientsMany(d.planned.patients.length)}</div>
      )}
    </>
  );
}
