import { describe, expect, test, vi } from "vitest";
import { ApiError } from "../src/api/problem";
import type { Annotation, AnnotationBody } from "../src/api/types";
import { cloneId } from "../src/core/table";
import { Workspace } from "../src/core/workspace";
import { toBody, toDocument } from "../src/features/result/annotation";
import type { DraftKeeper, Store } from "../src/features/result/autosave";
import { Autosave, documentOf } from "../src/features/result/autosave";
import type { Draft } from "../src/features/result/draft";
import { differences, merged } from "../src/features/result/merge";
import { moreThan } from "../src/features/result/open";
import { small } from "./support";

const note = (id: string, more: object) => ({ id, ...more });

describe("what two people noted", () => {
  const base: AnnotationBody = {
    clonotypes: [note("A", { tag: "clone_1", sequence: "ACGT" }), note("B", { name: "old" })],
    clusters: [
      ["A", "X"],
      ["P", "Q"],
    ],
    samples: [{ sample_id: 1, name: "one" }, { sample_id: 2 }],
    other: { info: "before" },
  };

  test("nothing differs from itself, whatever the order", () => {
    const turned: AnnotationBody = {
      ...base,
      clonotypes: [...(base.clonotypes ?? [])].reverse(),
      clusters: [
        ["P", "Q"],
        ["A", "X"],
      ],
    };
    expect(differences(base, turned, base)).toEqual([]);
    expect(differences(base, base, turned)).toEqual([]);
  });

  test("what one changed is told as theirs, what both changed is to be decided, and what both changed alike is nothing", () => {
    const mine: AnnotationBody = {
      ...base,
      clonotypes: [note("A", { tag: "clone_2", sequence: "ACGT" }), note("B", { name: "old", notes: "mine" })],
      other: { info: "same" },
    };
    const theirs: AnnotationBody = {
      ...base,
      clonotypes: [note("A", { tag: "clone_3", sequence: "ACGT" }), note("B", { name: "new" })],
      other: { info: "same" },
    };
    expect(differences(base, mine, theirs).map((d) => [d.part, d.id, d.field, d.mine, d.theirs, d.by])).toEqual([
      ["clonotype", "A", "tag", "clone_2", "clone_3", "both"],
      ["clonotype", "B", "name", "old", "new", "theirs"],
      ["clonotype", "B", "notes", "mine", undefined, "mine"],
    ]);
  });

  test("merging keeps the changes of both, and decides as it is told", () => {
    const mine: AnnotationBody = {
      ...base,
      clonotypes: [note("A", { tag: "clone_2", sequence: "ACGT" }), note("C", { tag: "noise" })],
      samples: [{ sample_id: 1, name: "uno" }, { sample_id: 2 }],
      order: [1],
    };
    const theirs: AnnotationBody = {
      ...base,
      clonotypes: [note("A", { tag: "clone_3", sequence: "ACGT" }), note("B", { name: "old", notes: "see" })],
      samples: [
        { sample_id: 3, name: "three" },
        { sample_id: 1, name: "one" },
        { sample_id: 2, info: "day 33" },
      ],
      tags: [{ id: "clone_3", name: "relapse" }],
    };
    const list = differences(base, mine, theirs);
    for (const side of ["mine", "theirs"] as const) {
      const got = merged(mine, theirs, list, () => side);
      expect(got.clonotypes).toContainEqual(
        note("A", { tag: side === "mine" ? "clone_2" : "clone_3", sequence: "ACGT" }),
      );
      expect(got.clonotypes).toContainEqual(note("C", { tag: "noise" }));
      // I took B's name away, they wrote a note on it: both hold.
      expect(got.clonotypes).toContainEqual(note("B", { notes: "see" }));
      expect(got.samples).toEqual([
        { sample_id: 3, name: "three" },
        { sample_id: 1, name: "uno" },
        { sample_id: 2, info: "day 33" },
      ]);
      // My order says the second of my samples: the third of theirs.
      expect(got.order).toEqual([2]);
      expect(got.tags).toEqual(theirs.tags);
      expect(got.other).toEqual({ info: "before" });
    }
  });

  test("clusters that touch are one thing: never the same clonotype in two", () => {
    const mine: AnnotationBody = {
      ...base,
      clusters: [
        ["A", "X", "Y"],
        ["P", "Q"],
        ["M", "N"],
      ],
    };
    const theirs: AnnotationBody = {
      ...base,
      clusters: [
        ["A", "X"],
        ["Y", "Z"],
      ],
    };
    const list = differences(base, mine, theirs);
    expect(list.map((d) => [d.id, d.by])).toEqual([
      ["A", "both"],
      ["M", "mine"],
      ["P", "theirs"],
    ]);
    const sorted = (body: AnnotationBody) => (body.clusters ?? []).map((ids) => (ids ?? []).join("")).sort();
    expect(sorted(merged(mine, theirs, list, () => "mine"))).toEqual(["AXY", "MN"]);
    expect(sorted(merged(mine, theirs, list, () => "theirs"))).toEqual(["AX", "MN", "YZ"]);
  });

  test("merging with nobody's changes is the other's version", () => {
    const theirs: AnnotationBody = { ...base, clonotypes: [note("Z", { tag: "noise" })] };
    expect(merged(base, theirs, differences(base, base, theirs), () => "mine")).toEqual(theirs);
  });
});

describe("names of tags and normalisation on the server", () => {
  test("come back, and what else is said of tags stays", () => {
    const table = small();
    const base: AnnotationBody = {
      tags: [
        { id: "noise", hidden: true },
        { id: "0", name: "main" },
      ],
    };
    const doc = toDocument(table, [1, 2], base);
    expect([...doc.tagNames]).toEqual([["clone_1", "main"]]);
    const named = { ...doc, tagNames: new Map([["noise", "dust"]]) };
    expect(toBody(table, [1, 2], named, base).tags).toEqual([{ id: "noise", hidden: true, name: "dust" }]);
    expect(toBody(table, [1, 2], { ...doc, tagNames: new Map() }, base).tags).toEqual([{ id: "noise", hidden: true }]);
  });
});

describe("drafts", () => {
  const setup = (may = true, version = 3, store: Partial<Store> = {}) => {
    vi.useFakeTimers();
    const table = small();
    const body: AnnotationBody = { clonotypes: [note("AAA", { tag: "clone_1" })] };
    const annotation: Annotation = { version, may_save: may, body };
    const ws = new Workspace(table, documentOf(table, [1, 2], annotation));
    const kept: { draft: Draft | null } = { draft: null };
    const keeper: DraftKeeper = {
      put: (draft) => {
        kept.draft = draft;
        return Promise.resolve();
      },
      remove: () => {
        kept.draft = null;
        return Promise.resolve();
      },
    };
    const saved: { body: AnnotationBody; based: number }[] = [];
    const all: Store = {
      load: () => Promise.resolve(annotation),
      save: (next, based) => {
        saved.push({ body: next, based });
        return Promise.resolve({ version: based + 1, may_save: true, body: next });
      },
      ...store,
    };
    const autosave = new Autosave(ws, [1, 2], annotation, all, keeper);
    autosave.start();
    const tag = (id: string, name: string) => ws.commit({ kind: "tag", ids: [cloneId(id)], tag: name });
    return { ws, autosave, kept, saved, tag, annotation };
  };
  const tags = (body: AnnotationBody | undefined) =>
    Object.fromEntries((body?.clonotypes ?? []).map((n) => [n.id, n.tag]));

  test("are kept a moment after a change, and go when it was saved", async () => {
    const { kept, saved, tag } = setup();
    tag("CCC", "clone_2");
    await vi.advanceTimersByTimeAsync(300);
    expect([kept.draft?.version, tags(kept.draft?.body), tags(kept.draft?.base)]).toEqual([
      3,
      { AAA: "clone_1", CCC: "clone_2" },
      { AAA: "clone_1" },
    ]);
    await vi.advanceTimersByTimeAsync(2000);
    expect([saved.length, kept.draft]).toEqual([1, null]);
  });

  test("stay while the server does not answer, and the state says so", async () => {
    const { autosave, kept, tag } = setup(true, 3, {
      save: () => Promise.reject(new ApiError({ code: "unreachable" })),
    });
    tag("CCC", "clone_2");
    await vi.advanceTimersByTimeAsync(30_000);
    expect([autosave.state.value.kind, tags(kept.draft?.body).CCC]).toEqual(["failed", "clone_2"]);
  });

  test("go when everything was undone", async () => {
    const { ws, kept, saved, tag } = setup();
    tag("CCC", "clone_2");
    await vi.advanceTimersByTimeAsync(300);
    ws.undo();
    await vi.advanceTimersByTimeAsync(5000);
    expect([kept.draft, saved]).toEqual([null, []]);
  });

  test("nobody who may not save leaves one", async () => {
    const { autosave, kept, tag } = setup(false);
    tag("CCC", "clone_2");
    await vi.advanceTimersByTimeAsync(5000);
    expect([autosave.state.value.kind, kept.draft]).toEqual(["readOnly", null]);
  });

  test("of the same version are taken over and saved", async () => {
    const { autosave, saved, annotation, ws } = setup();
    const body: AnnotationBody = { clonotypes: [note("GGG", { tag: "noise" })] };
    autosave.resume({ at: 1, version: 3, base: annotation.body, body });
    expect(ws.doc.value.tags.get(2)).toBe("noise");
    await vi.advanceTimersByTimeAsync(2500);
    expect(saved.map((s) => [s.based, tags(s.body)])).toEqual([[3, { GGG: "noise" }]]);
  });

  test("of an earlier version are a conflict: merging keeps what others saved meanwhile", async () => {
    const { autosave, saved, annotation, kept, ws } = setup(true, 5);
    const body: AnnotationBody = { clonotypes: [note("GGG", { tag: "noise" })] };
    autosave.resume({ at: 1, version: 4, base: {}, body });
    await vi.advanceTimersByTimeAsync(5000);
    const state = autosave.state.value;
    expect([state.kind, saved]).toEqual(["conflict", []]);
    // A page that is closed now leaves a draft that will be a conflict again.
    expect(kept.draft).toMatchObject({ version: -1, base: {} });
    if (state.kind !== "conflict") return;
    const both = merged(
      autosave.body(),
      state.theirs.body,
      differences(state.base, autosave.body(), annotation.body),
      () => "mine",
    );
    await autosave.keepBoth(both);
    expect(saved.map((s) => [s.based, tags(s.body)])).toEqual([[5, { AAA: "clone_1", GGG: "noise" }]]);
    expect([...ws.doc.value.tags.values()].sort()).toEqual(["clone_1", "noise"]);
    expect([autosave.state.value.kind, kept.draft]).toEqual(["saved", null]);
  });

  test("what the server has is shown without being saved again", async () => {
    const { autosave, saved, ws } = setup();
    autosave.adopt({ version: 9, may_save: true, body: { clonotypes: [note("TTT", { tag: "dimer" })] } });
    await vi.advanceTimersByTimeAsync(5000);
    expect([ws.doc.value.tags.get(3), saved, autosave.version]).toEqual(["dimer", [], 9]);
  });
});

test("more clonotypes are ten times as many, then all that are kept", () => {
  expect(moreThan({ top: 1000, keep: ["A"] })).toEqual({ top: 10_000, keep: ["A"] });
  expect(moreThan({ top: 100_000, keep: [] })).toEqual({ top: 0, keep: [] });
});
