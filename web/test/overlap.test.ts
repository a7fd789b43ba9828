/** What samples share and how clonotypes resemble each other: formulas as cases. */
import { describe, expect, test, vi } from "vitest";
import type { PlotConfig } from "../src/core/axes/presets";
import { PRESETS } from "../src/core/axes/presets";
import { decodeVidjil } from "../src/core/decode/vidjil";
import { overlaps, overlapsOf } from "../src/core/overlap";
import { Sequences } from "../src/core/sequences";
import { difference, editDistance, principalCoordinates, similarityMap } from "../src/core/similarity";
import { Workspace } from "../src/core/workspace";
import { plotWords } from "../src/ui/words";
import { overlapView } from "../src/views/overlapView";
import { plotView } from "../src/views/plotView";
import { en } from "./messages";
import { fixture, sample, tableOf, tiny } from "./support";

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
