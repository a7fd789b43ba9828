/** Plots: what a pane shows and how, plots that a key brings (0 to 9, and with Shift 10 to 17), and how a link has them. */
import { axisById } from "./registry";

export type PlotMode = "grid" | "bars" | "heat" | "overlap";

/** How a number axis is looked at. What is absent is as the axis has it. */
export interface AxisView {
  /** Values outside of these bounds are not drawn; they stay on display elsewhere. */
  readonly min?: number;
  readonly max?: number;
  readonly inverted?: boolean;
  readonly scale?: "linear" | "log";
}

/** What an overlap of samples is measured by. */
export const INDEXES = ["morisita", "jaccard", "shared"] as const;
export type Index = (typeof INDEXES)[number];

/** What bars are as high as: the sizes of their clonotypes, or their number. */
export const HEIGHTS = ["size", "count"] as const;

export interface PlotConfig {
  readonly mode: PlotMode;
  /** An axis; of an overlap the index. */
  readonly x: string;
  /** An axis; of bars one of HEIGHTS. */
  readonly y: string;
  readonly xView?: AxisView;
  readonly yView?: AxisView;
}

const grid = (x: string, y: string): PlotConfig => ({ mode: "grid", x, y });
const bars = (x: string): PlotConfig => ({ mode: "bars", x, y: "size" });

export const PRESETS: readonly PlotConfig[] = [
  grid("five_gene", "three_gene"),
  grid("five_allele", "three_allele"),
  grid("five_gene", "n_length"),
  grid("read_length", "system"),
  bars("read_length"),
  bars("five_gene"),
  bars("n_length"),
  bars("cdr3_length"),
  bars("three_gene"),
  grid("size", "size_other"),
  grid("read_length", "gc"),
  grid("coverage", "gc"),
  grid("samples", "system"),
  bars("five_deletions"),
  bars("three_deletions"),
  bars("primers_gap"),
  grid("similarity_nt_x", "similarity_nt_y"),
  grid("system", "size_in_system"),
];

/** What is looked at stays, as far as the axes are the same. */
export function withAxis(plot: PlotConfig, which: "x" | "y", id: string): PlotConfig {
  const { xView, yView, ...rest } = plot;
  const kept = which === "x" ? { ...(yView ? { yView } : {}) } : { ...(xView ? { xView } : {}) };
  return { ...rest, ...kept, [which]: id };
}

/** Another look at an axis; undefined is as the axis has it. */
export function withView(plot: PlotConfig, which: "xView" | "yView", view: AxisView | undefined): PlotConfig {
  const { [which]: _, ...rest } = plot;
  return view && Object.keys(view).length > 0 ? { ...rest, [which]: view } : rest;
}

/** As a link has it: mode, axes, and how each is looked at when that is not the usual. */
export function encodePlot(plot: PlotConfig): string {
  const parts = [plot.mode, plot.x, plot.y, encodeView(plot.xView), encodeView(plot.yView)];
  while (parts.at(-1) === "") parts.pop();
  return parts.join(":");
}

function encodeView(view: AxisView | undefined): string {
  if (!view) return "";
  const { min, max, inverted, scale } = view;
  const range = min === undefined && max === undefined ? "" : `${min ?? ""}~${max ?? ""}`;
  return [range, inverted ? "inv" : "", scale === "linear" ? "lin" : (scale ?? "")].filter((p) => p !== "").join(".");
}

/** Null for what is no plot, as in an old or a mistyped link. */
export function decodePlot(text: string | null): PlotConfig | null {
  const [mode, x = "", y = "", xView = "", yView = ""] = text?.split(":") ?? [];
  const views = { ...view("xView", xView), ...view("yView", yView) };
  switch (mode) {
    case "grid":
    case "heat":
      return axisById(x) && axisById(y) ? { mode, x, y, ...views } : null;
    case "bars":
      return axisById(x) ? { mode, x, y: HEIGHTS.find((known) => known === y) ?? "size", ...views } : null;
    case "overlap": {
      const index = INDEXES.find((known) => known === x);
      return index ? { mode, x: index, y: index } : null;
    }
    default:
      return null;
  }
}

function view(key: "xView" | "yView", text: string): { xView?: AxisView; yView?: AxisView } {
  const found: { min?: number; max?: number; inverted?: boolean; scale?: "linear" | "log" } = {};
  // Bounds may have a point, and flags are split by points: the range is taken off first.
  const range = /^(-?[\d.]*(?:e[-+]?\d+)?)~(-?[\d.]*(?:e[-+]?\d+)?)/.exec(text);
  if (range) {
    const [low, high] = [Number.parseFloat(range[1]!), Number.parseFloat(range[2]!)];
    if (Number.isFinite(low)) found.min = low;
    if (Number.isFinite(high)) found.max = high;
  }
  const flags = text.slice(range?.[0].length ?? 0).split(".");
  if (flags.includes("inv")) found.inverted = true;
  if (flags.includes("lin")) found.scale = "linear";
  if (flags.includes("log")) found.scale = "log";
  return Object.keys(found).length > 0 ? { [key]: found } : {};
}
