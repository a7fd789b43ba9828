/** A plot pane: bubbles on two axes, stacked bars, or a heat map of two categories. What is drawn, and where. */
import type { PlotConfig } from "../core/axes/presets";
import type { Row, Table } from "../core/table";
import { layoutBars } from "./bars";
import { pack, radii, scatter } from "./pack";
import { textWidth } from "./painter";
import type { AxisInput, Places, Scale, Tick, Words } from "./scale";
import { scaleOf } from "./scale";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Reads and clonotypes of a class that are no rows: the file counts them, and does not list them. */
export interface Unlisted {
  readonly value: string | number;
  readonly clonotypes: number;
  readonly reads: number;
}

export interface PlotInput {
  readonly table: Table;
  readonly config: PlotConfig;
  readonly x: AxisInput;
  readonly y: AxisInput;
  /** Rows on display, largest first: later marks lie over earlier ones, so the small stay visible. */
  readonly rows: Int32Array;
  readonly sizes: ArrayLike<number>;
  /** Bars have these on top of the rows, so that they are as high as all reads of a class. */
  readonly unlisted?: readonly Unlisted[];
  /** The number that reads of what is not listed are divided by. */
  readonly per?: number;
  /** Two samples are compared: there is a diagonal, and a correlation. */
  readonly pair?: boolean;
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
  /** Radius of bubbles, height of boxes; 0 is not drawn. */
  readonly r: Float32Array;
  /** Width of boxes. */
  readonly w: number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly rotated: boolean;
  readonly cells: readonly Cell[];
  /** Of bars: what is no row, on top of each. */
  readonly rest: readonly Rest[];
  /** Of bars: each class with what is in it. */
  readonly classes: readonly BarClass[];
  /** Where both axes have the same value, x and y alternating; empty when nobody compares. */
  readonly diagonal: readonly number[];
  /** What the picture says in words in its corner. */
  readonly note: string;
  readonly xScale: Pick<Scale, "valueAt"> | null;
  readonly yScale: Pick<Scale, "valueAt"> | null;
}

/** Of a heat map: rows of two classes, and the sum of their sizes. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly sum: number;
  readonly rows: readonly Row[];
  readonly labels: readonly [string, string];
}

export interface Rest {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly label: string;
  readonly clonotypes: number;
  readonly size: number;
}

export interface BarClass {
  readonly label: string;
  readonly clonotypes: number;
  readonly size: number;
}

/** Size of labels, pixels. */
export const LABEL = 10.5;
const BOTTOM = 24;
const ROTATED_BOTTOM = 62;
/** Above the marks; the large ones of a comparison reach to the corners, so that its note stands above them. */
const [TOP, NOTED_TOP] = [10, 30];

export const NO_MARKS = {
  x: new Float32Array(),
  y: new Float32Array(),
  r: new Float32Array(),
} as const;

export function layoutPlot(input: PlotInput): PlotLayout {
  if (input.config.mode === "bars") return layoutBars(input);
  const { size, rows, table, words } = input;
  const probe = scaleOf(input.y, rows, table, 0, 1, words);
  const left = Math.min(size.width * 0.25, 14 + widest(probe.ticks));
  const right = size.width - 12;
  const x = scaleOf(input.x, rows, table, left, right, words);
  const rotated = tooTight(x.ticks);
  const area = {
    left,
    top: input.pair ? NOTED_TOP : TOP,
    right,
    bottom: size.height - (rotated ? ROTATED_BOTTOM : BOTTOM),
  };
  const y = scaleOf(input.y, rows, table, area.bottom, area.top, words);
  const ticks = { xTicks: x.ticks, yTicks: y.ticks, rotated, xScale: x, yScale: y };
  const nothing = { w: 0, cells: [], rest: [], classes: [], diagonal: [], note: "" };
  if (input.config.mode === "heat" && x.valueAt === null && y.valueAt === null)
    return { ...nothing, ...ticks, area, rows, ...NO_MARKS, kind: "cells", cells: heat(input, x, y) };
  const [xs, ys] = [x.place(rows), y.place(rows)];
  const r = radii(rows, input.sizes, area);
  hideOutside(r, xs, ys);
  spread(x, y, xs, ys, r, rows);
  const pair = input.pair ? compared(input, x, y) : { diagonal: [], note: "" };
  return { ...nothing, ...ticks, ...pair, area, rows, kind: "bubbles", x: xs.at, y: ys.at, r };
}

const widest = (ticks: readonly Tick[]): number => ticks.reduce((w, t) => Math.max(w, textWidth(t.label, LABEL)), 0);

export const tooTight = (ticks: readonly Tick[]): boolean =>
  ticks.some((t) => t.width > 0 && textWidth(t.label, LABEL) > t.width - 4);

export const bottomOf = (rotated: boolean): number => (rotated ? ROTATED_BOTTOM : BOTTOM);

/** Rows outside of what is looked at have no mark. */
function hideOutside(r: Float32Array, xs: Places, ys: Places): void {
  for (let i = 0; i < r.length; i++) {
    if (!Number.isNaN(xs.at[i]!) && !Number.isNaN(ys.at[i]!)) continue;
    r[i] = 0;
    xs.at[i] = 0;
    ys.at[i] = 0;
  }
}

/** Rows of one place stand side by side: packed where both axes have places, scattered in their band otherwise. */
function spread(x: Scale, y: Scale, xs: Places, ys: Places, r: Float32Array, rows: Int32Array): void {
  if (x.cells > 0 && y.cells > 0) {
    pack(xs, ys, r, x, y);
    return;
  }
  for (let i = 0; i < rows.length; i++) {
    if (x.spread > 2) xs.at[i]! += (scatter(rows[i]!, 1) - 0.5) * x.spread * 0.7;
    if (y.spread > 2) ys.at[i]! += (scatter(rows[i]!, 2) - 0.5) * y.spread * 0.7;
  }
}

function heat(input: PlotInput, xs: Scale, ys: Scale): readonly Cell[] {
  const { rows, sizes } = input;
  const [px, py] = [xs.place(rows), ys.place(rows)];
  const cells = new Map<number, { i: number; sum: number; rows: Row[] }>();
  for (let i = 0; i < rows.length; i++) {
    const key = px.cell[i]! * ys.cells + py.cell[i]!;
    let cell = cells.get(key);
    if (!cell) {
      cell = { i, sum: 0, rows: [] };
      cells.set(key, cell);
    }
    cell.sum += sizes[rows[i]!]!;
    cell.rows.push(rows[i]!);
  }
  return [...cells.values()].map((c) => ({
    sum: c.sum,
    rows: c.rows,
    labels: [xs.ticks[px.cell[c.i]!]!.label, ys.ticks[py.cell[c.i]!]!.label] as const,
    x: px.at[c.i]! - xs.spread / 2,
    y: py.at[c.i]! - ys.spread / 2,
    w: xs.spread,
    h: ys.spread,
  }));
}

/** Steps of the diagonal: one axis may be logarithmic and the other not. */
const DIAGONAL = 32;

function compared(input: PlotInput, x: Scale, y: Scale): Pick<PlotLayout, "diagonal" | "note"> {
  const { pixelAt: px, valueAt: vx } = x;
  const { pixelAt: py, valueAt: vy } = y;
  if (!px || !py || !vx || !vy) return { diagonal: [], note: "" };
  const ends = [vx(x.from), vx(x.to), vy(y.from), vy(y.to)];
  const low = Math.max(Math.min(ends[0]!, ends[1]!), Math.min(ends[2]!, ends[3]!));
  const high = Math.min(Math.max(ends[0]!, ends[1]!), Math.max(ends[2]!, ends[3]!));
  const diagonal: number[] = [];
  for (let i = 0; i <= DIAGONAL && high > low; i++) {
    const t = i / DIAGONAL;
    const v = low > 0 ? low * (high / low) ** t : low + (high - low) * t;
    diagonal.push(px(v), py(v));
  }
  const { r, n } = logCorrelation(input.x.values as ArrayLike<number>, input.y.values as ArrayLike<number>, input.rows);
  return { diagonal, note: input.words.pair?.(r, n) ?? "" };
}

/** Pearson's r of the logarithms of two sizes over the rows that have both; NaN below three of them. */
export function logCorrelation(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  rows: ArrayLike<Row>,
): { readonly r: number; readonly n: number } {
  let [n, sa, sb, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    const [va, vb] = [a[rows[i]!]!, b[rows[i]!]!];
    if (!(va > 0) || !(vb > 0)) continue;
    const [x, y] = [Math.log(va), Math.log(vb)];
    n++;
    sa += x;
    sb += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const r = (n * ab - sa * sb) / Math.sqrt((n * aa - sa * sa) * (n * bb - sb * sb));
  return { r: n < 3 ? Number.NaN : r, n };
}
