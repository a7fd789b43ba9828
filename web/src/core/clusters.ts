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
  /** The same, of reads as the file brings them normalised; the counted reads where it does not. */
  normalizedSample(sample: SampleIndex): ArrayLike<number>;
  normalizedOf(row: Row, sample: SampleIndex): number;
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
  const summed = <A extends Uint32Array | Float64Array>(by: readonly A[]) => {
    const columns = new Map<SampleIndex, A>();
    const of = (row: Row, s: SampleIndex): number => {
      if (leader.has(row)) return 0;
      const column = by[s]!;
      const cluster = byLeader.get(row);
      return cluster ? cluster.reduce((sum, member) => sum + column[member]!, 0) : column[row]!;
    };
    const sample = (s: SampleIndex): A => {
      if (byLeader.size === 0) return by[s]!;
      const known = columns.get(s);
      if (known) return known;
      const made = by[s]!.slice() as A;
      for (const row of byLeader.keys()) made[row] = of(row, s);
      for (const row of leader.keys()) made[row] = 0;
      columns.set(s, made);
      return made;
    };
    return { of, sample };
  };
  const counted = summed(table.reads);
  const normalized = table.normalized ? summed(table.normalized) : counted;
  return {
    byLeader,
    leaderOf: leader,
    members: rowsOf(table.rows, leader.keys()),
    reads: { ...counted, normalizedOf: normalized.of, normalizedSample: normalized.sample },
  };
}
