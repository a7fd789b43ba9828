/** Reads .vidjil files of every version since 2014.09, fused or of one sample, with the quirks that real files have. */
import type { Sample, SampleFacts, Table, Warning } from "../table";
import type { CloneRecord, Interval, TableFacts } from "./builder";
import { buildTable, rank } from "./builder";
import { readCounts } from "./counts";
import { DecodeError } from "./error";
import type { Json, JsonObject } from "./json";
import { isObject, list, listOrOne, numeric, object, string } from "./json";

const OLDEST = "2014.09";
/** Positions are 1-based since this version. Versions are compared as text, as all readers of these files do. */
const ONE_BASED = "2016b";

export function decodeVidjil(text: string, fileName: string): Table {
  let file: JsonObject;
  try {
    file = object(JSON.parse(text));
  } catch (cause) {
    throw new DecodeError("notJson", cause instanceof Error ? cause.message : "");
  }
  if (!("vidjil_json_version" in file) && !("clones" in file)) throw new DecodeError("notVidjil");
  const version = listOrOne(file.vidjil_json_version).map(string).join(" ");
  if (version !== "" && version < OLDEST) throw new DecodeError("tooOld", version);
  const records = list(file.clones)
    .filter(isObject)
    .map((clone) => readClone(clone, version >= ONE_BASED ? 1 : 0));
  const samples = readSamples(file, records);
  if (samples.length === 0) throw new DecodeError("noSamples");
  if (records.every((r) => !r.top)) rank(records, samples.length);
  return buildTable(records, {
    samples,
    source: {
      name: string(file.dataFileName) || fileName,
      producer: listOrOne(file.producer).map(string).join(", "),
      version,
    },
    shortcuts: readShortcuts(object(file.germlines)),
    counts: readCounts(
      file,
      samples.map((s) => s.originalName),
    ),
    ...readClusters(file),
  });
}

/** Our engine proposes clusters and gives its evidence; in other programs' files they hold. */
function readClusters(file: JsonObject): Pick<TableFacts, "clusters" | "suggested" | "evidence"> {
  const clusters = list(file.clusters).map((cluster) => list(cluster).map(string));
  const evidence = object(file.provenance).clusters;
  return isObject(evidence) ? { suggested: clusters, evidence } : { clusters };
}

/** First letter base of the file: 1 or 0. Ends are closed in files of either kind. */
type Base = 0 | 1;

function readClone(c: JsonObject, base: Base): CloneRecord {
  const seg = object(c.seg);
  const part = (key: string): JsonObject => {
    const value = seg[key];
    return isObject(value) ? value : { name: value, start: seg[`${key}start`], stop: seg[`${key}end`] };
  };
  const five = part("5");
  const three = part("3");
  const four = seg["4"] === undefined && seg["4a"] !== undefined ? part("4a") : part("4");
  const junction = object(seg.junction);
  const cdr3 = object(seg.cdr3);
  const coverage = list(c._coverage)
    .map(numeric)
    .filter((v): v is number => v !== undefined && v > 0);
  const record: CloneRecord = { id: string(c.id), reads: listOrOne(c.reads).map((v) => Math.max(0, numeric(v) ?? 0)) };
  const sequence = string(c.sequence);
  assign(record, {
    name: string(c.name),
    label: string(c.label),
    system: string(c.germline),
    sequence: sequence === "0" ? "" : sequence,
    quality: string(object(seg.quality).seq),
    top: numeric(c.top),
    five: string(five.name),
    four: string(four.name),
    three: string(three.name),
    fiveStart: start(five.start, base),
    fiveEnd: end(five.stop, base),
    fourSpan: interval(four, base),
    threeStart: start(three.start, base),
    threeEnd: end(three.stop, base),
    fiveDelRight: numeric(five.delRight),
    fourDelLeft: numeric(four.delLeft),
    fourDelRight: numeric(four.delRight),
    threeDelLeft: numeric(three.delLeft),
    cdr3: interval(cdr3, base),
    cdr3aa: string(cdr3.aa),
    junction: interval(junction, base),
    junctionaa: string(junction.aa),
    productive: typeof junction.productive === "boolean" ? junction.productive : undefined,
    unproductive: string(junction.unproductive),
    evalue: numeric(object(seg.evalue).val ?? c.eValue),
    coverage: coverage.length > 0 ? coverage.reduce((a, b) => a + b, 0) / coverage.length : undefined,
    warnings: readWarnings(c.warn),
    normalized: Array.isArray(c.normalized_reads) ? c.normalized_reads.map((v: Json) => numeric(v) ?? null) : undefined,
    lengths: Array.isArray(c._average_read_length)
      ? c._average_read_length.map((v: Json) => numeric(v) ?? Number.NaN)
      : undefined,
    extra: readExtra(seg),
  });
  return record;
}

/** What IMGT/V-QUEST and primer searches left in a file. */
function readExtra(seg: JsonObject): Record<string, number | string> | undefined {
  const out: Record<string, number | string> = {};
  const imgt = object(seg.imgt);
  const functionality = string(imgt["V-DOMAIN Functionality"]).split(" ")[0]!;
  if (functionality !== "") out.imgt_functionality = functionality;
  const identity = numeric(imgt["V-REGION identity % (with ins/del events)"]) ?? numeric(imgt["V-REGION identity %"]);
  if (identity !== undefined) out.imgt_identity = identity;
  const [first, last] = [numeric(object(seg.primer5).start), numeric(object(seg.primer3).stop)];
  if (first !== undefined && last !== undefined) out.primers_gap = last - first + 1;
  return Object.keys(out).length > 0 ? out : undefined;
}

/** Sets what is known; an absent member stays absent. */
function assign(record: CloneRecord, values: { [K in keyof CloneRecord]?: CloneRecord[K] | undefined }): void {
  for (const [key, value] of Object.entries(values)) if (value !== undefined) Object.assign(record, { [key]: value });
}

function start(v: Json, base: Base): number | undefined {
  const n = numeric(v);
  return n === undefined || n < base ? undefined : n - base;
}

function end(v: Json, base: Base): number | undefined {
  const n = numeric(v);
  return n === undefined || n < base ? undefined : n - base + 1;
}

function interval(part: JsonObject, base: Base): Interval | undefined {
  const from = start(part.start, base);
  const to = end(part.stop, base);
  return from === undefined || to === undefined || to < from ? undefined : { start: from, end: to };
}

/** Fusion puts the warnings of all samples into one list, with 0 where a sample has none; each is told once. */
function readWarnings(v: Json): readonly Warning[] {
  const out = new Map<string, Warning>();
  for (const item of listOrOne(v)) {
    if (!isObject(item)) continue;
    const warning = { code: string(item.code), message: string(item.msg) };
    if (warning.code !== "") out.set(`${warning.code} ${warning.message}`, warning);
  }
  return [...out.values()];
}

function readShortcuts(germlines: JsonObject): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [system, value] of Object.entries(germlines)) {
    const shortcut = string(object(value).shortcut);
    if (shortcut !== "") out[system] = shortcut;
  }
  return out;
}

function readSamples(file: JsonObject, records: readonly CloneRecord[]): readonly Sample[] {
  const samples = object(file.samples);
  const reads = object(file.reads);
  const names = listOrOne(samples.original_names).map(string);
  const longest = Math.max(0, ...["total", "segmented"].map((key) => listOrOne(reads[key]).length));
  const number = Math.max(numeric(samples.number) ?? 0, names.length, longest);
  const text = (key: string, i: number) => string(listOrOne(samples[key])[i]);
  const count = (v: Json, i: number) => Math.max(0, numeric(listOrOne(v)[i]) ?? 0);
  const clonotypes = object(reads.clones);
  return Array.from({ length: number }, (_, i) => {
    const systems: Record<string, number> = {};
    for (const [system, values] of Object.entries(object(reads.germline))) systems[system] = count(values, i);
    if (Object.keys(systems).length === 0) sumSystems(systems, records, i);
    const sum = Object.values(systems).reduce((a, b) => a + b, 0);
    const analysed = reads.segmented === undefined ? sum : count(reads.segmented, i);
    return {
      originalName: names[i] ?? "",
      name: text("names", i) || (names[i] ?? "") || String(i + 1),
      date: /^\d{4}-\d{2}-\d{2}/.exec(text("timestamp", i))?.[0] ?? "",
      info: text("info", i),
      producer: text("producer", i),
      commandline: text("commandline", i),
      log: text("log", i),
      runTimestamp: text("run_timestamp", i),
      total: Math.max(count(reads.total, i), analysed),
      analysed,
      systems,
      clonotypes: Object.fromEntries(Object.entries(clonotypes).map(([system, v]) => [system, count(v, i)])),
      diversity: readDiversity(object(file.diversity), i),
      ...readFacts(file, i),
    };
  });
}

/** What our engine's files say of how a sample's result came about. */
function readFacts(file: JsonObject, sample: number): { facts: SampleFacts } | undefined {
  const provenance = object(file.provenance);
  const causes = Object.entries(object(list(provenance.causes)[sample])).map(
    ([cause, n]) => [cause, numeric(n) ?? 0] as const,
  );
  const filtered = numeric(list(provenance.filtered)[sample]);
  const germline = object(provenance.germline);
  const parameters = Object.entries(object(provenance.options)).map(([name, value]) => ({
    name,
    value: typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value),
  }));
  if (causes.length === 0 && parameters.length === 0 && Object.keys(germline).length === 0) return undefined;
  return {
    facts: {
      ...(causes.length > 0 ? { causes: Object.fromEntries(causes) } : {}),
      ...(filtered === undefined ? {} : { filtered }),
      germline: [string(germline.name), string(germline.version)].filter(Boolean).join(" "),
      parameters,
    },
  };
}

function sumSystems(systems: Record<string, number>, records: readonly CloneRecord[], sample: number): void {
  for (const r of records) systems[r.system ?? ""] = (systems[r.system ?? ""] ?? 0) + (r.reads[sample] ?? 0);
}

/** Four layouts exist: one number, one per sample, one per system, and a list or number per system and sample. */
function readDiversity(diversity: JsonObject, sample: number): Record<string, Record<string, number>> {
  const out: Record<string, Record<string, number>> = {};
  for (const [index, value] of Object.entries(diversity)) {
    const here: Json = Array.isArray(value) ? value[sample] : value;
    const bySystem = isObject(here) ? here : { all: here };
    const numbers: Record<string, number> = {};
    for (const [system, v] of Object.entries(bySystem)) {
      const n = numeric(Array.isArray(v) ? v[sample] : v);
      if (n !== undefined) numbers[system] = n;
    }
    if (Object.keys(numbers).length > 0) out[index] = numbers;
  }
  return out;
}
