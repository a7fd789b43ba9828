/** What the page of pasted sequences shows of an answer. */
import { describe, expect, test } from "vitest";
import { geneOf, gridOf, linesOf } from "../src/core/pasted";

const row = {
  sequence_id: "a",
  sequence_alignment: "ACGTTTGGCA",
  germline_alignment: "ACCTNNGG-A",
  v_call: "IGHV3-30*02,IGHV3-30-5*02",
  v_alignment_start: 1,
  v_alignment_end: 4,
  j_call: "IGHJ4*01",
  j_alignment_start: 7,
  j_alignment_end: 9,
};

describe("alignment", () => {
  test("segments, insertions between them, differences from the germline", () => {
    expect(linesOf(row, 100)).toEqual([
      {
        start: 0,
        pieces: [
          { segment: "V", start: 0, letters: "ACGT", germline: "..C." },
          { segment: "N", start: 4, letters: "TT", germline: "  " },
          { segment: "J", start: 6, letters: "GGC", germline: "..-" },
          { segment: "", start: 9, letters: "A", germline: " " },
        ],
      },
    ]);
  });

  test.each([1, 3, 7, 10, 11])("broken after %i columns, it is the same alignment", (width) => {
    const lines = linesOf(row, width);
    expect(lines.map((l) => l.start)).toEqual(Array.from({ length: Math.ceil(10 / width) }, (_, i) => i * width));
    const pieces = lines.flatMap((l) => l.pieces);
    expect(pieces.map((p) => p.letters).join("")).toBe(row.sequence_alignment);
    expect(pieces.map((p) => p.germline).join("")).toBe("..C.  ..- ");
    for (const p of pieces) expect(p.germline).toHaveLength(p.letters.length);
  });

  test("without genes there is none", () => {
    expect(linesOf({ sequence_id: "b", sequence: "ACGT" }, 90)).toEqual([]);
    expect(linesOf({ ...row, germline_alignment: "AC" }, 90)).toEqual([]);
  });
});

test("genes against genes, in the order of their numbers", () => {
  const of = (v: string, j: string) => ({ v_call: v, j_call: j });
  const grid = gridOf([
    of("TRGV10*01", "TRGJ1*01"),
    of("TRGV3*01", "TRGJ1*02"),
    of("TRGV3*02", "TRGJ1*01"),
    of("", "X"),
  ]);
  expect([grid.v, grid.j]).toEqual([["TRGV3", "TRGV10"], ["TRGJ1"]]);
  expect([grid.at("TRGV3", "TRGJ1"), grid.at("TRGV10", "TRGJ1"), grid.at("TRGV3", "X")]).toEqual([2, 1, 0]);
  expect(geneOf({}, "v_call")).toBe("");
});
