/** Formulas of sizes, names, codons, mutations, numbers: each case is a sentence of the field. */
import { describe, expect, test } from "vitest";
import { allRows, and, equal, has, members, minus, noRows, or, rowsOf, rowsWhere, xor } from "../src/core/bits";
import { clustersOf } from "../src/core/clusters";
import { aminoAcid, translate } from "../src/core/codon";
import { apply, newDocument } from "../src/core/document";
import { integer, plain, scientific, share, tickShare } from "../src/core/format";
import { shortName } from "../src/core/name";
import { bySizeDescending } from "../src/core/radix";
import { mutations, reverseComplement, segmentsOf } from "../src/core/sequence";
import { correlation, denominatorOf, sizeOf, sizes, smallerClonotypes } from "../src/core/size";
import { groupOf, isIncomplete, letterOf, locusOf } from "../src/core/system";
import { cloneId } from "../src/core/table";
import { tagOf } from "../src/core/tags";
import { sample, small, tiny } from "./support";

describe("numbers", () => {
  test.each([
    [0.567891, "56.8%"],
    [0.0966557, "9.67%"],
    [0.09996, "10.0%"],
    [1, "100%"],
    [0.00025, "0.0250%"],
    [2.5e-5, "0.00250%"],
    [5.66e-6, "5.7e-6"],
    [9.96e-7, "1.0e-6"],
    [0, "0%"],
    [Number.NaN, "–"],
  ])("a share of %d is %s", (value, want) => expect(share(value)).toBe(want));

  test("no share above zero is printed as zero", () => {
    for (let e = 0; e > -15; e -= 0.37) expect(share(10 ** e)).toMatch(/[1-9]/);
  });

  test("as a French reader writes them", () => {
    expect(share(0.0966557, "fr")).toBe("9,67 %");
    expect(scientific(5.66e-6, "fr")).toBe("5,7e-6");
    expect(integer(1967338, "fr")).toMatch(/^1\s967\s338$/u);
  });

  test.each([
    [0.1, "10%"],
    [0.015, "1.5%"],
    [1e-5, "0.001%"],
    [1e-6, "1e-6"],
    [0, "0%"],
  ])("the tick at %d is %s", (v, want) => expect(tickShare(v)).toBe(want));

  test.each([
    [3, "3"],
    [0.12345, "0.123"],
    [12345.678, "12,346"],
    [4e-7, "4.0e-7"],
  ])("plain %d", (v, want) => expect(plain(v)).toBe(want));
});

describe("sizes", () => {
  const t = small();
  const reads = clustersOf(t, newDocument(t)).reads;
  const size = (kind: "analysed" | "total" | "system" | "group", row: number, s = 0) =>
    sizeOf(t, reads, { kind }, null, row, s);

  test("each denominator", () => {
    expect(size("analysed", 0)).toBe(50 / 150);
    expect(size("total", 0)).toBe(50 / 300);
    expect(size("system", 0)).toBe(50 / 100);
    expect(size("group", 0)).toBe(50 / 110);
    expect(size("group", 3)).toBe(5 / 110);
    expect(sizeOf(t, reads, { kind: "systems", systems: ["TRG"] }, null, 2, 0)).toBe(25 / 40);
  });

  test("a filter changes no size", () => {
    const before = [...sizes(t, reads, { kind: "analysed" }, null, 0)];
    expect(before).toEqual([50 / 150, 20 / 150, 25 / 150, 5 / 150]);
    const listed = [0];
    const smaller = smallerClonotypes(t, reads, { kind: "analysed" }, 0, listed);
    expect(smaller.map((s) => [s.system, s.reads])).toEqual([
      ["IGH", 50],
      ["TRG", 40],
      ["IGH+", 10],
    ]);
    expect(before[0]! + smaller.reduce((sum, s) => sum + s.size, 0)).toBeCloseTo(1, 12);
  });

  test("a denominator of zero gives zero", () => {
    const empty = tiny([{ id: "A", reads: [5], system: "IGH" }], [sample("a", {})]);
    expect(sizeOf(empty, clustersOf(empty, newDocument(empty)).reads, { kind: "analysed" }, null, 0, 0)).toBe(0);
  });

  test("a standard scales each sample to its expected size, and leaves samples without it", () => {
    const standard = { row: 1, expected: 0.01 };
    const scaled = sizes(t, reads, { kind: "analysed" }, standard, 0);
    expect(scaled[1]).toBeCloseTo(0.01, 12);
    expect(scaled[0]).toBeCloseTo((50 / 150) * (0.01 / (20 / 150)), 12);
    expect(sizes(t, reads, { kind: "analysed" }, standard, 1)[0]).toBe(10 / 50);
  });

  test("TRA, TRD and TRA+D are one group; IGH+ belongs to IGH", () => {
    expect(["TRA", "TRD", "TRD+", "TRA+D"].map(groupOf)).toEqual(Array(4).fill("TRA/TRD"));
    expect([groupOf("IGH+"), locusOf("TRA+D"), locusOf("xxx"), locusOf("unexpected")]).toEqual(["IGH", "TRA", "", ""]);
    expect([
      letterOf("IGH"),
      letterOf("TRD+"),
      letterOf("xxx"),
      letterOf("ERG", { ERG: "E" }),
      isIncomplete("IGK+"),
    ]).toEqual(["H", "d", "x", "E", true]);
    expect(denominatorOf(t, { kind: "group" }, 1, "IGH+")).toBe(45);
  });

  test("correlation of ln(reads + 1)", () => {
    const many = tiny(
      [
        { id: "A", reads: [1, 10, 100] },
        { id: "B", reads: [3, 21, 201] },
        { id: "C", reads: [9, 9, 9] },
      ],
      [1, 2, 3].map((i) => sample(String(i), { IGH: 500 })),
    );
    const all = clustersOf(many, newDocument(many)).reads;
    expect(correlation(all, 0, 1, [0, 1, 2])).toBeGreaterThan(0.99);
    expect(correlation(all, 0, 2, [0, 1, 2])).toBeNaN();
  });
});

describe("clusters", () => {
  const t = small();
  const ids = (...names: string[]) => names.map(cloneId);

  test("the best rank leads; unknown ranks leave it to the reads", () => {
    expect(apply(t, newDocument(t), { kind: "cluster", ids: ids("TTT", "CCC") }).clusters).toEqual([[1, 3]]);
    const unranked = tiny(
      [
        { id: "A", reads: [1] },
        { id: "B", reads: [7] },
      ],
      [sample("s", { IGH: 8 })],
    );
    expect(apply(unranked, newDocument(unranked), { kind: "cluster", ids: ids("A", "B") }).clusters).toEqual([[1, 0]]);
  });

  test("merging clusters takes their members along, and reads add up", () => {
    let doc = apply(t, newDocument(t), { kind: "cluster", ids: ids("AAA", "CCC") });
    doc = apply(t, doc, { kind: "cluster", ids: ids("CCC", "TTT") });
    expect(doc.clusters).toEqual([[0, 1, 3]]);
    const { reads } = clustersOf(t, doc);
    expect([reads.of(0, 0), reads.of(1, 0), reads.of(0, 1)]).toEqual([75, 0, 17]);
    expect([...reads.sample(0)]).toEqual([75, 0, 25, 0]);
    expect([...t.reads[0]!]).toEqual([50, 20, 25, 5]);
  });

  test("one member leaves, the representative breaks the cluster up", () => {
    const doc = apply(t, newDocument(t), { kind: "cluster", ids: ids("AAA", "CCC", "TTT") });
    expect(apply(t, doc, { kind: "split", ids: ids("CCC") }).clusters).toEqual([[0, 3]]);
    expect(apply(t, doc, { kind: "split", ids: ids("AAA") }).clusters).toEqual([]);
  });
});

describe("the genetic code", () => {
  test("arginine has six codons", () => {
    for (const codon of ["CGT", "CGC", "CGA", "CGG", "AGA", "AGG", "CGN", "cgt"]) expect(aminoAcid(codon)).toBe("R");
  });

  test("the code as a whole: how many codons each amino acid has", () => {
    const counts: Record<string, number> = {};
    for (const a of "ACGT")
      for (const b of "ACGT")
        for (const c of "ACGT") counts[aminoAcid(a + b + c)] = (counts[aminoAcid(a + b + c)] ?? 0) + 1;
    expect(counts).toEqual({
      A: 4,
      C: 2,
      D: 2,
      E: 2,
      F: 2,
      G: 4,
      H: 2,
      I: 3,
      K: 2,
      L: 6,
      M: 1,
      N: 2,
      P: 4,
      Q: 2,
      R: 6,
      S: 6,
      T: 4,
      V: 4,
      W: 1,
      Y: 2,
      "*": 3,
    });
    expect([aminoAcid("NNN"), aminoAcid("A-G"), aminoAcid("AT")]).toEqual(["X", "?", "?"]);
  });

  test("translation in frame, and with a frameshift", () => {
    const sequence = `AA${"TGTGCAAGATGG"}CC`;
    expect(
      translate(sequence, 5, 11)
        .map((c) => c.aa)
        .join(""),
    ).toBe("CARW");
    const shifted = translate("TGTGCAAAAGATGG", 3, 10);
    expect(shifted.map((c) => c.aa).join("")).toBe("CA#KM");
    expect(shifted.filter((c) => c.aa === "#")).toHaveLength(1);
    expect(translate("ACGT", -1, -1)).toEqual([]);
  });

  test("mutations know silence from the codon, not from the letter", () => {
    const kinds = mutations("TGTCGAAAA", "TGCCGGTAA", 0).map((m) => [m.at, m.silent]);
    expect(kinds).toEqual([
      [2, true],
      [5, true],
      [6, false],
    ]);
    expect(mutations("TG-TCG", "TGATC-", 0).map((m) => [m.kind, m.silent])).toEqual([
      ["insertion", null],
      ["deletion", null],
    ]);
    expect(mutations("CGA", "AGG", 0).map((m) => m.silent)).toEqual([true, true]);
    expect(mutations("AC", "AG", -1)[0]!.silent).toBeNull();
    expect(() => mutations("A", "AC", 0)).toThrow(RangeError);
  });
});

describe("sequences", () => {
  test("reverse complement, of either case and with ambiguous letters", () => {
    expect(reverseComplement("ACGTRYn")).toBe("nRYACGT");
    expect(reverseComplement(reverseComplement("GATTACA"))).toBe("GATTACA");
  });

  test("V, N, D, N, J cover a sequence once, also where genes overlap", () => {
    const part = (record: object) =>
      segmentsOf(tiny([{ id: "A", reads: [1], sequence: "A".repeat(30), ...record }], [sample("s", {})]), 0)
        .map((s) => `${s.kind}${s.start}-${s.end}`)
        .join(" ");
    expect(part({ fiveEnd: 10, fourSpan: { start: 12, end: 15 }, threeStart: 20 })).toBe(
      "V0-10 N10-12 D12-15 N15-20 J20-30",
    );
    expect(part({ fiveEnd: 10, threeStart: 10 })).toBe("V0-10 J10-30");
    expect(part({ fiveEnd: 12, threeStart: 10 })).toBe("V0-12 J12-30");
    expect(part({ fiveEnd: 10, fourSpan: { start: 8, end: 13 }, threeStart: 12 })).toBe("V0-10 D10-12 J12-30");
    expect(part({})).toBe("none0-30");
  });

  test.each([
    ["IGHV3-9*01 7/CCCGGA/17 IGHJ6*02", "IGHV3-9 7/CCCGGA/17 J6*02"],
    ["IGHV3-9*01 0/TTCTTAAATCACTTA/6 IGHD6-13*01 3/CCACCCCG/2 IGHJ5*02", "IGHV3-9 0/15/6 D6-13 3/8/2 J5*02"],
    ["TRDV1*01 1/ACAAA/2 TRAJ40*01", "TRDV1 1/ACAAA/2 TRAJ40"],
    ["", ""],
  ])("short name of %s", (name, want) => expect(shortName(name)).toBe(want));

  test("tags of old files", () => {
    expect(["0", "3", "8", "9", "clone_2", "smaller_clone", "mine"].map(tagOf)).toEqual([
      "clone_1",
      "standard",
      "",
      "",
      "clone_2",
      "",
      "mine",
    ]);
  });
});

describe("sets of rows", () => {
  test("agree with sets of numbers", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (const rows of [0, 1, 31, 32, 33, 200]) {
      const pick = () => new Set([...Array(rows).keys()].filter(() => random() < 0.4));
      const [a, b] = [pick(), pick()];
      const [x, y] = [rowsOf(rows, a), rowsOf(rows, b)];
      const want = (of: (row: number) => boolean) => [...Array(rows).keys()].filter(of);
      expect([...members(and(x, y))]).toEqual(want((r) => a.has(r) && b.has(r)));
      expect([...members(or(x, y))]).toEqual(want((r) => a.has(r) || b.has(r)));
      expect([...members(minus(x, y))]).toEqual(want((r) => a.has(r) && !b.has(r)));
      expect([...members(xor(x, y))]).toEqual(want((r) => a.has(r) !== b.has(r)));
      expect([...members(allRows(rows))]).toEqual(want(() => true));
      expect(x.count).toBe(a.size);
      expect(
        equal(
          x,
          rowsWhere(rows, (r) => a.has(r)),
        ),
      ).toBe(true);
      expect(want((r) => has(x, r))).toEqual([...members(x)]);
    }
    expect(has(noRows(3), 1000)).toBe(false);
  });
});

test("sorting by size agrees with a comparing sort, and keeps equal rows in order", () => {
  let seed = 3;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  for (const n of [0, 1, 2, 100, 5000]) {
    // Many ties, zeros, and neighbours that only 64 bits tell apart.
    const sizes = Float64Array.from({ length: n }, () =>
      random() < 0.3 ? 0 : Math.floor(random() * 40) / 1e6 + (random() < 0.1 ? 1e-15 : 0),
    );
    const rows = Int32Array.from({ length: n }, (_, i) => i);
    const want = Array.from(rows).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
    expect(Array.from(bySizeDescending(rows, sizes))).toEqual(want);
  }
});
