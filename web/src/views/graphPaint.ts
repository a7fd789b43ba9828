/** Draws what graph.ts has laid out. */
import type { Coloring } from "../core/colors";
import type { SampleIndex } from "../core/table";
import type { Curve, GraphLayout } from "./graph";
import { GRAPH_LABEL } from "./graph";
import { fitted } from "./graphLabels";
import type { Overlay } from "./overlay";
import type { Painter } from "./painter";
import { textWidth } from "./painter";
import { fillsOf } from "./plotPaint";
import type { Theme } from "./theme";

/** Dashes of further series, so that they differ from each other and from curves. */
const DASHES: readonly (readonly number[])[] = [
  [7, 3],
  [2, 3],
  [10, 3, 2, 3],
  [4, 4],
];

export function paintGraphAxes(p: Painter, g: GraphLayout, theme: Theme, current: SampleIndex): void {
  const at = g.samples.findIndex((s) => s.sample === current);
  if (at >= 0) {
    const half = Math.min(22, Math.max(3, spaceAround(g.x, at) / 2 - 1));
    p.rect(g.x[at]! - half, g.top - 6, 2 * half, g.bottom - g.top + 6, theme.accentSoft, 0.75);
  }
  for (const tick of g.yTicks) {
    p.polyline([g.left, tick.at, g.right, tick.at], { stroke: theme.line, width: 1 });
    p.text(g.left - 8, tick.at, tick.label, { size: GRAPH_LABEL, fill: theme.secondary, align: "right" });
  }
  for (const tick of g.seriesTicks)
    p.text(g.right + 8, tick.at, tick.label, { size: GRAPH_LABEL, fill: theme.secondary });
  if (g.mode === "stacked") p.rect(g.x[0]!, g.top, g.x.at(-1)! - g.x[0]!, g.bottom - g.top, theme.line, 0.45);
  if (g.zone.length > 0) zone(p, g, theme);
  p.polyline([g.left, g.bottom, g.right, g.bottom], { stroke: theme.faint, width: 1, alpha: 0.6 });
  labels(p, g, theme, current);
}

const spaceAround = (x: readonly number[], at: number): number =>
  Math.min(x[at]! - (x[at - 1] ?? Number.NEGATIVE_INFINITY), (x[at + 1] ?? Number.POSITIVE_INFINITY) - x[at]!);

function labels(p: Painter, g: GraphLayout, theme: Theme, current: SampleIndex): void {
  for (const label of g.labels) {
    const here = label.sample === current;
    const fill = here ? theme.accent : label.warn ? theme.warn : theme.text;
    const weight = here ? 600 : 400;
    if (label.turned) {
      p.text(label.x + 4, g.bottom + 9, label.text, { size: 10.5, fill, weight, align: "right", rotate: -50 });
      continue;
    }
    p.text(label.x, g.bottom + 14, label.text, { size: 11, fill, align: "center", weight });
    p.text(label.x, g.bottom + 28, label.below, { size: 10, fill: theme.secondary, align: "center" });
  }
}

/** Detected, but too few reads for a quantity: shaded from the bottom up to the size of five reads. */
function zone(p: Painter, g: GraphLayout, theme: Theme): void {
  const points = [g.left, g.bottom, g.left, g.zone[0]!];
  g.x.forEach((x, i) => {
    points.push(x, g.zone[i]!);
  });
  points.push(g.right, g.zone.at(-1)!, g.right, g.bottom);
  p.area(points, theme.faint, 0.1);
  p.polyline(points.slice(2, -2), { stroke: theme.faint, width: 1, alpha: 0.5, dash: [3, 3] });
  if (g.bottom - Math.max(...g.zone) > 14)
    p.text(g.right - 6, g.bottom - 8, g.words.belowQuantity, { size: 10, fill: theme.secondary, align: "right" });
}

export function paintGraphMarks(p: Painter, g: GraphLayout, coloring: Coloring, theme: Theme): void {
  const fills = fillsOf(coloring, theme.scheme);
  for (const curve of g.curves) {
    const color = coloring.index[curve.row]!;
    // What has no class steps back behind what has one.
    paintCurve(p, g, curve, fills[color]!, color === 0 ? 1.2 : 2, coloring.swatches[color]!.open, theme);
  }
  series(p, g, theme);
  for (const name of g.names) paintName(p, g, name, fills[coloring.index[name.row]!]!, theme, 400);
}

/** Further series in ink with squares, and their names above, each beside its dash. */
function series(p: Painter, g: GraphLayout, theme: Theme): void {
  let x = g.left + 8;
  g.series.forEach(({ name, points }, i) => {
    const dash = DASHES[i % DASHES.length]!;
    p.polyline(points, { stroke: theme.text, width: 1.5, dash });
    for (let k = 0; k < points.length; k += 2) p.rect(points[k]! - 2.5, points[k + 1]! - 2.5, 5, 5, theme.text);
    p.polyline([x, g.top - 12, x + 22, g.top - 12], { stroke: theme.text, width: 1.5, dash });
    p.text(x + 27, g.top - 12, name, { size: GRAPH_LABEL, fill: theme.text });
    x += 44 + textWidth(name, GRAPH_LABEL);
  });
}

function paintName(
  p: Painter,
  g: GraphLayout,
  name: GraphLayout["names"][number],
  color: string,
  theme: Theme,
  weight: 400 | 600,
): void {
  const x = g.right + (g.seriesTicks.length > 0 ? 48 : 10);
  if (Math.abs(name.from - name.y) > 2)
    p.polyline([x - 8, name.from, x - 2, name.y], { stroke: color, width: 1, alpha: 0.5 });
  p.circle(x + 2, name.y, 3, color, null);
  p.text(x + 9, name.y, fitted(name.text, g.nameRoom, GRAPH_LABEL), { size: GRAPH_LABEL, fill: theme.text, weight });
}

function paintCurve(
  p: Painter,
  g: GraphLayout,
  curve: Curve,
  color: string,
  width: number,
  open: boolean,
  theme: Theme,
): void {
  if (g.mode === "stacked") {
    for (const piece of curve.pieces) {
      p.area(piece.points, color, 0.9);
      p.polyline(piece.points, { stroke: theme.panel, width: 0.75 });
    }
    return;
  }
  for (const faint of [true, false])
    p.polylines(
      curve.lines.filter((piece) => piece.faint === faint).map((piece) => piece.points),
      { stroke: color, width, alpha: faint ? 0.22 : 0.85, ...(open ? { dash: [5, 3] } : {}) },
    );
  const many = g.x.length > 40;
  for (const mark of curve.marks) {
    // With many samples the curve is all marks: only what is no quantity is set apart.
    if (many && !mark.uncertain) continue;
    const ring = open || mark.uncertain;
    p.circle(mark.x, mark.y, width + 1, ring ? theme.panel : color, ring ? { stroke: color, width: 1.5 } : null);
  }
}

export function paintGraphOverlay(
  p: Painter,
  g: GraphLayout,
  coloring: Coloring,
  theme: Theme,
  { isSelected, hover }: Pick<Overlay, "isSelected" | "hover">,
): void {
  const fills = fillsOf(coloring, theme.scheme);
  for (const curve of g.curves) {
    const pointed = curve.row === hover;
    if (!pointed && !isSelected(curve.row)) continue;
    const color = coloring.index[curve.row]!;
    paintCurve(p, g, curve, fills[color]!, pointed ? 3.2 : 2.4, coloring.swatches[color]!.open, theme);
    emphasise(p, g, curve, theme, pointed);
  }
  for (const name of g.names)
    if (name.row === hover || isSelected(name.row)) {
      // Bold letters over the same ones cannot be read.
      p.rect(g.right + 16, name.y - 7, g.nameRoom + 20, 14, theme.panel);
      paintName(p, g, name, fills[coloring.index[name.row]!]!, theme, name.row === hover ? 600 : 400);
    }
}

function emphasise(p: Painter, g: GraphLayout, curve: Curve, theme: Theme, pointed: boolean): void {
  if (g.mode === "stacked")
    for (const piece of curve.pieces) p.polyline(piece.points, { stroke: theme.text, width: pointed ? 2 : 1.25 });
  else if (g.x.length <= 40)
    for (const mark of curve.marks)
      p.circle(mark.x, mark.y, pointed ? 5 : 4, null, { stroke: theme.text, width: 1.25 });
}

/** A label that is being dragged, and where it would go. */
export interface Moving {
  readonly text: string;
  readonly x: number;
  /** The sample stands before the one of this position. */
  readonly before: number;
}

export function paintMoving(p: Painter, g: GraphLayout, { text, x, before }: Moving, theme: Theme): void {
  const [a, b] = [g.x[before - 1], g.x[before]];
  const line = a === undefined ? b! - 14 : b === undefined ? a + 14 : (a + b) / 2;
  p.polyline([line, g.top, line, g.bottom + 34], { stroke: theme.accent, width: 2 });
  const half = textWidth(text, 11) / 2 + 6;
  p.rect(x - half, g.bottom + 4, 2 * half, 20, theme.accent);
  p.text(x, g.bottom + 14, text, { size: 11, fill: theme.panel, align: "center", weight: 600 });
}
