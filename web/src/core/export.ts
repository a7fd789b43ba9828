/** Tables and sequences as text, for other programs. */
import type { Clusters } from "./clusters";
import type { Document } from "./document";
import { shownSamples } from "./document";
import { nameOf } from "./name";
import { segmentsOf } from "./sequence";
import type { Denominator } from "./size";
import { sizeOf } from "./size";
import type { Row, SampleIndex, Table } from "./table";
import { Productive, textAt } from "./table";

export interface ExportContext {
  readonly table: Table;
  readonly doc: Document;
  readonly clusters: Clusters;
  readonly denominator: Denominator;
}

/**
 * A cell of a CSV file, quoted when it must be. A text that a spreadsheet would take for a formula is kept a text: names
 * come from other people's files.
 */
export function cell(value: string | number): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * One line per clonotype: what it is, then reads and size in each of the samples, those on display unless told. Sizes are plain
 * numbers from 0 to 1, of the denominator in the header.
 */
export function toCsv(
  context: ExportContext,
  rows: Iterable<Row>,
  samples: readonly SampleIndex[] = shownSamples(context.doc),
): string {
  const { table, doc, clusters, denominator } = context;
  const of = denominator.kind === "systems" ? denominator.systems.join("+") : denominator.kind;
  const sampleName = (s: number) => doc.sampleNames.get(s) ?? table.samples[s]!.name;
  const header = [
    "cluster",
    "name",
    "id",
    "system",
    "tag",
    "v_call",
    "d_call",
    "j_call",
    "productive",
    "junction_aa",
    "cdr3_aa",
    "warnings",
    "note",
    "colour",
    "sequence",
    ...samples.flatMap((s) => [`reads ${sampleName(s)}`, `size ${sampleName(s)} (of ${of})`]),
  ];
  const lines = [header.map(cell).join(",")];
  for (const row of rows) {
    const p = table.productive[row];
    const cells: (string | number)[] = [
      (clusters.byLeader.get(row) ?? []).map((member) => table.id.at(member)).join(" "),
      nameOf(table, doc, row, { alleles: "always", lettersOfN: 99 }),
      table.id.at(row),
      textAt(table.system, row),
      doc.tags.get(row) ?? "",
      textAt(table.five, row),
      textAt(table.four, row),
      textAt(table.three, row),
      p === Productive.yes ? "T" : p === Productive.no ? "F" : "",
      table.junctionaa.at(row),
      table.cdr3aa.at(row),
      textAt(table.warnings, row).replaceAll(",", " "),
      doc.notes.get(row) ?? "",
      doc.colors.get(row) ?? "",
      table.sequence.at(row),
    ];
    for (const s of samples)
      cells.push(clusters.reads.of(row, s), sizeOf(table, clusters.reads, denominator, doc.standard, row, s));
    lines.push(cells.map(cell).join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** Sequences, cut into lines where V, N, D and J meet. Clonotypes without a sequence give their window. */
export function toFasta(context: ExportContext, rows: Iterable<Row>, size: (row: Row) => string): string {
  const { table, doc } = context;
  let out = "";
  for (const row of rows) {
    const sequence = table.sequence.at(row);
    const name = nameOf(table, doc, row, { alleles: "always", lettersOfN: 99 }).replace(/[\r\n]+/g, " ");
    out += `>${name}  ${textAt(table.system, row)}  ${size(row)}${sequence === "" ? "  (window)" : ""}\n`;
    if (sequence === "") out += `${table.id.at(row)}\n`;
    else for (const part of segmentsOf(table, row)) out += `${sequence.slice(part.start, part.end)}\n`;
  }
  return out;
}
