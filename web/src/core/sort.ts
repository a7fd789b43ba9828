/** Orders of the list. */
import { alphanumeric } from "./alphanumeric";
import type { RowSet } from "./bits";
import { has } from "./bits";
import { bySizeDescending } from "./radix";
import { compareSystems } from "./system";
import type { Dictionary, Row, Table } from "./table";

export type SortKey = "size" | "name" | "five" | "three" | "cdr3";

export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

export const BY_SIZE: Sort = { key: "size", descending: true };

/** Ranks of a dictionary's values, for comparisons without comparing text. */
function ranks(dictionary: Dictionary, order: (a: string, b: string) => number): Int32Array {
  const sorted = dictionary.values.map((_, i) => i).sort((i, j) => order(dictionary.values[i]!, dictionary.values[j]!));
  const out = new Int32Array(sorted.length);
  sorted.forEach((code, rank) => {
    out[code] = rank;
  });
  return out;
}

/** Rows by their best rank, then as the file has them; made once for a table. */
const byRank = new WeakMap<Table, Int32Array>();

function rankOrder(table: Table): Int32Array {
  let known = byRank.get(table);
  if (!known) {
    const rank = (row: Row) => table.top[row]! || 0x7fffffff;
    known = Int32Array.from({ length: table.rows }, (_, row) => row).sort((a, b) => rank(a) - rank(b) || a - b);
    byRank.set(table, known);
  }
  return known;
}

/** Largest first; what is absent from the sample follows by its rank in the others. */
function largestFirst(table: Table, set: RowSet, sizes: ArrayLike<number>): Int32Array {
  const all = rankOrder(table);
  return bySizeDescending(set.count === table.rows ? all : all.filter((row) => has(set, row)), sizes);
}

/**
 * Rows of a set in an order. Equal rows stay largest first, then by rank, then in the file's order, so that a list never
 * jumps.
 */
export function ordered(
  table: Table,
  set: RowSet,
  sort: Sort,
  sizes: ArrayLike<number>,
  names: (row: Row) => string,
): Int32Array {
  const rows = largestFirst(table, set, sizes);
  // Sorting is stable: what compares equal stays largest first.
  const sign = sort.descending ? -1 : 1;
  switch (sort.key) {
    case "size":
      return sort.descending ? rows : rows.reverse();
    case "five":
    case "three": {
      const column = sort.key === "five" ? table.five : table.three;
      const systems = ranks(table.system, compareSystems);
      const genes = ranks(column, alphanumeric);
      const of = (row: Row) => systems[table.system.codes[row]!]! * genes.length + genes[column.codes[row]!]!;
      return rows.sort((a, b) => sign * (of(a) - of(b)));
    }
    case "name":
    case "cdr3": {
      const text = new Map<Row, string>();
      for (const row of rows) text.set(row, sort.key === "name" ? names(row) : table.cdr3aa.at(row));
      return rows.sort((a, b) => sign * alphanumeric(text.get(a)!, text.get(b)!));
    }
  }
}
