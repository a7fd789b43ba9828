/**
 * Sizes: reads divided by one stated denominator. What is displayed never changes it; only an explicit choice does.
 */
import type { Reads } from "./clusters";
import type { Normalization } from "./document";
import { standardOf } from "./document";
import { groupOf } from "./system";
import type { Row, SampleIndex, Table } from "./table";

/**
 * What a size is a share of.
 *
 * - `analysed`: all reads of the sample with a recombination;
 * - `total`: all reads of the sample;
 * - `system`: the reads of the clonotype's own system;
 * - `group`: those of its locus with incomplete recombinations;
 * - `systems`: the reads of systems chosen by name, as the original does with its ticked loci.
 */
export type Denominator =
  | { readonly kind: "analysed" | "total" | "system" | "group" }
  | { readonly kind: "systems"; readonly systems: readonly string[] };

/** Fewer reads than this are detected, but no quantity. */
export const QUANTIFIABLE = 5;

/** The number that reads of a system are divided by in a sample. */
export function denominatorOf(table: Table, denominator: Denominator, sample: SampleIndex, system: string): number {
  const s = table.samples[sample]!;
  switch (denominator.kind) {
    case "analysed":
      return s.analysed;
    case "total":
      return s.total;
    case "system":
      return s.systems[system] ?? 0;
    case "group": {
      let sum = 0;
      for (const [other, reads] of Object.entries(s.systems)) if (groupOf(other) === groupOf(system)) sum += reads;
      return sum;
    }
    case "systems":
      return denominator.systems.reduce((sum, name) => sum + (s.systems[name] ?? 0), 0);
  }
}

/** Denominators by code of the table's system dictionary. */
export function denominators(table: Table, denominator: Denominator, sample: SampleIndex): Float64Array {
  return Float64Array.from(table.system.values, (system) => denominatorOf(table, denominator, sample, system));
}

/** Reads of all rows as sizes count them. */
const amounts = (reads: Reads, normalization: Normalization | null, sample: SampleIndex): ArrayLike<number> =>
  normalization && "external" in normalization ? reads.normalizedSample(sample) : reads.sample(sample);

/**
 * The factor that brings a standard to its expected size in a sample, expected / (reads / denominator); 1 where the
 * standard has no reads, and without one.
 */
export function standardFactor(
  table: Table,
  reads: Reads,
  normalization: Normalization | null,
  denominator: Denominator,
  sample: SampleIndex,
): number {
  const standard = standardOf(normalization);
  if (!standard) return 1;
  const system = table.system.values[table.system.codes[standard.row]!] ?? "";
  const of = denominatorOf(table, denominator, sample, system);
  const size = of > 0 ? reads.of(standard.row, sample) / of : 0;
  return size > 0 ? standard.expected / size : 1;
}

/** Sizes of all rows in a sample, 0 where the denominator is 0. */
export function sizes(
  table: Table,
  reads: Reads,
  denominator: Denominator,
  normalization: Normalization | null,
  sample: SampleIndex,
): Float64Array {
  const counts = amounts(reads, normalization, sample);
  const factor = standardFactor(table, reads, normalization, denominator, sample);
  const by = denominators(table, denominator, sample).map((of) => (of > 0 ? of : Number.POSITIVE_INFINITY));
  const out = new Float64Array(table.rows);
  const codes = table.system.codes;
  for (let row = 0; row < out.length; row++) out[row] = (counts[row]! / by[codes[row]!]!) * factor;
  return out;
}

export function sizeOf(
  table: Table,
  reads: Reads,
  denominator: Denominator,
  normalization: Normalization | null,
  row: Row,
  sample: SampleIndex,
): number {
  const of = denominatorOf(table, denominator, sample, table.system.values[table.system.codes[row]!] ?? "");
  if (of <= 0) return 0;
  const n = normalization && "external" in normalization ? reads.normalizedOf(row, sample) : reads.of(row, sample);
  return (n / of) * standardFactor(table, reads, normalization, denominator, sample);
}

/** Reads of a system that belong to no row that is listed: a list with these adds up to all reads. */
export interface Smaller {
  readonly system: string;
  readonly reads: number;
  readonly size: number;
}

/** By system, in the order of the sample's; only those with reads. `listed` says which rows the list shows. */
export function smallerClonotypes(
  table: Table,
  reads: Reads,
  denominator: Denominator,
  sample: SampleIndex,
  listed: Iterable<Row>,
): readonly Smaller[] {
  const counts = reads.sample(sample);
  const { codes, values } = table.system;
  const sums = new Float64Array(values.length);
  for (const row of listed) sums[codes[row]!]! += counts[row]!;
  const left = new Map(Object.entries(table.samples[sample]!.systems));
  values.forEach((system, code) => {
    left.set(system, (left.get(system) ?? 0) - sums[code]!);
  });
  const out: Smaller[] = [];
  for (const [system, n] of left) {
    const of = denominatorOf(table, denominator, sample, system);
    if (n > 0) out.push({ system, reads: n, size: of > 0 ? n / of : 0 });
  }
  return out;
}

/** Pearson's r of ln(reads + 1) over samples; NaN where one of the two does not vary. */
export function correlation(reads: Reads, a: Row, b: Row, samples: readonly SampleIndex[]): number {
  const logs = (row: Row) => samples.map((s) => Math.log(reads.of(row, s) + 1));
  const [x, y] = [logs(a), logs(b)];
  const mean = (v: readonly number[]) => v.reduce((sum, n) => sum + n, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((v, i) => {
    xy += (v - mx) * (y[i]! - my);
    xx += (v - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  });
  return xy / Math.sqrt(xx * yy);
}
