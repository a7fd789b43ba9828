/** The parts of a report in their order: shown or not, moved by dragging or by keys, with what each needs. */
import { IconGripVertical, IconPlus, IconX } from "@tabler/icons-react";
import type { DragEvent, KeyboardEvent } from "react";
import { useRef, useState } from "react";
import { axesFor } from "../../core/axes/registry";
import type { Part, Plan } from "../../core/reportPlan";
import { addPart, changePart, movePart, REPEATABLE, removePart } from "../../core/reportPlan";
import type { Table } from "../../core/table";
import { axisLabel } from "../../ui/words";
import { useMessages } from "../server/parts";

interface Props {
  readonly plan: Plan;
  readonly table: Table;
  onChange(plan: Plan): void;
}

export function Parts({ plan, table, onChange }: Props) {
  const m = useMessages();
  const [dragged, setDragged] = useState<string | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [said, setSaid] = useState("");
  const list = useRef<HTMLOListElement>(null);

  const move = (part: Part, to: number) => {
    const next = movePart(plan, part.id, to);
    onChange(next);
    const at = next.parts.findIndex((each) => each.id === part.id) + 1;
    setSaid(m.report.moved(m.report.parts[part.kind], at, next.parts.length));
  };
  const press = (e: KeyboardEvent, part: Part, at: number) => {
    if (!e.altKey || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
    e.preventDefault();
    move(part, at + (e.key === "ArrowUp" ? -1 : 1));
    // The line moves under the hand that moves it.
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-handle="${part.id}"]`)?.focus());
  };
  const drop = (e: DragEvent, at: number) => {
    e.preventDefault();
    const part = plan.parts.find((each) => each.id === dragged);
    if (part) move(part, at);
    setDragged(null);
    setOver(null);
  };
  return (
    <section className="report-choice" aria-label={m.report.parts.label}>
      <h2>{m.report.parts.label}</h2>
      <ol className="parts" ref={list}>
        {plan.parts.map((part, at) => (
          <li
            key={part.id}
            className={over === at && dragged !== null ? "part over" : "part"}
            draggable={dragged === part.id}
            onDragEnd={() => setDragged(null)}
            onDragOver={(e) => {
              if (dragged === null) return;
              e.preventDefault();
              setOver(at);
            }}
            onDrop={(e) => drop(e, at)}
          >
            <div className="part-line">
              <button
                type="button"
                className="quiet icon handle"
                data-handle={part.id}
                aria-label={m.report.handle(m.report.parts[part.kind])}
                title={m.report.handle(m.report.parts[part.kind])}
                onPointerDown={() => setDragged(part.id)}
                onPointerUp={() => setDragged(null)}
                onKeyDown={(e) => press(e, part, at)}
              >
                <IconGripVertical size={15} stroke={1.6} />
              </button>
              <label className="report-check">
                <input
                  type="checkbox"
                  checked={part.shown}
                  onChange={(e) => onChange(changePart(plan, part.id, { shown: e.currentTarget.checked }))}
                />
                {m.report.parts[part.kind]}
              </label>
              <span className="spring" />
              {REPEATABLE.includes(part.kind) && (
                <button
                  type="button"
                  className="quiet icon"
                  aria-label={m.report.remove(m.report.parts[part.kind])}
                  onClick={() => onChange(removePart(plan, part.id))}
                >
                  <IconX size={14} stroke={1.6} />
                </button>
              )}
            </div>
            {part.shown && <PartChoice part={part} plan={plan} table={table} onChange={onChange} />}
          </li>
        ))}
      </ol>
      <div className="part-add">
        {REPEATABLE.map((kind) => (
          <button key={kind} type="button" className="quiet" onClick={() => onChange(addPart(plan, kind))}>
            <IconPlus size={14} stroke={1.6} aria-hidden /> {kind === "plot" ? m.report.addPlot : m.report.addText}
          </button>
        ))}
      </div>
      <p className="visually-hidden" aria-live="polite">
        {said}
      </p>
    </section>
  );
}

function PartChoice({ part, plan, table, onChange }: Props & { readonly part: Part }) {
  const m = useMessages();
  if (part.kind === "plot") return <PlotChoice part={part} plan={plan} table={table} onChange={onChange} />;
  if (part.kind !== "text" && part.kind !== "signature") return null;
  const label = part.kind === "text" ? m.report.parts.text : m.report.signers;
  return (
    <textarea
      className="field"
      rows={part.kind === "text" ? 4 : 2}
      aria-label={label}
      placeholder={part.kind === "text" ? m.report.textHint : m.report.signers}
      value={part.text}
      onChange={(e) => onChange(changePart(plan, part.id, { text: e.currentTarget.value }))}
    />
  );
}

const MODES = ["grid", "bars", "heat"] as const;

function PlotChoice({ part, plan, table, onChange }: Props & { readonly part: Part }) {
  const m = useMessages();
  const plot = part.plot;
  if (!plot) return null;
  const axes = axesFor(table, "plot");
  const change = (to: Partial<typeof plot>) => onChange(changePart(plan, part.id, { plot: { ...plot, ...to } }));
  const select = (label: string, value: string, set: (id: string) => void) => (
    <select className="select" aria-label={label} value={value} onChange={(e) => set(e.currentTarget.value)}>
      {axes.map((axis) => (
        <option key={axis.id} value={axis.id}>
          {axisLabel(m, axis.id)}
        </option>
      ))}
    </select>
  );
  return (
    <div className="plot-choice">
      <select
        className="select"
        aria-label={m.report.plotKind}
        value={plot.mode}
        onChange={(e) => {
          const mode = MODES.find((each) => each === e.currentTarget.value) ?? "grid";
          // A heat map needs two categories.
          change(mode === "heat" ? { mode, x: "five_gene", y: "three_gene" } : { mode });
        }}
      >
        {MODES.map((mode) => (
          <option key={mode} value={mode}>
            {m.plot.mode[mode]}
          </option>
        ))}
      </select>
      {select(m.plot.x, plot.x, (x) => change({ x }))}
      {plot.mode !== "bars" && (
        <>
          <span aria-hidden>×</span>
          {select(m.plot.y, plot.y, (y) => change({ y }))}
        </>
      )}
    </div>
  );
}
