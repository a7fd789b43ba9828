/**
 * The state of a page in its address. Clonotypes and samples stand by name, never by index: a link shows the same after
 * a sample was added. What is unknown in an old link is passed over.
 */
import type { PlotConfig, PlotMode } from "./axes/presets";
import { axisById } from "./axes/registry";
import type { Filter } from "./filters";
import type { Denominator } from "./size";
import type { Sort, SortKey } from "./sort";

export interface ViewState {
  readonly sample: string | null;
  readonly selection: readonly string[];
  readonly query: string;
  readonly colorBy: string;
  readonly denominator: Denominator;
  readonly sort: Sort;
  readonly plots: readonly PlotConfig[];
  readonly filters: readonly Filter[];
}

/** Addresses have limits; a selection of more clonotypes is not written. */
export const MOST_IDS = 30;

const MODES: readonly PlotMode[] = ["grid", "bars", "heat"];
const SORTS: readonly SortKey[] = ["size", "name", "five", "three", "cdr3"];
const DENOMINATORS = ["analysed", "total", "system", "group"] as const;

/** Filters of rows (focus, hide) are not written: they are as long as a selection. */
export function encode(state: ViewState, initial: ViewState): string {
  const out = new URLSearchParams();
  if (state.sample !== null && state.sample !== initial.sample) out.set("s", state.sample);
  if (state.query !== "") out.set("q", state.query);
  if (state.colorBy !== initial.colorBy) out.set("c", state.colorBy);
  const denominator = encodeDenominator(state.denominator);
  if (denominator !== encodeDenominator(initial.denominator)) out.set("of", denominator);
  const sort = encodeSort(state.sort);
  if (sort !== encodeSort(initial.sort)) out.set("o", sort);
  state.plots.forEach((plot, i) => {
    const text = `${plot.mode}:${plot.x}:${plot.y}`;
    const before = initial.plots[i];
    if (!before || text !== `${before.mode}:${before.x}:${before.y}`) out.set(`p${i + 1}`, text);
  });
  for (const filter of state.filters) {
    const text = encodeFilter(filter);
    if (text !== null) out.append("f", text);
  }
  if (state.selection.length > 0 && state.selection.length <= MOST_IDS) out.set("clone", state.selection.join(","));
  return out.toString();
}

const encodeDenominator = (d: Denominator): string =>
  d.kind === "systems" ? `systems:${d.systems.join(",")}` : d.kind;
const encodeSort = (s: Sort): string => (s.descending ? "-" : "") + s.key;

const part = encodeURIComponent;

function encodeFilter(filter: Filter): string | null {
  switch (filter.kind) {
    case "focus":
    case "hide":
      return null;
    case "top":
      return `top:${filter.top}`;
    case "present":
      return "present";
    case "systems":
      return `systems:${filter.hidden.map(part).join(",")}`;
    case "only":
    case "without":
      return `${filter.kind}:${filter.axis}:${filter.values.map(part).join(",")}`;
    case "range":
      return `range:${filter.axis}:${filter.min}:${filter.max}`;
  }
}

export function decode(query: string): Partial<ViewState> {
  const read = new URLSearchParams(query);
  const out: { -readonly [K in keyof ViewState]?: ViewState[K] } = {};
  const sample = read.get("s");
  if (sample !== null) out.sample = sample;
  const text = read.get("q");
  if (text !== null) out.query = text;
  const color = read.get("c");
  if (color !== null && axisById(color)?.uses.includes("colour")) out.colorBy = color;
  const denominator = decodeDenominator(read.get("of"));
  if (denominator) out.denominator = denominator;
  const sort = decodeSort(read.get("o"));
  if (sort) out.sort = sort;
  const filters = read
    .getAll("f")
    .map(decodeFilter)
    .filter((f) => f !== null);
  if (filters.length > 0) out.filters = filters;
  const clones = read.get("clone");
  if (clones) out.selection = clones.split(",");
  const plots = ["p1", "p2"].map((key) => decodePlot(read.get(key)));
  if (plots.some((plot) => plot !== null)) out.plots = plots as PlotConfig[];
  return out;
}

function decodeDenominator(text: string | null): Denominator | null {
  if (text === null) return null;
  if (text.startsWith("systems:")) return { kind: "systems", systems: text.slice("systems:".length).split(",") };
  const kind = DENOMINATORS.find((known) => known === text);
  return kind ? { kind } : null;
}

function decodeSort(text: string | null): Sort | null {
  const key = SORTS.find((known) => known === text?.replace("-", ""));
  return key ? { key, descending: text!.startsWith("-") } : null;
}

function decodePlot(text: string | null): PlotConfig | null {
  const [mode, x, y] = text?.split(":") ?? [];
  const known = MODES.find((m) => m === mode);
  return known && x && y && axisById(x) && axisById(y) ? { mode: known, x, y } : null;
}

function decodeFilter(text: string): Filter | null {
  const [kind, a = "", b = "", c = ""] = text.split(":");
  const words = (v: string) => v.split(",").map(decodeURIComponent);
  switch (kind) {
    case "top":
      return Number(a) > 0 ? { kind, top: Number(a) } : null;
    case "present":
      return { kind };
    case "systems":
      return { kind, hidden: words(a) };
    case "only":
    case "without":
      return axisById(a)?.kind === "category" ? { kind, axis: a, values: words(b) } : null;
    case "range":
      return axisById(a)?.kind === "number" && !Number.isNaN(Number(b) + Number(c))
        ? { kind, axis: a, min: Number(b), max: Number(c) }
        : null;
    default:
      return null;
  }
}
