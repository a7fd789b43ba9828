/** Draws what plot.ts has laid out. */
import type { Coloring } from "../core/colors";
import type { Row } from "../core/table";
import { heatColor, shareLevel } from "./heat";
import type { Overlay } from "./overlay";
import type { Painter } from "./painter";
import { textWidth } from "./painter";
import type { Area, PlotLayout } from "./plot";
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
  if (layout.diagonal.length > 0) p.polyline(layout.diagonal, { stroke: theme.faint, width: 1, dash: [4, 3] });
  if (layout.note !== "") p.text(area.left, area.top - 20, layout.note, { size: 11, fill: theme.secondary });
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

/** Says why there is nothing, in the middle of the pane. */
export function paintEmpty(p: Painter, area: Area, theme: Theme, text: string): void {
  p.text((area.left + area.right) / 2, (area.top + area.bottom) / 2, text, {
    size: 13,
    fill: theme.secondary,
    align: "center",
  });
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
  const { rows, x, y, r } = layout;
  const color = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) color[i] = coloring.index[rows[i]!]!;
  if (layout.kind === "bubbles")
    p.bubbles({ x, y, r, color, fills, open: coloring.swatches.map((s) => s.open), edge: theme.panel });
  else p.boxes({ x, y, w: layout.w, h: r, color, fills });
  for (const rest of layout.rest) p.rect(rest.x, rest.y, rest.w, rest.h, theme.faint, 0.3);
}

function box(p: Painter, layout: PlotLayout, i: number, fill: string): void {
  const h = layout.r[i]!;
  if (h <= 0) return;
  // A hairline between boxes, where there is room for one.
  p.rect(layout.x[i]!, layout.y[i]!, layout.w, h > 2.5 ? h - 0.8 : h, fill);
}

function paintCells(p: Painter, layout: PlotLayout, theme: Theme): void {
  for (const cell of layout.cells) {
    if (cell.sum <= 0) continue;
    const fill = heatColor(shareLevel(cell.sum), theme.scheme);
    p.rect(cell.x + 1, cell.y + 1, Math.max(1, cell.w - 2), Math.max(1, cell.h - 2), fill);
  }
}

/** Index in a layout by row, -1 when the row has no mark; made when first pointed at. */
const places = new WeakMap<PlotLayout, Map<Row, number>>();

function placeOf(layout: PlotLayout, row: Row): number {
  let known = places.get(layout);
  if (!known) {
    known = new Map();
    layout.rows.forEach((each, i) => {
      known!.set(each, i);
    });
    places.set(layout, known);
  }
  return known.get(row) ?? -1;
}

/** What is chosen lies over the faded rest in full colour, ringed in ink unless it is many. */
export function paintPlotOverlay(
  p: Painter,
  layout: PlotLayout,
  coloring: Coloring,
  theme: Theme,
  chosen: Overlay,
): void {
  if (layout.kind === "cells") {
    for (const cell of layout.cells) {
      if (cell.rows.some((row) => chosen.isSelected(row) || row === chosen.hover))
        p.frame(cell.x + 1, cell.y + 1, cell.w - 2, cell.h - 2, { stroke: theme.text, width: 1.5 });
    }
    return;
  }
  if (chosen.count > 0) {
    const on: number[] = [];
    for (let i = 0; i < layout.rows.length; i++) if (layout.r[i]! > 0 && chosen.isSelected(layout.rows[i]!)) on.push(i);
    if (chosen.many) many(p, layout, coloring, theme, on);
    else for (const i of on) one(p, layout, i, coloring, theme, chosen.many ? 0 : 1.25);
  }
  const at = chosen.hover === null ? -1 : placeOf(layout, chosen.hover);
  if (at >= 0 && layout.r[at]! > 0) one(p, layout, at, coloring, theme, 2);
}

function many(p: Painter, layout: PlotLayout, coloring: Coloring, theme: Theme, on: readonly number[]): void {
  const n = on.length;
  const [x, y, r, color] = [new Float32Array(n), new Float32Array(n), new Float32Array(n), new Uint8Array(n)];
  for (let k = 0; k < n; k++) {
    const i = on[k]!;
    x[k] = layout.x[i]!;
    y[k] = layout.y[i]!;
    r[k] = layout.r[i]!;
    color[k] = coloring.index[layout.rows[i]!]!;
  }
  const fills = fillsOf(coloring, theme.scheme);
  if (layout.kind === "bubbles")
    p.bubbles({ x, y, r, color, fills, open: coloring.swatches.map((s) => s.open), edge: theme.panel });
  else p.boxes({ x, y, w: layout.w, h: r, color, fills });
}

/** A mark in full colour, with a ring of ink of a width; 0 is none. */
function one(p: Painter, layout: PlotLayout, i: number, coloring: Coloring, theme: Theme, ink: number): void {
  const swatch = coloring.swatches[coloring.index[layout.rows[i]!]!]!;
  const fill = swatch[theme.scheme];
  const [x, y] = [layout.x[i]!, layout.y[i]!];
  if (layout.kind === "boxes") {
    box(p, layout, i, fill);
    if (ink > 0)
      p.frame(x + 0.5, y + 0.5, Math.max(1, layout.w - 1), Math.max(1, layout.r[i]! - 1), {
        stroke: theme.text,
        width: ink,
      });
    return;
  }
  // A rare clonotype that is chosen must not be lost among 10 000 others.
  const r = Math.max(3, layout.r[i]!);
  p.circle(x, y, r, swatch.open ? theme.panel : fill, swatch.open ? { stroke: fill, width: 1.5 } : null);
  if (ink > 0) p.circle(x, y, r + ink * 0.8, null, { stroke: theme.text, width: ink });
}
