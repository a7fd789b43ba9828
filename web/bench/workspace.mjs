// Measures the workspace on many clonotypes in headless Chromium: how long until it is painted, and what an update of the
// main thread costs when pointing, brushing and filtering.
//
//	npm run build && node bench/workspace.mjs [clonotypes] [samples]
//
// "CPU ms" is the main thread's time per update (scripts, style, layout, painting) as the browser accounts it; it
// suffers less from a busy machine than times on the wall, which are printed beside it.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { chromium } from "@playwright/test";
import {
  columnFromArray,
  dictionary,
  float32,
  float64,
  int8,
  int32,
  Table,
  tableFromColumns,
  tableToIPC,
  uint32,
  utf8,
} from "@uwdata/flechette";

const rows = Number(process.argv[2] ?? 100_000);
const samples = Number(process.argv[3] ?? 100);
const dist = resolve(process.env.DIST ?? join(import.meta.dirname, "../dist"));

/** The same numbers each time. */
let seed = 12345;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const SYSTEMS = ["IGH", "IGH+", "IGK", "IGL", "TRA", "TRB", "TRG", "TRD"];
const letters = (n) => Array.from({ length: n }, () => "ACGT"[Math.floor(random() * 4)]).join("");

/** Clonotypes whose sizes follow a power law, each in about a third of the samples, in the layout of vdj/columns. */
function stream() {
  const each = (of) => Array.from({ length: rows }, (_, i) => of(i));
  const system = each(() => SYSTEMS[Math.floor(random() ** 2 * SYSTEMS.length)]);
  const gene = (kind, n) => each((i) => `${system[i].slice(0, 3)}${kind}${1 + Math.floor(random() ** 1.5 * n)}*01`);
  const [five, three] = [gene("V", 50), gene("J", 6)];
  const text = (id) => dictionary(utf8(), int32(), false, id);
  const columns = {
    id: columnFromArray(
      each(() => letters(50)),
      utf8(),
    ),
    top: columnFromArray(
      each((i) => i + 1),
      int32(),
    ),
    system: columnFromArray(system, text(0)),
    five: columnFromArray(five, text(1)),
    three: columnFromArray(three, text(2)),
    name: columnFromArray(
      each((i) => `${five[i]} 3/${letters(5)}/2 ${three[i]}`),
      utf8(),
    ),
    length: columnFromArray(
      each(() => 150 + random() * 150),
      float32(),
    ),
    sequence_length: columnFromArray(
      each(() => 150 + Math.floor(random() * 150)),
      int32(),
    ),
    gc: columnFromArray(
      each(() => 0.4 + random() * 0.2),
      float32(),
    ),
    cdr3_aa: columnFromArray(
      each(() => "ARDYWGQGT".slice(0, 4 + Math.floor(random() * 5))),
      utf8(),
    ),
    cdr3_start: columnFromArray(
      each(() => 91),
      int32(),
    ),
    cdr3_stop: columnFromArray(
      each(() => 90 + 3 * Math.floor(4 + random() * 20)),
      int32(),
    ),
    productive: columnFromArray(
      each(() => Math.floor(random() * 3) - 1),
      int8(),
    ),
    evalue: columnFromArray(
      each(() => 1e-20),
      float64(),
    ),
  };
  const totals = [];
  for (let s = 0; s < samples; s++) {
    const reads = Uint32Array.from({ length: rows }, (_, i) =>
      random() < 0.35 ? Math.ceil((1e6 / (i + 1)) * random()) : 0,
    );
    columns[`reads_${s}`] = columnFromArray(reads, uint32());
    const systems = {};
    reads.forEach((n, i) => {
      systems[system[i]] ??= { reads: 0, clonotypes: 0 };
      systems[system[i]].reads += n;
      systems[system[i]].clonotypes += n > 0 ? 1 : 0;
    });
    const sum = Object.values(systems).reduce((a, b) => a + b.reads, 0);
    totals.push({
      name: `S${s + 1}`,
      original_name: `s${s + 1}.fastq`,
      total: Math.round(sum * 1.1),
      segmented: sum,
      systems,
    });
  }
  const plain = tableFromColumns(columns);
  const meta = new Map([["vidjil", JSON.stringify({ version: 1, samples: totals })]]);
  return tableToIPC(new Table({ ...plain.schema, metadata: meta }, plain.children), { format: "stream" });
}

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
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

const bytes = stream();
console.log(`${rows} clonotypes x ${samples} samples, ${(bytes.length / 1e6).toFixed(1)} MB of columns`);
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
const page = await browser.newPage({ viewport: { width: 1600, height: 950 } });
page.on("pageerror", (e) => console.error("page error:", e.message));
const cdp = await page.context().newCDPSession(page);
await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
await page.goto(`http://127.0.0.1:${server.address().port}/open`);
await page.evaluate(async () => {
  window.benchFile = new File([await (await fetch("/bench.arrow")).arrayBuffer()], "bench.arrow");
});

const opened = await page.evaluate(async () => {
  const start = performance.now();
  const data = new DataTransfer();
  data.items.add(window.benchFile);
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
console.log(`first paint after the data are there: ${opened.toFixed(0)} ms`);

const cpu = async () => {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return metrics.find((m) => m.name === "TaskDuration").value * 1000;
};
const settle = () =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function measure(name, times, act) {
  await settle();
  const each = [];
  const before = await cpu();
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await act(i);
    await settle();
    each.push(performance.now() - start);
  }
  const used = (await cpu()) - before;
  each.sort((a, b) => a - b);
  const p95 = each[Math.min(times - 1, Math.floor(times * 0.95))];
  console.log(
    `${name.padEnd(34)} ${(used / times).toFixed(1).padStart(7)} CPU ms   ${p95.toFixed(0).padStart(5)} ms at the 95th percentile on the wall`,
  );
}

const boxOf = (i) => page.locator(".picture").nth(i).boundingBox();
for (const [pane, name] of [
  [1, "V x J"],
  [0, "time graph"],
]) {
  const box = await boxOf(pane);
  await measure(`hover, ${name}`, 40, (i) => page.mouse.move(box.x + 80 + i * 8, box.y + 40 + ((i * 37) % 140)));
}
const list = await page.locator(".list-lines").boundingBox();
await measure("hover, list", 40, (i) => page.mouse.move(list.x + 60, list.y + 10 + (i % 14) * 26));
await page.getByLabel("Horizontal axis").nth(1).selectOption("cdr3_length");
await page
  .locator(".pane")
  .filter({ has: page.getByLabel("Horizontal axis") })
  .nth(1)
  .getByRole("button", { name: "Bubbles" })
  .click();
for (const [pane, name] of [
  [1, "V x J"],
  [2, "CDR3 length x size"],
]) {
  const box = await boxOf(pane);
  await page.mouse.move(box.x + 70, box.y + 20);
  await page.mouse.down();
  await measure(`brush, ${name}`, 30, (i) => page.mouse.move(box.x + 70 + i * 6, box.y + 20 + i * 5));
  await page.mouse.up();
  await page.keyboard.press("Escape");
}
await measure("next sample", 10, () => page.keyboard.press("ArrowRight"));
await measure("filter: a system on and off", 10, () => page.locator(".system").nth(1).click());
await page.getByRole("searchbox").focus();
await measure("search, a letter", 8, (i) => page.keyboard.press("ighv3-1 "[i] === " " ? "Space" : "ighv3-1 "[i]));
const heap = await cdp.send("Runtime.getHeapUsage");
console.log(`memory: ${((heap.usedSize + (heap.backingStorageSize ?? 0)) / 1e6).toFixed(0)} MB`);
await browser.close();
server.close();
