/**
 * Sets of rows, one bit each. A published set is never changed: each operation makes a new one (12 kB for 100 000 rows,
 * 0.02 ms), so that views can compare by identity.
 */
export interface RowSet {
  readonly words: Uint32Array;
  readonly rows: number;
  readonly count: number;
}

const popcount = (word: number): number => {
  let w = word - ((word >>> 1) & 0x55555555);
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
  return (((w + (w >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
};

function publish(words: Uint32Array, rows: number): RowSet {
  let count = 0;
  for (let i = 0; i < words.length; i++) count += popcount(words[i]!);
  return { words, rows, count };
}

const wordsFor = (rows: number): Uint32Array => new Uint32Array((rows + 31) >>> 5);

export const noRows = (rows: number): RowSet => ({ words: wordsFor(rows), rows, count: 0 });

export function allRows(rows: number): RowSet {
  const words = wordsFor(rows).fill(0xffffffff);
  if (rows & 31 && words.length > 0) words[words.length - 1] = 2 ** (rows & 31) - 1;
  return { words, rows, count: rows };
}

export function rowsOf(rows: number, members: Iterable<number>): RowSet {
  const words = wordsFor(rows);
  for (const row of members) if (row >= 0 && row < rows) words[row >>> 5]! |= 1 << (row & 31);
  return publish(words, rows);
}

export function rowsWhere(rows: number, keep: (row: number) => boolean): RowSet {
  const words = wordsFor(rows);
  for (let row = 0; row < rows; row++) if (keep(row)) words[row >>> 5]! |= 1 << (row & 31);
  return publish(words, rows);
}

/** Rows whose code is kept: 32 at a time, without a call for each. */
export function rowsWithCode(codes: Int32Array, kept: readonly boolean[]): RowSet {
  const rows = codes.length;
  const words = wordsFor(rows);
  const flag = Uint8Array.from(kept, Number);
  for (let i = 0; i < words.length; i++) {
    let word = 0;
    const end = Math.min(32, rows - (i << 5));
    for (let bit = 0; bit < end; bit++) word |= flag[codes[(i << 5) + bit]!]! << bit;
    words[i] = word;
  }
  return publish(words, rows);
}

export const has = (set: RowSet, row: number): boolean => ((set.words[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;

function combine(a: RowSet, b: RowSet, of: (x: number, y: number) => number): RowSet {
  if (a.rows !== b.rows) throw new RangeError("sets of different tables");
  const words = new Uint32Array(a.words.length);
  for (let i = 0; i < words.length; i++) words[i] = of(a.words[i]!, b.words[i]!);
  return publish(words, a.rows);
}

export const and = (a: RowSet, b: RowSet): RowSet => combine(a, b, (x, y) => x & y);
export const or = (a: RowSet, b: RowSet): RowSet => combine(a, b, (x, y) => x | y);
export const minus = (a: RowSet, b: RowSet): RowSet => combine(a, b, (x, y) => x & ~y);
export const xor = (a: RowSet, b: RowSet): RowSet => combine(a, b, (x, y) => x ^ y);

export function equal(a: RowSet, b: RowSet): boolean {
  return a === b || (a.count === b.count && a.rows === b.rows && a.words.every((word, i) => word === b.words[i]));
}

/** The rows of a set, ascending. */
export function members(set: RowSet): Int32Array {
  const out = new Int32Array(set.count);
  let n = 0;
  for (let i = 0; i < set.words.length; i++) {
    let word = set.words[i]!;
    while (word !== 0) {
      const bit = 31 - Math.clz32(word & -word);
      out[n++] = (i << 5) | bit;
      word &= word - 1;
    }
  }
  return out;
}
