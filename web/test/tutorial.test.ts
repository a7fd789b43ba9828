/** The values that the tutorial's readers see, on the tutorial's file. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readAnalysis, writeAnalysis } from "../src/core/analysis";
import { clustersOf } from "../src/core/clusters";
import { apply, newDocument } from "../src/core/document";
import { integer, share } from "../src/core/format";
import { nameOf } from "../src/core/name";
import { sizeOf, smallerClonotypes } from "../src/core/size";
import { cloneId } from "../src/core/table";
import { Workspace } from "../src/core/workspace";
import { readReal, realFile } from "./support";

const FILE = "demo_lil_l3_tutorial.vidjil.gz";
const ticked = { kind: "systems", systems: ["TRG", "IGH"] } as const;
const CLONE_1 = "CACGGCCTTGTATTACTGTGCACCCGGAGGTATGGACGTCTGGGGCCAAG";

describe.skipIf(realFile(FILE).missing)("the tutorial", () => {
  test("analysed reads of the first sample", async () => {
    const t = await readReal(FILE);
    const s = t.samples[0]!;
    expect(t.rows).toBe(453);
    expect(integer(s.analysed)).toBe("1,967,338");
    expect(share(s.analysed / s.total, "en", "percent", 4)).toBe("82.31%");
    const two = s.systems.TRG! + s.systems.IGH!;
    expect(integer(two)).toBe("1,965,646");
    expect(share(two / s.total, "en", "percent", 4)).toBe("82.24%");
  });

  test("clonotype 1, alone and with clonotype 4", async () => {
    const t = await readReal(FILE);
    const row = t.rowOf(CLONE_1)!;
    const doc = newDocument(t);
    const reads = clustersOf(t, doc).reads;
    expect(nameOf(t, doc, row)).toBe("IGHV3-9 7/CCCGGA/17 J6*02");
    expect(reads.of(row, 0)).toBe(189991);
    // The original prints 9.665 %: it truncates 9.66557 %.
    expect(share(sizeOf(t, reads, ticked, null, row, 0), "en", "percent", 4)).toBe("9.666%");
    const together = [...Array(t.rows).keys()].find((r) => r !== row && reads.of(r, 0) + 189991 === 364027)!;
    const merged = apply(t, doc, { kind: "cluster", ids: [cloneId(t.id.at(row)), cloneId(t.id.at(together))] });
    const clusters = clustersOf(t, merged);
    const leader = [...clusters.byLeader.keys()][0]!;
    expect(clusters.reads.of(leader, 0)).toBe(364027);
    expect(share(sizeOf(t, clusters.reads, ticked, null, leader, 0), "en", "percent", 4)).toBe("18.52%");
  });

  test.each([
    [50, "10.11%"],
    [100, "8.92%"],
  ])("IGH smaller clonotypes at top %i", async (top, printed) => {
    const t = await readReal(FILE);
    const reads = clustersOf(t, newDocument(t)).reads;
    const listed = [...Array(t.rows).keys()].filter((row) => t.top[row]! <= top);
    const igh = smallerClonotypes(t, reads, ticked, 0, listed).find((s) => s.system === "IGH")!;
    expect(`${(Math.trunc(igh.size * 10000) / 100).toFixed(2)}%`).toBe(printed);
  });

  test("the list adds up to all reads, whatever is filtered and clustered", async () => {
    const t = await readReal(FILE);
    const ws = new Workspace(t);
    const total = () => {
      const listed = ws.order.value.reduce((sum, row) => sum + ws.clusters.value.reads.of(row, 0), 0);
      return listed + ws.smaller.value.reduce((sum, s) => sum + s.reads, 0);
    };
    const all = Object.values(t.samples[0]!.systems).reduce((a, b) => a + b, 0);
    expect(total()).toBe(all);
    ws.addFilter({ kind: "top", top: 10 });
    expect(total()).toBe(all);
    ws.select([0, 1, 2]);
    ws.commit({ kind: "cluster", ids: ws.idsOf([0, 1, 2]) });
    expect(total()).toBe(all);
  });

  test("warnings of the first sample", async () => {
    const ws = new Workspace(await readReal(FILE));
    const counts = Object.fromEntries(ws.warningsHere.value.map((w) => [w.code, w.clonotypes]));
    expect(counts).toMatchObject({ W53: 82, W69: 43, W51: 14, W50: 7 });
    const reads = ws.table.reads[0]!;
    expect(reads.filter((n) => n > 0).length).toBe(191);
  });

  test("its analysis of 2014, laid over, keeps what is not there", async () => {
    const t = await readReal(FILE);
    const text = readFileSync(realFile("demo_lil_l3_tutorial.analysis").path, "utf8");
    const merged = readAnalysis(t, text);
    expect(merged.document.tags.get(t.rowOf(CLONE_1)!)).toBe("clone_1");
    expect(merged.document.sampleNotes.get(4)).toBe("Relapse on a different clone in TRG");
    expect(merged.unknownTags).toEqual([]);
    const again = readAnalysis(t, writeAnalysis(t, merged.document, "2026-01-01 00:00:00"));
    expect(again.unmatchedClones).toBe(merged.unmatchedClones);
    expect(again.document).toEqual(merged.document);
  });
});
