/** What stands behind the question mark of an address: anybody may have written it. */
export type Search = Record<string, unknown>;

export const text = (v: unknown): string => (typeof v === "string" ? v : typeof v === "number" ? String(v) : "");
export const number = (v: unknown): number => (Number.isSafeInteger(Number(v)) && Number(v) > 0 ? Number(v) : 0);
export const oneOf = <T extends string>(list: readonly T[], v: unknown): T | undefined =>
  list.find((each) => each === v);

export const listSearch = (s: Search): { q?: string; sort?: string } => ({
  ...(text(s.q) ? { q: text(s.q) } : {}),
  ...(text(s.sort) ? { sort: text(s.sort) } : {}),
});
