/**
 * Reads the server's columns (Go package vdj/columns): an Arrow IPC stream without nulls, -1 or NaN or "" for what is
 * unknown, positions 1-based and closed. Numbers become typed arrays without a copy; texts stay UTF-8 until asked for.
 */
import type { Column } from "@uwdata/flechette";
import { tableFromIPC } from "@uwdata/flechette";
import type { Dictionary, Sample, Span, Table, TextColumn } from "../table";
import { clusterRows, rowIndex } from "./builder";
import { readColumnCounts } from "./counts";
import { DecodeError } from "./error";
import type { JsonObject } from "./json";
import { list, numeric, object, string } from "./json";

const META = "vidjil";
const LAYOUT = 1;

type Columns = (name: string) => Column<unknown> | undefined;

export function decodeArrow(bytes: Uint8Array, fileName: string): Table {
  let arrow: ReturnType<typeof tableFromIPC>;
  let meta: JsonObject;
  try {
    arrow = tableFromIPC(bytes);
    meta = object(JSON.parse(arrow.schema.metadata?.get(META) ?? "{}"));
  } catch (cause) {
    throw new DecodeError("notArrow", cause instanceof Error ? cause.message : "");
  }
  const layout = numeric(meta.version) ?? 0;
  if (layout > LAYOUT) throw new DecodeError("newer", String(layout));
  const samples = list(meta.samples).map((s, i) => readSample(object(s), i));
  if (samples.length === 0) throw new DecodeError("noSamples");
  const columns: Columns = (name) => arrow.getChild(name) as Column<unknown> | undefined;
  const germlines = object(meta.germlines);
  const shortcuts = Object.fromEntries(Object.entries(germlines).map(([system, v]) => [system, string(v)]));
  const table = assemble(columns, arrow.numRows, samples, shortcuts, fileName);
  const evidence = object(meta.evidence);
  return {
    ...table,
    ...readColumnCounts(meta),
    suggested: clusterRows(
      list(meta.clusters).map((cluster) => list(cluster).map(string)),
      table.rowOf,
    ),
    evidence: (row) => string(evidence[table.id.at(row)]),
  };
}

function assemble(
  columns: Columns,
  rows: number,
  samples: readonly Sample[],
  shortcuts: Record<string, string>,
  fileName: string,
): Table {
  const read = reader(columns, rows);
  const id = read.text("id");
  const rowOf = rowIndex(id);
  const perSample = <A>(prefix: string, of: (name: string) => A, none: () => A) =>
    samples.map((_, i) => (columns(`${prefix}_${i}`) ? of(`${prefix}_${i}`) : none()));
  const sequence = read.text("sequence");
  const warnings = read.dictionary("warnings");
  const one = samples.length === 1 && columns("length_0") === undefined ? [read.floats("length")] : null;
  return {
    rows,
    samples,
    source: { name: fileName, producer: "vidjil", version: "" },
    shortcuts,
    id,
    rowOf,
    name: read.text("name"),
    label: read.dictionary("label"),
    system: read.dictionary("system"),
    five: read.dictionary("five"),
    four: read.dictionary("four"),
    three: read.dictionary("three"),
    top: read.ints("top", 0),
    sequence,
    sequenceLength: read.ints("sequence_length"),
    gc: read.floats("gc"),
    cdr3: read.span("cdr3_start", "cdr3_stop"),
    cdr3aa: read.text("cdr3_aa"),
    junction: read.span("junction_start", "junction_stop"),
    junctionaa: read.text("junction_aa"),
    productive: numbers(columns("productive"), (n) => new Int8Array(n).fill(-1), rows),
    unproductive: read.dictionary("unproductive"),
    fiveStart: new Int32Array(rows).fill(-1),
    fiveEnd: read.ints("five_stop"),
    fourSpan: read.span("four_start", "four_stop"),
    threeStart: read.starts("three_start"),
    threeEnd: new Int32Array(rows).fill(-1),
    fiveDelRight: read.ints("five_del_right"),
    fourDelLeft: read.ints("four_del_left"),
    fourDelRight: read.ints("four_del_right"),
    threeDelLeft: read.ints("three_del_left"),
    evalue: numbers(columns("evalue"), (n) => new Float64Array(n).fill(Number.NaN), rows),
    coverage: read.floats("coverage"),
    warnings,
    warningsOf: (row) => codes(warnings, row).map((code) => ({ code, message: "" })),
    reads: perSample(
      "reads",
      (name) => numbers(columns(name), (n) => new Uint32Array(n), rows),
      () => new Uint32Array(rows),
    ),
    normalized: null,
    lengths: columns("length_0")
      ? perSample("length", read.floats, () => new Float32Array(rows).fill(Number.NaN))
      : one,
    extra: { numbers: {}, texts: {} },
    clusters: [],
    suggested: [],
    evidence: () => "",
  };
}

const codes = (d: Dictionary, row: number): string[] =>
  (d.values[d.codes[row]!] ?? "").split(",").filter((code) => code !== "");

function reader(columns: Columns, rows: number) {
  const ints = (name: string, none = -1) => numbers(columns(name), (n) => new Int32Array(n).fill(none), rows);
  const starts = (name: string) => {
    const from = ints(name);
    return columns(name) ? from.map((v) => (v < 1 ? -1 : v - 1)) : from;
  };
  return {
    ints,
    starts,
    floats: (name: string) => numbers(columns(name), (n) => new Float32Array(n).fill(Number.NaN), rows),
    text: (name: string): TextColumn => {
      const column = columns(name);
      return column ? { length: rows, at: (row) => String(column.at(row) ?? "") } : { length: rows, at: () => "" };
    },
    dictionary: (name: string) => dictionary(columns(name), rows),
    span: (start: string, stop: string): Span => ({ start: starts(start), end: ints(stop) }),
  };
}

type Numbers = Int8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** The column's own memory when it has the expected type, a converted copy otherwise. */
function numbers<A extends Numbers>(column: Column<unknown> | undefined, make: (rows: number) => A, rows: number): A {
  const out = make(rows);
  if (!column) return out;
  const values = column.toArray();
  if (values.constructor === out.constructor) return values as unknown as A;
  for (let i = 0; i < rows; i++) out[i] = Number(values[i]);
  return out;
}

function dictionary(column: Column<unknown> | undefined, rows: number): Dictionary {
  if (!column) return { codes: new Int32Array(rows), values: [""] };
  const batch = column.data[0] as unknown as { values?: Int32Array; dictionary?: Column<string> } | undefined;
  if (column.data.length === 1 && batch?.dictionary && batch.values instanceof Int32Array) {
    return { codes: batch.values.subarray(0, rows), values: Array.from(batch.dictionary.toArray(), String) };
  }
  const index = new Map<string, number>();
  const out = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const value = String(column.at(row) ?? "");
    if (!index.has(value)) index.set(value, index.size);
    out[row] = index.get(value)!;
  }
  return { codes: out, values: [...index.keys()] };
}

function readSample(s: JsonObject, i: number): Sample {
  const counts = (key: "reads" | "clonotypes", of: string) =>
    Object.fromEntries(Object.entries(object(s[of])).map(([system, v]) => [system, numeric(object(v)[key]) ?? 0]));
  return {
    originalName: string(s.original_name),
    name: string(s.name) || string(s.original_name) || String(i + 1),
    date: "",
    info: "",
    producer: "",
    commandline: "",
    log: "",
    runTimestamp: "",
    total: numeric(s.total) ?? 0,
    analysed: numeric(s.segmented) ?? 0,
    systems: counts("reads", "systems"),
    clonotypes: counts("clonotypes", "systems"),
    diversity: {},
  };
}
