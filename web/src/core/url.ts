/**
 * The state of a page in its address. Clonotypes and samples stand by name, never by index: a link shows the same after
 * a sample was added. What is unknown in an old link is passed over.
 */
import type { PlotConfig } from "./axes/presets";
import { decodePlot, encodePlot } from "./axes/presets";
import { axisById } from "./axes/registry";
import type { Filter } from "./filters";
import type { Notation } from "./format";
import type { GraphLook } from "./graphLook";
import { decodeLook, encodeLook, GRAPH_LOOK } from "./graphLook";
import type { Denominator } from "./size";
import type { Sort, SortKey } from "./sort";
import { BY_SIZE } from "./sort";

/** Clonotypes that are looked at alone, or not at all, by token. */
export interface RowFilter {
  readonly kind: "focus" | "hide";
  readonly clones: readonly string[];
}

export interface ViewState {
  readonly sample: string | null;
  /** The sample that the current one is compared to. */
  readonly other: string | null;
  /** Tokens of clonotypes (core/token.ts); links of others may have ids. */
  readonly selection: readonly string[];
  readonly query: string;
  readonly colorBy: string;
  readonly denominator: Denominator;
  readonly sort: Sort;
  readonly plots: readonly PlotConfig[];
  readonly filters: readonly Filter[];
  readonly rowFilters: readonly RowFilter[];
  /** The locus whose genes a plot shows. */
  readonly system: string;
  readonly graph: GraphMode;
  readonly graphLook: GraphLook;
  readonly notation: Notation;
}

/** Addresses have limits: a list of more clonotypes is not written. */
export const MOST_IDS = 150;

/** Stands for a list that is longer than that. */
export const TOO_MANY: readonly string[] = Array<string>(MOST_IDS + 1).fill("");

const long = (list: readonly string[]): boolean => list.length > MOST_IDS;

/** What a link to this view does not say, because it is too long. */
export function leftOut(state: ViewState): readonly ("selection" | "focus" | "hide")[] {
  return [
    ...(long(state.selection) ? (["selection"] as const) : []),
    ...state.rowFilters.filter((f) => long(f.clones)).map((f) => f.kind),
  ];
}

export type GraphMode = "lines" | "stacked";

const GRAPHS: readonly GraphMode[] = ["lines", "stacked"];
const NOTATIONS: readonly Notation[] = ["percent", "scientific"];
const SORTS: readonly SortKey[] = ["size", "name", "five", "three", "cdr3"];
const DENOMINATORS = ["analysed", "total", "system", "group"] as const;

/** How every page begins, whatever is open on it. What else is usual depends on samples, loci and tags. */
const ALWAYS: Partial<ViewState> = {
  denominator: { kind: "analysed" },
  sort: BY_SIZE,
  graph: "lines",
  graphLook: GRAPH_LOOK,
  notation: "percent",
};

/** What is not written is as at the beginning (`initial`), or too long: see leftOut. */
export function encode(state: ViewState, initial: ViewState): string {
  // Once anything differs all else is said: what is usual is not the same after a sample or a tag was added.
  return encodeWhole(state, initial) === "" ? "" : encodeWhole(state, ALWAYS);
}

/** What differs from the beginning; all of it without one. For a link that somebody gets: nothing is left to chance. */
export function encodeWhole(state: ViewState, from: Partial<ViewState> | null): string {
  const initial: Partial<ViewState> = from ?? {};
  const out = new URLSearchParams();
  if (state.sample !== null && state.sample !== initial.sample) out.set("s", state.sample);
  if (state.other !== null && state.other !== initial.other) out.set("s2", state.other);
  if (state.query !== "") out.set("q", state.query);
  if (state.colorBy !== initial.colorBy) out.set("c", state.colorBy);
  const denominator = encodeDenominator(state.denominator);
  if (!initial.denominator || denominator !== encodeDenominator(initial.denominator)) out.set("of", denominator);
  const sort = encodeSort(state.sort);
  if (!initial.sort || sort !== encodeSort(initial.sort)) out.set("o", sort);
  state.plots.forEach((plot, i) => {
    const text = encodePlot(plot);
    const before = initial.plots?.[i];
    if (!before || text !== encodePlot(before)) out.set(`p${i + 1}`, text);
  });
  for (const filter of state.filters) {
    const text = encodeFilter(filter);
    if (text !== null) out.append("f", text);
  }
  for (const { kind, clones } of state.rowFilters)
    if (clones.length > 0 && !long(clones)) out.append("f", `${kind}:${clones.join(",")}`);
  if (state.system !== initial.system) out.set("l", state.system);
  if (state.graph !== initial.graph) out.set("g", state.graph);
  const look = encodeLook(state.graphLook);
  if (!initial.graphLook || look !== encodeLook(initial.graphLook)) out.set("gl", look);
  if (state.notation !== initial.notation) out.set("n", state.notation);
  if (state.selection.length > 0 && !long(state.selection)) out.set("clone", state.selection.join(","));
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
  const other = read.get("s2");
  if (other !== null) out.other = other;
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
  const rowFilters = read
    .getAll("f")
    .map((f) => /^(focus|hide):(.+)$/.exec(f))
    .filter((f) => f !== null)
    .map((f) => ({ kind: f[1] as RowFilter["kind"], clones: f[2]!.split(",") }));
  if (rowFilters.length > 0) out.rowFilters = rowFilters;
  const system = read.get("l");
  if (system !== null) out.system = system;
  const graph = GRAPHS.find((known) => known === read.get("g"));
  if (graph) out.graph = graph;
  const look = read.get("gl");
  if (look !== null) out.graphLook = decodeLook(look);
  const notation = NOTATIONS.find((known) => known === read.get("n"));
  if (notation) out.notation = notation;
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
