/** Sequences of a report: V, N, D, J in colours that say their letter as well, the CDR3 underlined. */
import { plain } from "../../core/format";
import type { SegmentKind } from "../../core/sequence";
import { segmentsOf } from "../../core/sequence";
import type { Row } from "../../core/table";
import { Productive, textAt } from "../../core/table";
import { SEGMENTS } from "../../views/theme";
import { runsOf } from "../workspace/runs";
import type { Report } from "./part";
import { Section } from "./part";
import { CloneName } from "./tables";

const KINDS = ["V", "N", "D", "J"] as const;

const styleOf = (kind: SegmentKind) =>
  kind === "none" ? undefined : { background: SEGMENTS.light[kind][0], color: SEGMENTS.light[kind][1] };

export function Sequences({ report }: { report: Report }) {
  const { rows, m } = report;
  const words = m.report.paper;
  return (
    <Section title={m.report.parts.sequences} kind="sequences">
      {rows.length === 0 ? (
        <p className="paper-remark">{words.noClonotypes}</p>
      ) : (
        <p className="paper-remark">
          {words.legendSequence}{" "}
          {KINDS.map((kind) => (
            <span key={kind} className="paper-run" style={styleOf(kind)}>
              {kind}
            </span>
          ))}{" "}
          {words.legendCdr3}
        </p>
      )}
      {rows.map((row, i) => (
        <OneSequence key={row} report={report} row={row} number={i + 1} />
      ))}
    </Section>
  );
}

function OneSequence({ report, row, number }: { report: Report; row: Row; number: number }) {
  const { context, m } = report;
  const { table } = context;
  const words = m.report.paper;
  const productive = table.productive[row];
  const why = textAt(table.unproductive, row);
  const facts = [
    table.sequence.at(row) === "" ? words.noSequence : words.length(table.sequenceLength[row] ?? 0),
    productive === Productive.yes ? words.productive : productive === Productive.no ? words.notProductive : "",
    productive === Productive.no && why !== "" ? (m.value[why] ?? why) : "",
    Number.isFinite(table.evalue[row]) ? `e ${plain(table.evalue[row] ?? 0, m.locale, 2)}` : "",
  ].filter(Boolean);
  return (
    <div className="paper-sequence">
      <h3>
        <span className="paper-number">{number}</span> <CloneName report={report} row={row} />
      </h3>
      <p className="paper-facts">
        {[textAt(table.five, row), textAt(table.four, row), textAt(table.three, row)].filter(Boolean).join(" · ")}
        {" — "}
        {facts.join(", ")}
      </p>
      <Letters report={report} row={row} />
    </div>
  );
}

function Letters({ report, row }: { report: Report; row: Row }) {
  const { table } = report.context;
  const sequence = table.sequence.at(row);
  if (sequence === "") return <p className="paper-letters">{table.id.at(row)}</p>;
  const runs = runsOf(segmentsOf(table, row), table.cdr3.start[row] ?? -1, table.cdr3.end[row] ?? -1, null);
  return (
    <p className="paper-letters">
      {runs.map((run) => (
        <span key={run.start} className={run.cdr3 ? "paper-run cdr3" : "paper-run"} style={styleOf(run.kind)}>
          {sequence.slice(run.start, run.end)}
        </span>
      ))}
    </p>
  );
}
