/** Careful reading of other programs' JSON: what has another type than expected is absent, never an exception. */

export type Json = unknown;
export type JsonObject = Readonly<Record<string, Json>>;

export const object = (v: Json): JsonObject =>
  typeof v === "object" && v !== null && !Array.isArray(v) ? (v as JsonObject) : {};

export const isObject = (v: Json): v is JsonObject => typeof v === "object" && v !== null && !Array.isArray(v);

export const list = (v: Json): readonly Json[] => (Array.isArray(v) ? v : []);

/** A value that older files give alone and newer ones as a list. */
export const listOrOne = (v: Json): readonly Json[] =>
  Array.isArray(v) ? v : v === undefined || v === null ? [] : [v];

export const string = (v: Json): string => (typeof v === "string" ? v : typeof v === "number" ? String(v) : "");

/** Numbers, also those that files carry as text; undefined for anything else. */
export function numeric(v: Json): number | undefined {
  if (typeof v === "number") return Number.isFinite(v) ? v : undefined;
  if (typeof v !== "string" || v.trim() === "") return undefined;
  const n = Number(v);
  return Number.isFinite(n) ? n : undefined;
}
