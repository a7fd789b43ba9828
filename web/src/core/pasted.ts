/** What the public analysis says of a sequence, as the page shows it: a designation, and its alignment in lines. */

/** One row of the answer: an AIRR rearrangement, whose columns without a value are left out. */
export type Rearrangement = Readonly<Record<string, unknown>>;

export type Segment = "V" | "N" | "D" | "J" | "";

/** Letters of one segment that stand beside each other, with what the germline has under them. */
export interface Piece {
  readonly segment: Segment;
  /** Column of its first letter in the alignment, 0-based. */
  readonly start: number;
  readonly letters: string;
  /** Of the gene; "." where it is the same, " " where no gene is. */
  readonly germline: string;
}

/** Some columns of an alignment below each other. */
export interface Line {
  /** Its first column, 0-based. */
  readonly start: number;
  readonly pieces: readonly Piece[];
}

export const textOf = (row: Rearrangement, column: string): string => {
  const value = row[column];
  return typeof value === "string" ? value : "";
};

const numberOf = (row: Rearrangement, column: string): number => {
  const value = row[column];
  return typeof value === "number" ? value : 0;
};

/** The segment of each column of the alignment; positions in the file are 1-based and closed. */
function segmentsOf(row: Rearrangement, columns: number): Segment[] {
  const parts = (["v", "d", "j"] as const)
    .map((p) => ({
      segment: p.toUpperCase() as Segment,
      start: numberOf(row, `${p}_alignment_start`) - 1,
      end: numberOf(row, `${p}_alignment_end`),
    }))
    .filter((p) => p.end > 0);
  const [first, last] = [Math.min(...parts.map((p) => p.start)), Math.max(...parts.map((p) => p.end))];
  return Array.from({ length: columns }, (_, i) => {
    const part = parts.find((p) => i >= p.start && i < p.end);
    return part ? part.segment : i > first && i < last ? "N" : "";
  });
}

function germlineAt(segment: Segment, letter: string, germline: string): string {
  if (segment === "N" || segment === "") return " ";
  return germline === letter ? "." : germline;
}

/** The alignment in lines of a number of columns; no line for a sequence without genes. */
export function linesOf(row: Rearrangement, width: number): readonly Line[] {
  const letters = textOf(row, "sequence_alignment");
  const germline = textOf(row, "germline_alignment");
  if (letters === "" || germline.length !== letters.length) return [];
  const segments = segmentsOf(row, letters.length);
  const lines: Line[] = [];
  for (let from = 0; from < letters.length; from += width) {
    const line: Piece[] = [];
    const end = Math.min(from + width, letters.length);
    for (let i = from; i < end; ) {
      let to = i;
      let under = "";
      for (; to < end && segments[to] === segments[i]; to++)
        under += germlineAt(segments[i]!, letters[to]!, germline[to]!);
      line.push({ segment: segments[i]!, start: i, letters: letters.slice(i, to), germline: under });
      i = to;
    }
    lines.push({ start: from, pieces: line });
  }
  return lines;
}

/** The gene of the first call, without its allele. */
export const geneOf = (row: Rearrangement, column: "v_call" | "j_call"): string =>
  textOf(row, column).split(",")[0]!.split("*")[0]!;

export interface Grid {
  readonly v: readonly string[];
  readonly j: readonly string[];
  /** How many sequences have the V of a column and the J of a row. */
  at(v: string, j: string): number;
}

const byName = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

/** V genes against J genes, of the sequences that have both. */
export function gridOf(rows: readonly Rearrangement[]): Grid {
  const pairs = rows
    .map((row) => [geneOf(row, "v_call"), geneOf(row, "j_call")] as const)
    .filter(([v, j]) => v !== "" && j !== "");
  return {
    v: [...new Set(pairs.map(([v]) => v))].sort(byName),
    j: [...new Set(pairs.map(([, j]) => j))].sort(byName),
    at: (v, j) => pairs.filter((p) => p[0] === v && p[1] === j).length,
  };
}
