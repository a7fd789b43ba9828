/** All axes, in the order in which they are offered. */
import { alphanumeric } from "../alphanumeric";
import { similarityMap } from "../similarity";
import { sizes } from "../size";
import { compareSystems } from "../system";
import type { Dictionary, Row, Span, Table } from "../table";
import { geneOf, Productive } from "../table";
import { TAGS } from "../tags";
import type { Axis, AxisContext, CategoryAxis, Dependency, NumberAxis, Use } from "./axis";

const always = () => true;
const PLOT: readonly Use[] = ["plot"];
const PLOT_COLOUR: readonly Use[] = ["plot", "colour"];
const ALL: readonly Use[] = ["plot", "column", "colour"];

/** Merges values that a function makes equal: IGHV3-9*01 and *02 are one gene. */
function mapped(dictionary: Dictionary, of: (value: string) => string): Dictionary {
  const index = new Map<string, number>();
  const code = dictionary.values.map((value) => {
    const key = of(value);
    if (!index.has(key)) index.set(key, index.size);
    return index.get(key)!;
  });
  return { codes: dictionary.codes.map((c) => code[c] ?? 0), values: [...index.keys()] };
}

function classes(rows: number, of: (row: Row) => string): Dictionary {
  const index = new Map<string, number>();
  const codes = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const value = of(row);
    let code = index.get(value);
    if (code === undefined) {
      code = index.size;
      index.set(value, code);
    }
    codes[row] = code;
  }
  return { codes, values: [...index.keys()] };
}

function category(
  id: string,
  uses: readonly Use[],
  values: CategoryAxis["values"],
  more: { order?: CategoryAxis["order"]; available?: Axis["available"]; depends?: readonly Dependency[] } = {},
): CategoryAxis {
  const { order, available = always, depends = [] } = more;
  return { id, kind: "category", uses, values, available, depends, ...(order ? { order } : {}) };
}

function number(
  id: string,
  uses: readonly Use[],
  values: NumberAxis["values"],
  more: Partial<Pick<NumberAxis, "scale" | "whole" | "unit" | "available" | "depends" | "reversed" | "sparse">> = {},
): NumberAxis {
  const {
    scale = "linear",
    whole = false,
    unit = "",
    available = always,
    depends = [],
    reversed = false,
    sparse = false,
  } = more;
  return { id, kind: "number", uses, values, scale, whole, unit, available, depends, reversed, sparse };
}

/** A number per row, by a function; NaN where unknown. */
const each =
  (of: (table: Table, row: Row) => number) =>
  ({ table }: AxisContext): Float32Array => {
    const out = new Float32Array(table.rows);
    for (let row = 0; row < out.length; row++) out[row] = of(table, row);
    return out;
  };

const known = (value: number): number => (value < 0 ? Number.NaN : value);
const nt = { whole: true, unit: "nt" } as const;
const span = (s: Span, row: Row): number => (s.start[row]! < 0 ? Number.NaN : s.end[row]! - s.start[row]!);
const size = { scale: "log", unit: "share", depends: ["doc", "sample", "denominator"] } as const;
const extraNumber = (name: string) => ({
  values: ({ table }: AxisContext) => table.extra.numbers[name] ?? new Float64Array(table.rows).fill(Number.NaN),
  available: (table: Table) => name in table.extra.numbers,
});
const has = (values: ArrayLike<number>, test: (v: number) => boolean): boolean =>
  Array.prototype.some.call(values, test);

const productivity = (table: Table, row: Row): string => {
  const p = table.productive[row]!;
  return p === Productive.unknown ? "" : p === Productive.yes ? "productive" : "not productive";
};
const PRODUCTIVITY_ORDER = ["productive", "not productive"];
const productivityOrder = (a: string, b: string): number => {
  const rank = (v: string) => (PRODUCTIVITY_ORDER.includes(v) ? PRODUCTIVITY_ORDER.indexOf(v) : 2);
  return rank(a) - rank(b) || alphanumeric(a, b);
};
const tagOrder = (a: string, b: string): number => {
  const rank = (v: string) => TAGS.findIndex((tag) => tag.id === v) >>> 0;
  return rank(a) - rank(b);
};

const mainSample = ({ table, clusters, shown }: AxisContext): Dictionary => ({
  codes: Int32Array.from({ length: table.rows }, (_, row) => {
    let best = -1;
    let most = 0;
    for (const s of shown) {
      const analysed = table.samples[s]!.analysed;
      const part = analysed > 0 ? clusters.reads.of(row, s) / analysed : 0;
      if (part > most) [best, most] = [s, part];
    }
    return best < 0 ? table.samples.length : best;
  }),
  values: [...table.samples.map((s, i) => `${i + 1} · ${s.name}`), ""],
});

const numberOfSamples = ({ table, clusters, shown }: AxisContext): Uint16Array => {
  const out = new Uint16Array(table.rows);
  for (const s of shown) {
    const reads = clusters.reads.sample(s);
    for (let row = 0; row < out.length; row++) if (reads[row]! > 0) out[row]!++;
  }
  return out;
};

const sizeBy =
  (kind: "system" | "group") =>
  ({ table, doc, clusters, sample }: AxisContext) =>
    sizes(table, clusters.reads, { kind }, doc.standard, sample);

export const AXES: readonly Axis[] = [
  category("five_gene", PLOT_COLOUR, ({ table }) => mapped(table.five, geneOf)),
  category("five_allele", PLOT, ({ table }) => table.five),
  category("four_gene", PLOT_COLOUR, ({ table }) => mapped(table.four, geneOf)),
  category("four_allele", PLOT, ({ table }) => table.four),
  category("three_gene", PLOT_COLOUR, ({ table }) => mapped(table.three, geneOf)),
  category("three_allele", PLOT, ({ table }) => table.three),
  category("system", PLOT_COLOUR, ({ table }) => table.system, { order: compareSystems }),
  number(
    "sequence_length",
    ["plot", "column"],
    each((t, row) => known(t.sequenceLength[row]!)),
    nt,
  ),
  number(
    "read_length",
    ["plot", "column"],
    ({ table, sample }) =>
      // An average is drawn as the whole number that distributions of files have it as.
      (table.lengths?.[sample] ?? table.lengths?.[0] ?? new Float32Array(table.rows)).map((v) =>
        v > 0 ? Math.round(v) : Number.NaN,
      ),
    {
      ...nt,
      depends: ["sample"],
      available: (table) => table.lengths !== null,
    },
  ),
  number("gc", ALL, ({ table }) => table.gc, { unit: "share" }),
  number(
    "n_length",
    ALL,
    each((t, row) =>
      t.fiveEnd[row]! < 0 || t.threeStart[row]! < 0 ? Number.NaN : t.threeStart[row]! - t.fiveEnd[row]!,
    ),
    nt,
  ),
  number(
    "cdr3_length",
    ALL,
    each((t, row) => span(t.cdr3, row)),
    nt,
  ),
  category("cdr3", ["column", "colour"], ({ table }) => classes(table.rows, (row) => table.cdr3aa.at(row))),
  category("productivity", ALL, ({ table }) => classes(table.rows, (row) => productivity(table, row)), {
    order: productivityOrder,
  }),
  category(
    "productivity_detail",
    PLOT,
    ({ table }) =>
      classes(table.rows, (row) => {
        const why = table.unproductive.values[table.unproductive.codes[row]!] ?? "";
        return table.productive[row] === Productive.no && why !== "" ? why : productivity(table, row);
      }),
    { order: productivityOrder },
  ),
  category("imgt_productivity", ALL, ({ table }) => table.extra.texts.imgt_functionality!, {
    available: (t) => "imgt_functionality" in t.extra.texts,
  }),
  number("imgt_identity", ALL, extraNumber("imgt_identity").values, {
    unit: "percent",
    available: extraNumber("imgt_identity").available,
  }),
  category("tag", PLOT_COLOUR, ({ table, doc }) => classes(table.rows, (row) => doc.tags.get(row) ?? ""), {
    order: tagOrder,
    depends: ["doc"],
  }),
  category("label", ["column", "plot"], ({ table }) => table.label, {
    available: (t) => t.label.values.some((v) => v !== ""),
  }),
  number("coverage", PLOT, ({ table }) => table.coverage, { available: (t) => has(t.coverage, (v) => v > 0) }),
  number("evalue", ["column"], ({ table }) => table.evalue, { scale: "log" }),
  number(
    "size",
    ALL,
    ({ table, doc, clusters, denominator, sample }) => sizes(table, clusters.reads, denominator, doc.standard, sample),
    size,
  ),
  number(
    "size_other",
    PLOT,
    ({ table, doc, clusters, denominator, other }) => sizes(table, clusters.reads, denominator, doc.standard, other),
    {
      ...size,
      depends: ["doc", "other", "denominator"],
      available: (t) => t.samples.length > 1,
    },
  ),
  number("size_in_system", ["plot", "column"], sizeBy("system"), { ...size, depends: ["doc", "sample"] }),
  number("size_in_group", ["plot", "column"], sizeBy("group"), { ...size, depends: ["doc", "sample"] }),
  number("reads", ["plot", "column"], ({ clusters, sample }) => clusters.reads.sample(sample), {
    scale: "log",
    whole: true,
    unit: "reads",
    depends: ["doc", "sample"],
  }),
  number("samples", ALL, numberOfSamples, { whole: true, depends: ["doc", "shown"] }),
  category("main_sample", PLOT_COLOUR, mainSample, { depends: ["doc", "shown"] }),
  number("primers_gap", PLOT, extraNumber("primers_gap").values, {
    ...nt,
    available: extraNumber("primers_gap").available,
  }),
  number(
    "five_deletions",
    PLOT,
    each((t, row) => known(t.fiveDelRight[row]!)),
    nt,
  ),
  number(
    "three_deletions",
    PLOT,
    each((t, row) => known(t.threeDelLeft[row]!)),
    nt,
  ),
  number(
    "five_length",
    PLOT,
    each((t, row) => (t.fiveEnd[row]! < 0 ? Number.NaN : t.fiveEnd[row]! - Math.max(0, t.fiveStart[row]!))),
    nt,
  ),
  number(
    "three_length",
    PLOT,
    each((t, row) => threeLength(t, row)),
    nt,
  ),
  number("five_ratio", PLOT, extraNumber("v_ratio").values, {
    unit: "share",
    available: extraNumber("v_ratio").available,
  }),
  number("clonedb_hits", ["plot", "column"], extraNumber("clonedb_hits").values, {
    whole: true,
    available: extraNumber("clonedb_hits").available,
  }),
  number("clonedb_sets", ["plot", "column"], extraNumber("clonedb_sets").values, {
    whole: true,
    available: extraNumber("clonedb_sets").available,
  }),
  ...(["nt", "aa"] as const).flatMap((kind) =>
    (["x", "y"] as const).map((side) =>
      number(
        `similarity_${kind}_${side}`,
        PLOT,
        ({ table, sequences }) => similarityMap(table, kind, sequences)[side],
        {
          ...(kind === "nt" ? { depends: ["sequences"] as const } : {}),
          unit: "percent",
          sparse: true,
          available: (table) => table.rows > 1,
        },
      ),
    ),
  ),
  category("clonotype", ["colour"], ({ table }) => ({
    codes: Int32Array.from({ length: table.rows }, (_, row) => row),
    values: Array.from({ length: table.rows }, (_, row) => table.id.at(row)),
  })),
  number(
    "top",
    ["column"],
    each((t, row) => (t.top[row]! > 0 ? t.top[row]! : Number.NaN)),
    { whole: true },
  ),
];

function threeLength(t: Table, row: Row): number {
  if (t.threeStart[row]! < 0) return Number.NaN;
  const end = t.threeEnd[row]! < 0 ? t.sequenceLength[row]! : t.threeEnd[row]!;
  return end < 0 ? Number.NaN : end - t.threeStart[row]!;
}

const BY_ID = new Map(AXES.map((axis) => [axis.id, axis]));

/** Undefined for an id that no axis has, as in an old link. */
export const axisById = (id: string): Axis | undefined => BY_ID.get(id);

export const axesFor = (table: Table, use: Use): readonly Axis[] =>
  AXES.filter((axis) => axis.uses.includes(use) && axis.available(table));

/** Classes of a category in display order, the class without a value last. Positions are indices of the dictionary. */
export function classOrder(axis: CategoryAxis, dictionary: Dictionary, table: Table): readonly number[] {
  const order = axis.order ?? alphanumeric;
  return dictionary.values
    .map((_, i) => i)
    .sort((i, j) => {
      const [a, b] = [dictionary.values[i]!, dictionary.values[j]!];
      if ((a === "") !== (b === "")) return a === "" ? 1 : -1;
      return order(a, b, table);
    });
}
