import { describe, expect, test } from "vitest";
import type { QualityRow, Sample } from "../src/api/types";
import { each } from "../src/features/sets/each";
import { headerOf, paste } from "../src/features/sets/grid";
import { isPoor, sortQuality } from "../src/features/sets/quality";
import { cutTag, parseSearch, spanText, termText, typedTag, writeSearch } from "../src/features/sets/search";
import { retagged } from "../src/features/sets/tagging";
import type { Chosen, Draft, Patient } from "../src/features/upload/plan";
import {
  draftsOf,
  fillDown,
  isSheet,
  matchesOf,
  NOBODY,
  newPatient,
  newPatients,
  newSamples,
  pasteDown,
  resumedOf,
  typedAgain,
  typedOf,
  wanted,
  withPresent,
  withSample,
} from "../src/features/upload/plan";
import { findAgain } from "../src/features/upload/unfinished";

describe("searches", () => {
  test.each([
    [
      'marie #B-ALL -#control state:failed group:"My lab" 12',
      ["#B-ALL", "-#control", "state:failed", 'group:"My lab"'],
      "marie 12",
    ],
    ["NOT #relapse", ["-#relapse"], ""],
    ["NOT -#relapse", ["#relapse"], ""],
    ["NOT marie -control", [], "NOT marie -control"],
    ["date:2026-01..2026-03 created:..2026", ["date:2026-01..2026-03", "created:..2026"], ""],
    ["TAG:relapse", ["#relapse"], ""],
    ['"follow up" ratio:3 # tag:', [], '"follow up" ratio:3 # tag:'],
    ["NOT", [], "NOT"],
    ["", [], ""],
  ])("%s has its conditions apart from the rest", (q, terms, rest) => {
    const got = parseSearch(q);
    expect([got.terms.map(termText), got.rest]).toEqual([terms, rest]);
    expect(parseSearch(writeSearch(got.terms, got.rest))).toEqual(got);
  });

  test("a tag that is being typed is known, and cut", () => {
    expect(["marie #B-A", "-#x", "#", "a#b", "#done ", "x"].map(typedTag)).toEqual(["B-A", "x", "", null, null, null]);
    expect(cutTag("marie -#B-A")).toEqual({ text: "marie", not: true });
    expect(cutTag("#B")).toEqual({ text: "", not: false });
  });

  test("spans of days are written as short as they are", () => {
    expect([
      spanText("", ""),
      spanText("2026-01-02", "2026-01-02"),
      spanText("2026-01-02", ""),
      spanText("", "2026-01-02"),
    ]).toEqual(["", "2026-01-02", "2026-01-02..", "..2026-01-02"]);
  });
});

describe("tags of many", () => {
  test.each([
    ["", "MRD", "#MRD"],
    ["marrow", "MRD", "marrow #MRD"],
    ["marrow #mrd", "MRD", "marrow #mrd"],
    ["#MRD2", "MRD", "#MRD2 #MRD"],
    ["#to-check2", "to-check", "#to-check2 #to-check"],
    ["#à_revoir", "à_revoir", "#à_revoir"],
  ])("%j gets #%s once", (info, tag, want) => expect(retagged(info, tag, false)).toBe(want));

  test.each([
    ["marrow #MRD day 15", "mrd", "marrow day 15"],
    ["#MRD2 #MRD-x", "MRD", "#MRD2 #MRD-x"],
    ["(#MRD)", "MRD", "()"],
  ])("%j loses #%s, and nothing that is like it", (info, tag, want) => expect(retagged(info, tag, true)).toBe(want));

  test("one that is refused does not stop the others", async () => {
    const outcome = await each([1, 2, 3, 4, 5, 6], async (n) => {
      if (n === 2) throw new Error("no");
    });
    expect(outcome).toEqual({ done: [1, 3, 4, 5, 6], refused: [{ item: 2, reason: "no" }] });
  });
});

describe("a header in what is pasted", () => {
  test("says where the columns go, in any order and language", () => {
    const text = "Prénom\tNom\tTaille\tDate de naissance\nMarie\tCurie\t1,60\t1867-11-07\nIrène\tJoliot\t\t12.9.1897\n";
    expect(paste("patient", [{}], 0, "birth", text)).toEqual({
      count: 2,
      rows: [
        { first_name: "Marie", last_name: "Curie", birth: "1867-11-07" },
        { first_name: "Irène", last_name: "Joliot", birth: "12.9.1897" },
      ],
    });
  });

  test("is told from rows", () => {
    expect(headerOf("patient", ["Nom", "Marie"])).toBeNull();
    expect(headerOf("run", ["name", "date", "PCR"])).toEqual(["name", "run_date", "pcr"]);
    expect(headerOf("run", ["name"])).toEqual(["name"]);
    expect(headerOf("run", ["name", "run"])).toBeNull();
  });
});

describe("the quality table", () => {
  const row = (title: string, reads: number, share?: number, marks: string[] = []) =>
    ({
      title,
      marks,
      result: { reads, clonotypes: 1 },
      ...(share === undefined ? {} : { share }),
    }) as unknown as QualityRow;
  const rows = [row("S10", 5, 0.5), row("S9", 50), row("S2", 20, 0.1, ["few_recombined"])];

  test("is sorted by any column, what is not known last", () => {
    const by = (sort: string) => sortQuality(rows, sort).map((r) => r.title);
    expect(by("title")).toEqual(["S2", "S9", "S10"]);
    expect(by("-reads")).toEqual(["S9", "S2", "S10"]);
    expect(by("share")).toEqual(["S2", "S10", "S9"]);
    expect(by("-share")).toEqual(["S10", "S2", "S9"]);
    expect(by("")).toEqual(["S10", "S9", "S2"]);
  });

  test("marks what the server judged, nothing else", () => {
    expect(rows.map((r) => [isPoor(r, "reads"), isPoor(r, "share")])).toEqual([
      [false, false],
      [false, false],
      [false, true],
    ]);
  });
});

const file = (name: string, size = 1, lastModified = 5) => ({ name, size, lastModified }) as File;
const draft = (name: string, files: Draft["planned"]["files"], id?: number, patient: Patient = NOBODY): Draft => ({
  planned: { name, files, doubts: [], faults: [], patients: [], ...(id ? { sample_id: id } : {}) },
  name,
  date: "",
  info: "",
  patient,
  left: false,
});

describe("uploads", () => {
  const pair = [
    { path: "run/a_R1.fq", name: "a_R1.fq", size: 1, role: "R1" as const, lane: 1 },
    { path: "run/a_R2.fq", name: "a_R2.fq", size: 1, role: "R2" as const, lane: 1 },
  ];
  const single = [{ path: "b.fq", name: "b.fq", size: 1, role: "reads" as const }];
  const chosen = new Map<string, Chosen>(
    [...pair, ...single].map((f) => [f.path, { path: f.path, size: 1, file: file(f.name) }]),
  );

  test("pairs alone get the pre-process, and samples their patients", () => {
    const known: Patient = { kind: "set", id: 9, title: "Curie Marie" };
    const rows = newSamples([draft("a", pair, undefined, known), draft("b", single)], 7, 2);
    expect(rows.map((r) => [r.pre_process_id, r.sets])).toEqual([
      [2, [7, 9]],
      [undefined, [7]],
    ]);
    expect(rows[0]?.files).toEqual([
      { name: "a_R1.fq", size: 1, role: "R1", lane: 1 },
      { name: "a_R2.fq", size: 1, role: "R2", lane: 1 },
    ]);
  });

  test("each file of the server gets the local file of its role, whatever the order", () => {
    const made = [
      {
        id: 4,
        title: "A",
        files: [
          { id: 12, name: "a_R2.fq", role: "R2", lane: 1, state: "expected" },
          { id: 11, name: "a_R1.fq", role: "R1", lane: 1, state: "expected" },
        ],
      },
    ] as unknown as Sample[];
    const got = matchesOf([draft("a", pair)], made, chosen);
    expect(wanted(got, 7).map((w) => [w.fileId, w.file.name, w.sample])).toEqual([
      [12, "a_R2.fq", "A"],
      [11, "a_R1.fq", "A"],
    ]);
  });

  test("files of a mounted folder are not sent by this computer", () => {
    const mounted = new Map<string, Chosen>(pair.map((f) => [f.path, { path: f.path, size: 1, source: "runs" }]));
    const files = [{ ...pair[0]!, file_id: 11, state: "expected" as const }];
    const got = resumedOf([draft("a", files, 5)], mounted);
    expect(got.map((x) => [x.sampleId, x.fileId, x.chosen.source])).toEqual([[5, 11, "runs"]]);
    expect(wanted(got, 7)).toEqual([]);
  });

  test("a sample that was made is not made again: its files alone are left to send", () => {
    const sample = {
      id: 4,
      title: "A",
      files: [
        { id: 12, name: "a_R2.fq", role: "R2", lane: 1 },
        { id: 11, name: "a_R1.fq", role: "R1", lane: 1 },
      ],
    } as unknown as Sample;
    const made = withSample(draft("a", pair), sample);
    expect(made.planned.sample_id).toBe(4);
    expect(resumedOf([made], chosen).map((x) => x.fileId)).toEqual([11, 12]);
    expect(resumedOf([withPresent(made, new Set([11]))], chosen).map((x) => x.fileId)).toEqual([12]);
  });

  test("of a sample that is there, what has come is not sent again", () => {
    const files = [
      { ...pair[0]!, file_id: 11, state: "present" as const },
      { ...pair[1]!, file_id: 12, state: "expected" as const },
    ];
    expect(resumedOf([draft("a", files, 5)], chosen).map((x) => x.fileId)).toEqual([12]);
  });

  test("sheets are told from tables of clonotypes and from what spreadsheets leave behind", () => {
    const paths = ["x/SampleSheet.csv", "samples.tsv", "run.XLSX", "a.airr.tsv", "reads.fastq.gz", "~$run.xlsx"];
    expect(paths.map((p) => isSheet(p, 1000))).toEqual([true, true, true, false, false, false]);
  });
});

describe("patients of a plan", () => {
  const match = (set_id: number, why: "label" | "name") => ({ set_id, title: `P${set_id}`, why });
  const planned = (patients: ReturnType<typeof match>[], subject?: { label: string }) => ({
    ...draft("s", []).planned,
    patients,
    ...(subject ? { subject } : {}),
  });
  const who = (...args: Parameters<typeof planned>) =>
    draftsOf({ samples: [planned(...args)], notes: [], ignored: [], unassigned: [] }, true, true)[0]?.patient;

  test("one is proposed where one alone fits, a new one where the sheet tells of nobody known", () => {
    expect(who([match(1, "label"), match(2, "name")])).toEqual({ kind: "set", id: 1, title: "P1" });
    expect(who([match(2, "name")])).toEqual({ kind: "set", id: 2, title: "P2" });
    expect(who([match(2, "name"), match(3, "name")])).toEqual(NOBODY);
    expect(who([], { label: "H-7" })).toEqual(newPatient({ label: "H-7" }));
    expect(who([])).toEqual(NOBODY);
  });

  test("each new patient is made once, for all samples that tell of the same", () => {
    const a = newPatient({ label: "h-7", last_name: " Curie " });
    const b = newPatient({ last_name: "Joliot", birth: "1897-09-12" });
    const list = [
      draft("1", [], 0, a),
      draft("2", [], 0, { ...a, kind: "new", label: "H-7" } as Patient),
      draft("3", [], 0, b),
      draft("4", [], 0, b),
    ];
    expect(newPatients(list, 3).sets).toEqual([
      { kind: "patient", group_id: 3, last_name: "Curie", label: "h-7" },
      { kind: "patient", group_id: 3, last_name: "Joliot", birth: "1897-09-12" },
    ]);
    expect(newPatients([{ ...list[0]!, left: true }], 3).sets).toEqual([]);
  });
});

describe("a plan is edited as a spreadsheet", () => {
  const rows = ["a", "b", "c", "d"].map((n) =>
    draft(n, [{ path: `${n}.fq`, name: `${n}.fq`, size: 1, role: "reads" }]),
  );
  const with3 = rows.map((d, i) => ({ ...d, date: ["2026-01-01", "", "2026-02-02", ""][i] ?? "" }));

  test("values go down over what is empty, and pass rows that are left out", () => {
    expect(fillDown(with3, "date").map((d) => d.date)).toEqual([
      "2026-01-01",
      "2026-01-01",
      "2026-02-02",
      "2026-02-02",
    ]);
    const left = with3.map((d, i) => ({ ...d, left: i === 1 }));
    expect(fillDown(left, "date").map((d) => d.date)).toEqual(["2026-01-01", "", "2026-02-02", "2026-02-02"]);
    const curie: Patient = { kind: "set", id: 1, title: "Curie" };
    expect(fillDown([{ ...rows[0]!, patient: curie }, rows[1]!], "patient")[1]?.patient).toEqual(curie);
  });

  test("what is pasted goes to the right and down, and not beyond", () => {
    const got = pasteDown(rows, 2, "date", [["2026-01-01", "x"], ["2026-01-02", "y", "too much"], ["lost"]]);
    expect(got.map((d) => [d.name, d.date, d.info])).toEqual([
      ["a", "", ""],
      ["b", "", ""],
      ["c", "2026-01-01", "x"],
      ["d", "2026-01-02", "y"],
    ]);
  });

  test("what was typed is there again when the same files are chosen", () => {
    expect(typedAgain(rows, typedOf(with3))).toEqual(with3);
  });
});

describe("files that are chosen again", () => {
  const expected = [
    { fileId: 1, setId: 7, size: 10, changed: 5, name: "a.fq", sample: "A" },
    { fileId: 2, setId: 7, size: 20, changed: 5, name: "a.fq", sample: "B" },
  ];
  test("are known by name, size and the time of their change", () => {
    const found = findAgain(expected, [file("a.fq", 20), file("a.fq", 10, 6), file("b.fq", 10)]);
    expect(found.matches.map((x) => x.expected.fileId)).toEqual([2]);
    expect([found.changed.map((f) => f.size), found.unknown.map((f) => f.name)]).toEqual([[10], ["b.fq"]]);
  });
});
