/** Numbers as people read them: rounded, with two or three significant digits at any magnitude. */

export type Notation = "percent" | "scientific";

/** Below this share percent would need more than three zeros after the point. */
const SCIENTIFIC_BELOW = 1e-5;

const cache = new Map<string, Intl.NumberFormat>();

function number(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  const known = cache.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, options);
  cache.set(key, made);
  return made;
}

/** Digits after the point that leave `digits` significant ones of `value`, 0 for large values. */
function decimals(value: number, digits: number): number {
  if (value === 0) return 0;
  // The value is rounded first: 9.996 has two digits before the point once it is 10.0.
  const rounded = Number(Math.abs(value).toPrecision(digits));
  return Math.max(0, digits - 1 - Math.floor(Math.log10(rounded)));
}

/** 5.66e-6 → "5.7e-6". */
export function scientific(value: number, locale = "en", digits = 2): string {
  if (value === 0) return "0";
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e") as [string, string];
  const shown = number(locale, { minimumFractionDigits: digits - 1 }).format(Number(mantissa));
  return `${shown}e${exponent.replace("+", "")}`;
}

/**
 * A share, from 0 to 1: "56.8 %", "9.67 %", "0.00025 %" is "2.5e-6". Rounded to `digits` significant digits, never
 * truncated, and never "0.000 %" when it is not zero.
 */
export function share(value: number, locale = "en", notation: Notation = "percent", digits = 3): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return locale === "en" ? "0%" : "0 %";
  if (notation === "scientific" || Math.abs(value) < SCIENTIFIC_BELOW) return scientific(value, locale);
  const percent = value * 100;
  const places = decimals(percent, digits);
  const text = number(locale, { minimumFractionDigits: places, maximumFractionDigits: places }).format(percent);
  return locale === "en" ? `${text}%` : `${text} %`;
}

/** A share beside a tick of an axis: ticks are round numbers, and zeros after them say nothing. */
export function tickShare(value: number, locale = "en", notation: Notation = "percent"): string {
  if (value === 0 || notation === "scientific" || Math.abs(value) < SCIENTIFIC_BELOW)
    return share(value, locale, notation, 1).replace(/[.,]0(?=e)/, "");
  const text = number(locale, { maximumFractionDigits: decimals(value * 100, 2) }).format(value * 100);
  return locale === "en" ? `${text}%` : `${text} %`;
}

export function integer(value: number, locale = "en"): string {
  return number(locale, { maximumFractionDigits: 0 }).format(value);
}

/** A number with up to `digits` significant digits, without trailing zeros. */
export function plain(value: number, locale = "en", digits = 3): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return integer(value, locale);
  if (Math.abs(value) < 1e-4) return scientific(value, locale);
  return number(locale, { maximumFractionDigits: decimals(value, digits) }).format(value);
}
