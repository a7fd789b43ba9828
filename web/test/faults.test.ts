/**
 * The faults of the original client, each with the test that keeps it away: those of this file are named by their number,
 * the others stand in ELSEWHERE, whose tests are looked up.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readAnalysis, writeAnalysis } from "../src/core/analysis";
import { PRESETS } from "../src/core/axes/presets";
import { warningCodes } from "../src/core/decode/builder";
import type { Change } from "../src/core/document";
import { daysOf } from "../src/core/report";
import { reverseComplement } from "../src/core/sequence";
import { sizeOf } from "../src/core/size";
import { cloneId } from "../src/core/table";
import { levelOf } from "../src/core/warnings";
import { Workspace } from "../src/core/workspace";
import { readReal, realFile, small, tableOf } from "./support";

const id = cloneId;
const root = resolve(import.meta.dirname, "../..");

/** Fault, the file that keeps it away, and the name of the test there. */
const ELSEWHERE: readonly (readonly [fault: number, file: string, test: string])[] = [
  [1, "web/test/formulas.test.ts", "arginine has six codons"],
  [1, "web/test/sequences.test.ts", "CGT to CGA stays arginine, CGT to CTT does not: the codon table is right"],
  [2, "web/test/formulas.test.ts", "no share above zero is printed as zero"],
  [
    3,
    "web/test/exports.test.ts",
    "tabs, T and F, the schema's columns, and a row per clonotype and sample that has it",
  ],
  [
    4,
    "web/test/exports.test.ts",
    "reads belong to the sample that they are written with, whatever is reordered or hidden",
  ],
  [7, "web/test/views.test.ts", "a tagged or selected clonotype always has a curve, whatever its rank"],
  [8, "web/test/workspace.test.ts", "says where, and on which strand"],
  [8, "web/test/views.test.ts", "a sequence in runs covers it once and cuts at the CDR3 and at what was found"],
  [11, "web/test/formulas.test.ts", "the best rank leads; unknown ranks leave it to the reads"],
  [12, "web/test/formulas.test.ts", "TRA, TRD and TRA+D are one group; IGH+ belongs to IGH"],
  [12, "web/test/workspace.test.ts", "lengths count every nucleotide"],
  [13, "web/test/lists.test.ts", "marie -#B-A"],
  [13, "internal/lab/search_test.go", '"-marie"'],
  [14, "web/test/sequences.test.ts", "what a tool does not take is counted, never silently left out"],
  [15, "web/test/report.test.ts", "no locus without reads, and never a group without a name"],
  [16, "web/e2e/workspace.spec.ts", "a file by its address, with its notes; an address that cannot be read is told"],
  [17, "web/test/sequences.test.ts", "what failed is told, and asked for again"],
  [18, "web/test/views.test.ts", "texts of files cannot become markup"],
  [18, "web/journeys/xss.spec.ts", "markup in every text is shown as text, and nothing of it runs"],
  [19, "web/test/workspace.test.ts", "restores a view by the names of clonotypes and samples"],
  [19, "web/test/sequences.test.ts", "a clonotype is named by a digest, never by its sequence"],
  [22, "internal/store/set_plan_test.go", "func TestSetPlans("],
];

const FAULTS = 22;

test("each fault has its test", () => {
  for (const [fault, file, name] of ELSEWHERE)
    expect(readFileSync(join(root, file), "utf8").includes(name), `${fault}: ${file} has "${name}"`).toBe(true);
  const here = readFileSync(import.meta.filename, "utf8");
  const kept = new Set(ELSEWHERE.map(([fault]) => fault));
  for (const [, numbers = ""] of here.matchAll(/^(?:test|describe)\("(\d+):/gm)) kept.add(Number(numbers));
  expect([...kept].sort((a, b) => a - b)).toEqual(Array.from({ length: FAULTS }, (_, i) => i + 1));
});

test("5: a standard is in the analysis, and comes back", () => {
  const ws = new Workspace(small());
  ws.commit({ kind: "standard", id: id("TTT"), expected: 0.01 });
  const size = (of: Workspace) =>
    sizeOf(of.table, of.clusters.value.reads, of.denominator.value, of.doc.value.standard, 0, 0);
  expect(size(ws)).toBeCloseTo((50 / 150) * (0.01 / (5 / 150)), 12);
  const back = new Workspace(small());
  back.replaceDocument(readAnalysis(back.table, writeAnalysis(ws.table, ws.doc.value, "2026-01-01 00:00:00")).document);
  expect(back.doc.value.standard).toEqual(ws.doc.value.standard);
  expect(size(back)).toBe(size(ws));
});

test("6: taking one out of a cluster is undone exactly, and everything that is shown follows", () => {
  const ws = new Workspace(small());
  ws.commit({ kind: "cluster", ids: [id("AAA"), id("CCC"), id("GGG")] });
  const before = ws.doc.value;
  const shown = () => [Array.from(ws.order.value), Array.from(ws.sizes.value), ws.smaller.value];
  const seen = shown();
  ws.commit({ kind: "split", ids: [id("CCC")] });
  expect(shown()).not.toEqual(seen);
  ws.undo();
  expect(ws.doc.value).toBe(before);
  expect(shown()).toEqual(seen);
});

describe("9: whatever is noted is a change that can be undone and is saved", () => {
  const changes: readonly Change[] = [
    { kind: "tag", ids: [id("AAA")], tag: "noise" },
    { kind: "rename", id: id("AAA"), name: "mine" },
    { kind: "note", id: id("AAA"), note: "seen" },
    { kind: "cluster", ids: [id("AAA"), id("CCC")] },
    { kind: "acceptClusters", clusters: [[id("AAA"), id("CCC")]] },
    { kind: "standard", id: id("AAA"), expected: 0.5 },
    { kind: "orderSamples", order: [1, 0] },
    { kind: "hideSamples", hidden: [1] },
    { kind: "renameSample", sample: 0, name: "first" },
    { kind: "noteSample", sample: 0, note: "seen" },
    { kind: "info", info: "all" },
  ];
  test.each(changes)("$kind", (change) => {
    const ws = new Workspace(small());
    const text = () => writeAnalysis(ws.table, ws.doc.value, "2026-01-01 00:00:00");
    const [before, written] = [ws.doc.value, text()];
    ws.commit(change);
    expect(ws.canUndo.value).toBe(true);
    expect(ws.doc.value).not.toBe(before);
    expect(text()).not.toBe(written);
    ws.undo();
    expect(text()).toBe(written);
  });

  test.each<Change>([{ kind: "split", ids: [id("AAA")] }, { kind: "splitAll" }])("$kind, of a cluster", (change) => {
    const ws = new Workspace(small());
    ws.commit({ kind: "cluster", ids: [id("AAA"), id("CCC")] });
    const clustered = ws.doc.value;
    ws.commit(change);
    expect(ws.doc.value.clusters).toEqual([]);
    ws.undo();
    expect(ws.doc.value).toBe(clustered);
  });
});

test("10: what lies between the primers of a file is shown, of whatever locus and gene", async () => {
  const clone = (name: string, start: number, stop: number) => ({
    ...{ id: name, sequence: "ACGT", reads: [5], top: 1, germline: name, name },
    seg: { primer5: { start, stop: start + 20 }, primer3: { start: stop - 20, stop } },
  });
  const clones = [clone("TRA", 1, 120), clone("IGL", 11, 200), clone("IGH+", 5, 90)];
  const file = {
    vidjil_json_version: "2016b",
    ...{ samples: { number: 1, original_names: ["a.fastq"], timestamp: ["2026-01-01 00:00:00"] } },
    reads: { total: [20], segmented: [15], germline: { TRA: [5], IGL: [5], "IGH+": [5] } },
    clones,
  };
  const ws = new Workspace(await tableOf(new TextEncoder().encode(JSON.stringify(file)), "primers.vidjil"));
  const gaps = ws.number("primers_gap");
  const gap = (name: string) => gaps?.[ws.table.rowOf(name) ?? Number.NaN];
  expect(["TRA", "IGL", "IGH+"].map(gap)).toEqual([120, 190, 86]);
});

test("12: the preset of coverage and GC content shows both, and presets of lengths show lengths", () => {
  expect(PRESETS.filter((p) => p.x === "coverage").map((p) => p.y)).toEqual(["gc"]);
  expect(PRESETS.filter((p) => p.x === "read_length" && p.mode === "grid").map((p) => p.y)).toEqual(["system", "gc"]);
});

test("20: nobody is mailed from a page, and no page has a password in it", () => {
  const sources = resolve(import.meta.dirname, "../src");
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((name) => /\.(ts|tsx)$/.test(name));
  expect(files.length).toBeGreaterThan(100);
  for (const name of files) {
    const text = readFileSync(join(sources, name), "utf8");
    // But to whom the administrator of the server names.
    expect(text, name).not.toMatch(/["'`]mailto:(?!\$\{support\}`)/);
    expect(text, name).not.toMatch(/dangerouslySetInnerHTML|\.innerHTML\s*=|insertAdjacentHTML/);
  }
});

test("21: a bad e-value has one code, whoever found it", () => {
  expect(warningCodes([{ code: "Wxx", message: "bad e-value" }], 1, 1)).toBe("W5a");
  expect(warningCodes([{ code: "W5a", message: "" }], 1e-9, 1)).toBe("W5a");
  expect(warningCodes([], 0.002, 1)).toBe("W5a");
  expect(levelOf("W5a")).toBe(1);
});

const TUTORIAL = "demo_lil_l3_tutorial.vidjil.gz";

describe.skipIf(realFile(TUTORIAL).missing)("the tutorial, once more", () => {
  test("samples are 48, 90, 263 and 308 days after the first", async () => {
    const table = await readReal(TUTORIAL);
    expect(daysOf(table, [0, 1, 2, 3, 4])).toEqual([0, 48, 90, 263, 308]);
  });

  test("a sequence is found from either strand", async () => {
    const ws = new Workspace(await readReal(TUTORIAL));
    const window = "CACGGCCTTGTATTACTGTGCACCCGGAGGTATGGACGTCTGGGGCCAAG";
    for (const query of [window, reverseComplement(window)]) {
      ws.query.value = query;
      expect(Array.from(ws.order.value)).toContain(ws.table.rowOf(window));
    }
  });
});
