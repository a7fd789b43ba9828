/** The numbers of a report: which clonotypes, what each sample has of them, what samples share. No words, no drawing. */
import type { Clusters, Reads } from "./clusters";
import type { Document } from "./document";
import type { Include } from "./reportPlan";
import type { Denominator } from "./size";
import { QUANTIFIABLE, sizeOf } from "./size";
import { compareSystems } from "./system";
import type { Row, SampleIndex, Table } from "./table";
import { TAGS } from "./tags";
import { codesOf } from "./warnings";

export interface ReportContext {
  readonly table: Table;
  readonly doc: Document;
  readonly clusters: Clusters;
  readonly denominator: Denominator;
  /** Samples of the report, in its order. */
  readonly samples: readonly SampleIndex[];
}

/** Larger than every tag's place: clonotypes without a tag come last. */
const UNTAGGED = TAGS.length + 1;

/** The clonotypes of a report: by tag, then by their largest size. A member of a cluster stands for its cluster. */
export function reportRows(c: ReportContext, include: Include, selected: Iterable<Row>): readonly Row[] {
  const rows = new Set<Row>();
  const take = (row: Row) => rows.add(c.clusters.leaderOf.get(row) ?? row);
  if (include.tagged) for (const row of c.doc.tags.keys()) take(row);
  if (include.selected) for (const row of selected) take(row);
  const largest = largestSizes(c);
  for (const row of largestRows(largest, include.top)) rows.add(row);
  const place = (row: Row) => {
    const tag = c.doc.tags.get(row);
    const at = TAGS.findIndex((each) => each.id === tag);
    return tag === undefined ? UNTAGGED : at < 0 ? TAGS.length : at;
  };
  return [...rows].sort((a, b) => place(a) - place(b) || largest[b]! - largest[a]! || a - b);
}

/** Of each clonotype, over the samples. */
function largestSizes(c: ReportContext): Float64Array {
  const out = new Float64Array(c.table.rows);
  for (const sample of c.samples) {
    const reads = c.clusters.reads.sample(sample);
    for (let row = 0; row < out.length; row++) {
      if (reads[row] === 0) continue;
      out[row] = Math.max(out[row]!, sizeOf(c.table, c.clusters.reads, c.denominator, c.doc.standard, row, sample));
    }
  }
  return out;
}

function largestRows(sizes: Float64Array, n: number): readonly Row[] {
  if (n === 0) return [];
  return Array.from(sizes.keys())
    .filter((row) => sizes[row]! > 0)
    .sort((a, b) => sizes[b]! - sizes[a]! || a - b)
    .slice(0, n);
}

/** What a sample has of a clonotype. Below five reads it is detected, but no quantity: the size is then not to be told. */
export interface Amount {
  readonly reads: number;
  readonly size: number;
  readonly state: "absent" | "detected" | "quantified";
}

export function amountOf(c: ReportContext, row: Row, sample: SampleIndex): Amount {
  const reads = c.clusters.reads.of(row, sample);
  return {
    reads,
    size: sizeOf(c.table, c.clusters.reads, c.denominator, c.doc.standard, row, sample),
    state: reads === 0 ? "absent" : reads < QUANTIFIABLE ? "detected" : "quantified",
  };
}

/** Systems with reads in one of the samples, in display order. */
export function systemsOf(c: ReportContext): readonly string[] {
  const out = new Set<string>();
  for (const s of c.samples)
    for (const [system, reads] of Object.entries(c.table.samples[s]!.systems)) if (reads > 0) out.add(system);
  return [...out].sort(compareSystems);
}

/** What two samples share: clonotypes of both, and the part of the first sample's analysed reads that they have. */
export interface Shared {
  readonly clonotypes: number;
  readonly share: number;
}

/** By sample, then by sample. On the diagonal stands what a sample has itself. */
export function overlaps(table: Table, reads: Reads, samples: readonly SampleIndex[]): readonly (readonly Shared[])[] {
  const columns = samples.map((s) => reads.sample(s));
  return columns.map((mine, i) =>
    columns.map((theirs) => {
      let [clonotypes, sum] = [0, 0];
      for (let row = 0; row < table.rows; row++) {
        if (mine[row] === 0 || theirs[row] === 0) continue;
        clonotypes++;
        sum += mine[row]!;
      }
      const analysed = table.samples[samples[i]!]!.analysed;
      return { clonotypes, share: analysed > 0 ? sum / analysed : 0 };
    }),
  );
}

/** Codes of warnings of some clonotypes, with the clonotypes that have them. */
export function warningsOf(table: Table, rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const out = new Map<string, Row[]>();
  for (const row of rows) {
    for (const code of codesOf(table.warnings.values[table.warnings.codes[row]!] ?? "")) {
      const known = out.get(code);
      if (known) known.push(row);
      else out.set(code, [row]);
    }
  }
  return out;
}

const DAY = 86_400_000;

/** Days since the first sample of the report that has a date; null without a date. */
export function daysOf(table: Table, samples: readonly SampleIndex[]): readonly (number | null)[] {
  const times = samples.map((s) => Date.parse(table.samples[s]!.date));
  const known = times.filter((t) => Number.isFinite(t));
  const first = Math.min(...known);
  return times.map((t) => (Number.isFinite(t) ? Math.round((t - first) / DAY) : null));
}

/**
 * The same result without what may tell who somebody is: samples by number, no file names, command lines, dates as they
 * were only for counting days, and none of the free text that was noted. Names and tags of clonotypes stay.
 */
export function anonymous(table: Table, doc: Document, name: (n: number) => string): { table: Table; doc: Document } {
  const place = new Map(doc.sampleOrder.map((s, i) => [s, i + 1]));
  const samples = table.samples.map((s, i) => ({
    ...s,
    name: name(place.get(i) ?? i + 1),
    originalName: `sample-${i + 1}`,
    info: "",
    commandline: "",
    log: "",
  }));
  return {
    table: { ...table, samples, source: { ...table.source, name: "" } },
    doc: { ...doc, sampleNames: new Map(), sampleNotes: new Map(), notes: new Map(), info: "" },
  };
}
