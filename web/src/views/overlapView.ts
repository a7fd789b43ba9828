/** The overlap of the samples of a workspace. */
import { signal } from "@preact/signals-core";
import type { Index } from "../core/axes/presets";
import { INDEXES } from "../core/axes/presets";
import { plain } from "../core/format";
import { overlapsOf } from "../core/overlap";
import type { SampleIndex } from "../core/table";
import type { Workspace } from "../core/workspace";
import type { Messages } from "../i18n/en";
import type { OverlapCell, OverlapLayout } from "./overlap";
import { cellAt, layoutOverlap, paintOverlapAxes, paintOverlapCells, paintOverlapFrames } from "./overlap";
import { paintEmpty } from "./plotPaint";
import type { View } from "./view";

const nameOf = (ws: Workspace, sample: SampleIndex): string =>
  ws.doc.value.sampleNames.get(sample) ?? ws.table.samples[sample]!.name;

/** One matrix by index; the shared clonotypes of a file that does not count them are those that are listed. */
function matrix(ws: Workspace, index: Index): readonly (readonly number[])[] {
  const all = overlapsOf(ws.table);
  return index === "shared" ? (all.shared ?? []) : all[index];
}

export function overlapView(ws: Workspace, pane: number, m: () => Messages): View<OverlapLayout> {
  const pointed = signal<OverlapCell | null>(null);
  const index = (): Index => INDEXES.find((known) => known === ws.plots.value[pane]!.x) ?? "morisita";
  const format = (value: number): string =>
    Number.isNaN(value) ? "–" : plain(value, m().locale, index() === "shared" ? 3 : 2);
  const tell = (layout: OverlapLayout, cell: OverlapCell): string => {
    const shared = overlapsOf(ws.table).shared?.[layout.samples[cell.row]!]?.[layout.samples[cell.column]!];
    const more = shared === undefined || index() === "shared" ? "" : m().plots.overlapShared(shared);
    const value = index() === "shared" ? m().clonotypes(cell.value) : format(cell.value);
    return m().plots.overlapCell(layout.names[cell.row]!, layout.names[cell.column]!, value, more);
  };
  const choose = (layout: OverlapLayout, cell: OverlapCell): void => {
    ws.setSample(layout.samples[cell.row]!);
    if (cell.row !== cell.column) ws.other.value = layout.samples[cell.column]!;
    ws.select(sharedRows(ws, layout.samples[cell.row]!, layout.samples[cell.column]!));
  };
  return {
    layout: (size) => {
      const samples = ws.shown.value;
      const complete = overlapsOf(ws.table).complete;
      return layoutOverlap({
        samples,
        names: samples.map((s) => nameOf(ws, s)),
        index: index(),
        values: matrix(ws, index()),
        current: ws.sample.value,
        other: ws.other.value,
        size,
        format,
        caption: `${m().plots.index[index()]}, ${complete ? m().plots.overlapAll : m().plots.overlapListed}`,
      });
    },
    paintAxes: (p, layout, theme) => {
      if (layout.samples.length > 1) paintOverlapAxes(p, layout, theme);
      else paintEmpty(p, layout.area, theme, m().plots.overlapOne);
    },
    paintMarks: (p, layout, theme) => {
      if (layout.samples.length > 1) paintOverlapCells(p, layout, theme);
    },
    paintOverlay: (p, layout, theme) => paintOverlapFrames(p, layout, theme, pointed.value),
    unfaded: true,
    pick: () => null,
    within: () => [],
    clickAt: (layout, x, y) => {
      const cell = cellAt(layout, x, y);
      if (cell) choose(layout, cell);
      return cell !== null;
    },
    next: () => undefined,
    tell: (layout, x, y) => {
      pointed.value = cellAt(layout, x, y);
      return pointed.value ? tell(layout, pointed.value) : null;
    },
    key: (layout, press) => {
      const cell = stepped(layout, pointed.peek(), press.key);
      if (press.key === "Enter" || press.key === " ") {
        const at = pointed.peek();
        if (!at) return null;
        choose(layout, at);
        return tell(layout, at);
      }
      if (!cell) return null;
      pointed.value = cell;
      return tell(layout, cell);
    },
    leave: () => {
      pointed.value = null;
    },
    table: (layout) => ({
      head: [m().plots.column.sample!, m().plots.column.other!, m().plots.index[index()]!],
      rows: layout.cells
        .filter((c) => c.column > c.row)
        .map((c) => [layout.names[c.row]!, layout.names[c.column]!, c.value]),
    }),
  };
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** The cell that an arrow key goes to, null for another key; from none the pair that is compared. */
function stepped(layout: OverlapLayout, from: OverlapCell | null, key: string): OverlapCell | null {
  const step = STEPS[key];
  const n = layout.samples.length;
  if (!step || n < 2) return null;
  const at = from ?? layout.cells[Math.max(0, layout.current) * n + Math.max(0, layout.other)]!;
  if (!from) return at;
  const [row, column] = [at.row + step[0], at.column + step[1]];
  return row >= 0 && column >= 0 && row < n && column < n ? layout.cells[row * n + column]! : at;
}

/** Clonotypes on display with reads in both samples. */
function sharedRows(ws: Workspace, a: SampleIndex, b: SampleIndex): number[] {
  const { reads } = ws.clusters.peek();
  const [x, y] = [reads.sample(a), reads.sample(b)];
  return Array.from(ws.order.peek()).filter((row) => x[row]! > 0 && y[row]! > 0);
}
