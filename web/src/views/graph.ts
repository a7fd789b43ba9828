/** The time graph: sizes of clonotypes over samples, as curves or stacked up to 100 %. What is drawn, and where. */
import { curveMonotoneX, line as lineShape } from "d3-shape";
import type { GraphLook } from "../core/graphLook";
import { GRAPH_LOOK } from "../core/graphLook";
import type { Row, SampleIndex } from "../core/table";
import type { SampleLabel } from "./graphLabels";
import { bottomMargin, layLabels } from "./graphLabels";
import { textWidth } from "./painter";
import type { Size } from "./plot";

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

/** Numbers of another measurement, by sample of the graph; NaN where there is none. */
export interface GraphSeries {
  readonly name: string;
  readonly values: readonly number[];
}

export interface GraphInput {
  readonly samples: readonly GraphSample[];
  /** Rows that get a curve, the most important last. */
  readonly rows: readonly Row[];
  readonly sizeOf: (row: Row, sample: SampleIndex) => number;
  readonly mode: "lines" | "stacked";
  readonly look?: GraphLook;
  readonly series?: readonly GraphSeries[];
  /** Rows that are named at the end of their curve, and how. */
  readonly named?: ReadonlyMap<Row, string>;
  readonly size: Size;
  /** The sample whose label is never left out. */
  readonly current?: SampleIndex;
  readonly share: (value: number) => string;
  /** Numbers of further series. */
  readonly number?: (value: number) => string;
  readonly words: { readonly belowQuantity: string; readonly others: string };
}

export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** Detected, with too few reads for a quantity. */
  readonly uncertain: boolean;
}

export interface Piece {
  readonly points: readonly number[];
  readonly faint: boolean;
}

export interface Curve {
  readonly row: Row;
  /** Sampled positions, x and y alternating, along each piece between two samples. */
  readonly pieces: readonly Piece[];
  /** The same, pieces that go on in one look joined: a line is drawn at once, not an interval at a time. */
  readonly lines: readonly Piece[];
  readonly marks: readonly Mark[];
}

export interface SeriesCurve {
  readonly name: string;
  readonly points: readonly number[];
}

export interface GraphLayout {
  readonly left: number;
  readonly right: number;
  /** Width for the text of a name beside the curves. */
  readonly nameRoom: number;
  readonly top: number;
  readonly bottom: number;
  readonly mode: "lines" | "stacked";
  readonly x: readonly number[];
  readonly samples: readonly GraphSample[];
  readonly labels: readonly SampleLabel[];
  readonly yTicks: readonly GraphTick[];
  /** Of the further series; empty when there are none. */
  readonly seriesTicks: readonly GraphTick[];
  readonly series: readonly SeriesCurve[];
  readonly curves: readonly Curve[];
  readonly names: readonly CurveName[];
  readonly zone: readonly number[];
  readonly words: GraphInput["words"];
}

export interface GraphTick {
  readonly at: number;
  readonly label: string;
}

export interface CurveName {
  readonly row: Row;
  readonly y: number;
  readonly text: string;
  /** Where its curve ends. */
  readonly from: number;
}

export const GRAPH_LABEL = 10.5;
/** Room for names at the ends of curves, pixels. */
const NAMES = { least: 150, part: 0.15, most: 280 } as const;
/** Of that, what is no text: the sign before it, and the margin. */
const NAME_SIGN = 20;

const namesWidth = (width: number): number =>
  Math.round(Math.min(NAMES.most, Math.max(NAMES.least, NAMES.part * width)));
/** Panes narrower than this have no room for names. */
const NAMED_FROM = 560;
const LINE = 13;

const NO_NAMES: ReadonlyMap<Row, string> = new Map();

export function layoutGraph(input: GraphInput): GraphLayout {
  const { samples, size, look = GRAPH_LOOK, series = [], named = NO_NAMES, number = String } = input;
  const stacked = input.mode === "stacked";
  const sizes = input.rows.map((row) => samples.map((s) => input.sizeOf(row, s.sample)));
  const [low, high] = stacked ? [0, 1] : domain(samples, sizes, look.scale);
  const ticks = stacked ? [0, 0.25, 0.5, 0.75, 1] : look.scale === "log" ? decades(low, high) : evenTicks(high);
  const left = 16 + Math.max(...ticks.map((v) => textWidth(input.share(v), GRAPH_LABEL)));
  const scale = seriesScale(series);
  const seriesWidth = scale ? 10 + Math.max(...scale.ticks.map((v) => textWidth(number(v), GRAPH_LABEL))) : 0;
  const names = named.size > 0 && size.width >= NAMED_FROM ? namesWidth(size.width) : 0;
  const right = size.width - 20 - seriesWidth - names;
  const x = positions(samples, left, right, look.spacing);
  const top = 12 + (series.length > 0 ? 10 : 0);
  const bottom = size.height - bottomMargin(samples, x);
  const y = verticals(stacked ? "linear" : look.scale, low, high, top, bottom);
  const curves = stacked
    ? stack(input, sizes, x, y)
    : input.rows.map((row, i) => curveOf(samples, row, sizes[i]!, x, y));
  const known = !stacked && samples.every((s) => s.quantifiable > 0);
  return {
    left,
    right,
    nameRoom: Math.max(0, names - NAME_SIGN),
    top,
    bottom,
    x,
    samples,
    labels: layLabels(samples, x, input.current ?? -1, size.width),
    curves,
    names: names > 0 ? nameCurves(curves, named, top, bottom) : [],
    mode: input.mode,
    yTicks: ticks.map((v) => ({ at: y(v), label: input.share(v) })),
    seriesTicks: (scale?.ticks ?? []).map((v) => ({ at: scale!.at(v, top, bottom), label: number(v) })),
    series: scale ? series.map((s) => seriesCurve(s, x, (v) => scale.at(v, top, bottom))) : [],
    zone: known ? samples.map((s) => y(s.quantifiable)) : [],
    words: input.words,
  };
}

/** On a logarithmic scale from half the smallest size seen to the power of ten above the largest; from 0 otherwise. */
function domain(
  samples: readonly GraphSample[],
  sizes: readonly (readonly number[])[],
  scale: GraphLook["scale"],
): [number, number] {
  let [low, high] = [1, 1e-9];
  for (const { quantifiable } of samples) if (quantifiable > 0) low = Math.min(low, quantifiable / 5);
  for (const row of sizes) for (const v of row) if (v > 0) [low, high] = [Math.min(low, v), Math.max(high, v)];
  if (scale === "linear") return [0, evenTicks(high).at(-1)!];
  return [low / 2, 10 ** Math.ceil(Math.log10(Math.max(high, low * 10)))];
}

function decades(low: number, high: number): number[] {
  const out: number[] = [];
  for (let e = Math.round(Math.log10(high)); 10 ** e >= low; e--) out.push(10 ** e);
  return out;
}

/** Steps of 1, 2 or 5 from 0 to above a number. */
function evenTicks(high: number): number[] {
  const power = 10 ** Math.floor(Math.log10(high / 4));
  const raw = high / 4 / power;
  const step = power * (raw > 5 ? 10 : raw > 2 ? 5 : raw > 1 ? 2 : 1);
  const n = Math.ceil(high / step - 1e-9);
  return Array.from({ length: n + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

function verticals(scale: GraphLook["scale"], low: number, high: number, top: number, bottom: number) {
  if (scale === "linear") return (v: number) => bottom - (Math.min(v, high) / high) * (bottom - top);
  const logs = Math.log10(high) - Math.log10(low) || 1;
  return (v: number) =>
    v <= 0 ? bottom : bottom - ((Math.log10(Math.max(v, low)) - Math.log10(low)) / logs) * (bottom - top);
}

const INSET = 28;

/** Whether dates can order samples: all are known, none goes back, and they are not of one day. */
function usableDays(samples: readonly GraphSample[]): readonly number[] | null {
  const days = samples.slice(1).map((s, i) => s.day - samples[i]!.day);
  return days.length > 0 && days.every((d) => d >= 0) && Math.max(...days) >= 1 ? days : null;
}

/** Samples without usable dates stand at even distances. */
function positions(
  samples: readonly GraphSample[],
  left: number,
  right: number,
  spacing: GraphLook["spacing"],
): number[] {
  const days = spacing === "even" ? null : usableDays(samples);
  const n = samples.length - 1;
  if (n <= 0) return samples.map(() => (left + right) / 2);
  const [shortest, longest] = days ? [Math.min(...days), Math.max(...days)] : [0, 0];
  const near = days && days.length > 1 && longest >= 2 && longest > shortest;
  const widths = Array.from({ length: n }, (_, i) => {
    if (days && spacing === "days") return days[i]!;
    return near ? 1 + (days[i]! - shortest) / (longest - shortest) : 1;
  });
  const unit = (right - left - 2 * INSET) / widths.reduce((a, b) => a + b, 0);
  const x = [left + INSET];
  for (const width of widths) x.push(x.at(-1)! + width * unit);
  return x;
}

/** Steps that a curve between two samples is drawn with: with many samples an interval is short, and few are smooth. */
const stepsFor = (samples: number): number => (samples > 60 ? 2 : samples > 30 ? 4 : 16);

function curveOf(
  samples: readonly GraphSample[],
  row: Row,
  sizes: readonly number[],
  x: readonly number[],
  y: (v: number) => number,
): Curve {
  const points = sizes.map((v, i): [number, number] => [x[i]!, y(v)]);
  const path = smooth(points);
  const pieces = points
    .slice(1)
    .map((_, i) => ({ points: path[i] ?? [], faint: sizes[i] === 0 || sizes[i + 1] === 0 }))
    .filter((_, i) => sizes[i]! > 0 || sizes[i + 1]! > 0);
  const marks = sizes
    .map((size, i) => ({ x: x[i]!, y: y(size), size, uncertain: size < samples[i]!.quantifiable }))
    .filter((m) => m.size > 0);
  return { row, pieces, lines: joined(pieces), marks };
}

function joined(pieces: readonly Piece[]): Piece[] {
  const out: { points: number[]; faint: boolean }[] = [];
  for (const { points, faint } of pieces) {
    const last = out.at(-1);
    if (last && last.faint === faint && last.points.at(-2) === points[0]) {
      for (let i = 2; i < points.length; i++) last.points.push(points[i]!);
    } else out.push({ points: [...points], faint });
  }
  return out;
}

/** Monotone interpolation: a curve between two sizes never leaves their range. Returns a polyline per interval. */
function smooth(points: readonly [number, number][]): number[][] {
  const segments: number[][] = [];
  const steps = stepsFor(points.length);
  let [px, py] = [0, 0];
  const context = {
    moveTo: (mx: number, my: number) => {
      [px, py] = [mx, my];
    },
    lineTo: (lx: number, ly: number) => {
      segments.push([px, py, lx, ly]);
      [px, py] = [lx, ly];
    },
    bezierCurveTo: (a: number, b: number, c: number, d: number, ex: number, ey: number) => {
      segments.push(flatten(px, py, [a, b, c, d, ex, ey], steps));
      [px, py] = [ex, ey];
    },
    closePath: () => {},
  };
  lineShape()
    .curve(curveMonotoneX)
    .context(context as unknown as CanvasRenderingContext2D)(points as [number, number][]);
  return segments;
}

function flatten(x0: number, y0: number, [x1, y1, x2, y2, x3, y3]: number[], steps: number): number[] {
  const out: number[] = [];
  for (let i = 0; i <= steps; i++) {
    const t = i / steps;
    const u = 1 - t;
    const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
    out.push(a * x0 + b * x1! + c * x2! + d * x3!, a * y0 + b * y1! + c * y2! + d * y3!);
  }
  return out;
}

/** Bands on top of each other, the first row at the bottom; what is left up to 100 % belongs to all others. */
function stack(
  input: GraphInput,
  sizes: readonly (readonly number[])[],
  x: readonly number[],
  y: (v: number) => number,
): Curve[] {
  const floor = new Float64Array(input.samples.length);
  return input.rows.toReversed().map((row, k) => {
    const own = sizes[sizes.length - 1 - k]!;
    const lower = own.map((_, i): [number, number] => [x[i]!, y(Math.min(1, floor[i]!))]);
    own.forEach((v, i) => {
      floor[i]! += v;
    });
    const upper = own.map((_, i): [number, number] => [x[i]!, y(Math.min(1, floor[i]!))]);
    const band = [...smooth(upper).flat(), ...reversePairs(smooth(lower).flat())];
    const marks = own
      .map((size, i) => ({ x: x[i]!, y: (upper[i]![1] + lower[i]![1]) / 2, size, uncertain: false }))
      .filter((m) => m.size > 0);
    const pieces = [{ points: band, faint: false }];
    return { row, pieces, lines: pieces, marks };
  });
}

function reversePairs(points: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = points.length - 2; i >= 0; i -= 2) out.push(points[i]!, points[i + 1]!);
  return out;
}

/** Names stand beside the ends of their curves, the later ones pushed down, all of them up when the pane ends. */
function nameCurves(
  curves: readonly Curve[],
  named: ReadonlyMap<Row, string>,
  top: number,
  bottom: number,
): CurveName[] {
  const wanted = curves
    .filter((c) => named.has(c.row) && c.marks.length > 0)
    .map((c) => ({ row: c.row, text: named.get(c.row)!, from: c.marks.at(-1)!.y, y: c.marks.at(-1)!.y }))
    .sort((a, b) => a.from - b.from)
    .slice(0, Math.max(1, Math.floor((bottom - top) / LINE)));
  let free = top;
  for (const name of wanted) {
    name.y = Math.max(name.y, free);
    free = name.y + LINE;
  }
  let floor = bottom;
  for (const name of wanted.toReversed()) {
    name.y = Math.min(name.y, floor);
    floor = name.y - LINE;
  }
  return wanted;
}

/** One axis for all further series that are drawn: from 0, or from below when there are negative numbers. */
function seriesScale(series: readonly GraphSeries[]) {
  const values = series.flatMap((s) => s.values).filter(Number.isFinite);
  if (values.length === 0) return null;
  const [low, high] = [Math.min(0, ...values), Math.max(...values, 0)];
  const ticks = high > 0 ? evenTicks(high) : [0];
  if (low < 0)
    ticks.unshift(
      ...evenTicks(-low)
        .slice(1)
        .map((v) => -v)
        .reverse(),
    );
  const [from, to] = [ticks[0]!, ticks.at(-1)!];
  const at = (v: number, top: number, bottom: number) => bottom - ((v - from) / (to - from || 1)) * (bottom - top);
  return { ticks, at };
}

/** Samples without a number are passed over: the line goes from one that has one to the next. */
function seriesCurve(series: GraphSeries, x: readonly number[], y: (v: number) => number): SeriesCurve {
  const points: number[] = [];
  series.values.forEach((v, i) => {
    if (Number.isFinite(v)) points.push(x[i]!, y(v));
  });
  return { name: series.name, points };
}
