/**
 * Colours that people give to single clonotypes. A document keeps "#rrggbb": that of a colour of the palette stands for the
 * colour in either theme; any other, as files and other programs bring it, is made legible on each background.
 */

export interface OwnColor {
  /** Names it, so that nobody is asked to see which one it is. */
  readonly id: string;
  readonly light: string;
  readonly dark: string;
}

/**
 * Pairs, the neutral colour of what has no class among them, differ by 11 or more (OKLab × 100, the least under normal and
 * dichromatic vision: Machado 2009), and each has a contrast of 3:1 or more on its background.
 */
export const PALETTE: readonly OwnColor[] = [
  { id: "red", light: "#ad4e45", dark: "#f7510b" },
  { id: "orange", light: "#e5650d", dark: "#eeb183" },
  { id: "green", light: "#314600", dark: "#ddfe9b" },
  { id: "teal", light: "#0a8897", dark: "#2ae5f9" },
  { id: "blue", light: "#2633c8", dark: "#41a3fc" },
  { id: "violet", light: "#c55ef5", dark: "#a02fc6" },
  { id: "plum", light: "#741864", dark: "#bf7ca5" },
];

/** Backgrounds of marks, as views/theme.ts has them. */
const BACKGROUND = { light: "#ffffff", dark: "#14181d" } as const;

/** Least contrast of a mark with what is behind it (WCAG 2.2, 1.4.11). */
const LEAST = 3;

/** A colour as documents keep it: six digits, small letters; "" for what is none. */
export function colorOf(written: string): string {
  return /^#[0-9a-f]{6}$/i.test(written) ? written.toLowerCase() : "";
}

export const paletteColor = (color: string): OwnColor | undefined => PALETTE.find((each) => each.light === color);

/** What a colour of a document looks like in either theme. */
export function shown(color: string): { readonly light: string; readonly dark: string } {
  const known = paletteColor(color);
  if (known) return known;
  return {
    light: legible(color, BACKGROUND.light, "#000000"),
    dark: legible(color, BACKGROUND.dark, "#ffffff"),
  };
}

/** The colour, as far towards another one as it must go to stand out. */
function legible(color: string, behind: string, towards: string): string {
  for (let part = 0; part <= 1; part += 0.05) {
    const mixed = mix(color, towards, part);
    if (contrast(mixed, behind) >= LEAST) return mixed;
  }
  return towards;
}

const parts = (color: string): readonly number[] => {
  const n = Number.parseInt(color.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
};

/** A colour on its way from one to another. */
export function mix(a: string, b: string, part: number): string {
  const to = parts(b);
  const mixed = parts(a).map((v, i) => Math.round(v + (to[i]! - v) * part));
  return `#${mixed.map((v) => v.toString(16).padStart(2, "0")).join("")}`;
}

/** Relative luminance of "#rrggbb", from 0 for black to 1 for white (WCAG 2.2). */
export function luminance(color: string): number {
  const linear = (v: number) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = parts(color).map(linear);
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/** Contrast of two colours, from 1 to 21 (WCAG 2.2). */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a) + 0.05, luminance(b) + 0.05];
  return x > y ? x / y : y / x;
}
