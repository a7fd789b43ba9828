/** Search of clonotypes: words of names and genes, amino acids of CDR3 and junction, sequences of either strand. */
import type { RowSet } from "./bits";
import { and, has, or, rowsOf, rowsWhere } from "./bits";
import { reverseComplement } from "./sequence";
import type { Row, Table } from "./table";
import { textAt } from "./table";

/** Where a sequence was found: on the representative, 0-based and half-open. */
export interface Hit {
  readonly start: number;
  readonly end: number;
  readonly reversed: boolean;
}

const NUCLEOTIDES = /^[ACGTUNRYSWKMBDHV]+$/i;
/** Shorter words of A, C, G and T are names or amino acids (CAT, TAG) more often than sequences. */
const SEQUENCE_LETTERS = 6;

const SETS: Readonly<Record<string, string>> = {
  A: "A",
  C: "C",
  G: "G",
  T: "T",
  U: "T",
  R: "[AGR]",
  Y: "[CTY]",
  S: "[CGS]",
  W: "[ATW]",
  K: "[GTK]",
  M: "[ACM]",
  B: "[CGTB]",
  D: "[AGTD]",
  H: "[ACTH]",
  V: "[ACGV]",
  N: "[ACGTN]",
};

/** Ambiguous letters of a query stand for their nucleotides. */
const pattern = (sequence: string): RegExp =>
  new RegExp([...sequence.toUpperCase()].map((l) => SETS[l] ?? l).join(""), "i");

export const isSequence = (query: string): boolean => query.length >= SEQUENCE_LETTERS && NUCLEOTIDES.test(query);

/**
 * What words are looked for in: the texts of all rows in lower case, one long text, in which the engine's own search
 * jumps from row to row (5 ms for 100 000 rows, where a search row by row takes 50). Made when somebody searches first.
 */
interface Texts {
  readonly all: string;
  /** Where the text of each row begins; it ends before the next. */
  readonly start: Int32Array;
}

/** Between the texts of two rows: no word can have it. */
const BETWEEN = "\n\n";

const cache = new WeakMap<Table, Texts>();

function textsOf(table: Table): Texts {
  let known = cache.get(table);
  if (!known) {
    const start = new Int32Array(table.rows + 1);
    const parts: string[] = [];
    for (let row = 0; row < table.rows; row++) {
      const text = `${table.name.at(row)}\n${table.junctionaa.at(row)}\n${table.cdr3aa.at(row)}\n${textAt(table.label, row)}`;
      parts.push(text);
      start[row + 1] = start[row]! + text.length + BETWEEN.length;
    }
    // Lower case keeps the length of the texts of the field: letters of ASCII.
    const joined = parts.join(BETWEEN);
    const lower = joined.toLowerCase();
    const all = lower.length === joined.length ? lower : joined.replace(/[A-Z]/g, (c) => c.toLowerCase());
    known = { all, start };
    cache.set(table, known);
  }
  return known;
}

/** The rows whose text has a word. */
function rowsWith({ all, start }: Texts, rows: number, word: string): RowSet {
  const found: Row[] = [];
  let row = 0;
  for (let at = all.indexOf(word); at >= 0; ) {
    // Steps of doubling size to the row of the position, then halving: hits are near each other or far apart.
    let step = 1;
    while (row + step < rows && start[row + step]! <= at) {
      row += step;
      step *= 2;
    }
    for (; step >= 1; step = step >>> 1) if (row + step < rows && start[row + step]! <= at) row += step;
    found.push(row);
    if (row + 1 >= rows) break;
    at = all.indexOf(word, start[row + 1]!);
  }
  return rowsOf(rows, found);
}

export interface Search {
  readonly query: string;
  /** The rows that match. */
  readonly rows: RowSet;
  /** Where the sequence of the row has the query; null when it is not a sequence or not there. */
  hit(row: Row): Hit | null;
}

/**
 * Compiles a query. Words separated by spaces must all match, each anywhere: "V3-9 J6" finds IGHV3-9 … IGHJ6. A single
 * word of nucleotides also searches sequences and windows, both strands.
 */
export function compile(table: Table, names: ReadonlyMap<Row, string>, query: string): Search | null {
  const text = query.trim();
  if (text === "") return null;
  const strands = isSequence(text) ? [pattern(text), pattern(reverseComplement(text))] : [];
  const hit = (row: Row): Hit | null => {
    const sequence = strands.length > 0 ? table.sequence.at(row) : "";
    for (const [i, strand] of strands.entries()) {
      const start = sequence.search(strand);
      if (start >= 0) return { start, end: start + text.length, reversed: i === 1 };
    }
    return null;
  };
  const named = [...names].map(([row, name]) => [row, name.toLowerCase()] as const);
  const texts = textsOf(table);
  let rows = text
    .toLowerCase()
    .split(/\s+/)
    .map((word) => {
      const also = named.filter(([, name]) => name.includes(word)).map(([row]) => row);
      return or(rowsWith(texts, table.rows, word), rowsOf(table.rows, also));
    })
    .reduce(and);
  if (strands.length > 0) {
    const words = rows;
    rows = rowsWhere(
      table.rows,
      (row) => has(words, row) || hit(row) !== null || strands.some((strand) => strand.test(table.id.at(row))),
    );
  }
  return { query: text, rows, hit };
}
