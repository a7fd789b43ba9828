// Measures the workspace on many clonotypes in headless Chromium, prints a table and keeps it in bench/results.
//
//	npm run bench                          100 000 clonotypes x 100 samples, bounds judged
//	node bench/run.mjs 10000 50            other numbers, nothing kept
//	DIST=dist node bench/run.mjs           what is built already, instead of a build of its own
//	PROFILE=filter node bench/run.mjs      where the time of one action goes, by part and function
//
// "CPU" is the time of the page's main thread for one update (scripts, style, layout, painting), as the browser accounts
// it; times on the wall stand beside it and suffer from whatever else the machine does. Bounds are judged on CPU time.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { cpus, tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { chromium } from "@playwright/test";
import { build } from "vite";
import { stream } from "./data.mjs";

const rows = Number(process.argv[2] ?? 100_000);
const samples = Number(process.argv[3] ?? 100);
const web = resolve(import.meta.dirname, "..");
const profiled = process.env.PROFILE ?? "";

/** Milliseconds at the 95th percentile, and megabytes, that a release may not pass at 100 000 x 100. */
const BOUNDS = { "first paint": 1000, hover: 16, brush: 16, filter: 50, memory: 500 };

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

async function serve(dist, bytes) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const file = extname(path) === "" ? "index.html" : path.slice(1);
    if (path === "/bench.arrow") {
      response.end(bytes);
      return;
    }
    try {
      response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(readFileSync(join(dist, file)));
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  return server;
}

/** Drops the columns on the start page; from the drop to the painted list. */
const open = (page) =>
  page.evaluate(async () => {
    const bytes = await (await fetch("/bench.arrow")).arrayBuffer();
    const data = new DataTransfer();
    data.items.add(new File([bytes], "bench.arrow"));
    const start = performance.now();
    document
      .querySelector("main")
      .dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    while (!document.querySelector(".workspace .line")) {
      await new Promise(requestAnimationFrame);
      const problem = document.querySelector("[role=alert]")?.textContent;
      if (problem) throw new Error(problem);
    }
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - start;
  });

const settle = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** The nearest rank: the smallest value that this share of all do not exceed. */
const percentile = (sorted, p) => sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)];

/** Times that an action is done before it is measured, less one: code is compiled while it runs. */
const WARM = 3;

/** Measures one action many times, and keeps a line of the table. */
function meter(page, cdp, lines) {
  const spent = async () => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    return (name) => metrics.find((m) => m.name === name).value * 1000;
  };
  const cpu = async () => (await spent())("TaskDuration");
  return async (kind, name, times, act) => {
    for (let i = -WARM; i <= 0; i++) {
      await act(i + WARM);
      await settle(page);
    }
    const [used, wall] = [[], []];
    const first = await spent();
    if (profiled === kind) await cdp.send("Profiler.start");
    for (let i = 1; i <= times; i++) {
      const [before, start] = [await cpu(), performance.now()];
      await act(i);
      await settle(page);
      wall.push(performance.now() - start);
      used.push((await cpu()) - before);
    }
    if (profiled === kind) {
      console.log(`\n${kind}, ${name}`);
      printParts(first, await spent(), times);
      printProfile((await cdp.send("Profiler.stop")).profile, times);
    }
    used.sort((a, b) => a - b);
    wall.sort((a, b) => a - b);
    lines.push({
      kind,
      name,
      unit: "ms",
      p50: percentile(used, 0.5),
      p95: percentile(used, 0.95),
      wall: percentile(wall, 0.5),
    });
  };
}

/** What the page's main thread did, per action: what is none of these is painting and compositing. */
function printParts(before, after, times) {
  for (const part of ["TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration"])
    console.log(`${((after(part) - before(part)) / times).toFixed(2).padStart(8)} ms  ${part}`);
}

/** Functions by the time spent in themselves, per action. */
function printProfile(profile, times) {
  const self = new Map();
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  profile.samples.forEach((id, i) => {
    const { functionName, url, lineNumber } = byId.get(id).callFrame;
    const key = `${functionName || "(anonymous)"} ${url.split("/").at(-1)}:${lineNumber + 1}`;
    self.set(key, (self.get(key) ?? 0) + profile.timeDeltas[i] / 1000);
  });
  const heaviest = [...self].sort((a, b) => b[1] - a[1]).slice(0, 30);
  for (const [name, ms] of heaviest) console.log(`${(ms / times).toFixed(2).padStart(8)} ms  ${name}`);
}

async function measureAll(page, measure) {
  await measure("nothing", "what measuring costs", 40, () => undefined);
  const boxOf = (i) => page.locator(".picture").nth(i).boundingBox();
  for (const [pane, name] of [
    [1, "V x J"],
    [0, "time graph"],
  ]) {
    const box = await boxOf(pane);
    await measure("hover", name, 60, (i) => page.mouse.move(box.x + 80 + i * 6, box.y + 40 + ((i * 37) % 140)));
  }
  const list = await page.locator(".list-lines").boundingBox();
  await measure("hover", "list", 60, (i) => page.mouse.move(list.x + 60, list.y + 10 + (i % 12) * 26));
  await page.getByLabel("Horizontal axis").nth(1).selectOption("cdr3_length");
  const second = page
    .locator(".pane")
    .filter({ has: page.getByLabel("Horizontal axis") })
    .nth(1);
  await second.getByRole("button", { name: "Bubbles" }).click();
  for (const [pane, name] of [
    [1, "V x J"],
    [2, "CDR3 length x size"],
  ]) {
    const box = await boxOf(pane);
    await page.mouse.move(box.x + 70, box.y + 20);
    await page.mouse.down();
    await measure("brush", name, 40, (i) => page.mouse.move(box.x + 70 + i * 5, box.y + 20 + i * 4));
    await page.mouse.up();
    await page.keyboard.press("Escape");
  }
  await measure("filter", "a locus off and on", 40, () => page.locator(".system").nth(1).click());
  await measure("filter", "top ± 10", 40, (i) => page.keyboard.press(i % 2 ? "Shift+ArrowLeft" : "Shift+ArrowRight"));
  await measure("select sample", "next", 20, () => page.keyboard.press("ArrowRight"));
  const sort = page.getByLabel("Sort by");
  await measure("sort", "size, V, J in turn", 18, (i) => sort.selectOption(["five", "three", "size"][i % 3]));
  await page.getByRole("searchbox").focus();
  const letters = [..."ighv3-1 ighj4"];
  await measure("search", "a letter", 8, () => page.keyboard.type(letters.shift() ?? ""));
}

function judged(line) {
  const bound = BOUNDS[line.kind];
  if (bound === undefined || rows !== 100_000 || samples !== 100) return "";
  return `${line.p95 <= bound ? "ok" : "TOO SLOW"} (≤ ${bound} ${line.unit})`;
}

function table(lines) {
  const cell = (v) => (v === undefined ? "" : v < 100 ? v.toFixed(1) : v.toFixed(0));
  const head = ["action", "", "unit", "CPU p50", "CPU p95", "wall p50", "bound"];
  const body = lines.map((l) => [l.kind, l.name, l.unit, cell(l.p50), cell(l.p95), cell(l.wall), judged(l)]);
  const width = head.map((_, i) => Math.max(...[head, ...body].map((row) => row[i].length)));
  const row = (cells) =>
    `| ${cells.map((c, i) => (i > 2 && i < 6 ? c.padStart(width[i]) : c.padEnd(width[i]))).join(" | ")} |`;
  return [row(head), `| ${width.map((w) => "-".repeat(w)).join(" | ")} |`, ...body.map(row)].join("\n");
}

async function built() {
  if (process.env.DIST) return resolve(process.env.DIST);
  const outDir = mkdtempSync(join(tmpdir(), "vidjil-bench-"));
  process.once("exit", () => rmSync(outDir, { recursive: true, force: true }));
  await build({ root: web, logLevel: "error", build: { outDir, emptyOutDir: true, minify: profiled === "" } });
  return outDir;
}

async function main() {
  const dist = await built();
  const bytes = stream(rows, samples);
  const server = await serve(dist, bytes);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1600, height: 950 } });
    page.on("pageerror", (e) => {
      console.error("page error:", e.message);
      process.exitCode = 1;
    });
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await cdp.send("Profiler.enable");
    await page.goto(`http://127.0.0.1:${server.address().port}/open`);
    const lines = [];
    if (profiled === "open") await cdp.send("Profiler.start");
    const opened = await open(page);
    if (profiled === "open") printProfile((await cdp.send("Profiler.stop")).profile, 1);
    lines.push({ kind: "first paint", name: "after the data are there", unit: "ms", p95: opened, wall: opened });
    await measureAll(page, meter(page, cdp, lines));
    await cdp.send("HeapProfiler.collectGarbage");
    const heap = await cdp.send("Runtime.getHeapUsage");
    const memory = (heap.usedSize + (heap.backingStorageSize ?? 0)) / 1e6;
    lines.push({ kind: "memory", name: "heap and buffers", unit: "MB", p95: memory });
    report(table(lines), bytes, browser.version(), lines);
  } finally {
    await browser.close();
    server.close();
  }
}

function report(text, bytes, version, lines) {
  const date = new Date().toISOString().slice(0, 10);
  const [processor] = cpus();
  const title = `${rows.toLocaleString("en")} clonotypes × ${samples} samples, ${(bytes.length / 1e6).toFixed(0)} MB of columns`;
  console.log(`${title}\n\n${text}`);
  if (lines.some((l) => judged(l).startsWith("TOO"))) process.exitCode = 1;
  if (rows !== 100_000 || samples !== 100 || profiled !== "" || process.env.DIST) return;
  const machine = `${processor?.model ?? "unknown processor"}, ${cpus().length} processors, no graphics card; Chromium ${version}, headless, 1600 × 950`;
  const note =
    "CPU: the page's main thread for one update (scripts, style, layout, painting), milliseconds. Wall: until two frames later, whatever else the machine did. First paint is time on the wall.";
  mkdirSync(join(web, "bench/results"), { recursive: true });
  writeFileSync(join(web, `bench/results/${date}.md`), `# ${date}\n\n${title}.\n\n${machine}.\n\n${text}\n\n${note}\n`);
}

await main();
