/** What is known of a sample, as a table for other programs. */
import { cell } from "./export";
import type { SampleIndex, Table } from "./table";
import type { WarningCount } from "./warnings";

/** Lines of "section, name, value, clonotypes": numbers are plain, as everywhere in CSV files of Vidjil. */
export function sampleCsv(
  table: Table,
  sample: SampleIndex,
  name: string,
  warnings: readonly WarningCount[],
  meaning: (code: string) => string,
): string {
  const s = table.samples[sample]!;
  const lines: (string | number)[][] = [["section", "name", "value", "clonotypes"]];
  const add = (section: string, what: string, value: string | number | undefined, clonotypes: string | number = "") => {
    if (value !== undefined && value !== "") lines.push([section, what, value, clonotypes]);
  };
  add("sample", "name", name);
  add("sample", "file", s.originalName);
  add("sample", "date", s.date);
  add("sample", "software", s.producer);
  add("sample", "command", s.commandline);
  add("sample", "time of the run", s.runTimestamp);
  add("sample", "germline", s.facts?.germline);
  add("reads", "all", s.total);
  add("reads", "analysed", s.analysed);
  add("reads", "left out by a filter", s.facts?.filtered);
  for (const [system, reads] of Object.entries(s.systems)) add("locus", system, reads, s.clonotypes[system] ?? "");
  for (const [cause, reads] of Object.entries(s.facts?.causes ?? {})) add("not analysed", cause, reads);
  for (const [index, values] of Object.entries(s.diversity))
    for (const [system, value] of Object.entries(values)) add(`diversity ${index}`, system, value);
  for (const { name: what, value } of s.facts?.preProcess ?? []) add("pre-process", what, value);
  for (const { name: what, value } of s.facts?.parameters ?? []) add("parameter", what, value);
  for (const w of s.facts?.warnings ?? []) add("warning of the sample", w.code, w.message);
  for (const w of warnings) add("warning", `${w.code} ${meaning(w.code)}`, w.reads, w.clonotypes);
  return `${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}
