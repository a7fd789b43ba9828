/**
 * Orders of the list. An order is made for the whole table and kept; what is on display is that order with the other
 * rows left out, so that filtering never sorts.
 */
import { alphanumeric } from "./alphanumeric";
import type { RowSet } from "./bits";
import { byRank, bySizeDescending } from "./radix";
import { compareSystems } from "./system";
import type { Dictionary, Row, Table } from "./table";

export type SortKey = "size" | "name" | "five" | "three" | "cdr3";

export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

export const BY_SIZE: Sort = { key: "size", descending: true };

/** Ranks of texts, equal texts alike. */
function ranksOf(values: readonly string[], order: (a: string, b: string) => number): Int32Array {
  const sorted = values.map((_, i) => i).sort((i, j) => order(values[i]!, values[j]!));
  const out = new Int32Array(sorted.length);
  let rank = 0;
  sorted.forEach((at, i) => {
    if (i > 0 && order(values[sorted[i - 1]!]!, values[at]!) !== 0) rank++;
    out[at] = rank;
  });
  return out;
}

/** Ranks by row of a text by row: distinct texts are compared, once. */
function textRanks(rows: number, of: (row: Row) => string): Int32Array {
  const codes = new Int32Array(rows);
  const index = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const text = of(row);
    let code = index.get(text);
    if (code === undefined) {
      code = index.size;
      index.set(text, code);
    }
    codes[row] = code;
  }
  const ranks = ranksOf([...index.keys()], alphanumeric);
  return codes.map((code) => ranks[code]!);
}

/** Rows by their best rank, then as the file has them. */
function rankOrder(table: Table): Int32Array {
  const all = Int32Array.from({ length: table.rows }, (_, row) => row);
  return byRank(
    all,
    table.top.map((top) => (top > 0 ? top : 0x7fffffff)),
  );
}

function geneRanks(table: Table, column: Dictionary): Int32Array {
  const systems = ranksOf(table.system.values, compareSystems);
  const genes = ranksOf(column.values, alphanumeric);
  const codes = table.system.codes;
  return Int32Array.from(codes, (code, row) => systems[code]! * genes.length + genes[column.codes[row]!]!);
}

/** The orders of one table: what does not depend on the sample is made once. */
export class Orders {
  private readonly byTop: Int32Array;
  private readonly ranks = new Map<SortKey, { readonly of: unknown; readonly ranks: Int32Array }>();

  constructor(private readonly table: Table) {
    this.byTop = rankOrder(table);
  }

  /** All rows, largest first; what is absent from the sample follows by its rank in the others. */
  largestFirst(sizes: ArrayLike<number>): Int32Array {
    return bySizeDescending(this.byTop, sizes);
  }

  /**
   * All rows in an order. Equal rows stay largest first, then by rank, then in the file's order, so that a list never
   * jumps. `largest` is largestFirst of the sizes; `named` is what names depend on besides the table.
   */
  sorted(sort: Sort, largest: Int32Array, named: unknown, names: (row: Row) => string): Int32Array {
    if (sort.key === "size") return sort.descending ? largest : largest.toReversed();
    const ranks = this.rank(sort.key, named, names);
    if (!sort.descending) return byRank(largest, ranks);
    const highest = ranks.reduce((a, b) => Math.max(a, b), 0);
    return byRank(
      largest,
      ranks.map((r) => highest - r),
    );
  }

  private rank(key: Exclude<SortKey, "size">, named: unknown, names: (row: Row) => string): Int32Array {
    const { table } = this;
    const of = key === "name" ? named : null;
    const known = this.ranks.get(key);
    if (known && known.of === of) return known.ranks;
    const ranks =
      key === "five" || key === "three"
        ? geneRanks(table, table[key])
        : textRanks(table.rows, key === "name" ? names : (row) => table.cdr3aa.at(row));
    this.ranks.set(key, { of, ranks });
    return ranks;
  }
}

/** Rows of an order that a set has, in that order. */
export function kept(order: Int32Array, set: RowSet): Int32Array {
  if (set.count === order.length) return order;
  const { words } = set;
  const out = new Int32Array(set.count);
  let n = 0;
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    if ((words[row >>> 5]! & (1 << (row & 31))) !== 0) out[n++] = row;
  }
  return out;
}
