/** A sequence as pieces of equal look: segment, inside the CDR3 or not, found by the search or not. */
import type { Hit } from "../../core/search";
import type { Segment, SegmentKind } from "../../core/sequence";

export interface Run {
  readonly kind: SegmentKind;
  readonly start: number;
  readonly end: number;
  readonly cdr3: boolean;
  readonly hit: boolean;
}

export function runsOf(
  segments: readonly Segment[],
  cdr3Start: number,
  cdr3End: number,
  hit: Hit | null,
): readonly Run[] {
  const cuts = [cdr3Start, cdr3End, hit?.start ?? -1, hit?.end ?? -1];
  return segments.flatMap(({ kind, start, end }) => {
    const inner = [...new Set(cuts.filter((at) => at > start && at < end))].sort((a, b) => a - b);
    const edges = [start, ...inner, end];
    return edges.slice(1).map((to, i) => {
      const from = edges[i]!;
      return {
        kind,
        start: from,
        end: to,
        cdr3: cdr3Start >= 0 && from >= cdr3Start && to <= cdr3End,
        hit: hit !== null && from >= hit.start && to <= hit.end,
      };
    });
  });
}
