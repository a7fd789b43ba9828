/** Draws what plot.ts has laid out. */
import type { Coloring } from "../core/colors";
import type { Row } from "../core/table";
import type { Painter } from "./painter";
import { textWidth } from "./painter";
import type { PlotLayout } from "./plot";
import { LABEL } from "./plot";
import type { Tick } from "./scale";
import type { Scheme, Theme } from "./theme";

export const fillsOf = (coloring: Coloring, scheme: Scheme): readonly string[] =>
  coloring.swatches.map((s) => s[scheme]);

export function paintPlotAxes(p: Painter, layout: PlotLayout, theme: Theme): void {
  const { area, xTicks, yTicks } = layout;
  for (const tick of yTicks)
    if (tick.width === 0) p.polyline([area.left, tick.at, area.right, tick.at], { stroke: theme.line, width: 1 });
  if (layout.kind !== "boxes") {
    for (const tick of xTicks)
      if (tick.width === 0) p.polyline([tick.at, area.top, tick.at, area.bottom], { stroke: theme.line, width: 1 });
  }
  stripes(p, yTicks, theme, (t) => [area.left, t.at - t.width / 2, area.right - area.left, t.width]);
  p.polyline([area.left, area.bottom, area.right, area.bottom], { stroke: theme.faint, width: 1, alpha: 0.6 });
  const style = { size: LABEL, fill: theme.secondary } as const;
  let free = Number.NEGATIVE_INFINITY;
  for (const tick of xTicks) {
    if (layout.rotated) {
      if (tick.at < free) continue;
      free = tick.at + LABEL;
      p.text(tick.at + 3, area.bottom + 8, tick.label, { ...style, align: "right", rotate: -48 });
      continue;
    }
    const half = textWidth(tick.label, LABEL) / 2;
    if (tick.at - half < free) continue;
    free = tick.at + half + 6;
    p.text(tick.at, area.bottom + 12, tick.label, { ...style, align: "center" });
  }
  let below = Number.POSITIVE_INFINITY;
  for (const tick of [...yTicks].sort((a, b) => b.at - a.at)) {
    if (tick.at > below - LABEL - 1) continue;
    below = tick.at;
    p.text(area.left - 8, tick.at, tick.label, { ...style, align: "right" });
  }
}

/** Every other class has a faint ground, so that a row of bubbles finds its label. */
function stripes(
  p: Painter,
  ticks: readonly Tick[],
  theme: Theme,
  box: (t: Tick) => [number, number, number, number],
): void {
  [...ticks]
    .sort((a, b) => a.at - b.at)
    .forEach((tick, i) => {
      if (tick.width > 8 && i % 2 === 1) p.rect(...box(tick), theme.canvas, 0.7);
    });
}

export function paintPlotMarks(p: Painter, layout: PlotLayout, coloring: Coloring, theme: Theme): void {
  const fills = fillsOf(coloring, theme.scheme);
  if (layout.kind === "cells") {
    paintCells(p, layout, theme);
    return;
  }
  if (layout.kind === "bubbles") {
    const color = Uint8Array.from(layout.rows, (row) => coloring.index[row]!);
    p.bubbles({ x: layout.x, y: layout.y, r: layout.r, color, fills, open: coloring.swatches.map((s) => s.open) });
    return;
  }
  layout.rows.forEach((row, i) => {
    box(p, layout, i, fills[coloring.index[row]!]!);
  });
}

function box(p: Painter, layout: PlotLayout, i: number, fill: string): void {
  const h = layout.r[i]!;
  if (h <= 0) return;
  // A hairline between boxes, where there is room for one.
  p.rect(layout.x[i]!, layout.y[i]!, layout.w, h > 2.5 ? h - 0.8 : h, fill);
}

const HEAT_STEPS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
const HEAT: Readonly<Record<Scheme, readonly string[]>> = {
  light: ["#e3eaf0", "#cfdbe6", "#b3c8da", "#8fb0cc", "#6896bd", "#437bac", "#2c5f97", "#2b4280", "#2c2761"],
  dark: ["#1d252e", "#25333f", "#2f4756", "#3a5f70", "#47798a", "#5b95a0", "#7db3ad", "#b0d2b2", "#eef2bd"],
};

function paintCells(p: Painter, layout: PlotLayout, theme: Theme): void {
  for (const cell of layout.cells) {
    if (cell.sum <= 0) continue;
    const step = HEAT_STEPS.filter((v) => cell.sum >= v).length;
    p.rect(cell.x + 1, cell.y + 1, Math.max(1, cell.w - 2), Math.max(1, cell.h - 2), HEAT[theme.scheme][step]!);
  }
}

/** What is chosen lies over the faded rest in full colour, ringed in ink; what is pointed at has a stronger ring. */
export function paintPlotOverlay(
  p: Painter,
  layout: PlotLayout,
  coloring: Coloring,
  theme: Theme,
  isSelected: (row: Row) => boolean,
  many: boolean,
  hover: Row | null,
): void {
  const fills = fillsOf(coloring, theme.scheme);
  const ring = { stroke: theme.text, width: 1.25 };
  layout.rows.forEach((row, i) => {
    const on = isSelected(row);
    if (!on && row !== hover) return;
    if (layout.r[i]! <= 0) return;
    const fill = fills[coloring.index[row]!]!;
    if (layout.kind === "boxes") {
      box(p, layout, i, fill);
      if (!many || row === hover)
        p.frame(
          layout.x[i]! + 0.5,
          layout.y[i]! + 0.5,
          layout.w - 1,
          Math.max(1, layout.r[i]! - 1),
          row === hover ? { stroke: theme.text, width: 2 } : ring,
        );
      return;
    }
    const open = coloring.swatches[coloring.index[row]!]!.open;
    // A rare clonotype that is chosen must not be lost among 10 000 others.
    const r = Math.max(3, layout.r[i]!);
    p.circle(layout.x[i]!, layout.y[i]!, r, open ? theme.panel : fill, null);
    if (open) p.circle(layout.x[i]!, layout.y[i]!, r - 0.75, null, { stroke: fill, width: 1.5 });
    if (row === hover) p.circle(layout.x[i]!, layout.y[i]!, r + 2, null, { stroke: theme.text, width: 2 });
    else if (!many) p.circle(layout.x[i]!, layout.y[i]!, r + 1, null, ring);
  });
  if (layout.kind === "cells") {
    for (const cell of layout.cells) {
      if (cell.rows.some((row) => isSelected(row) || row === hover))
        p.frame(cell.x + 1, cell.y + 1, cell.w - 2, cell.h - 2, { stroke: theme.text, width: 1.5 });
    }
  }
}
