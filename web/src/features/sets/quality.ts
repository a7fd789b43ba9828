/** Sorting and judging of the quality table. No DOM: the rules are tested. */
import type { QualityRow } from "../../api/types";

export type QualityKey = "title" | "reads" | "share" | "clonotypes" | "common" | "length" | "marks";

export const meanLength = (row: QualityRow): number => row.result.mean_length ?? 0;

/** Missing values come last, whichever way the table is sorted. */
const VALUES: Readonly<Record<Exclude<QualityKey, "title">, (row: QualityRow) => number | undefined>> = {
  reads: (r) => r.result.reads,
  share: (r) => r.share,
  clonotypes: (r) => r.result.clonotypes,
  common: (r) => r.common,
  length: (r) => r.result.mean_length,
  marks: (r) => r.marks.length,
};

export function sortQuality(rows: readonly QualityRow[], sort: string): readonly QualityRow[] {
  const key = sort.replace(/^-/, "") as QualityKey;
  const way = sort.startsWith("-") ? -1 : 1;
  if (key === "title")
    return [...rows].sort((a, b) => way * a.title.localeCompare(b.title, undefined, { numeric: true }));
  const value = VALUES[key];
  if (!value) return rows;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return (x === undefined ? 1 : 0) - (y === undefined ? 1 : 0);
    return way * (x - y);
  });
}

/** Whether a number is on the wrong side of the limit of its config: as the server marked it. */
export const isPoor = (row: QualityRow, key: "reads" | "share"): boolean =>
  row.marks.includes(key === "reads" ? "few_reads" : "few_recombined");
