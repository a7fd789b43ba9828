/**
 * What a config can say, as a form shows it: for each option its place, kind, unit, default and range. Everything that is a
 * number is one here; an empty field is the default, which the server writes as nothing. A test holds this against the
 * server's own description of options.
 */
import type { Options } from "./queries";

export type Unit = "letters" | "reads" | "clonotypes" | "percent" | "chance";
/** What an empty field means: a number, everything, or nothing asked. */
export type Default = number | "all" | "none";
type Section = "reference" | "reads" | "clonotypes" | "together" | "quality" | "output";

export interface NumberOption {
  readonly kind: "number";
  readonly path: string;
  readonly section: Section;
  readonly unit: Unit;
  readonly default: Default;
  readonly min: number;
  readonly max?: number;
  readonly whole: boolean;
}
export interface SwitchOption {
  readonly kind: "switch";
  readonly path: string;
  readonly section: Section;
  /** Shown as its opposite: a box that is ticked by default. */
  readonly negative?: boolean;
}
export type SimpleOption = NumberOption | SwitchOption;

const number = (
  section: Section,
  path: string,
  unit: Unit,
  fallback: Default,
  range: { min?: number; max?: number; whole?: boolean } = {},
): NumberOption => ({ kind: "number", path, section, unit, default: fallback, min: 0, whole: true, ...range });

const choice = (section: Section, path: string, negative = false): SwitchOption => ({
  kind: "switch",
  path,
  section,
  ...(negative ? { negative } : {}),
});

export const SIMPLE: readonly SimpleOption[] = [
  choice("reference", "unexpected"),
  number("clonotypes", "window", "letters", 50, { min: 30 }),
  choice("clonotypes", "whole_reads"),
  number("clonotypes", "min_reads", "reads", 5),
  number("clonotypes", "min_percent", "percent", "none", { max: 100, whole: false }),
  number("clonotypes", "e_value", "chance", 1, { whole: false }),
  number("clonotypes", "max_clones", "clonotypes", "all"),
  number("clonotypes", "max_consensus", "clonotypes", "all"),
  number("clonotypes", "max_designations", "clonotypes", "all"),
  choice("clonotypes", "no_clusters", true),
  number("together", "fuse.top", "clonotypes", 100, { max: 100_000 }),
  number("together", "fuse.min_per_system", "clonotypes", "none"),
  choice("together", "fuse.overlaps"),
  number("quality", "quality.min_reads", "reads", "none"),
  number("quality", "quality.min_recombined_percent", "percent", "none", { max: 100, whole: false }),
  number("quality", "quality.major_percent", "percent", 5, { max: 100, whole: false }),
  choice("output", "airr"),
  choice("output", "reads"),
];

/** Options that are more than a number or a choice have a part of the form to themselves. */
export const OTHER = [
  "germline",
  "systems",
  "first_reads",
  "sampled_reads",
  "labels",
  "label_filter",
  "fuse.distributions",
] as const;

/** The embedded reference sets, with their systems. */
export const GERMLINES: Readonly<Record<string, readonly string[]>> = {
  human: ["TRA", "TRB", "TRB+", "TRG", "TRD", "TRA+D", "TRD+", "IGH", "IGH+", "IGK", "IGK+", "IGL"],
  mouse: ["TRA", "TRB", "TRB+", "TRG", "TRD", "TRA+D", "IGH", "IGH+", "IGK", "IGL"],
};

/** Axes of which distributions over all clonotypes are offered, alone or two together. */
export const DISTRIBUTIONS: readonly (readonly string[])[] = [
  ["lenSeqAverage"],
  ["lenCDR3"],
  ["lenJunction"],
  ["germline"],
  ["seg5"],
  ["seg3"],
  ["seg5", "seg3"],
  ["germline", "lenCDR3"],
];

export interface LabelRow {
  readonly name: string;
  readonly sequence: string;
  readonly copies: string;
  readonly family: string;
}

/** A form: what people type, which may be wrong or half. */
export interface OptionForm {
  readonly germline: string;
  readonly systems: readonly string[];
  readonly take: "all" | "first" | "sampled";
  readonly takeReads: string;
  readonly numbers: Readonly<Record<string, string>>;
  readonly switches: Readonly<Record<string, boolean>>;
  readonly labels: readonly LabelRow[];
  readonly labelFilter: boolean;
  readonly distributions: readonly (readonly string[])[];
}

type Loose = Readonly<Record<string, unknown>>;

const at = (options: Options, path: string): unknown => {
  const [outer = "", inner] = path.split(".");
  const value = (options as Loose)[outer];
  return inner === undefined ? value : (value as Loose | undefined)?.[inner];
};

export function formOf(options: Options): OptionForm {
  const take = options.first_reads ? "first" : options.sampled_reads ? "sampled" : "all";
  return {
    germline: options.germline || "human",
    systems: options.systems ?? [],
    take,
    takeReads: String(options.first_reads || options.sampled_reads || ""),
    numbers: Object.fromEntries(
      SIMPLE.filter((o) => o.kind === "number").map((o) => [o.path, String(at(options, o.path) || "")]),
    ),
    switches: Object.fromEntries(
      SIMPLE.filter((o) => o.kind === "switch").map((o) => [o.path, at(options, o.path) === true]),
    ),
    labels: (options.labels ?? []).map((l) => ({
      name: l.name,
      sequence: l.sequence,
      copies: l.copies ? String(l.copies) : "",
      family: l.family ?? "",
    })),
    labelFilter: options.label_filter ?? false,
    distributions: (options.fuse?.distributions ?? []).map((d) => d ?? []),
  };
}

/** What is sent. Defaults are left out, so that the same analysis is the same text. */
export function optionsOf(form: OptionForm): Options {
  const out: Record<string, unknown> = {};
  const put = (path: string, value: unknown) => {
    const [outer = "", inner] = path.split(".");
    if (inner === undefined) out[outer] = value;
    else out[outer] = { ...((out[outer] as Loose | undefined) ?? {}), [inner]: value };
  };
  if (form.germline !== "human") put("germline", form.germline);
  if (form.systems.length > 0) put("systems", [...form.systems].sort());
  if (form.take !== "all" && Number(form.takeReads) > 0)
    put(form.take === "first" ? "first_reads" : "sampled_reads", Number(form.takeReads));
  for (const o of SIMPLE) {
    if (o.kind === "switch") {
      if (form.switches[o.path]) put(o.path, true);
      continue;
    }
    const text = (form.numbers[o.path] ?? "").trim().replace(",", ".");
    const value = Number(text);
    if (text !== "" && value !== 0 && !Number.isNaN(value)) put(o.path, value);
  }
  const labels = form.labels.filter((l) => l.name !== "" || l.sequence !== "");
  if (labels.length > 0)
    put(
      "labels",
      labels.map((l) => ({
        name: l.name.trim(),
        sequence: l.sequence.replace(/\s+/g, "").toUpperCase(),
        ...(Number(l.copies) > 0 ? { copies: Number(l.copies) } : {}),
        ...(l.family.trim() ? { family: l.family.trim() } : {}),
      })),
    );
  if (form.labelFilter) put("label_filter", true);
  if (form.distributions.length > 0) put("fuse.distributions", form.distributions);
  return out as Options;
}

/** Options whose numbers are out of their range, by path: told before anything is sent. */
export function faultsOf(form: OptionForm): ReadonlyMap<string, NumberOption> {
  const faults = new Map<string, NumberOption>();
  for (const o of SIMPLE) {
    if (o.kind !== "number") continue;
    const text = (form.numbers[o.path] ?? "").trim().replace(",", ".");
    if (text === "") continue;
    const value = Number(text);
    const bad =
      Number.isNaN(value) ||
      (value !== 0 && value < o.min) ||
      (o.max !== undefined && value > o.max) ||
      (o.whole && !Number.isInteger(value));
    if (bad) faults.set(o.path, o);
  }
  return faults;
}

const PATHS: readonly string[] = [...OTHER, ...SIMPLE.map((o) => o.path)];

const DEFAULTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["germline", "human"],
  ...SIMPLE.flatMap((o): [string, unknown][] => (o.kind === "number" ? [[o.path, o.default]] : [])),
]);

/** Texts of a value; none for the default, written out or not. */
const words = (path: string, value: unknown): readonly string[] => {
  if (value === DEFAULTS.get(path)) return [];
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return [];
  if (path === "labels")
    return (value as NonNullable<Options["labels"]>).map((l) =>
      [l.name, l.sequence, l.copies ? `×${l.copies}` : "", l.family ?? ""].filter(Boolean).join(" "),
    );
  if (path === "fuse.distributions") return (value as readonly (readonly string[])[]).map((d) => d.join(" × "));
  return Array.isArray(value) ? value.map(String) : [String(value)];
};

export interface Difference {
  readonly path: string;
  /** Texts of the value; a list has one for each thing. None is the default. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** In what two revisions differ, option by option. Of lists only what came and what went. */
export function difference(before: Options, after: Options): Difference[] {
  return PATHS.flatMap((path) => {
    const [a, b] = [words(path, at(before, path)), words(path, at(after, path))];
    const [gone, come] = [a.filter((x) => !b.includes(x)), b.filter((x) => !a.includes(x))];
    return gone.length + come.length > 0 ? [{ path, before: gone, after: come }] : [];
  });
}

/** All that a revision says besides defaults. */
export const said = (options: Options): Difference[] => difference({}, options);
