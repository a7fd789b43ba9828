/** Colours of clonotypes: an index per row, and what each index looks like in either theme. */
import type { Axis } from "./axes/axis";
import { classOrder } from "./axes/registry";
import { shown } from "./palette";
import { compareSystems, isIncomplete, letterOf, locusOf } from "./system";
import type { Dictionary, Row, Table } from "./table";
import { TAGS } from "./tags";

export interface Swatch {
  /** The value of the class, or the lower bound of a step. */
  readonly value: string;
  /** A letter or sign that says the same as the colour; "" when there is none. */
  readonly glyph: string;
  readonly light: string;
  readonly dark: string;
  /** Drawn as an open ring: incomplete and unusual recombinations. */
  readonly open: boolean;
  /** A colour that people gave to single clonotypes; `value` is then as the document has it. */
  readonly own?: true;
}

export interface Coloring {
  /** Index into swatches by row. */
  readonly index: Uint8Array;
  readonly swatches: readonly Swatch[];
}

const swatch = (value: string, glyph: string, light: string, dark: string, open = false): Swatch => ({
  value,
  glyph,
  light,
  dark,
  open,
});

/** What has no class. */
export const NEUTRAL = { light: "#a3adb8", dark: "#59646f" } as const;

/** Hues of the loci are the field's habit; lightness is spread so that dichromats tell them apart. */
const LOCI: Readonly<Record<string, readonly [string, string]>> = {
  TRA: ["#3577d3", "#58a0f2"],
  TRB: ["#bf6339", "#f29e4e"],
  TRG: ["#a5121c", "#ad4c3f"],
  TRD: ["#c08c03", "#f7e95b"],
  IGH: ["#4b35b7", "#6855d6"],
  IGK: ["#17a78b", "#7ceee9"],
  IGL: ["#983c75", "#f4589b"],
};

export const locusColor = (system: string): readonly [string, string] =>
  LOCI[locusOf(system)] ?? ["#8b95a1", "#6b7684"];

/** Steps of an ordered quantity: rare fades into the page, abundant stands out. Lightness is monotone for everyone. */
const RAMP_LIGHT = [
  "#cfd6dd",
  "#b3c3d0",
  "#92b0c6",
  "#6f9bbd",
  "#4d84b3",
  "#386ba5",
  "#345091",
  "#353778",
  "#32205a",
  "#260c3a",
];
const RAMP_DARK = [
  "#36404b",
  "#3d5364",
  "#43687d",
  "#4a7f93",
  "#5897a4",
  "#70afae",
  "#92c6b3",
  "#bbdbb6",
  "#e3edbf",
  "#fffbd4",
];

/** Classes of any category; more of them than these cannot be told apart, the rest shares the neutral colour. */
const CLASSES: readonly (readonly [string, string])[] = [
  ["#3577d3", "#58a0f2"],
  ["#bf6339", "#f29e4e"],
  ["#17a78b", "#7ceee9"],
  ["#983c75", "#f4589b"],
  ["#c08c03", "#f7e95b"],
  ["#4b35b7", "#8f7ff0"],
  ["#a5121c", "#c8574a"],
  ["#839f1b", "#aeda15"],
  ["#147478", "#3fa7ab"],
  ["#76533b", "#c99b78"],
  ["#5b6b7a", "#9fb0c0"],
];

const none = swatch("", "", NEUTRAL.light, NEUTRAL.dark);

/** Indices are bytes. */
const MOST_SWATCHES = 256;

/**
 * Colours with those that people gave to single clonotypes laid over them, whatever the others stand for. More different
 * ones than there is room for keep the colour of their class: a file of another program may have any number.
 */
export function withOwn(base: Coloring, own: ReadonlyMap<Row, string>): Coloring {
  if (own.size === 0) return base;
  const index = base.index.slice();
  const swatches = [...base.swatches];
  const place = new Map<string, number>();
  for (const [row, color] of own) {
    let at = place.get(color);
    if (at === undefined && swatches.length < MOST_SWATCHES) {
      const { light, dark } = shown(color);
      at = swatches.push({ value: color, glyph: "", light, dark, open: false, own: true }) - 1;
      place.set(color, at);
    }
    if (at !== undefined) index[row] = at;
  }
  return { index, swatches };
}

/** `weight` orders the classes of a category when there are more than colours: the heaviest get one. */
export function colorBy(
  axis: Axis,
  values: Dictionary | ArrayLike<number>,
  table: Table,
  weight: ArrayLike<number>,
): Coloring {
  if (axis.kind === "number") return ramp(values as ArrayLike<number>, axis.scale === "log");
  const dictionary = values as Dictionary;
  if (axis.id === "tag")
    return fixed(
      dictionary,
      TAGS.map((tag) => swatch(tag.id, tag.glyph, tag.light, tag.dark)),
    );
  if (axis.id === "system") {
    const systems = [...dictionary.values].sort(compareSystems);
    return fixed(
      dictionary,
      systems.map((system) =>
        swatch(system, letterOf(system, table.shortcuts), ...locusColor(system), isIncomplete(system)),
      ),
    );
  }
  return classes(axis, dictionary, table, weight);
}

function fixed(dictionary: Dictionary, swatches: readonly Swatch[]): Coloring {
  const all = [none, ...swatches];
  const code = dictionary.values.map((value) =>
    Math.max(
      0,
      all.findIndex((s) => s.value === value),
    ),
  );
  return { index: Uint8Array.from(dictionary.codes, (c) => code[c] ?? 0), swatches: all };
}

function classes(
  axis: Axis & { kind: "category" },
  dictionary: Dictionary,
  table: Table,
  weight: ArrayLike<number>,
): Coloring {
  const heavy = new Float64Array(dictionary.values.length);
  dictionary.codes.forEach((code, row) => {
    heavy[code]! += weight[row]!;
  });
  const chosen = dictionary.values
    .map((_, code) => code)
    .filter((code) => dictionary.values[code] !== "")
    .sort((a, b) => heavy[b]! - heavy[a]! || a - b)
    .slice(0, CLASSES.length);
  const inOrder = classOrder(axis, dictionary, table).filter((code) => chosen.includes(code));
  const swatches = [none, ...inOrder.map((code, i) => swatch(dictionary.values[code]!, "", ...CLASSES[i]!))];
  const index = new Uint8Array(dictionary.values.length);
  inOrder.forEach((code, i) => {
    index[code] = i + 1;
  });
  return { index: Uint8Array.from(dictionary.codes, (code) => index[code]!), swatches };
}

function ramp(values: ArrayLike<number>, log: boolean): Coloring {
  const scale = (v: number) => (log ? Math.log10(v) : v);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < values.length; row++) {
    const v = scale(values[row]!);
    if (!Number.isFinite(v)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const steps = RAMP_LIGHT.length;
  const width = (high - low) / steps || 1;
  const index = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const v = scale(values[row]!);
    index[row] = Number.isFinite(v) ? 1 + Math.min(steps - 1, Math.max(0, Math.floor((v - low) / width))) : 0;
  }
  const bound = (i: number) => (Number.isFinite(low) ? (log ? 10 ** (low + i * width) : low + i * width) : 0);
  return {
    index,
    swatches: [none, ...RAMP_LIGHT.map((light, i) => swatch(String(bound(i)), "", light, RAMP_DARK[i]!))],
  };
}
