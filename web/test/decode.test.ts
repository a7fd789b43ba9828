import { describe, expect, test } from "vitest";
import { DecodeError, open } from "../src/core/decode";
import { decodeVidjil } from "../src/core/decode/vidjil";
import type { Table } from "../src/core/table";
import { textAt } from "../src/core/table";
import { fixture, readReal, realFile, tableOf } from "./support";

const bytes = (text: string) => new TextEncoder().encode(text);
const vidjil = (clones: unknown, more: object = {}) =>
  JSON.stringify({
    vidjil_json_version: "2016b",
    samples: { number: 1, original_names: ["a.fq"] },
    reads: { total: [10], segmented: [8], germline: { IGH: [8] } },
    clones,
    ...more,
  });

describe("the same result as .vidjil, as columns and as AIRR", () => {
  const facts = (t: Table, row: number) => ({
    id: t.id.at(row),
    system: textAt(t.system, row),
    five: textAt(t.five, row),
    four: textAt(t.four, row),
    three: textAt(t.three, row),
    reads: t.reads.map((column) => column[row]),
    sequence: t.sequence.at(row),
    junctionaa: t.junctionaa.at(row),
    junction: [t.junction.start[row], t.junction.end[row]],
    cdr3: [t.cdr3.start[row], t.cdr3.end[row]],
    productive: t.productive[row],
    fiveEnd: t.fiveEnd[row],
    threeStart: t.threeStart[row],
    four_: [t.fourSpan.start[row], t.fourSpan.end[row]],
  });

  test("Arrow columns give what the file gives", async () => {
    const a = await tableOf(fixture("fused.vidjil"), "fused.vidjil");
    const b = await tableOf(fixture("fused.arrow"), "fused.arrow");
    expect(b.rows).toBe(a.rows);
    for (let row = 0; row < a.rows; row++) {
      expect(facts(b, row)).toEqual(facts(a, row));
      expect(b.name.at(row)).toBe(a.name.at(row));
      expect([b.top[row], b.fiveDelRight[row], b.threeDelLeft[row], b.fourDelLeft[row]]).toEqual([
        a.top[row],
        a.fiveDelRight[row],
        a.threeDelLeft[row],
        a.fourDelLeft[row],
      ]);
      expect(b.gc[row]).toBeCloseTo(a.gc[row]!, 6);
      expect(textAt(b.warnings, row)).toBe(textAt(a.warnings, row));
      for (const s of a.samples.keys())
        if (a.reads[s]![row]! > 0) expect(b.lengths![s]![row]).toBeCloseTo(a.lengths![s]![row]!, 3);
    }
    expect(b.samples.map((s) => [s.name, s.total, s.analysed, s.systems])).toEqual(
      a.samples.map((s) => [s.name, s.total, s.analysed, s.systems]),
    );
  });

  test("numbers of Arrow columns are not copied", async () => {
    const source = fixture("fused.arrow");
    const t = await tableOf(source, "fused.arrow");
    expect(t.reads[0]!.buffer).toBe(t.reads[1]!.buffer);
    expect(t.system.codes.buffer).toBe(t.reads[0]!.buffer);
  });

  test("an AIRR table has the same clonotypes, samples and reads", async () => {
    const a = await tableOf(fixture("fused.vidjil"), "fused.vidjil");
    const b = await tableOf(fixture("fused.airr.tsv"), "fused.airr.tsv");
    expect(b.rows).toBe(a.rows);
    const order = b.samples.map((s) => a.samples.findIndex((other) => other.originalName === s.originalName));
    for (let row = 0; row < a.rows; row++) {
      const at = b.rowOf(a.id.at(row))!;
      expect(b.reads.map((column) => column[at])).toEqual(order.map((s) => a.reads[s]![row]));
      // Samples stand in another order, and the AIRR definition of productive does not ask for the J motif.
      const motif = textAt(a.unproductive, row) === "no-WPGxG-pattern";
      const { reads: _a, productive: p, ...want } = facts(a, row);
      const { reads: _b, productive: q, ...got } = facts(b, at);
      expect(got).toEqual(want);
      expect(q).toBe(motif ? 1 : p);
    }
  });
});

describe("quirks of real files", () => {
  test("clones that are null", () => {
    const t = decodeVidjil(vidjil(null), "x");
    expect([t.rows, t.samples[0]!.analysed]).toEqual([0, 8]);
  });

  test("sequence 0, reads as a number, numbers as text, a version as a list", () => {
    const clone = { id: "ACGT", sequence: 0, reads: 5, germline: "IGH", seg: { evalue: { val: "2e-3" } } };
    const t = decodeVidjil(vidjil([clone], { vidjil_json_version: ["2016b"] }), "x");
    expect([t.sequence.at(0), t.sequenceLength[0], t.reads[0]![0], t.evalue[0]]).toEqual(["", -1, 5, 0.002]);
    expect(textAt(t.warnings, 0)).toBe("W5a");
  });

  test("positions are 1-based and closed since 2016b, 0-based and closed before", () => {
    const seg = {
      5: { name: "V", start: 1, stop: 10 },
      3: { name: "J", start: 15, stop: 20 },
      cdr3: { start: 7, stop: 12, aa: "AR" },
    };
    const now = decodeVidjil(vidjil([{ id: "A", reads: [1], seg }]), "x");
    expect([
      now.fiveStart[0],
      now.fiveEnd[0],
      now.threeStart[0],
      now.threeEnd[0],
      now.cdr3.start[0],
      now.cdr3.end[0],
    ]).toEqual([0, 10, 14, 20, 6, 12]);
    const old = decodeVidjil(
      vidjil([{ id: "A", reads: [1], seg: { 5: "V", "5start": 0, "5end": 9, 3: "J", "3start": 14 } }], {
        vidjil_json_version: "2014.10",
      }),
      "x",
    );
    expect([textAt(old.five, 0), old.fiveStart[0], old.fiveEnd[0], old.threeStart[0]]).toEqual(["V", 0, 10, 14]);
  });

  test.each([
    ["one number", 2.5, 2.5],
    ["by sample", [2.5], 2.5],
    ["by system", { all: 2.5, IGH: 1 }, 2.5],
    ["by system and sample", { all: [2.5] }, 2.5],
    ["by sample and system", [{ all: 2.5 }], 2.5],
  ])("diversity %s", (_, value, want) => {
    const t = decodeVidjil(vidjil([], { diversity: { index_H_entropy: value, index_E_equitability: "na" } }), "x");
    expect(t.samples[0]!.diversity.index_H_entropy!.all).toBe(want);
    expect(t.samples[0]!.diversity.index_E_equitability).toBeUndefined();
  });

  test("clusters hold, unless they come with evidence: then they are proposals", () => {
    const clones = [
      { id: "A", reads: [5] },
      { id: "B", reads: [1] },
    ];
    const held = decodeVidjil(vidjil(clones, { clusters: [["A", "B", "elsewhere"], 0] }), "x");
    expect([held.clusters, held.suggested]).toEqual([[[0, 1]], []]);
    const proposed = decodeVidjil(
      vidjil(clones, { clusters: [["A", "B"]], provenance: { clusters: { B: "1 substitution" } } }),
      "x",
    );
    expect([proposed.clusters, proposed.suggested, proposed.evidence(1)]).toEqual([[], [[0, 1]], "1 substitution"]);
  });

  test.each(["analysis-example.vidjil", "Demo-X5-no-clone.vidjil", "Demo-X5.airr", "demo_lil_l3_tutorial.vidjil.gz"])(
    "%s opens",
    async (name) => {
      if (realFile(name).missing) return;
      const t = await readReal(name);
      expect(t.samples.length).toBeGreaterThan(0);
      expect(t.reads.length).toBe(t.samples.length);
    },
  );
});

describe("files that are none", () => {
  test.each([
    ["nothing", new Uint8Array(), "empty"],
    ["text", bytes("hello\nworld"), "notAirr"],
    ["other JSON", bytes('{"clones": 3, "reads": {}}'), "noSamples"],
    ["cut JSON", bytes('{"clones": [ {"id": "A", "reads": [1'), "notJson"],
    ["too old", bytes('{"vidjil_json_version": "2013.01", "clones": [], "reads": {}}'), "tooOld"],
    ["cut Arrow", fixture("fused.arrow").slice(0, 400), "notArrow"],
    ["cut gzip", new Uint8Array([0x1f, 0x8b, 8, 0, 1]), "notGzip"],
  ])("%s", async (_, content, problem) => {
    const error = await open(content, "x.vidjil").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DecodeError);
    expect((error as DecodeError).problem).toBe(problem);
  });

  test("an analysis is told from a result by its content", async () => {
    expect((await open(bytes('{"tags":{},"clones":[{"id":"A"}],"clusters":[]}'), "x.json")).kind).toBe("analysis");
    expect((await open(bytes(vidjil([])), "x.json")).kind).toBe("table");
  });
});
