/**
 * A .vidjil file of what is open: all clonotypes or some, with the samples in their displayed order. Positions are 1-based
 * and closed. Clusters are those of the document; members stay clonotypes of their own.
 */
import type { ExportContext } from "./export";
import type { Row, Sample, SampleIndex, Table } from "./table";
import { Productive, textAt } from "./table";

const VERSION = "2016b";

/** `now` is written as the file's time, "YYYY-MM-DD HH:MM:SS". */
export function toVidjil(
  context: ExportContext,
  rows: Iterable<Row>,
  samples: readonly SampleIndex[],
  now: string,
): string {
  const { table, doc, clusters } = context;
  const chosen = [...rows].flatMap((leader) => clusters.byLeader.get(leader) ?? [leader]);
  const here = new Set(chosen);
  const all = samples.map((s) => table.samples[s]!);
  const names = samples.map((s) => doc.sampleNames.get(s) ?? table.samples[s]!.name);
  return `${JSON.stringify({
    producer: "vidjil",
    timestamp: now,
    vidjil_json_version: VERSION,
    samples: {
      number: all.length,
      original_names: all.map((s) => s.originalName || s.name),
      names,
      timestamp: all.map((s) => s.date),
      info: samples.map((s) => doc.sampleNotes.get(s) ?? table.samples[s]!.info),
      producer: all.map((s) => s.producer),
      commandline: all.map((s) => s.commandline),
      run_timestamp: all.map((s) => s.runTimestamp),
      log: all.map((s) => s.log),
    },
    reads: {
      total: all.map((s) => s.total),
      segmented: all.map((s) => s.analysed),
      germline: bySystem(all, (s) => s.systems),
    },
    clones: chosen.map((row) => clone(table, row, samples)),
    clusters: doc.clusters
      .filter((cluster) => cluster.every((row) => here.has(row)))
      .map((cluster) => cluster.map((row) => table.id.at(row))),
  })}\n`;
}

function bySystem(samples: readonly Sample[], of: (s: Sample) => Readonly<Record<string, number>>) {
  const systems = new Set(samples.flatMap((s) => Object.keys(of(s))));
  return Object.fromEntries([...systems].map((system) => [system, samples.map((s) => of(s)[system] ?? 0)]));
}

function clone(table: Table, row: Row, samples: readonly SampleIndex[]) {
  const sequence = table.sequence.at(row);
  const lengths = table.lengths;
  return {
    id: table.id.at(row),
    name: table.name.at(row),
    ...(textAt(table.label, row) !== "" ? { label: textAt(table.label, row) } : {}),
    germline: textAt(table.system, row),
    sequence: sequence === "" ? 0 : sequence,
    reads: samples.map((s) => table.reads[s]![row]!),
    top: table.top[row]!,
    ...(lengths ? { _average_read_length: samples.map((s) => finite(lengths[s]![row]!)) } : {}),
    ...(Number.isFinite(table.coverage[row]!) ? { _coverage: samples.map(() => table.coverage[row]!) } : {}),
    seg: seg(table, row),
    ...warnings(table, row),
  };
}

const finite = (n: number): number => (Number.isFinite(n) ? n : 0);

function seg(table: Table, row: Row) {
  const [junction, cdr3] = [
    span(table.junction.start[row]!, table.junction.end[row]!),
    span(table.cdr3.start[row]!, table.cdr3.end[row]!),
  ];
  const productive = table.productive[row];
  const evalue = table.evalue[row]!;
  return {
    "5": gene(textAt(table.five, row), {
      start: first(table.fiveStart[row]!),
      stop: last(table.fiveEnd[row]!),
      delRight: known(table.fiveDelRight[row]!),
    }),
    ...(textAt(table.four, row) !== ""
      ? {
          "4": gene(textAt(table.four, row), {
            ...span(table.fourSpan.start[row]!, table.fourSpan.end[row]!),
            delLeft: known(table.fourDelLeft[row]!),
            delRight: known(table.fourDelRight[row]!),
          }),
        }
      : {}),
    "3": gene(textAt(table.three, row), {
      start: first(table.threeStart[row]!),
      stop: last(table.threeEnd[row]!),
      delLeft: known(table.threeDelLeft[row]!),
    }),
    ...(cdr3 ? { cdr3: { ...cdr3, aa: table.cdr3aa.at(row) } } : {}),
    ...(junction
      ? {
          junction: {
            ...junction,
            aa: table.junctionaa.at(row),
            ...(productive === Productive.unknown ? {} : { productive: productive === Productive.yes }),
            ...(textAt(table.unproductive, row) !== "" ? { unproductive: textAt(table.unproductive, row) } : {}),
          },
        }
      : {}),
    ...(Number.isFinite(evalue) ? { evalue: { val: String(evalue) } } : {}),
  };
}

/** Members that are unknown are left out by JSON. */
const gene = (name: string, at: Readonly<Record<string, number | undefined>>) => ({ name, ...at });
const known = (n: number): number | undefined => (n < 0 ? undefined : n);
const first = (start: number): number | undefined => (start < 0 ? undefined : start + 1);
const last = (end: number): number | undefined => (end < 0 ? undefined : end);
const span = (start: number, end: number) => (start < 0 || end <= start ? undefined : { start: start + 1, stop: end });

function warnings(table: Table, row: Row) {
  const warn = table.warningsOf(row).map((w) => ({ code: w.code, msg: w.message, level: "warn" }));
  return warn.length > 0 ? { warn } : {};
}
