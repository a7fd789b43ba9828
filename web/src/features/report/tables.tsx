/** Tables of a report. Their heads stand again on each page, and no line is cut. */
import { integer, share } from "../../core/format";
import { nameOf } from "../../core/name";
import { shown } from "../../core/palette";
import type { Amount } from "../../core/report";
import { amountOf, daysOf, overlaps, systemsOf, warningsOf } from "../../core/report";
import type { Row, SampleIndex } from "../../core/table";
import { textAt } from "../../core/table";
import { tagById } from "../../core/tags";
import { analysedLevel } from "../../core/warnings";
import { denominatorLabel } from "../../ui/words";
import { dayText } from "../server/format";
import type { Report } from "./part";
import { Section } from "./part";

/** Columns of samples that stand side by side on a page. */
const ABREAST = 7;

export const sampleName = ({ context }: Report, sample: SampleIndex): string =>
  context.doc.sampleNames.get(sample) ?? context.table.samples[sample]?.name ?? "";

export function SamplesTable({ report }: { report: Report }) {
  const { context, plan, m } = report;
  const words = m.report.paper;
  const days = daysOf(context.table, context.samples);
  const dated = days.some((day) => day !== null);
  return (
    <Section title={m.report.parts.samples} kind="samples">
      <table>
        <thead>
          <tr>
            <th className="n">{words.number}</th>
            <th>{words.sample}</th>
            {dated && !plan.anonymous && <th>{words.date}</th>}
            {dated && <th className="n">{words.day}</th>}
            <th className="n">{words.total}</th>
            <th className="n">{words.analysedReads}</th>
            <th className="n">{words.analysedShare}</th>
            <th className="n">{words.clonotypes}</th>
          </tr>
        </thead>
        <tbody>
          {context.samples.map((sample, i) => (
            <SampleLine
              key={sample}
              report={report}
              sample={sample}
              at={i}
              day={dated ? (days[i] ?? null) : undefined}
            />
          ))}
        </tbody>
      </table>
    </Section>
  );
}

interface SampleLineProps {
  readonly report: Report;
  readonly sample: SampleIndex;
  readonly at: number;
  /** Null without a date; absent when no sample has one. */
  readonly day: number | null | undefined;
}

function SampleLine({ report, sample, at, day }: SampleLineProps) {
  const { context, plan, m } = report;
  const words = m.report.paper;
  const s = context.table.samples[sample];
  if (!s) return null;
  const level = analysedLevel(s.analysed, s.total);
  const counted = Object.values(s.clonotypes).reduce((a, b) => a + b, 0);
  return (
    <tr>
      <td className="n">{at + 1}</td>
      <th scope="row">
        <bdi>{sampleName(report, sample)}</bdi>
        {level >= 1 && <em className="paper-warn"> ⚠ {level === 2 ? words.veryFew : words.few}</em>}
      </th>
      {day !== undefined && !plan.anonymous && <td>{dayText(s.date, m.locale)}</td>}
      {day !== undefined && <td className="n">{day === null ? "" : integer(day, m.locale)}</td>}
      <td className="n">{integer(s.total, m.locale)}</td>
      <td className="n">{integer(s.analysed, m.locale)}</td>
      <td className="n">{s.total > 0 ? share(s.analysed / s.total, m.locale) : ""}</td>
      <td className="n">{counted > 0 ? integer(counted, m.locale) : ""}</td>
    </tr>
  );
}

/** Several tables under each other when there are more samples than fit. */
function abreast(samples: readonly SampleIndex[]): readonly (readonly SampleIndex[])[] {
  const out: SampleIndex[][] = [];
  for (let at = 0; at < samples.length; at += ABREAST) out.push(samples.slice(at, at + ABREAST));
  return out;
}

function SampleHeads({ report, samples }: { report: Report; samples: readonly SampleIndex[] }) {
  return samples.map((sample) => (
    <th key={sample} className="n">
      <bdi>{sampleName(report, sample)}</bdi>
    </th>
  ));
}

export function SystemsTable({ report }: { report: Report }) {
  const { context, m } = report;
  const systems = systemsOf(context);
  return (
    <Section title={m.report.parts.systems} kind="systems">
      {abreast(context.samples).map((samples) => (
        <table key={samples[0]}>
          <thead>
            <tr>
              <th>{m.report.paper.locus}</th>
              <SampleHeads report={report} samples={samples} />
            </tr>
          </thead>
          <tbody>
            {systems.map((system) => (
              <tr key={system}>
                <th scope="row">{system || "xxx"}</th>
                {samples.map((sample) => {
                  const s = context.table.samples[sample];
                  const reads = s?.systems[system] ?? 0;
                  return (
                    <td key={sample} className="n">
                      {s && s.analysed > 0 ? share(reads / s.analysed, m.locale) : "–"}
                      <small>{integer(reads, m.locale)}</small>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
      <p className="paper-remark">{m.denominator.analysed}</p>
    </Section>
  );
}

export function ClonotypeTables({ report }: { report: Report }) {
  const { context, rows, m } = report;
  const words = m.report.paper;
  if (rows.length === 0)
    return (
      <Section title={m.report.parts.clonotypes} kind="clonotypes">
        <p className="paper-remark">{words.noClonotypes}</p>
      </Section>
    );
  return (
    <Section title={m.report.parts.clonotypes} kind="clonotypes">
      {abreast(context.samples).map((samples) => (
        <table key={samples[0]}>
          <thead>
            <tr>
              <th className="n">{words.number}</th>
              <th>{words.clonotype}</th>
              <SampleHeads report={report} samples={samples} />
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={row}>
                <td className="n">{i + 1}</td>
                <th scope="row">
                  <CloneName report={report} row={row} />
                </th>
                {samples.map((sample) => (
                  <AmountCell key={sample} report={report} amount={amountOf(context, row, sample)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
      <p className="paper-remark">
        {words.legendAmounts(denominatorLabel(m, context.denominator))}
        {context.doc.standard && ` ${words.normalised}`}
      </p>
    </Section>
  );
}

/** Tag, name, locus and CDR3 of a clonotype. */
export function CloneName({ report, row }: { report: Report; row: Row }) {
  const { context, m } = report;
  const { table, doc, clusters } = context;
  const tag = doc.tags.get(row);
  const known = tag === undefined ? undefined : tagById(tag);
  const own = doc.colors.get(row);
  const members = clusters.byLeader.get(row)?.length ?? 1;
  const cdr3 = table.cdr3aa.at(row);
  return (
    <>
      {own !== undefined && <i className="paper-color" style={{ background: shown(own).light }} aria-hidden="true" />}
      {tag !== undefined && (
        <span className="paper-tag" style={{ borderColor: known?.light }}>
          {m.tag[tag] ?? tag}
        </span>
      )}
      <bdi>{nameOf(table, doc, row)}</bdi>
      <small>
        {[textAt(table.system, row) || "xxx", members > 1 ? m.report.paper.cluster(members) : ""]
          .filter(Boolean)
          .join(" · ")}
        {cdr3 !== "" && <span className="paper-mono"> {cdr3}</span>}
      </small>
    </>
  );
}

function AmountCell({ report, amount }: { report: Report; amount: Amount }) {
  const { m } = report;
  if (amount.state === "absent") return <td className="n paper-absent">–</td>;
  const size = amount.state === "detected" ? "+" : share(amount.size, m.locale, report.ws.notation.peek());
  return (
    <td className="n">
      {size}
      <small>{integer(amount.reads, m.locale)}</small>
    </td>
  );
}

export function Warnings({ report }: { report: Report }) {
  const { context, rows, m } = report;
  const words = m.report.paper;
  const byCode = [...warningsOf(context.table, rows)].sort(([a], [b]) => (a < b ? -1 : 1));
  const doubtful = context.samples.flatMap((sample) => {
    const s = context.table.samples[sample];
    const level = s ? analysedLevel(s.analysed, s.total) : -1;
    return level >= 1 ? [{ sample, text: level === 2 ? words.veryFew : words.few }] : [];
  });
  if (byCode.length + doubtful.length === 0)
    return (
      <Section title={m.report.parts.warnings} kind="warnings">
        <p className="paper-remark">{words.noWarnings}</p>
      </Section>
    );
  return (
    <Section title={m.report.parts.warnings} kind="warnings">
      <table>
        <thead>
          <tr>
            <th>{words.warning}</th>
            <th>{words.concerned}</th>
          </tr>
        </thead>
        <tbody>
          {doubtful.map(({ sample, text }) => (
            <tr key={`s${sample}`}>
              <th scope="row">{text}</th>
              <td>
                <bdi>{sampleName(report, sample)}</bdi>
              </td>
            </tr>
          ))}
          {byCode.map(([code, concerned]) => (
            <tr key={code}>
              <th scope="row">
                {code} {m.warning[code] ?? ""}
              </th>
              <td>{concerned.map((row) => rows.indexOf(row) + 1).join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** More samples than this are a matrix that a page does not hold. */
const MOST_SHARED = 12;

export function Overlap({ report }: { report: Report }) {
  const { context, m } = report;
  const words = m.report.paper;
  const samples = context.samples.slice(0, MOST_SHARED);
  if (samples.length < 2)
    return (
      <Section title={m.report.parts.overlap} kind="overlap">
        <p className="paper-remark">{words.oneSample}</p>
      </Section>
    );
  const matrix = overlaps(context.table, context.clusters.reads, samples);
  return (
    <Section title={m.report.parts.overlap} kind="overlap">
      <table>
        <thead>
          <tr>
            <th>{words.sample}</th>
            <SampleHeads report={report} samples={samples} />
          </tr>
        </thead>
        <tbody>
          {samples.map((sample, i) => (
            <tr key={sample}>
              <th scope="row">
                <bdi>{sampleName(report, sample)}</bdi>
              </th>
              {samples.map((other, k) => {
                const both = matrix[i]?.[k];
                return (
                  <td key={other} className={i === k ? "n paper-self" : "n"}>
                    {integer(both?.clonotypes ?? 0, m.locale)}
                    <small>{share(both?.share ?? 0, m.locale)}</small>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="paper-remark">{words.overlapText}</p>
    </Section>
  );
}
