/** Bubbles: how large they are, and how many stand at one place without hiding each other. */
import type { Row } from "../core/table";
import type { Area } from "./plot";
import type { Places, Scale } from "./scale";

/** Sizes below this are drawn as this: one read in a million is still seen beside a third of all. */
const SMALLEST = 0.001;

/** Area grows slower than size: a clonotype of one read in a million is still seen beside one of a third. */
export function radius(size: number, area: Area): number {
  if (size <= 0) return 0;
  const side = Math.sqrt(Math.max(1, (area.right - area.left) * (area.bottom - area.top)));
  return Math.max(2, (side * Math.cbrt(Math.max(size, SMALLEST) + SMALLEST)) / 25);
}

/** Radii of rows; most are of the smallest size, which is computed once. */
export function radii(rows: Int32Array, sizes: ArrayLike<number>, area: Area): Float32Array {
  const least = radius(SMALLEST, area);
  const out = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const size = sizes[rows[i]!]!;
    out[i] = size > SMALLEST ? radius(size, area) : size > 0 ? least : 0;
  }
  return out;
}

/** A number from 0 to 1 that belongs to a row: the same picture each time. */
export function scatter(row: Row, salt: number): number {
  const h = Math.imul(row ^ (salt * 0x9e3779b9), 0x85ebca6b);
  return ((Math.imul(h ^ (h >>> 13), 0xc2b2ae35) ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Golden angle: seeds of a sunflower, no two in line. */
const TURN = Math.PI * (3 - Math.sqrt(5));

/** Directions of the first seeds; further ones take them in turn, which nobody sees. */
const SEEDS = 4096;
const COS = Float64Array.from({ length: SEEDS }, (_, n) => Math.cos(n * TURN));
const SIN = Float64Array.from({ length: SEEDS }, (_, n) => Math.sin(n * TURN));

/**
 * In each cell the largest stands in the centre, the others around it like the seeds of a sunflower, O(n). What would
 * leave its cell far behind is drawn closer, over its neighbours: the place of a mark must still tell its class. Changes
 * the places.
 */
export function pack(xs: Places, ys: Places, r: Float32Array, x: Scale, y: Scale): void {
  const cells = x.cells * y.cells;
  const [area, first, furthest] = [new Float32Array(cells), new Float32Array(cells), new Float32Array(cells)];
  const count = new Int32Array(cells);
  const away = new Float32Array(r.length);
  const seed = new Int32Array(r.length);
  for (let i = 0; i < r.length; i++) {
    const own = r[i]!;
    if (own === 0) continue;
    const cell = xs.cell[i]! * y.cells + ys.cell[i]!;
    if (count[cell] === 0) first[cell] = own;
    else away[i] = Math.max(first[cell]! + own + 0.5, Math.sqrt(area[cell]!) * 1.12 + own * 0.3);
    if (away[i]! > furthest[cell]!) furthest[cell] = away[i]!;
    area[cell]! += (own + 0.5) ** 2;
    seed[i] = count[cell]!++;
  }
  const half = Math.sqrt(x.spread * y.spread) / 2;
  for (let i = 0; i < r.length; i++) {
    if (away[i] === 0) continue;
    const cell = xs.cell[i]! * y.cells + ys.cell[i]!;
    const room = Math.max(half * 0.95, first[cell]! * 1.7) - first[cell]!;
    const over = furthest[cell]! - first[cell]!;
    const d = first[cell]! + (away[i]! - first[cell]!) * (over > 0 ? Math.min(1, room / over) : 1);
    const n = seed[i]! % SEEDS;
    xs.at[i]! += COS[n]! * d;
    ys.at[i]! += SIN[n]! * d;
  }
}
