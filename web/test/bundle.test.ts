/** What a browser loads first, as built: a test of the build, skipped when there is none. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
  readonly assets?: readonly string[];
}

const dist = resolve(import.meta.dirname, "../dist");
const manifestFile = resolve(dist, ".vite/manifest.json");
const missing = !existsSync(manifestFile);
if (missing) console.warn("SKIP bundle size: the client is not built (npm run build)");

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

describe.skipIf(missing)("the build", () => {
  test("first page: at most 300 kB with its fonts", () => {
    const first = files(manifest(), "index.html");
    const size = kilobytes(first, /\.(js|css)$/) + kilobytes(first, /sans.*\.woff2$/);
    console.info(`first page: ${size.toFixed(0)} kB`);
    expect(size).toBeLessThanOrEqual(300);
  });

  // What a person who comes by the address of a page waits for.
  test.each([
    ["sign-in", ["auth/SignIn.tsx"]],
    ["list of patients", ["server/Shell.tsx", "sets/ListPage.tsx"]],
    ["set", ["server/Shell.tsx", "sets/SetPage.tsx"]],
    ["upload", ["server/Shell.tsx", "upload/UploadPage.tsx"]],
    ["local file in the workspace", ["start/StartPage.tsx", "workspace/Screen.tsx"]],
    ["result in the workspace", ["server/Shell.tsx", "result/ResultPage.tsx", "workspace/Screen.tsx"]],
  ])("%s: at most 300 kB of scripts and styles", (page, features) => {
    const all = manifest();
    const loaded = files(all, "index.html");
    for (const feature of features) {
      const name = `src/features/${feature}`;
      // A page that is part of the first chunk has none of its own.
      if (all[name]) files(all, name, loaded);
      else expect(existsSync(resolve(dist, "..", name)), `${name} is a source`).toBe(true);
    }
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
