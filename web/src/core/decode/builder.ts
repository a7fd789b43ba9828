/** Rows of files, one object each, become columns. */
import type { Dictionary, Row, Sample, Span, Table, TextColumn, Warning } from "../table";
import { Productive } from "../table";
import type { Counts } from "./counts";

export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** A clonotype as a reader found it; positions 0-based and half-open, absent when unknown. */
export interface CloneRecord {
  id: string;
  name?: string;
  label?: string;
  system?: string;
  five?: string;
  four?: string;
  three?: string;
  top?: number;
  sequence?: string;
  quality?: string;
  fiveStart?: number;
  fiveEnd?: number;
  fourSpan?: Interval;
  threeStart?: number;
  threeEnd?: number;
  fiveDelRight?: number;
  fourDelLeft?: number;
  fourDelRight?: number;
  threeDelLeft?: number;
  cdr3?: Interval;
  cdr3aa?: string;
  junction?: Interval;
  junctionaa?: string;
  productive?: boolean;
  unproductive?: string;
  evalue?: number;
  coverage?: number;
  warnings?: readonly Warning[];
  reads: readonly number[];
  normalized?: readonly (number | null)[];
  lengths?: readonly number[];
  /** Values of columns that few files have, by the names of Table.extra. */
  extra?: Readonly<Record<string, number | string>>;
}

export interface TableFacts {
  readonly samples: readonly Sample[];
  readonly source: Table["source"];
  readonly shortcuts?: Readonly<Record<string, string>>;
  /** By id; ids that are not rows are passed over. */
  readonly clusters?: readonly (readonly string[])[];
  readonly suggested?: readonly (readonly string[])[];
  readonly evidence?: Readonly<Record<string, unknown>>;
  readonly counts?: Counts;
}

const texts = (values: readonly string[]): TextColumn => ({ length: values.length, at: (row) => values[row] ?? "" });

/** Collects distinct texts in the order of their first appearance. */
export function dictionary(values: readonly string[]): Dictionary {
  const codes = new Int32Array(values.length);
  const index = new Map<string, number>();
  values.forEach((value, row) => {
    let code = index.get(value);
    if (code === undefined) {
      code = index.size;
      index.set(value, code);
    }
    codes[row] = code;
  });
  return { codes, values: [...index.keys()] };
}

export function gcOf(sequence: string): number {
  if (sequence === "") return Number.NaN;
  let n = 0;
  for (const letter of sequence) if (letter === "G" || letter === "C" || letter === "g" || letter === "c") n++;
  return n / sequence.length;
}

/** W5x warnings are computed here as well as by programs: the same fact is told once. */
const EVALUE_LIMIT = 0.001;
const COVERAGE_LIMIT = 0.5;

/** Codes of a row: the file's, and those that follow from its numbers; the old Wxx for a bad e-value is W5a. */
export function warningCodes(warnings: readonly Warning[], evalue: number, coverage: number): string {
  const codes = new Set(warnings.map((w) => (w.code === "Wxx" ? "W5a" : w.code)));
  if (coverage < COVERAGE_LIMIT) codes.add("W51");
  if (evalue > EVALUE_LIMIT) codes.add("W5a");
  return [...codes].sort().join(",");
}

/** Rows by id, made when first asked for. Of equal ids the first row counts. */
export function rowIndex(id: TextColumn): (text: string) => Row | undefined {
  let index: Map<string, Row> | undefined;
  return (text) => {
    if (!index) {
      index = new Map();
      for (let row = id.length - 1; row >= 0; row--) index.set(id.at(row), row);
    }
    return index.get(text);
  };
}

export function clusterRows(ids: readonly (readonly string[])[], rowOf: (id: string) => Row | undefined): Row[][] {
  const taken = new Set<Row>();
  const out: Row[][] = [];
  for (const cluster of ids) {
    const rows: Row[] = [];
    for (const id of cluster) {
      const row = rowOf(id);
      if (row !== undefined && !taken.has(row)) {
        rows.push(row);
        taken.add(row);
      }
    }
    if (rows.length > 1) out.push(rows);
  }
  return out;
}

export function buildTable(records: readonly CloneRecord[], facts: TableFacts): Table {
  const rows = records.length;
  const samples = facts.samples.length;
  const text = (of: (r: CloneRecord) => string | undefined) => records.map((r) => of(r) ?? "");
  const numbers = (of: (r: CloneRecord) => number | undefined) => Int32Array.from(records, (r) => of(r) ?? -1);
  const span = (of: (r: CloneRecord) => Interval | undefined): Span => ({
    start: Int32Array.from(records, (r) => of(r)?.start ?? -1),
    end: Int32Array.from(records, (r) => of(r)?.end ?? -1),
  });
  const bySample = <A extends { [row: number]: number }>(
    make: () => A,
    of: (r: CloneRecord, sample: number) => number,
  ) =>
    Array.from({ length: samples }, (_, sample) => {
      const column = make();
      records.forEach((r, row) => {
        column[row] = of(r, sample);
      });
      return column;
    });
  const sequences = text((r) => r.sequence);
  const id = texts(text((r) => r.id));
  const evalue = Float64Array.from(records, (r) => r.evalue ?? Number.NaN);
  const coverage = Float32Array.from(records, (r) => r.coverage ?? Number.NaN);
  const rowOf = rowIndex(id);
  return {
    rows,
    samples: facts.samples,
    source: facts.source,
    shortcuts: facts.shortcuts ?? {},
    id,
    rowOf,
    name: texts(text((r) => r.name)),
    label: dictionary(text((r) => r.label)),
    system: dictionary(text((r) => r.system)),
    five: dictionary(text((r) => r.five)),
    four: dictionary(text((r) => r.four)),
    three: dictionary(text((r) => r.three)),
    top: Int32Array.from(records, (r) => r.top ?? 0),
    sequence: texts(sequences),
    quality: texts(text((r) => (r.quality?.length === r.sequence?.length ? r.quality : ""))),
    sequenceLength: Int32Array.from(sequences, (s) => (s === "" ? -1 : s.length)),
    gc: Float32Array.from(sequences, gcOf),
    cdr3: span((r) => r.cdr3),
    cdr3aa: texts(text((r) => r.cdr3aa)),
    junction: span((r) => r.junction),
    junctionaa: texts(text((r) => r.junctionaa)),
    productive: Int8Array.from(records, (r) =>
      r.productive === undefined ? Productive.unknown : r.productive ? Productive.yes : Productive.no,
    ),
    unproductive: dictionary(text((r) => r.unproductive)),
    fiveStart: numbers((r) => r.fiveStart),
    fiveEnd: numbers((r) => r.fiveEnd),
    fourSpan: span((r) => r.fourSpan),
    threeStart: numbers((r) => r.threeStart),
    threeEnd: numbers((r) => r.threeEnd),
    fiveDelRight: numbers((r) => r.fiveDelRight),
    fourDelLeft: numbers((r) => r.fourDelLeft),
    fourDelRight: numbers((r) => r.fourDelRight),
    threeDelLeft: numbers((r) => r.threeDelLeft),
    evalue,
    coverage,
    warnings: dictionary(records.map((r, row) => warningCodes(r.warnings ?? [], evalue[row]!, coverage[row]!))),
    warningsOf: (row) => records[row]?.warnings ?? [],
    reads: bySample(
      () => new Uint32Array(rows),
      (r, sample) => r.reads[sample] ?? 0,
    ),
    normalized: records.some((r) => r.normalized)
      ? bySample(
          () => new Float64Array(rows),
          (r, sample) => r.normalized?.[sample] ?? r.reads[sample] ?? 0,
        )
      : null,
    lengths: records.some((r) => r.lengths)
      ? bySample(
          () => new Float32Array(rows),
          (r, sample) => r.lengths?.[sample] || Number.NaN,
        )
      : null,
    extra: extraColumns(records),
    ...facts.counts,
    clusters: clusterRows(facts.clusters ?? [], rowOf),
    suggested: clusterRows(facts.suggested ?? [], rowOf),
    evidence: (row) => String(facts.evidence?.[records[row]?.id ?? ""] ?? ""),
  };
}

function extraColumns(records: readonly CloneRecord[]): Table["extra"] {
  const numbers: Record<string, Float64Array> = {};
  const words: Record<string, string[]> = {};
  const rows = records.length;
  records.forEach((r, row) => {
    for (const [name, value] of Object.entries(r.extra ?? {})) {
      if (typeof value === "number") {
        numbers[name] ??= new Float64Array(rows).fill(Number.NaN);
        numbers[name][row] = value;
      } else {
        words[name] ??= new Array<string>(rows).fill("");
        words[name][row] = value;
      }
    }
  });
  return {
    numbers,
    texts: Object.fromEntries(Object.entries(words).map(([name, values]) => [name, dictionary(values)])),
  };
}

/** Ranks rows by their reads in each sample; the best rank counts. For files that carry none. */
export function rank(records: CloneRecord[], samples: number): void {
  for (let sample = 0; sample < samples; sample++) {
    const order = records.filter((r) => (r.reads[sample] ?? 0) > 0).sort((a, b) => b.reads[sample]! - a.reads[sample]!);
    order.forEach((r, i) => {
      r.top = r.top ? Math.min(r.top, i + 1) : i + 1;
    });
  }
}
