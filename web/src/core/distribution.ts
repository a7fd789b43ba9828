/**
 * What a file counts and does not list: clonotypes by the value of an axis, over all of them. Less the rows on display it
 * is what bars need on top, so that they are as high as all reads.
 */
import type { Reads } from "./clusters";
import { locusOf } from "./system";
import type { Row, SampleIndex, Table } from "./table";
import { geneOf } from "./table";

/** Clonotypes and reads of one value, or of several values of several axes. */
export interface Bin {
  readonly values: readonly string[];
  readonly clonotypes: number;
  readonly reads: number;
}

export interface Distribution {
  /** Names of axes as the original's fusion has them: lenSeqAverage, seg5, … */
  readonly axes: readonly string[];
  readonly bins: readonly Bin[];
}

/** Our axes by those of files, and a value of the file as ours. */
const AXES: Readonly<Record<string, { readonly name: string; readonly of: (text: string) => string | number }>> = {
  read_length: { name: "lenSeqAverage", of: Number },
  cdr3_length: { name: "lenCDR3", of: Number },
  n_length: { name: "insert_53", of: Number },
  five_deletions: { name: "seg5_delRight", of: Number },
  three_deletions: { name: "seg3_delLeft", of: Number },
  five_gene: { name: "seg5", of: (v) => geneOf(known(v)) },
  five_allele: { name: "seg5", of: known },
  four_gene: { name: "seg4", of: (v) => geneOf(known(v)) },
  four_allele: { name: "seg4", of: known },
  three_gene: { name: "seg3", of: (v) => geneOf(known(v)) },
  three_allele: { name: "seg3", of: known },
  system: { name: "germline", of: known },
  productivity: {
    name: "productive",
    of: (v) => (v.toLowerCase() === "true" ? "productive" : v.toLowerCase() === "false" ? "not productive" : ""),
  },
};

/** A question mark stands for what is not known. */
function known(text: string): string {
  return text === "?" ? "" : text;
}

export interface Count {
  readonly value: string | number;
  clonotypes: number;
  reads: number;
}

/**
 * All clonotypes of a sample by the values of an axis; null when the file does not count them. `system` keeps genes of
 * its locus. Loci need no distribution: the file counts their reads.
 */
export function counted(table: Table, axis: string, sample: SampleIndex, system: string | null): Count[] | null {
  const ours = AXES[axis];
  if (!ours) return null;
  const all = table.distributions?.[sample] ?? [];
  // Of several, the one with the fewest further axes: those are summed over.
  const found = all
    .filter((d) => d.axes.includes(ours.name))
    .reduce<Distribution | null>((best, d) => (best && best.axes.length <= d.axes.length ? best : d), null);
  if (!found) return axis === "system" ? systems(table, sample) : null;
  const at = found.axes.indexOf(ours.name);
  const bySystem = found.axes.indexOf("germline");
  const genes = /_(gene|allele)$/.test(axis) && system !== null;
  const out = new Map<string | number, Count>();
  for (const bin of found.bins) {
    const value = ours.of(bin.values[at]!);
    if (genes && bySystem >= 0 && bin.values[bySystem] !== system) continue;
    if (genes && bySystem < 0 && !String(value).startsWith(locusOf(system))) continue;
    const count = out.get(value) ?? { value, clonotypes: 0, reads: 0 };
    count.clonotypes += bin.clonotypes;
    count.reads += bin.reads;
    out.set(value, count);
  }
  return [...out.values()];
}

const systems = (table: Table, sample: SampleIndex): Count[] =>
  Object.entries(table.samples[sample]!.systems).map(([value, reads]) => ({
    value,
    reads,
    clonotypes: table.samples[sample]!.clonotypes[value] ?? 0,
  }));

/**
 * What of these counts belongs to no row on display. Reads of a cluster count with its representative, as they are drawn;
 * a class never has fewer than none.
 */
export function unlisted(
  counts: readonly Count[],
  rows: ArrayLike<Row>,
  reads: Reads,
  sample: SampleIndex,
  classOf: (row: Row) => string | number,
): Count[] {
  const left = new Map(counts.map((c) => [c.value, { ...c }]));
  const column = reads.sample(sample);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const count = column[row]! > 0 ? left.get(classOf(row)) : undefined;
    if (!count) continue;
    count.reads = Math.max(0, count.reads - column[row]!);
    count.clonotypes = Math.max(0, count.clonotypes - 1);
  }
  return [...left.values()].filter((c) => c.reads > 0);
}
