/** Parts of a report that are words: how it was made, notes, paragraphs, signatures. */
import { nameOf } from "../../core/name";
import { denominatorLabel, filterLabel } from "../../ui/words";
import { dayText, timeText } from "../server/format";
import type { Report } from "./part";
import { Section } from "./part";

export function About({ report }: { report: Report }) {
  const { subject, plan, m, context, ws } = report;
  const words = m.report.paper;
  const named = !plan.anonymous;
  const filters = [
    ...ws.filters.peek().map((filter) => filterLabel(m, filter)),
    ...(ws.query.peek() === "" ? [] : [m.filter.search(ws.query.peek())]),
  ];
  const facts: readonly (readonly [string, readonly string[]])[] = [
    [words.born, named ? [dayText(subject.birth, m.locale)] : []],
    [words.label, named ? [subject.label] : []],
    [words.config, subject.configs],
    [words.program, subject.programs],
    [words.germline, subject.germlines],
    [words.preProcess, subject.preProcesses],
    [words.analysed, [timeOf(subject.analysed, m.locale)]],
    [words.digest, [subject.digest]],
    [words.sizes, [denominatorLabel(m, context.denominator), ...(context.doc.standard ? [words.normalised] : [])]],
    [words.filters, filters],
  ];
  return (
    <Section title={m.report.parts.about} kind="about">
      <dl>
        {facts.map(([name, given]) => {
          const values = given.filter((text) => text !== "");
          return values.length === 0 ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{values.join(", ")}</dd>
            </div>
          );
        })}
      </dl>
      {subject.programs.length > 1 && <p className="paper-remark">{words.mismatch}</p>}
    </Section>
  );
}

/** Servers give a moment, files a text as their program wrote it. */
const timeOf = (at: string, locale: string): string => (/^\d{4}-\d\d-\d\dT/.test(at) ? timeText(at, locale) : at);

export function Notes({ report }: { report: Report }) {
  const { m, context, rows, plan, subject } = report;
  const { doc, table } = context;
  const entries: readonly (readonly [string, string, string])[] = [
    ["set", m.report.paper.noteSet, plan.anonymous ? "" : [subject.info, doc.info].filter(Boolean).join("\n")],
    ...context.samples.map((s): readonly [string, string, string] => {
      const sample = table.samples[s];
      return [`s${s}`, doc.sampleNames.get(s) ?? sample?.name ?? "", doc.sampleNotes.get(s) ?? sample?.info ?? ""];
    }),
    ...rows.map((row, i): readonly [string, string, string] => [
      `c${row}`,
      `${i + 1} · ${nameOf(table, doc, row)}`,
      doc.notes.get(row) ?? "",
    ]),
  ];
  const written = entries.filter(([, , text]) => text.trim() !== "");
  return (
    <Section title={m.report.parts.notes} kind="notes">
      {written.length === 0 ? (
        <p className="paper-remark">{m.report.paper.noNotes}</p>
      ) : (
        <dl>
          {written.map(([key, name, text]) => (
            <div key={key}>
              <dt>
                <bdi>{name}</bdi>
              </dt>
              <dd className="paper-typed">{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}

/** The first line is the heading when a blank line follows it. */
export function Paragraph({ report, text }: { report: Report; text: string }) {
  if (text.trim() === "")
    return <p className="paper-part paper-remark paper-screen-only">{`[${report.m.report.paper.empty}]`}</p>;
  const [first = "", ...rest] = text.trim().split("\n");
  const headed = rest.length > 1 && rest[0]?.trim() === "";
  return (
    <section className="paper-part paper-text">
      {headed && <h2>{first}</h2>}
      <p className="paper-typed">{headed ? rest.join("\n").trim() : text.trim()}</p>
    </section>
  );
}

export function Signatures({ report, text }: { report: Report; text: string }) {
  const given = text.split("\n").filter((line) => line.trim() !== "");
  const lines = given.length > 0 ? given : [report.author];
  return (
    <section className="paper-part paper-signatures">
      {lines.map((line, i) => {
        const key = `${i}${line}`;
        return (
          <div key={key}>
            <span className="paper-signer">{line}</span>
            <span className="paper-line">{report.m.report.paper.signature}</span>
          </div>
        );
      })}
    </section>
  );
}

export function Notice({ report }: { report: Report }) {
  const { m, subject } = report;
  return (
    <footer className="paper-part paper-notice">
      <p>{m.report.paper.notice}</p>
      {subject.version !== "" && <p>{m.report.paper.version(subject.version)}</p>}
    </footer>
  );
}
