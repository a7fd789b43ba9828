import { IconAdjustments } from "@tabler/icons-react";
import { useMemo, useRef } from "react";
import type { GraphLook } from "../../core/graphLook";
import { SPACINGS } from "../../core/graphLook";
import { messages } from "../../i18n";
import { Popover } from "../../ui/Menu";
import { useSignal } from "../../ui/useSignal";
import { graphView } from "../../views/graphView";
import { useWorkspace } from "./context";
import type { AnyHost } from "./Picture";
import { Picture, PictureMenu } from "./Picture";
import { SamplesMenu } from "./SamplesMenu";

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
        <LookMenu />
        <SamplesMenu />
        <PictureMenu host={host} title={m.graph.title} />
      </header>
      <div className="pane-body">
        <Picture
          view={view}
          host={host}
          label={`${m.graph.title}: ${m.samples(shown.length)}`}
          hint={m.plots.graph.hint}
        />
      </div>
    </section>
  );
}

/** Scale, spacing of samples, further series. */
function LookMenu() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const look = useSignal(ws.graphLook);
  const series = ws.table.series ?? [];
  const set = (change: Partial<GraphLook>) => {
    ws.graphLook.value = { ...look, ...change };
  };
  const dated = useSignal(ws.shown).every((s) => ws.table.samples[s]!.date !== "");
  return (
    <Popover
      position="bottom-end"
      target={
        <button type="button" className="quiet icon" aria-label={m.plots.graph.look} title={m.plots.graph.look}>
          <IconAdjustments size={15} stroke={1.6} />
        </button>
      }
    >
      <div className="look">
        <fieldset>
          <legend>{m.plots.graph.scale}</legend>
          {(["log", "linear"] as const).map((scale) => (
            <label key={scale} className="axis-check">
              <input type="radio" name="graph-scale" checked={look.scale === scale} onChange={() => set({ scale })} />
              {m.plots.axis[scale]}
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>{m.plots.graph.spacing}</legend>
          {SPACINGS.map((spacing) => (
            <label key={spacing} className="axis-check">
              <input
                type="radio"
                name="graph-spacing"
                checked={look.spacing === spacing}
                disabled={spacing !== "even" && !dated}
                onChange={() => set({ spacing })}
              />
              {m.plots.graph[spacing]}
            </label>
          ))}
          {!dated && <p>{m.plots.graph.noDates}</p>}
        </fieldset>
        <fieldset>
          <legend>{m.plots.graph.series}</legend>
          {series.length === 0 && <p>{m.plots.graph.noSeries}</p>}
          {series.map(({ name }) => (
            <label key={name} className="axis-check">
              <input
                type="checkbox"
                checked={look.series.includes(name)}
                onChange={(e) =>
                  set({
                    series: e.currentTarget.checked
                      ? [...look.series, name]
                      : look.series.filter((each) => each !== name),
                  })
                }
              />
              <bdi>{name}</bdi>
            </label>
          ))}
        </fieldset>
      </div>
    </Popover>
  );
}
