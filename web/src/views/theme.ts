/** Colours of chrome and pictures in either theme: one list for CSS variables and for what is painted. */

export type Scheme = "light" | "dark";

export interface Theme {
  readonly scheme: Scheme;
  readonly text: string;
  readonly secondary: string;
  /** Not for text: 3:1 at most. */
  readonly faint: string;
  readonly line: string;
  readonly panel: string;
  readonly canvas: string;
  readonly hover: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly warn: string;
  readonly error: string;
  readonly ok: string;
}

export const LIGHT: Theme = {
  scheme: "light",
  text: "#16202b",
  secondary: "#54616f",
  faint: "#7b8794",
  line: "#e3e8ed",
  panel: "#ffffff",
  canvas: "#f4f6f8",
  hover: "#eef2f6",
  accent: "#2a5a83",
  accentSoft: "#e2ebf3",
  warn: "#955700",
  error: "#b3261e",
  ok: "#1b6b3a",
};

export const DARK: Theme = {
  scheme: "dark",
  text: "#e6ebf0",
  secondary: "#9aa7b4",
  faint: "#76828f",
  line: "#27303a",
  panel: "#14181d",
  canvas: "#0d1014",
  hover: "#1b2128",
  accent: "#8ca9c5",
  accentSoft: "#1f2c39",
  warn: "#e0a030",
  error: "#ff9a8a",
  ok: "#7fc79a",
};

export const themeOf = (scheme: Scheme): Theme => (scheme === "dark" ? DARK : LIGHT);

/** Fills of the parts of a sequence, and the text on them (9.7:1 or more). */
export const SEGMENTS: Readonly<Record<Scheme, Readonly<Record<"V" | "N" | "D" | "J", readonly [string, string]>>>> = {
  light: { V: ["#dcebf9", "#17324a"], N: ["#f3dcec", "#452339"], D: ["#fbe3c3", "#4a3417"], J: ["#dff2df", "#1c3a22"] },
  dark: { V: ["#17324a", "#dcebf9"], N: ["#452339", "#f3dcec"], D: ["#4a3417", "#fbe3c3"], J: ["#1c3a22", "#dff2df"] },
};

export const SANS = '"IBM Plex Sans", system-ui, sans-serif';
export const MONO = '"IBM Plex Mono", ui-monospace, monospace';
