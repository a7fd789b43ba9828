/** Words of an area come with the pages that show them: each page must have asked for them before it is drawn. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";

const src = resolve(import.meta.dirname, "../src");

interface Source {
  readonly uses: ReadonlySet<string>;
  readonly static: readonly string[];
  /** What is read later, with the words that come with it. */
  readonly later: readonly { readonly file: string; readonly areas: readonly string[] }[];
}

/** The areas, by the file that lists them: a new one is looked after as well. */
const AREA = [...readFileSync(join(src, "i18n/areas.ts"), "utf8").matchAll(/^ {2}readonly (\w+): \w+Messages;$/gm)]
  .map((x) => x[1])
  .join("|");

function resolved(from: string, name: string): string | null {
  const base = resolve(dirname(from), name);
  return (
    [`${base}.ts`, `${base}.tsx`, join(base, "index.ts"), base].find((f) => /\.tsx?$/.test(f) && existsSync(f)) ?? null
  );
}

function read(file: string): Source {
  const text = readFileSync(file, "utf8");
  const uses = [...text.matchAll(new RegExp(`\\b(?:m|plain|peek\\(\\)|value)\\.(${AREA})\\b`, "g"))].map((x) => x[1]!);
  const files = (found: IterableIterator<RegExpMatchArray>) => [...found].flatMap((x) => resolved(file, x[1]!) ?? []);
  const later = [...text.matchAll(/(?:withWords\(\s*\[([^\]]*)\],\s*\(\) => )?\bimport\("(\.[^"]+)"\)/g)].flatMap(
    (x) => {
      const target = resolved(file, x[2]!);
      return target ? [{ file: target, areas: [...(x[1] ?? "").matchAll(/"(\w+)"/g)].map((a) => a[1]!) }] : [];
    },
  );
  return {
    uses: new Set(uses),
    static: files(text.matchAll(/^(?:import|export)(?! type)[^;]*?from "(\.[^"]+)";/gm)),
    later,
  };
}

const sources = new Map<string, Source>();
for (const name of readdirSync(src, { recursive: true, encoding: "utf8" }))
  if (/\.tsx?$/.test(name) && !name.startsWith("i18n")) sources.set(join(src, name), read(join(src, name)));

/** What is read from a file on without its words having been asked for, with the way to it. */
function missing(file: string, has: ReadonlySet<string>, seen = new Set<string>()): string[] {
  const key = `${file} ${[...has].sort().join(" ")}`;
  const source = sources.get(file);
  if (seen.has(key) || !source) return [];
  seen.add(key);
  const here = [...source.uses].filter((a) => !has.has(a)).map((a) => `${relative(src, file)} shows words of ${a}`);
  return [
    ...here,
    ...source.static.flatMap((f) => missing(f, has, seen)),
    ...source.later.flatMap(({ file: f, areas }) => missing(f, new Set([...has, ...areas]), seen)),
  ];
}

test("each page has its words before it is drawn", () => {
  expect(AREA.split("|")).toEqual(expect.arrayContaining(["admin", "lists", "sequenceWork", "transfer"]));
  expect([...sources.values()].filter((s) => s.uses.size > 0).length).toBeGreaterThan(50);
  expect(missing(join(src, "main.tsx"), new Set())).toEqual([]);
});

describe("languages", () => {
  beforeEach(() => vi.resetModules());

  test("an area is there when it was needed, also after a change of language", async () => {
    const { messages, need, speak } = await import("../src/i18n");
    expect(messages.peek().lists).toBeUndefined();
    await need("lists");
    expect(messages.peek().lists.filter).toBe("Filter");
    await speak("fr-CA");
    expect(messages.peek().locale).toBe("fr");
    expect(messages.peek().lists.filter).not.toBe("Filter");
    expect(messages.peek().report).toBeUndefined();
  });

  test("what is needed while a language comes is there in it", async () => {
    const { messages, need, speak } = await import("../src/i18n");
    const spoken = speak("fr");
    await Promise.all([need("report"), need("admin")]);
    expect([messages.peek().locale, typeof messages.peek().report, typeof messages.peek().admin]).toEqual([
      "fr",
      "object",
      "object",
    ]);
    await Promise.all([spoken, speak("en")]);
    expect([messages.peek().locale, messages.peek().report.print]).toEqual(["en", "Print or save as PDF"]);
  });
});
