/** Orders of the list. */
import { alphanumeric } from "./alphanumeric";
import type { RowSet } from "./bits";
import { members } from "./bits";
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

/**
 * Rows of a set in an order. Equal rows stay largest first, then in the file's order, so that a list never jumps; by
 * size, rows that are absent from the sample are ordered by their rank in the others.
 */
export function ordered(
  table: Table,
  set: RowSet,
  sort: Sort,
  sizes: ArrayLike<number>,
  names: (row: Row) => string,
): Int32Array {
  const rows = members(set);
  const rank = (row: Row) => table.top[row]! || 0x7fffffff;
  const bySize = (a: Row, b: Row): number => sizes[b]! - sizes[a]! || rank(a) - rank(b) || a - b;
  const sign = sort.descending ? -1 : 1;
  switch (sort.key) {
    case "size":
      return rows.sort((a, b) => (sort.descending ? bySize(a, b) : bySize(b, a)));
    case "five":
    case "three": {
      const systems = ranks(table.system, compareSystems);
      const column = sort.key === "five" ? table.five : table.three;
      const genes = ranks(column, alphanumeric);
      const of = (row: Row) => systems[table.system.codes[row]!]! * genes.length + genes[column.codes[row]!]!;
      return rows.sort((a, b) => sign * (of(a) - of(b)) || bySize(a, b));
    }
    case "name":
    case "cdr3": {
      const text = new Map<Row, string>();
      for (const row of rows) text.set(row, sort.key === "name" ? names(row) : table.cdr3aa.at(row));
      return rows.sort((a, b) => sign * alphanumeric(text.get(a)!, text.get(b)!) || bySize(a, b));
    }
  }
}
