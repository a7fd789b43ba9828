import type { Icon } from "@tabler/icons-react";
import {
  IconChartBar,
  IconChartBubble,
  IconGridDots,
  IconLasso,
  IconLayoutGrid,
  IconMarquee2,
  IconZoomReset,
} from "@tabler/icons-react";
import { useMemo, useRef } from "react";
import type { Axis } from "../../core/axes/axis";
import type { PlotConfig, PlotMode } from "../../core/axes/presets";
import { HEIGHTS, INDEXES, withAxis, withView } from "../../core/axes/presets";
import { axesFor, axisById } from "../../core/axes/registry";
import { messages } from "../../i18n";
import { useSignal } from "../../ui/useSignal";
import { axisLabel } from "../../ui/words";
import { paneView } from "../../views/paneView";
import { axesOf, comparesSamples, showsOneSystem } from "../../views/plotView";
import { AxisOptions } from "./AxisOptions";
import { SystemBadge } from "./Badge";
import { useWorkspace } from "./context";
import type { AnyHost } from "./Picture";
import { Picture, PictureMenu } from "./Picture";

const MODES: readonly (readonly [PlotMode, Icon])[] = [
  ["grid", IconChartBubble],
  ["bars", IconChartBar],
  ["heat", IconGridDots],
  ["overlap", IconLayoutGrid],
];

/** One of the plot panes. */
export function PlotPane({ pane }: { pane: number }) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const config = useSignal(ws.plots)[pane]!;
  const host = useRef<AnyHost>(null);
  const overlap = config.mode === "overlap";
  // biome-ignore lint/correctness/useExhaustiveDependencies: another view when the pane goes from plots to overlaps
  const view = useMemo(() => paneView(ws, pane, () => messages.value), [ws, pane, overlap]);
  const number = useSignal(ws.order).length;
  const set = (next: PlotConfig) => ws.setPlot(pane, next);
  const title = titleOf(m, config);
  return (
    <section className="pane" aria-label={`${m.plot.title} ${pane + 1}`}>
      <header className="pane-head plot-head">
        {overlap ? <IndexSelect config={config} onChange={set} /> : <Axes config={config} onChange={set} />}
        <span className="spring" />
        {(config.xView?.min ?? config.xView?.max ?? config.yView?.min ?? config.yView?.max) !== undefined && (
          <button
            type="button"
            className="quiet icon"
            aria-label={m.plots.resetZoom}
            title={m.plots.resetZoom}
            onClick={() => set(unzoomed(config))}
          >
            <IconZoomReset size={15} stroke={1.6} />
          </button>
        )}
        {!overlap && <ToolButton />}
        <ModeButtons config={config} onChange={set} />
        <PictureMenu host={host} title={title} />
      </header>
      {comparesSamples(config) && <Pair />}
      <div className="pane-body">
        {showsOneSystem(config) && <SystemRail />}
        <Picture
          view={view}
          host={host}
          label={
            overlap
              ? title
              : m.plot.summary(
                  m.clonotypes(number),
                  axisLabel(m, config.x),
                  config.mode === "bars" ? heightLabel(m, config.y) : axisLabel(m, config.y),
                )
          }
          hint={m.plots.toolHint}
        />
      </div>
    </section>
  );
}

type Words = typeof messages.value;

const heightLabel = (m: Words, y: string): string => m.plots.height[y] ?? axisLabel(m, "size");

function titleOf(m: Words, config: PlotConfig): string {
  if (config.mode === "overlap") return `${m.plots.overlap}: ${m.plots.index[config.x] ?? config.x}`;
  return `${axisLabel(m, config.x)} × ${config.mode === "bars" ? heightLabel(m, config.y) : axisLabel(m, config.y)}`;
}

function unzoomed(config: PlotConfig): PlotConfig {
  const whole = ({ min: _, max: __, ...rest }: NonNullable<PlotConfig["xView"]>) => rest;
  const x = config.xView ? withView(config, "xView", whole(config.xView)) : config;
  return x.yView ? withView(x, "yView", whole(x.yView)) : x;
}

interface ConfigProps {
  readonly config: PlotConfig;
  onChange(config: PlotConfig): void;
}

function Axes({ config, onChange }: ConfigProps) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const [x, y] = axesOf(ws, config);
  const options = (axis: Axis, which: "xView" | "yView") =>
    axis.kind === "number" && (
      <AxisOptions axis={axis} view={config[which]} onChange={(view) => onChange(withView(config, which, view))} />
    );
  return (
    <>
      <AxisSelect label={m.plot.x} value={x.id} onChange={(id) => onChange(withAxis(config, "x", id))} />
      {options(x, "xView")}
      <span className="pane-by">×</span>
      {config.mode === "bars" ? (
        <select
          className="select"
          aria-label={m.plots.heightLabel}
          value={config.y}
          onChange={(e) => onChange({ ...config, y: e.currentTarget.value })}
        >
          {HEIGHTS.map((id) => (
            <option key={id} value={id}>
              {m.plots.height[id]}
            </option>
          ))}
        </select>
      ) : (
        <>
          <AxisSelect label={m.plot.y} value={y.id} onChange={(id) => onChange(withAxis(config, "y", id))} />
          {options(y, "yView")}
        </>
      )}
    </>
  );
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

function IndexSelect({ config, onChange }: ConfigProps) {
  const m = useSignal(messages);
  return (
    <select
      className="select"
      aria-label={m.plots.indexLabel}
      title={m.plots.indexHint[config.x]}
      value={config.x}
      onChange={(e) => onChange({ mode: "overlap", x: e.currentTarget.value, y: e.currentTarget.value })}
    >
      {INDEXES.map((id) => (
        <option key={id} value={id}>
          {m.plots.index[id]}
        </option>
      ))}
    </select>
  );
}

/** The two samples of a scatter of pairs. */
function Pair() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const doc = useSignal(ws.doc);
  const shown = useSignal(ws.shown);
  const [sample, other] = [useSignal(ws.sample), useSignal(ws.other)];
  const select = (label: string, value: number, onChange: (s: number) => void) => (
    <label>
      {label}
      <select className="select" value={value} onChange={(e) => onChange(Number(e.currentTarget.value))}>
        {(shown.includes(value) ? shown : [...shown, value]).map((s) => (
          <option key={s} value={s}>
            {doc.sampleNames.get(s) ?? ws.table.samples[s]!.name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div className="pane-sub">
      {select(m.plots.thisSample, sample, (s) => {
        const kept = ws.other.peek();
        ws.setSample(s);
        // Another sample becomes the current one, and the one it is compared with stays.
        if (s !== kept) ws.other.value = kept;
      })}
      {select(m.plots.otherSample, other, (s) => {
        ws.other.value = s;
      })}
    </div>
  );
}

/** What a drag draws. */
function ToolButton() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const tool = useSignal(ws.tool);
  const Shown = tool === "lasso" ? IconLasso : IconMarquee2;
  return (
    <button
      type="button"
      className="quiet icon"
      aria-label={m.plots.tool.lasso}
      aria-pressed={tool === "lasso"}
      title={`${m.plots.tool[tool]}. ${m.plots.toolHint}`}
      data-on={tool === "lasso" ? "" : undefined}
      onClick={() => {
        ws.tool.value = tool === "lasso" ? "box" : "lasso";
      }}
    >
      <Shown size={15} stroke={1.6} />
    </button>
  );
}

function ModeButtons({ config, onChange }: ConfigProps) {
  const ws = useWorkspace();
  const m = useSignal(messages);
  // What was looked at before an overlap comes back after it.
  const before = useRef<PlotConfig>(config);
  if (config.mode !== "overlap") before.current = config;
  return (
    <fieldset className="segmented" aria-label={m.plot.title}>
      {MODES.filter(([mode]) => mode !== "overlap" || ws.table.samples.length > 1).map(([mode, Shown]) => (
        <button
          key={mode}
          type="button"
          className="quiet icon"
          aria-pressed={config.mode === mode}
          aria-label={m.plot.mode[mode]}
          title={m.plot.mode[mode]}
          onClick={() => onChange(withMode(config.mode === "overlap" ? before.current : config, mode))}
        >
          <Shown size={15} stroke={1.6} />
        </button>
      ))}
    </fieldset>
  );
}

const isCategory = (id: string): boolean => axisById(id)?.kind === "category";

/** The same axes in another mode, as far as it can have them. */
function withMode(config: PlotConfig, mode: PlotMode): PlotConfig {
  const { xView } = config;
  switch (mode) {
    case "overlap":
      return { mode, x: INDEXES[0], y: INDEXES[0] };
    case "bars":
      return { mode, x: config.x, y: "size", ...(xView ? { xView } : {}) };
    case "heat":
      return isCategory(config.x) && isCategory(config.y)
        ? { ...config, mode }
        : { mode, x: "five_gene", y: "three_gene" };
    case "grid":
      return axisById(config.y) ? { ...config, mode } : { ...config, mode, y: "size" };
  }
}

/** Genes of different systems never meet in one plot: the rail says which system is shown. */
function SystemRail() {
  const ws = useWorkspace();
  const m = useSignal(messages);
  const shown = useSignal(ws.plotSystem);
  const systems = useSystems();
  return (
    <div
      className="rail"
      {...(systems.length > 8 ? { "data-many": "" } : {})}
      role="toolbar"
      aria-label={m.plot.system}
    >
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
