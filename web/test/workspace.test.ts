import { describe, expect, test } from "vitest";
import { readAnalysis, writeAnalysis } from "../src/core/analysis";
import { PRESETS } from "../src/core/axes/presets";
import { AXES, axesFor, axisById, classOrder } from "../src/core/axes/registry";
import { members } from "../src/core/bits";
import { colorBy } from "../src/core/colors";
import { COMMANDS, commandById, commandForKey, keyOf } from "../src/core/commands";
import { shownSamples } from "../src/core/document";
import { toCsv, toFasta } from "../src/core/export";
import type { Dictionary } from "../src/core/table";
import { decode, encode } from "../src/core/url";
import { Workspace } from "../src/core/workspace";
import { fixture, small, tableOf } from "./support";

const key = (k: string, more: object = {}) => ({
  key: k,
  code: /\d/.test(k) ? `Digit${k}` : "",
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
});
const rows = (ws: Workspace) => [...members(ws.visible.value)];

describe("search", () => {
  test.each([
    ["v3-9", [0]],
    ["V3-9 J6", [0]],
    ["ighj4", [1, 3]],
    ["CARW", [0]],
    ["GATTACAGA", [2]],
    ["TGTAATCTGTAATC", [2]],
    ["GGCCAAACG", [0]],
    ["ACGTACNTA", [0]],
    ["nothing", []],
    ["  ", [0, 1, 2, 3]],
  ])("%s", (query, want) => {
    const ws = new Workspace(small());
    ws.query.value = query;
    expect(rows(ws)).toEqual(want);
  });

  test("says where, and on which strand", () => {
    const ws = new Workspace(small());
    ws.query.value = "GGCCAAACG";
    expect(ws.search.value!.hit(0)).toEqual({ start: 9, end: 18, reversed: true });
  });
});

describe("undo", () => {
  test("any sequence of changes goes back and forth exactly", () => {
    const ws = new Workspace(small());
    const id = (row: number) => ws.idsOf([row])[0]!;
    const states = [ws.doc.value];
    const changes = [
      { kind: "tag", ids: ws.idsOf([0, 2]), tag: "dominant" },
      { kind: "cluster", ids: ws.idsOf([0, 1, 3]) },
      { kind: "rename", id: id(2), name: "gamma" },
      { kind: "split", ids: ws.idsOf([1]) },
      { kind: "hideSamples", hidden: [0] },
      { kind: "orderSamples", order: [1, 0] },
      { kind: "standard", id: id(2), expected: 0.02 },
      { kind: "tag", ids: ws.idsOf([0]), tag: "" },
      { kind: "splitAll" },
    ] as const;
    for (const change of changes) {
      ws.commit(change);
      states.push(ws.doc.value);
    }
    for (let i = changes.length - 1; i >= 0; i--) {
      ws.undo();
      expect(ws.doc.value).toEqual(states[i]);
    }
    expect(ws.canUndo.value).toBe(false);
    for (let i = 1; i <= changes.length; i++) {
      ws.redo();
      expect(ws.doc.value).toEqual(states[i]);
    }
    expect(ws.canRedo.value).toBe(false);
  });

  test("the last sample cannot be hidden, a hidden one is not the current one", () => {
    const ws = new Workspace(small());
    ws.commit({ kind: "hideSamples", hidden: [0] });
    expect([ws.sample.value, shownSamples(ws.doc.value)]).toEqual([1, [1]]);
    ws.commit({ kind: "hideSamples", hidden: [0, 1] });
    expect(shownSamples(ws.doc.value)).toEqual([1]);
  });

  test("what changes nothing is no step", () => {
    const ws = new Workspace(small());
    ws.commit({ kind: "orderSamples", order: [0, 0] });
    expect(ws.canUndo.value).toBe(false);
  });
});

describe("selection and filters", () => {
  test("modes, and only what is listed", () => {
    const ws = new Workspace(small());
    ws.select([0, 1]);
    ws.select([1, 2], "toggle");
    expect([...ws.selectedRows.value]).toEqual([0, 2]);
    ws.select([3], "add");
    ws.select([0], "remove");
    expect([...ws.selectedRows.value]).toEqual([2, 3]);
    ws.addFilter({ kind: "hide", rows: ws.selection.value });
    expect([...ws.selectedRows.value]).toEqual([]);
    expect(rows(ws)).toEqual([0, 1]);
  });

  test("filters accumulate", () => {
    const ws = new Workspace(small());
    ws.sample.value = 1;
    ws.addFilter({ kind: "present" });
    expect(rows(ws)).toEqual([0, 2, 3]);
    ws.addFilter({ kind: "range", axis: "sequence_length", min: 10, max: 99 });
    expect(rows(ws)).toEqual([0, 2]);
    ws.addFilter({ kind: "only", axis: "system", values: ["TRG"] });
    expect(rows(ws)).toEqual([2]);
    ws.addFilter({ kind: "top", top: 1 });
    ws.addFilter({ kind: "top", top: 2 });
    expect(ws.filters.value.filter((f) => f.kind === "top")).toHaveLength(1);
  });

  test("systems toggle, and alone", () => {
    const ws = new Workspace(small());
    ws.toggleSystem("IGH");
    expect(rows(ws)).toEqual([2, 3]);
    ws.toggleSystem("IGH");
    ws.toggleSystem("TRG", true);
    expect(rows(ws)).toEqual([2]);
    ws.toggleSystem("TRG", true);
    expect(rows(ws)).toEqual([0, 1, 2, 3]);
  });

  test("orders", () => {
    const ws = new Workspace(small());
    expect([...ws.order.value]).toEqual([0, 2, 1, 3]);
    ws.sort.value = { key: "five", descending: false };
    expect([...ws.order.value]).toEqual([0, 1, 3, 2]);
    ws.sort.value = { key: "name", descending: true };
    expect([...ws.order.value]).toEqual([2, 1, 0, 3]);
    ws.sort.value = { key: "size", descending: false };
    expect([...ws.order.value]).toEqual([3, 1, 2, 0]);
  });
});

describe("axes", () => {
  test("every axis gives a value per row on a real result, and says when it has none", async () => {
    const ws = new Workspace(await tableOf(fixture("fused.vidjil"), "fused.vidjil"));
    for (const axis of axesFor(ws.table, "plot").concat(axesFor(ws.table, "column"), axesFor(ws.table, "colour"))) {
      const values = ws.values(axis);
      if (axis.kind === "number") expect((values as ArrayLike<number>).length).toBe(ws.table.rows);
      else {
        const d = values as Dictionary;
        expect(d.codes.length).toBe(ws.table.rows);
        expect(Math.max(...d.codes)).toBeLessThan(d.values.length);
      }
      if (axis.uses.includes("colour")) {
        const coloring = colorBy(axis, values, ws.table, ws.sizes.value);
        expect(Math.max(...coloring.index)).toBeLessThan(coloring.swatches.length);
      }
    }
    expect(axesFor(ws.table, "plot").map((a) => a.id)).not.toContain("imgt_identity");
  });

  test("ids are unique, and presets name axes that exist", () => {
    expect(new Set(AXES.map((a) => a.id)).size).toBe(AXES.length);
    for (const plot of PRESETS) for (const id of [plot.x, plot.y]) expect(axisById(id), id).toBeDefined();
  });

  test("genes in natural order, without a value last", () => {
    const ws = new Workspace(small());
    const axis = axisById("five_gene")!;
    const d = ws.category("five_gene")!;
    expect(axis.kind === "category" && classOrder(axis, d, ws.table).map((i) => d.values[i])).toEqual([
      "IGHD3-10",
      "IGHV3-9",
      "IGHV3-11",
      "TRGV2",
    ]);
    const cdr3 = axisById("cdr3")!;
    const c = ws.category("cdr3")!;
    expect(cdr3.kind === "category" && classOrder(cdr3, c, ws.table).map((i) => c.values[i])).toEqual(["AR", ""]);
  });

  test("values follow what they depend on, and nothing else", () => {
    const ws = new Workspace(small());
    const before = ws.number("size");
    ws.commit({ kind: "tag", ids: ws.idsOf([0]), tag: "noise" });
    const genes = ws.category("five_gene");
    ws.setSample(1);
    expect(ws.category("five_gene")).toBe(genes);
    expect(ws.number("size")).not.toBe(before);
    expect([...(ws.number("size") as Float64Array)]).toEqual([10 / 50, 0, 3 / 50, 7 / 50]);
    expect(Array.from(ws.number("size_other")!)).toEqual(Array.from(before!));
    expect(Array.from(ws.number("samples")!)).toEqual([2, 1, 2, 2]);
  });

  test("lengths count every nucleotide", async () => {
    const t = await tableOf(fixture("fused.vidjil"), "fused.vidjil");
    const ws = new Workspace(t);
    for (let row = 0; row < t.rows; row++) {
      if (t.fiveEnd[row]! < 0 || t.threeStart[row]! < t.fiveEnd[row]!) continue;
      const sum =
        t.fiveStart[row]! +
        ws.number("five_length")![row]! +
        ws.number("n_length")![row]! +
        ws.number("three_length")![row]!;
      expect(sum).toBe(t.threeEnd[row]! < 0 ? t.sequenceLength[row] : t.threeEnd[row]);
    }
  });
});

describe("commands", () => {
  test("no two commands share a key, and ids are unique", () => {
    const keys = COMMANDS.flatMap((c) => c.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(COMMANDS.map((c) => c.id)).size).toBe(COMMANDS.length);
  });

  test("keys on several layouts", () => {
    expect(keyOf(key("z", { ctrlKey: true }))).toBe("mod+z");
    expect(keyOf(key("Z", { metaKey: true, shiftKey: true }))).toBe("mod+shift+z");
    expect(keyOf(key("+", { shiftKey: true, code: "Equal" }))).toBe("+");
    expect(keyOf(key("!", { shiftKey: true, code: "Digit1" }))).toBe("shift+1");
    expect(keyOf(key("à", { code: "Digit0" }))).toBe("0");
    expect(keyOf(key("#", { shiftKey: true, code: "Digit3" }))).toBe("#");
    expect(keyOf(key("H", { shiftKey: true, code: "KeyH" }))).toBe("shift+h");
  });

  test("focus, hide, cluster, tag, preset, letter", () => {
    const ws = new Workspace(small());
    expect(commandForKey(key("+"), ws)).toBeUndefined();
    ws.select([0, 1]);
    commandForKey(key("+"), ws)!.run(ws);
    expect(ws.doc.value.clusters).toEqual([[0, 1]]);
    commandById("tag.dominant").run(ws);
    expect(ws.doc.value.tags.get(0)).toBe("dominant");
    commandForKey(key("z", { ctrlKey: true }), ws)!.run(ws);
    expect(ws.doc.value.tags.size).toBe(0);
    ws.select([2]);
    commandForKey(key("z"), ws)!.run(ws);
    expect(rows(ws)).toEqual([2]);
    ws.select([]);
    commandForKey(key("z"), ws)!.run(ws);
    expect(rows(ws)).toHaveLength(4);
    commandForKey(key("7"), ws)!.run(ws);
    expect(ws.plots.value[0]).toEqual(PRESETS[7]);
    commandForKey(key("H", { shiftKey: true }), ws)!.run(ws);
    expect(rows(ws)).toEqual([3]);
  });
});

describe("the address", () => {
  test("restores a view by the names of clonotypes and samples", () => {
    const ws = new Workspace(small());
    const initial = ws.view();
    ws.setSample(1);
    ws.addFilter({ kind: "only", axis: "system", values: ["IGH", "IGH+"] });
    ws.addFilter({ kind: "range", axis: "gc", min: 0.1, max: 1 });
    ws.addFilter({ kind: "top", top: 20 });
    ws.select([0]);
    ws.query.value = "a&b=c";
    ws.query.value = "v3";
    ws.denominator.value = { kind: "systems", systems: ["IGH", "IGH+"] };
    ws.setPlot(1, PRESETS[2]!);
    ws.colorAxis.value = "five_gene";
    ws.sort.value = { key: "name", descending: false };
    const text = encode(ws.view(), initial);
    const again = new Workspace(small());
    again.restore(decode(text));
    expect(again.view()).toEqual(ws.view());
    expect(encode(again.view(), initial)).toBe(text);
  });

  test("nothing unusual needs nothing; the unknown is passed over", () => {
    const ws = new Workspace(small());
    expect(encode(ws.view(), ws.view())).toBe("");
    expect(decode("c=wrong&p1=grid:x:y&of=what&f=only:gone:1&f=top:-3&o=age&s=elsewhere")).toEqual({
      sample: "elsewhere",
    });
    ws.restore({ sample: "elsewhere", selection: ["NOPE"] });
    expect([ws.sample.value, ws.selection.value.count]).toEqual([0, 0]);
  });
});

describe("files out", () => {
  const context = (ws: Workspace) => ({
    table: ws.table,
    doc: ws.doc.value,
    clusters: ws.clusters.value,
    denominator: ws.denominator.value,
  });

  test("CSV follows the displayed order of samples, quotes, and gives spreadsheets no formula", () => {
    const ws = new Workspace(small());
    ws.commit({ kind: "orderSamples", order: [1, 0] });
    ws.commit({ kind: "rename", id: ws.idsOf([0])[0]!, name: '=cmd "x", y' });
    ws.commit({ kind: "renameSample", sample: 1, name: "late, again" });
    const [header, line] = toCsv(context(ws), [0]).split("\r\n");
    expect(header).toMatch(/"reads late, again","size late, again \(of analysed\)",reads A,size A \(of analysed\)$/);
    expect(line).toMatch(/^,"'=cmd ""x"", y",AAA,IGH,,IGHV3-9\*01/);
    expect(line!.endsWith(`10,0.2,50,${50 / 150}`)).toBe(true);
  });

  test("FASTA is cut where genes meet and joins to the sequence", async () => {
    const ws = new Workspace(await tableOf(fixture("fused.vidjil"), "x"));
    const [header, ...lines] = toFasta(context(ws), [0], () => "50.9%")
      .trim()
      .split("\n");
    expect(header).toContain("50.9%");
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join("")).toBe(ws.table.sequence.at(0));
  });

  test("an analysis keeps what belongs to clonotypes that are not here", () => {
    const ws = new Workspace(small());
    const saved = JSON.stringify({
      vidjil_json_version: "2016b",
      info: "note",
      report_save: { a: 1 },
      samples: {
        id: ["gone.fq", "B.fastq", "A.fastq"],
        names: ["", "late", ""],
        info: ["", "", ""],
        order: [1, 2],
        stock_order: [1, 2],
      },
      clones: [
        { id: "GGG", tag: "dominant", expected: 0.01 },
        { id: "elsewhere", tag: "noise" },
        { id: "AAA", tag: "my tag" },
      ],
      clusters: [
        ["AAA", "elsewhere", "CCC"],
        ["x", "y"],
      ],
    });
    const merged = readAnalysis(ws.table, saved);
    expect(merged.unmatchedClones).toBe(1);
    expect(merged.unknownTags).toEqual(["my tag"]);
    expect(merged.document.standard).toEqual({ row: 2, expected: 0.01 });
    expect(merged.document.sampleOrder).toEqual([1, 0]);
    const out = JSON.parse(writeAnalysis(ws.table, merged.document, "2026-01-01 00:00:00"));
    expect(out.clones.map((c: { id: string }) => c.id)).toEqual(["AAA", "GGG", "elsewhere"]);
    expect(out.clusters).toEqual([
      ["AAA", "CCC", "elsewhere"],
      ["x", "y"],
    ]);
    expect([out.report_save, out.info]).toEqual([{ a: 1 }, "note"]);
    expect(readAnalysis(ws.table, JSON.stringify(out)).document).toEqual(merged.document);
  });
});
