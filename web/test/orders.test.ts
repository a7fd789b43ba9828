/** Orders and sets of rows: the obvious slow versions as oracles. */
import { describe, expect, test } from "vitest";
import { allRows, members, rowsWhere, rowsWithCode } from "../src/core/bits";
import { byRank } from "../src/core/radix";
import { compile } from "../src/core/search";
import { kept, Orders } from "../src/core/sort";
import { Workspace } from "../src/core/workspace";
import { sample, small, tiny } from "./support";

function generator(seed = 7): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("orders", () => {
  const table = tiny(
    Array.from({ length: 300 }, (_, i) => ({
      id: `c${i}`,
      system: ["IGH", "TRG"][i % 2]!,
      five: `IGHV${(i * 7) % 11}*01`,
      top: ((i * 37) % 300) + 1,
      cdr3aa: "CAR".repeat(i % 5),
      reads: [(i * i) % 17],
    })),
    [sample("a", { IGH: 10000, TRG: 10000 })],
  );
  const sizes = Float64Array.from(table.reads[0]!, (n) => n / 20000);

  test("an order is a stable sort of the largest first, whatever the key", () => {
    const orders = new Orders(table);
    const largest = orders.largestFirst(sizes);
    const slow = Array.from({ length: table.rows }, (_, row) => row).sort(
      (a, b) => sizes[b]! - sizes[a]! || table.top[a]! - table.top[b]!,
    );
    expect([...largest]).toEqual(slow);
    const cdr3 = (row: number) => table.cdr3aa.at(row);
    for (const descending of [false, true]) {
      const sign = descending ? -1 : 1;
      const got = orders.sorted({ key: "cdr3", descending }, largest, null, () => "");
      const want = [...slow].sort((a, b) => sign * (cdr3(a) < cdr3(b) ? -1 : cdr3(a) > cdr3(b) ? 1 : 0));
      expect([...got]).toEqual(want);
    }
  });

  test("what is on display keeps the order of all", () => {
    const order = new Orders(table).largestFirst(sizes);
    const set = rowsWhere(table.rows, (row) => row % 3 === 0);
    expect([...kept(order, set)]).toEqual([...order].filter((row) => row % 3 === 0));
    expect(kept(order, allRows(table.rows))).toBe(order);
  });

  test("ranks above 65 535 are sorted too", () => {
    const rank = [70000, 3, 65536, 2, 70000];
    expect([...byRank(Int32Array.of(0, 1, 2, 3, 4), rank)]).toEqual([3, 1, 2, 0, 4]);
  });

  test("names are sorted anew when one is given", () => {
    const ws = new Workspace(small());
    ws.sort.value = { key: "name", descending: false };
    const before = [...ws.order.value];
    ws.commit({ kind: "rename", id: ws.idsOf([before.at(-1)!])[0]!, name: "AAA first" });
    expect(ws.order.value[0]).toBe(before.at(-1));
  });

  test("rows by code are the rows that a test of each gives", () => {
    const codes = Int32Array.from({ length: 100 }, (_, i) => (i * 5) % 4);
    const want = rowsWhere(100, (row) => codes[row] === 1 || codes[row] === 3);
    expect([...members(rowsWithCode(codes, [false, true, false, true]))]).toEqual([...members(want)]);
  });
});

test("search over one long text finds what a search of each row finds", () => {
  const random = generator();
  const names = Array.from({ length: 500 }, () =>
    Array.from({ length: 3 + Math.floor(random() * 9) }, () => "abJ1/ "[Math.floor(random() * 6)]).join(""),
  );
  const table = tiny(
    names.map((name, i) => ({ id: `w${i}`, name, cdr3aa: i % 7 === 0 ? "CJA" : "", reads: [1] })),
    [sample("s", {})],
  );
  for (const query of ["a", "j1", "/", "ab 1", "cja", "zz", "j a /"]) {
    const want = names.flatMap((name, i) =>
      query.split(" ").every((word) => `${name}\n\n${i % 7 === 0 ? "cja" : ""}`.toLowerCase().includes(word))
        ? [i]
        : [],
    );
    expect([...members(compile(table, new Map(), query)!.rows)], query).toEqual(want);
  }
});
