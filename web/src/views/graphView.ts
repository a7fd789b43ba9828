/** The time graph of a workspace: which clonotypes get a curve, and what its samples are called. */
import { computed, signal } from "@preact/signals-core";
import { has } from "../core/bits";
import { plain, tickShare } from "../core/format";
import { nameOf } from "../core/name";
import { denominatorOf, QUANTIFIABLE, sizeOf } from "../core/size";
import type { Row, SampleIndex } from "../core/table";
import { FEW_ANALYSED } from "../core/warnings";
import type { Workspace } from "../core/workspace";
import type { Messages } from "../i18n/en";
import type { GraphInput, GraphLayout, GraphSample, GraphSeries } from "./graph";
import { layoutGraph } from "./graph";
import type { Moving } from "./graphPaint";
import { paintGraphAxes, paintGraphMarks, paintGraphOverlay, paintMoving } from "./graphPaint";
import { nearest, nextInGraph, pickGraph, sampleAt, withinGraph } from "./graphPick";
import { hideSample, moveSample } from "./samples";
import { steady } from "./steady";
import type { Grab, View } from "./view";

/** Ranks that get a curve without being asked for. Tagged and selected clonotypes always have one. */
const TOP_CURVES = 20;
/** More selected curves than this say nothing. */
const MOST_CURVES = 200;
/** Curves that are named at their end. */
const MOST_NAMES = 14;
const USUAL_NAMES = 6;
const DAY = 86_400_000;

/** Tagged and selected rows, and those of the best ranks. */
function split(ws: Workspace): { readonly plain: Row[]; readonly marked: Row[] } {
  const { top } = ws.table;
  const { tags, colors } = ws.doc.value;
  const selection = ws.settled.value;
  const few = selection.count > 0 && selection.count <= MOST_CURVES;
  const plain: Row[] = [];
  const marked: Row[] = [];
  const order = ws.order.value;
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    if ((tags.size > 0 && tags.has(row)) || (colors.size > 0 && colors.has(row)) || (few && has(selection, row)))
      marked.push(row);
    else if (top[row]! > 0 && top[row]! <= TOP_CURVES) plain.push(row);
  }
  return { plain, marked };
}

/** In the order of drawing, the most important last. */
export const curveRows = (ws: Workspace): readonly Row[] => drawn(ws, split(ws));

function drawn(ws: Workspace, { plain, marked }: ReturnType<typeof split>): readonly Row[] {
  // Bands keep their place whatever is selected and whichever sample is current: by rank, as rows are.
  if (ws.graphMode.value === "stacked") return [...plain, ...marked].sort((a, b) => b - a);
  return [...plain.toReversed(), ...marked.toReversed()];
}

/**
 * Curves that are named at their end: marked ones, and the best ranks beside few of them. There are always some, so that
 * the graph does not jump aside when something is selected.
 */
function namedRows(ws: Workspace, { plain, marked }: ReturnType<typeof split>): readonly Row[] {
  const { top } = ws.table;
  const more = marked.length < USUAL_NAMES ? plain.toSorted((a, b) => top[a]! - top[b]! || a - b) : [];
  return [...marked.slice(0, MOST_NAMES), ...more.slice(0, USUAL_NAMES - Math.min(marked.length, USUAL_NAMES))];
}

const dateOf = (ws: Workspace, sample: SampleIndex): number => Date.parse(ws.table.samples[sample]!.date);

/** The samples of the graph: as people ordered them, or by their days when those say where they stand. */
function inOrder(ws: Workspace): readonly SampleIndex[] {
  const shown = ws.shown.value;
  if (ws.graphLook.value.spacing !== "days" || shown.some((s) => Number.isNaN(dateOf(ws, s)))) return shown;
  return shown.toSorted((a, b) => dateOf(ws, a) - dateOf(ws, b));
}

function graphSamples(ws: Workspace, m: Messages): readonly GraphSample[] {
  const doc = ws.doc.value;
  const order = inOrder(ws);
  const of = ws.denominator.value;
  return order.map((sample) => {
    const s = ws.table.samples[sample]!;
    const day = (dateOf(ws, sample) - dateOf(ws, order[0]!)) / DAY;
    // Of the system or the locus: another denominator for each curve, hence no common line.
    const by =
      of.kind === "system" || of.kind === "group" || doc.standard ? 0 : denominatorOf(ws.table, of, sample, "");
    return {
      sample,
      day,
      label: doc.sampleNames.get(sample) ?? s.name,
      below: Number.isFinite(day) ? (day === 0 ? s.date : m.graph.day(Math.round(day))) : "",
      quantifiable: by > 0 ? QUANTIFIABLE / by : 0,
      warn: s.total > 0 && s.analysed / s.total < FEW_ANALYSED,
    };
  });
}

function seriesOf(ws: Workspace, samples: readonly GraphSample[]): readonly GraphSeries[] {
  const wanted = ws.graphLook.value.series;
  return (ws.table.series ?? [])
    .filter((s) => wanted.includes(s.name))
    .map((s) => ({ name: s.name, values: samples.map(({ sample }) => s.values[sample] ?? Number.NaN) }));
}

export function graphView(ws: Workspace, m: () => Messages): View<GraphLayout> {
  const parts = computed(() => split(ws));
  const rows = steady(
    () => drawn(ws, parts.value),
    (a, b) => a.length === b.length && a.every((row, i) => row === b[i]),
  );
  const marked = steady(
    () => namedRows(ws, parts.value),
    (a, b) => a.length === b.length && a.every((row, i) => row === b[i]),
  );
  const moving = signal<Moving | null>(null);
  const input = (size: GraphInput["size"]): GraphInput => {
    const samples = graphSamples(ws, m());
    return {
      samples,
      rows: rows.value,
      sizeOf: (row, sample) =>
        sizeOf(ws.table, ws.clusters.value.reads, ws.denominator.value, ws.doc.value.standard, row, sample),
      mode: ws.graphMode.value,
      look: ws.graphLook.value,
      series: seriesOf(ws, samples),
      named: new Map(marked.value.map((row) => [row, nameOf(ws.table, ws.doc.value, row)])),
      size,
      current: ws.sample.value,
      share: (v) => tickShare(v, m().locale, ws.notation.value),
      number: (v) => plain(v, m().locale),
      words: m().graph,
    };
  };
  return {
    layout: (size) => layoutGraph(input(size)),
    paintAxes: (p, layout, theme) => paintGraphAxes(p, layout, theme, ws.sample.value),
    paintMarks: (p, layout, theme) => paintGraphMarks(p, layout, ws.coloring.value, theme),
    paintOverlay: (p, layout, theme, overlay) => {
      paintGraphOverlay(p, layout, ws.coloring.value, theme, overlay);
      if (moving.value) paintMoving(p, layout, moving.value, theme);
    },
    pick: pickGraph,
    within: withinGraph,
    clickAt: () => false,
    next: (layout, from, direction) =>
      nextInGraph(
        layout,
        layout.samples.findIndex((s) => s.sample === ws.sample.peek()),
        from,
        direction,
      ),
    tell: (layout, x, y) => tellSample(ws, m(), layout, x, y),
    grab: (layout, x, y) => grabLabel(ws, layout, x, y, moving),
    doubleClickAt: (layout, x, y) => {
      const at = sampleAt(layout, x, y);
      if (at >= 0) hideSample(ws, layout.samples[at]!.sample);
      return at >= 0;
    },
    key: (_, press) => sampleKey(ws, m(), press),
    table: (layout) => graphTable(ws, m(), layout),
  };
}

function tellSample(ws: Workspace, m: Messages, layout: GraphLayout, x: number, y: number): string | null {
  const at = sampleAt(layout, x, y);
  if (at < 0) return null;
  const { sample, day, label } = layout.samples[at]!;
  const { date, analysed } = ws.table.samples[sample]!;
  const facts = [date, Number.isFinite(day) ? m.graph.day(Math.round(day)) : "", m.reads(analysed)];
  return m.plots.graph.sample(
    label,
    facts.filter((fact) => fact !== ""),
  );
}

/** Less than this is a click, pixels. */
const DRAGGED = 5;

/** A label that is dragged moves its sample; one that is clicked makes it the current one. */
function grabLabel(
  ws: Workspace,
  layout: GraphLayout,
  x0: number,
  y0: number,
  moving: { value: Moving | null },
): Grab | null {
  const at = sampleAt(layout, x0, y0);
  if (at < 0) return null;
  const { sample, label } = layout.samples[at]!;
  let moved = false;
  const place = (x: number): number => {
    const near = nearest(layout, x);
    return x > layout.x[near]! ? near + 1 : near;
  };
  return {
    move: (x) => {
      moved ||= Math.abs(x - x0) >= DRAGGED;
      // Days say where samples stand: nobody moves them.
      if (moved && ws.graphLook.peek().spacing !== "days") moving.value = { text: label, x, before: place(x) };
    },
    drop: () => {
      const to = moving.value;
      moving.value = null;
      if (to) moveSample(ws, sample, to.before - (to.before > at ? 1 : 0));
      else if (!moved) ws.setSample(sample);
    },
    cancel: () => {
      moving.value = null;
    },
  };
}

/** Alt and an arrow move the current sample, Delete hides it. */
function sampleKey(ws: Workspace, m: Messages, press: Pick<KeyboardEvent, "key" | "altKey">): string | null {
  const sample = ws.sample.peek();
  const name = ws.doc.peek().sampleNames.get(sample) ?? ws.table.samples[sample]!.name;
  const shown = ws.shown.peek();
  const by = press.altKey ? (press.key === "ArrowLeft" ? -1 : press.key === "ArrowRight" ? 1 : 0) : 0;
  if (by !== 0) {
    const to = Math.max(0, Math.min(shown.length - 1, shown.indexOf(sample) + by));
    moveSample(ws, sample, to);
    return m.plots.graph.moved(name, to + 1, shown.length);
  }
  if (press.key !== "Delete" || shown.length < 2) return null;
  hideSample(ws, sample);
  return m.plots.graph.hidden(name);
}

function graphTable(ws: Workspace, m: Messages, layout: GraphLayout) {
  const doc = ws.doc.peek();
  const reads = ws.clusters.peek().reads;
  const size = (row: Row, sample: SampleIndex) =>
    sizeOf(ws.table, reads, ws.denominator.peek(), doc.standard, row, sample);
  const numbers = new Map((ws.table.series ?? []).map((s) => [s.name, s.values]));
  return {
    head: [m.axis.clonotype ?? "", ...layout.samples.map((s) => s.label), m.plots.column.id ?? ""],
    rows: [
      ...layout.curves
        .toReversed()
        .map(({ row }) => [
          nameOf(ws.table, doc, row),
          ...layout.samples.map((s) => size(row, s.sample)),
          ws.table.id.at(row),
        ]),
      ...layout.series.map(({ name }) => [
        name,
        ...layout.samples.map((s) => numbers.get(name)?.[s.sample] ?? Number.NaN),
        "",
      ]),
    ],
  };
}
