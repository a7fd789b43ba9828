/** Pictures, without a browser: layouts are pure, and the SVG painter writes what the canvas would show. */
import { describe, expect, test } from "vitest";
import { PRESETS } from "../src/core/axes/presets";
import { axisById } from "../src/core/axes/registry";
import { nameOf } from "../src/core/name";
import { Workspace } from "../src/core/workspace";
import { runsOf } from "../src/features/workspace/runs";
import { plotWords } from "../src/ui/words";
import { curveRows, graphView } from "../src/views/graphView";
import { radius } from "../src/views/pack";
import type { PlotLayout } from "../src/views/plot";
import { pickPlot, withinPlot } from "../src/views/plotPick";
import { plotView } from "../src/views/plotView";
import { boxRegion } from "../src/views/region";
import { SvgPainter } from "../src/views/svg";
import { DARK, LIGHT } from "../src/views/theme";
import { en } from "./messages";
import { fixture, sample, small, tableOf, tiny } from "./support";

const size = { width: 600, height: 400 };
const view = (ws: Workspace, pane = 0) =>
  plotView(
    ws,
    pane,
    () => plotWords(en, ws.notation.value),
    () => "en",
  );
const finite = (values: ArrayLike<number>) => Array.from(values).every(Number.isFinite);

describe("plots", () => {
  test("every preset and mode lays a real result out inside its pane", async () => {
    const ws = new Workspace(await tableOf(fixture("fused.vidjil"), "x"));
    for (const preset of PRESETS) {
      if (![preset.x, preset.y].every((id) => axisById(id)!.available(ws.table))) continue;
      for (const mode of ["grid", "bars", "heat"] as const) {
        ws.setPlot(0, { ...preset, mode });
        const layout = view(ws).layout(size);
        expect(finite(layout.x) && finite(layout.y) && finite(layout.r), `${preset.x} ${preset.y} ${mode}`).toBe(true);
        expect(layout.rows.length).toBeGreaterThan(0);
        expect(Math.max(...layout.x)).toBeLessThanOrEqual(size.width + 20);
      }
    }
  });

  test("a mark is found where it is drawn, and a box over all finds all", () => {
    const ws = new Workspace(small());
    ws.setPlot(0, { mode: "grid", x: "sequence_length", y: "size" });
    const layout = view(ws).layout(size);
    layout.rows.forEach((row, i) => {
      expect(pickPlot(layout, layout.x[i]!, layout.y[i]!)).toBe(row);
    });
    expect(withinPlot(layout, boxRegion(0, 0, 600, 400)).sort()).toEqual([0, 1, 2, 3]);
    expect(pickPlot(layout, 1, 1)).toBeNull();
  });

  test("bars are as high as the sizes in them, whatever order", () => {
    const ws = new Workspace(small());
    ws.setPlot(0, { mode: "bars", x: "system", y: "size" });
    const layout = view(ws).layout(size);
    const height = (row: number) => layout.r[layout.rows.indexOf(row)]!;
    expect(height(0) / height(1)).toBeCloseTo(50 / 20, 4);
    expect(layout.xTicks.map((t) => t.label)).toEqual(["IGH", "IGH+", "TRG"]);
  });

  test("a clonotype that the sample does not have has no mark", () => {
    const ws = new Workspace(small());
    ws.setSample(1);
    ws.setPlot(0, { mode: "grid", x: "system", y: "size" });
    expect(Array.from(view(ws).layout(size).rows)).not.toContain(1);
  });

  test("the radius follows the cube root, and is never invisible", () => {
    const area = { left: 0, top: 0, right: 500, bottom: 500 };
    expect(radius(0, area)).toBe(0);
    expect(radius(0.5, area)).toBeCloseTo((500 * Math.cbrt(0.501)) / 25, 6);
    expect(radius(1e-7, area)).toBe(radius(0.001, area));
    expect(radius(1e-7, { left: 0, top: 0, right: 10, bottom: 10 })).toBe(2);
  });

  test("a label of a class selects its clonotypes", () => {
    const ws = new Workspace(small());
    ws.setPlot(0, { mode: "grid", x: "system", y: "samples" });
    const v = view(ws);
    const layout = v.layout(size);
    const igh = layout.xTicks.find((t) => t.value === "IGH")!;
    expect(v.clickAt(layout, igh.at, size.height - 5, false)).toBe(true);
    expect([...ws.selectedRows.value]).toEqual([0, 1]);
    expect(v.clickAt(layout, 300, 100, false)).toBe(false);
  });

  test("gene axes show one system at a time, without its letters on every label", () => {
    const ws = new Workspace(small());
    ws.plotSystem.value = "IGH";
    const layout: PlotLayout = view(ws).layout(size);
    expect([...layout.rows].sort()).toEqual([0, 1]);
    expect(layout.xTicks.map((t) => t.label)).toEqual(["V3-9", "V3-11"]);
  });

  test("nothing to draw is no error", () => {
    const ws = new Workspace(tiny([], [sample("none", {})]));
    for (const mode of ["grid", "bars", "heat"] as const) {
      ws.setPlot(0, { mode, x: "size", y: "system" });
      expect(view(ws).layout(size).rows.length).toBe(0);
      ws.setPlot(0, { mode, x: "five_gene", y: "three_gene" });
      expect(view(ws).layout(size).cells).toEqual([]);
    }
  });
});

describe("the time graph", () => {
  test("a tagged or selected clonotype always has a curve, whatever its rank", () => {
    const many = tiny(
      Array.from({ length: 60 }, (_, i) => ({ id: `c${i}`, system: "IGH", top: i + 1, reads: [1000 - i, 500] })),
      [sample("a", { IGH: 60000 }), sample("b", { IGH: 60000 })],
    );
    const ws = new Workspace(many);
    expect(curveRows(ws)).toHaveLength(20);
    ws.select([40]);
    ws.commit({ kind: "tag", ids: ws.idsOf([50]), tag: "noise" });
    expect(curveRows(ws)).toHaveLength(22);
    expect(curveRows(ws).slice(-2).sort()).toEqual([40, 50]);
  });

  test("a curve ends where nothing was detected, and stays inside the sizes that it joins", () => {
    const t = tiny(
      [{ id: "A", system: "IGH", top: 1, reads: [5000, 50, 0, 300] }],
      ["a", "b", "c", "d"].map((n) => sample(n, { IGH: 10000 })),
    );
    const ws = new Workspace(t);
    const layout = graphView(ws, () => en).layout(size);
    const curve = layout.curves[0]!;
    expect(curve.marks.map((m) => m.size)).toEqual([0.5, 0.005, 0.03]);
    expect(curve.pieces.map((p) => p.faint)).toEqual([false, true, true]);
    const ys = curve.pieces[0]!.points.filter((_, i) => i % 2 === 1);
    expect(Math.min(...ys)).toBeGreaterThanOrEqual(curve.marks[0]!.y - 1e-6);
    expect(Math.max(...ys)).toBeLessThanOrEqual(curve.marks[1]!.y + 1e-6);
    // Five reads of ten thousand: the zone ends at 0.0005.
    expect(layout.zone).toHaveLength(4);
    expect(layout.zone[0]!).toBeGreaterThan(curve.marks[1]!.y);
    expect(layout.zone[0]!).toBeLessThan(layout.bottom);
  });

  test("stacked bands keep their order under a selection, and leave room for all others", () => {
    const ws = new Workspace(small());
    ws.graphMode.value = "stacked";
    const before = curveRows(ws);
    ws.select([3]);
    expect(curveRows(ws)).toEqual(before);
    const layout = graphView(ws, () => en).layout(size);
    const highest = Math.min(
      ...layout.curves.flatMap((c) => c.pieces.flatMap((p) => p.points.filter((_, i) => i % 2 === 1))),
    );
    expect((layout.bottom - highest) / (layout.bottom - layout.top)).toBeCloseTo(100 / 150, 3);
  });

  test("samples stand by their dates, within bounds", () => {
    const t = tiny(
      [{ id: "A", system: "IGH", top: 1, reads: [9, 9, 9] }],
      ["2025-01-01", "2025-01-11", "2025-04-01"].map((date, i) => sample(String(i), { IGH: 90 }, { date })),
    );
    const { x } = graphView(new Workspace(t), () => en).layout(size);
    expect((x[2]! - x[1]!) / (x[1]! - x[0]!)).toBeCloseTo(2, 6);
  });
});

describe("SVG", () => {
  test.each([LIGHT, DARK])("draws the same marks as the screen ($scheme)", (theme) => {
    const ws = new Workspace(small());
    ws.setPlot(0, { mode: "grid", x: "sequence_length", y: "size" });
    const v = view(ws);
    const layout = v.layout(size);
    const p = new SvgPainter(600, 400, theme.panel);
    v.paintAxes(p, layout, theme);
    v.paintMarks(p, layout, theme);
    v.paintOverlay(p, layout, theme, { isSelected: (row) => row === 1, count: 1, many: false, hover: null });
    const text = p.document("t");
    // Four marks, and the selected one again with its ring.
    expect(text.match(/<circle /g)).toHaveLength(6);
    expect(text).toContain(ws.coloring.value.swatches[ws.coloring.value.index[0]!]![theme.scheme]);
  });

  test("texts of files cannot become markup", () => {
    const p = new SvgPainter(10, 10, "#fff");
    p.text(1, 1, "<script>\"&'", { size: 10, fill: "#000" });
    const text = p.document("<b>");
    expect(text).not.toContain("<script>");
    expect(text).toContain("&lt;script&gt;&quot;&amp;&#39;");
    expect(text).toContain("<title>&lt;b&gt;</title>");
  });
});

test("a sequence in runs covers it once and cuts at the CDR3 and at what was found", () => {
  const segments = [
    { kind: "V", start: 0, end: 10 },
    { kind: "N", start: 10, end: 12 },
    { kind: "J", start: 12, end: 20 },
  ] as const;
  const runs = runsOf(segments, 8, 15, { start: 9, end: 13, reversed: false });
  expect(runs.map((r) => [r.start, r.end])).toEqual([
    [0, 8],
    [8, 9],
    [9, 10],
    [10, 12],
    [12, 13],
    [13, 15],
    [15, 20],
  ]);
  expect(runs.filter((r) => r.cdr3).map((r) => r.start)).toEqual([8, 9, 10, 12, 13]);
  expect(runs.filter((r) => r.hit).map((r) => r.start)).toEqual([9, 10, 12]);
});

test("names from a file are not shortened to nothing", () => {
  const t = tiny([{ id: "WINDOW", reads: [1] }], [sample("s", {})]);
  expect(nameOf(t, new Workspace(t).doc.value, 0)).toBe("WINDOW");
});
