import { useMemo, useRef } from "react";
import type { PlotConfig, PlotMode } from "../../core/axes/presets";
import { axesFor } from "../../core/axes/registry";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { axisLabel, plotWords } from "../../ui/words";
import { plotView, showsOneSystem } from "../../views/plotView";
import { SystemBadge } from "./Badge";
import { useWorkspace } from "./context";
import type { AnyHost } from "./Picture";
import { Picture, PictureMenu } from "./Picture";

const MODES: readonly PlotMode[] = ["grid", "bars", "heat"];

/** One of the plot panes. */
export function PlotPane({ pane }: { pane: number }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const plots = useSignal(ws.plots);
  const config = plots[pane]!;
  const host = useRef<AnyHost>(null);
  const view = useMemo(
    () =>
      plotView(
        ws,
        pane,
        () => plotWords(messages.value, ws.notation.value),
        () => messages.value.locale,
      ),
    [ws, pane],
  );
  const order = useSignal(ws.order);
  const title = `${axisLabel(m, config.x)} × ${axisLabel(m, config.mode === "bars" ? "size" : config.y)}`;
  return (
    <section className="pane" aria-label={`${m.plot.title} ${pane + 1}`}>
      <header className="pane-head">
        <AxisSelect label={m.plot.x} value={config.x} onChange={(x) => ws.setPlot(pane, { ...config, x })} />
        {config.mode === "bars" ? (
          <span className="pane-by">× {axisLabel(m, "size")}</span>
        ) : (
          <>
            <span className="pane-by">×</span>
            <AxisSelect label={m.plot.y} value={config.y} onChange={(y) => ws.setPlot(pane, { ...config, y })} />
          </>
        )}
        <span className="spring" />
        <ModeButtons config={config} onChange={(mode) => ws.setPlot(pane, withMode(config, mode))} />
        <PictureMenu host={host} title={title} />
      </header>
      <div className="pane-body">
        {showsOneSystem(config) && <SystemRail />}
        <Picture
          view={view}
          host={host}
          label={m.plot.summary(m.clonotypes(order.length), axisLabel(m, config.x), axisLabel(m, config.y))}
        />
      </div>
    </section>
  );
}

/** A heat map needs two categories. */
function withMode(config: PlotConfig, mode: PlotMode): PlotConfig {
  if (mode !== "heat") return { ...config, mode, y: config.y === "size" && mode === "grid" ? "size" : config.y };
  return { mode, x: "five_gene", y: "three_gene" };
}

function AxisSelect({ label, value, onChange }: { label: string; value: string; onChange: (id: string) => void }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const axes = useMemo(() => axesFor(ws.table, "plot"), [ws]);
  return (
    <select className="select" aria-label={label} value={value} onChange={(e) => onChange(e.currentTarget.value)}>
      {axes.map((axis) => (
        <option key={axis.id} value={axis.id}>
          {axisLabel(m, axis.id)}
        </option>
      ))}
    </select>
  );
}

function ModeButtons({ config, onChange }: { config: PlotConfig; onChange: (mode: PlotMode) => void }) {
  const m = useSignal(messages);
  return (
    <fieldset className="segmented" aria-label={m.plot.title}>
      {MODES.map((mode) => (
        <button
          key={mode}
          type="button"
          className="quiet"
          aria-pressed={config.mode === mode}
          onClick={() => onChange(mode)}
        >
          {m.plot.mode[mode]}
        </button>
      ))}
    </fieldset>
  );
}

/** Genes of different systems never meet in one plot: the rail says which system is shown. */
function SystemRail() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const shown = useSignal(ws.plotSystem);
  const systems = useSystems();
  return (
    <div className="rail" role="toolbar" aria-label={m.plot.system}>
      {systems.map((system) => (
        <button
          key={system}
          type="button"
          className="rail-button"
          aria-pressed={system === shown}
          aria-label={system}
          title={system}
          onClick={() => {
            ws.plotSystem.value = system;
          }}
        >
          <SystemBadge system={system} />
        </button>
      ))}
    </div>
  );
}

/** Systems of the result that have clonotypes, in display order. */
export function useSystems(): readonly string[] {
  const ws = useWorkspace();
  return useMemo(() => ws.systems(), [ws]);
}
