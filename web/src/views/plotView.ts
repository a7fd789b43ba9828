/** A plot pane of a workspace. */

import type { NumberAxis } from "../core/axes/axis";
import type { PlotConfig } from "../core/axes/presets";
import { axisById } from "../core/axes/registry";
import { tickShare } from "../core/format";
import type { Row } from "../core/table";
import type { Workspace } from "../core/workspace";
import type { View } from "./host";
import type { PlotLayout, Size } from "./plot";
import { layoutPlot, pickPlot, withinPlot } from "./plot";
import { paintPlotAxes, paintPlotEmpty, paintPlotMarks, paintPlotOverlay } from "./plotPaint";
import type { Words } from "./scale";

/** Axes of genes: their classes belong to one system, so that a plot of them shows one system at a time. */
export const isGeneAxis = (id: string): boolean => /^(five|four|three)_(gene|allele)$/.test(id);

export const showsOneSystem = (config: PlotConfig): boolean =>
  isGeneAxis(config.x) || (config.mode !== "bars" && isGeneAxis(config.y));

/** Rows of a plot: those that are listed, largest first; those absent from the sample have no mark. */
function rowsOf(ws: Workspace, config: PlotConfig): Int32Array {
  const { table } = ws;
  const sizes = ws.sizes.value;
  const one = showsOneSystem(config) ? table.system.values.indexOf(ws.plotSystem.value) : -1;
  const rows = ws.order.value.filter((row) => sizes[row]! > 0 && (one < 0 || table.system.codes[row] === one));
  return ws.sort.value.key === "size" && ws.sort.value.descending ? rows : rows.sort((a, b) => sizes[b]! - sizes[a]!);
}

export function plotView(ws: Workspace, pane: number, words: () => Words, locale: () => string): View<PlotLayout> {
  const config = () => ws.plots.value[pane]!;
  return {
    layout: (size: Size) => {
      const c = config();
      const fallback = axisById("cdr3_length")!;
      const [xAxis, yAxis] = [axisById(c.x) ?? fallback, axisById(c.y) ?? (axisById("size") as NumberAxis)];
      return layoutPlot({
        table: ws.table,
        config: c,
        xAxis,
        yAxis,
        x: ws.values(xAxis),
        y: ws.values(yAxis),
        rows: rowsOf(ws, c),
        sizes: ws.sizes.value,
        size,
        words: words(),
        share: (v) => tickShare(v, locale(), ws.notation.value),
      });
    },
    paintAxes: (p, layout, theme) => {
      if (layout.rows.length > 0) paintPlotAxes(p, layout, theme);
      else paintPlotEmpty(p, layout, theme, words().empty);
    },
    paintMarks: (p, layout, theme) => paintPlotMarks(p, layout, ws.coloring.value, theme),
    paintOverlay: (p, layout, theme, overlay) => paintPlotOverlay(p, layout, ws.coloring.value, theme, overlay),
    pick: pickPlot,
    within: withinPlot,
    clickAt: (layout, x, y, add) => selectClass(ws, layout, x, y, add),
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
  const rows: readonly Row[] = below
    ? withinPlot(layout, tick.at - half, layout.area.top - 999, tick.at + half, layout.area.bottom)
    : withinPlot(layout, layout.area.left, tick.at - half, layout.area.right, tick.at + half);
  ws.select(rows, add ? "add" : "replace");
  return true;
}
