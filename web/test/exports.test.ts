/** Files for other programs, and addresses of the original. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { clustersOf } from "../src/core/clusters";
import type { Document } from "../src/core/document";
import { apply, newDocument, shownSamples } from "../src/core/document";
import { toCsv, toFasta } from "../src/core/export";
import { toAirr } from "../src/core/exportAirr";
import { toVidjil } from "../src/core/exportVidjil";
import { isOldQuery, oldPlot } from "../src/core/permalink";
import type { Table } from "../src/core/table";
import { cloneId, textAt } from "../src/core/table";
import { fixture, readReal, realFile, sample, small, tableOf, tiny } from "./support";

const context = (table: Table, doc: Document = newDocument(table)) => ({
  table,
  doc,
  clusters: clustersOf(table, doc),
  denominator: { kind: "analysed" } as const,
});
const all = (table: Table) => Array.from({ length: table.rows }, (_, row) => row);
const bytes = (text: string) => new TextEncoder().encode(text);

function airr(text: string): Record<string, string>[] {
  const [head = "", ...lines] = text.trimEnd().split("\n");
  const names = head.split("\t");
  return lines.map((line) => {
    const cells = line.split("\t");
    expect(cells).toHaveLength(names.length);
    return Object.fromEntries(names.map((name, i) => [name, cells[i]!]));
  });
}

describe("AIRR tables", () => {
  test("tabs, T and F, the schema's columns, and a row per clonotype and sample that has it", () => {
    const table = small();
    const rows = airr(toAirr(context(table), all(table), [0, 1]));
    expect(rows).toHaveLength(7); // CCC is not in B
    for (const name of ["sequence_id", "sequence", "rev_comp", "productive", "v_call", "d_call", "j_call"])
      expect(rows[0]).toHaveProperty(name);
    for (const name of ["sequence_alignment", "germline_alignment", "junction", "junction_aa"])
      expect(rows[0]).toHaveProperty(name);
    for (const name of ["v_cigar", "d_cigar", "j_cigar"]) expect(rows[0]).toHaveProperty(name);
    expect(new Set(rows.map((row) => row.sequence_id)).size).toBe(7);
    expect(rows[0]).toMatchObject({ rev_comp: "F", d_call: "", duplicate_count: "50", locus: "IGH" });
    expect(rows.map((row) => row.recombination_system)).toContain("IGH+");
    for (const row of rows)
      for (const flag of ["productive", "vj_in_frame", "stop_codon"]) expect(row[flag]).toMatch(/^[TF]?$/);
  });

  test("reads belong to the sample that they are written with, whatever is reordered or hidden", () => {
    const table = small();
    let doc = apply(table, newDocument(table), { kind: "orderSamples", order: [1, 0] });
    const both = airr(toAirr(context(table, doc), [0], shownSamples(doc)));
    expect(both.map((row) => [row.filename, row.duplicate_count])).toEqual([
      ["B.fastq", "10"],
      ["A.fastq", "50"],
    ]);
    doc = apply(table, doc, { kind: "hideSamples", hidden: [0] });
    const one = airr(toAirr(context(table, doc), [0], shownSamples(doc)));
    expect(one.map((row) => [row.filename, row.duplicate_count])).toEqual([["B.fastq", "10"]]);
  });

  test("members of a cluster keep their reads and share its clone_id", () => {
    const table = small();
    const doc = apply(table, newDocument(table), { kind: "cluster", ids: [cloneId("AAA"), cloneId("CCC")] });
    const rows = airr(toAirr(context(table, doc), [0], [0]));
    expect(rows.map((row) => [row.clone_id, row.duplicate_count])).toEqual([
      ["AAA", "50"],
      ["AAA", "20"],
    ]);
  });

  test("texts of files cannot make lines or columns", () => {
    const table = tiny([{ id: "A", name: "a\tb\nc", reads: [1] }], [sample("s", { IGH: 1 })]);
    expect(airr(toAirr(context(table), [0], [0]))[0]!.designation).toBe("a b c");
  });

  test("are read back with the same reads and junctions", async () => {
    const table = await tableOf(fixture("fused.vidjil"), "fused.vidjil");
    const text = toAirr(context(table), all(table), shownSamples(newDocument(table)));
    const back = await tableOf(bytes(text), "back.tsv");
    expect(back.samples.map((s) => s.originalName)).toEqual(table.samples.map((s) => s.originalName));
    for (const row of all(table)) {
      const there = back.rowOf(table.id.at(row));
      if (there === undefined) {
        expect(table.samples.every((_, s) => table.reads[s]![row] === 0)).toBe(true);
        continue;
      }
      table.samples.forEach((_, s) => {
        expect(back.reads[s]![there]).toBe(table.reads[s]![row]);
      });
      expect(back.sequence.at(there)).toBe(table.sequence.at(row).toUpperCase());
      expect(textAt(back.five, there)).toBe(textAt(table.five, row).split(",")[0]);
      expect(back.junction.start[there]).toBe(table.junction.start[row]);
      expect(back.productive[there]).toBe(table.productive[row]);
      expect(back.fiveEnd[there]).toBe(table.fiveEnd[row]);
      expect(back.threeStart[there]).toBe(table.threeStart[row]);
    }
  });
});

describe(".vidjil files", () => {
  async function sameAgain(table: Table) {
    const text = toVidjil(context(table), all(table), shownSamples(newDocument(table)), "2026-01-02 03:04:05");
    const back = await tableOf(bytes(text), table.source.name);
    expect(back.rows).toBe(table.rows);
    for (const name of ["name", "id", "sequence", "cdr3aa", "junctionaa"] as const)
      for (const row of all(table)) expect(back[name].at(row)).toBe(table[name].at(row));
    for (const name of ["five", "four", "three", "system", "unproductive"] as const)
      for (const row of all(table)) expect(textAt(back[name], row)).toBe(textAt(table[name], row));
    for (const name of ["fiveEnd", "threeStart", "fiveDelRight", "threeDelLeft", "top", "productive"] as const)
      expect(back[name], name).toEqual(table[name]);
    for (const name of ["cdr3", "junction", "fourSpan"] as const) expect(back[name], name).toEqual(table[name]);
    expect(back.reads).toEqual(table.reads);
    expect(back.samples.map((s) => [s.total, s.analysed, s.name, s.date])).toEqual(
      table.samples.map((s) => [s.total, s.analysed, s.name, s.date]),
    );
    expect(back.samples.map((s) => s.systems)).toEqual(table.samples.map((s) => s.systems));
  }

  test("hold what was open", async () => sameAgain(await tableOf(fixture("fused.vidjil"), "fused.vidjil")));
  test.skipIf(realFile("demo_lil_l3_tutorial.vidjil.gz").missing)("also of real files", async () =>
    sameAgain(await readReal("demo_lil_l3_tutorial.vidjil.gz")),
  );

  test("some clonotypes, with their cluster; samples as displayed", () => {
    const table = small();
    let doc = apply(table, newDocument(table), { kind: "cluster", ids: [cloneId("AAA"), cloneId("CCC")] });
    doc = apply(table, doc, { kind: "renameSample", sample: 1, name: "late" });
    const file = JSON.parse(toVidjil(context(table, doc), [0, 2], [1, 0], "2026-01-02 03:04:05"));
    expect(file.clones.map((c: { id: string; reads: number[] }) => [c.id, c.reads])).toEqual([
      ["AAA", [10, 50]],
      ["CCC", [0, 20]],
      ["GGG", [3, 25]],
    ]);
    expect(file.clusters).toEqual([["AAA", "CCC"]]);
    expect(file.samples.names).toEqual(["late", "A"]);
    expect(file.reads.segmented).toEqual([50, 150]);
  });
});

const program = process.env.VIDJIL_BIN ?? resolve(import.meta.dirname, "../../bin/vidjil");
const built = existsSync(program);
if (!built)
  console.warn(`SKIP: what is exported is not given to vidjil check, for there is no ${program} (make build)`);

describe.skipIf(!built)("vidjil check has nothing to say of", () => {
  const files = ["fused.vidjil", "demo_lil_l3_tutorial.vidjil.gz"];
  test.each(files)("what is written of %s", async (name) => {
    const local = name === "fused.vidjil";
    if (!local && realFile(name).missing) return;
    const table = local ? await tableOf(fixture(name), name) : await readReal(name);
    const samples = shownSamples(newDocument(table));
    const folder = mkdtempSync(join(tmpdir(), "vidjil-export-"));
    try {
      writeFileSync(join(folder, "a.airr.tsv"), toAirr(context(table), all(table), samples));
      writeFileSync(join(folder, "a.vidjil"), toVidjil(context(table), all(table), samples, "2026-01-02 03:04:05"));
      // A status other than 0 throws, with what was found.
      execFileSync(program, ["check", join(folder, "a.airr.tsv"), join(folder, "a.vidjil")], { encoding: "utf8" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("CSV of chosen samples; what a spreadsheet would run stays text", () => {
  const table = tiny(
    [{ id: "A", name: "-1+cmd|' /C calc'!A0", reads: [1, 2] }],
    [sample("@SUM(A1)", { IGH: 1 }), sample("b", { IGH: 2 })],
  );
  const [head = "", line = ""] = toCsv(context(table), [0], [0]).split("\r\n");
  expect(head).toContain("reads @SUM(A1)");
  expect(head).not.toContain("reads b");
  for (const cell of line.split(",")) expect(cell).not.toMatch(/^[=+@-]/);
});

test("FASTA without a sequence has the window, and a name cannot make a record", () => {
  const table = tiny([{ id: "ACGT", name: "x\n>y", reads: [1] }], [sample("s", { IGH: 1 })]);
  expect(toFasta(context(table), [0], () => "100%")).toBe(">x >y    100%  (window)\nACGT\n");
});

describe("addresses of the original", () => {
  test.each([
    ["V/5' gene,J/3' gene,grid", { mode: "grid", x: "five_gene", y: "three_gene" }],
    ["v,j,grid", { mode: "grid", x: "five_gene", y: "three_gene" }],
    ["CDR3 length,Size,bar", { mode: "bars", x: "cdr3_length", y: "size" }],
    ["Size,Size (other),grid", { mode: "grid", x: "size", y: "size_other" }],
  ] as const)("%s", (text, plot) => expect(oldPlot(text)).toEqual(plot));

  test("what is unknown is no plot", () => {
    expect(oldPlot("")).toBeNull();
    expect(oldPlot("sequence,nothing,grid")).toBeNull();
  });

  test("are told by their query", () => {
    const old = (query: string) => isOldQuery(new URLSearchParams(query));
    expect(old("sample_set_id=3&config=1")).toBe(true);
    expect(old("custom=3&custom=4")).toBe(true);
    expect(old("q=%23tag")).toBe(false);
  });
});
