/** Bars: clonotypes stacked by class, the largest at the bottom, and what the file does not list on top of them. */
import { classesOf } from "./classes";
import { textWidth } from "./painter";
import type { BarClass, PlotInput, PlotLayout, Rest } from "./plot";
import { bottomOf, LABEL, NO_MARKS, tooTight } from "./plot";

/** Bars no wider than this: few classes make no blocks of the pane's width. */
const WIDEST = 56;

interface Heights {
  /** What a row adds to its bar. */
  readonly of: (row: number) => number;
  readonly sums: Float64Array;
  readonly clonotypes: Float64Array;
  readonly rest: Float64Array;
  readonly restClonotypes: Float64Array;
}

export function layoutBars(input: PlotInput): PlotLayout {
  const { rows, words, size } = input;
  const others = (input.unlisted ?? []).map((u) => u.value);
  const classes = classesOf(input.x, rows, input.table, words, others);
  const heights = heightsOf(input, classes);
  const { sums, rest } = heights;
  let highest = 1e-12;
  for (let c = 0; c < classes.count; c++) highest = Math.max(highest, sums[c]! + rest[c]!);
  const step = niceTick(highest, input.config.y === "count");
  const label = (v: number) => (input.config.y === "count" ? (words.count?.(v) ?? String(v)) : input.share(v));
  const values = Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => i * step);
  const left = 14 + Math.max(...values.map((v) => textWidth(label(v), LABEL)));
  const right = size.width - 12;
  const band = (right - left) / Math.max(1, classes.count);
  const centre = (c: number) => left + (c + 0.5) * band;
  const xTicks = classes.ticks.map((t) => ({
    at: centre(t.index),
    label: t.label,
    width: t.value === null ? 0 : band,
    value: t.value,
  }));
  const rotated = tooTight(xTicks);
  const area = { left, top: 12, right, bottom: size.height - bottomOf(rotated) };
  const scale = (area.bottom - area.top) / (highest * 1.04);
  const w = Math.min(WIDEST, Math.max(0.8, band * 0.8));
  const yTicks = values.map((v) => ({ at: area.bottom - v * scale, label: label(v), width: 0, value: null }));
  const marks = boxes(input, classes.of, heights, (c) => centre(c) - w / 2, area.bottom, scale);
  return {
    ...NO_MARKS,
    ...marks,
    kind: "boxes",
    area,
    rows,
    w,
    xTicks,
    yTicks,
    rotated,
    cells: [],
    diagonal: [],
    note: "",
    rest: restBoxes(heights, classes.labels, (c) => centre(c) - w / 2, w, area.bottom, scale),
    classes: summaries(heights, classes.labels),
    xScale: null,
    yScale: null,
  };
}

function heightsOf(input: PlotInput, classes: ReturnType<typeof classesOf>): Heights {
  const { rows, sizes, unlisted = [], per = 0 } = input;
  const counted = input.config.y === "count";
  const of = counted ? (row: number) => (sizes[row]! > 0 ? 1 : 0) : (row: number) => sizes[row]!;
  const [sums, clonotypes] = [new Float64Array(classes.count), new Float64Array(classes.count)];
  for (let i = 0; i < rows.length; i++) {
    const c = classes.of[i]!;
    if (c < 0) continue;
    sums[c]! += of(rows[i]!);
    clonotypes[c]!++;
  }
  const [rest, restClonotypes] = [new Float64Array(classes.count), new Float64Array(classes.count)];
  for (const each of unlisted) {
    const c = classes.ofValue(each.value);
    if (c < 0) continue;
    restClonotypes[c]! += each.clonotypes;
    rest[c]! += counted ? each.clonotypes : per > 0 ? each.reads / per : 0;
  }
  return { of, sums, clonotypes, rest, restClonotypes };
}

function boxes(
  input: PlotInput,
  of: Int32Array,
  heights: Heights,
  corner: (c: number) => number,
  bottom: number,
  scale: number,
): Pick<PlotLayout, "x" | "y" | "r"> {
  const { rows } = input;
  const filled = new Float64Array(heights.sums.length);
  const corners = Float64Array.from(filled, (_, c) => corner(c));
  const [x, y, r] = [new Float32Array(rows.length), new Float32Array(rows.length), new Float32Array(rows.length)];
  for (let i = 0; i < rows.length; i++) {
    const c = of[i]!;
    const h = c < 0 ? 0 : heights.of(rows[i]!);
    if (h <= 0) continue;
    filled[c]! += h;
    x[i] = corners[c]!;
    y[i] = bottom - filled[c]! * scale;
    r[i] = h * scale;
  }
  return { x, y, r };
}

function restBoxes(
  { sums, rest, restClonotypes }: Heights,
  labels: readonly string[],
  corner: (c: number) => number,
  w: number,
  bottom: number,
  scale: number,
): Rest[] {
  const out: Rest[] = [];
  rest.forEach((size, c) => {
    if (size <= 0) return;
    const y = bottom - (sums[c]! + size) * scale;
    out.push({ x: corner(c), y, w, h: size * scale, label: labels[c]!, clonotypes: restClonotypes[c]!, size });
  });
  return out;
}

const summaries = ({ sums, clonotypes, rest, restClonotypes }: Heights, labels: readonly string[]): BarClass[] =>
  labels.map((label, c) => ({ label, clonotypes: clonotypes[c]! + restClonotypes[c]!, size: sums[c]! + rest[c]! }));

function niceTick(highest: number, whole: boolean): number {
  const power = 10 ** Math.floor(Math.log10(highest / 4));
  const raw = highest / 4 / power;
  const nice = power * (raw > 5 ? 10 : raw > 2 ? 5 : raw > 1 ? 2 : 1);
  return whole ? Math.max(1, Math.round(nice)) : nice;
}
