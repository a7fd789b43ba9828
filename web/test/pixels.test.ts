/** What sets pixels directly, against the obvious geometry; and tables of pictures. */
import { describe, expect, test } from "vitest";
import { splatBoxes, splatDiscs } from "../src/views/splat";
import { toTsv } from "../src/views/table";

describe("pixels", () => {
  const marks = (x: number[], y: number[], r: number[]) => ({
    x: Float32Array.from(x),
    y: Float32Array.from(y),
    r: Float32Array.from(r),
    color: new Uint8Array(x.length),
    fills: ["#102030"],
    open: [false],
    edge: "#ffffff",
  });

  test("large discs of one colour that touch are parted by their edge; small ones and what has none are whole", () => {
    const pixels = new Uint32Array(60 * 40);
    splatDiscs(pixels, 60, 40, marks([20, 40], [20, 20], [10, 10]), 1);
    const row = Array.from(pixels.slice(20 * 60, 21 * 60));
    const [disc, edge] = [0xff302010, 0xffffffff];
    expect(row[20]).toBe(disc);
    expect(row[40]).toBe(disc);
    const between = row.slice(21, 40);
    expect(between).toContain(edge);
    expect(between.filter((pixel) => pixel === edge).length).toBeLessThanOrEqual(2);
    const few = new Uint32Array(60 * 40);
    splatDiscs(few, 60, 40, marks([20], [20], [3]), 1);
    expect([...few].filter((pixel) => pixel === edge)).toHaveLength(0);
  });

  test("a stamped disc is near the disc that is drawn row by row, and inside of the picture", () => {
    for (const [cx, cy] of [
      [20, 20],
      [20.4, 19.7],
      [0, 0],
      [39.6, 12],
    ] as const) {
      const pixels = new Uint32Array(40 * 40);
      splatDiscs(pixels, 40, 40, marks([cx], [cy], [3]), 1);
      let wrong = 0;
      pixels.forEach((pixel, at) => {
        const away = Math.hypot((at % 40) - cx, Math.floor(at / 40) - cy);
        if (pixel !== 0) expect(pixel).toBe(0xff302010);
        if ((pixel !== 0) !== away <= 3 && Math.abs(away - 3) > 0.5) wrong++;
      });
      expect(wrong).toBe(0);
    }
  });

  test("a stack of boxes thinner than a pixel is as high as their sum", () => {
    const n = 400;
    const h = 0.1;
    const pixels = new Uint32Array(10 * 60);
    splatBoxes(
      pixels,
      10,
      60,
      {
        x: new Float32Array(n).fill(2),
        y: Float32Array.from({ length: n }, (_, i) => 50 - (i + 1) * h),
        w: 4,
        h: new Float32Array(n).fill(h),
        color: new Uint8Array(n),
        fills: ["#102030"],
      },
      1,
    );
    expect(pixels.filter((p) => p !== 0).length).toBe(40 * 4);
  });
});

test("a table is a TSV file without formulas or broken lines", () => {
  const text = toTsv({
    head: ["name", "size"],
    rows: [
      ["=1+1\tx", 0.5],
      ["-a\n", Number.NaN],
    ],
  });
  expect(text).toBe("name\tsize\n'=1+1 x\t0.5\n'-a \t\n");
});
