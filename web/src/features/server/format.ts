/** Numbers, sizes and times as people of a language write them. */

import { regional } from "../../i18n/regional";

export const whole = (n: number, locale: string): string => n.toLocaleString(locale);

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
const UNITES = ["o", "ko", "Mo", "Go", "To", "Po"];

/** Bytes with two or three digits, in powers of 1000 as discs and networks have them. */
export function bytesText(n: number, locale: string): string {
  let [value, unit] = [n, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toLocaleString(locale, { maximumFractionDigits: digits })} ${(locale.startsWith("fr") ? UNITES : UNITS)[unit]}`;
}

/** A day, given as YYYY-MM-DD: it has no time zone. */
export function dayText(day: string | undefined, locale: string): string {
  if (!day) return "";
  const date = new Date(`${day}T12:00:00Z`);
  return Number.isNaN(date.getTime())
    ? day
    : date.toLocaleDateString(regional(locale), { dateStyle: "medium", timeZone: "UTC" });
}

export function timeText(at: string | undefined, locale: string): string {
  return at ? new Date(at).toLocaleString(regional(locale), { dateStyle: "medium", timeStyle: "short" }) : "";
}

export const clockText = (at: string | number, locale: string): string =>
  new Date(at).toLocaleTimeString(regional(locale), { timeStyle: "short" });

/** A duration with its two largest parts. */
export function spanText(seconds: number): string {
  if (seconds > 0 && seconds < 1) return "< 1 s";
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60 > 0 ? `${s % 60} s` : ""}`.trim();
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export const percentText = (share: number, locale: string): string =>
  share.toLocaleString(locale, { style: "percent", maximumSignificantDigits: 3 });
