/** What a browser loads first, as built: a test of the build, skipped when there is none. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

interface Chunk {
  readonly name?: string;
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
  readonly assets?: readonly string[];
}

/** VIDJIL_CLIENT names another build than the one that goes into the program. */
const dist = resolve(import.meta.dirname, "..", process.env.VIDJIL_CLIENT ?? "dist");
const manifestFile = resolve(dist, ".vite/manifest.json");
const sources = resolve(import.meta.dirname, "../src");
const changed = (): boolean => {
  const built = statSync(manifestFile).mtimeMs;
  return readdirSync(sources, { recursive: true, encoding: "utf8" }).some(
    (f) => statSync(resolve(sources, f)).mtimeMs > built,
  );
};
const why = !existsSync(manifestFile) ? "is not built" : changed() ? "was built before the last change" : "";
const missing = why !== "";
if (missing) console.warn(`SKIP bundle size: the client ${why} (npm run build)`);

const manifest = (): Record<string, Chunk> => JSON.parse(readFileSync(manifestFile, "utf8"));
const kilobytes = (files: Iterable<string>, wanted: RegExp): number => {
  let sum = 0;
  for (const file of files) {
    if (!wanted.test(file)) continue;
    const bytes = readFileSync(resolve(dist, file));
    // Fonts are compressed already.
    sum += file.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length;
  }
  return sum / 1000;
};

/** Files of a chunk and of all that it imports at once. */
function files(all: Record<string, Chunk>, name: string, out = new Set<string>()): Set<string> {
  const chunk = all[name]!;
  if (out.has(chunk.file)) return out;
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) out.add(file);
  for (const each of chunk.imports ?? []) files(all, each, out);
  return out;
}

/** The chunk of a source that is read by its name; one that others share is told by its name alone. */
function chunkOf(all: Record<string, Chunk>, part: string): string {
  const base = part.split("/").at(-1);
  const found = Object.keys(all).find(
    (name) => [`src/${part}.ts`, `src/${part}.tsx`].includes(name) || all[name]?.name === base,
  );
  if (!found) throw new Error(`the build has no chunk of ${part}`);
  return found;
}

describe.skipIf(missing)("the build", () => {
  test("first page: at most 300 kB with its fonts", () => {
    const first = files(manifest(), "index.html");
    const size = kilobytes(first, /\.(js|css)$/) + kilobytes(first, /sans.*\.woff2$/);
    console.info(`first page: ${size.toFixed(0)} kB`);
    expect(size).toBeLessThanOrEqual(300);
  });

  // What a person who comes by the address of a page waits for.
  test.each([
    ["sign-in", ["features/auth/SignIn"]],
    ["list of patients", ["features/server/Shell", "features/sets/lists", "i18n/lists.en"]],
    ["set", ["features/server/Shell", "features/sets/SetPage", "i18n/lists.en", "i18n/admin.en"]],
    ["upload", ["features/server/Shell", "features/upload/UploadPage", "i18n/lists.en"]],
    ["local file in the workspace", ["app/opening", "features/workspace/Screen", "i18n/sequences.en"]],
    ["result in the workspace", ["features/server/Acting", "features/result/ResultPage", "i18n/sequences.en"]],
    ["report", ["features/server/Acting", "features/report/ReportPage", "i18n/report.en", "i18n/sequences.en"]],
  ])("%s: at most 300 kB of scripts and styles", (page, parts) => {
    const all = manifest();
    const loaded = files(all, "index.html");
    for (const part of parts) files(all, chunkOf(all, part), loaded);
    const size = kilobytes(loaded, /\.(js|css)$/);
    console.info(`${page}: ${size.toFixed(0)} kB`);
    expect(size).toBeLessThanOrEqual(300);
  });

  test("nothing is loaded from elsewhere", () => {
    const page = readFileSync(resolve(dist, "index.html"), "utf8");
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    for (const file of files(manifest(), "index.html")) {
      if (file.endsWith(".css")) expect(readFileSync(resolve(dist, file), "utf8")).not.toMatch(/url\(["']?https?:/);
    }
  });
});
