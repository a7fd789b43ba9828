/** A plot pane: bubbles on two axes, stacked bars, or a heat map of two categories. */
import type { Axis } from "../core/axes/axis";
import type { PlotConfig } from "../core/axes/presets";
import type { Dictionary, Row, Table } from "../core/table";
import { textWidth } from "./painter";
import type { Scale, Tick, Words } from "./scale";
import { classesOf, scaleOf } from "./scale";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PlotInput {
  readonly table: Table;
  readonly config: PlotConfig;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  readonly x: Dictionary | ArrayLike<number>;
  readonly y: Dictionary | ArrayLike<number>;
  /** Rows on display, largest first: later marks lie over earlier ones, so the small stay visible. */
  readonly rows: Int32Array;
  readonly sizes: ArrayLike<number>;
  readonly size: Size;
  readonly words: Words;
  readonly share: (value: number) => string;
}

export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What is drawn, and where: by index into rows. Boxes have their corner at x, y. */
export interface PlotLayout {
  readonly kind: "bubbles" | "boxes" | "cells";
  readonly area: Area;
  readonly rows: Int32Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Radius of bubbles, height of boxes. */
  readonly r: Float32Array;
  /** Width of boxes. */
  readonly w: number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly rotated: boolean;
  readonly cells: readonly Cell[];
}

/** Of a heat map: rows of two classes, and the sum of their sizes. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly sum: number;
  readonly rows: readonly Row[];
}

/** Size of labels, pixels. */
export const LABEL = 10.5;
const BOTTOM = 24;
const ROTATED_BOTTOM = 62;
/** Golden angle: seeds of a sunflower, no two in line. */
const TURN = Math.PI * (3 - Math.sqrt(5));

export function layoutPlot(input: PlotInput): PlotLayout {
  if (input.config.mode === "bars") return layoutBars(input);
  const { size, rows, table, words } = input;
  const left = Math.min(size.width * 0.25, 14 + widest(scaleOf(input.yAxis, input.y, rows, table, 0, 1, words).ticks));
  const right = size.width - 12;
  const probe = scaleOf(input.xAxis, input.x, rows, table, left, right, words);
  const rotated = tooTight(probe);
  const area = { left, top: 10, right, bottom: size.height - (rotated ? ROTATED_BOTTOM : BOTTOM) };
  const y = scaleOf(input.yAxis, input.y, rows, table, area.bottom, area.top, words);
  const base = { area, rows, xTicks: probe.ticks, yTicks: y.ticks, rotated, w: 0 };
  if (input.config.mode === "heat" && input.xAxis.kind === "category" && input.yAxis.kind === "category") {
    return {
      ...base,
      kind: "cells",
      x: new Float32Array(),
      y: new Float32Array(),
      r: new Float32Array(),
      cells: heat(input, probe, y),
    };
  }
  return { ...base, kind: "bubbles", cells: [], ...bubbles(input, probe, y, area) };
}

const widest = (ticks: readonly Tick[]): number => ticks.reduce((w, t) => Math.max(w, textWidth(t.label, LABEL)), 0);

function tooTight(scale: Scale): boolean {
  const labels = scale.ticks.filter((t) => t.width > 0);
  return labels.some((t) => textWidth(t.label, LABEL) > t.width - 4);
}

/** Area grows slower than size: a clonotype of one read in a million is still seen beside one of a third. */
export function radius(size: number, area: Area): number {
  if (size <= 0) return 0;
  const side = Math.sqrt(Math.max(1, (area.right - area.left) * (area.bottom - area.top)));
  return Math.max(2, (side * Math.cbrt(Math.max(size, 0.001) + 0.001)) / 25);
}

function bubbles(input: PlotInput, xs: Scale, ys: Scale, area: Area): Pick<PlotLayout, "x" | "y" | "r"> {
  const { rows, sizes } = input;
  const x = new Float32Array(rows.length);
  const y = new Float32Array(rows.length);
  const r = new Float32Array(rows.length);
  rows.forEach((row, i) => {
    x[i] = xs.at(row);
    y[i] = ys.at(row);
    r[i] = radius(sizes[row]!, area);
  });
  if (xs.spread > 0 && ys.spread > 0) pack(x, y, r, xs.spread, ys.spread);
  else
    rows.forEach((row, i) => {
      if (xs.spread > 2) x[i]! += (scatter(row, 1) - 0.5) * xs.spread * 0.7;
      if (ys.spread > 2) y[i]! += (scatter(row, 2) - 0.5) * ys.spread * 0.7;
    });
  return { x, y, r };
}

/** A number from 0 to 1 that belongs to a row: the same picture each time. */
function scatter(row: Row, salt: number): number {
  const h = Math.imul(row ^ (salt * 0x9e3779b9), 0x85ebca6b);
  return ((Math.imul(h ^ (h >>> 13), 0xc2b2ae35) ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * In each cell the largest stands in the centre, the others around it like the seeds of a sunflower, O(n). What would
 * leave its cell far behind is drawn closer, over its neighbours: the place of a mark must still tell its class.
 */
function pack(x: Float32Array, y: Float32Array, r: Float32Array, width: number, height: number): void {
  const cells = new Map<number, { area: number; first: number; furthest: number; members: number[] }>();
  const away = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    if (r[i] === 0) continue;
    const key = Math.round(x[i]! * 8) * 65536 + Math.round(y[i]! * 8);
    let cell = cells.get(key);
    if (!cell) {
      cell = { area: 0, first: r[i]!, furthest: 0, members: [] };
      cells.set(key, cell);
    } else away[i] = Math.max(cell.first + r[i]! + 0.5, Math.sqrt(cell.area) * 1.12 + r[i]! * 0.3);
    cell.furthest = Math.max(cell.furthest, away[i]!);
    cell.area += (r[i]! + 0.5) ** 2;
    cell.members.push(i);
  }
  const half = Math.sqrt(width * height) / 2;
  for (const { first, furthest, members } of cells.values()) {
    const room = Math.max(half * 0.95, first * 1.7) - first;
    const closer = furthest > first ? Math.min(1, room / (furthest - first)) : 1;
    members.forEach((i, n) => {
      if (n === 0) return;
      const d = first + (away[i]! - first) * closer;
      x[i]! += Math.cos(n * TURN) * d;
      y[i]! += Math.sin(n * TURN) * d;
    });
  }
}

function heat(input: PlotInput, xs: Scale, ys: Scale): readonly Cell[] {
  const cells = new Map<string, { x: number; y: number; sum: number; rows: Row[] }>();
  for (const row of input.rows) {
    const [x, y] = [xs.at(row), ys.at(row)];
    const key = `${x},${y}`;
    const cell = cells.get(key) ?? { x, y, sum: 0, rows: [] };
    cell.sum += input.sizes[row]!;
    cell.rows.push(row);
    cells.set(key, cell);
  }
  return [...cells.values()].map((c) => ({
    ...c,
    x: c.x - xs.spread / 2,
    y: c.y - ys.spread / 2,
    w: xs.spread,
    h: ys.spread,
  }));
}

function layoutBars(input: PlotInput): PlotLayout {
  const { rows, sizes, table, words, size } = input;
  const classes = classesOf(input.xAxis, input.x, rows, table, words);
  const sums = new Float64Array(classes.count);
  for (const row of rows) {
    const c = classes.of(row);
    if (c >= 0) sums[c]! += sizes[row]!;
  }
  const highest = Math.max(1e-12, ...sums);
  const step = niceTick(highest);
  const yLabels = Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => i * step);
  const left = 14 + Math.max(...yLabels.map((v) => textWidth(input.share(v), LABEL)));
  const right = size.width - 12;
  const band = (right - left) / Math.max(1, classes.count);
  const xTicks = classes.ticks.map((t) => ({
    at: left + (t.index + 0.5) * band,
    label: t.label,
    width: t.value === null ? 0 : band,
    value: t.value,
  }));
  const rotated = xTicks.some((t) => t.width > 0 && textWidth(t.label, LABEL) > band - 4);
  const area = { left, top: 12, right, bottom: size.height - (rotated ? ROTATED_BOTTOM : BOTTOM) };
  const scale = (area.bottom - area.top) / (highest * 1.04);
  // Few classes make no blocks of the pane's width.
  const w = Math.min(56, Math.max(0.8, band * 0.8));
  const filled = new Float64Array(classes.count);
  const x = new Float32Array(rows.length);
  const y = new Float32Array(rows.length);
  const r = new Float32Array(rows.length);
  rows.forEach((row, i) => {
    const c = classes.of(row);
    if (c < 0 || sizes[row]! <= 0) return;
    filled[c]! += sizes[row]!;
    x[i] = left + (c + 0.5) * band - w / 2;
    y[i] = area.bottom - filled[c]! * scale;
    r[i] = sizes[row]! * scale;
  });
  const yTicks = yLabels.map((v) => ({ at: area.bottom - v * scale, label: input.share(v), width: 0, value: null }));
  return { kind: "boxes", area, rows, x, y, r, w, xTicks, yTicks, rotated, cells: [] };
}

function niceTick(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest / 4));
  const raw = highest / 4 / power;
  return power * (raw > 5 ? 10 : raw > 2 ? 5 : raw > 1 ? 2 : 1);
}

/** The row under a point: the topmost, or the nearest within a few pixels. */
export function pickPlot(layout: PlotLayout, px: number, py: number): Row | null {
  if (layout.kind === "cells")
    return layout.cells.find((c) => px >= c.x && px < c.x + c.w && py >= c.y && py < c.y + c.h)?.rows[0] ?? null;
  let best: Row | null = null;
  let near = 4;
  for (let i = layout.rows.length - 1; i >= 0; i--) {
    if (layout.kind === "boxes") {
      if (
        px >= layout.x[i]! &&
        px <= layout.x[i]! + layout.w &&
        py >= layout.y[i]! &&
        py <= layout.y[i]! + layout.r[i]! &&
        layout.r[i]! > 0
      )
        return layout.rows[i]!;
      continue;
    }
    if (layout.r[i]! <= 0) continue;
    const away = Math.hypot(px - layout.x[i]!, py - layout.y[i]!) - layout.r[i]!;
    if (away < near) {
      best = layout.rows[i]!;
      near = away;
      if (away < -1) break;
    }
  }
  return best;
}

export function withinPlot(layout: PlotLayout, x0: number, y0: number, x1: number, y1: number): Row[] {
  if (layout.kind === "cells")
    return layout.cells.filter((c) => c.x + c.w > x0 && c.x < x1 && c.y + c.h > y0 && c.y < y1).flatMap((c) => c.rows);
  const out: Row[] = [];
  for (let i = 0; i < layout.rows.length; i++) {
    if (layout.r[i]! <= 0) continue;
    const [x, y] = [layout.x[i]!, layout.y[i]!];
    const hit =
      layout.kind === "boxes"
        ? x + layout.w > x0 && x < x1 && y + layout.r[i]! > y0 && y < y1
        : x >= x0 && x <= x1 && y >= y0 && y <= y1;
    if (hit) out.push(layout.rows[i]!);
  }
  return out;
}
