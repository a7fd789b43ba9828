import { IconAdjustmentsHorizontal, IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useState } from "react";
import type { SampleIndex } from "../../core/table";
import { messages } from "../../i18n";
import { Popover } from "../../ui/Menu";
import { useSignal } from "../../ui/useSignal";
import { samplesWithSelection, showOnly } from "../../views/samples";
import { useWorkspace } from "./context";

/** Which samples are displayed, and in which order. */
export function SamplesMenu() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  return (
    <Popover
      position="bottom-end"
      target={
        <button type="button" className="quiet" title={m.graph.samples}>
          <IconAdjustmentsHorizontal size={15} stroke={1.6} /> {doc.sampleOrder.length - doc.hiddenSamples.size}/
          {doc.sampleOrder.length}
          <span className="visually-hidden">{m.graph.samples}</span>
        </button>
      }
    >
      <SampleList />
      <Actions />
    </Popover>
  );
}

/** Lines are dragged to their place; the arrows do the same. */
function SampleList() {
  const ws = useWorkspace();
  const doc = useSignal(ws.doc);
  const [dragged, setDragged] = useState<SampleIndex | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const move = (sample: SampleIndex, to: number) => {
    const order = doc.sampleOrder.filter((s) => s !== sample);
    order.splice(to, 0, sample);
    ws.commit({ kind: "orderSamples", order });
  };
  const end = () => {
    setDragged(null);
    setOver(null);
  };
  return (
    <ul className="samples-menu">
      {doc.sampleOrder.map((sample, at) => (
        <li
          key={sample}
          draggable
          data-over={over === at && dragged !== sample ? "" : undefined}
          onDragStart={() => setDragged(sample)}
          onDragOver={(e) => {
            e.preventDefault();
            setOver(at);
          }}
          onDragEnd={end}
          onDrop={(e) => {
            e.preventDefault();
            if (dragged !== null) {
              const from = doc.sampleOrder.indexOf(dragged);
              move(dragged, from < at ? at - 1 : at);
            }
            end();
          }}
        >
          <SampleLine sample={sample} at={at} onMove={move} />
        </li>
      ))}
    </ul>
  );
}

interface SampleLineProps {
  readonly sample: SampleIndex;
  readonly at: number;
  onMove(sample: SampleIndex, to: number): void;
}

function SampleLine({ sample, at, onMove }: SampleLineProps) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const hide = (hidden: boolean) => {
    const next = new Set(doc.hiddenSamples);
    if (hidden) next.add(sample);
    else next.delete(sample);
    ws.commit({ kind: "hideSamples", hidden: [...next] });
  };
  const name = doc.sampleNames.get(sample) ?? ws.table.samples[sample]!.name;
  const arrow = (label: string, by: 1 | -1, disabled: boolean) => (
    <button
      type="button"
      className="quiet icon"
      aria-label={`${label}: ${name}`}
      disabled={disabled}
      onClick={() => onMove(sample, at + by)}
    >
      {by < 0 ? <IconArrowUp size={14} /> : <IconArrowDown size={14} />}
    </button>
  );
  return (
    <>
      <label title={m.plots.graph.handle}>
        <input
          type="checkbox"
          checked={!doc.hiddenSamples.has(sample)}
          onChange={(e) => hide(!e.currentTarget.checked)}
        />
        <bdi>{name}</bdi>
      </label>
      {arrow(m.graph.up, -1, at === 0)}
      {arrow(m.graph.down, 1, at === doc.sampleOrder.length - 1)}
    </>
  );
}

function Actions() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const sample = useSignal(ws.sample);
  const selected = useSignal(ws.selection).count > 0;
  const sharing = selected ? samplesWithSelection(ws) : [];
  return (
    <div className="samples-actions">
      <button
        type="button"
        className="quiet"
        disabled={doc.hiddenSamples.size === 0}
        onClick={() => ws.commit({ kind: "hideSamples", hidden: [] })}
      >
        {m.graph.showAll}
      </button>
      <button type="button" className="quiet" onClick={() => showOnly(ws, [sample])}>
        {m.plots.graph.only}
      </button>
      <button type="button" className="quiet" disabled={sharing.length === 0} onClick={() => showOnly(ws, sharing)}>
        {m.plots.graph.sharing}
      </button>
    </div>
  );
}
