/** Labels of samples below the time graph: none covers another, whatever their number. */
import type { SampleIndex } from "../core/table";
import type { GraphSample } from "./graph";
import { textWidth } from "./painter";

export interface SampleLabel {
  readonly sample: SampleIndex;
  readonly x: number;
  readonly text: string;
  /** A second line, "" when there is no room. */
  readonly below: string;
  readonly turned: boolean;
  readonly warn: boolean;
}

const SIZE = 11;
const SMALL = 10;
/** Room between labels, pixels. */
const GAP = 8;
/** Intervals from this width on have room for a shortened label. */
const SHORTENED = 48;
/** Distance of turned labels, pixels. */
const TURNED = 14;
/** Room below the axis that turned labels may take. */
const TURNED_HEIGHT = 58;
const FLAT_HEIGHT = 38;

const narrowest = (x: readonly number[]): number =>
  x.slice(1).reduce((least, v, i) => Math.min(least, v - x[i]!), Number.POSITIVE_INFINITY);

const width = (s: GraphSample): number => Math.max(textWidth(s.label, SIZE), textWidth(s.below, SMALL));

const isTurned = (samples: readonly GraphSample[], x: readonly number[]): boolean => {
  const room = narrowest(x) - GAP;
  return room < SHORTENED && samples.some((s) => width(s) > room);
};

/** Pixels that labels take below the axis. */
export const bottomMargin = (samples: readonly GraphSample[], x: readonly number[]): number =>
  isTurned(samples, x) ? TURNED_HEIGHT : FLAT_HEIGHT;

/** A text that fits into a width, with an ellipsis when it was cut. */
export function fitted(text: string, room: number, size: number): string {
  if (textWidth(text, size) <= room) return text;
  const letters = Math.floor(room / textWidth("x", size)) - 1;
  return letters < 1 ? "" : `${text.slice(0, letters)}…`;
}

/** The current sample is always named; others where there is room beside those that are. */
export function layLabels(
  samples: readonly GraphSample[],
  x: readonly number[],
  current: SampleIndex,
  paneWidth: number,
): SampleLabel[] {
  const turned = isTurned(samples, x);
  const room = turned ? TURNED_HEIGHT * 1.15 : Math.max(SHORTENED, narrowest(x) - GAP);
  const taken: (readonly [number, number])[] = [];
  const order = samples
    .map((_, i) => i)
    .sort((a, b) => Number(samples[b]!.sample === current) - Number(samples[a]!.sample === current) || a - b);
  const out: SampleLabel[] = [];
  for (const i of order) {
    const s = samples[i]!;
    const text = fitted(s.label, room, SIZE);
    const below = turned ? "" : fitted(s.below, room, SMALL);
    const half = turned ? TURNED / 2 : Math.max(textWidth(text, SIZE), textWidth(below, SMALL)) / 2 + GAP / 2;
    const at = turned ? x[i]! : Math.min(Math.max(x[i]!, half), paneWidth - half);
    if (taken.some(([from, to]) => at + half > from && at - half < to)) continue;
    taken.push([at - half, at + half]);
    out.push({ sample: s.sample, x: at, text, below, turned, warn: s.warn });
  }
  return out.sort((a, b) => a.x - b.x);
}
