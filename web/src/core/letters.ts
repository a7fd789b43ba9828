/** A sequence as it is drawn: pieces of letters that look alike, in columns that gaps of an alignment may widen. */
import { translate } from "./codon";
import type { Mark } from "./germline";
import type { Hit } from "./search";
import type { Segment, SegmentKind } from "./sequence";
import type { Span } from "./table";

export type Change = "" | "substitution" | "silent" | "insertion" | "deletion";

export interface Piece {
  /** First column. */
  readonly at: number;
  readonly text: string;
  readonly kind: SegmentKind;
  readonly cdr3: boolean;
  /** Anchors of the junction: in it, and not in the CDR3. */
  readonly anchor: boolean;
  readonly hit: boolean;
  readonly change: Change;
  /** Unlike the first row of the alignment. */
  readonly differs: boolean;
  /** Letters of the germline in place of these; "" without a change. */
  readonly germline: string;
}

export interface Drawn {
  readonly sequence: string;
  readonly segments: readonly Segment[];
  readonly cdr3: { readonly start: number; readonly end: number };
  readonly junction: { readonly start: number; readonly end: number };
  readonly hit: Hit | null;
  readonly marks: readonly Mark[];
  /** The sequence with "-" for gaps; null when nothing is aligned. */
  readonly aligned: string | null;
  /** The first row of the alignment, when this is another one: letters like it can be left out. */
  readonly reference: string | null;
  /** Letters like the reference's are dots. */
  readonly dots: boolean;
}

export const spanAt = (span: Span, row: number): { start: number; end: number } => ({
  start: span.start[row]!,
  end: span.end[row]!,
});

const within = (p: number, span: { start: number; end: number }): boolean =>
  span.start >= 0 && p >= span.start && p < span.end;

/** Letters of equal look make one piece; a change is a piece of its own. */
export function piecesOf(drawn: Drawn): readonly Piece[] {
  const { sequence, segments, reference } = drawn;
  const row = drawn.aligned ?? sequence;
  const kinds: SegmentKind[] = [];
  for (const s of segments) for (let p = s.start; p < s.end; p++) kinds[p] = s.kind;
  const changes = new Map<number, Mark>();
  for (const mark of drawn.marks) if (!changes.has(mark.start)) changes.set(mark.start, mark);
  const pieces: Piece[] = [];
  let p = 0;
  for (let at = 0; at < row.length; at++) {
    const gap = row[at] === "-";
    const mark = gap ? undefined : changes.get(p);
    const differs = reference !== null && (reference[at] ?? "-").toUpperCase() !== row[at]!.toUpperCase();
    const same = drawn.dots && reference !== null && !differs && !gap;
    const piece: Piece = {
      at,
      text: same ? "·" : row[at]!,
      kind: gap ? "none" : (kinds[p] ?? "none"),
      cdr3: !gap && within(p, drawn.cdr3),
      anchor: !gap && within(p, drawn.junction) && !within(p, drawn.cdr3),
      hit: !gap && drawn.hit !== null && p >= drawn.hit.start && p < drawn.hit.end,
      change: changeOf(mark),
      differs,
      germline: mark?.germline ?? "",
    };
    const last = pieces.at(-1);
    if (last && alike(last, piece)) pieces[pieces.length - 1] = { ...last, text: last.text + piece.text };
    else pieces.push(piece);
    if (!gap) p++;
  }
  return pieces;
}

function changeOf(mark: Mark | undefined): Change {
  if (!mark) return "";
  return mark.kind === "substitution" && mark.silent === true ? "silent" : mark.kind;
}

const alike = (a: Piece, b: Piece): boolean =>
  a.change === "" &&
  b.change === "" &&
  a.kind === b.kind &&
  a.cdr3 === b.cdr3 &&
  a.anchor === b.anchor &&
  a.hit === b.hit &&
  a.differs === b.differs;

/** The column of each letter, and of the end. */
export function columnsOf(sequence: string, aligned: string | null): Int32Array {
  const out = new Int32Array(sequence.length + 1);
  if (aligned === null) return out.map((_, i) => i);
  let p = 0;
  for (let at = 0; at < aligned.length && p < sequence.length; at++) if (aligned[at] !== "-") out[p++] = at;
  out[sequence.length] = aligned.length;
  return out;
}

/** One amino acid under the middle letter of each codon; "#" where the CDR3 is out of frame. */
export function aminoLine(sequence: string, cdr3: { start: number; end: number }, aligned: string | null): string {
  const columns = columnsOf(sequence, aligned);
  const line = Array<string>((aligned ?? sequence).length).fill(" ");
  for (const codon of translate(sequence, cdr3.start, cdr3.end))
    line[columns[Math.min(codon.end - 1, codon.start + 1)]!] = codon.aa;
  return line.join("");
}

/** Phred qualities as drawn: a height from 0 to 1 for each column, 0 where there is none. */
export function qualityHeights(sequence: string, quality: string, aligned: string | null): Float32Array {
  const columns = columnsOf(sequence, aligned);
  const out = new Float32Array((aligned ?? sequence).length);
  if (quality.length !== sequence.length) return out;
  for (let p = 0; p < quality.length; p++) out[columns[p]!] = Math.min(1, (quality.charCodeAt(p) - 33) / MOST_PHRED);
  return out;
}

/** Qualities are drawn up to this one: programs write no higher ones of reads, and few of consensuses. */
export const MOST_PHRED = 40;
/** Below this one letter in a hundred is wrong. */
export const LOW_PHRED = 20;
