/** Positions along an axis: classes in bands, numbers on a linear or logarithmic scale, and a place for what is unknown. */
import type { Axis, CategoryAxis, NumberAxis } from "../core/axes/axis";
import type { AxisView } from "../core/axes/presets";
import { classOrder } from "../core/axes/registry";
import type { Dictionary, Table } from "../core/table";

export interface Tick {
  readonly at: number;
  readonly label: string;
  /** Band of a class; 0 for a number. */
  readonly width: number;
  /** The class's value, to select it by its label; null for a number. */
  readonly value: string | null;
}

/** Where rows stand, by index of the rows that were asked for. */
export interface Places {
  /** Pixels; NaN for a row outside of the range that is looked at. */
  readonly at: Float32Array;
  /** Class from 0 on, for rows that share a place; empty when the axis has exact positions. */
  readonly cell: Int32Array;
}

export interface Scale {
  readonly ticks: readonly Tick[];
  place(rows: Int32Array): Places;
  /** Width of the place that a row may spread over; 0 for an exact position. */
  readonly spread: number;
  /** Places that rows may share; 0 when positions are exact. */
  readonly cells: number;
  readonly from: number;
  readonly to: number;
  /** The number at a pixel; null for classes. */
  readonly valueAt: ((pixel: number) => number) | null;
  /** The pixel of a number, whether or not it lies on the axis; null for classes. */
  readonly pixelAt: ((value: number) => number) | null;
}

export interface Words {
  /** The class of rows without a value. */
  readonly none: string;
  /** What a plot says when it has no marks. */
  readonly empty: string;
  number(axis: NumberAxis, value: number): string;
  value(axis: CategoryAxis, value: string): string;
  /** A number of clonotypes beside an axis. */
  count?(value: number): string;
  /** What a class has besides the clonotypes that are listed. */
  rest?(label: string, clonotypes: number, size: number): string;
  /** Heads of tables: axes by id, and clonotype, clonotypes, id, count. */
  columns?(id: string): string;
  /** What two samples have in common: a correlation, NaN when there is none, and the number of clonotypes in both. */
  pair?(r: number, shared: number): string;
}

/** An axis with its values, as a plot wants it. */
export interface AxisInput {
  readonly axis: Axis;
  readonly values: Dictionary | ArrayLike<number>;
  readonly view?: AxisView | undefined;
}

/** Whether an axis is drawn on a logarithmic scale. */
export const isLog = (axis: NumberAxis, view?: AxisView): boolean => (view?.scale ?? axis.scale) === "log";

/** `from` and `to` are pixels; `to` may lie before `from`, as on a vertical axis. */
export function scaleOf(
  { axis, values, view }: AxisInput,
  rows: Int32Array,
  table: Table,
  from: number,
  to: number,
  words: Words,
): Scale {
  const [a, b] = view?.inverted ? [to, from] : [from, to];
  return axis.kind === "category"
    ? bands(axis, values as Dictionary, rows, table, a, b, words)
    : numbers(axis, values as ArrayLike<number>, rows, a, b, words, view);
}

/** Codes of the classes that some row has, in display order. */
export function classesPresent(axis: CategoryAxis, dictionary: Dictionary, rows: Int32Array, table: Table): number[] {
  const present = new Uint8Array(dictionary.values.length);
  const { codes } = dictionary;
  for (let i = 0; i < rows.length; i++) present[codes[rows[i]!]!] = 1;
  return classOrder(axis, dictionary, table).filter((code) => present[code] === 1);
}

/** What a class is called below or beside the axis. */
export function classLabels(axis: CategoryAxis, values: readonly string[], words: Words): readonly string[] {
  const common = locusPrefix(axis, values);
  return values.map((value) => (value === "" ? words.none : words.value(axis, value).slice(common)));
}

function bands(
  axis: CategoryAxis,
  dictionary: Dictionary,
  rows: Int32Array,
  table: Table,
  from: number,
  to: number,
  words: Words,
): Scale {
  const classes = classesPresent(axis, dictionary, rows, table);
  const width = (to - from) / Math.max(1, classes.length);
  const values = classes.map((code) => dictionary.values[code]!);
  const labels = classLabels(axis, values, words);
  const index = new Int32Array(dictionary.values.length);
  const ticks = classes.map((code, i) => {
    index[code] = i;
    return { at: from + (i + 0.5) * width, label: labels[i]!, width: Math.abs(width), value: values[i]! };
  });
  const place = (wanted: Int32Array): Places => {
    const at = new Float32Array(wanted.length);
    const cell = new Int32Array(wanted.length);
    for (let i = 0; i < wanted.length; i++) {
      cell[i] = index[dictionary.codes[wanted[i]!]!]!;
      at[i] = from + (cell[i]! + 0.5) * width;
    }
    return { at, cell };
  };
  return { ticks, place, spread: Math.abs(width), cells: classes.length, from, to, valueAt: null, pixelAt: null };
}

/** Genes of one locus need not repeat it: letters of the locus that all labels begin with. */
function locusPrefix(axis: CategoryAxis, values: readonly string[]): number {
  if (!/_(gene|allele)$/.test(axis.id)) return 0;
  const loci = new Set(values.filter((v) => v !== "").map((v) => v.slice(0, 3)));
  return loci.size === 1 && /^(IG|TR)/.test([...loci][0]!) ? 3 : 0;
}

/** Share of the axis that rows without a value get, when there are any. */
const UNKNOWN = 0.06;

/** Lowest and highest value that can be drawn, and whether some row has none. */
function extent(values: ArrayLike<number>, rows: Int32Array, log: boolean): [number, number, boolean] {
  let [low, high, unknown] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false];
  for (let i = 0; i < rows.length; i++) {
    const v = values[rows[i]!]!;
    if (Number.isNaN(v) || (log && v <= 0)) unknown = true;
    else {
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  if (low > high) return log ? [1e-6, 1, unknown] : [0, 1, unknown];
  return [low, high, unknown];
}

/** What the axis spans: what is looked at, else all values and a margin. */
function domainOf(axis: NumberAxis, view: AxisView | undefined, low: number, high: number): [number, number] {
  const [min, max] = [view?.min, view?.max];
  if (isLog(axis, view)) {
    const from = min !== undefined && min > 0 ? min : 10 ** Math.floor(Math.log10(low));
    const to = max !== undefined && max > 0 ? max : 10 ** Math.ceil(Math.log10(high) + 1e-9);
    return to > from ? [from, to] : [from, from * 10];
  }
  const margin = axis.whole ? 0.5 : (high - low) * 0.03 || Math.abs(high) * 0.1 || 1;
  const whole = axis.whole ? 0.5 : 0;
  const from = min !== undefined ? min - whole : low - margin;
  const to = max !== undefined ? max + whole : high + margin;
  return to > from ? [from, to] : [from, from + 1];
}

function numbers(
  axis: NumberAxis,
  values: ArrayLike<number>,
  rows: Int32Array,
  from: number,
  to: number,
  words: Words,
  view: AxisView | undefined,
): Scale {
  const log = isLog(axis, view);
  const [low, high, some] = extent(values, rows, log);
  const bounded = view?.min !== undefined || view?.max !== undefined;
  // Who looks at a range does not look at what has no value, and a map has no place for it.
  const unknown = some && !bounded && !axis.sparse;
  const edge = from + (unknown ? (to - from) * UNKNOWN : 0);
  const domain = domainOf(axis, view, low, high);
  const range: [number, number] = axis.reversed ? [to, edge] : [edge, to];
  const line = lineOf(log, domain, range);
  const scale = (v: number) => line.at(v);
  const none = (from + edge) / 2;
  const step = axis.whole && !log ? Math.abs(scale(domain[0] + 1) - scale(domain[0])) : 0;
  const ticks: Tick[] = tickValues(axis, log, domain, bounded ? 1 : high - low).map((v) => ({
    at: scale(v),
    label: words.number(axis, v),
    width: 0,
    value: null,
  }));
  if (unknown) ticks.unshift({ at: none, label: log ? "0" : "?", width: 0, value: null });
  const steps = step > 0 ? Math.round(domain[1] - domain[0]) : 0;
  const place = placer(values, log, domain, range, unknown ? none : Number.NaN, steps);
  const valueAt = (pixel: number) => line.value(pixel);
  return {
    ticks,
    place,
    spread: step,
    cells: step > 0 ? steps + 1 : 0,
    from,
    to,
    valueAt,
    pixelAt: (value) => scale(value),
  };
}

/** Places of many rows without a call for each. `none` is where rows without a value stand. */
function placer(
  values: ArrayLike<number>,
  log: boolean,
  domain: readonly [number, number],
  range: readonly [number, number],
  none: number,
  steps: number,
): (rows: Int32Array) => Places {
  const [low, high] = log ? [Math.log(domain[0]), Math.log(domain[1])] : domain;
  const slope = (range[1] - range[0]) / (high - low);
  return (rows) => {
    const at = new Float32Array(rows.length);
    const cell = new Int32Array(steps > 0 ? rows.length : 0);
    for (let i = 0; i < rows.length; i++) {
      const value = values[rows[i]!]!;
      if (Number.isNaN(value) || (log && value <= 0)) {
        at[i] = none;
        if (steps > 0) cell[i] = steps;
        continue;
      }
      at[i] =
        value < domain[0] || value > domain[1]
          ? Number.NaN
          : range[0] + ((log ? Math.log(value) : value) - low) * slope;
      if (steps > 0) cell[i] = Math.round(value - domain[0] - 0.5);
    }
    return { at, cell };
  };
}

/** The straight line from values, or their logarithms, to pixels, and back. */
function lineOf(log: boolean, domain: readonly [number, number], range: readonly [number, number]) {
  const of = (v: number) => (log ? Math.log(v) : v);
  const slope = (range[1] - range[0]) / (of(domain[1]) - of(domain[0]));
  return {
    at: (v: number) => range[0] + (of(v) - of(domain[0])) * slope,
    value: (pixel: number) => {
      const v = of(domain[0]) + (pixel - range[0]) / slope;
      return log ? Math.exp(v) : v;
    },
  };
}

/** Multiples of 1, 2 or 5 times a power of ten, about as many as wanted; without the dust of adding them up. */
export function evenTicks(low: number, high: number, wanted: number): number[] {
  const raw = (high - low) / wanted;
  const power = Math.floor(Math.log10(raw));
  const lead = raw / 10 ** power;
  // Nearest in proportion: the borders are the geometric means of neighbours.
  const factor = lead < Math.SQRT2 ? 1 : lead < Math.sqrt(10) ? 2 : lead < Math.sqrt(50) ? 5 : 10;
  const step = factor * 10 ** power;
  const out: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    out.push(power < 0 ? Number((i * step).toFixed(-power)) : i * step);
  return out;
}

function tickValues(axis: NumberAxis, log: boolean, domain: readonly [number, number], span: number): number[] {
  if (log) {
    const out: number[] = [];
    for (let e = Math.ceil(Math.log10(domain[0]) - 1e-9); e <= Math.log10(domain[1]) + 1e-9; e++) out.push(10 ** e);
    // Less than a decade has no powers of ten to name.
    return out.length > 1 ? out : evenTicks(domain[0], domain[1], 4);
  }
  const ticks = evenTicks(domain[0], domain[1], 8);
  return axis.whole ? ticks.filter((v) => Number.isInteger(v)) : span === 0 ? ticks.slice(0, 1) : ticks;
}
