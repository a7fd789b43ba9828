/** Reports: plans, numbers, anonymity. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clustersOf } from "../src/core/clusters";
import type { Document } from "../src/core/document";
import { apply, newDocument, shownSamples } from "../src/core/document";
import type { ReportContext } from "../src/core/report";
import { amountOf, anonymous, daysOf, overlaps, reportRows, systemsOf, warningsOf } from "../src/core/report";
import type { Plan } from "../src/core/reportPlan";
import {
  addPart,
  BUILT_IN,
  changePart,
  movePart,
  parsePlan,
  readPlan,
  removePart,
  TEMPLATES,
  writePlan,
} from "../src/core/reportPlan";
import type { Table } from "../src/core/table";
import { cloneId } from "../src/core/table";
import { sample, small, tiny } from "./support";

function context(table: Table, doc: Document = newDocument(table)): ReportContext {
  return {
    table,
    doc,
    clusters: clustersOf(table, doc),
    denominator: { kind: "analysed" },
    samples: shownSamples(doc),
  };
}

const NONE = { tagged: false, selected: false, top: 0 };
const ids = (plan: Plan) => plan.parts.map((part) => part.id);

describe("the clonotypes of a report", () => {
  test("by tag, then by their largest size over the samples", () => {
    const table = small();
    const tags = apply(table, newDocument(table), { kind: "tag", ids: [cloneId("TTT")], tag: "clone_2" });
    const doc = apply(table, tags, { kind: "tag", ids: [cloneId("GGG")], tag: "dominant" });
    const c = context(table, doc);
    expect(reportRows(c, { ...NONE, tagged: true }, [])).toEqual([2, 3]);
    // TTT has 7 of 50 reads in B, CCC 20 of 150 in A: a clonotype counts by where it is largest.
    expect(reportRows(c, { ...NONE, top: 3 }, [])).toEqual([2, 3, 0]);
    expect(reportRows(c, { tagged: true, selected: true, top: 1 }, [1])).toEqual([2, 3, 0, 1]);
    expect(reportRows(c, NONE, [1])).toEqual([]);
  });

  test("a member stands for its cluster, once, with the reads of all", () => {
    const table = small();
    const merged = apply(table, newDocument(table), { kind: "cluster", ids: [cloneId("AAA"), cloneId("CCC")] });
    const doc = apply(table, merged, { kind: "tag", ids: [cloneId("CCC")], tag: "clone_1" });
    const c = context(table, doc);
    expect(reportRows(c, { ...NONE, tagged: true, selected: true }, [0])).toEqual([0]);
    expect(amountOf(c, 0, 0)).toEqual({ reads: 70, size: 70 / 150, state: "quantified" });
  });

  test("absent, detected, and a quantity", () => {
    const c = context(small());
    expect(amountOf(c, 1, 1)).toEqual({ reads: 0, size: 0, state: "absent" });
    expect(amountOf(c, 2, 1)).toMatchObject({ reads: 3, state: "detected" });
    expect(amountOf(c, 3, 0)).toMatchObject({ reads: 5, state: "quantified" });
  });

  test("codes of warnings, with whom they concern", () => {
    const table = tiny(
      [
        { id: "A", reads: [5], warnings: [{ code: "W69", message: "" }], evalue: 1 },
        { id: "B", reads: [5], warnings: [{ code: "W69", message: "" }] },
      ],
      [sample("s", { IGH: 10 })],
    );
    expect([...warningsOf(table, [0, 1])]).toEqual([
      ["W5a", [0]],
      ["W69", [0, 1]],
    ]);
  });
});

test("what samples share: clonotypes, and whose reads", () => {
  const table = small();
  const matrix = overlaps(table, clustersOf(table, newDocument(table)).reads, [0, 1]);
  expect(matrix[0]![1]).toEqual({ clonotypes: 3, share: (50 + 25 + 5) / 150 });
  expect(matrix[1]![0]).toEqual({ clonotypes: 3, share: (10 + 3 + 7) / 50 });
  expect(matrix[1]![1]).toEqual(matrix[1]![0]);
  expect(matrix[0]![0]!.clonotypes).toBe(4);
});

test("no locus without reads, and never a group without a name", () => {
  const table = tiny([], [sample("s", { IGH: 0, TRG: 3, "": 2 }), sample("t", { IGK: 0 })]);
  expect(systemsOf(context(table))).toEqual(["TRG", ""]);
});

test("days are counted from the first date of the report, whatever the order", () => {
  const dated = (name: string, date: string) => sample(name, {}, { date });
  const table = tiny(
    [],
    [dated("b", "2026-02-01"), dated("a", "2026-01-01"), dated("c", ""), dated("d", "2026-03-01")],
  );
  expect(daysOf(table, [0, 1, 2, 3])).toEqual([31, 0, null, 59]);
  expect(daysOf(table, [0, 3])).toEqual([0, 28]);
  expect(daysOf(table, [2])).toEqual([null]);
});

test("an anonymous report has nothing of whom it is about", () => {
  const secret = "Dupont-1954";
  const table = tiny(
    [{ id: "A", reads: [5, 5] }],
    [
      sample(secret, { IGH: 5 }, { info: secret, commandline: secret, log: secret, date: "2026-01-01" }),
      sample(`${secret}-2`, { IGH: 5 }),
    ],
    { source: { name: `${secret}.vidjil`, producer: "test", version: "" } },
  );
  let doc = newDocument(table);
  doc = apply(table, doc, { kind: "renameSample", sample: 0, name: secret });
  doc = apply(table, doc, { kind: "noteSample", sample: 0, note: secret });
  doc = apply(table, doc, { kind: "note", id: cloneId("A"), note: secret });
  doc = apply(table, doc, { kind: "info", info: secret });
  doc = apply(table, doc, { kind: "orderSamples", order: [1, 0] });
  const out = anonymous(table, doc, (n) => `Sample ${n}`);
  const { samples, source } = out.table;
  expect(JSON.stringify([samples, source])).not.toContain("Dupont");
  expect(
    JSON.stringify([[...out.doc.sampleNames], [...out.doc.sampleNotes], [...out.doc.notes], out.doc.info]),
  ).not.toContain("Dupont");
  // Numbered as they are displayed.
  expect(samples.map((s) => s.name)).toEqual(["Sample 2", "Sample 1"]);
  expect(table.samples[0]!.name).toBe(secret);
});

describe("plans", () => {
  test.each(TEMPLATES)("the template %s goes into a file and comes back", (id) => {
    const plan = BUILT_IN[id];
    expect(parsePlan(writePlan(plan))).toEqual(plan);
    expect(new Set(ids(plan)).size).toBe(plan.parts.length);
  });

  test("other files are none, and what a file has wrong is left out", () => {
    expect(parsePlan("{")).toBeNull();
    expect(parsePlan('{"parts":[]}')).toBeNull();
    expect(readPlan([])).toBeNull();
    const plan = parsePlan(
      JSON.stringify({
        format: "vidjil-report",
        title: 7,
        include: { tagged: false, top: "1e9" },
        anonymous: "yes",
        parts: [
          { kind: "script", id: "x" },
          null,
          { kind: "text", id: "t", text: "<b>", shown: false },
          { kind: "text", id: "t", text: "again" },
          { kind: "plot", plot: { mode: "grid", x: "nothing", y: "size" } },
        ],
      }),
    )!;
    expect(plan.include).toEqual({ tagged: false, selected: true, top: 200 });
    expect(plan.anonymous).toBe(false);
    expect(plan.title).toBe("7");
    expect(ids(plan)).toEqual(["t", "plot"]);
    expect(plan.parts[0]).toMatchObject({ shown: false, text: "<b>" });
    expect(plan.parts[1]!.plot).toEqual({ mode: "grid", x: "five_gene", y: "three_gene" });
  });

  test("parts move, stop at the ends, come and go", () => {
    const plan = BUILT_IN.monitor;
    const n = plan.parts.length;
    expect(ids(movePart(plan, "graph", 0)).slice(0, 2)).toEqual(["graph", "about"]);
    expect(ids(movePart(plan, "about", 99)).at(-1)).toBe("about");
    expect(movePart(plan, "about", -3)).toBe(plan);
    expect(movePart(plan, "not there", 1)).toBe(plan);
    const more = addPart(addPart(plan, "text"), "plot");
    expect(ids(more).slice(-4)).toEqual(["text", "text2", "plot", "notice"]);
    expect(new Set(ids(more)).size).toBe(n + 2);
    expect(ids(removePart(more, "text2"))).not.toContain("text2");
    expect(changePart(plan, "text", { text: "seen" }).parts.find((p) => p.id === "text")!.text).toBe("seen");
    expect(plan.parts.find((p) => p.id === "text")!.text).toBe("");
  });
});

test("the sheet's style follows no theme: it is paper", () => {
  const css = readFileSync(new URL("../src/features/report/paper.css", import.meta.url), "utf8").replace(
    /\/\*.*?\*\//gs,
    "",
  );
  const own = new Set([...css.matchAll(/^\s*(--[\w-]+):/gm)].map((found) => found[1]));
  const used = [...css.matchAll(/var\((--[\w-]+)/g)].map((found) => found[1]);
  expect(used.filter((name) => !own.has(name))).toEqual([]);
  for (const selector of css.matchAll(/^([^\s@}][^{]*)\{/gm)) expect(selector[1]).toMatch(/^\.paper|^\s*$/);
});
