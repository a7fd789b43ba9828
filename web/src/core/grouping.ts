/**
 * Clusters that follow from what clonotypes have in common: genes, the CDR3, or both. They are proposals; evidence says for
 * each member in what it is like the one that would stand for it, and in what not.
 */
import type { RowSet } from "./bits";
import { members } from "./bits";
import { leaderOf } from "./document";
import { editDistance } from "./similarity";
import type { Row, Table } from "./table";
import { geneOf, textAt } from "./table";

/** What clonotypes of a group have in common, besides their system. Genes are compared without their alleles. */
export type GroupBy = "genes" | "genesCdr3" | "cdr3";

export const GROUPINGS: readonly GroupBy[] = ["genesCdr3", "genes", "cdr3"];

/** How a member differs from the one that would stand for the group. */
export interface Evidence {
  /** Amino acids of the CDR3 to change, insert or take away; null when one of both has no CDR3. */
  readonly edits: number | null;
  /** Amino acids of the longer CDR3 of both. */
  readonly of: number;
  /** V and J genes where they are other ones, else "". */
  readonly five: string;
  readonly three: string;
}

const genes = (table: Table, row: Row): readonly [string, string] => [
  geneOf(textAt(table.five, row)),
  geneOf(textAt(table.three, row)),
];

/** "" for what cannot be compared: a gene or a CDR3 is not known. */
function keyOf(table: Table, row: Row, by: GroupBy): string {
  const [five, three] = genes(table, row);
  const cdr3 = table.cdr3aa.at(row);
  if (by !== "cdr3" && (five === "" || three === "")) return "";
  if (by !== "genes" && cdr3 === "") return "";
  const system = textAt(table.system, row);
  return by === "genes"
    ? `${system} ${five} ${three}`
    : by === "cdr3"
      ? `${system} ${cdr3}`
      : `${system} ${five} ${three} ${cdr3}`;
}

/**
 * Groups of two or more of the rows, each with the one that would stand for it first; the groups of best ranks come first.
 * Rows that are clusters already stand for their members.
 */
export function groupsBy(table: Table, rows: RowSet, by: GroupBy): readonly (readonly Row[])[] {
  const groups = new Map<string, Row[]>();
  for (const row of members(rows)) {
    const key = keyOf(table, row, by);
    if (key === "") continue;
    const known = groups.get(key);
    if (known) known.push(row);
    else groups.set(key, [row]);
  }
  const out: Row[][] = [];
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const leader = leaderOf(table, group);
    out.push([leader, ...group.filter((row) => row !== leader)]);
  }
  const rank = (row: Row) => table.top[row]! || Number.MAX_SAFE_INTEGER;
  return out.sort((a, b) => rank(a[0]!) - rank(b[0]!) || a[0]! - b[0]!);
}

export function evidenceOf(table: Table, leader: Row, row: Row): Evidence {
  const [a, b] = [table.cdr3aa.at(leader), table.cdr3aa.at(row)];
  const [five, three] = genes(table, row);
  const [leaderFive, leaderThree] = genes(table, leader);
  return {
    edits: a === "" || b === "" ? null : editDistance(a, b),
    of: Math.max(a.length, b.length),
    five: five === leaderFive ? "" : five,
    three: three === leaderThree ? "" : three,
  };
}
