import { resolve } from "node:path";
import { downloaded, expect, line, openDemo, painted, test } from "./support";

const fixtures = resolve(import.meta.dirname, "../test/fixtures");

test.describe("the workspace on the demonstration", () => {
  test.beforeEach(({ page }) => openDemo(page));

  test("what is selected in the list is highlighted in every picture", async ({ page }) => {
    const pictures = page.locator(".picture");
    await expect(pictures).toHaveCount(3);
    for (const i of [0, 1, 2]) expect(await painted(pictures.nth(i), 2)).toBe(0);
    await line(page, "IGHV3-30*02").first().click();
    await expect(page.getByTestId("selected")).toContainText("1 clonotype · 9,550 reads · 50.9%");
    for (const i of [0, 1, 2]) await expect.poll(() => painted(pictures.nth(i), 2)).toBeGreaterThan(20);
    await expect(page.locator(".run[data-kind=D]")).toHaveCount(1);
    await line(page, "TRGV3 0/TAT/1 J1").click({ modifiers: ["Control"] });
    await expect(page.getByTestId("selected")).toContainText("2 clonotypes");
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("selected")).toHaveCount(0);
  });

  test("a brush on a plot selects in the list, and a click on nothing selects nothing", async ({ page }) => {
    const box = (await page.locator(".picture").nth(2).boundingBox())!;
    await page.mouse.move(box.x + 60, box.y + 4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.6, { steps: 5 });
    await page.mouse.move(box.x + box.width - 2, box.y + box.height - 30, { steps: 5 });
    await page.mouse.up();
    await expect(page.locator(".line[aria-selected=true]").first()).toBeVisible();
    const selected = page.getByTestId("selected");
    await expect(selected).toBeVisible();
    await page.mouse.click(box.x + box.width * 0.6, box.y + 20);
    await expect(selected).toHaveCount(0);
  });

  test("pointing in the list shows the clonotype in the pictures and its name in full", async ({ page }) => {
    await line(page, "TRBV6-4").hover();
    await expect(page.locator(".status-name")).toContainText("TRBV6-4*01 1//3 D1*01 5//0 J2-7*01");
    await expect.poll(() => painted(page.locator(".picture").first(), 2)).toBeGreaterThan(20);
  });

  test("tag, undo, redo", async ({ page }) => {
    const row = line(page, "TRBV6-4");
    await row.click();
    await page.getByRole("button", { name: "Tag", exact: true }).click();
    await page.getByRole("menuitem", { name: "noise" }).click();
    await expect(row.getByRole("button", { name: "Tag: noise" })).toBeVisible();
    await expect(page.getByText("Not exported")).toBeVisible();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(row.getByRole("button", { name: "Tag: no tag" })).toBeVisible();
    await page.keyboard.press("Control+Shift+Z");
    await expect(row.getByRole("button", { name: "Tag: noise" })).toBeVisible();
  });

  test("suggested clusters are accepted in one click and taken back", async ({ page }) => {
    const foot = page.locator(".list-foot");
    await expect(foot).toHaveText("296 clonotypes");
    await page.getByRole("button", { name: /^\d+ clusters suggested$/ }).click();
    const evidence = page.getByRole("dialog").getByRole("listitem").first();
    await expect(evidence.getByRole("row").first()).toContainText(/\d reads/);
    await page.getByRole("dialog").getByRole("button", { name: "Accept all" }).click();
    await expect(foot).not.toHaveText("296 clonotypes");
    await page.getByRole("button", { name: "Show the members" }).first().click();
    await expect(page.locator(".line.member").first()).toBeVisible();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(foot).toHaveText("296 clonotypes");
  });

  test("search, sort and filters; the list still adds up", async ({ page }) => {
    await page.getByRole("searchbox").fill("GTGTTTGCTCTGGAGACACTATAAC");
    await expect(page.locator(".list-foot")).toHaveText("1 of 296 clonotypes"); // on the other strand
    await expect(page.getByText("IGH smaller clonotypes")).toBeVisible();
    await page.getByRole("button", { name: "Clear the search" }).click();
    await page.getByRole("button", { name: /^IGH 63%/ }).click({ modifiers: ["Shift"] });
    await expect(page.getByRole("button", { name: /Filters/ })).toContainText("1");
    await page.getByRole("combobox", { name: "Sizes" }).selectOption("system");
    await expect(line(page, "IGHV3-30*02").first()).toContainText("80.6%");
  });

  test("the address restores the view", async ({ page }) => {
    await line(page, "IGHV3-30*02").first().click();
    await page.getByRole("combobox", { name: "Colour" }).selectOption("system");
    const sample = () => new URL(page.url()).searchParams.get("s");
    await expect.poll(() => page.url()).toContain("clone=");
    await expect.poll(sample).toMatch(/^\w{10}/);
    const first = sample();
    await page.keyboard.press("ArrowRight");
    await expect.poll(sample).not.toBe(first);
    await page.reload();
    await expect(page.getByTestId("selected")).toContainText("374 reads");
    await expect(page.getByRole("combobox", { name: "Colour" })).toHaveValue("system");
    await expect(page.getByLabel("Sample", { exact: true }).locator("option:checked")).toHaveText("Day 33");
  });

  test("two filters are in the address, and are there after it was read again", async ({ page }) => {
    await page.getByRole("button", { name: /^IGH 63%/ }).click({ modifiers: ["Shift"] });
    const filters = page.getByRole("button", { name: /Filters/ });
    await filters.click();
    await page.getByRole("button", { name: "present in this sample" }).click();
    await expect(filters).toContainText("2");
    await expect.poll(() => new URL(page.url()).searchParams.getAll("f").length).toBe(2);
    const [shown, query] = [await page.locator(".list-foot").textContent(), new URL(page.url()).searchParams];
    expect([...query.keys()], "what is usual is not said").not.toContain("of");
    for (let i = 0; i < 2; i++) {
      await page.reload();
      await expect(page.locator(".list-foot")).toHaveText(shown ?? "");
      await expect(filters).toContainText("2");
      expect(new URL(page.url()).searchParams.getAll("f")).toEqual(query.getAll("f"));
    }
  });

  test("keys alone: list, tag, preset, sample, help", async ({ page }) => {
    await page.getByRole("grid").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect(page.getByTestId("selected")).toContainText("2,248 reads");
    await page.keyboard.press("Shift+ArrowDown");
    await expect(page.getByTestId("selected")).toContainText("2 clonotypes");
    await page.keyboard.press("+");
    await expect(page.locator(".list-foot")).toHaveText(/295 of 296/);
    await page.keyboard.press("Backspace");
    await page.keyboard.press("6");
    await expect(page.getByLabel("Horizontal axis").first()).toHaveValue("n_length");
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toContainText("Cluster");
  });

  test("details: a name and a note, kept and undone", async ({ page }) => {
    await line(page, "TRBV6-4").dblclick();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("my marker");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(line(page, "my marker")).toBeVisible();
    await page.keyboard.press("Control+z");
    await expect(line(page, "my marker")).toHaveCount(0);
  });

  test("exports: CSV, FASTA, .analysis, SVG, PNG", async ({ page }) => {
    await line(page, "IGHV3-30*02").first().click();
    const choose = (format: string) => async () => {
      await page.getByRole("button", { name: "Export", exact: true }).click();
      await page.getByLabel(format).check();
      await page
        .getByLabel(/^On display \(/)
        .check({ timeout: 500 })
        .catch(() => undefined);
      await page.getByRole("button", { name: "Save the file" }).click();
    };
    const csv = await downloaded(page, choose("Table (CSV)"));
    expect(csv.name).toBe("demo.csv");
    expect(csv.text.trim().split("\r\n")).toHaveLength(297);
    await page.getByRole("button", { name: "Export", exact: true }).click();
    await page.getByLabel("Sequences (FASTA)").check();
    await expect(page.getByRole("dialog")).toContainText("Sequences of 1 clonotype will be written.");
    const fasta = await downloaded(page, () => page.getByRole("button", { name: "Save the file" }).click());
    expect(fasta.text).toMatch(/^>IGHV3-30\*02 .*50\.9%\n[ACGT]+\n/);
    const airr = await downloaded(page, choose("AIRR table (TSV)"));
    expect(airr.name).toBe("demo.airr.tsv");
    expect(airr.text).toMatch(/^sequence_id\tsequence\t/);
    const result = JSON.parse((await downloaded(page, choose("Result (.vidjil)"))).text);
    expect(result.samples.names).toEqual(["Diagnosis", "Day 33", "Day 79", "Month 12", "Relapse"]);
    const analysis = JSON.parse((await downloaded(page, choose("Notes, tags, clusters (.analysis)"))).text);
    expect(analysis.clones.map((c: { tag: string }) => c.tag)).toEqual(["dominant", "clone_5", "clone_2"]);
    const picture = (name: string) => async () => {
      await page.getByRole("button", { name: "Export this picture" }).first().click();
      await page.getByRole("menuitem", { name }).click();
    };
    expect((await downloaded(page, picture("Drawing (SVG)"))).text).toMatch(/^<svg .*<polyline/s);
    expect((await downloaded(page, picture("Picture (PNG)"))).bytes.subarray(1, 4).toString()).toBe("PNG");
  });
});

test("a file of this computer: result with analysis, an AIRR table, and what is none", async ({ page }) => {
  await page.goto("/open");
  const input = page.getByTestId("file");
  await input.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
  await expect(page.getByRole("alert")).toContainText("neither a .vidjil file nor an AIRR table");
  await input.setInputFiles([resolve(fixtures, "fused.airr.tsv")]);
  await expect(page.locator(".workspace[data-ready]")).toBeVisible();
  await page.getByRole("link", { name: "Open another file" }).click();
  const analysis = { clones: [{ id: "gone", tag: "noise" }], clusters: [] };
  await input.setInputFiles([
    {
      name: "a.vidjil",
      mimeType: "application/json",
      buffer: Buffer.from(
        JSON.stringify({
          vidjil_json_version: "2016b",
          samples: { number: 1, original_names: ["one"] },
          reads: { total: [9], segmented: [8], germline: { IGH: [8] } },
          clones: [{ id: "A", germline: "IGH", name: "<img src=x onerror=alert(1)>", reads: [8], top: 1 }],
        }),
      ),
    },
    { name: "a.analysis", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(analysis)) },
  ]);
  await expect(page.getByRole("status").first()).toContainText("1 clonotype of the analysis is not in this result");
  await expect(line(page, "<img src=x onerror=alert(1)>")).toBeVisible();
  await expect(page.locator(".picture")).toHaveCount(2);
});

test("a dropped file opens", async ({ page }) => {
  await page.goto("/open");
  const files = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["sequence_id\tv_call\tj_call\tduplicate_count\nA\tIGHV1-2*01\tIGHJ4*02\t7\n"], "x.tsv"));
    return data;
  });
  await page.locator("main").dispatchEvent("drop", { dataTransfer: files });
  await expect(line(page, "IGHV1-2 J4*02")).toContainText("100%");
});

test("in French", async ({ page }) => {
  await page.goto("/open");
  await page.getByRole("button", { name: "Français" }).click();
  await page.getByRole("button", { name: "Ouvrir la démonstration" }).click();
  await expect(line(page, "IGHV3-30*02").first()).toContainText("50,9 %");
  await expect(page.locator("html")).toHaveAttribute("lang", "fr");
});

test("a file by its address, with its notes; an address that cannot be read is told", async ({ page }) => {
  const answer = (body: string) => ({ status: 200, contentType: "application/json", body });
  const result = {
    vidjil_json_version: "2016b",
    samples: { number: 1, original_names: ["one"] },
    reads: { total: [9], segmented: [8], germline: { IGH: [8] } },
    clones: [{ id: "A", germline: "IGH", name: "by address", reads: [8], top: 1 }],
  };
  await page.route(
    (url) => url.pathname === "/files/a.vidjil",
    (route) => route.fulfill(answer(JSON.stringify(result))),
  );
  await page.route(
    (url) => url.pathname === "/files/a.analysis",
    (route) => route.fulfill(answer('{"clones":[{"id":"A","tag":"noise"}],"clusters":[]}')),
  );
  await page.goto("/?data=/files/a.vidjil");
  await page.locator(".workspace[data-ready]").waitFor();
  await expect(line(page, "by address").getByRole("button", { name: "Tag: noise" })).toBeVisible();
  await page.goto("/open?data=javascript:alert(1)");
  await expect(page.getByRole("alert")).toContainText("is no address of the web");
  await expect(page.getByRole("button", { name: "Choose files…" })).toBeEnabled();
});

test("the report of a file, and back", async ({ page }) => {
  await openDemo(page);
  await page.getByRole("combobox", { name: "Sizes" }).selectOption("system");
  await page.getByRole("link", { name: "Report" }).click();
  await expect(page.locator(".paper")).toContainText("Size of its system");
  await expect(page.locator(".paper-clonotypes tbody tr")).not.toHaveCount(0);
  await page.getByRole("link", { name: "Back to the clonotypes" }).click();
  await page.locator(".workspace[data-ready]").waitFor();
  await expect(page.getByRole("combobox", { name: "Sizes" })).toHaveValue("system");
});
