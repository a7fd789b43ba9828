/** Classes of a bar plot: of a category, of each whole number, or of equal intervals of a number. */
import type { NumberAxis } from "../core/axes/axis";
import type { AxisView } from "../core/axes/presets";
import type { Dictionary, Table } from "../core/table";
import type { AxisInput, Words } from "./scale";
import { classesPresent, classLabels, isLog } from "./scale";

export interface Classes {
  /** Class of each row that was given; -1 is outside of what is looked at. */
  readonly of: Int32Array;
  readonly count: number;
  readonly ticks: readonly { readonly index: number; readonly label: string; readonly value: string | null }[];
  /** What each class is called, in full. */
  readonly labels: readonly string[];
  /** The class of a value, as text or number; -1 when there is none. */
  ofValue(value: string | number): number;
}

/** Further values that have a class although no row has them, as those of clonotypes that are not rows. */
export type Others = readonly (string | number)[];

export function classesOf(
  input: AxisInput,
  rows: Int32Array,
  table: Table,
  words: Words,
  others: Others = [],
): Classes {
  return input.axis.kind === "category"
    ? categories(input, rows, table, words, others)
    : steps(input.axis, input.values as ArrayLike<number>, rows, words, input.view, others);
}

function categories(input: AxisInput, rows: Int32Array, table: Table, words: Words, others: Others): Classes {
  if (input.axis.kind !== "category") throw new TypeError("no category");
  const dictionary = withValues(input.values as Dictionary, others);
  const present = classesPresent(input.axis, dictionary, rows, table);
  const wanted = new Set(others.map(String));
  // Classes that only others have stand where they belong.
  const all = present.concat(
    dictionary.values
      .map((_, code) => code)
      .filter((code) => wanted.has(dictionary.values[code]!) && !present.includes(code)),
  );
  const ordered = wanted.size === 0 ? present : reordered(input.axis, dictionary, all, table);
  if (input.view?.inverted) ordered.reverse();
  const place = new Int32Array(dictionary.values.length).fill(-1);
  ordered.forEach((code, i) => {
    place[code] = i;
  });
  const values = ordered.map((code) => dictionary.values[code]!);
  const labels = classLabels(input.axis, values, words);
  const of = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) of[i] = place[dictionary.codes[rows[i]!]!]!;
  const index = new Map(values.map((value, i) => [value, i]));
  return {
    of,
    count: ordered.length,
    ticks: values.map((value, i) => ({ index: i, label: labels[i]!, value })),
    labels,
    ofValue: (value) => index.get(String(value)) ?? -1,
  };
}

function withValues(dictionary: Dictionary, others: Others): Dictionary {
  const known = new Set(dictionary.values);
  const more = [...new Set(others.map(String))].filter((value) => !known.has(value));
  return more.length === 0 ? dictionary : { codes: dictionary.codes, values: [...dictionary.values, ...more] };
}

function reordered(
  axis: AxisInput["axis"] & { kind: "category" },
  dictionary: Dictionary,
  codes: readonly number[],
  table: Table,
): number[] {
  const one = Int32Array.from(codes, (_, i) => i);
  return classesPresent(axis, { codes: Int32Array.from(codes), values: dictionary.values }, one, table);
}

/** Steps of a class on a logarithmic axis, decades. */
const LOG_STEP = 0.25;
/** Lengths are classes of their own up to this many; then several share one. */
const MOST_WHOLE = 180;

function steps(
  axis: NumberAxis,
  values: ArrayLike<number>,
  rows: Int32Array,
  words: Words,
  view: AxisView | undefined,
  others: Others,
): Classes {
  const log = isLog(axis, view);
  const of = (v: number) => (log ? Math.log10(v) : v);
  const [min, max] = [of(view?.min ?? Number.NaN), of(view?.max ?? Number.NaN)];
  const bounded = Number.isFinite(min) || Number.isFinite(max);
  const outside = (v: number) => v < min || v > max;
  let [low, high, unknown] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  const see = (v: number) => {
    if (!Number.isFinite(v)) unknown = bounded ? 0 : 1;
    else if (!outside(v)) [low, high] = [Math.min(low, v), Math.max(high, v)];
  };
  for (let i = 0; i < rows.length; i++) see(of(values[rows[i]!]!));
  for (const value of others) see(of(Number(value)));
  const lost = low > high;
  if (lost) [low, high, unknown] = [0, 0, bounded ? 0 : 1];
  const width = axis.whole && !log ? Math.ceil((high - low + 1) / MOST_WHOLE) : log ? LOG_STEP : niceStep(high - low);
  const first = Math.floor(low / width);
  const count = lost ? 1 : Math.floor(high / width) - first + 1 + unknown;
  const flip = (c: number) => (c >= 0 && view?.inverted ? count - 1 - c : c);
  const classOf = (v: number): number => {
    if (!Number.isFinite(v) || lost) return bounded ? -1 : flip(0);
    return outside(v) ? -1 : flip(Math.floor(v / width) - first + unknown);
  };
  const out = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = classOf(of(values[rows[i]!]!));
  const bound = (i: number) => (log ? 10 ** ((first + i - unknown) * width) : (first + i - unknown) * width);
  const name = (c: number): string => {
    const i = flip(c);
    if ((unknown && i === 0) || lost) return log ? "0" : "?";
    return words.number(axis, bound(i));
  };
  return {
    of: out,
    count,
    ticks: stepTicks(count, unknown, first, flip, name, lost),
    labels: Array.from({ length: count }, (_, i) => name(i)),
    ofValue: (value) => classOf(of(Number(value))),
  };
}

function stepTicks(
  count: number,
  unknown: number,
  first: number,
  flip: (c: number) => number,
  name: (c: number) => string,
  lost: boolean,
): Classes["ticks"] {
  const every = Math.max(1, niceWhole(count / 12));
  const named = (i: number) => i < unknown || lost || count <= 12 || (first + i - unknown) % every === 0;
  return Array.from({ length: count }, (_, c) => c)
    .filter((c) => named(flip(c)))
    .map((index) => ({ index, label: name(index), value: null }));
}

function niceWhole(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, raw)));
  const lead = raw / power;
  return power * (lead > 5 ? 10 : lead > 2 ? 5 : lead > 1 ? 2 : 1);
}

function niceStep(extent: number): number {
  const raw = (extent || 1) / 40;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * (raw / power > 5 ? 10 : raw / power > 2 ? 5 : raw / power > 1 ? 2 : 1);
}
