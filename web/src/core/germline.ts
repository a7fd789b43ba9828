/** Differences of a clonotype from its germline genes: where they stand on it, whether they change the amino acid. */
import type { FreeEnds } from "./align";
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

/** A part of a representative beside what it has in common with a gene: equal lengths, "-" for gaps. */
interface Placed {
  readonly reference: string;
  readonly aligned: string;
  /** The part's first letter here, on the representative. */
  readonly start: number;
  /** Letters of the gene before. */
  readonly skipped: number;
}

/** `offset` is where the part stands on the representative. */
function place(germline: string, part: string, offset: number, free: FreeEnds): Placed {
  const pair = alignPair(germline, part, free);
  // What hangs over on either side was not read, or is not of the gene: no difference.
  let from = 0;
  while (from < pair.a.length && (pair.a[from] === "-" || pair.b[from] === "-")) from++;
  let to = pair.a.length;
  while (to > from && (pair.a[to - 1] === "-" || pair.b[to - 1] === "-")) to--;
  if (!free.left) from = 0;
  if (!free.right) to = pair.a.length;
  return {
    reference: pair.a.slice(from, to),
    aligned: pair.b.slice(from, to),
    start: offset + letters(pair.b.slice(0, from)),
    skipped: letters(pair.a.slice(0, from)),
  };
}

/** `frame` is a codon's first letter on the germline, null when unknown. */
function compare(
  germline: string,
  part: string,
  offset: number,
  frame: number | null,
  free: FreeEnds,
): { marks: Mark[]; equal: number; compared: number } {
  const { reference, aligned, start, skipped } = place(germline, part, offset, free);
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

/** A letter of a gene under a letter of a representative. */
export interface GeneLetter {
  /** On the representative, 0-based. */
  readonly at: number;
  /** "-" where the representative has a letter more. */
  readonly letter: string;
  /** Cut away when the gene was joined: it stands where it would be, under other letters. */
  readonly state: "same" | "differs" | "cut";
  /** Letters of the gene before this one that the representative has not. */
  readonly before: string;
}

/** A gene as it lies under a representative, in the order of its letters. */
export interface GeneLine {
  readonly gene: string;
  readonly kind: "V" | "D" | "J";
  readonly letters: readonly GeneLetter[];
}

/** The V, D and J genes of a clonotype under its letters; what is cut away as far as the representative reaches. */
export function geneLines(
  table: Table,
  row: Row,
  sequence: string,
  gene: (name: string) => Gene | undefined,
): { readonly lines: readonly GeneLine[]; readonly missing: readonly string[] } {
  const lines: GeneLine[] = [];
  const missing: string[] = [];
  for (const part of partsOf(table, row, sequence.length)) {
    if (part.name === "" || part.start < 0 || part.end <= part.start) continue;
    const known = gene(part.name);
    if (!known) {
      missing.push(part.name);
      continue;
    }
    const all = known.sequence;
    const body = all.slice(part.cutLeft, all.length - part.cutRight);
    const placed = place(body, sequence.slice(part.start, part.end), part.start, part.free);
    const left = before(all.slice(0, part.cutLeft), placed.start);
    const inside = under(placed);
    const end = placed.start + letters(placed.aligned);
    const right = after(all.slice(all.length - part.cutRight), end, sequence.length);
    lines.push({ gene: part.name, kind: part.kind, letters: [...left, ...inside, ...right] });
  }
  return { lines, missing };
}

interface GenePart {
  readonly kind: GeneLine["kind"];
  readonly name: string;
  /** On the representative. */
  readonly start: number;
  readonly end: number;
  /** Letters of the gene that were deleted at its ends. */
  readonly cutLeft: number;
  readonly cutRight: number;
  readonly free: FreeEnds;
}

function partsOf(table: Table, row: Row, length: number): readonly GenePart[] {
  const cut = (deleted: Int32Array) => Math.max(0, deleted[row]!);
  const threeStart = table.threeStart[row]!;
  return [
    {
      kind: "V",
      name: textAt(table.five, row),
      start: Math.max(0, table.fiveStart[row]!),
      end: Math.min(table.fiveEnd[row]!, length),
      cutLeft: 0,
      cutRight: cut(table.fiveDelRight),
      free: { left: true, right: false },
    },
    {
      kind: "D",
      name: textAt(table.four, row),
      start: table.fourSpan.start[row]!,
      end: Math.min(table.fourSpan.end[row]!, length),
      cutLeft: cut(table.fourDelLeft),
      cutRight: cut(table.fourDelRight),
      free: { left: false, right: false },
    },
    {
      kind: "J",
      name: textAt(table.three, row),
      start: threeStart,
      end: table.threeEnd[row]! > threeStart ? Math.min(table.threeEnd[row]!, length) : length,
      cutLeft: cut(table.threeDelLeft),
      cutRight: 0,
      free: { left: false, right: true },
    },
  ];
}

function under({ reference, aligned, start }: Placed): GeneLetter[] {
  const out: GeneLetter[] = [];
  let [at, lost] = [start, ""];
  for (let i = 0; i < reference.length; i++) {
    const letter = reference[i]!.toUpperCase();
    if (aligned[i] === "-") {
      lost += letter;
      continue;
    }
    out.push({ at, letter, state: letter === aligned[i]!.toUpperCase() ? "same" : "differs", before: lost });
    at++;
    lost = "";
  }
  return out;
}

const cutLetter = (letter: string, at: number): GeneLetter => ({
  at,
  letter: letter.toLowerCase(),
  state: "cut",
  before: "",
});

/** Letters of a gene that end before a place. */
const before = (cut: string, end: number): GeneLetter[] =>
  [...cut].map((letter, i) => cutLetter(letter, end - cut.length + i)).filter(({ at }) => at >= 0);

/** Letters of a gene that begin at a place, as far as there is something above them. */
const after = (cut: string, start: number, length: number): GeneLetter[] =>
  [...cut].map((letter, i) => cutLetter(letter, start + i)).filter(({ at }) => at < length);
