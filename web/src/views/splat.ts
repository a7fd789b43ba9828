/**
 * Sets pixels of many marks: paths are slow without a graphics card. Marks are as dense as pixels here, so there is no
 * smoothing. Pixels are rows of little-endian words, as an ImageData has them.
 */
import type { Boxes, Bubbles } from "./painter";
import { EDGE, EDGED } from "./painter";

/** "#rrggbb" as a word: alpha, blue, green, red. */
function word(hex: string): number {
  const n = Number.parseInt(hex.slice(1, 7), 16);
  return ((0xff << 24) | ((n & 0xff) << 16) | (n & 0xff00) | (n >>> 16)) >>> 0;
}

/** Discs no larger than this (device pixels) are stamped: of 100 000 marks nearly all have the same few sizes. */
const STAMPED = 4;
/** Positions of a stamp within a pixel, each way. */
const PARTS = 4;

/** Half widths of the rows of a small disc, by its size and place within the pixel; from the first row on. */
function stamps() {
  const made = new Map<number, { readonly first: number; readonly spans: Int32Array }>();
  return (r: number, px: number, py: number) => {
    const size = Math.round(r * 4);
    const key = (size * PARTS + px) * PARTS + py;
    let known = made.get(key);
    if (!known) {
      const [cx, cy, radius] = [(px + 0.5) / PARTS - 0.5, (py + 0.5) / PARTS - 0.5, size / 4];
      const first = Math.ceil(cy - radius);
      const rows = Math.floor(cy + radius) - first + 1;
      const spans = new Int32Array(rows * 2);
      for (let i = 0; i < rows; i++) {
        const half = Math.sqrt(Math.max(0, radius * radius - (first + i - cy) ** 2));
        spans[2 * i] = Math.ceil(cx - half);
        spans[2 * i + 1] = Math.floor(cx + half);
      }
      known = { first, spans };
      made.set(key, known);
    }
    return known;
  };
}

/** In the order of the marks: later ones lie over earlier ones. Rings of open colours stay open. */
export function splatDiscs(pixels: Uint32Array, width: number, height: number, marks: Bubbles, scale: number): void {
  const fills = Uint32Array.from(marks.fills, word);
  const edge = word(marks.edge);
  const stamp = stamps();
  const { x, y, r, color, open } = marks;
  for (let i = 0; i < x.length; i++) {
    const radius = r[i]! * scale;
    if (!(radius > 0)) continue;
    const [cx, cy, fill] = [x[i]! * scale, y[i]! * scale, fills[color[i]!]!];
    const [ix, iy] = [Math.round(cx), Math.round(cy)];
    const inside = ix > STAMPED + 1 && iy > STAMPED + 1 && ix < width - STAMPED - 2 && iy < height - STAMPED - 2;
    if (radius > STAMPED || !inside) {
      const edged = radius > EDGED * scale && !open[color[i]!];
      if (edged) disc(pixels, width, height, cx, cy, radius + (EDGE * scale) / 2, 0, edge);
      disc(
        pixels,
        width,
        height,
        cx,
        cy,
        edged ? radius - (EDGE * scale) / 2 : radius,
        open[color[i]!] && radius > 3 * scale ? radius - 1.5 * scale : 0,
        fill,
      );
      continue;
    }
    const px = Math.min(PARTS - 1, Math.floor((cx - ix + 0.5) * PARTS));
    const py = Math.min(PARTS - 1, Math.floor((cy - iy + 0.5) * PARTS));
    const { first, spans } = stamp(radius, px, py);
    let row = (iy + first) * width + ix;
    for (let k = 0; k < spans.length; k += 2) {
      const to = row + spans[k + 1]!;
      for (let at = row + spans[k]!; at <= to; at++) pixels[at] = fill;
      row += width;
    }
  }
}

/** A disc, or a ring when `hole` is above 0. */
function disc(
  pixels: Uint32Array,
  width: number,
  height: number,
  cx: number,
  cy: number,
  r: number,
  hole: number,
  fill: number,
): void {
  const bottom = Math.min(height - 1, Math.floor(cy + r));
  for (let y = Math.max(0, Math.ceil(cy - r)); y <= bottom; y++) {
    const away = (y - cy) * (y - cy);
    const half = Math.sqrt(r * r - away);
    const left = Math.max(0, Math.ceil(cx - half));
    const right = Math.min(width - 1, Math.floor(cx + half));
    if (hole * hole <= away) {
      if (right >= left) pixels.fill(fill, y * width + left, y * width + right + 1);
      continue;
    }
    const inner = Math.sqrt(hole * hole - away);
    const [a, b] = [Math.min(right, Math.floor(cx - inner)), Math.max(left, Math.ceil(cx + inner))];
    if (a >= left) pixels.fill(fill, y * width + left, y * width + a + 1);
    if (right >= b) pixels.fill(fill, y * width + b, y * width + right + 1);
  }
}

/** Boxes lower than a pixel are drawn where they cover the middle of one, so that a stack keeps its height. */
export function splatBoxes(pixels: Uint32Array, width: number, height: number, marks: Boxes, scale: number): void {
  const fills = Uint32Array.from(marks.fills, word);
  for (let i = 0; i < marks.x.length; i++) {
    const h = marks.h[i]! * scale;
    if (!(h > 0)) continue;
    const top = marks.y[i]! * scale;
    const last = Math.min(height - 1, Math.ceil(top + h - 0.5) - 1 - (h > 3 ? 1 : 0));
    const first = Math.max(0, Math.ceil(top - 0.5));
    if (last < first) continue;
    const left = Math.max(0, Math.round(marks.x[i]! * scale));
    const right = Math.min(width, Math.max(left + 1, Math.round((marks.x[i]! + marks.w) * scale)));
    const fill = fills[marks.color[i]!]!;
    for (let y = first; y <= last; y++) pixels.fill(fill, y * width + left, y * width + right);
  }
}
