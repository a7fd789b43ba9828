import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { alignPair, alignToFirst } from "../src/core/align";
import { readAnalysis, writeAnalysis } from "../src/core/analysis";
import { clustersOf } from "../src/core/clusters";
import { apply, EXTERNAL, newDocument } from "../src/core/document";
import { germlineMarks } from "../src/core/germline";
import type { Drawn } from "../src/core/letters";
import { aminoLine, piecesOf, qualityHeights } from "../src/core/letters";
import { sampleCsv } from "../src/core/sampleInfo";
import { Sequences } from "../src/core/sequences";
import { sizeOf, sizes } from "../src/core/size";
import type { Table } from "../src/core/table";
import { cloneId } from "../src/core/table";
import { TAG_KEYS, TAGS } from "../src/core/tags";
import { tokenOf } from "../src/core/token";
import { lociFor, offered, requestOf, TOOLS } from "../src/core/tools";
import { decode, encode, encodeWhole, leftOut, MOST_IDS } from "../src/core/url";
import { warningsIn } from "../src/core/warnings";
import { Workspace } from "../src/core/workspace";
import { sample, small, tiny } from "./support";

const ungapped = (text: string) => text.replaceAll("-", "");

describe("alignment in the page", () => {
  test.each([
    ["equal", "ACGTACGTACGT", "ACGTACGTACGT", "ACGTACGTACGT", "ACGTACGTACGT"],
    ["substitution", "ACGTACGTACGT", "ACGTTCGTACGT", "ACGTACGTACGT", "ACGTTCGTACGT"],
    ["deletion", "ACGTTTGGACGTAC", "ACGTTTACGTAC", "ACGTTTGGACGTAC", "ACGTTT--ACGTAC"],
    ["insertion", "AACCGGTTAACCGGTT", "AACCGGTTCATAACCGGTT", "AACCGGTT---AACCGGTT", "AACCGGTTCATAACCGGTT"],
    ["hanging over", "ACGTACGTTGCA", "TTACGTTGCAGG", "ACGTACGTTGCA--", "--TTACGTTGCAGG"],
    ["case does not count", "acgtacgt", "ACGTACGT", "acgtacgt", "ACGTACGT"],
    ["nothing", "", "ACG", "---", "ACG"],
  ])("%s", (_, a, b, wantA, wantB) => {
    const got = alignPair(a, b);
    expect([got.a, got.b]).toEqual([wantA, wantB]);
  });

  /** The score of a pair, counted again from its letters. */
  const scoreOf = (a: string, b: string, free: boolean): number => {
    let [from, to] = [0, a.length];
    if (free) {
      while (from < to && (a[from] === "-" || b[from] === "-")) from++;
      while (to > from && (a[to - 1] === "-" || b[to - 1] === "-")) to--;
    }
    let [score, open] = [0, ""];
    for (let i = from; i < to; i++) {
      const gap = a[i] === "-" ? "a" : b[i] === "-" ? "b" : "";
      score += gap !== "" ? (gap === open ? -1 : -7) : a[i] === b[i] ? 2 : -3;
      open = gap;
    }
    return score;
  };

  /** Best score by the obvious recursion: for each pair of prefixes, over what stands in the last column. */
  function oracle(a: string, b: string): number {
    const known = new Map<string, number>();
    const best = (i: number, j: number, gap: string): number => {
      if (i < 0 || j < 0) return -1e9;
      if (i === 0 && j === 0) return gap === "" ? 0 : -1e9;
      const key = `${i} ${j} ${gap}`;
      const seen = known.get(key);
      if (seen !== undefined) return seen;
      const above = (x: number, y: number, g: string) =>
        Math.max(best(x, y, g) - 1, ...["", "a", "b"].filter((o) => o !== g).map((o) => best(x, y, o) - 7));
      const value =
        gap === "a"
          ? above(i, j - 1, "a")
          : gap === "b"
            ? above(i - 1, j, "b")
            : i > 0 && j > 0
              ? Math.max(...["", "a", "b"].map((o) => best(i - 1, j - 1, o))) + (a[i - 1] === b[j - 1] ? 2 : -3)
              : -1e9;
      known.set(key, value);
      return value;
    };
    return Math.max(best(a.length, b.length, ""), best(a.length, b.length, "a"), best(a.length, b.length, "b"));
  }

  test("is as good as the obvious way, over the whole length", () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % n;
    };
    for (let round = 0; round < 60; round++) {
      const word = () => Array.from({ length: 1 + random(9) }, () => "ACGT"[random(4)]).join("");
      const [a, b] = [word(), word()];
      const got = alignPair(a, b, { left: false, right: false });
      expect([ungapped(got.a), ungapped(got.b)]).toEqual([a, b]);
      expect(scoreOf(got.a, got.b, false), `${a} ${b}`).toBeGreaterThanOrEqual(oracle(a, b));
    }
  });

  test("the band does not lose an alignment of long sequences with an insertion", () => {
    const text = Array.from({ length: 300 }, (_, i) => "ACGT"[(i * i + 3 * i + ((i / 7) | 0)) % 4]).join("");
    const inserted = `${text.slice(0, 150)}TTTGGGCCCAAA${text.slice(150)}`;
    const got = alignPair(text, inserted, { left: false, right: false });
    expect(got.a.replace(/-/g, "")).toBe(text);
    expect(scoreOf(got.a, got.b, false)).toBeGreaterThanOrEqual(600 - 7 - 11);
  });

  test("a family is laid under its first member, and gaps once opened stay", () => {
    const first = "ACGTACGGTTACGTCCATGA";
    const rows = alignToFirst([first, "ACGTACGGTTTTACGTCCATGA", "ACGTACGGTTACGTATGA", first]);
    expect(rows.map(ungapped)).toEqual([first, "ACGTACGGTTTTACGTCCATGA", "ACGTACGGTTACGTATGA", first]);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(rows[0]).toBe(rows[3]);
    expect(alignToFirst([])).toEqual([]);
  });
});

describe("mutations against the germline", () => {
  //        TGT GCA AGG CGT   Cys104 at 12
  const v = { name: "V*01", segment: "V", sequence: "GACACGGCTGTTTGTGCAAGGCGTAC", anchor: 12 };
  const j = { name: "J*01", segment: "J", sequence: "CTACTGGGGCCAAGGA", anchor: 4 };
  const genes = (name: string) => [v, j].find((g) => g.name === name);
  const table = (sequence: string, more: object = {}): Table =>
    tiny(
      [
        {
          id: "A",
          reads: [1],
          sequence,
          five: "V*01",
          three: "J*01",
          fiveEnd: 24,
          fiveDelRight: 2,
          threeStart: 27,
          threeDelLeft: 1,
          ...more,
        },
      ],
      [sample("A", { IGH: 1 })],
    );
  const marksOf = (sequence: string, more: object = {}) => germlineMarks(table(sequence, more), 0, sequence, genes);
  const germline = `${v.sequence.slice(0, 24)}NNN${j.sequence.slice(1)}`;

  test("without any, V is 100 % of what was compared", () => {
    expect(marksOf(germline)).toEqual({ marks: [], identity: 1, compared: 24, missing: [] });
  });

  test("CGT to CGA stays arginine, CGT to CTT does not: the codon table is right", () => {
    const at = 23;
    const with_ = (letter: string, i = at) => germline.slice(0, i) + letter + germline.slice(i + 1);
    expect(marksOf(with_("A")).marks).toEqual([
      { start: 23, end: 24, kind: "substitution", silent: true, germline: "T" },
    ]);
    expect(marksOf(with_("T", 22)).marks).toEqual([
      { start: 22, end: 23, kind: "substitution", silent: false, germline: "G" },
    ]);
    expect(marksOf(with_("A")).identity).toBeCloseTo(23 / 24, 12);
  });

  test("J is read in the frame of its anchor, beyond the letters that were cut off", () => {
    // TAC TGG → TGG at 30 of the sequence: TGA is a stop.
    const at = germline.indexOf("TGG", 27);
    const changed = `${germline.slice(0, at + 2)}A${germline.slice(at + 3)}`;
    expect(marksOf(changed).marks).toEqual([
      { start: at + 2, end: at + 3, kind: "substitution", silent: false, germline: "G" },
    ]);
  });

  test("a sequence that begins within V, or before it, has no mutation there", () => {
    const late = germline.slice(10);
    expect(marksOf(late, { fiveEnd: 14, threeStart: 17 }).marks).toEqual([]);
    const early = `TTTTT${germline}`;
    const got = marksOf(early, { fiveEnd: 29, threeStart: 32 });
    expect([got.marks, got.compared]).toEqual([[], 24]);
  });

  test("a gene that is not known is told, and nothing is guessed", () => {
    const got = germlineMarks(table(germline), 0, germline, () => undefined);
    expect([got.marks, got.missing, Number.isNaN(got.identity)]).toEqual([[], ["V*01", "J*01"], true]);
  });
});

describe("letters", () => {
  const base: Drawn = {
    sequence: "AACCGGTT",
    segments: [
      { kind: "V", start: 0, end: 4 },
      { kind: "J", start: 4, end: 8 },
    ],
    cdr3: { start: 3, end: 5 },
    junction: { start: 2, end: 6 },
    hit: { start: 6, end: 8, reversed: false },
    marks: [{ start: 1, end: 2, kind: "substitution", silent: true, germline: "G" }],
    aligned: null,
    reference: null,
    dots: false,
  };

  test("letters of equal look make one piece, and a change its own", () => {
    const got = piecesOf(base).map((p) => [p.text, p.kind, p.cdr3, p.anchor, p.hit, p.change]);
    expect(got).toEqual([
      ["A", "V", false, false, false, ""],
      ["A", "V", false, false, false, "silent"],
      ["C", "V", false, true, false, ""],
      ["C", "V", true, false, false, ""],
      ["G", "J", true, false, false, ""],
      ["G", "J", false, true, false, ""],
      ["TT", "J", false, false, true, ""],
    ]);
  });

  test("gaps widen columns, and dots stand for what is like the first row", () => {
    const aligned = "AA--CCGGTT";
    const pieces = piecesOf({ ...base, marks: [], hit: null, aligned, reference: "AATTCCGGTA", dots: true });
    expect(pieces.map((p) => p.text).join("")).toBe("··--·····T");
    expect(pieces.at(-1)).toMatchObject({ at: 9, differs: true });
    expect(aminoLine("AACCGGTT", { start: 2, end: 8 }, aligned)).toBe("     P  V ");
  });

  test("amino acids stand under the middle of their codons; a frameshift is told once", () => {
    expect(aminoLine("TGTGCACGT", { start: 0, end: 9 }, null)).toBe(" C  A  R ");
    expect(aminoLine("TGTGCCGT", { start: 0, end: 8 }, null)).toContain("#");
  });

  test("qualities are heights of Phred 40; those of another length are none", () => {
    expect(Array.from(qualityHeights("ACGT", "!5I~", null)).map((h) => Number(h.toFixed(2)))).toEqual([0, 0.5, 1, 1]);
    expect(Array.from(qualityHeights("ACGT", "II", null))).toEqual([0, 0, 0, 0]);
  });
});

describe("sequences that come later", () => {
  const many = tiny(
    Array.from({ length: 1200 }, (_, i) => ({ id: `ID${i}`, reads: [1] })),
    [sample("A", { IGH: 1200 })],
  );
  const fetched = (ids: readonly string[]) =>
    Promise.resolve(ids.filter((id) => id !== "ID7").map((id) => ({ id, sequence: `S${id}`, quality: "" })));

  test("at most 500 are asked for at once, and none twice", async () => {
    const fetch = vi.fn(fetched);
    const s = new Sequences(many, fetch);
    const table = s.laid();
    expect([s.whole, s.has(3), table.sequence.at(3)]).toEqual([false, false, ""]);
    await Promise.all([s.need(Array(1200).keys()), s.need([3, 4])]);
    expect(fetch.mock.calls.map(([ids]) => ids.length)).toEqual([500, 500, 200]);
    expect([table.sequence.at(3), s.has(7), s.sequence(7)]).toEqual(["SID3", true, ""]);
    await s.need([1, 2, 7]);
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  test("what failed is told, and asked for again", async () => {
    let fails = true;
    const s = new Sequences(many, (ids) => (fails ? Promise.reject(new Error("no line")) : fetched(ids)));
    await expect(s.need([1])).rejects.toThrow("no line");
    expect([s.has(1), s.failure.value]).toEqual([false, new Error("no line")]);
    fails = false;
    await s.need([1]);
    expect([s.sequence(1), s.failure.value]).toEqual(["SID1", null]);
  });

  test("a search shows what came, and what a server found elsewhere", async () => {
    const s = new Sequences(many, (ids) =>
      Promise.resolve(ids.map((id) => ({ id, sequence: id === "ID5" ? "GATTACAGATTACA" : "", quality: "" }))),
    );
    const ws = new Workspace(s.laid(), newDocument(many), s);
    ws.query.value = "GATTACA";
    expect(ws.order.value.length).toBe(0);
    await s.need([5]);
    expect(Array.from(ws.order.value)).toEqual([5]);
    ws.found.value = { query: "GATTACA", rows: new Workspace(many).visible.value };
    expect(ws.order.value.length).toBe(1200);
    ws.query.value = "GATTACAT";
    expect(ws.order.value.length).toBe(0);
  });
});

describe("links", () => {
  test("a clonotype is named by a digest, never by its sequence", () => {
    expect(tokenOf("ACGTACGT")).toBe(tokenOf("ACGTACGT"));
    expect(tokenOf("ACGTACGT")).toMatch(/^[0-9a-z]{10,11}$/);
    const seen = new Set<string>();
    for (let i = 0; i < 50_000; i++) {
      const id = Array.from({ length: 10 }, (_, k) => "ACGT"[(i >> k) & 3]).join("") + i.toString(4);
      seen.add(tokenOf(id));
    }
    expect(seen.size).toBe(50_000);
    const ws = new Workspace(small());
    ws.select([0, 2]);
    const text = encodeWhole(ws.view(), null);
    expect(text).not.toMatch(/AAA|GGG|A\.fastq/);
  });

  test("restore the exact view, also after a sample was added before the others", () => {
    const before = small();
    const ws = new Workspace(before);
    ws.setSample(1);
    ws.colorAxis.value = "productivity";
    ws.denominator.value = { kind: "group" };
    ws.notation.value = "scientific";
    ws.graphMode.value = "stacked";
    ws.plotSystem.value = "TRG";
    ws.sort.value = { key: "name", descending: false };
    ws.addFilter({ kind: "present" });
    ws.select([0, 2]);
    ws.addFilter({ kind: "focus", rows: ws.selection.peek() });
    ws.select([2]);
    const link = encodeWhole(ws.view(), null);

    const after = tiny(
      [
        { id: "NEW", system: "IGH", top: 1, reads: [900, 0, 0] },
        { id: "GGG", system: "TRG", top: 1, reads: [0, 25, 3] },
        { id: "AAA", system: "IGH", top: 1, reads: [0, 50, 10] },
      ],
      [sample("C", { IGH: 900 }), ...before.samples],
    );
    const again = new Workspace(after);
    again.restore(decode(link));
    const view = again.view();
    expect(after.samples[again.sample.value]?.name).toBe("B");
    expect(after.samples[again.other.value]?.name).toBe("A");
    expect(again.idsOf(again.selectedRows.value)).toEqual(["GGG"]);
    expect(again.idsOf(again.order.value).sort()).toEqual(["AAA", "GGG"]);
    expect(view.filters.map((f) => f.kind)).toEqual(["present", "focus"]);
    expect([view.colorBy, view.denominator.kind, view.notation, view.graph, view.system, view.sort]).toEqual([
      "productivity",
      "group",
      "scientific",
      "stacked",
      "TRG",
      { key: "name", descending: false },
    ]);
  });

  test("an address is empty at the beginning, and says all once something differs", () => {
    const ws = new Workspace(small());
    const initial = ws.view();
    expect(encode(ws.view(), initial)).toBe("");
    ws.query.value = "V3";
    expect(decode(encode(ws.view(), initial))).toMatchObject({
      query: "V3",
      colorBy: "system",
      sample: initial.sample,
    });
    const said = [...new URLSearchParams(encode(ws.view(), initial)).keys()];
    for (const usual of ["of", "o", "g", "gl", "n"]) expect(said, usual).not.toContain(usual);
    ws.notation.value = "scientific";
    expect(new URLSearchParams(encode(ws.view(), initial)).get("n")).toBe("scientific");
  });

  test("old links with windows and names of files still work", () => {
    const ws = new Workspace(small());
    ws.restore(decode("s=B.fastq&clone=GGG,CCC,NOPE"));
    expect([ws.sample.value, ws.idsOf(ws.selectedRows.value)]).toEqual([1, ["CCC", "GGG"]]);
  });

  test("what is too long for a link is said", () => {
    const long = tiny(
      Array.from({ length: MOST_IDS + 1 }, (_, i) => ({ id: `ID${i}`, reads: [1] })),
      [sample("A", { IGH: 1 })],
    );
    const ws = new Workspace(long);
    ws.selectAll();
    ws.addFilter({ kind: "focus", rows: ws.selection.peek() });
    expect(leftOut(ws.view())).toEqual(["selection", "focus"]);
    expect(decode(encodeWhole(ws.view(), null)).selection).toBeUndefined();
  });
});

describe("normalisation", () => {
  const t = tiny(
    [
      { id: "S", system: "IGH", top: 1, reads: [10, 0], normalized: [5, null] },
      { id: "A", system: "IGH", top: 2, reads: [40, 30], normalized: [80, 15] },
      { id: "B", system: "IGH", top: 3, reads: [2, 3], normalized: [1, null] },
    ],
    [sample("1", { IGH: 100 }), sample("2", { IGH: 50 })],
  );
  const of = { kind: "analysed" } as const;
  const reads = clustersOf(t, newDocument(t)).reads;

  test("to a standard: size × expected / size of the standard, unchanged where it has no reads", () => {
    const standard = { row: 0, expected: 0.01 };
    expect(sizeOf(t, reads, of, standard, 1, 0)).toBeCloseTo((40 / 100) * (0.01 / (10 / 100)), 12);
    expect(sizeOf(t, reads, of, standard, 0, 0)).toBeCloseTo(0.01, 12);
    expect(sizeOf(t, reads, of, standard, 1, 1)).toBeCloseTo(30 / 50, 12);
  });

  test("outside: the file's reads in place of the counted ones, by the counted total; chosen by itself", () => {
    expect(newDocument(t).standard).toBe(EXTERNAL);
    expect(newDocument(small()).standard).toBeNull();
    expect(sizeOf(t, reads, of, EXTERNAL, 1, 0)).toBeCloseTo(80 / 100, 12);
    expect(sizeOf(t, reads, of, EXTERNAL, 2, 1)).toBeCloseTo(3 / 50, 12);
    expect(Array.from(sizes(t, reads, of, EXTERNAL, 0))).toEqual([0.05, 0.8, 0.01]);
    expect(Array.from(sizes(t, reads, of, null, 0))).toEqual([0.1, 0.4, 0.02]);
  });

  test("clusters sum normalised reads as they sum counted ones", () => {
    const doc = apply(t, newDocument(t), { kind: "cluster", ids: [cloneId("A"), cloneId("B")] });
    const clustered = clustersOf(t, doc).reads;
    expect([clustered.of(1, 0), clustered.normalizedOf(1, 0), clustered.normalizedOf(2, 0)]).toEqual([42, 81, 0]);
    expect(Array.from(clustered.normalizedSample(0) as Float64Array)).toEqual([5, 81, 0]);
  });

  test("is saved and comes back, the standard as well as none and the outside one", () => {
    for (const change of [
      { kind: "standard", id: cloneId("S"), expected: 0.02 },
      { kind: "external", on: false },
      { kind: "external", on: true },
    ] as const) {
      const doc = apply(t, newDocument(t), change);
      const again = readAnalysis(t, writeAnalysis(t, doc, "2026-01-01 00:00:00")).document;
      expect(again.standard).toEqual(doc.standard);
    }
  });

  test("is undone like all else", () => {
    const ws = new Workspace(t);
    ws.commit({ kind: "standard", id: cloneId("S"), expected: 0.5 });
    expect(ws.sizes.value[1]).toBeCloseTo(2, 12);
    ws.undo();
    expect(ws.doc.value.standard).toBe(EXTERNAL);
  });
});

describe("tags", () => {
  test("each has a key of its own", () => {
    expect(new Set(TAG_KEYS.values()).size).toBe(TAGS.length + 1);
    expect([...TAG_KEYS.keys()]).toEqual([...TAGS.map((tag) => tag.id), ""]);
  });

  test("names are kept in files, and a file's other words on tags stay", () => {
    const t = small();
    const doc = apply(t, newDocument(t), { kind: "nameTag", tag: "clone_1", name: " leukaemia " });
    expect(doc.tagNames.get("clone_1")).toBe("leukaemia");
    const read = readAnalysis(t, writeAnalysis(t, doc, "")).document;
    expect([...read.tagNames]).toEqual([["clone_1", "leukaemia"]]);
    const old = readAnalysis(t, JSON.stringify({ tags: { names: { 0: "main" }, hide: ["noise"] } })).document;
    expect([...old.tagNames]).toEqual([["clone_1", "main"]]);
    expect(JSON.parse(writeAnalysis(t, old, "")).tags).toEqual({ hide: ["noise"], names: { clone_1: "main" } });
    expect(apply(t, doc, { kind: "nameTag", tag: "clone_1", name: "" }).tagNames.size).toBe(0);
  });
});

describe("tools of other sites", () => {
  const some = [
    { label: "clonotype-1", system: "IGH", sequence: "ACGT" },
    { label: "clonotype-2", system: "TRG", sequence: "GGCC" },
    { label: "clonotype-3", system: "IGH+", sequence: "TTAA" },
    { label: "clonotype-4", system: "", sequence: "AAAA" },
  ];
  const tool = (id: string) => TOOLS.find((t) => t.id === id)!;

  test("each locus is a request of its own, incomplete recombinations with theirs", () => {
    expect(lociFor(tool("vquest"), some)).toEqual(["IGH", "TRG"]);
    expect(lociFor(tool("subsets"), some)).toEqual(["IGH"]);
    const request = requestOf(tool("vquest"), some, "IGH", "human");
    expect(request?.fields.sequences).toBe(">clonotype-1\nACGT\n>clonotype-3\nTTAA\n");
    expect(request?.fields).toMatchObject({ receptorOrLocusType: "IGH", species: "human", cllSubsetSearch: "true" });
    expect(requestOf(tool("igblast"), some, "TRG", "human")?.fields).toMatchObject({
      seqtype: "TCR",
      germline_db_V: "IG_DB/imgt.TR.Homo_sapiens.V.f.orf.p",
    });
  });

  test("what a tool does not take is counted, never silently left out", () => {
    const many = Array.from({ length: 65 }, (_, i) => ({ label: `c${i}`, system: "IGH", sequence: "ACGT" }));
    const request = requestOf(tool("vquest"), many, "IGH", "human");
    expect([request?.sequences, request?.left]).toEqual([50, 15]);
    expect(requestOf(tool("subsets"), some, "TRG", "human")).toBeNull();
  });

  test("a server offers all tools, some or none", () => {
    expect(offered(undefined)).toBe(TOOLS);
    expect(offered(["blast", "vquest", "unknown"]).map((t) => t.id)).toEqual(["vquest", "blast"]);
    expect(offered([])).toEqual([]);
  });

  test("forms may go where the server's content policy lets them, and nowhere else", () => {
    const go = readFileSync(resolve(import.meta.dirname, "../../internal/webui/webui.go"), "utf8");
    const allowed = new Map([...go.matchAll(/"(\w+)": "(https:[^"]+)"/g)].map(([, id, site]) => [id, site]));
    expect(new Map(TOOLS.map((t) => [t.id, new URL(t.action).origin]))).toEqual(allowed);
    for (const t of TOOLS) expect(t.site).toBe(new URL(t.action).origin);
  });
});

describe("information on a sample", () => {
  test("the table for other programs has reads, causes, warnings, and stays text where it is", () => {
    const t = tiny(
      [{ id: "A", system: "IGH", reads: [3], warnings: [{ code: "W53", message: "" }] }],
      [sample("A", { IGH: 3 }, { total: 10, facts: { causes: { "too short": 7 }, germline: "human 1" } })],
    );
    const warnings = warningsIn(t, t.reads[0]!, new Set());
    const lines = sampleCsv(t, 0, "=name", warnings, () => "similar").split("\r\n");
    expect(lines).toContain("sample,name,'=name,");
    expect(lines).toContain("reads,all,10,");
    expect(lines).toContain("not analysed,too short,7,");
    expect(lines).toContain("warning,W53 similar,3,1");
  });
});
