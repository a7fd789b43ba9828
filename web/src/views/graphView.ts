/** The time graph of a workspace: which clonotypes get a curve, and what its samples are called. */
import { has } from "../core/bits";
import { tickShare } from "../core/format";
import { denominatorOf, QUANTIFIABLE, sizeOf } from "../core/size";
import type { Row, SampleIndex } from "../core/table";
import { FEW_ANALYSED } from "../core/warnings";
import type { Workspace } from "../core/workspace";
import type { Messages } from "../i18n/en";
import type { GraphLayout, GraphSample } from "./graph";
import {
  layoutGraph,
  paintGraphAxes,
  paintGraphMarks,
  paintGraphOverlay,
  pickGraph,
  sampleAt,
  withinGraph,
} from "./graph";
import type { View } from "./host";

/** Ranks that get a curve without being asked for. Tagged and selected clonotypes always have one. */
const TOP_CURVES = 20;
/** More selected curves than this say nothing. */
const MOST_CURVES = 200;
const DAY = 86_400_000;

/** In the order of drawing, the most important last. */
export function curveRows(ws: Workspace): readonly Row[] {
  const { top } = ws.table;
  const tags = ws.doc.value.tags;
  const selection = ws.settled.value;
  const plain: Row[] = [];
  const marked: Row[] = [];
  for (const row of ws.order.value) {
    if (tags.has(row) || (selection.count <= MOST_CURVES && has(selection, row))) marked.push(row);
    else if (top[row]! > 0 && top[row]! <= TOP_CURVES) plain.push(row);
  }
  // Bands keep their place whatever is selected and whichever sample is current: by rank, as rows are.
  if (ws.graphMode.value === "stacked") return [...plain, ...marked].sort((a, b) => b - a);
  return [...plain.reverse(), ...marked.reverse()];
}

function graphSamples(ws: Workspace, m: Messages): readonly GraphSample[] {
  const doc = ws.doc.value;
  const dates = ws.shown.value.map((s) => Date.parse(ws.table.samples[s]!.date));
  return ws.shown.value.map((sample: SampleIndex, i) => {
    const s = ws.table.samples[sample]!;
    const day = (dates[i]! - dates[0]!) / DAY;
    const of = ws.denominator.value;
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

export function graphView(ws: Workspace, m: () => Messages): View<GraphLayout> {
  return {
    layout: (size) =>
      layoutGraph({
        samples: graphSamples(ws, m()),
        rows: curveRows(ws),
        sizeOf: (row, sample) =>
          sizeOf(ws.table, ws.clusters.value.reads, ws.denominator.value, ws.doc.value.standard, row, sample),
        mode: ws.graphMode.value,
        size,
        share: (v) => tickShare(v, m().locale, ws.notation.value),
        words: m().graph,
      }),
    paintAxes: (p, layout, theme) => paintGraphAxes(p, layout, theme, ws.sample.value),
    paintMarks: (p, layout, theme) => paintGraphMarks(p, layout, ws.coloring.value, theme),
    paintOverlay: (p, layout, theme, { isSelected, hover }) =>
      paintGraphOverlay(p, layout, ws.coloring.value, theme, isSelected, hover),
    pick: pickGraph,
    within: withinGraph,
    clickAt: (layout, x, y) => {
      const sample = sampleAt(layout, x, y);
      if (sample !== null) ws.setSample(sample);
      return sample !== null;
    },
  };
}
