/** Samples of the time graph: their order, labels and places. */
import { describe, expect, test } from "vitest";
import { GRAPH_LOOK } from "../src/core/graphLook";
import { Workspace } from "../src/core/workspace";
import type { GraphSample } from "../src/views/graph";
import { fitted, layLabels } from "../src/views/graphLabels";
import { graphView } from "../src/views/graphView";
import { textWidth } from "../src/views/painter";
import { hideSample, movedOrder } from "../src/views/samples";
import { en } from "./messages";
import { sample, small, tiny } from "./support";

const size = { width: 600, height: 400 };
function generator(seed = 7): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

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
