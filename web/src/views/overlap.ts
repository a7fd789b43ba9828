/** How much samples have in common, each with each: a heat map with its numbers where there is room. */
import type { Index } from "../core/axes/presets";
import type { SampleIndex } from "../core/table";
import { fitted } from "./graphLabels";
import { HEAT_LEVELS, heatColor } from "./heat";
import type { Painter } from "./painter";
import { textWidth } from "./painter";
import type { Area, Size } from "./plot";
import type { Theme } from "./theme";

export interface OverlapInput {
  readonly samples: readonly SampleIndex[];
  readonly names: readonly string[];
  readonly index: Index;
  /** By sample of the table. */
  readonly values: readonly (readonly number[])[];
  readonly current: SampleIndex;
  readonly other: SampleIndex;
  readonly size: Size;
  readonly format: (value: number) => string;
  readonly caption: string;
}

export interface OverlapCell {
  readonly row: number;
  readonly column: number;
  readonly value: number;
  /** 0 to HEAT_LEVELS; -1 of a sample with itself. */
  readonly level: number;
  readonly text: string;
}

export interface OverlapLayout {
  readonly area: Area;
  readonly side: number;
  readonly samples: readonly SampleIndex[];
  readonly names: readonly string[];
  readonly cells: readonly OverlapCell[];
  readonly turned: boolean;
  readonly caption: string;
  readonly current: number;
  readonly other: number;
}

const LABEL = 10.5;
const LONGEST_LABEL = 130;
/** Room below the map for labels that are not turned. */
const FLAT = 22;
/** Cells from this side on have room for their number. */
const NUMBERED = 30;

export function layoutOverlap(input: OverlapInput): OverlapLayout {
  const { samples, names, size, values } = input;
  const n = Math.max(1, samples.length);
  const widest = Math.min(LONGEST_LABEL, Math.max(0, ...names.map((name) => textWidth(name, LABEL))));
  const left = Math.min(size.width * 0.3, widest + 14);
  const room = (size.width - left - 14) / n;
  const top = 24;
  const sideFor = (below: number) => Math.max(2, Math.min(room, (size.height - top - below - 4) / n));
  const turned = names.some((name) => textWidth(name, LABEL) > sideFor(FLAT) - 6);
  const side = sideFor(turned ? Math.min(size.height * 0.3, widest * 0.75 + 16) : FLAT);
  const area = { left, top, right: left + side * n, bottom: top + side * n };
  const level = levels(input);
  const cells = samples.flatMap((a, row) =>
    samples.map((b, column) => {
      const value = values[a]?.[b] ?? Number.NaN;
      const text = side >= NUMBERED && (row !== column || input.index === "shared") ? input.format(value) : "";
      const fits = textWidth(text, LABEL) < side - 4;
      return { row, column, value, level: row === column ? -1 : level(value), text: fits ? text : "" };
    }),
  );
  return {
    area,
    side,
    samples,
    names,
    cells,
    turned,
    caption: input.caption,
    current: samples.indexOf(input.current),
    other: samples.indexOf(input.other),
  };
}

/**
 * Indexes from 0 to 1 by their square root: most pairs of repertoires have little in common, and that little is what one
 * looks for. Numbers of clonotypes relative to the most that any two share.
 */
function levels({ index, samples, values }: OverlapInput): (value: number) => number {
  let most = 1;
  if (index === "shared")
    for (const a of samples) for (const b of samples) if (a !== b) most = Math.max(most, values[a]?.[b] ?? 0);
  return (value) => (value > 0 ? Math.max(1, Math.ceil(Math.sqrt(Math.min(1, value / most)) * HEAT_LEVELS)) : 0);
}

export function paintOverlapAxes(p: Painter, g: OverlapLayout, theme: Theme): void {
  const { area, side } = g;
  p.text(area.left, 11, g.caption, { size: 11, fill: theme.secondary });
  let [lowest, free] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  g.names.forEach((name, i) => {
    const style = (at: number) => ({
      size: LABEL,
      fill: at === i ? theme.accent : theme.secondary,
      weight: at === i ? (600 as const) : (400 as const),
    });
    const [x, y] = [area.left + (i + 0.5) * side, area.top + (i + 0.5) * side];
    if (y >= lowest) {
      p.text(area.left - 8, y, fitted(name, area.left - 12, LABEL), { ...style(g.current), align: "right" });
      lowest = y + LABEL + 2;
    }
    if (x < free) return;
    if (g.turned) {
      p.text(x + 3, area.bottom + 9, fitted(name, LONGEST_LABEL, LABEL), {
        ...style(g.other),
        align: "right",
        rotate: -48,
      });
      free = x + LABEL * 1.4;
    } else {
      p.text(x, area.bottom + 12, name, { ...style(g.other), align: "center" });
      free = x + textWidth(name, LABEL) / 2;
    }
  });
}

export function paintOverlapCells(p: Painter, g: OverlapLayout, theme: Theme): void {
  const gap = g.side > 12 ? 1 : 0;
  for (const cell of g.cells) {
    const [x, y] = [g.area.left + cell.column * g.side, g.area.top + cell.row * g.side];
    const own = cell.level < 0;
    const fill = own ? theme.canvas : heatColor(cell.level, theme.scheme);
    p.rect(x + gap, y + gap, g.side - 2 * gap, g.side - 2 * gap, fill);
    if (cell.text === "") continue;
    // Beyond the middle the ground is dark in the light theme and light in the dark one.
    const strong = cell.level > HEAT_LEVELS / 2;
    const ink = own ? theme.secondary : strong ? theme.panel : theme.text;
    p.text(x + g.side / 2, y + g.side / 2, cell.text, { size: LABEL, fill: ink, align: "center" });
  }
}

/** A frame round the pair that is compared, and one round what is pointed at. */
export function paintOverlapFrames(p: Painter, g: OverlapLayout, theme: Theme, pointed: OverlapCell | null): void {
  const frame = (row: number, column: number, width: number) =>
    p.frame(g.area.left + column * g.side + 0.5, g.area.top + row * g.side + 0.5, g.side - 1, g.side - 1, {
      stroke: width > 2 ? theme.text : theme.accent,
      width,
    });
  if (g.current >= 0 && g.other >= 0 && g.current !== g.other) frame(g.current, g.other, 2);
  if (pointed) frame(pointed.row, pointed.column, 2.5);
}

export function cellAt(g: OverlapLayout, x: number, y: number): OverlapCell | null {
  const [column, row] = [Math.floor((x - g.area.left) / g.side), Math.floor((y - g.area.top) / g.side)];
  const n = g.samples.length;
  return column >= 0 && row >= 0 && column < n && row < n ? g.cells[row * n + column]! : null;
}
