/** The drawings of a report: always dark on white, with numbers beside the colours. */
import { tickShare } from "../../core/format";
import type { ReportContext } from "../../core/report";
import { amountOf, daysOf } from "../../core/report";
import { denominatorOf, QUANTIFIABLE } from "../../core/size";
import type { Row } from "../../core/table";
import { FEW_ANALYSED } from "../../core/warnings";
import type { Workspace } from "../../core/workspace";
import type { Messages } from "../../i18n";
import type { GraphLayout, GraphSample } from "../../views/graph";
import { layoutGraph } from "../../views/graph";
import { paintGraphAxes, paintGraphMarks } from "../../views/graphPaint";
import { paneView } from "../../views/paneView";
import type { Size } from "../../views/plot";
import { SvgPainter } from "../../views/svg";
import { LIGHT } from "../../views/theme";

/** More curves than this cannot be followed; the first are the most important. */
const MOST_CURVES = 40;
/** Between two numbers beside curves, pixels. */
const APART = 10;

export function graphSvg(ws: Workspace, c: ReportContext, rows: readonly Row[], m: Messages, size: Size): string {
  const drawn = rows.slice(0, MOST_CURVES);
  const layout = layoutGraph({
    samples: samplesOf(c, m),
    rows: [...drawn].reverse(),
    sizeOf: (row, sample) => amountOf(c, row, sample).size,
    mode: "lines",
    size: { width: size.width - 14, height: size.height },
    share: (v) => tickShare(v, m.locale, ws.notation.peek()),
    words: m.graph,
  });
  const p = new SvgPainter(size.width, size.height, LIGHT.panel);
  paintGraphAxes(p, layout, LIGHT, -1);
  paintGraphMarks(p, layout, ws.coloring.peek(), LIGHT);
  for (const label of numbers(layout, drawn))
    p.text(label.x, label.y, String(label.n), { size: 9.5, fill: LIGHT.text, weight: 600 });
  return p.document(m.graph.title);
}

function samplesOf(c: ReportContext, m: Messages): readonly GraphSample[] {
  const days = daysOf(c.table, c.samples);
  const varying = c.denominator.kind === "system" || c.denominator.kind === "group" || c.doc.standard !== null;
  return c.samples.map((sample, i) => {
    const s = c.table.samples[sample];
    const by = varying ? 0 : denominatorOf(c.table, c.denominator, sample, "");
    const day = days[i] ?? null;
    return {
      sample,
      label: c.doc.sampleNames.get(sample) ?? s?.name ?? "",
      below: day === null ? "" : m.graph.day(day),
      day: day ?? Number.NaN,
      quantifiable: by > 0 ? QUANTIFIABLE / by : 0,
      warn: s !== undefined && s.total > 0 && s.analysed / s.total < FEW_ANALYSED,
    };
  });
}

/** The number of each clonotype beside the end of its curve; where curves meet, numbers give way downwards. */
function numbers(layout: GraphLayout, rows: readonly Row[]): { x: number; y: number; n: number }[] {
  const ends = layout.curves.flatMap((curve) => {
    const last = curve.marks.at(-1);
    return last ? [{ x: last.x + 7, y: last.y, n: rows.indexOf(curve.row) + 1 }] : [];
  });
  ends.sort((a, b) => a.x - b.x || a.y - b.y);
  ends.forEach((end, i) => {
    const before = ends[i - 1];
    if (before && before.x === end.x && end.y < before.y + APART) end.y = before.y + APART;
  });
  return ends;
}

/** The plot at a place of the workspace's list. */
export function plotSvg(ws: Workspace, pane: number, m: Messages, size: Size, title: string): string {
  const view = paneView(ws, pane, () => m);
  const p = new SvgPainter(size.width, size.height, LIGHT.panel);
  const layout = view.layout(size);
  view.paintAxes(p, layout, LIGHT);
  view.paintMarks(p, layout, LIGHT);
  return p.document(title);
}
