/** The time graph: sizes of clonotypes over samples, as curves on a logarithmic scale or stacked up to 100 %. */
import { curveMonotoneX, line as lineShape } from "d3-shape";
import type { Coloring } from "../core/colors";
import type { Row, SampleIndex } from "../core/table";
import type { Painter } from "./painter";
import { textWidth } from "./painter";
import type { Size } from "./plot";
import { fillsOf } from "./plotPaint";
import type { Theme } from "./theme";

export interface GraphSample {
  readonly sample: SampleIndex;
  readonly label: string;
  readonly below: string;
  /** Size of the smallest number of reads that is a quantity; 0 when it differs by clonotype. */
  readonly quantifiable: number;
  readonly warn: boolean;
  /** Days since the first, NaN when a date is missing. */
  readonly day: number;
}

export interface GraphInput {
  readonly samples: readonly GraphSample[];
  /** Rows that get a curve, the most important last. */
  readonly rows: readonly Row[];
  readonly sizeOf: (row: Row, sample: SampleIndex) => number;
  readonly mode: "lines" | "stacked";
  readonly size: Size;
  readonly share: (value: number) => string;
  readonly words: { readonly belowQuantity: string; readonly others: string };
}

export interface Curve {
  readonly row: Row;
  /** Sampled positions, x and y alternating, along each piece between two samples. */
  readonly pieces: readonly { readonly points: readonly number[]; readonly faint: boolean }[];
  readonly marks: readonly { readonly x: number; readonly y: number; readonly size: number }[];
}

export interface GraphLayout {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly mode: "lines" | "stacked";
  readonly x: readonly number[];
  readonly samples: readonly GraphSample[];
  readonly yTicks: readonly { readonly at: number; readonly label: string }[];
  readonly curves: readonly Curve[];
  readonly zone: readonly number[];
  readonly words: GraphInput["words"];
}

const LABEL = 10.5;

export function layoutGraph(input: GraphInput): GraphLayout {
  const { samples, size } = input;
  const [low, high] = domain(input);
  const stacked = input.mode === "stacked";
  const ticks = stacked ? [0, 0.25, 0.5, 0.75, 1] : decades(low, high);
  const left = 16 + Math.max(...ticks.map((v) => textWidth(input.share(v), LABEL)));
  const [right, top, bottom] = [size.width - 20, 12, size.height - 38];
  const logs = Math.log10(high) - Math.log10(low) || 1;
  const y = (v: number) =>
    stacked
      ? bottom - v * (bottom - top)
      : v <= 0
        ? bottom
        : bottom - ((Math.log10(Math.max(v, low)) - Math.log10(low)) / logs) * (bottom - top);
  const x = positions(samples, left, right);
  const curves = stacked ? stack(input, x, y) : input.rows.map((row) => curveOf(input, row, x, y));
  const known = !stacked && samples.every((s) => s.quantifiable > 0);
  return {
    left,
    right,
    top,
    bottom,
    x,
    samples,
    curves,
    mode: input.mode,
    yTicks: ticks.map((v) => ({ at: y(v), label: input.share(v) })),
    zone: known ? samples.map((s) => y(s.quantifiable)) : [],
    words: input.words,
  };
}

/** From half the smallest size seen to the power of ten above the largest. */
function domain({ rows, samples, sizeOf }: GraphInput): [number, number] {
  let [low, high] = [1, 1e-9];
  for (const { sample, quantifiable } of samples) {
    if (quantifiable > 0) low = Math.min(low, quantifiable / 5);
    for (const row of rows) {
      const v = sizeOf(row, sample);
      if (v > 0) [low, high] = [Math.min(low, v), Math.max(high, v)];
    }
  }
  return [low / 2, 10 ** Math.ceil(Math.log10(Math.max(high, low * 10)))];
}

function decades(low: number, high: number): number[] {
  const out: number[] = [];
  for (let e = Math.round(Math.log10(high)); 10 ** e >= low; e--) out.push(10 ** e);
  return out;
}

/**
 * Samples stand at even distances, so that labels never collide; with dates an interval is up to twice as long as
 * another, in proportion to its days.
 */
function positions(samples: readonly GraphSample[], left: number, right: number): number[] {
  const inset = 28;
  const days = samples.slice(1).map((s, i) => s.day - samples[i]!.day);
  const usable = days.length > 1 && days.every((d) => d >= 0) && Math.max(...days) >= 2;
  const [shortest, longest] = [Math.min(...days), Math.max(...days)];
  const widths = days.map((d) => (usable && longest > shortest ? 1 + (d - shortest) / (longest - shortest) : 1));
  const unit =
    (right - left - 2 * inset) /
    Math.max(
      1,
      widths.reduce((a, b) => a + b, 0),
    );
  const x = [samples.length === 1 ? (left + right) / 2 : left + inset];
  for (const width of widths) x.push(x.at(-1)! + width * unit);
  return x.slice(0, samples.length);
}

/** Steps that a curve between two samples is drawn with. */
const STEPS = 16;

function curveOf(input: GraphInput, row: Row, x: readonly number[], y: (v: number) => number): Curve {
  const sizes = input.samples.map((s) => input.sizeOf(row, s.sample));
  const points = sizes.map((v, i): [number, number] => [x[i]!, y(v)]);
  const path = smooth(points);
  const pieces = points
    .slice(1)
    .map((_, i) => ({ points: path[i]!, faint: sizes[i] === 0 || sizes[i + 1] === 0 }))
    .filter((_, i) => sizes[i]! > 0 || sizes[i + 1]! > 0);
  const marks = sizes.map((size, i) => ({ x: x[i]!, y: y(size), size })).filter((m) => m.size > 0);
  return { row, pieces, marks };
}

/** Monotone interpolation: a curve between two sizes never leaves their range. Returns a polyline per interval. */
function smooth(points: readonly [number, number][]): number[][] {
  const segments: number[][] = [];
  let [px, py] = [0, 0];
  const piece = (bezier: number[]) => segments.push(flatten(px, py, bezier));
  const context = {
    moveTo: (mx: number, my: number) => {
      [px, py] = [mx, my];
    },
    lineTo: (lx: number, ly: number) => {
      segments.push([px, py, lx, ly]);
      [px, py] = [lx, ly];
    },
    bezierCurveTo: (a: number, b: number, c: number, d: number, ex: number, ey: number) => {
      piece([a, b, c, d, ex, ey]);
      [px, py] = [ex, ey];
    },
    closePath: () => {},
  };
  lineShape()
    .curve(curveMonotoneX)
    .context(context as unknown as CanvasRenderingContext2D)(points as [number, number][]);
  return segments;
}

function flatten(x0: number, y0: number, [x1, y1, x2, y2, x3, y3]: number[]): number[] {
  const out: number[] = [];
  for (let i = 0; i <= STEPS; i++) {
    const t = i / STEPS;
    const u = 1 - t;
    out.push(
      u ** 3 * x0 + 3 * u * u * t * x1! + 3 * u * t * t * x2! + t ** 3 * x3!,
      u ** 3 * y0 + 3 * u * u * t * y1! + 3 * u * t * t * y2! + t ** 3 * y3!,
    );
  }
  return out;
}

/** Bands on top of each other, the first row at the bottom; what is left up to 100 % belongs to all others. */
function stack(input: GraphInput, x: readonly number[], y: (v: number) => number): Curve[] {
  const floor = new Float64Array(input.samples.length);
  return [...input.rows].reverse().map((row) => {
    const sizes = input.samples.map((s) => input.sizeOf(row, s.sample));
    const lower = sizes.map((_, i): [number, number] => [x[i]!, y(Math.min(1, floor[i]!))]);
    sizes.forEach((v, i) => {
      floor[i]! += v;
    });
    const upper = sizes.map((_, i): [number, number] => [x[i]!, y(Math.min(1, floor[i]!))]);
    const band = [...smooth(upper).flat(), ...reversePairs(smooth(lower).flat())];
    const marks = sizes
      .map((size, i) => ({ x: x[i]!, y: (upper[i]![1] + lower[i]![1]) / 2, size }))
      .filter((m) => m.size > 0);
    return { row, pieces: [{ points: band, faint: false }], marks };
  });
}

function reversePairs(points: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = points.length - 2; i >= 0; i -= 2) out.push(points[i]!, points[i + 1]!);
  return out;
}

// --- drawing

export function paintGraphAxes(p: Painter, g: GraphLayout, theme: Theme, current: SampleIndex): void {
  const at = g.samples.findIndex((s) => s.sample === current);
  if (at >= 0) p.rect(g.x[at]! - 22, g.top - 6, 44, g.bottom - g.top + 6, theme.accentSoft, 0.75);
  for (const tick of g.yTicks) {
    p.polyline([g.left, tick.at, g.right, tick.at], { stroke: theme.line, width: 1 });
    p.text(g.left - 8, tick.at, tick.label, { size: LABEL, fill: theme.secondary, align: "right" });
  }
  if (g.mode === "stacked") p.rect(g.x[0]!, g.top, g.x.at(-1)! - g.x[0]!, g.bottom - g.top, theme.line, 0.45);
  if (g.zone.length > 0) zone(p, g, theme);
  p.polyline([g.left, g.bottom, g.right, g.bottom], { stroke: theme.faint, width: 1, alpha: 0.6 });
  let free = Number.NEGATIVE_INFINITY;
  g.samples.forEach((s, i) => {
    const here = i === at;
    const half = Math.max(textWidth(s.label, 11), textWidth(s.below, 10)) / 2;
    const x = Math.min(Math.max(g.x[i]!, half + 4), g.right + 16 - half);
    if (!here && x - half < free) return;
    free = x + half + 6;
    p.text(x, g.bottom + 14, s.label, {
      size: 11,
      fill: here ? theme.accent : s.warn ? theme.warn : theme.text,
      align: "center",
      weight: here ? 600 : 400,
    });
    p.text(x, g.bottom + 28, s.below, { size: 10, fill: theme.secondary, align: "center" });
  });
}

/** Detected, but too few reads for a quantity: hatched from the bottom up to the size of five reads. */
function zone(p: Painter, g: GraphLayout, theme: Theme): void {
  const points = [g.left, g.bottom, g.left, g.zone[0]!];
  g.x.forEach((x, i) => {
    points.push(x, g.zone[i]!);
  });
  points.push(g.right, g.zone.at(-1)!, g.right, g.bottom);
  p.area(points, theme.faint, 0.1);
  const edge = points.slice(2, -2);
  p.polyline(edge, { stroke: theme.faint, width: 1, alpha: 0.5, dash: [3, 3] });
  const highest = Math.max(...g.zone);
  if (g.bottom - highest > 14)
    p.text(g.right - 6, g.bottom - 8, g.words.belowQuantity, { size: 10, fill: theme.secondary, align: "right" });
}

export function paintGraphMarks(p: Painter, g: GraphLayout, coloring: Coloring, theme: Theme): void {
  const fills = fillsOf(coloring, theme.scheme);
  for (const curve of g.curves) {
    const swatch = coloring.swatches[coloring.index[curve.row]!]!;
    // What has no class steps back behind what has one.
    paintCurve(
      p,
      g,
      curve,
      fills[coloring.index[curve.row]!]!,
      coloring.index[curve.row] === 0 ? 1.2 : 2,
      swatch.open,
      theme,
    );
  }
}

function paintCurve(
  p: Painter,
  g: GraphLayout,
  curve: Curve,
  color: string,
  width: number,
  open: boolean,
  theme: Theme,
): void {
  if (g.mode === "stacked") {
    for (const piece of curve.pieces) {
      p.area(piece.points, color, 0.9);
      p.polyline(piece.points, { stroke: theme.panel, width: 0.75 });
    }
    return;
  }
  for (const piece of curve.pieces)
    p.polyline(piece.points, {
      stroke: color,
      width,
      alpha: piece.faint ? 0.22 : 0.85,
      ...(open ? { dash: [5, 3] } : {}),
    });
  for (const mark of curve.marks)
    p.circle(mark.x, mark.y, width + 1, open ? theme.panel : color, open ? { stroke: color, width: 1.5 } : null);
}

export function paintGraphOverlay(
  p: Painter,
  g: GraphLayout,
  coloring: Coloring,
  theme: Theme,
  isSelected: (row: Row) => boolean,
  hover: Row | null,
): void {
  const fills = fillsOf(coloring, theme.scheme);
  for (const curve of g.curves) {
    const on = isSelected(curve.row);
    if (!on && curve.row !== hover) continue;
    const swatch = coloring.swatches[coloring.index[curve.row]!]!;
    paintCurve(p, g, curve, fills[coloring.index[curve.row]!]!, curve.row === hover ? 3.2 : 2.4, swatch.open, theme);
    if (g.mode === "stacked")
      for (const piece of curve.pieces)
        p.polyline(piece.points, { stroke: theme.text, width: curve.row === hover ? 2 : 1.25 });
    else
      for (const mark of curve.marks)
        p.circle(mark.x, mark.y, curve.row === hover ? 5 : 4, null, { stroke: theme.text, width: 1.25 });
  }
}

/** The curve under a point, or the nearest within a few pixels. */
export function pickGraph(g: GraphLayout, px: number, py: number): Row | null {
  let best: Row | null = null;
  let near = 8;
  for (const curve of g.curves) {
    for (const piece of curve.pieces) {
      if (g.mode === "stacked") {
        if (inside(piece.points, px, py)) return curve.row;
        continue;
      }
      for (let i = 0; i + 3 < piece.points.length; i += 2) {
        const away =
          distance(px, py, piece.points[i]!, piece.points[i + 1]!, piece.points[i + 2]!, piece.points[i + 3]!) +
          (piece.faint ? 3 : 0);
        if (away < near) [best, near] = [curve.row, away];
      }
    }
  }
  return best;
}

export function withinGraph(g: GraphLayout, x0: number, y0: number, x1: number, y1: number): Row[] {
  return g.curves
    .filter((c) => c.marks.some((m) => m.x >= x0 && m.x <= x1 && m.y >= y0 && m.y <= y1))
    .map((c) => c.row);
}

/** The sample whose label is under a point. */
export function sampleAt(g: GraphLayout, px: number, py: number): SampleIndex | null {
  if (py < g.bottom + 2) return null;
  const i = g.x.reduce((best, x, at) => (Math.abs(x - px) < Math.abs(g.x[best]! - px) ? at : best), 0);
  return Math.abs(g.x[i]! - px) < 60 ? g.samples[i]!.sample : null;
}

function distance(px: number, py: number, x0: number, y0: number, x1: number, y1: number): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const t = Math.max(0, Math.min(1, ((px - x0) * dx + (py - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - x0 - t * dx, py - y0 - t * dy);
}

function inside(points: readonly number[], px: number, py: number): boolean {
  let odd = false;
  for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
    const [xi, yi, xj, yj] = [points[i]!, points[i + 1]!, points[j]!, points[j + 1]!];
    if (yi > py !== yj > py && px < ((xj - xi) * (py - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}
