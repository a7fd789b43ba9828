/** What of a plot is under a point, inside a region, or next to a mark. */
import type { Row } from "../core/table";
import type { PlotLayout, Rest } from "./plot";
import type { Region } from "./region";
import { touches } from "./region";

/** Pixels by which a pointer may miss a mark. */
const NEAR = 4;

/** The row under a point: the topmost, or the nearest within a few pixels. */
export function pickPlot(layout: PlotLayout, px: number, py: number): Row | null {
  if (layout.kind === "cells")
    return layout.cells.find((c) => px >= c.x && px < c.x + c.w && py >= c.y && py < c.y + c.h)?.rows[0] ?? null;
  return layout.kind === "boxes" ? pickBox(layout, px, py) : pickBubble(layout, px, py);
}

function pickBox({ rows, x, y, r, w }: PlotLayout, px: number, py: number): Row | null {
  for (let i = rows.length - 1; i >= 0; i--)
    if (py >= y[i]! && py <= y[i]! + r[i]! && px >= x[i]! && px <= x[i]! + w && r[i]! > 0) return rows[i]!;
  return null;
}

function pickBubble({ rows, x, y, r }: PlotLayout, px: number, py: number): Row | null {
  let best: Row | null = null;
  let near = NEAR;
  for (let i = rows.length - 1; i >= 0; i--) {
    const own = r[i]!;
    if (own <= 0) continue;
    const [dx, dy] = [px - x[i]!, py - y[i]!];
    const reach = own + near;
    const square = dx * dx + dy * dy;
    if (square >= reach * reach) continue;
    best = rows[i]!;
    near = Math.sqrt(square) - own;
    if (near < -1) break;
  }
  return best;
}

/** What is no row under a point of a bar plot. */
export const restAt = (layout: PlotLayout, px: number, py: number): Rest | null =>
  layout.rest.find((b) => px >= b.x && px <= b.x + b.w && py >= b.y && py <= b.y + b.h) ?? null;

/** Rows in a region: bubbles by their centre, boxes and cells when they are touched. */
export function withinPlot(layout: PlotLayout, region: Region): Row[] {
  if (layout.kind === "cells")
    return layout.cells
      .filter((c) => touches(region, c.x, c.y, c.x + c.w, c.y + c.h) && region.has(c.x + c.w / 2, c.y + c.h / 2))
      .flatMap((c) => c.rows);
  const { rows, x, y, r, w } = layout;
  const boxes = layout.kind === "boxes";
  const { left, right, top, bottom } = region;
  const out: Row[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (r[i]! <= 0) continue;
    const [px, py] = [x[i]!, y[i]!];
    if (boxes) {
      if (!touches(region, px, py, px + w, py + r[i]!) || !region.has(px + w / 2, py + r[i]! / 2)) continue;
    } else if (px < left || px > right || py < top || py > bottom || !region.has(px, py)) continue;
    out.push(rows[i]!);
  }
  return out;
}

export type Direction = "left" | "right" | "up" | "down";

/** Marks at right angles to a direction count as this much further away. */
const ASIDE = 2.5;

/**
 * The mark that an arrow key goes to from another: the nearest in that direction, where going aside costs. From none it
 * is the largest, which is the first.
 */
export function nextMark(
  count: number,
  at: (i: number) => readonly [number, number] | null,
  from: number,
  direction: Direction,
): number {
  if (from < 0) {
    for (let i = 0; i < count; i++) if (at(i)) return i;
    return -1;
  }
  const origin = at(from);
  if (!origin) return nextMark(count, at, -1, direction);
  const sideways = direction === "left" || direction === "right";
  const sign = direction === "left" || direction === "up" ? -1 : 1;
  let [best, near] = [from, Number.POSITIVE_INFINITY];
  for (let i = 0; i < count; i++) {
    const place = i === from ? null : at(i);
    if (!place) continue;
    const [dx, dy] = [place[0] - origin[0], place[1] - origin[1]];
    const ahead = sign * (sideways ? dx : dy);
    if (ahead < 0.5) continue;
    const away = ahead + ASIDE * Math.abs(sideways ? dy : dx);
    if (away < near) [best, near] = [i, away];
  }
  return best;
}

/** The row that an arrow key goes to; null when the plot has none. */
export function nextInPlot(layout: PlotLayout, from: Row | null, direction: Direction): Row | null {
  if (layout.kind === "cells") {
    const { cells } = layout;
    const here = from === null ? -1 : cells.findIndex((c) => c.rows.includes(from));
    const to = nextMark(cells.length, (i) => [cells[i]!.x, cells[i]!.y], here, direction);
    return cells[to]?.rows[0] ?? null;
  }
  const { rows, x, y, r, w } = layout;
  const boxes = layout.kind === "boxes";
  const place = (i: number): readonly [number, number] | null =>
    r[i]! > 0 ? (boxes ? [x[i]! + w / 2, y[i]! + r[i]! / 2] : [x[i]!, y[i]!]) : null;
  const to = nextMark(rows.length, place, from === null ? -1 : rows.indexOf(from), direction);
  return rows[to] ?? null;
}
