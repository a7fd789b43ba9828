/** The administration without a browser: options of configs, rights as a matrix, QR codes. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { qr, qrPath } from "../src/features/account/qr";
import { difference, faultsOf, formOf, GERMLINES, OTHER, optionsOf, SIMPLE } from "../src/features/admin/options";
import type { Group, GroupDetail } from "../src/features/admin/queries";
import { columnsOf, holds, peopleOf, treeOf, turn, wanted } from "../src/features/admin/rights";
import { en, fr } from "./messages";

const LANGUAGES = [en, fr];

const root = resolve(import.meta.dirname, "../..");

interface Schema {
  readonly properties: Readonly<
    Record<string, { minimum?: number; maximum?: number; type?: string; description?: string; $ref?: string }>
  >;
}

describe("the form of a config", () => {
  const schemas: Readonly<Record<string, Schema>> = JSON.parse(
    readFileSync(resolve(root, "docs/api/openapi.json"), "utf8"),
  ).components.schemas;
  const described = new Map(
    Object.entries(schemas.ConfigOptions!.properties).flatMap(([name, p]) =>
      p.$ref
        ? Object.entries(schemas[p.$ref.split("/").at(-1)!]!.properties).map(
            ([inner, q]) => [`${name}.${inner}`, q] as const,
          )
        : [[name, p] as const],
    ),
  );

  test("has a place for each option that the server knows, and no other", () => {
    expect([...SIMPLE.map((o) => o.path), ...OTHER].sort()).toEqual([...described.keys()].sort());
  });

  test.each(SIMPLE)("$path is what the server says of it", (option) => {
    const says = described.get(option.path)!;
    expect(says.type).toBe(option.kind === "switch" ? "boolean" : option.whole ? "integer" : "number");
    if (option.kind === "switch") return;
    expect(says.maximum ?? option.max).toBe(option.max);
    const named = /; 0 is (\d+)/.exec(says.description ?? "")?.[1];
    if (named) expect(option.default).toBe(Number(named));
    else expect(typeof option.default).toBe("string");
  });

  test.each(LANGUAGES)("has words for each option in $language", (m) => {
    for (const path of described.keys()) expect(m.admin.options.label[path], path).toBeTruthy();
    for (const o of SIMPLE) {
      expect(m.admin.options.sections[o.section], o.section).toBeTruthy();
      if (o.kind === "number") expect(m.admin.options.unit[o.unit], o.unit).toBeTruthy();
    }
  });

  test.each(Object.keys(GERMLINES))("offers the systems of the set %s", (name) => {
    const set: { systems: readonly { code: string }[] } = JSON.parse(
      readFileSync(resolve(root, `vdj/germline/sets/${name}.json`), "utf8"),
    );
    expect(GERMLINES[name]).toEqual(set.systems.map((s) => s.code));
  });

  test("sends back what it was given", () => {
    const options = {
      germline: "mouse",
      systems: ["IGH", "IGH+"],
      unexpected: true,
      window: 60,
      min_percent: 0.5,
      no_clusters: true,
      sampled_reads: 1000,
      labels: [{ name: "spike", sequence: "ACGTACGTACGT", copies: 40, family: "IGH" }],
      label_filter: true,
      airr: true,
      fuse: { top: 50, distributions: [["lenCDR3"], ["seg5", "seg3"]] },
      quality: { min_reads: 10_000 },
    };
    expect(optionsOf(formOf(options))).toEqual(options);
    expect(optionsOf(formOf({}))).toEqual({});
  });

  test("tells numbers that are out of their range, and takes a decimal comma", () => {
    const form = formOf({});
    const typed = {
      ...form,
      numbers: { ...form.numbers, window: "20", min_percent: "101", min_reads: "2.5", e_value: "0,5" },
    };
    expect([...faultsOf(typed).keys()].sort()).toEqual(["min_percent", "min_reads", "window"]);
    expect(optionsOf({ ...typed, numbers: { e_value: "0,5" } })).toEqual({ e_value: 0.5 });
  });
});

test("revisions differ by what they do: a default that is written out is none", () => {
  expect(difference({ germline: "human", min_reads: 5 }, {})).toEqual([]);
  expect(difference({ systems: ["IGH", "TRG"], window: 50 }, { systems: ["TRG", "TRB"], window: 60 })).toEqual([
    { path: "systems", before: ["IGH"], after: ["TRB"] },
    { path: "window", before: [], after: ["60"] },
  ]);
});

const group = (id: number, name: string, rights: readonly string[], more: Partial<Group> = {}): Group => ({
  id,
  name,
  description: "",
  kind: "ordinary",
  members: 0,
  rights,
  may_manage: true,
  ...more,
});

describe("rights", () => {
  test("a tree: groups below stand under theirs, everybody and single people at the end", () => {
    const list = [
      group(1, "user_1", [], { kind: "personal" }),
      group(2, "public", [], { kind: "public" }),
      group(3, "Zürich", []),
      group(4, "Nurses", [], { parent_id: 5 }),
      group(5, "Hospital", []),
      group(6, "Doctors", [], { parent_id: 5 }),
    ];
    expect(treeOf(list).map((x) => [x.group.name, x.depth])).toEqual([
      ["Hospital", 0],
      ["Doctors", 1],
      ["Nurses", 1],
      ["Zürich", 0],
      ["public", 0],
      ["user_1", 0],
    ]);
    expect(treeOf([list[3]!]).map((x) => x.depth)).toEqual([0]);
  });

  test("what is turned twice is no change, and all rights are sent", () => {
    const g = group(1, "a", ["set:read", "config:read"]);
    const once = turn(new Map(), 1, "set:anon");
    expect(holds(g, "set:anon", once)).toBe(true);
    expect(turn(once, 1, "set:anon").size).toBe(0);
    expect(wanted(g, turn(once, 1, "set:read"))).toEqual(["config:read", "set:anon"]);
  });

  test("columns stand in one order, with those that the server has besides", () => {
    expect(columnsOf("set", [{ kind: "set", rights: ["set:share", "set:read", "set:create"] }])).toEqual([
      "set:create",
      "set:read",
      "set:share",
    ]);
    expect(columnsOf("group", [])).toEqual([]);
  });

  test("members of a group below reach the one above with their own rights only", () => {
    const people = (...ids: number[]) => ids.map((id) => ({ user_id: id, name: `p${id}`, email: "" }));
    const above: GroupDetail = { ...group(1, "Hospital", ["set:read"]), people: people(1, 2) };
    const below: GroupDetail = { ...group(2, "Doctors", ["set:anon"]), people: people(2, 3) };
    const rows = peopleOf(above, [below]);
    expect(rows.map((p) => [p.name, p.direct, p.through.join()])).toEqual([
      ["p1", true, ""],
      ["p2", true, "Doctors"],
      ["p3", false, "Doctors"],
    ]);
    expect([...rows[0]!.rights]).toEqual([["set:read", [""]]]);
    expect([...rows[1]!.rights]).toEqual([
      ["set:read", [""]],
      ["set:anon", ["Doctors"]],
    ]);
    expect([...rows[2]!.rights]).toEqual([["set:anon", ["Doctors"]]]);
  });
});

describe("QR codes", () => {
  const text = (code: boolean[][]) => code.map((line) => line.map((dark) => (dark ? "1" : "0")).join("")).join("\n");
  const sum = (code: boolean[][]) => createHash("sha256").update(text(code)).digest("hex");

  // Squares and sums are those of another encoder (github.com/boombuler/barcode), level M, bytes.
  test("the smallest", () => {
    expect(text(qr("A")).split("\n").slice(0, 12)).toEqual([
      "111111101001001111111",
      "100000101111101000001",
      "101110100010101011101",
      "101110101101101011101",
      "101110100111001011101",
      "100000100101101000001",
      "111111101010101111111",
      "000000001101100000000",
      "101101110011101001011",
      "010110010101111001000",
      "110011101101000001101",
      "101101000001001111100",
    ]);
    expect(sum(qr("A"))).toBe("bc9009ae87ca68f1d256b69eb26362086d73d9f0b95f1e9f3dccae752626c3b6");
  });

  const uri = (account: string) =>
    `otpauth://totp/Vidjil:${account}?algorithm=SHA1&digits=6&issuer=Vidjil&period=30&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP`;

  test.each([
    ["doctor@demo.example", 49, "836cc4685a57cfb79ffb2d3adf12ac6afc9fb50e67f35015b760aad985a2146c"],
    [
      "a.very.long.name.of.a.person@hospital-with-a-long-name.example",
      53,
      "4cd5047fcf18b92c08c1013b6ac0d439eef137dd39353f7ca5a1c0d689422e8e",
    ],
  ])("of an authenticator: %s", (account, size, want) => {
    const code = qr(uri(account));
    expect(code).toHaveLength(size);
    expect(sum(code)).toBe(want);
  });

  test("up to 213 bytes, drawn with a quiet zone", () => {
    expect(sum(qr("x".repeat(213)))).toBe("f8a692e420006d88c10e55f6fb2f048c68ad07db0d7c3f134adf4ff3fc04aae2");
    expect(() => qr("x".repeat(214))).toThrow("too long");
    expect(qrPath([[false, true]])).toBe("M5 4h1v1h-1z");
  });
});
