/** Axes, layouts and what they are made of: formulas and geometry as cases, slow and obvious versions as oracles. */
import { describe, expect, test, vi } from "vitest";
import type { PlotConfig } from "../src/core/axes/presets";
import { decodePlot, encodePlot, PRESETS, withAxis, withView } from "../src/core/axes/presets";
import { AXES } from "../src/core/axes/registry";
import { allRows, members, rowsOf, rowsWhere, rowsWithCode } from "../src/core/bits";
import { decodeVidjil } from "../src/core/decode/vidjil";
import { counted, unlisted } from "../src/core/distribution";
import { decodeLook, encodeLook, GRAPH_LOOK } from "../src/core/graphLook";
import { overlaps, overlapsOf } from "../src/core/overlap";
import { byRank } from "../src/core/radix";
import { compile } from "../src/core/search";
import { Sequences } from "../src/core/sequences";
import { difference, editDistance, principalCoordinates, similarityMap } from "../src/core/similarity";
import { kept, Orders } from "../src/core/sort";
import { Workspace } from "../src/core/workspace";
import { filterLabel, plotWords } from "../src/ui/words";
import { classesOf } from "../src/views/classes";
import { dragTo, regionOf } from "../src/views/gesture";
import type { GraphSample } from "../src/views/graph";
import { fitted, layLabels } from "../src/views/graphLabels";
import { graphView } from "../src/views/graphView";
import { overlapView } from "../src/views/overlapView";
import { textWidth } from "../src/views/painter";
import { logCorrelation } from "../src/views/plot";
import { nextInPlot, withinPlot } from "../src/views/plotPick";
import { plotView } from "../src/views/plotView";
import { boxRegion, polygonRegion } from "../src/views/region";
import { hideSample, movedOrder } from "../src/views/samples";
import { evenTicks } from "../src/views/scale";
import { splatBoxes, splatDiscs } from "../src/views/splat";
import { toTsv } from "../src/views/table";
import { zoomed } from "../src/views/zoom";
import { en } from "./messages";
import { fixture, sample, small, tableOf, tiny } from "./support";

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

/** The same numbers each time. */
function generator(seed = 7): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

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

describe("orders", () => {
  const table = tiny(
    Array.from({ length: 300 }, (_, i) => ({
      id: `c${i}`,
      system: ["IGH", "TRG"][i % 2]!,
      five: `IGHV${(i * 7) % 11}*01`,
      top: ((i * 37) % 300) + 1,
      cdr3aa: "CAR".repeat(i % 5),
      reads: [(i * i) % 17],
    })),
    [sample("a", { IGH: 10000, TRG: 10000 })],
  );
  const sizes = Float64Array.from(table.reads[0]!, (n) => n / 20000);

  test("an order is a stable sort of the largest first, whatever the key", () => {
    const orders = new Orders(table);
    const largest = orders.largestFirst(sizes);
    const slow = Array.from({ length: table.rows }, (_, row) => row).sort(
      (a, b) => sizes[b]! - sizes[a]! || table.top[a]! - table.top[b]!,
    );
    expect([...largest]).toEqual(slow);
    const cdr3 = (row: number) => table.cdr3aa.at(row);
    for (const descending of [false, true]) {
      const sign = descending ? -1 : 1;
      const got = orders.sorted({ key: "cdr3", descending }, largest, null, () => "");
      const want = [...slow].sort((a, b) => sign * (cdr3(a) < cdr3(b) ? -1 : cdr3(a) > cdr3(b) ? 1 : 0));
      expect([...got]).toEqual(want);
    }
  });

  test("what is on display keeps the order of all", () => {
    const order = new Orders(table).largestFirst(sizes);
    const set = rowsWhere(table.rows, (row) => row % 3 === 0);
    expect([...kept(order, set)]).toEqual([...order].filter((row) => row % 3 === 0));
    expect(kept(order, allRows(table.rows))).toBe(order);
  });

  test("ranks above 65 535 are sorted too", () => {
    const rank = [70000, 3, 65536, 2, 70000];
    expect([...byRank(Int32Array.of(0, 1, 2, 3, 4), rank)]).toEqual([3, 1, 2, 0, 4]);
  });

  test("names are sorted anew when one is given", () => {
    const ws = new Workspace(small());
    ws.sort.value = { key: "name", descending: false };
    const before = [...ws.order.value];
    ws.commit({ kind: "rename", id: ws.idsOf([before.at(-1)!])[0]!, name: "AAA first" });
    expect(ws.order.value[0]).toBe(before.at(-1));
  });

  test("rows by code are the rows that a test of each gives", () => {
    const codes = Int32Array.from({ length: 100 }, (_, i) => (i * 5) % 4);
    const want = rowsWhere(100, (row) => codes[row] === 1 || codes[row] === 3);
    expect([...members(rowsWithCode(codes, [false, true, false, true]))]).toEqual([...members(want)]);
  });
});

test("search over one long text finds what a search of each row finds", () => {
  const random = generator();
  const names = Array.from({ length: 500 }, () =>
    Array.from({ length: 3 + Math.floor(random() * 9) }, () => "abJ1/ "[Math.floor(random() * 6)]).join(""),
  );
  const table = tiny(
    names.map((name, i) => ({ id: `w${i}`, name, cdr3aa: i % 7 === 0 ? "CJA" : "", reads: [1] })),
    [sample("s", {})],
  );
  for (const query of ["a", "j1", "/", "ab 1", "cja", "zz", "j a /"]) {
    const want = names.flatMap((name, i) =>
      query.split(" ").every((word) => `${name}\n\n${i % 7 === 0 ? "cja" : ""}`.toLowerCase().includes(word))
        ? [i]
        : [],
    );
    expect([...members(compile(table, new Map(), query)!.rows)], query).toEqual(want);
  }
});

describe("overlaps", () => {
  const t = tiny(
    [
      { id: "A", system: "IGH", reads: [60, 30, 0] },
      { id: "B", system: "IGH", reads: [40, 20, 0] },
      { id: "C", system: "IGH", reads: [0, 0, 10] },
    ],
    [sample("full", { IGH: 100 }), sample("half", { IGH: 50 }), sample("other", { IGH: 10 })],
  );

  test("the same repertoire at half the depth has an index of 1, another one 0", () => {
    const { morisita, jaccard, shared, complete } = overlaps(t);
    expect(morisita[0]![1]).toBeCloseTo(1, 12);
    expect(morisita[0]![2]).toBe(0);
    expect(jaccard[0]![1]).toBe(1);
    expect(shared![0]![1]).toBe(2);
    expect(complete).toBe(false);
  });

  test("Morisita's index in the form of Horn, and Jaccard's, by hand", () => {
    const two = tiny(
      [
        { id: "A", system: "IGH", reads: [50, 20] },
        { id: "B", system: "IGH", reads: [50, 0] },
        { id: "C", system: "IGH", reads: [0, 80] },
      ],
      [sample("a", { IGH: 100 }), sample("b", { IGH: 100 })],
    );
    const { morisita, jaccard } = overlaps(two);
    expect(morisita[0]![1]).toBeCloseTo((2 * 0.5 * 0.2) / (0.25 + 0.25 + 0.04 + 0.64), 12);
    expect(morisita[1]![0]).toBe(morisita[0]![1]);
    expect(jaccard[0]![1]).toBeCloseTo(1 / 3, 12);
  });

  test("those of a file hold when it says how they were counted", () => {
    const matrices = {
      morisita: [
        [1, 0.5],
        [0.5, 1],
      ],
      jaccard: [
        [1, 0.25],
        [0.25, 1],
      ],
    };
    const read = (more: object) =>
      decodeVidjil(
        JSON.stringify({
          vidjil_json_version: "2016b",
          samples: { number: 2, original_names: ["a", "b"] },
          reads: { total: [9, 9], segmented: [9, 9], germline: { IGH: [9, 9] } },
          clones: [{ id: "A", germline: "IGH", reads: [9, 9], top: 1 }],
          overlaps: { ...matrices, ...more },
        }),
        "x",
      );
    expect(
      overlapsOf(
        read({
          shared: [
            [7, 3],
            [3, 8],
          ],
        }),
      ),
    ).toMatchObject({
      complete: true,
      shared: [
        [7, 3],
        [3, 8],
      ],
    });
    expect(overlapsOf(read({})).morisita[0]![1]).toBe(1);
  });

  test("a cell chooses both samples and what they share", () => {
    const ws = new Workspace(t);
    ws.setPlot(0, { mode: "overlap", x: "jaccard", y: "jaccard" });
    const v = overlapView(ws, 0, () => en);
    const layout = v.layout(size);
    const [x, y] = [layout.area.left + 0.5 * layout.side, layout.area.top + 1.5 * layout.side];
    expect(v.tell!(layout, x, y)).toBe("half × full: 1, 2 clonotypes in both");
    v.clickAt(layout, x, y, false);
    expect([ws.sample.value, ws.other.value]).toEqual([1, 0]);
    expect([...ws.selectedRows.value]).toEqual([0, 1]);
    expect(v.table(layout).rows).toHaveLength(3);
  });
});

describe("similarity", () => {
  test.each([
    ["", "", 0],
    ["CARW", "CARW", 0],
    ["CARW", "CSRW", 1],
    ["CARW", "CARDW", 1],
    ["kitten", "sitting", 3],
    ["", "ACGT", 4],
  ])("edits from %s to %s", (a, b, want) => {
    expect(editDistance(a, b)).toBe(want);
    expect(editDistance(b, a)).toBe(want);
    expect(difference(a, b)).toBeCloseTo((100 * want) / (Math.max(a.length, b.length) || 1), 12);
  });

  test("points of a plane come back with their distances", () => {
    const points = [
      [0, 0],
      [3, 0],
      [0, 4],
      [7, 5],
      [-2, 6],
    ] as const;
    const distance = points.map(([x, y]) => Float64Array.from(points, ([a, b]) => Math.hypot(x - a, y - b)));
    const [x, y] = principalCoordinates(distance);
    points.forEach((_, i) => {
      for (let j = 0; j < i; j++) expect(Math.hypot(x[i]! - x[j]!, y[i]! - y[j]!)).toBeCloseTo(distance[i]![j]!, 6);
    });
  });

  test("systems have maps of their own; alike stand near, and nothing else has a place", async () => {
    const t = tiny(
      ["CARDYW", "CARDFW", "GGGGGG"].map((cdr3aa, i) => ({
        id: `c${i}`,
        system: "IGH",
        cdr3aa,
        top: i + 1,
        reads: [1],
      })),
      [sample("s", { IGH: 3 })],
    );
    const { x, y } = similarityMap(t, "aa", new Sequences(t));
    const away = (i: number, j: number) => Math.hypot(x[i]! - x[j]!, y[i]! - y[j]!);
    expect(away(0, 1)).toBeCloseTo(100 / 6, 6);
    expect(away(0, 2)).toBeCloseTo(100, 6);
    const ws = new Workspace(await tableOf(fixture("fused.vidjil"), "x"));
    const layout = plotted(ws, PRESETS[16]!);
    expect(layout.xTicks.some((t) => t.label === "?")).toBe(false);
    expect(layout.r.some((r) => r > 0)).toBe(true);
  });
});

test("a map of nucleotides waits for the sequences of a server", async () => {
  const whole = await tableOf(fixture("fused.vidjil"), "x");
  const asked: string[] = [];
  const sequences = new Sequences(whole, (ids) => {
    asked.push(...ids);
    return Promise.resolve(ids.map((id) => ({ id, sequence: whole.sequence.at(whole.rowOf(id)!), quality: "" })));
  });
  const ws = new Workspace(sequences.laid(), undefined, sequences);
  const places = () => Array.from(ws.number("similarity_nt_x") ?? []);
  const placed = () => places().filter((v) => !Number.isNaN(v)).length;
  expect(placed(), "nothing has a place before").toBe(0);
  await vi.waitFor(() => expect(placed()).toBeGreaterThan(0));
  expect(asked.length).toBeGreaterThan(0);
  const direct = similarityMap(whole, "nt", new Sequences(whole));
  expect(places()).toEqual(Array.from(direct.x));
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

describe("samples of the time graph", () => {
  test("a moved sample takes its place among those on display; hidden ones keep theirs", () => {
    expect(movedOrder([0, 1, 2, 3, 4], [0, 2, 4], 4, 0)).toEqual([4, 1, 0, 3, 2]);
    expect(movedOrder([0, 1, 2], [0, 1, 2], 0, 2)).toEqual([1, 2, 0]);
  });

  test("the last sample cannot be hidden", () => {
    const ws = new Workspace(small());
    hideSample(ws, 0);
    hideSample(ws, 1);
    expect(ws.shown.value).toEqual([1]);
  });

  const dated = () =>
    tiny(
      [{ id: "A", system: "IGH", top: 1, reads: [9000, 9, 3, 900] }],
      ["2025-01-01", "2025-03-01", "2025-01-11", "2025-12-31"].map((date, i) =>
        sample(`s${i}`, { IGH: 9000 }, { date }),
      ),
      { counts: { series: [{ name: "MRD", values: [4, Number.NaN, 2, 1] }] } },
    );

  test("by days they stand where their days are, in whatever order people put them", () => {
    const ws = new Workspace(dated());
    ws.graphLook.value = { ...GRAPH_LOOK, spacing: "days" };
    const { x, samples } = graphView(ws, () => en).layout(size);
    expect(samples.map((s) => s.sample)).toEqual([0, 2, 1, 3]);
    expect((x[2]! - x[0]!) / (x[1]! - x[0]!)).toBeCloseTo(59 / 10, 6);
    ws.graphLook.value = { ...GRAPH_LOOK, spacing: "even" };
    const even = graphView(ws, () => en).layout(size).x;
    expect(even[1]! - even[0]!).toBeCloseTo(even[3]! - even[2]!, 6);
  });

  test("a linear scale starts at 0, and equal sizes are equal heights", () => {
    const ws = new Workspace(dated());
    ws.graphLook.value = { ...GRAPH_LOOK, scale: "linear" };
    const g = graphView(ws, () => en).layout(size);
    const y = (size: number) => g.curves[0]!.marks.find((m) => m.size === size)!.y;
    expect((g.bottom - y(0.1)) / (g.bottom - y(1))).toBeCloseTo(0.1, 6);
  });

  test("fewer than five reads are detected and no quantity", () => {
    const marks = graphView(new Workspace(dated()), () => en).layout(size).curves[0]!.marks;
    expect(marks.map((m) => m.uncertain)).toEqual([false, false, true, false]);
  });

  test("further series have an axis of their own and pass over what is missing", () => {
    const ws = new Workspace(dated());
    expect(graphView(ws, () => en).layout(size).series).toEqual([]);
    ws.graphLook.value = { ...GRAPH_LOOK, series: ["MRD"] };
    const g = graphView(ws, () => en).layout(size);
    expect(g.seriesTicks.map((t) => t.label)).toEqual(["0", "1", "2", "3", "4"]);
    expect(g.series[0]!.points).toHaveLength(6);
    expect(g.series[0]!.points[1]).toBeCloseTo(g.seriesTicks.at(-1)!.at, 6);
  });

  test("labels never cover each other, and the current sample always has one", () => {
    const random = generator(3);
    for (let n = 1; n <= 120; n += 7) {
      const samples: GraphSample[] = Array.from({ length: n }, (_, sample) => ({
        sample,
        label: "x".repeat(1 + Math.floor(random() * 30)),
        below: "day 123",
        quantifiable: 0,
        warn: false,
        day: sample,
      }));
      const x = samples.map((_, i) => 60 + (i * 600) / Math.max(1, n - 1));
      const current = Math.floor(random() * n);
      const labels = layLabels(samples, x, current, 720);
      expect(labels.some((l) => l.sample === current)).toBe(true);
      labels.slice(1).forEach((label, i) => {
        const before = labels[i]!;
        const half = (l: typeof label) => (l.turned ? 6 : Math.max(textWidth(l.text, 11), textWidth(l.below, 10)) / 2);
        expect(label.x - half(label)).toBeGreaterThanOrEqual(before.x + half(before) - 1e-6);
      });
    }
  });

  test("a text is cut with an ellipsis, or not at all", () => {
    expect(fitted("short", 100, 11)).toBe("short");
    expect(textWidth(fitted("a long name of a sample", 60, 11), 11)).toBeLessThanOrEqual(60);
    expect(fitted("a long name of a sample", 60, 11)).toMatch(/…$/);
  });
});

describe("pixels", () => {
  const marks = (x: number[], y: number[], r: number[]) => ({
    x: Float32Array.from(x),
    y: Float32Array.from(y),
    r: Float32Array.from(r),
    color: new Uint8Array(x.length),
    fills: ["#102030"],
    open: [false],
  });

  test("a stamped disc is near the disc that is drawn row by row, and inside of the picture", () => {
    for (const [cx, cy] of [
      [20, 20],
      [20.4, 19.7],
      [0, 0],
      [39.6, 12],
    ] as const) {
      const pixels = new Uint32Array(40 * 40);
      splatDiscs(pixels, 40, 40, marks([cx], [cy], [3]), 1);
      let wrong = 0;
      pixels.forEach((pixel, at) => {
        const away = Math.hypot((at % 40) - cx, Math.floor(at / 40) - cy);
        if (pixel !== 0) expect(pixel).toBe(0xff302010);
        if ((pixel !== 0) !== away <= 3 && Math.abs(away - 3) > 0.5) wrong++;
      });
      expect(wrong).toBe(0);
    }
  });

  test("a stack of boxes thinner than a pixel is as high as their sum", () => {
    const n = 400;
    const h = 0.1;
    const pixels = new Uint32Array(10 * 60);
    splatBoxes(
      pixels,
      10,
      60,
      {
        x: new Float32Array(n).fill(2),
        y: Float32Array.from({ length: n }, (_, i) => 50 - (i + 1) * h),
        w: 4,
        h: new Float32Array(n).fill(h),
        color: new Uint8Array(n),
        fills: ["#102030"],
      },
      1,
    );
    expect(pixels.filter((p) => p !== 0).length).toBe(40 * 4);
  });
});

test("a table is a TSV file without formulas or broken lines", () => {
  const text = toTsv({
    head: ["name", "size"],
    rows: [
      ["=1+1\tx", 0.5],
      ["-a\n", Number.NaN],
    ],
  });
  expect(text).toBe("name\tsize\n'=1+1 x\t0.5\n'-a \t\n");
});
