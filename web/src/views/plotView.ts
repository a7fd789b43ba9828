/** A plot pane of a workspace. */

import { computed } from "@preact/signals-core";
import type { Axis, NumberAxis } from "../core/axes/axis";
import type { PlotConfig } from "../core/axes/presets";
import { axisById } from "../core/axes/registry";
import { has } from "../core/bits";
import type { Count } from "../core/distribution";
import { counted, unlisted } from "../core/distribution";
import { tickShare } from "../core/format";
import { denominatorOf } from "../core/size";
import type { Dictionary, Row } from "../core/table";
import { textAt } from "../core/table";
import type { Workspace } from "../core/workspace";
import type { PlotInput, PlotLayout, Size } from "./plot";
import { layoutPlot } from "./plot";
import { paintEmpty, paintPlotAxes, paintPlotMarks, paintPlotOverlay } from "./plotPaint";
import { nextInPlot, pickPlot, restAt, withinPlot } from "./plotPick";
import { plotTable } from "./plotTable";
import { boxRegion } from "./region";
import type { AxisInput, Words } from "./scale";
import { steady } from "./steady";
import type { View } from "./view";
import { zoomed } from "./zoom";

/** Axes of genes: their classes belong to one system, so that a plot of them shows one system at a time. */
export const isGeneAxis = (id: string): boolean => /^(five|four|three)_(gene|allele)$/.test(id);

/** Clonotypes of different systems have no similarity either: each system has a map of its own. */
const ofOneSystem = (id: string): boolean => isGeneAxis(id) || id.startsWith("similarity_");

export const showsOneSystem = (config: PlotConfig): boolean =>
  config.mode !== "overlap" && (ofOneSystem(config.x) || (config.mode !== "bars" && ofOneSystem(config.y)));

/** Whether a plot compares the current sample with the other one. */
export const comparesSamples = (config: PlotConfig): boolean =>
  config.mode === "grid" && (config.x === "size_other" || config.y === "size_other");

export const isPair = (config: PlotConfig): boolean =>
  config.mode === "grid" && [config.x, config.y].sort().join() === "size,size_other";

const CDR3_LENGTH = axisById("cdr3_length")!;

/** The axes of a plot; one that this table does not have gives way to one that all have. */
export function axesOf(ws: Workspace, config: PlotConfig): readonly [Axis, Axis] {
  const known = (id: string, otherwise: Axis): Axis => {
    const axis = axisById(id);
    return axis?.available(ws.table) ? axis : otherwise;
  };
  const size = axisById("size") as NumberAxis;
  return [known(config.x, CDR3_LENGTH), config.mode === "bars" ? size : known(config.y, size)];
}

/** Rows of a plot, largest first: those that are listed and that the sample has, or either of two samples. */
function rowsOf(ws: Workspace, config: PlotConfig, sizes: ArrayLike<number>): Int32Array {
  const largest = ws.largest.value;
  if (!comparesSamples(config)) {
    // Sizes descend: what the sample has comes first.
    let n = largest.length;
    while (n > 0 && !(sizes[largest[n - 1]!]! > 0)) n--;
    const here = largest.subarray(0, n);
    return showsOneSystem(config) ? ofSystem(ws, here) : here;
  }
  const either = largest.filter((row) => sizes[row]! > 0);
  return showsOneSystem(config) ? ofSystem(ws, either) : either;
}

function ofSystem(ws: Workspace, rows: Int32Array): Int32Array {
  const { codes, values } = ws.table.system;
  const one = values.indexOf(ws.plotSystem.value);
  const out = new Int32Array(rows.length);
  let n = 0;
  for (let i = 0; i < rows.length; i++) if (codes[rows[i]!] === one) out[n++] = rows[i]!;
  return out.subarray(0, n);
}

const sameRows = (a: Int32Array, b: Int32Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Sizes that marks are drawn with: of two samples the larger. */
function drawnSizes(ws: Workspace, config: PlotConfig): ArrayLike<number> {
  const here = ws.sizes.value;
  if (!comparesSamples(config)) return here;
  const other = ws.number("size_other");
  return other ? here.map((v, row) => Math.max(v, other[row]!)) : here;
}

/** What bars have on top of the rows; nothing when sizes are no shares of reads. */
function restOf(ws: Workspace, config: PlotConfig, axis: Axis, input: AxisInput, rows: Int32Array): Partial<PlotInput> {
  if (config.mode !== "bars" || ws.doc.value.standard) return {};
  const sample = ws.sample.value;
  const system = isGeneAxis(config.x) ? ws.plotSystem.value : null;
  const counts = counted(ws.table, axis.id, sample, system);
  if (!counts) return {};
  const per = denominatorOf(ws.table, ws.denominator.value, sample, system ?? "");
  const classOf = (row: Row): string | number =>
    axis.kind === "category" ? textAt(input.values as Dictionary, row) : (input.values as ArrayLike<number>)[row]!;
  return { unlisted: unlisted(counts, rows, ws.clusters.value.reads, sample, classOf) as readonly Count[], per };
}

export function plotView(ws: Workspace, pane: number, words: () => Words, locale: () => string): View<PlotLayout> {
  const config = steady(() => ws.plots.value[pane]!, Object.is);
  const sizes = computed(() => drawnSizes(ws, config.value));
  // Filters that leave the rows of this plot alone leave its picture alone.
  const rows = steady(() => rowsOf(ws, config.value, sizes.value), sameRows);
  return {
    layout: (size: Size) => {
      const c = config.value;
      const [xAxis, yAxis] = axesOf(ws, c);
      const x = { axis: xAxis, values: ws.values(xAxis), view: c.xView };
      const y = { axis: yAxis, values: ws.values(yAxis), view: c.yView };
      return layoutPlot({
        table: ws.table,
        config: c,
        x,
        y,
        rows: rows.value,
        sizes: sizes.value,
        ...restOf(ws, c, xAxis, x, rows.value),
        pair: isPair(c),
        size,
        words: words(),
        share: (v) => tickShare(v, locale(), ws.notation.value),
      });
    },
    paintAxes: (p, layout, theme) => {
      if (layout.rows.length + layout.rest.length > 0) paintPlotAxes(p, layout, theme);
      else paintEmpty(p, layout.area, theme, words().empty);
    },
    paintMarks: (p, layout, theme) => paintPlotMarks(p, layout, ws.coloring.value, theme),
    paintOverlay: (p, layout, theme, overlay) => paintPlotOverlay(p, layout, ws.coloring.value, theme, overlay),
    pick: pickPlot,
    within: withinPlot,
    clickAt: (layout, x, y, add) => selectClass(ws, layout, x, y, add),
    next: nextInPlot,
    tell: (layout, x, y) => {
      const rest = restAt(layout, x, y);
      return rest ? (words().rest?.(rest.label, rest.clonotypes, rest.size) ?? null) : null;
    },
    zoom: (layout, x, y, by) => {
      const next = zoomed(config.peek(), layout, axesOf(ws, config.peek()), x, y, by);
      if (next) ws.setPlot(pane, next);
      return next !== null;
    },
    table: (layout) => plotTable(ws, config.peek(), axesOf(ws, config.peek()), layout, words()),
  };
}

/** A click on the label of a class selects its clonotypes. */
function selectClass(ws: Workspace, layout: PlotLayout, x: number, y: number, add: boolean): boolean {
  const below = y > layout.area.bottom;
  const beside = x < layout.area.left;
  if (below === beside) return false;
  const ticks = below ? layout.xTicks : layout.yTicks;
  const at = below ? x : y;
  const tick = ticks.find((t) => t.width > 0 && Math.abs(t.at - at) <= t.width / 2);
  if (!tick) return false;
  const half = tick.width / 2;
  const { left, right, top, bottom } = layout.area;
  const rows: readonly Row[] = below
    ? withinPlot(layout, boxRegion(tick.at - half, top - 999, tick.at + half, bottom))
    : withinPlot(layout, boxRegion(left, tick.at - half, right, tick.at + half));
  ws.select(rows, add ? "add" : "replace");
  return true;
}

/** The range of the selection on an axis: what zooming to it looks at; null when it has no number. */
export function selectedRange(ws: Workspace, axis: Axis): readonly [number, number] | null {
  if (axis.kind !== "number") return null;
  const values = ws.values(axis) as ArrayLike<number>;
  const selection = ws.selection.peek();
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < ws.table.rows; row++) {
    const v = values[row]!;
    if (!has(selection, row) || !Number.isFinite(v) || (axis.scale === "log" && v <= 0)) continue;
    [low, high] = [Math.min(low, v), Math.max(high, v)];
  }
  return low <= high ? [low, high] : null;
}
