/** How much two samples have in common. */
import type { Table } from "./table";

/** Symmetric, one element for each pair of samples, in the order of the table's samples. */
export interface Overlaps {
  /**
   * Morisita's index in the form of Horn 1966 (The American Naturalist 100: 419-424) on shares of reads p and q,
   * 2 Σ pq / (Σ p² + Σ q²): the same repertoire at half the depth gives 1.
   */
  readonly morisita: readonly (readonly number[])[];
  /** Jaccard 1901: of the clonotypes of either sample, the share that both have. */
  readonly jaccard: readonly (readonly number[])[];
  /** Clonotypes with reads in both; null when the file does not say. */
  readonly shared: readonly (readonly number[])[] | null;
  /** Over all clonotypes, as the file has them; otherwise over those that are listed. */
  readonly complete: boolean;
}

const square = (n: number): Float64Array[] => Array.from({ length: n }, () => new Float64Array(n));

/**
 * Computes the indexes over the clonotypes of a table. Shares are of analysed reads, so that reads of clonotypes that the
 * file does not list count as being in no other sample. Costs the pairs of samples of each clonotype: 0.1 s for 100 000
 * clonotypes, each in 35 of 100 samples.
 */
export function overlaps(table: Table): Overlaps {
  const n = table.samples.length;
  const [products, shared] = [square(n), square(n)];
  const weight = table.samples.map((s) => (s.analysed > 0 ? 1 / s.analysed : 0));
  const here = new Int32Array(n);
  const part = new Float64Array(n);
  for (let row = 0; row < table.rows; row++) {
    let present = 0;
    for (let s = 0; s < n; s++) {
      const reads = table.reads[s]![row]!;
      if (reads === 0) continue;
      here[present] = s;
      part[present] = reads * weight[s]!;
      present++;
    }
    for (let i = 0; i < present; i++) {
      const [product, both, p] = [products[here[i]!]!, shared[here[i]!]!, part[i]!];
      for (let j = i; j < present; j++) {
        product[here[j]!]! += p * part[j]!;
        both[here[j]!]!++;
      }
    }
  }
  return { ...indexes(products, shared), complete: false };
}

/** A pair of which a sample has no reads has 0; a sample has 1 with itself. */
function indexes(products: readonly Float64Array[], shared: readonly Float64Array[]): Omit<Overlaps, "complete"> {
  const n = products.length;
  const [morisita, jaccard, both] = [square(n), square(n), square(n)];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const common = shared[i]![j]!;
      const either = shared[i]![i]! + shared[j]![j]! - common;
      const squares = products[i]![i]! + products[j]![j]!;
      const m = i === j ? 1 : squares > 0 ? Math.min(1, (2 * products[i]![j]!) / squares) : 0;
      morisita[i]![j] = morisita[j]![i] = m;
      jaccard[i]![j] = jaccard[j]![i] = i === j ? 1 : either > 0 ? common / either : 0;
      both[i]![j] = both[j]![i] = common;
    }
  }
  const plain = (matrix: Float64Array[]) => matrix.map((row) => Array.from(row));
  return { morisita: plain(morisita), jaccard: plain(jaccard), shared: plain(both) };
}

const known = new WeakMap<Table, Overlaps>();

/** The file's overlaps, else computed ones, once. */
export function overlapsOf(table: Table): Overlaps {
  let found = known.get(table);
  if (!found) {
    found = table.overlaps ?? overlaps(table);
    known.set(table, found);
  }
  return found;
}
