/** What people note on clonotypes: colours of their own, and clusters of what they have in common. */
import { describe, expect, test } from "vitest";
import { readAnalysis, writeAnalysis } from "../src/core/analysis";
import { allRows, rowsOf } from "../src/core/bits";
import { NEUTRAL, withOwn } from "../src/core/colors";
import { commandForKey } from "../src/core/commands";
import { apply, newDocument } from "../src/core/document";
import { toCsv } from "../src/core/export";
import { evidenceOf, groupsBy } from "../src/core/grouping";
import { colorOf, contrast, PALETTE, shown } from "../src/core/palette";
import { Workspace } from "../src/core/workspace";
import { toBody, toDocument } from "../src/features/result/annotation";
import { curveRows } from "../src/views/graphView";
import { DARK, LIGHT } from "../src/views/theme";
import { sample, small, tiny } from "./support";

/** Full dichromacy (Machado, Oliveira, Fernandes 2009), on linear light. */
const VISIONS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function seen(color: string, vision: readonly (readonly number[])[]): readonly number[] {
  const n = Number.parseInt(color.slice(1), 16);
  const light = [n >> 16, (n >> 8) & 255, n & 255].map((v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  );
  const product = (m: readonly (readonly number[])[], v: readonly number[]) =>
    m.map((row) => row.reduce((sum, by, i) => sum + by * v[i]!, 0));
  const cones = product(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    product(vision, light).map((v) => Math.min(1, Math.max(0, v))),
  ).map(Math.cbrt);
  return product(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

describe("colours of single clonotypes", () => {
  describe.each(["light", "dark"] as const)("the palette, %s", (scheme) => {
    const behind = scheme === "light" ? [LIGHT.panel, LIGHT.canvas] : [DARK.panel, DARK.canvas];
    const colors = [...PALETTE.map((each) => each[scheme]), NEUTRAL[scheme]];

    test.each(Object.entries(VISIONS))("is told apart by %s eyes", (_, vision) => {
      const places = colors.map((color) => seen(color, vision));
      let least = Number.POSITIVE_INFINITY;
      for (const [i, a] of places.entries())
        for (const b of places.slice(i + 1)) least = Math.min(least, 100 * Math.hypot(...a.map((v, k) => v - b[k]!)));
      expect(least).toBeGreaterThanOrEqual(11);
    });

    test("stands out on its background", () => {
      for (const each of PALETTE)
        for (const ground of behind) expect(contrast(each[scheme], ground)).toBeGreaterThanOrEqual(3);
    });
  });

  test("a colour from elsewhere stays what it is, and is made legible where it would not be", () => {
    expect(shown("#b3261e")).toEqual({ light: "#b3261e", dark: expect.stringMatching(/^#/) });
    expect(shown("#ffff00").light).not.toBe("#ffff00");
    for (const color of ["#ffff00", "#000000", "#ffffff", "#123456"]) {
      expect(contrast(shown(color).light, LIGHT.panel)).toBeGreaterThanOrEqual(3);
      expect(contrast(shown(color).dark, DARK.panel)).toBeGreaterThanOrEqual(3);
    }
  });

  test.each([
    ["#FF0070", "#ff0070"],
    ["red", ""],
    ["#fff", ""],
    ["url(x)", ""],
    ["", ""],
  ])("%j is kept as %j", (written, want) => {
    expect(colorOf(written)).toBe(want);
  });

  test("lies over the colours of any axis, in the list, the graph and the plots; undo takes it back", () => {
    const ws = new Workspace(small());
    const red = PALETTE[0]!.light;
    const before = ws.coloring.value;
    ws.commit({ kind: "color", ids: ws.idsOf([1]), color: red });
    for (const axis of ["tag", "system", "size", "five_gene"]) {
      ws.colorAxis.value = axis;
      const { index, swatches } = ws.coloring.value;
      expect(swatches[index[1]!]).toMatchObject({ value: red, own: true, light: red, dark: PALETTE[0]!.dark });
      expect(swatches[index[0]!]!.own).toBeUndefined();
    }
    ws.colorAxis.value = "system";
    ws.undo();
    expect(ws.coloring.value).toEqual(before);
    ws.redo();
    expect([...ws.doc.value.colors]).toEqual([[1, red]]);
    ws.commit({ kind: "color", ids: ws.idsOf([1]), color: "" });
    expect(ws.doc.value.colors.size).toBe(0);
    expect(ws.history.value.done).toHaveLength(2);
  });

  test("a clonotype with a colour of its own has a curve, whatever its rank", () => {
    const records = Array.from({ length: 80 }, (_, i) => ({
      id: `W${i}`,
      system: "IGH",
      top: i + 1,
      reads: [80 - i, 1],
    }));
    const ws = new Workspace(tiny(records, [sample("A", { IGH: 5000 }), sample("B", { IGH: 500 })]));
    expect(curveRows(ws)).not.toContain(79);
    ws.commit({ kind: "color", ids: ws.idsOf([79]), color: PALETTE[2]!.light });
    expect(curveRows(ws).at(-1)).toBe(79);
  });

  test("more different colours than there is room for keep those of their classes", () => {
    const n = 400;
    const records = Array.from({ length: n }, (_, i) => ({ id: `W${i}`, system: "IGH", top: i + 1, reads: [1] }));
    const table = tiny(records, [sample("A", { IGH: n })]);
    const own = new Map(records.map((_, i) => [i, `#${(i + 1).toString(16).padStart(6, "0")}`]));
    const ws = new Workspace(table);
    const base = ws.coloring.value;
    const { index, swatches } = withOwn(base, own);
    expect(swatches).toHaveLength(256);
    expect(swatches[index[0]!]!.value).toBe("#000001");
    expect(index[n - 1]).toBe(base.index[n - 1]);
    expect(withOwn(base, new Map())).toBe(base);
  });

  test("an .analysis file brings it, and has it again; one without has none", () => {
    const table = small();
    const doc = apply(table, newDocument(table), { kind: "color", ids: [table.id.at(2) as never], color: "#FF0070" });
    const text = writeAnalysis(table, doc, "2026-01-01 00:00:00");
    expect(JSON.parse(text).clones).toEqual([{ id: "GGG", sequence: "GATTACAGATTACA", colour: "#ff0070" }]);
    expect([...readAnalysis(table, text).document.colors]).toEqual([[2, "#ff0070"]]);
    const wrong = JSON.stringify({ clones: [{ id: "AAA", colour: "javascript:alert(1)" }] });
    expect(readAnalysis(table, wrong).document.colors.size).toBe(0);
    expect(readAnalysis(table, "{}").document.colors.size).toBe(0);
  });

  test("notes stand in an .analysis file as the server has them; the older word is read too", () => {
    const table = small();
    const doc = apply(table, newDocument(table), { kind: "note", id: table.id.at(0) as never, note: "seen before" });
    const text = writeAnalysis(table, doc, "2026-01-01 00:00:00");
    expect(JSON.parse(text).clones[0]).toMatchObject({ notes: "seen before" });
    expect(readAnalysis(table, text).document.notes.get(0)).toBe("seen before");
    const old = JSON.stringify({ clones: [{ id: "AAA", note: "seen before" }] });
    expect(readAnalysis(table, old).document.notes.get(0)).toBe("seen before");
  });

  test("the server's annotation keeps it, with colours of clonotypes that are not here", () => {
    const table = small();
    const base = {
      clonotypes: [
        { id: "CCC", colour: "#0072b2" },
        { id: "AWAY", colour: "#123456" },
      ],
    };
    const doc = toDocument(table, [1, 2], base);
    expect([...doc.colors]).toEqual([[1, "#0072b2"]]);
    const changed = apply(table, doc, { kind: "color", ids: ["AAA", "CCC"] as never, color: "#ad4e45" });
    const out = toBody(table, [1, 2], changed, base).clonotypes ?? [];
    expect(out.map((c) => [c.id, c.colour])).toEqual([
      ["AAA", "#ad4e45"],
      ["CCC", "#ad4e45"],
      ["AWAY", "#123456"],
    ]);
    const none = apply(table, changed, { kind: "color", ids: ["AAA", "CCC"] as never, color: "" });
    expect((toBody(table, [1, 2], none, base).clonotypes ?? []).map((c) => c.id)).toEqual(["AWAY"]);
    const text = writeAnalysis(table, doc, "2026-01-01 00:00:00");
    expect(JSON.parse(text).clones.at(-1)).toMatchObject({ id: "AWAY", colour: "#123456" });
  });

  test("stands in the table for spreadsheets; C opens its menu when something is selected", () => {
    const ws = new Workspace(small());
    const key = { key: "c", code: "KeyC", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };
    expect(commandForKey(key, ws)).toBeUndefined();
    ws.select([0]);
    commandForKey(key, ws)!.run(ws);
    expect(ws.painting.value).toBe(true);
    ws.commit({ kind: "color", ids: ws.idsOf([0]), color: "#ad4e45" });
    const context = {
      table: ws.table,
      doc: ws.doc.value,
      clusters: ws.clusters.value,
      denominator: ws.denominator.value,
    };
    const [head, line] = toCsv(context, [0]).split("\r\n");
    expect(line!.split(",")[head!.split(",").indexOf("colour")]).toBe("#ad4e45");
  });
});

/** Genes, CDR3 and reads of a few clonotypes of two systems. */
function family() {
  const clone = (id: string, five: string, three: string, cdr3aa: string, reads: number, system = "IGH") => ({
    id,
    system,
    five,
    three,
    cdr3aa,
    top: 1000 - reads,
    reads: [reads],
  });
  return tiny(
    [
      clone("A", "IGHV3-9*01", "IGHJ6*02", "ARDY", 10),
      clone("B", "IGHV3-9*02", "IGHJ6*01", "ARDY", 90),
      clone("C", "IGHV3-9*01", "IGHJ6*02", "ARDW", 30),
      clone("D", "IGHV1-2*01", "IGHJ4*01", "ARDY", 20),
      clone("E", "IGHV3-9*01", "IGHJ6*02", "", 15),
      clone("F", "IGHV3-9*01", "", "ARDY", 12),
      clone("G", "IGHV3-9*01", "IGHJ6*02", "ARDY", 11, "IGH+"),
      clone("H", "IGHV5-51*01", "IGHJ3*01", "", 5),
    ],
    [sample("A", { IGH: 200, "IGH+": 20 })],
  );
}

describe("clusters of what clonotypes have in common", () => {
  test.each([
    ["genesCdr3", [[1, 0]]],
    ["genes", [[1, 0, 2, 4]]],
    ["cdr3", [[1, 0, 3, 5]]],
  ] as const)("%s: genes without alleles, within a system, the best rank first", (by, want) => {
    const table = family();
    expect(groupsBy(table, allRows(table.rows), by)).toEqual(want);
  });

  test("only what is asked about is grouped, and none of one", () => {
    const table = family();
    expect(groupsBy(table, rowsOf(table.rows, [0, 2, 3]), "genes")).toEqual([[2, 0]]);
    expect(groupsBy(table, rowsOf(table.rows, [0, 3]), "genes")).toEqual([]);
  });

  test("evidence says what is alike and what is not", () => {
    const table = family();
    expect(evidenceOf(table, 1, 0)).toEqual({ edits: 0, of: 4, five: "", three: "" });
    expect(evidenceOf(table, 1, 2)).toEqual({ edits: 1, of: 4, five: "", three: "" });
    expect(evidenceOf(table, 1, 3)).toEqual({ edits: 0, of: 4, five: "IGHV1-2", three: "IGHJ4" });
    expect(evidenceOf(table, 1, 4).edits).toBeNull();
  });

  test("all at once is one step: accepted, undone, broken apart, undone", () => {
    const ws = new Workspace(family());
    const accept = (by: "genes" | "cdr3") =>
      ws.commit({
        kind: "acceptClusters",
        clusters: groupsBy(ws.table, ws.listed.value, by).map((rows) => ws.idsOf(rows)),
      });
    accept("genes");
    expect(ws.doc.value.clusters).toEqual([[1, 0, 2, 4]]);
    expect(ws.clusters.value.reads.of(1, 0)).toBe(145);
    // What is a cluster stands for its members: the next grouping joins whole clusters.
    expect(groupsBy(ws.table, ws.listed.value, "cdr3")).toEqual([[1, 3, 5]]);
    accept("cdr3");
    expect(ws.doc.value.clusters).toEqual([[1, 0, 2, 3, 4, 5]]);
    expect(ws.history.value.done).toHaveLength(2);
    ws.commit({ kind: "splitAll" });
    expect(ws.doc.value.clusters).toEqual([]);
    ws.undo();
    ws.undo();
    expect(ws.doc.value.clusters).toEqual([[1, 0, 2, 4]]);
    ws.undo();
    expect(ws.doc.value.clusters).toEqual([]);
  });

  test("joining many groups is as joining them one by one", () => {
    const n = 60;
    const records = Array.from({ length: n }, (_, i) => ({
      id: `W${i}`,
      system: "IGH",
      top: ((i * 37) % n) + 1,
      reads: [i],
    }));
    const table = tiny(records, [sample("A", { IGH: 5000 })]);
    const ids = (rows: readonly number[]) => rows.map((row) => table.id.at(row) as never);
    const groups = [[0, 1], [2, 3, 4], [4, 5], [1, 9], [20, 21], [30], [31, 31], [40, 41, 42], [42, 9]];
    const once = apply(table, newDocument(table), { kind: "acceptClusters", clusters: groups.map(ids) });
    const each = groups.reduce(
      (doc, rows) => apply(table, doc, { kind: "cluster", ids: ids(rows) }),
      newDocument(table),
    );
    const sorted = (clusters: readonly (readonly number[])[]) => [...clusters].sort((a, b) => a[0]! - b[0]!);
    expect(sorted(once.clusters)).toEqual(sorted(each.clusters));
    expect(sorted(once.clusters.map((c) => [...c].sort((a, b) => a - b)))).toEqual([
      [0, 1, 9, 40, 41, 42],
      [2, 3, 4, 5],
      [20, 21],
    ]);
  });
});
