/**
 * AIRR Rearrangement tables of what is open: a row per clonotype and sample that has it. Members of a cluster keep their
 * own reads and share the clone_id of the representative. Columns and their meaning: the AIRR Community's schema 1.5;
 * positions are 1-based and closed.
 */
import { aminoAcid } from "./codon";
import type { ExportContext } from "./export";
import { locusOf } from "./system";
import type { Row, SampleIndex, Table } from "./table";
import { Productive, textAt } from "./table";

const COLUMNS = [
  "sequence_id",
  "sequence",
  "rev_comp",
  "productive",
  "vj_in_frame",
  "stop_codon",
  "locus",
  "v_call",
  "d_call",
  "j_call",
  "sequence_alignment",
  "germline_alignment",
  "junction",
  "junction_aa",
  "junction_length",
  "cdr3",
  "cdr3_aa",
  "cdr3_start",
  "cdr3_end",
  "v_cigar",
  "d_cigar",
  "j_cigar",
  "v_sequence_start",
  "v_sequence_end",
  "d_sequence_start",
  "d_sequence_end",
  "j_sequence_start",
  "j_sequence_end",
  "v_support",
  "duplicate_count",
  "clone_id",
  "recombination_system",
  "designation",
  "warnings",
  "filename",
] as const;
type Column = (typeof COLUMNS)[number];
type Cells = Partial<Record<Column, string>>;

const LOCI = /^(IG[HKL]|TR[ABGD])$/;
const NO_NUCLEOTIDE = /[^ACGTURYSWKMBDHVN]/g;
const clean = (text: string): string => text.replace(/[\t\r\n]+/g, " ");

/** Sample by sample, in the order given; clonotypes without reads in a sample have no row of it. */
export function toAirr(context: ExportContext, rows: Iterable<Row>, samples: readonly SampleIndex[]): string {
  const { table, clusters } = context;
  const about = new Map<Row, Cells>();
  for (const leader of rows)
    for (const row of clusters.byLeader.get(leader) ?? [leader])
      about.set(row, { ...describe(table, row), clone_id: table.id.at(leader) });
  const lines = [COLUMNS.join("\t")];
  samples.forEach((sample, i) => {
    for (const [row, common] of about) {
      const reads = table.reads[sample]![row]!;
      if (reads === 0) continue;
      const cells: Cells = {
        ...common,
        sequence_id: `${table.id.at(row)}_${i + 1}`,
        duplicate_count: String(reads),
        filename: table.samples[sample]!.originalName || table.samples[sample]!.name,
      };
      lines.push(COLUMNS.map((column) => clean(cells[column] ?? "")).join("\t"));
    }
  });
  return `${lines.join("\n")}\n`;
}

const flag = (on: boolean): string => (on ? "T" : "F");

/** What is the same in every sample. Without a representative the window is the sequence, and has no positions. */
function describe(table: Table, row: Row): Cells {
  const system = textAt(table.system, row);
  const locus = locusOf(system);
  const common: Cells = {
    rev_comp: "F",
    locus: LOCI.test(locus) ? locus : "",
    v_call: textAt(table.five, row),
    d_call: textAt(table.four, row),
    j_call: textAt(table.three, row),
    recombination_system: system,
    designation: table.name.at(row),
    warnings: textAt(table.warnings, row),
  };
  // A letter that stands for no nucleotide would make the whole table invalid.
  const sequence = table.sequence.at(row).toUpperCase().replace(NO_NUCLEOTIDE, "N");
  if (sequence === "") {
    const window = table.id.at(row).toUpperCase();
    return { ...common, sequence: /^[ACGTN]+$/.test(window) ? window : "" };
  }
  return { ...common, sequence, ...positions(table, row), ...junction(table, row, sequence) };
}

function positions(table: Table, row: Row): Cells {
  const out: Cells = {};
  const put = (gene: "v" | "d" | "j", start: number, end: number) => {
    if (start < 0 || end <= start) return;
    out[`${gene}_sequence_start`] = String(start + 1);
    out[`${gene}_sequence_end`] = String(end);
  };
  const length = table.sequenceLength[row]!;
  put("v", Math.max(0, table.fiveStart[row]!), Math.min(table.fiveEnd[row]!, length));
  if (textAt(table.four, row) !== "") put("d", table.fourSpan.start[row]!, table.fourSpan.end[row]!);
  put("j", table.threeStart[row]!, table.threeEnd[row]! < 0 ? length : Math.min(table.threeEnd[row]!, length));
  const evalue = table.evalue[row]!;
  if (Number.isFinite(evalue)) out.v_support = String(evalue);
  return out;
}

function junction(table: Table, row: Row, sequence: string): Cells {
  const out: Cells = {};
  const productive = table.productive[row];
  const why = textAt(table.unproductive, row);
  if (productive !== Productive.unknown) {
    out.productive = flag(productive === Productive.yes);
    if (productive === Productive.yes || why === "stop-codon") out.stop_codon = flag(why === "stop-codon");
    if (productive === Productive.yes || why === "out-of-frame") out.vj_in_frame = flag(why !== "out-of-frame");
  }
  const [start, end] = [table.junction.start[row]!, table.junction.end[row]!];
  if (start >= 0 && end > start && end <= sequence.length) {
    out.junction = sequence.slice(start, end);
    out.junction_aa = plainTranslation(out.junction);
    out.junction_length = String(end - start);
  }
  const [from, to] = [table.cdr3.start[row]!, table.cdr3.end[row]!];
  if (from >= 0 && to > from && to <= sequence.length) {
    out.cdr3 = sequence.slice(from, to);
    out.cdr3_aa = plainTranslation(out.cdr3);
    out.cdr3_start = String(from + 1);
    out.cdr3_end = String(to);
  }
  return out;
}

/**
 * Codon by codon from the first letter, as the schema wants it. Vidjil's own files go around a broken frame instead, and
 * mark it.
 */
function plainTranslation(letters: string): string {
  let out = "";
  for (let at = 0; at + 3 <= letters.length; at += 3) {
    const found = aminoAcid(letters.slice(at, at + 3));
    out += /^[A-Z*]$/.test(found) ? found : "X";
  }
  return out;
}
