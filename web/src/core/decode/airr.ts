/** Reads AIRR Rearrangement tables (TSV) of any program. Each row is a clonotype; rows of several files are joined. */
import { locusOf } from "../system";
import type { Sample, Table } from "../table";
import type { CloneRecord, Interval } from "./builder";
import { buildTable, rank } from "./builder";
import { DecodeError } from "./error";
import { numeric } from "./json";

/** Columns that tell the sample of a row, the first that is there counts. "filename" is what Vidjil writes. */
const SAMPLE_COLUMNS = ["filename", "sample_processing_id", "sample_id", "repertoire_id"];

type Get = (column: string) => string;

export function decodeAirr(text: string, fileName: string): Table {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? "").split("\t");
  const column = new Map(header.map((name, i) => [name.trim(), i]));
  if (!column.has("v_call") && !column.has("junction") && !column.has("junction_aa")) throw new DecodeError("notAirr");
  const sampleColumn = SAMPLE_COLUMNS.find((name) => column.has(name));
  const samples: string[] = [];
  const records = new Map<string, CloneRecord>();
  const totals: { all: number; systems: Record<string, number>; rows: Record<string, number> }[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (line === "") continue;
    const cells = line.split("\t");
    const get: Get = (name) => (column.has(name) ? (cells[column.get(name)!] ?? "").trim() : "");
    const sampleName = (sampleColumn && get(sampleColumn)) || fileName;
    let sample = samples.indexOf(sampleName);
    if (sample < 0) {
      sample = samples.push(sampleName) - 1;
      totals.push({ all: 0, systems: {}, rows: {} });
    }
    addRow(get, i, sample, sampleColumn !== undefined, records, totals[sample]!);
  }
  if (samples.length === 0) {
    samples.push(fileName);
    totals.push({ all: 0, systems: {}, rows: {} });
  }
  const rows = [...records.values()];
  rank(rows, samples.length);
  return buildTable(rows, {
    samples: samples.map(
      (name, i): Sample => ({
        originalName: name,
        name: name.replace(/\.(airr|tsv|gz)$/g, "").replace(/\.(airr|tsv)$/, "") || name,
        date: "",
        info: "",
        producer: "",
        commandline: "",
        log: "",
        runTimestamp: "",
        total: totals[i]!.all,
        analysed: totals[i]!.all,
        systems: totals[i]!.systems,
        clonotypes: totals[i]!.rows,
        diversity: {},
      }),
    ),
    source: { name: fileName, producer: "AIRR", version: "" },
  });
}

function addRow(
  get: Get,
  line: number,
  sample: number,
  joined: boolean,
  records: Map<string, CloneRecord>,
  total: { all: number; systems: Record<string, number>; rows: Record<string, number> },
): void {
  const count = Math.max(
    0,
    Math.round(numeric(get("duplicate_count") || get("consensus_count") || get("umi_count")) ?? 1),
  );
  const record = readRow(get, line);
  const key = (joined && get("clone_id")) || record.id;
  const known = records.get(key);
  const row = known ?? record;
  if (!known) records.set(key, record);
  (row.reads as number[])[sample] = (row.reads[sample] ?? 0) + count;
  const system = row.system ?? "";
  total.all += count;
  total.systems[system] = (total.systems[system] ?? 0) + count;
  total.rows[system] = (total.rows[system] ?? 0) + 1;
}

const flag = (v: string): boolean | undefined =>
  /^(T|TRUE|1)$/i.test(v) ? true : /^(F|FALSE|0)$/i.test(v) ? false : undefined;

/** The first of several equally probable genes. */
const call = (v: string): string => v.split(",")[0]!.trim();

function readRow(get: Get, line: number): CloneRecord {
  const [v, d, j] = [call(get("v_call")), call(get("d_call")), call(get("j_call"))];
  const sequence = (get("sequence") || get("junction")).toUpperCase();
  const junction = get("junction").toUpperCase();
  const record: CloneRecord = {
    id: get("clone_id") || get("sequence_id") || junction || `row ${line}`,
    name: [v, d, j].filter((g) => g !== "").join(" "),
    system: get("recombination_system") || get("locus") || locusOf(/^(IG[HKL]|TR[ABGD])/.exec(v || j)?.[0] ?? ""),
    five: v,
    four: d,
    three: j,
    sequence,
    reads: [],
    junctionaa: get("junction_aa"),
    cdr3aa: get("cdr3_aa") || get("junction_aa").slice(1, -1),
  };
  if (get("quality") !== "") record.quality = get("quality");
  const productive = flag(get("productive"));
  if (productive !== undefined) record.productive = productive;
  if (flag(get("stop_codon"))) record.unproductive = "stop-codon";
  else if (flag(get("vj_in_frame")) === false) record.unproductive = "out-of-frame";
  const span = (from: string, to: string): Interval | undefined => {
    const [a, b] = [numeric(get(from)), numeric(get(to))];
    return a === undefined || b === undefined || a < 1 || b < a ? undefined : { start: a - 1, end: b };
  };
  const five = span("v_sequence_start", "v_sequence_end");
  const four = span("d_sequence_start", "d_sequence_end");
  const three = span("j_sequence_start", "j_sequence_end");
  const found = junctionOf(sequence, junction, span("cdr3_start", "cdr3_end"));
  if (five) Object.assign(record, { fiveStart: five.start, fiveEnd: five.end });
  if (four) record.fourSpan = four;
  if (three) Object.assign(record, { threeStart: three.start, threeEnd: three.end });
  if (found) {
    record.junction = found;
    record.cdr3 = { start: found.start + 3, end: found.end - 3 };
  }
  const codes = get("warnings")
    .split(",")
    .map((code) => code.trim())
    .filter((code) => /^W\w\w$/.test(code));
  if (codes.length > 0) record.warnings = codes.map((code) => ({ code, message: "" }));
  return record;
}

/** The junction has one conserved codon more than the CDR3 on each side. */
function junctionOf(sequence: string, junction: string, cdr3: Interval | undefined): Interval | undefined {
  if (cdr3 && cdr3.start >= 3) return { start: cdr3.start - 3, end: cdr3.end + 3 };
  const at = junction.length > 6 ? sequence.indexOf(junction) : -1;
  return at < 0 ? undefined : { start: at, end: at + junction.length };
}
