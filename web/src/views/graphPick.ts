/** What of a time graph is under a point, inside a region, or next to a curve. */
import type { Row } from "../core/table";
import type { GraphLayout } from "./graph";
import type { Direction } from "./plotPick";
import type { Region } from "./region";
import { inside } from "./region";

/** The curve under a point, or the nearest within a few pixels. */
export function pickGraph(g: GraphLayout, px: number, py: number): Row | null {
  const named = g.names.find((n) => px > g.right + 8 && Math.abs(n.y - py) < 7);
  if (named) return named.row;
  let best: Row | null = null;
  let near = 8;
  for (const curve of g.curves) {
    for (const piece of curve.pieces) {
      if (g.mode === "stacked") {
        if (inside(piece.points, px, py)) return curve.row;
        continue;
      }
      const { points } = piece;
      // Pieces lie beside each other: only the one above or below the point can be near.
      if (points.length < 4 || points[0]! - near > px || points.at(-2)! + near < px) continue;
      for (let i = 0; i + 3 < points.length; i += 2) {
        const away =
          distance(px, py, points[i]!, points[i + 1]!, points[i + 2]!, points[i + 3]!) + (piece.faint ? 3 : 0);
        if (away < near) [best, near] = [curve.row, away];
      }
    }
  }
  return best;
}

export const withinGraph = (g: GraphLayout, region: Region): Row[] =>
  g.curves
    .filter((c) =>
      c.marks.some(
        (m) =>
          m.x >= region.left &&
          m.x <= region.right &&
          m.y >= region.top &&
          m.y <= region.bottom &&
          region.has(m.x, m.y),
      ),
    )
    .map((c) => c.row);

/** Which of the graph's samples a label under a point belongs to; -1 when there is none. */
export function sampleAt(g: GraphLayout, px: number, py: number): number {
  if (py < g.bottom + 2 || g.x.length === 0) return -1;
  const i = nearest(g, px);
  return Math.abs(g.x[i]! - px) < 60 ? i : -1;
}

export const nearest = (g: GraphLayout, px: number): number =>
  g.x.reduce((best, x, at) => (Math.abs(x - px) < Math.abs(g.x[best]! - px) ? at : best), 0);

/** Up and down go along the sizes of one sample, from the largest; sideways is left to who steps through samples. */
export function nextInGraph(
  g: GraphLayout,
  at: number,
  from: Row | null,
  direction: Direction,
): Row | null | undefined {
  if (direction === "left" || direction === "right") return undefined;
  const x = g.x[at];
  const marks = g.curves
    .map((c) => ({ row: c.row, y: c.marks.find((m) => m.x === x)?.y ?? Number.NaN }))
    .filter((m) => !Number.isNaN(m.y))
    .sort((a, b) => a.y - b.y);
  const here = marks.findIndex((m) => m.row === from);
  if (here < 0) return marks[0]?.row ?? null;
  const to = here + (direction === "down" ? 1 : -1);
  return marks[Math.max(0, Math.min(marks.length - 1, to))]!.row;
}

function distance(px: number, py: number, x0: number, y0: number, x1: number, y1: number): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const t = Math.max(0, Math.min(1, ((px - x0) * dx + (py - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - x0 - t * dx, py - y0 - t * dy);
}
