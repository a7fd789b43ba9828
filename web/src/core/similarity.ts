/**
 * Maps of clonotypes: those whose CDR3 are alike stand near each other. Computed here, so that a file of this computer has
 * its map too; the formulas are those of the server's comparison.
 */
import type { Sequences } from "./sequences";
import type { Row, Table } from "./table";

/** Clonotypes of each system that have a place: the best ranks. Pairs are compared, and 200 have 20 000. */
export const MAPPED = 200;
/** Letters of a sequence that are compared. */
const LONGEST = 120;

/**
 * Least number of substitutions, insertions and deletions that make one text of the other (Levenshtein distance). Two
 * rows of the table of partial distances are enough.
 */
export function editDistance(a: string, b: string): number {
  let row = new Int32Array(b.length + 1).map((_, j) => j);
  let next = new Int32Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    next[0] = i;
    const letter = a.charCodeAt(i - 1);
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (letter === b.charCodeAt(j - 1) ? 0 : 1);
      const gap = Math.min(row[j]!, next[j - 1]!) + 1;
      next[j] = change < gap ? change : gap;
    }
    [row, next] = [next, row];
  }
  return row[b.length]!;
}

/** Percent of difference: 100 × edits / letters of the longer one; 0 for two empty texts. */
export function difference(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 0 : (100 * editDistance(a, b)) / longer;
}

/** Axes that are sought together: the more, the fewer rounds it takes until the first two stand still. */
const AXES = 4;
/** Rounds of the search, and the change below which a map stands still. */
const ROUNDS = 200;
const SETTLED = 1e-9;

/**
 * Places by principal coordinates (classical scaling: Torgerson 1952, Psychometrika 17:401; Gower 1966, Biometrika
 * 53:325): the matrix −d²/2 is centred in rows and columns, and its two eigenvectors of largest eigenvalues λ, times √λ,
 * are the points, in percent of difference. They are found by orthogonal iteration from fixed vectors, turned to the
 * eigenvectors of their own span in each round; each axis points to where its farthest text is.
 */
export function principalCoordinates(distance: readonly Float64Array[]): [Float64Array, Float64Array] {
  const n = distance.length;
  const b = centred(distance);
  let axes: Float64Array[] = Array.from({ length: AXES }, (_, k) =>
    Float64Array.from({ length: n }, (_, i) => Math.sin((i + 1) * (k + 1) * 1.7)),
  );
  let values: readonly number[] = axes.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    orthonormal(axes);
    const images = axes.map((v) => product(b, v));
    const turned = eigen(axes.map((v) => images.map((w) => dot(v, w))));
    const before = values;
    values = turned.values;
    const last =
      Math.abs(values[0]! - before[0]!) + Math.abs(values[1]! - before[1]!) <= SETTLED * Math.abs(values[0]!);
    axes = combined(last || round === ROUNDS - 1 ? axes : images, turned.vectors);
    if (last) break;
  }
  return [scaled(axes[0]!, values[0]!), scaled(axes[1]!, values[1]!)];
}

/** Sums of vectors, one for each list of weights. */
const combined = (vectors: readonly Float64Array[], weights: readonly (readonly number[])[]): Float64Array[] =>
  weights.map((w) => vectors[0]!.map((_, i) => w.reduce((sum, by, k) => sum + by * vectors[k]![i]!, 0)));

/** Eigenvalues of a small symmetric matrix, the largest first, and their vectors: Jacobi's rotations. */
function eigen(matrix: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const vectors = a.map((_, i) => a.map((_, j) => Number(i === j)));
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, p, q);
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => vectors[i]!) };
}

/** Turns rows and columns p and q so that what joins them becomes 0. */
function rotate(a: number[][], vectors: number[][], p: number, q: number): void {
  const join = a[p]![q]!;
  if (join === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * join);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const turn = (x: number[], y: number[]) => {
    for (let i = 0; i < x.length; i++) {
      const [u, v] = [x[i]!, y[i]!];
      x[i] = c * u - s * v;
      y[i] = s * u + c * v;
    }
  };
  turn(a[p]!, a[q]!);
  for (const row of a) {
    const [u, v] = [row[p]!, row[q]!];
    row[p] = c * u - s * v;
    row[q] = s * u + c * v;
  }
  turn(vectors[p]!, vectors[q]!);
}

function centred(distance: readonly Float64Array[]): Float64Array[] {
  const n = distance.length;
  const b = distance.map((row) => row.map((d) => (d * d) / -2));
  const means = b.map((row) => row.reduce((sum, v) => sum + v, 0) / n);
  const all = means.reduce((sum, v) => sum + v, 0) / n;
  b.forEach((row, i) => {
    for (let j = 0; j < n; j++) row[j]! += all - means[i]! - means[j]!;
  });
  return b;
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

const product = (matrix: readonly Float64Array[], v: Float64Array): Float64Array =>
  Float64Array.from(matrix, (row) => dot(row, v));

/** A vector that keeps less than this of its length depends on those before it. */
const DEPENDENT = 1e-9;

/** Gram and Schmidt, in place, twice for what rounding leaves; a vector that depends on those before it becomes 0. */
function orthonormal(vectors: readonly Float64Array[]): void {
  vectors.forEach((v, k) => {
    const before = Math.sqrt(dot(v, v));
    for (const u of [...vectors.slice(0, k), ...vectors.slice(0, k)]) {
      const along = dot(u, v);
      for (let i = 0; i < v.length; i++) v[i]! -= along * u[i]!;
    }
    const length = Math.sqrt(dot(v, v));
    const by = length > DEPENDENT * before ? 1 / length : 0;
    for (let i = 0; i < v.length; i++) v[i]! *= by;
  });
}

function scaled(axis: Float64Array, value: number): Float64Array {
  if (!(value > 0)) return new Float64Array(axis.length);
  let farthest = 0;
  axis.forEach((v, i) => {
    if (Math.abs(v) > Math.abs(axis[farthest]!) + 1e-9) farthest = i;
  });
  const by = Math.sqrt(value) * (axis[farthest]! < 0 ? -1 : 1);
  return axis.map((v) => v * by);
}

export interface SimilarityMap {
  /** By row; NaN for what has no place. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

const maps = new WeakMap<Table, Map<string, SimilarityMap>>();

const hasCdr3 = (table: Table, row: Row): boolean =>
  table.cdr3.start[row]! >= 0 && table.cdr3.end[row]! > table.cdr3.start[row]!;

/** The letters that are compared: CDR3, or the window when no CDR3 was found. */
function letters(table: Table, row: Row, amino: boolean): string {
  if (amino) return table.cdr3aa.at(row) || table.junctionaa.at(row);
  const sequence = hasCdr3(table, row)
    ? table.sequence.at(row).slice(table.cdr3.start[row]!, table.cdr3.end[row]!)
    : "";
  return sequence || table.id.at(row);
}

/**
 * The map of a table: each system by itself, its best ranks; computed once. Nothing has a place while sequences of theirs
 * are on the way: a window and a CDR3 are not alike.
 */
export function similarityMap(table: Table, kind: "nt" | "aa", sequences: Sequences): SimilarityMap {
  const known = maps.get(table) ?? new Map<string, SimilarityMap>();
  maps.set(table, known);
  const done = known.get(kind);
  if (done) return done;
  const map = {
    x: new Float64Array(table.rows).fill(Number.NaN),
    y: new Float64Array(table.rows).fill(Number.NaN),
  };
  const systems = table.system.values.map((_, code) => mapped(table, code));
  const missing = kind === "nt" ? systems.flat().filter((row) => hasCdr3(table, row) && !sequences.has(row)) : [];
  if (missing.length > 0) {
    // What could not be fetched is told by what shows letters; it is asked for again with the next that arrive.
    void sequences.need(missing).catch(() => undefined);
    return map;
  }
  for (const rows of systems) placeSystem(table, rows, kind === "aa", map);
  known.set(kind, map);
  return map;
}

/** The clonotypes of a system that have a place. */
function mapped(table: Table, code: number): Row[] {
  const rank = (row: Row) => table.top[row]! || 0x7fffffff;
  const rows: Row[] = [];
  for (let row = 0; row < table.rows; row++) if (table.system.codes[row] === code) rows.push(row);
  return rows.sort((a, b) => rank(a) - rank(b) || a - b).slice(0, MAPPED);
}

function placeSystem(table: Table, rows: readonly Row[], amino: boolean, map: SimilarityMap): void {
  const chosen = rows
    .map((row) => ({ row, text: letters(table, row, amino).slice(0, LONGEST) }))
    .filter(({ text }) => text !== "");
  if (chosen.length < 2) {
    for (const { row } of chosen) map.x[row] = map.y[row] = 0;
    return;
  }
  const distance = chosen.map(() => new Float64Array(chosen.length));
  chosen.forEach((a, i) => {
    for (let j = 0; j < i; j++) distance[i]![j] = distance[j]![i] = difference(a.text, chosen[j]!.text);
  });
  const [x, y] = principalCoordinates(distance);
  chosen.forEach(({ row }, i) => {
    map.x[row] = x[i]!;
    map.y[row] = y[i]!;
  });
}
