import { Popover } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useMemo, useRef } from "react";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { graphView } from "../../views/graphView";
import { useWorkspace } from "./context";
import type { AnyHost } from "./Picture";
import { Picture, PictureMenu } from "./Picture";

/** Abundance over the samples on display. */
export function GraphPane() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const mode = useSignal(ws.graphMode);
  const shown = useSignal(ws.shown);
  const host = useRef<AnyHost>(null);
  const view = useMemo(() => graphView(ws, () => messages.value), [ws]);
  return (
    <section className="pane" aria-label={m.graph.title}>
      <header className="pane-head">
        <h2>{m.graph.title}</h2>
        <span className="spring" />
        <fieldset className="segmented" aria-label={m.graph.title}>
          {(["lines", "stacked"] as const).map((each) => (
            <button
              key={each}
              type="button"
              className="quiet"
              aria-pressed={mode === each}
              onClick={() => {
                ws.graphMode.value = each;
              }}
            >
              {m.graph[each]}
            </button>
          ))}
        </fieldset>
        <SamplesMenu />
        <PictureMenu host={host} title={m.graph.title} />
      </header>
      <div className="pane-body">
        <Picture view={view} host={host} label={`${m.graph.title}: ${m.samples(shown.length)}`} />
      </div>
    </section>
  );
}

/** Which samples are displayed, and in which order. */
function SamplesMenu() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const hide = (sample: number, hidden: boolean) => {
    const next = new Set(doc.hiddenSamples);
    if (hidden) next.add(sample);
    else next.delete(sample);
    ws.commit({ kind: "hideSamples", hidden: [...next] });
  };
  const move = (at: number, by: number) => {
    const order = [...doc.sampleOrder];
    const [moved] = order.splice(at, 1);
    order.splice(at + by, 0, moved!);
    ws.commit({ kind: "orderSamples", order });
  };
  return (
    <Popover position="bottom-end" withinPortal>
      <Popover.Target>
        <button type="button" className="quiet">
          <IconAdjustmentsHorizontal size={15} stroke={1.6} /> {doc.sampleOrder.length - doc.hiddenSamples.size}/
          {doc.sampleOrder.length}
          <span className="visually-hidden">{m.graph.samples}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className="samples-menu">
          {doc.sampleOrder.map((sample, at) => (
            <li key={sample}>
              <label>
                <input
                  type="checkbox"
                  checked={!doc.hiddenSamples.has(sample)}
                  onChange={(e) => hide(sample, !e.currentTarget.checked)}
                />
                <bdi>{doc.sampleNames.get(sample) ?? ws.table.samples[sample]!.name}</bdi>
              </label>
              <button
                type="button"
                className="quiet icon"
                aria-label={m.graph.up}
                disabled={at === 0}
                onClick={() => move(at, -1)}
              >
                <IconArrowUp size={14} />
              </button>
              <button
                type="button"
                className="quiet icon"
                aria-label={m.graph.down}
                disabled={at === doc.sampleOrder.length - 1}
                onClick={() => move(at, 1)}
              >
                <IconArrowDown size={14} />
              </button>
            </li>
          ))}
        </ul>
        <button
          type="button"
          className="quiet"
          disabled={doc.hiddenSamples.size === 0}
          onClick={() => ws.commit({ kind: "hideSamples", hidden: [] })}
        >
          {m.graph.showAll}
        </button>
      </Popover.Dropdown>
    </Popover>
  );
}
