/** Search of clonotypes: words of names and genes, amino acids of CDR3 and junction, sequences of either strand. */
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

/** What words are looked for in, in lower case, by row: decoded once, when somebody searches first. */
const cache = new WeakMap<Table, readonly string[]>();

function textsOf(table: Table): readonly string[] {
  let known = cache.get(table);
  if (!known) {
    known = Array.from({ length: table.rows }, (_, row) =>
      [table.name.at(row), table.junctionaa.at(row), table.cdr3aa.at(row), textAt(table.label, row)]
        .join("\n")
        .toLowerCase(),
    );
    cache.set(table, known);
  }
  return known;
}

export interface Search {
  readonly query: string;
  matches(row: Row): boolean;
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
  const words = text.toLowerCase().split(/\s+/);
  const strands = isSequence(text) ? [pattern(text), pattern(reverseComplement(text))] : [];
  const hit = (row: Row): Hit | null => {
    if (strands.length === 0) return null;
    const sequence = table.sequence.at(row);
    for (const [i, strand] of strands.entries()) {
      const start = sequence.search(strand);
      if (start >= 0) return { start, end: start + text.length, reversed: i === 1 };
    }
    return null;
  };
  const texts = textsOf(table);
  const matches = (row: Row): boolean => {
    const name = names.get(row)?.toLowerCase() ?? "";
    const lower = texts[row]!;
    if (words.every((word) => lower.includes(word) || name.includes(word))) return true;
    if (strands.length === 0) return false;
    if (hit(row) !== null) return true;
    const id = table.id.at(row);
    return strands.some((strand) => strand.test(id));
  };
  return { query: text, matches, hit };
}
