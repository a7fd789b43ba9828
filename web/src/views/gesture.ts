/** A drag over a picture: a box, or a line round marks. Pure: the host hears the pointer and draws. */
import type { RowSet } from "../core/bits";
import { minus, or } from "../core/bits";
import type { Painter } from "./painter";
import type { Region } from "./region";
import { boxRegion, polygonRegion } from "./region";
import type { Theme } from "./theme";

export type Tool = "box" | "lasso";
export type Combine = "replace" | "add" | "remove";

export interface Drag {
  readonly tool: Tool;
  readonly combine: Combine;
  /** What was selected when it began. */
  readonly before: RowSet;
  /** x and y alternate; of a box the first and the last count. */
  readonly points: readonly number[];
}

/** Points of a line nearer than this to the one before say nothing new, pixels. */
const STEP = 3;
/** Less than this is a trembling hand, pixels. */
const DRAGGED = 5;

export function dragTo(drag: Drag, x: number, y: number): Drag {
  const { points } = drag;
  if (drag.tool === "box") return { ...drag, points: [points[0]!, points[1]!, x, y] };
  const near = Math.hypot(x - points.at(-2)!, y - points.at(-1)!) < STEP;
  return near ? drag : { ...drag, points: [...points, x, y] };
}

/** What a drag goes round, once it is more than a click. */
export function regionOf({ tool, points }: Drag): Region | null {
  const [x0, y0, x1, y1] = [points[0]!, points[1]!, points.at(-2)!, points.at(-1)!];
  if (tool === "box") return Math.abs(x1 - x0) + Math.abs(y1 - y0) < DRAGGED ? null : boxRegion(x0, y0, x1, y1);
  return points.length < 6 ? null : polygonRegion(points);
}

export const combined = ({ combine, before }: Drag, rows: RowSet): RowSet =>
  combine === "add" ? or(before, rows) : combine === "remove" ? minus(before, rows) : rows;

export function paintDrag(p: Painter, { tool, points, combine }: Drag, theme: Theme): void {
  const dash = combine === "remove" ? [4, 3] : [];
  const style = { stroke: theme.accent, width: 1, dash };
  if (tool === "lasso") {
    if (points.length >= 6) p.area(points, theme.accent, 0.1);
    p.polyline([...points, points[0]!, points[1]!], style);
    return;
  }
  const [x0, y0, x1, y1] = [points[0]!, points[1]!, points.at(-2)!, points.at(-1)!];
  const [x, y, w, h] = [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)];
  p.rect(x, y, w, h, theme.accent, 0.1);
  p.frame(x + 0.5, y + 0.5, w, h, style);
}
