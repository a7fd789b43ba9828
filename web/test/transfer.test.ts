import { describe, expect, it } from "vitest";
import { missing } from "../src/features/transfer/send";

describe("pieces of an archive", () => {
  const of = (size: number, pieces: number[]) => missing({ size, piece_size: 8, pieces });
  it("are all of them at first, the last one shorter", () => {
    expect(of(17, [])).toEqual([0, 1, 2]);
    expect(of(16, [])).toEqual([0, 1]);
    expect(of(1, [])).toEqual([0]);
  });
  it("are those that have not come, in any order", () => {
    expect(of(33, [3, 0, 4])).toEqual([1, 2]);
    expect(of(16, [1, 0])).toEqual([]);
  });
});
