import { describe, expect, test, vi } from "vitest";
import { address } from "../src/api/client";
import { ApiError, errorOf } from "../src/api/problem";
import type { Annotation, AnnotationBody } from "../src/api/types";
import { cloneId } from "../src/core/table";
import { Workspace } from "../src/core/workspace";
import { toBody, toDocument } from "../src/features/result/annotation";
import type { Store } from "../src/features/result/autosave";
import { Autosave, documentOf } from "../src/features/result/autosave";
import { bytesText, dayText, spanText } from "../src/features/server/format";
import { cellsOf, isoDate, paste, toSend } from "../src/features/sets/grid";
import { small } from "./support";

describe("addresses", () => {
  test("fill their parts and leave out what is not said", () => {
    expect(address("/api/v1/sets/{id}/x", { id: 3 }, { q: "a b#c", none: "", not: undefined, list: [1, 2] })).toBe(
      "/api/v1/sets/3/x?q=a+b%23c&list=1%2C2",
    );
    expect(address("/a/{name}", { name: "a/b" })).toBe("/a/a%2Fb");
  });
});

describe("errors of the server", () => {
  test("give each field its fault", async () => {
    const body = {
      status: 422,
      code: "invalid",
      detail: "rows[1].birth: want YYYY-MM-DD",
      request_id: "R",
      errors: [{ field: "rows[1].birth", message: "want YYYY-MM-DD" }],
    };
    const error = await errorOf(
      new Response(JSON.stringify(body), { status: 422, headers: { "Content-Type": "application/problem+json" } }),
    );
    expect([
      error.status,
      error.code,
      error.field("rows[1].birth"),
      error.field("rows[0].birth"),
      error.requestId,
    ]).toEqual([422, "invalid", "want YYYY-MM-DD", "", "R"]);
  });

  test.each([
    [404, "text/html", true],
    [500, "text/plain", true],
    [502, "text/html", true],
    [413, "text/html", false],
  ])("a page of something else between (%i %s) is no answer of the server", async (status, type, unreachable) => {
    const error = await errorOf(new Response("<h1>nginx</h1>", { status, headers: { "Content-Type": type } }));
    expect([error.code, error.unreachable]).toEqual(["foreign", unreachable]);
  });
});

describe("pasting into the grid", () => {
  test("reads quotes, tabs and lines in them as a spreadsheet writes them", () => {
    expect(cellsOf('a\t"b\t""c""\nd"\r\ne\t\n')).toEqual([
      ["a", 'b\t"c"\nd'],
      ["e", ""],
    ]);
  });

  test("a single cell is left to the field", () => {
    expect(paste("patient", [{}], 0, "last_name", "Curie\n")).toBeNull();
  });

  test("fills to the right and below, keeps what stands beside it, and does not run over the edge", () => {
    const rows = [{ info: "#kept" }, {}];
    const got = paste("patient", rows, 1, "first_name", "Marie\t7/11/1867\nIrène\t1897-09-12\tX\ti\ttoo far");
    expect(got).toEqual({
      count: 2,
      rows: [
        { info: "#kept" },
        { first_name: "Marie", birth: "7/11/1867" },
        { first_name: "Irène", birth: "1897-09-12", label: "X", info: "i" },
      ],
    });
  });

  test.each([
    ["31/12/1999", "1999-12-31"],
    ["31.12.1999", "1999-12-31"],
    ["1999/2/3", "1999-02-03"],
    ["3/4/1999", "3/4/1999"],
    ["12/31/1999", "12/31/1999"],
    ["1999-02-03", "1999-02-03"],
    ["soon", "soon"],
  ])("date %s becomes %s: never a guess", (text, want) => {
    expect(isoDate(text)).toBe(want);
  });

  test("empty rows are not sent, and faults find their rows again", () => {
    const { sets, places } = toSend("patient", 3, [
      {},
      { last_name: " Curie ", label: "" },
      { info: "  " },
      { last_name: "Joliot" },
    ]);
    expect(sets).toEqual([
      { kind: "patient", group_id: 3, last_name: "Curie" },
      { kind: "patient", group_id: 3, last_name: "Joliot" },
    ]);
    expect(places).toEqual([1, 3]);
  });
});

describe("numbers for people", () => {
  test("bytes, spans and days", () => {
    expect([0, 999, 1000, 9949, 9950, 18_195_225, 999_600_000].map((n) => bytesText(n, "en"))).toEqual([
      "0 B",
      "999 B",
      "1 kB",
      "9.9 kB",
      "10 kB",
      "18 MB",
      "1 GB",
    ]);
    expect(bytesText(1500, "fr")).toBe("1,5 ko");
    expect([0, 0.4, 59.6, 61, 3600, 3661].map(spanText)).toEqual([
      "0 s",
      "< 1 s",
      "1 min",
      "1 min 1 s",
      "1 h 0 min",
      "1 h 1 min",
    ]);
    expect(dayText("not a day", "en")).toBe("not a day");
  });
});

describe("annotations", () => {
  const table = small();
  const ids = table.samples.map((_, i) => i + 1);
  const [a, b, c] = [0, 1, 2].map((row) => table.id.at(row)) as [string, string, string];
  const body: AnnotationBody = {
    clonotypes: [
      {
        id: a,
        tag: "clone_1",
        name: "mine",
        notes: "look",
        colour: "#ff0070",
        other: { seg: { x: 1 } },
        system: "IGH",
        sequence: "ACGT",
      },
      { id: "elsewhere", tag: "dominant", notes: "of another result", expected: 0.5 },
      { id: b, expected: 0.01, system: "TRG", sequence: "ACGT" },
    ],
    clusters: [
      [a, c, "away"],
      ["away1", "away2"],
    ],
    samples: [{ sample_id: 99, name: "not here" }, { sample_id: 2, name: "second", info: "i" }, { sample_id: 1 }],
    order: [1],
    all_order: [1, 2, 0],
    data: [{ name: "qPCR", values: [1, 2, 3] }],
    reports: { full: {} },
    other: { info: "about", mystery: 1 },
  };

  test("are read by clonotype and by sample", () => {
    const doc = toDocument(table, ids, body);
    expect([...doc.tags, ...doc.names, ...doc.notes]).toEqual([
      [0, "clone_1"],
      [0, "mine"],
      [0, "look"],
    ]);
    expect([doc.standard, doc.clusters, doc.info]).toEqual([{ row: 1, expected: 0.01 }, [[0, 2]], "about"]);
    expect([doc.sampleOrder, [...doc.hiddenSamples], doc.sampleNames.get(1)]).toEqual([[1, 0], [0], "second"]);
    expect(doc.carried.clusters).toEqual([["away1", "away2"]]);
  });

  test("come back as they were when nothing was done", () => {
    const again = toBody(table, ids, toDocument(table, ids, body), body);
    const sorted = (x: AnnotationBody) => ({
      ...x,
      clonotypes: [...(x.clonotypes ?? [])].sort((p, q) => (p.id < q.id ? -1 : 1)),
    });
    expect(sorted(again)).toEqual({ ...sorted(body), all_order: [1, 2] });
  });

  test("samples keep their places: data is by place", () => {
    const fresh = toBody(
      table,
      [1, 2],
      toDocument(table, [1, 2], { data: [{ name: "d", values: [5] }], samples: [{ sample_id: 2 }] }),
      { data: [{ name: "d", values: [5] }], samples: [{ sample_id: 2 }] },
    );
    expect([fresh.samples?.map((s) => s.sample_id), fresh.data?.[0]?.values]).toEqual([
      [2, 1],
      [5, null],
    ]);
  });

  test("nothing noted stays nothing", () => {
    const { samples: _, ...rest } = toBody(table, ids, toDocument(table, ids, {}), {});
    expect(rest).toEqual({});
  });
});

describe("autosave", () => {
  const table = small();
  const ids = table.samples.map((_, i) => i + 1);
  const first: Annotation = { version: 3, may_save: true, body: {} };
  const setup = (store: Partial<Store>, annotation: Annotation = first) => {
    vi.useFakeTimers();
    const ws = new Workspace(table, documentOf(table, ids, annotation));
    const saves: { body: AnnotationBody; based: number }[] = [];
    let newest = annotation.version;
    const all: Store = {
      load: () => Promise.resolve(first),
      save: (body, based) => {
        saves.push({ body, based });
        newest++;
        return Promise.resolve({ version: newest, may_save: true, body });
      },
      ...store,
    };
    const autosave = new Autosave(ws, ids, annotation, all);
    autosave.start();
    const tag = (row: number, name: string) => ws.commit({ kind: "tag", ids: [cloneId(table.id.at(row))], tag: name });
    return { ws, autosave, saves, tag };
  };

  test("saves once, when it has been still, on the version that was read", async () => {
    const { autosave, saves, tag } = setup({});
    tag(0, "clone_1");
    tag(1, "clone_2");
    expect(autosave.state.value.kind).toBe("unsaved");
    await vi.advanceTimersByTimeAsync(1900);
    expect(saves).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(saves.map((s) => [s.based, s.body.clonotypes?.map((n) => n.tag)])).toEqual([[3, ["clone_1", "clone_2"]]]);
    tag(0, "");
    await autosave.flush();
    expect(saves[1]?.based).toBe(4);
    expect([autosave.state.value.kind, autosave.pending]).toEqual(["saved", false]);
  });

  test("undoing back to what was saved saves nothing", async () => {
    const { ws, autosave, saves, tag } = setup({});
    tag(0, "clone_1");
    ws.undo();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([saves, autosave.state.value.kind]).toEqual([[], "saved"]);
  });

  test("more clonotypes: what was done can be undone on the page that has them", async () => {
    const { ws, autosave, tag, saves } = setup({});
    tag(0, "clone_1");
    tag(1, "clone_2");
    ws.undo();
    await autosave.flush();
    const newest: Annotation = { version: autosave.version, may_save: true, body: saves.at(-1)!.body };
    const next = setup({}, newest);
    next.autosave.inherit(autosave);
    const tags = () => [...next.ws.doc.peek().tags.values()];
    expect([tags(), next.ws.canUndo.value, next.ws.canRedo.value]).toEqual([["clone_1"], true, true]);
    next.ws.undo();
    expect(tags()).toEqual([]);
    next.ws.redo();
    next.ws.redo();
    expect(tags()).toEqual(["clone_1", "clone_2"]);
    next.ws.undo();
    expect([tags(), next.autosave.pending]).toEqual([["clone_1"], false]);
    // Somebody has saved in between: their work is not taken back by an undo.
    const other = setup({}, { ...newest, version: newest.version + 1 });
    other.autosave.inherit(autosave);
    expect(other.ws.canUndo.value).toBe(false);
  });

  test("a failure is told, kept and tried again", async () => {
    let broken = true;
    const bodies: AnnotationBody[] = [];
    const { autosave, tag } = setup({
      save: (body) => {
        if (broken) return Promise.reject(new ApiError({ code: "unreachable" }));
        bodies.push(body);
        return Promise.resolve({ version: 4, may_save: true, body });
      },
    });
    tag(0, "clone_1");
    await vi.advanceTimersByTimeAsync(2100);
    expect([autosave.state.value.kind, autosave.pending]).toEqual(["failed", true]);
    broken = false;
    await vi.advanceTimersByTimeAsync(10_100);
    expect([autosave.state.value.kind, bodies.length]).toEqual(["saved", 1]);
  });

  const theirs: Annotation = {
    version: 9,
    may_save: true,
    author: "B",
    body: {
      clonotypes: [
        { id: "elsewhere", tag: "noise" },
        { id: table.id.at(2), tag: "dominant" },
      ],
    },
  };
  const refusing = () => {
    const saves: { body: AnnotationBody; based: number }[] = [];
    const made = setup({
      load: () => Promise.resolve(theirs),
      save: (body, based) => {
        saves.push({ body, based });
        if (based !== 9) return Promise.reject(new ApiError({ status: 412, code: "stale" }));
        return Promise.resolve({ version: 10, may_save: true, body });
      },
    });
    return { ...made, saves };
  };

  test("somebody else's version stops it until a person decides; mine then stands on theirs", async () => {
    const { autosave, saves, tag } = refusing();
    tag(0, "clone_1");
    await vi.advanceTimersByTimeAsync(60_000);
    expect([autosave.state.value.kind, saves.length]).toEqual(["conflict", 1]);
    tag(1, "clone_2");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(saves.length).toBe(1);
    await autosave.keepMine();
    expect(saves[1]?.based).toBe(9);
    expect(saves[1]?.body.clonotypes?.map((n) => [n.id, n.tag])).toEqual([
      [table.id.at(0), "clone_1"],
      [table.id.at(1), "clone_2"],
      ["elsewhere", "noise"],
    ]);
    expect(autosave.state.value.kind).toBe("saved");
  });

  test("theirs can be shown instead, and the next change stands on it", async () => {
    const { ws, autosave, saves, tag } = refusing();
    tag(0, "clone_1");
    await vi.advanceTimersByTimeAsync(2100);
    autosave.takeTheirs();
    expect([[...ws.doc.value.tags], autosave.state.value.kind, autosave.pending]).toEqual([
      [[2, "dominant"]],
      "saved",
      false,
    ]);
    tag(1, "clone_2");
    await autosave.stop();
    expect(saves[1]?.based).toBe(9);
  });

  test("who may not annotate is told, and nothing is sent", async () => {
    const { autosave, saves, tag } = setup({}, { ...first, may_save: false });
    tag(0, "clone_1");
    await vi.advanceTimersByTimeAsync(60_000);
    await autosave.stop();
    expect([autosave.state.value.kind, saves, autosave.pending]).toEqual(["readOnly", [], false]);
  });
});
