/** Differences of a clonotype from its germline genes: where they stand on it, whether they change the amino acid. */
import { alignPair } from "./align";
import { mutations } from "./sequence";
import type { Row, Table } from "./table";
import { textAt } from "./table";

/** An allele, as a server gives it. */
export interface Gene {
  readonly name: string;
  readonly segment: string;
  readonly sequence: string;
  /** First letter of the anchor's codon (Cys 104 of V, Phe or Trp 118 of J), 0-based; -1 without. */
  readonly anchor: number;
}

export interface Mark {
  /** First letter on the representative; of a deletion the letter after it. */
  readonly start: number;
  readonly end: number;
  readonly kind: "substitution" | "insertion" | "deletion";
  /** Leaves the amino acid; null when that cannot be said. */
  readonly silent: boolean | null;
  /** Letters of the germline in its place: "" of an insertion. */
  readonly germline: string;
}

export interface GermlineMarks {
  readonly marks: readonly Mark[];
  /**
   * Letters of the V part that are as in the germline, of those that were compared: substituted, inserted and deleted
   * letters count against it. NaN without V.
   */
  readonly identity: number;
  /** Letters that were compared. */
  readonly compared: number;
  /** Genes that were wanted and not known. */
  readonly missing: readonly string[];
}

/**
 * Compares the V and J parts with their genes. D and N are left out: too short, or of nobody. The deleted ends of the genes
 * are cut off first, as the designation has them; the outer ends may hang over.
 */
export function germlineMarks(
  table: Table,
  row: Row,
  sequence: string,
  gene: (name: string) => Gene | undefined,
): GermlineMarks {
  const marks: Mark[] = [];
  const missing: string[] = [];
  let [equal, compared] = [0, 0];
  const fiveName = textAt(table.five, row);
  const fiveEnd = Math.min(table.fiveEnd[row]!, sequence.length);
  if (fiveName !== "" && fiveEnd > 0) {
    const v = gene(fiveName);
    if (!v) missing.push(fiveName);
    else {
      const from = Math.max(0, table.fiveStart[row]!);
      const germline = v.sequence.slice(0, v.sequence.length - Math.max(0, table.fiveDelRight[row]!));
      const got = compare(germline, sequence.slice(from, fiveEnd), from, v.anchor < 0 ? null : v.anchor, {
        left: true,
        right: false,
      });
      marks.push(...got.marks);
      if (v.segment === "V") [equal, compared] = [got.equal, got.compared];
    }
  }
  const threeName = textAt(table.three, row);
  const threeStart = table.threeStart[row]!;
  if (threeName !== "" && threeStart >= 0 && threeStart < sequence.length) {
    const j = gene(threeName);
    if (!j) missing.push(threeName);
    else {
      const cut = Math.max(0, table.threeDelLeft[row]!);
      const end = table.threeEnd[row]! > threeStart ? table.threeEnd[row]! : sequence.length;
      const frame = j.anchor < 0 ? null : j.anchor - cut;
      const part = sequence.slice(threeStart, end);
      const got = compare(j.sequence.slice(cut), part, threeStart, frame, { left: false, right: true });
      marks.push(...got.marks);
    }
  }
  return { marks, identity: compared > 0 ? equal / compared : Number.NaN, compared, missing };
}

/** `offset` is where the part stands on the representative; `frame` a codon's first letter on the germline, null when unknown. */
function compare(
  germline: string,
  part: string,
  offset: number,
  frame: number | null,
  free: { left: boolean; right: boolean },
): { marks: Mark[]; equal: number; compared: number } {
  const pair = alignPair(germline, part, free);
  // What hangs over on either side was not read, or is not of the gene: no difference.
  let from = 0;
  while (from < pair.a.length && (pair.a[from] === "-" || pair.b[from] === "-")) from++;
  let to = pair.a.length;
  while (to > from && (pair.a[to - 1] === "-" || pair.b[to - 1] === "-")) to--;
  if (!free.left) from = 0;
  if (!free.right) to = pair.a.length;
  const skipped = letters(pair.a.slice(0, from));
  const [reference, aligned] = [pair.a.slice(from, to), pair.b.slice(from, to)];
  const start = offset + letters(pair.b.slice(0, from));
  const marks: Mark[] = [];
  let [at, position] = [0, start];
  // Any codon's first letter says the frame: it may lie before what is compared.
  const phase = frame === null ? -1 : (((frame - skipped) % 3) + 3) % 3;
  for (const m of mutations(reference, aligned, phase)) {
    for (; at < m.at; at++) if (aligned[at] !== "-") position++;
    const end = position + (m.kind === "deletion" ? 0 : 1);
    marks.push({
      start: position,
      end,
      kind: m.kind,
      silent: m.silent,
      germline: m.kind === "insertion" ? "" : reference[m.at]!.toUpperCase(),
    });
  }
  return { marks, equal: reference.length - marks.length, compared: reference.length };
}

const letters = (aligned: string): number => aligned.replaceAll("-", "").length;
