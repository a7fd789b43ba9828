/** What a report is about, beside its preview: template, samples, clonotypes, sizes, names. */
import type { ReactNode } from "react";
import { axesFor } from "../../core/axes/registry";
import type { ReportContext } from "../../core/report";
import { reportRows } from "../../core/report";
import type { Plan } from "../../core/reportPlan";
import { MOST_TOP } from "../../core/reportPlan";
import type { Denominator } from "../../core/size";
import type { SampleIndex } from "../../core/table";
import { axisLabel, denominatorLabel } from "../../ui/words";
import { useMessages } from "../server/parts";
import type { Choice, Draft } from "./draft";
import { Parts } from "./Parts";
import type { Report } from "./part";
import { Templates } from "./Templates";

interface Props {
  readonly report: Report;
  readonly draft: Draft;
  readonly choice: Choice;
  /** The name of a sample as the workspace has it. */
  readonly nameOf: (sample: SampleIndex) => string;
  readonly order: readonly SampleIndex[];
  onDraft(draft: Draft): void;
  onChoice(choice: Choice): void;
}

const SIMPLE = ["analysed", "system", "group", "total"] as const;

export function Choices(props: Props) {
  const { report, draft, onDraft } = props;
  const m = useMessages();
  const { plan } = draft;
  const change = (to: Partial<Plan>) => onDraft({ ...draft, changed: true, plan: { ...plan, ...to } });
  return (
    <>
      <section className="report-choice">
        <Templates draft={draft} onChange={onDraft} />
        <div className="choice-line">
          <label htmlFor="heading">{m.report.heading}</label>
          <input
            id="heading"
            className="field"
            value={plan.title}
            placeholder={m.report.headingHint}
            maxLength={300}
            onChange={(e) => change({ title: e.currentTarget.value })}
          />
        </div>
        <div className="choice-line">
          <label htmlFor="author">{m.report.author}</label>
          <input
            id="author"
            className="field"
            value={draft.author}
            placeholder={m.report.authorHint}
            maxLength={200}
            onChange={(e) => onDraft({ ...draft, author: e.currentTarget.value })}
          />
        </div>
        <label className="report-check">
          <input
            type="checkbox"
            checked={plan.anonymous}
            aria-describedby="anonymous-hint"
            onChange={(e) => change({ anonymous: e.currentTarget.checked })}
          />
          {m.report.anonymous}
        </label>
        <p className="hint" id="anonymous-hint">
          {m.report.anonymousHint}
        </p>
        {report.subject.nameless && <p className="hint">{m.report.nameless}</p>}
      </section>
      <Samples {...props} />
      <Clonotypes report={report} plan={plan} onChange={change} />
      <Views {...props} />
      <Parts
        plan={plan}
        table={report.ws.table}
        onChange={(next) => onDraft({ ...draft, changed: true, plan: next })}
      />
    </>
  );
}

function Samples({ choice, order, nameOf, onChoice }: Props) {
  const m = useMessages();
  const toggle = (sample: SampleIndex, on: boolean) => {
    const kept = new Set(choice.samples);
    if (on) kept.add(sample);
    else kept.delete(sample);
    const samples = order.filter((s) => kept.has(s));
    if (samples.length > 0)
      onChoice({ ...choice, samples, sample: kept.has(choice.sample) ? choice.sample : (samples[0] ?? 0) });
  };
  if (order.length < 2) return null;
  return (
    <section className="report-choice">
      <h2>
        {m.report.samples}{" "}
        <span className="secondary num">{m.of(String(choice.samples.length), String(order.length))}</span>
      </h2>
      <div className="report-checks">
        {order.map((sample) => {
          const on = choice.samples.includes(sample);
          const last = on && choice.samples.length === 1;
          return (
            <label key={sample} className="report-check" title={last ? m.report.samplesNone : undefined}>
              <input
                type="checkbox"
                checked={on}
                disabled={last}
                onChange={(e) => toggle(sample, e.currentTarget.checked)}
              />
              <bdi>{nameOf(sample)}</bdi>
            </label>
          );
        })}
      </div>
    </section>
  );
}

function Clonotypes({ report, plan, onChange }: { report: Report; plan: Plan; onChange: (to: Partial<Plan>) => void }) {
  const m = useMessages();
  const { include } = plan;
  const selected = report.ws.selectedRows.peek();
  const count = (context: ReportContext, of: "tagged" | "selected") =>
    reportRows(context, { tagged: of === "tagged", selected: of === "selected", top: 0 }, selected).length;
  return (
    <section className="report-choice">
      <h2>{m.report.clonotypes}</h2>
      <div className="report-checks">
        {(["tagged", "selected"] as const).map((of) => (
          <label key={of} className="report-check">
            <input
              type="checkbox"
              checked={include[of]}
              onChange={(e) => onChange({ include: { ...include, [of]: e.currentTarget.checked } })}
            />
            {m.report[of](count(report.context, of))}
          </label>
        ))}
        <label className="report-check">
          {m.report.top}
          <input
            type="number"
            className="field short num"
            min={0}
            max={MOST_TOP}
            value={include.top}
            onChange={(e) => {
              const top = Math.min(MOST_TOP, Math.max(0, Math.round(e.currentTarget.valueAsNumber || 0)));
              onChange({ include: { ...include, top } });
            }}
          />
        </label>
      </div>
      <p className="hint" aria-live="polite">
        {m.report.inReport(report.rows.length)}
      </p>
    </section>
  );
}

function Views({ report, choice, nameOf, onChoice }: Props) {
  const m = useMessages();
  const { ws, plan } = report;
  const denominators: readonly Denominator[] = [
    ...SIMPLE.map((kind): Denominator => ({ kind })),
    ...(choice.denominator.kind === "systems" ? [choice.denominator] : []),
  ];
  const plots = plan.parts.some((part) => part.kind === "plot" && part.shown);
  return (
    <section className="report-choice">
      <Line label={m.report.sizes}>
        <select
          className="field"
          aria-label={m.report.sizes}
          value={choice.denominator.kind}
          onChange={(e) => {
            const denominator = denominators.find((d) => d.kind === e.currentTarget.value);
            if (denominator) onChoice({ ...choice, denominator });
          }}
        >
          {denominators.map((d) => (
            <option key={d.kind} value={d.kind}>
              {denominatorLabel(m, d)}
            </option>
          ))}
        </select>
      </Line>
      <Line label={m.report.colour}>
        <select
          className="field"
          aria-label={m.report.colour}
          value={choice.colour}
          onChange={(e) => onChoice({ ...choice, colour: e.currentTarget.value })}
        >
          {axesFor(ws.table, "colour").map((axis) => (
            <option key={axis.id} value={axis.id}>
              {axisLabel(m, axis.id)}
            </option>
          ))}
        </select>
      </Line>
      {plots && choice.samples.length > 1 && (
        <Line label={m.report.plotSample}>
          <select
            className="field"
            aria-label={m.report.plotSample}
            value={choice.sample}
            onChange={(e) => onChoice({ ...choice, sample: Number(e.currentTarget.value) })}
          >
            {choice.samples.map((sample) => (
              <option key={sample} value={sample}>
                {nameOf(sample)}
              </option>
            ))}
          </select>
        </Line>
      )}
    </section>
  );
}

const Line = ({ label, children }: { label: string; children: ReactNode }) => (
  <div className="choice-line">
    <span>{label}</span>
    {children}
  </div>
);
