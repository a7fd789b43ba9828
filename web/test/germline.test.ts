/** Germline genes: the sets that come with the client, whose file it is, and genes under the letters of a clonotype. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Gene, GeneLine } from "../src/core/germline";
import { geneLines } from "../src/core/germline";
import { parseGermlineSet, SPECIES, speciesOf } from "../src/core/germlineSet";
import { readReal, realFile, sample, tableOf, tiny } from "./support";

const web = resolve(import.meta.dirname, "..");
const own = (name: string) =>
  parseGermlineSet(gunzipSync(readFileSync(resolve(web, `src/germline/${name}.tsv.gz`))).toString());

describe("the client's germline sets", () => {
  test.each(SPECIES)("%s is the program's set: go run web/tools/germlines.go makes it again", (name) => {
    const lines = readFileSync(resolve(web, `../vdj/germline/sets/${name}.tsv`), "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    const [head = "", ...rows] = lines;
    const at = (column: string) => head.split("\t").indexOf(column);
    const set = own(name);
    expect(set.name).toBe(name);
    expect(set.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(set.genes.size).toBe(rows.length);
    for (const row of rows) {
      const cells = row.split("\t");
      const anchor = Number((cells[at("anchor")] ?? "").replace("?", "") || 0) - 1;
      expect(set.genes.get(cells[at("name")]!)).toMatchObject({ sequence: cells[at("sequence")], anchor });
    }
  });
});

describe("whose genes a file has", () => {
  const file = (commandline: string, germline = "") =>
    tiny([], [sample("A", { IGH: 1 }, { commandline, ...(germline === "" ? {} : { facts: { germline } }) })]);
  test.each([
    ["vidjil-algo -g/usr/share/vidjil/germline/homo-sapiens.g -r 1 reads.fq", "", "human"],
    ["vidjil-algo -g germline/mus-musculus.g reads.fq", "", "mouse"],
    ["vidjil analyze reads.fq", "human 2026-11", "human"],
    ["vidjil analyze --germline mouse reads.fq", "", "mouse"],
    ["vidjil-algo -g rat.g reads.fq", "", null],
    ["mixcr", "", null],
    ["compare human and mouse", "", null],
    ["", "", null],
  ])("%j %j", (commandline, germline, want) => {
    expect(speciesOf(file(commandline, germline))).toBe(want);
  });

  const { missing } = realFile("demo_lil_l3_tutorial.vidjil.gz");
  test.skipIf(missing)("the tutorial's", async () => {
    expect(speciesOf(await readReal("demo_lil_l3_tutorial.vidjil.gz"))).toBe("human");
  });
});

/** A line as it is drawn: letters at their places, "^" before letters of the gene that the clonotype has not. */
function drawn(line: GeneLine): string {
  let out = "";
  for (const { at, letter, before } of line.letters) out = out.padEnd(at) + (before === "" ? "" : "^") + letter;
  return out;
}

describe("genes under a clonotype", () => {
  const genes = new Map<string, Gene>([
    ["IGHV1*01", { name: "IGHV1*01", segment: "V", sequence: "TTTTACGTACCATGGTACCAGAGAGACT", anchor: -1 }],
    ["IGHD1*01", { name: "IGHD1*01", segment: "D", sequence: "GGTATAACTGG", anchor: -1 }],
    ["IGHJ1*01", { name: "IGHJ1*01", segment: "J", sequence: "ATACTACTTTGACTACTGGGGCCAAGG", anchor: 15 }],
  ]);
  const gene = (name: string) => genes.get(name);
  //            0         1         2         3         4         5
  //            012345678901234567890123456789012345678901234567890
  const read = "ACGTACCATGCTACCAGAGACCTATAACTCCCTACTTTGACTACTGGGGCC";
  const table = tiny(
    [
      {
        id: "W",
        system: "IGH",
        five: "IGHV1*01",
        four: "IGHD1*01",
        three: "IGHJ1*01",
        reads: [1],
        sequence: read,
        fiveEnd: 20,
        fiveDelRight: 4,
        fourSpan: { start: 22, end: 28 },
        fourDelLeft: 2,
        fourDelRight: 3,
        threeStart: 31,
        threeDelLeft: 3,
      },
    ],
    [sample("A", { IGH: 1 })],
  );

  test("each at its place: what is cut away small, what differs told, what was not read left out", () => {
    const { lines, missing } = geneLines(table, 0, read, gene);
    expect(missing).toEqual([]);
    expect(lines.map((line) => line.kind)).toEqual(["V", "D", "J"]);
    expect(lines.map(drawn)).toEqual([
      "ACGTACCATGGTACCAGAGAgact",
      "                    ggTATAACtgg",
      "                            ataCTACTTTGACTACTGGGGCC",
    ]);
    expect(lines[0]!.letters.filter((l) => l.state === "differs").map((l) => [l.at, l.letter])).toEqual([[10, "G"]]);
    expect(lines[0]!.letters.filter((l) => l.state === "cut")).toHaveLength(4);
  });

  test("a letter more is a gap of the gene, a letter less is told where it would be", () => {
    const more = `${read.slice(0, 8)}A${read.slice(8)}`;
    const shifted = tiny(
      [{ id: "W", system: "IGH", five: "IGHV1*01", reads: [1], sequence: more, fiveEnd: 21, fiveDelRight: 4 }],
      [sample("A", { IGH: 1 })],
    );
    const [v] = geneLines(shifted, 0, more, gene).lines;
    expect(v!.letters.filter((l) => l.letter === "-")).toHaveLength(1);
    const less = read.slice(0, 8) + read.slice(9);
    const cut = tiny(
      [{ id: "W", system: "IGH", five: "IGHV1*01", reads: [1], sequence: less, fiveEnd: 19, fiveDelRight: 4 }],
      [sample("A", { IGH: 1 })],
    );
    const [w] = geneLines(cut, 0, less, gene).lines;
    expect(w!.letters.filter((l) => l.before !== "").map((l) => l.before)).toEqual(["T"]);
  });

  test("a gene that the set does not have is named", () => {
    expect(geneLines(table, 0, read, () => undefined)).toEqual({
      lines: [],
      missing: ["IGHV1*01", "IGHD1*01", "IGHJ1*01"],
    });
  });

  test("of the demonstration nearly every letter is as in the gene, at the place that the designation says", async () => {
    const demo = await tableOf(new Uint8Array(readFileSync(resolve(web, "src/demo/demo.vidjil.gz"))), "demo.vidjil.gz");
    const { genes: human } = own("human");
    let [same, all, lines] = [0, 0, 0];
    for (let row = 0; row < demo.rows; row++) {
      const sequence = demo.sequence.at(row);
      const got = geneLines(demo, row, sequence, (name) => human.get(name));
      expect(got.missing).toEqual([]);
      for (const line of got.lines) {
        lines++;
        let last = -1;
        for (const letter of line.letters) {
          expect(letter.at).toBeGreaterThan(last);
          last = letter.at;
          if (letter.state === "cut") continue;
          all++;
          if (letter.state === "same") same++;
          if (letter.letter !== "-")
            expect(sequence[letter.at]!.toUpperCase() === letter.letter).toBe(letter.state === "same");
        }
        expect(last).toBeLessThan(sequence.length);
      }
    }
    expect(lines).toBeGreaterThan(2 * demo.rows - 10);
    expect(same / all).toBeGreaterThan(0.98);
  });
});
