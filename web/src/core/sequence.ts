/** What is where on a sequence: V, N, D, N, J; reverse complement; mutations against a reference. */
import { aminoAcid } from "./codon";
import type { Row, Table } from "./table";

export type SegmentKind = "V" | "N" | "D" | "J" | "none";

export interface Segment {
  readonly kind: SegmentKind;
  readonly start: number;
  readonly end: number;
}

/**
 * The parts of a representative, in order, covering it wholly. Genes may overlap by a few nucleotides (microhomology):
 * the later one then begins where the earlier one ends. Without genes there is one part "none".
 */
export function segmentsOf(table: Table, row: Row): readonly Segment[] {
  const length = table.sequenceLength[row]!;
  const fiveEnd = Math.min(table.fiveEnd[row]!, length);
  const threeStart = table.threeStart[row]!;
  if (length <= 0) return [];
  if (fiveEnd < 0 && threeStart < 0) return [{ kind: "none", start: 0, end: length }];
  const out: Segment[] = [];
  let at = 0;
  const to = (end: number, kind: SegmentKind) => {
    if (end > at) out.push({ kind, start: at, end });
    at = Math.max(at, end);
  };
  to(fiveEnd, fiveEnd < 0 ? "none" : "V");
  const dStart = table.fourSpan.start[row]!;
  const dEnd = table.fourSpan.end[row]!;
  const last = threeStart < 0 ? length : Math.min(threeStart, length);
  if (dStart >= 0 && dEnd > dStart) {
    to(Math.min(dStart, last), "N");
    to(Math.min(dEnd, last), "D");
  }
  to(last, "N");
  to(length, "J");
  return out;
}

const COMPLEMENT: Readonly<Record<string, string>> = {
  A: "T",
  C: "G",
  G: "C",
  T: "A",
  U: "A",
  R: "Y",
  Y: "R",
  S: "S",
  W: "W",
  K: "M",
  M: "K",
  B: "V",
  V: "B",
  D: "H",
  H: "D",
  N: "N",
};

export function reverseComplement(sequence: string): string {
  let out = "";
  for (let i = sequence.length - 1; i >= 0; i--) {
    const letter = sequence[i]!;
    const complement = COMPLEMENT[letter.toUpperCase()] ?? "N";
    out += letter === letter.toLowerCase() ? complement.toLowerCase() : complement;
  }
  return out;
}

export interface Mutation {
  /** Column of the alignment. */
  readonly at: number;
  readonly kind: "substitution" | "insertion" | "deletion";
  /** A substitution that leaves the amino acid; null outside a frame, and for insertions and deletions. */
  readonly silent: boolean | null;
}

/**
 * Differences of an aligned row from an aligned reference ("-" for gaps, equal lengths). `frame` is the position, in the
 * ungapped reference, of any codon's first letter; -1 when there is none.
 *
 * A codon is compared as a whole: of two substitutions in one codon both are silent or neither.
 */
export function mutations(reference: string, aligned: string, frame: number): readonly Mutation[] {
  if (reference.length !== aligned.length) throw new RangeError("aligned sequences of different lengths");
  const out: Mutation[] = [];
  let position = 0;
  for (let at = 0; at < reference.length; at++) {
    const a = reference[at]!.toUpperCase();
    const b = aligned[at]!.toUpperCase();
    if (a === "-" && b !== "-") out.push({ at, kind: "insertion", silent: null });
    else if (a !== "-" && b === "-") out.push({ at, kind: "deletion", silent: null });
    else if (a !== b) {
      const phase = frame < 0 ? -1 : (((position - frame) % 3) + 3) % 3;
      out.push({ at, kind: "substitution", silent: isSilent(reference, aligned, at, phase) });
    }
    if (a !== "-") position++;
  }
  return out;
}

/** Null when the codon is cut by a gap or an end: nothing can be said of its amino acid. */
function isSilent(reference: string, aligned: string, at: number, phase: number): boolean | null {
  if (phase < 0) return null;
  const start = at - phase;
  const before = reference.slice(start, start + 3);
  const after = aligned.slice(start, start + 3);
  if (start < 0 || before.length < 3 || before.includes("-") || after.includes("-")) return null;
  return aminoAcid(before) === aminoAcid(after);
}
