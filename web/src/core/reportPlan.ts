/**
 * What a report is made of: its parts in their order, the clonotypes in it, and what was typed. A plan holds no results,
 * so that it can be used for another patient: it is what templates, files and drafts keep.
 */
import type { PlotConfig, PlotMode } from "./axes/presets";
import { axisById } from "./axes/registry";
import type { Json } from "./decode/json";
import { isObject, list, numeric, string } from "./decode/json";

export const PART_KINDS = [
  "about",
  "samples",
  "systems",
  "graph",
  "plot",
  "clonotypes",
  "sequences",
  "warnings",
  "overlap",
  "notes",
  "text",
  "signature",
  "notice",
] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** Kinds of which a report may have several. */
export const REPEATABLE: readonly PartKind[] = ["plot", "text"];

export interface Part {
  /** Distinct within a plan. */
  readonly id: string;
  readonly kind: PartKind;
  readonly shown: boolean;
  /** Of a text: what was typed; of signatures: who signs, a line each. */
  readonly text: string;
  /** Of a plot. */
  readonly plot: PlotConfig | null;
}

/** Which clonotypes a report is about: all that one of these takes. */
export interface Include {
  readonly tagged: boolean;
  readonly selected: boolean;
  /** The largest over the samples; 0 for none. */
  readonly top: number;
}

export interface Plan {
  readonly title: string;
  readonly include: Include;
  readonly anonymous: boolean;
  readonly parts: readonly Part[];
}

/** More clonotypes than this make a table that nobody reads. */
export const MOST_TOP = 200;
const MOST_PARTS = 60;
const FORMAT = "vidjil-report";

const V_J: PlotConfig = { mode: "grid", x: "five_gene", y: "three_gene" };
const SPECTRUM: PlotConfig = { mode: "bars", x: "cdr3_length", y: "size" };

export const part = (kind: PartKind, id: string = kind, more: Partial<Part> = {}): Part => ({
  id,
  kind,
  shown: true,
  text: "",
  plot: kind === "plot" ? V_J : null,
  ...more,
});

export const TEMPLATES = ["full", "followup", "diagnosis", "monitor"] as const;
export type TemplateId = (typeof TEMPLATES)[number];

const plan = (include: Partial<Include>, parts: readonly Part[]): Plan => ({
  title: "",
  include: { tagged: true, selected: true, top: 0, ...include },
  anonymous: false,
  parts,
});

const END = [part("signature"), part("notice")];

/** Plans that come with the client. */
export const BUILT_IN: Readonly<Record<TemplateId, Plan>> = {
  full: plan({ top: 10 }, [
    part("about"),
    part("samples"),
    part("systems"),
    part("graph"),
    part("plot"),
    part("plot", "plot2", { plot: SPECTRUM }),
    part("clonotypes"),
    part("sequences"),
    part("warnings"),
    part("overlap"),
    part("notes"),
    part("text"),
    ...END,
  ]),
  followup: plan({}, [
    part("about"),
    part("samples"),
    part("clonotypes"),
    part("graph"),
    part("sequences"),
    part("notes"),
    part("text"),
    ...END,
  ]),
  diagnosis: plan({ top: 5 }, [
    part("about"),
    part("samples"),
    part("systems"),
    part("plot"),
    part("clonotypes"),
    part("sequences"),
    part("warnings"),
    part("text"),
    ...END,
  ]),
  monitor: plan({ top: 20 }, [
    part("about"),
    part("graph"),
    part("clonotypes"),
    part("samples"),
    part("overlap"),
    part("text"),
    part("notice"),
  ]),
};

/** A plan as text of a file. */
export const writePlan = (p: Plan): string => JSON.stringify({ format: FORMAT, version: 1, ...p }, null, 1);

const KINDS: ReadonlySet<string> = new Set(PART_KINDS);
const MODES: ReadonlySet<string> = new Set<PlotMode>(["grid", "bars", "heat"]);

/** A plan from other people's JSON; null when it is none. What it has of unknown parts is left out. */
export function readPlan(value: Json): Plan | null {
  if (!isObject(value) || !Array.isArray(value.parts)) return null;
  const include = isObject(value.include) ? value.include : {};
  const ids = new Set<string>();
  const parts = list(value.parts)
    .map(readPart)
    .filter((each): each is Part => {
      if (each === null || each.id === "" || ids.has(each.id)) return false;
      ids.add(each.id);
      return true;
    });
  return {
    title: string(value.title).slice(0, 300),
    include: {
      tagged: include.tagged !== false,
      selected: include.selected !== false,
      top: Math.min(MOST_TOP, Math.max(0, Math.round(numeric(include.top) ?? 0))),
    },
    anonymous: value.anonymous === true,
    parts: parts.slice(0, MOST_PARTS),
  };
}

function readPart(value: Json): Part | null {
  if (!isObject(value) || !KINDS.has(string(value.kind))) return null;
  const kind = string(value.kind) as PartKind;
  return {
    id: string(value.id) || kind,
    kind,
    shown: value.shown !== false,
    text: string(value.text).slice(0, 20_000),
    plot: kind === "plot" ? (readPlot(value.plot) ?? V_J) : null,
  };
}

function readPlot(value: Json): PlotConfig | null {
  if (!isObject(value)) return null;
  const [mode, x, y] = [string(value.mode), string(value.x), string(value.y)];
  return MODES.has(mode) && axisById(x) && axisById(y) ? { mode: mode as PlotMode, x, y } : null;
}

/** A plan from the text of a file; null when it is none. */
export function parsePlan(text: string): Plan | null {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) && value.format === FORMAT ? readPlan(value) : null;
  } catch {
    return null;
  }
}

// --- what people change

/** Moves a part by some places; at either end it stays. */
export function movePart(p: Plan, id: string, to: number): Plan {
  const from = p.parts.findIndex((each) => each.id === id);
  const at = Math.min(p.parts.length - 1, Math.max(0, to));
  if (from < 0 || from === at) return p;
  const parts = [...p.parts];
  const [moved] = parts.splice(from, 1);
  parts.splice(at, 0, moved!);
  return { ...p, parts };
}

export const changePart = (p: Plan, id: string, change: Partial<Part>): Plan => ({
  ...p,
  parts: p.parts.map((each) => (each.id === id ? { ...each, ...change } : each)),
});

export const removePart = (p: Plan, id: string): Plan => ({ ...p, parts: p.parts.filter((each) => each.id !== id) });

/** Adds a part before the signatures, where people look for it. */
export function addPart(p: Plan, kind: PartKind): Plan {
  let n = 1;
  const id = () => (n === 1 ? kind : `${kind}${n}`);
  while (p.parts.some((each) => each.id === id())) n++;
  const end = p.parts.findIndex((each) => each.kind === "signature" || each.kind === "notice");
  const parts = [...p.parts];
  parts.splice(end < 0 ? parts.length : end, 0, part(kind, id()));
  return { ...p, parts };
}
