/** Clusters as the other parts need them: who leads whom, and reads summed over members. */
import type { RowSet } from "./bits";
import { rowsOf } from "./bits";
import type { Document } from "./document";
import type { Row, SampleIndex, Table } from "./table";

/** Reads of clonotypes, clusters taken together. */
export interface Reads {
  /** All rows of a sample; members of a cluster count in its representative and have 0 themselves. */
  sample(sample: SampleIndex): Uint32Array;
  of(row: Row, sample: SampleIndex): number;
}

export interface Clusters {
  /** Members by representative, the representative first. */
  readonly byLeader: ReadonlyMap<Row, readonly Row[]>;
  /** The representative of each member but itself. */
  readonly leaderOf: ReadonlyMap<Row, Row>;
  /** Rows that are not shown by themselves. */
  readonly members: RowSet;
  readonly reads: Reads;
}

/** Costs what is clustered, and one copied column for each sample that is asked for as a whole. */
export function clustersOf(table: Table, doc: Document): Clusters {
  const byLeader = new Map<Row, readonly Row[]>();
  const leader = new Map<Row, Row>();
  for (const cluster of doc.clusters) {
    byLeader.set(cluster[0]!, cluster);
    for (const row of cluster.slice(1)) leader.set(row, cluster[0]!);
  }
  const columns = new Map<SampleIndex, Uint32Array>();
  const of = (row: Row, sample: SampleIndex): number => {
    if (leader.has(row)) return 0;
    const column = table.reads[sample]!;
    const cluster = byLeader.get(row);
    return cluster ? cluster.reduce((sum, member) => sum + column[member]!, 0) : column[row]!;
  };
  const sample = (s: SampleIndex): Uint32Array => {
    if (byLeader.size === 0) return table.reads[s]!;
    const known = columns.get(s);
    if (known) return known;
    const made = table.reads[s]!.slice();
    for (const row of byLeader.keys()) made[row] = of(row, s);
    for (const row of leader.keys()) made[row] = 0;
    columns.set(s, made);
    return made;
  };
  return { byLeader, leaderOf: leader, members: rowsOf(table.rows, leader.keys()), reads: { sample, of } };
}
