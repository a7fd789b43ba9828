/** Positions along an axis: classes in bands, numbers on a linear or logarithmic scale, and a place for what is unknown. */
import { scaleLinear, scaleLog } from "d3-scale";
import type { Axis, CategoryAxis, NumberAxis } from "../core/axes/axis";
import { classOrder } from "../core/axes/registry";
import type { Dictionary, Row, Table } from "../core/table";

export interface Tick {
  readonly at: number;
  readonly label: string;
  /** Band of a class; 0 for a number. */
  readonly width: number;
  /** The class's value, to select it by its label; null for a number. */
  readonly value: string | null;
}

export interface Scale {
  readonly ticks: readonly Tick[];
  /** Centre of a row's place. */
  at(row: Row): number;
  /** Width of the place that a row may spread over; 0 for an exact position. */
  readonly spread: number;
  readonly from: number;
  readonly to: number;
}

export interface Words {
  /** The class of rows without a value. */
  readonly none: string;
  /** What a plot says when it has no marks. */
  readonly empty: string;
  number(axis: NumberAxis, value: number): string;
  value(axis: CategoryAxis, value: string): string;
}

/** Values below this many are classes of their own, also on a number axis: lengths of 3, 4, 5 nucleotides. */
const MOST_STEPS = 60;

/** `from` and `to` are pixels; `to` may lie before `from`, as on a vertical axis. */
export function scaleOf(
  axis: Axis,
  values: Dictionary | ArrayLike<number>,
  rows: Int32Array,
  table: Table,
  from: number,
  to: number,
  words: Words,
): Scale {
  return axis.kind === "category"
    ? bands(axis, values as Dictionary, rows, table, from, to, words)
    : numbers(axis, values as ArrayLike<number>, rows, from, to, words);
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
  const present = new Uint8Array(dictionary.values.length);
  for (const row of rows) present[dictionary.codes[row]!] = 1;
  const classes = classOrder(axis, dictionary, table).filter((code) => present[code] === 1);
  const width = (to - from) / Math.max(1, classes.length);
  const common = locusPrefix(
    axis,
    classes.map((code) => dictionary.values[code]!),
  );
  const place = new Float64Array(dictionary.values.length);
  const ticks = classes.map((code, i) => {
    place[code] = from + (i + 0.5) * width;
    const value = dictionary.values[code]!;
    const label = value === "" ? words.none : words.value(axis, value).slice(common);
    return { at: place[code]!, label, width: Math.abs(width), value };
  });
  return { ticks, at: (row) => place[dictionary.codes[row]!]!, spread: Math.abs(width), from, to };
}

/** Genes of one locus need not repeat it: letters of the locus that all labels begin with. */
function locusPrefix(axis: CategoryAxis, values: readonly string[]): number {
  if (!/_(gene|allele)$/.test(axis.id)) return 0;
  const loci = new Set(values.filter((v) => v !== "").map((v) => v.slice(0, 3)));
  return loci.size === 1 && /^(IG|TR)/.test([...loci][0]!) ? 3 : 0;
}

/** Share of the axis that rows without a value get, when there are any. */
const UNKNOWN = 0.06;

function numbers(
  axis: NumberAxis,
  values: ArrayLike<number>,
  rows: Int32Array,
  from: number,
  to: number,
  words: Words,
): Scale {
  const log = axis.scale === "log";
  let [low, high, unknown] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false];
  for (const row of rows) {
    const v = values[row]!;
    if (Number.isNaN(v) || (log && v <= 0)) unknown = true;
    else [low, high] = [Math.min(low, v), Math.max(high, v)];
  }
  if (low > high) [low, high] = log ? [1e-6, 1] : [0, 1];
  const edge = from + (unknown ? (to - from) * UNKNOWN : 0);
  const domain: [number, number] = log
    ? [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high) + 1e-9)]
    : axis.whole
      ? [low - 0.5, high + 0.5]
      : pad(low, high);
  const range: [number, number] = axis.reversed ? [to, edge] : [edge, to];
  const place = log ? scaleLog(domain, range) : scaleLinear(domain, range);
  const none = (from + edge) / 2;
  const step = axis.whole && !log ? Math.abs(place(low + 1) - place(low)) : 0;
  const ticks: Tick[] = tickValues(axis, place, domain, high - low).map((v) => ({
    at: place(v),
    label: words.number(axis, v),
    width: 0,
    value: null,
  }));
  if (unknown) ticks.unshift({ at: none, label: log ? "0" : "?", width: 0, value: null });
  const at = (row: Row): number => {
    const v = values[row]!;
    return Number.isNaN(v) || (log && v <= 0) ? none : place(v);
  };
  return { ticks, at, spread: step, from, to };
}

const pad = (low: number, high: number): [number, number] => {
  const by = (high - low) * 0.03 || Math.abs(high) * 0.1 || 1;
  return [low - by, high + by];
};

function tickValues(
  axis: NumberAxis,
  place: { ticks(count: number): number[] },
  domain: readonly number[],
  extent: number,
): number[] {
  if (axis.scale === "log") {
    const out: number[] = [];
    for (let e = Math.round(Math.log10(domain[0]!)); e <= Math.round(Math.log10(domain[1]!)); e++) out.push(10 ** e);
    return out;
  }
  const ticks = place.ticks(8);
  return axis.whole ? ticks.filter((v) => Number.isInteger(v)) : extent === 0 ? ticks.slice(0, 1) : ticks;
}

/** Classes of a bar plot: of a category, of each whole number, or of equal intervals of a number. */
export interface Classes {
  /** Class by row; -1 is not drawn. */
  of(row: Row): number;
  readonly count: number;
  readonly ticks: readonly { readonly index: number; readonly label: string; readonly value: string | null }[];
}

export function classesOf(
  axis: Axis,
  values: Dictionary | ArrayLike<number>,
  rows: Int32Array,
  table: Table,
  words: Words,
): Classes {
  if (axis.kind === "category") {
    const d = values as Dictionary;
    const present = new Uint8Array(d.values.length);
    for (const row of rows) present[d.codes[row]!] = 1;
    const order = classOrder(axis, d, table).filter((code) => present[code] === 1);
    const place = new Int32Array(d.values.length).fill(-1);
    order.forEach((code, i) => {
      place[code] = i;
    });
    const common = locusPrefix(
      axis,
      order.map((code) => d.values[code]!),
    );
    const label = (value: string) => (value === "" ? words.none : words.value(axis, value).slice(common));
    const ticks = order.map((code, index) => ({ index, label: label(d.values[code]!), value: d.values[code]! }));
    return { of: (row) => place[d.codes[row]!]!, count: order.length, ticks };
  }
  return steps(axis, values as ArrayLike<number>, rows, words);
}

function steps(axis: NumberAxis, values: ArrayLike<number>, rows: Int32Array, words: Words): Classes {
  const log = axis.scale === "log";
  const of = (v: number) => (log ? Math.log10(v) : v);
  let [low, high, unknown] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const row of rows) {
    const v = of(values[row]!);
    if (!Number.isFinite(v)) unknown = 1;
    else [low, high] = [Math.min(low, v), Math.max(high, v)];
  }
  if (low > high) return { of: () => 0, count: 1, ticks: [{ index: 0, label: "?", value: null }] };
  const whole = axis.whole && !log;
  const width = whole ? wholeStep(high - low + 1) : log ? 0.25 : niceStep(high - low);
  const first = Math.floor(low / width);
  const count = Math.floor(high / width) - first + 1 + unknown;
  const every = Math.max(1, Math.ceil((count * 1.0) / 12));
  const bound = (i: number) => (log ? 10 ** ((first + i - unknown) * width) : (first + i - unknown) * width);
  const ticks = Array.from({ length: count }, (_, index) => index)
    .filter((i) => i >= unknown && (Math.round((first + i - unknown) * (log ? 1 : 1)) % every === 0 || count <= 12))
    .map((index) => ({ index, label: words.number(axis, bound(index)), value: null }));
  if (unknown) ticks.unshift({ index: 0, label: log ? "0" : "?", value: null });
  return {
    of: (row) => {
      const v = of(values[row]!);
      return Number.isFinite(v) ? Math.floor(v / width) - first + unknown : 0;
    },
    count,
    ticks,
  };
}

const wholeStep = (extent: number): number => (extent <= MOST_STEPS * 3 ? 1 : Math.ceil(extent / (MOST_STEPS * 3)));

function niceStep(extent: number): number {
  const raw = (extent || 1) / 40;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * (raw / power > 5 ? 10 : raw / power > 2 ? 5 : raw / power > 1 ? 2 : 1);
}
