/**
 * Alignments made in the page, for files of this computer: their sequences go nowhere. A result of the server is aligned
 * by the server; the two may differ in where equally good gaps stand, so the page says whose alignment it shows.
 */

export interface Pair {
  readonly a: string;
  readonly b: string;
}

/** Which ends may hang over without a price. */
export interface FreeEnds {
  readonly left: boolean;
  readonly right: boolean;
}

const MATCH = 2;
const MISMATCH = -3;
const OPEN = -6;
const EXTEND = -1;
/** Half the width of the band around the diagonal that most seeds share: longer insertions than this are rare. */
const BAND = 40;
const SEED = 10;
/** Fewer seeds than this say nothing of the diagonal: the whole matrix is filled. */
const FEW_SEEDS = 4;
const NEVER = -1e9;

/** The diagonals (b − a) at which seeds of both occur: the first and the last that hold seeds, null with few. */
function diagonals(a: string, b: string): { from: number; to: number } | null {
  const places = new Map<string, number>();
  for (let i = 0; i + SEED <= a.length; i++) {
    const word = a.slice(i, i + SEED);
    places.set(word, places.has(word) ? -1 : i);
  }
  const votes = new Map<number, number>();
  for (let j = 0; j + SEED <= b.length; j++) {
    const i = places.get(b.slice(j, j + SEED)) ?? -1;
    if (i >= 0) votes.set(j - i, (votes.get(j - i) ?? 0) + 1);
  }
  const good = [...votes].filter(([, n]) => n >= FEW_SEEDS).map(([d]) => d);
  return good.length === 0 ? null : { from: Math.min(...good), to: Math.max(...good) };
}

/**
 * Aligns two sequences over their whole length with affine gaps (match 2, mismatch −3, gap −6 −1 a letter; Gotoh's
 * three matrices), in a band around the diagonals that they share. Letters of either case are equal.
 */
export function alignPair(first: string, second: string, free: FreeEnds = { left: true, right: true }): Pair {
  const [a, b] = [first.toUpperCase(), second.toUpperCase()];
  const [n, m] = [a.length, b.length];
  const band = diagonals(a, b);
  // The corners belong to the band unless their ends are free, in which case hanging over costs nothing.
  const from = band ? Math.min(band.from - BAND, free.left && free.right ? band.from : Math.min(0, m - n)) : -n;
  const to = band ? Math.max(band.to + BAND, free.left && free.right ? band.to : Math.max(0, m - n)) : m;
  const width = m + 1;
  const size = (n + 1) * width;
  const best = new Int32Array(size).fill(NEVER);
  const gapA = new Int32Array(size).fill(NEVER);
  const gapB = new Int32Array(size).fill(NEVER);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      const at = i * width + j;
      const edge = i === 0 || j === 0;
      if (edge) {
        best[at] = i + j === 0 || free.left ? 0 : OPEN + EXTEND * (i + j);
        continue;
      }
      if (j - i < from || j - i > to) continue;
      const up = at - width;
      gapB[at] = Math.max(best[up]! + OPEN + EXTEND, gapB[up]! + EXTEND);
      gapA[at] = Math.max(best[at - 1]! + OPEN + EXTEND, gapA[at - 1]! + EXTEND);
      const diagonal = best[up - 1]! + (a[i - 1] === b[j - 1] ? MATCH : MISMATCH);
      best[at] = Math.max(diagonal, gapA[at]!, gapB[at]!);
    }
  }
  return trace(first, second, { best, gapA, gapB, width, free });
}

interface Matrices {
  readonly best: Int32Array;
  readonly gapA: Int32Array;
  readonly gapB: Int32Array;
  readonly width: number;
  readonly free: FreeEnds;
}

/** Where the alignment ends: the last cell, or the best of the last row and column when the right ends are free. */
function endOf(n: number, m: number, { best, width, free }: Matrices): [number, number] {
  if (!free.right) return [n, m];
  let end: [number, number] = [n, m];
  let top = best[n * width + m]!;
  const look = (i: number, j: number) => {
    if (best[i * width + j]! > top) {
      top = best[i * width + j]!;
      end = [i, j];
    }
  };
  for (let i = n; i >= 0; i--) look(i, m);
  for (let j = m; j >= 0; j--) look(n, j);
  return end;
}

function trace(a: string, b: string, matrices: Matrices): Pair {
  const { best, gapA, gapB, width } = matrices;
  let [i, j] = endOf(a.length, b.length, matrices);
  const [outA, outB]: [string[], string[]] = [[], []];
  const put = (x: string, y: string) => {
    outA.push(x);
    outB.push(y);
  };
  for (let k = b.length; k > j; k--) put("-", b[k - 1]!);
  for (let k = a.length; k > i; k--) put(a[k - 1]!, "-");
  let state: "best" | "gapA" | "gapB" = "best";
  while (i > 0 && j > 0) {
    const at = i * width + j;
    if (state === "best") {
      if (best[at] === gapA[at]) state = "gapA";
      else if (best[at] === gapB[at]) state = "gapB";
      else put(a[--i]!, b[--j]!);
    } else if (state === "gapA") {
      if (gapA[at] === best[at - 1]! + OPEN + EXTEND) state = "best";
      put("-", b[--j]!);
    } else {
      if (gapB[at] === best[at - width]! + OPEN + EXTEND) state = "best";
      put(a[--i]!, "-");
    }
  }
  while (i > 0) put(a[--i]!, "-");
  while (j > 0) put("-", b[--j]!);
  return { a: outA.reverse().join(""), b: outB.reverse().join("") };
}

/**
 * Aligns all sequences to the first one and lays the pairs over each other: gaps of the first, once opened, stay. Right
 * for the members of a family, whose differences from the first are few; not for strangers.
 */
export function alignToFirst(sequences: readonly string[]): readonly string[] {
  const [first, ...others] = sequences;
  if (first === undefined) return [];
  let rows: string[] = [first];
  for (const other of others) {
    // Strangers share no seed: with free ends the best of them is to pass each other by, which shows nothing.
    const free = diagonals(first.toUpperCase(), other.toUpperCase()) !== null;
    rows = addRow(rows, alignPair(first, other, { left: free, right: free }));
  }
  return rows;
}

/** Lays a pair, whose `a` is the first sequence, beside rows that are aligned already. */
function addRow(rows: readonly string[], pair: Pair): string[] {
  const head = rows[0]!;
  const out: string[][] = rows.map(() => []);
  const added: string[] = [];
  let [i, j] = [0, 0];
  while (i < head.length || j < pair.a.length) {
    const gapHere = i < head.length && head[i] === "-";
    const gapThere = j < pair.a.length && pair.a[j] === "-";
    if (gapThere && !gapHere) {
      for (const row of out) row.push("-");
      added.push(pair.b[j++]!);
      continue;
    }
    rows.forEach((row, r) => {
      out[r]!.push(row[i]!);
    });
    i++;
    added.push(gapHere && !gapThere ? "-" : pair.b[j++]!);
  }
  return [...out.map((row) => row.join("")), added.join("")];
}
