/** Axes, presets and plots: what is drawn where, and how it is pointed at. */
import { describe, expect, test } from "vitest";
import type { PlotConfig } from "../src/core/axes/presets";
import { decodePlot, encodePlot, PRESETS, withAxis, withView } from "../src/core/axes/presets";
import { AXES } from "../src/core/axes/registry";
import { rowsOf } from "../src/core/bits";
import { decodeVidjil } from "../src/core/decode/vidjil";
import { counted, unlisted } from "../src/core/distribution";
import { decodeLook, encodeLook, GRAPH_LOOK } from "../src/core/graphLook";
import { Workspace } from "../src/core/workspace";
import { filterLabel, plotWords } from "../src/ui/words";
import { classesOf } from "../src/views/classes";
import { dragTo, regionOf } from "../src/views/gesture";
import { logCorrelation } from "../src/views/plot";
import { nextInPlot, withinPlot } from "../src/views/plotPick";
import { plotView } from "../src/views/plotView";
import { boxRegion, polygonRegion } from "../src/views/region";
import { evenTicks } from "../src/views/scale";
import { zoomed } from "../src/views/zoom";
import { en } from "./messages";
import { sample, small, tiny } from "./support";

const size = { width: 600, height: 400 };
const words = plotWords(en, "percent");
const view = (ws: Workspace) =>
  plotView(
    ws,
    0,
    () => words,
    () => "en",
  );
const plotted = (ws: Workspace, plot: PlotConfig) => {
  ws.setPlot(0, plot);
  return view(ws).layout(size);
};

describe("presets and links", () => {
  test("keys bring what the field expects", () => {
    const said = PRESETS.map((p) => `${p.mode} ${p.x}${p.mode === "bars" ? "" : ` ${p.y}`}`);
    expect(said).toEqual([
      "grid five_gene three_gene",
      "grid five_allele three_allele",
      "grid five_gene n_length",
      "grid read_length system",
      "bars read_length",
      "bars five_gene",
      "bars n_length",
      "bars cdr3_length",
      "bars three_gene",
      "grid size size_other",
      "grid read_length gc",
      "grid coverage gc",
      "grid samples system",
      "bars five_deletions",
      "bars three_deletions",
      "bars primers_gap",
      "grid similarity_nt_x similarity_nt_y",
      "grid system size_in_system",
    ]);
  });

  test("each axis and each word of it is named in the languages", () => {
    for (const axis of AXES) expect(en.axis[axis.id], axis.id).toBeTruthy();
  });

  test.each<PlotConfig>([
    ...PRESETS,
    { mode: "overlap", x: "jaccard", y: "jaccard" },
    { mode: "bars", x: "gc", y: "count", xView: { min: 0.25, max: 0.5, inverted: true } },
    { mode: "grid", x: "size", y: "gc", xView: { min: 1e-5, scale: "linear" }, yView: { max: -2.5, scale: "log" } },
  ])("a link restores %o", (plot) => {
    expect(decodePlot(encodePlot(plot))).toEqual(plot);
  });

  test.each(["", "grid", "grid:nothing:size", "overlap:size:size", "pie:gc:size", null])("%j is no plot", (text) => {
    expect(decodePlot(text)).toBeNull();
  });

  test("another axis forgets how the old one was looked at, and keeps the other", () => {
    const plot: PlotConfig = { mode: "grid", x: "gc", y: "size", xView: { min: 1 }, yView: { max: 2 } };
    expect(withAxis(plot, "x", "coverage")).toEqual({ mode: "grid", x: "coverage", y: "size", yView: { max: 2 } });
    expect(withView(plot, "xView", undefined)).toEqual({ mode: "grid", x: "gc", y: "size", yView: { max: 2 } });
  });

  test.each([GRAPH_LOOK, { scale: "linear", spacing: "days", series: ["CD19 +, %", "qPCR"] }] as const)(
    "a link restores the look of the graph %o",
    (look) => expect(decodeLook(encodeLook(look))).toEqual(look),
  );
});

describe("what a file counts and does not list", () => {
  const t = tiny(
    [
      { id: "A", system: "IGH", five: "IGHV1-1*01", reads: [50], lengths: [246.6], top: 1 },
      { id: "B", system: "IGH", five: "IGHV1-1*02", reads: [10], lengths: [246.9], top: 2 },
    ],
    [sample("s", { IGH: 100 })],
    {
      counts: {
        distributions: [
          [
            {
              axes: ["lenSeqAverage"],
              bins: [
                { values: ["247.0"], clonotypes: 9, reads: 70 },
                { values: ["300.0"], clonotypes: 4, reads: 30 },
              ],
            },
            {
              axes: ["seg5", "lenSeqAverage"],
              bins: [
                { values: ["IGHV1-1*01", "247.0"], clonotypes: 5, reads: 61 },
                { values: ["?", "300.0"], clonotypes: 4, reads: 30 },
              ],
            },
          ],
        ],
      },
    },
  );

  test("bars are as high as all reads of a class, filtered or not", () => {
    const ws = new Workspace(t);
    const heights = () => plotted(ws, { mode: "bars", x: "read_length", y: "size" }).classes.filter((c) => c.size > 0);
    const want = [
      { label: "247", clonotypes: 9, size: 0.7 },
      { label: "300", clonotypes: 4, size: 0.3 },
    ];
    expect(heights()).toEqual(want.map((c) => ({ ...c, size: expect.closeTo(c.size, 9) })));
    ws.addFilter({ kind: "hide", rows: rowsOf(2, [0]) });
    expect(heights()).toEqual(want.map((c) => ({ ...c, size: expect.closeTo(c.size, 9) })));
  });

  test("an axis among several is summed over the others, alleles over their gene", () => {
    expect(counted(t, "five_gene", 0, "IGH")).toEqual([{ value: "IGHV1-1", clonotypes: 5, reads: 61 }]);
    expect(counted(t, "gc", 0, null)).toBeNull();
    expect(counted(t, "system", 0, null)).toEqual([{ value: "IGH", clonotypes: 0, reads: 100 }]);
  });

  test("a class never has fewer than none", () => {
    const ws = new Workspace(t);
    const left = unlisted([{ value: 247, clonotypes: 1, reads: 20 }], [0, 1], ws.clusters.value.reads, 0, () => 247);
    expect(left).toEqual([]);
  });

  test("distributions and series of a file are read by the names of its samples", () => {
    const table = decodeVidjil(
      JSON.stringify({
        vidjil_json_version: "2016b",
        samples: { number: 2, original_names: ["a", "b"] },
        reads: { total: [9, 9], segmented: [9, 9], germline: { IGH: [9, 9] } },
        clones: [{ id: "A", germline: "IGH", reads: [9, 9], top: 1 }],
        distributions: {
          keys: ["clones", "reads"],
          repertoires: { b: [{ axes: ["seg5", "seg3"], values: { V1: { J1: [2, 5], J2: [1, 3] } } }] },
        },
        data: { CD19: [1.5, "2"], broken: ["x", null] },
      }),
      "x",
    );
    expect(table.distributions).toEqual([
      [],
      [
        {
          axes: ["seg5", "seg3"],
          bins: [
            { values: ["V1", "J1"], clonotypes: 2, reads: 5 },
            { values: ["V1", "J2"], clonotypes: 1, reads: 3 },
          ],
        },
      ],
    ]);
    expect(table.series).toEqual([{ name: "CD19", values: [1.5, 2] }]);
  });
});

describe("looking at an axis", () => {
  const t = tiny(
    [10, 20, 30, 40].map((n, i) => ({
      id: `c${i}`,
      system: "IGH",
      sequence: "A".repeat(n),
      top: i + 1,
      reads: [10 ** i],
    })),
    [sample("s", { IGH: 2000 })],
  );
  const drawn = (plot: PlotConfig) => {
    const layout = plotted(new Workspace(t), plot);
    return [...layout.rows].filter((_, i) => layout.r[i]! > 0).sort();
  };

  test("values outside of a range are not drawn, its ends are", () => {
    const grid = { mode: "grid", x: "sequence_length", y: "size" } as const;
    expect(drawn({ ...grid, xView: { min: 20, max: 30 } })).toEqual([1, 2]);
    expect(drawn({ ...grid, xView: { min: 30 } })).toEqual([2, 3]);
    expect(drawn({ ...grid, mode: "bars", xView: { max: 20 } })).toEqual([0, 1]);
  });

  test("inverted goes the other way, in plots and in bars", () => {
    for (const mode of ["grid", "bars"] as const) {
      const at = (plot: PlotConfig) => {
        const layout = plotted(new Workspace(t), plot);
        return [0, 1, 2, 3].map((row) => layout.x[layout.rows.indexOf(row)]!);
      };
      const plot: PlotConfig = { mode, x: "sequence_length", y: "size" };
      const [plain, inverted] = [at(plot), at({ ...plot, xView: { inverted: true } })];
      expect([...plain].sort((a, b) => a - b)).toEqual(plain);
      expect([...inverted].sort((a, b) => b - a)).toEqual(inverted);
    }
  });

  test("equal factors are equal distances on a logarithmic scale, equal steps on a linear one", () => {
    const at = (scale: "log" | "linear") => {
      const layout = plotted(new Workspace(t), { mode: "grid", x: "size", y: "gc", xView: { scale } });
      return [0, 1, 2, 3].map((row) => layout.x[layout.rows.indexOf(row)]!);
    };
    const log = at("log");
    expect(log[1]! - log[0]!).toBeCloseTo(log[3]! - log[2]!, 2);
    const linear = at("linear");
    expect((linear[3]! - linear[2]!) / (linear[1]! - linear[0]!)).toBeCloseTo(100, 0);
  });

  test("zooming about a point keeps that point", () => {
    const ws = new Workspace(t);
    const plot: PlotConfig = { mode: "grid", x: "gc", y: "system" };
    const layout = plotted(ws, plot);
    const [x, y] = [200, 150];
    const before = layout.xScale!.valueAt!(x);
    const axes = [AXES.find((a) => a.id === "gc")!, AXES.find((a) => a.id === "system")!] as const;
    const next = zoomed(plot, layout, axes, x, y, 2)!;
    expect(plotted(ws, next).xScale!.valueAt!(x)).toBeCloseTo(before, 2);
    const span = (l: typeof layout) => l.xScale!.valueAt!(l.area.right) - l.xScale!.valueAt!(l.area.left);
    expect(span(plotted(ws, next))).toBeCloseTo(span(layout) / 2, 2);
    const classes: PlotConfig = { mode: "grid", x: "system", y: "five_gene" };
    expect(zoomed(classes, plotted(ws, classes), [AXES[0]!, AXES[0]!], x, y, 2)).toBeNull();
  });

  test("a range that is open on one side is called so", () => {
    const range = { kind: "range", axis: "size" } as const;
    expect(filterLabel(en, { ...range, min: 0.01, max: Number.POSITIVE_INFINITY })).toBe("Size ≥ 1.00%");
    expect(filterLabel(en, { ...range, min: Number.NEGATIVE_INFINITY, max: 0.5 })).toBe("Size ≤ 50.0%");
  });

  test.each([
    [0, 1, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]],
    [-0.5, 9.5, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [141, 333, [160, 180, 200, 220, 240, 260, 280, 300, 320]],
    [-0.03, 0.04, [-0.03, -0.02, -0.01, 0, 0.01, 0.02, 0.03, 0.04]],
  ])("ticks from %d to %d are round numbers", (low, high, want) => {
    expect(evenTicks(low, high, 8).map((v) => v + 0)).toEqual(want);
  });

  test("steps of a class hold what they say", () => {
    const axis = AXES.find((a) => a.id === "sequence_length")!;
    const values = Float32Array.of(3, 4, 4, Number.NaN, 6);
    const classes = classesOf({ axis, values }, Int32Array.of(0, 1, 2, 3, 4), t, words);
    expect([...classes.of]).toEqual([1, 2, 2, 0, 4]);
    expect(classes.labels).toEqual(["?", "3", "4", "5", "6"]);
    expect(classes.ofValue(5)).toBe(3);
  });
});

describe("two samples", () => {
  test("what is in either has a mark; the diagonal is where both are equal", () => {
    const ws = new Workspace(small());
    const layout = plotted(ws, PRESETS[9]!);
    expect([...layout.rows].sort()).toEqual([0, 1, 2, 3]);
    ws.setSample(1);
    const [, , x, y] = plotted(ws, PRESETS[9]!).diagonal as number[];
    const { xScale, yScale } = view(ws).layout(size);
    expect(xScale!.valueAt!(x!)).toBeCloseTo(yScale!.valueAt!(y!), 6);
  });

  test("the correlation is Pearson's of the logarithms of what both have", () => {
    const a = [0.1, 0.01, 0.001, 0, 0.5];
    const b = [0.2, 0.02, 0.002, 0.3, 0];
    expect(logCorrelation(a, b, [0, 1, 2, 3, 4])).toEqual({ r: expect.closeTo(1, 9), n: 3 });
    expect(logCorrelation(a, b, [0, 1]).r).toBeNaN();
  });
});

describe("selecting", () => {
  test("a lasso takes what it goes round, and no more", () => {
    const lasso = polygonRegion([0, 0, 10, 0, 10, 10, 5, 2, 0, 10]);
    expect(lasso.has(2, 2)).toBe(true);
    expect(lasso.has(5, 8)).toBe(false);
    const ws = new Workspace(small());
    const layout = plotted(ws, { mode: "grid", x: "sequence_length", y: "size" });
    const [x, y] = [layout.x[0]!, layout.y[0]!];
    const round = polygonRegion([x - 3, y - 3, x + 3, y - 3, x + 3, y + 3, x - 3, y + 3]);
    expect(withinPlot(layout, round)).toEqual([layout.rows[0]]);
  });

  test("a drag is a region once it is more than a click", () => {
    const start = { tool: "box", combine: "replace", before: rowsOf(1, []), points: [5, 5] } as const;
    expect(regionOf(dragTo(start, 6, 6))).toBeNull();
    expect(regionOf(dragTo(start, 30, 1))).toMatchObject({ left: 5, right: 30, top: 1, bottom: 5 });
    const line = [
      [20, 5],
      [20, 20],
      [20.5, 20.5],
      [5, 20],
    ].reduce((d, [x, y]) => dragTo(d, x!, y!), { ...start, tool: "lasso" as const } as Parameters<typeof dragTo>[0]);
    expect(line.points).toEqual([5, 5, 20, 5, 20, 20, 5, 20]);
    expect(regionOf(line)?.has(10, 10)).toBe(true);
  });

  test("arrows reach the nearest mark in their direction and stay at the edge", () => {
    const ws = new Workspace(small());
    const layout = plotted(ws, { mode: "grid", x: "reads", y: "gc" });
    const byX = [...layout.rows].sort((a, b) => layout.x[layout.rows.indexOf(a)]! - layout.x[layout.rows.indexOf(b)]!);
    expect(nextInPlot(layout, null, "right")).toBe(layout.rows[0]);
    let at = byX[0]!;
    const seen = new Set([at]);
    for (let i = 0; i < 10; i++) {
      at = nextInPlot(layout, at, "right")!;
      seen.add(at);
    }
    expect(at).toBe(byX.at(-1));
    expect(seen.size).toBeGreaterThan(1);
    expect(withinPlot(layout, boxRegion(0, 0, 1, 1))).toEqual([]);
  });
});
