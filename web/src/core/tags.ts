/** Tags: what people think of a clonotype. Ids are those of .analysis files; colours are doubled by a glyph. */

export interface Tag {
  readonly id: string;
  readonly glyph: string;
  readonly light: string;
  readonly dark: string;
}

/** Pairs differ by 8 or more (OKLab ×100) under normal and dichromatic vision, on their background. */
export const TAGS: readonly Tag[] = [
  { id: "dominant", glyph: "★", light: "#f953b0", dark: "#f661b1" },
  { id: "clone_1", glyph: "1", light: "#472021", dark: "#fb9e9e" },
  { id: "clone_2", glyph: "2", light: "#76533b", dark: "#9d5209" },
  { id: "clone_3", glyph: "3", light: "#986d05", dark: "#fed7a8" },
  { id: "clone_4", glyph: "4", light: "#494203", dark: "#bea215" },
  { id: "clone_5", glyph: "5", light: "#839f1b", dark: "#aeda15" },
  { id: "standard", glyph: "S", light: "#1f446c", dark: "#86c2fe" },
  { id: "noise", glyph: "~", light: "#2d0d84", dark: "#6e49d2" },
  { id: "dimer", glyph: "=", light: "#b960f2", dark: "#ab76f8" },
  { id: "custom_1", glyph: "a", light: "#147478", dark: "#a5f9fd" },
  { id: "custom_2", glyph: "b", light: "#2a966a", dark: "#34966d" },
  { id: "custom_3", glyph: "c", light: "#bf34b2", dark: "#835684" },
];

/** The key of each tag while a menu of tags is open; of none, the last. */
export const TAG_KEYS: ReadonlyMap<string, string> = new Map([
  ["dominant", "d"],
  ["clone_1", "1"],
  ["clone_2", "2"],
  ["clone_3", "3"],
  ["clone_4", "4"],
  ["clone_5", "5"],
  ["standard", "s"],
  ["noise", "n"],
  ["dimer", "m"],
  ["custom_1", "a"],
  ["custom_2", "b"],
  ["custom_3", "c"],
  ["", "0"],
]);

/** Files before 2016 number their tags. */
const NUMBERED = [
  "clone_1",
  "clone_2",
  "clone_3",
  "standard",
  "noise",
  "custom_1",
  "custom_2",
  "custom_3",
  "none",
  "smaller",
];

/** The id of a tag as a file writes it; "" for none and for what is not a clonotype's tag. */
export function tagOf(written: string): string {
  const id = (/^\d$/.test(written) ? NUMBERED[Number(written)]! : written).replaceAll(" ", "_").toLowerCase();
  if (id === "none" || id === "smaller" || id.startsWith("smaller_")) return "";
  return id === "standard_/_spike" || id === "spike" ? "standard" : id;
}

export const tagById = (id: string): Tag | undefined => TAGS.find((tag) => tag.id === id);
