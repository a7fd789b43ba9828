/**
 * The faults of the original client, each with the test that keeps it away. Those with a test elsewhere:
 *
 *  1 codons of arginine, 2 truncated shares ............ formulas.test.ts
 *  3, 4 AIRR that is none, samples mixed up ............ exports.test.ts
 *  7 curves of low ranks, 8 search in the sequences .... views.test.ts
 * 11 clusters without a leader, 12 lengths, TRA+D ...... formulas.test.ts, workspace.test.ts
 * 15 "undefined" in reports ............................ report.test.ts, journeys/report.spec.ts
 * 16 an analysis by its address ........................ e2e/workspace.spec.ts
 * 18 texts that become markup .......................... views.test.ts, e2e/workspace.spec.ts, journeys/report.spec.ts
 * 19 indices in addresses .............................. workspace.test.ts
 *
 * Of the server, and tested there: 13 exclusion in searches, 22 slow lists. 10 is of primer sets, which are not part of
 * this client; 14 and 17 are of tools elsewhere.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readAnalysis, writeAnalysis } from "../src/core/analysis";
import { warningCodes } from "../src/core/decode/builder";
import type { Change } from "../src/core/document";
import { daysOf } from "../src/core/report";
import { reverseComplement } from "../src/core/sequence";
import { sizeOf } from "../src/core/size";
import { cloneId } from "../src/core/table";
import { levelOf } from "../src/core/warnings";
import { Workspace } from "../src/core/workspace";
import { readReal, realFile, small } from "./support";

const id = cloneId;

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

test("20: nobody is mailed from a page, and no page has a password in it", () => {
  const root = resolve(import.meta.dirname, "../src");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => /\.(ts|tsx)$/.test(name));
  expect(files.length).toBeGreaterThan(100);
  for (const name of files) {
    const text = readFileSync(join(root, name), "utf8");
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
