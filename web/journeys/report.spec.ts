import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { expect, findings, missing, noPdftotext, openDemoResult, printedText, shot, signIn, test } from "./support";

test.skip(missing !== "", missing);

const reads = resolve(import.meta.dirname, "../../testdata/demo.fastq.gz");

/** Opens the report of the workspace that is on screen. */
async function toReport(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Report" }).click();
  await page.locator(".report[data-ready]").waitFor();
}

const part = (page: Page, name: string) => page.locator("li.part").filter({ hasText: name });

test.describe("a new server", () => {
  test("from the link that it prints to the printed report of a clonotype", async ({ page, fresh }) => {
    test.skip(noPdftotext !== "", noPdftotext);
    test.setTimeout(180_000);
    await page.goto(fresh.setup);
    await page.getByLabel("Your name").fill("Ada Admin");
    await page.getByLabel("E-mail").fill("ada@lab.example");
    const password = "a long sentence to sign in with";
    await page.getByLabel("New password").fill(password);
    await page.getByLabel("The same again").fill(password);
    await page.locator("form button[type=submit]").click();
    await page.waitForURL("**/patients");
    await chooseAutomaticAnalysis(page, fresh.address);

    await page.goto(`${fresh.address}/new?kind=patient`);
    await page.getByLabel("Row 1, Last name").fill("Curie");
    await page.getByLabel("Row 1, First name").fill("Marie");
    await page.getByLabel("Row 1, Born").fill("1867-11-07");
    await page.getByRole("button", { name: "Create" }).click();
    await page.waitForURL(/\/sets\/\d+$/);
    const set = Number(page.url().split("/").at(-1));
    await page.getByRole("link", { name: "Add samples" }).first().click();
    await page.getByTestId("files").setInputFiles(reads);
    await page.getByLabel("Sampled: demo").fill("2026-01-02");
    await page.getByRole("button", { name: "Make 1 sample and upload" }).click();
    await page.waitForURL(/\/sets\/\d+$/);
    await expect(page.getByRole("row").filter({ hasText: "demo" })).toContainText("done", { timeout: 90_000 });

    await page.getByRole("link", { name: "Open clonotypes" }).click();
    await page.locator(".workspace[data-ready]").waitFor({ timeout: 30_000 });
    const line = page.locator(".line").first();
    const name = (await line.locator("bdi").first().innerText()).trim();
    await line.click();
    await page.getByRole("button", { name: "Tag", exact: true }).click();
    await page.getByRole("menuitem", { name: "dominant" }).click();
    await expect(page.getByTestId("saving")).toHaveText(/Saved \d/, { timeout: 15_000 });

    await toReport(page);
    expect(page.url()).toContain(`/a/${set}-1/report`);
    await page.getByLabel("Template", { exact: true }).selectOption("Diagnosis, markers");
    await page.getByRole("textbox", { name: "Paragraph" }).fill("Conclusion\n\nOne marker was found.");
    const text = await printedText(page, "new-server");
    expect(text).toContain(name);
    expect(text).toContain("dominant");
    expect(text).toContain("Curie Marie");
    expect(text).toContain("2 Jan 2026");
    expect(text).toContain("One marker was found.");
    expect(text).toMatch(/page 1 \/ \d/);
    await shot(page, "report-new-server");
    await page.close();
  });
});

/** What arrives in the person's own group is analysed by itself. */
async function chooseAutomaticAnalysis(page: Page, address: string): Promise<void> {
  const { targets } = await page.request.get(`${address}/api/v1/session`).then((r) => r.json());
  const put = await page.request.put(`${address}/api/v1/groups/${targets.set[0]}/auto-configs`, {
    headers: { "Sec-Fetch-Site": "same-origin" },
    data: { config_ids: [1] },
  });
  expect(put.ok()).toBe(true);
}

test.describe("the demonstration", () => {
  test.beforeEach(async ({ page }) => {
    await signIn(page, "doctor");
    await openDemoResult(page);
  });

  test("parts are left out, moved by keys, written, and kept; the preview follows", async ({ page }) => {
    await page.getByRole("row").filter({ hasText: "TRGV3" }).first().click();
    await toReport(page);
    const paper = page.locator(".paper");
    await expect(paper).toContainText("Demo Camille");
    expect(await paper.innerText()).not.toMatch(/undefined|NaN|\[object|null/);
    await expect(page.getByLabel("Selected (1)")).toBeChecked();
    await page.getByLabel("Largest").fill("0");
    await page.getByLabel(/^Tagged/).uncheck();
    await expect(page.getByText("1 clonotype in the report")).toBeVisible();
    await expect(paper.locator(".paper-clonotypes tbody tr")).toHaveCount(1);

    await expect(paper.locator(".paper-systems")).toBeVisible();
    await part(page, "Reads by locus").getByRole("checkbox").uncheck();
    await expect(paper.locator(".paper-systems")).toHaveCount(0);

    const order = () => paper.locator("h2").allInnerTexts();
    expect((await order()).indexOf("Samples")).toBe(1);
    await part(page, "Samples")
      .getByRole("button", { name: /^Move Samples/ })
      .focus();
    await page.keyboard.press("Alt+ArrowUp");
    expect((await order()).indexOf("Samples")).toBe(0);
    await expect(part(page, "Samples").getByRole("button", { name: /^Move Samples/ })).toBeFocused();
    await expect(page.getByText("Samples is now part 1 of")).toBeAttached();

    await page.getByRole("textbox", { name: "Paragraph" }).fill("Conclusion\n\nAs <b>expected</b>.");
    await expect(paper.getByText("As <b>expected</b>.")).toBeVisible();
    await page.getByLabel("Relapse").uncheck();
    await expect(paper.locator(".paper-samples tbody tr")).toHaveCount(4);
    await page.getByLabel("Sizes").selectOption("of its system");
    await expect(paper).toContainText("Size of its system");

    await page.reload();
    await page.locator(".report[data-ready]").waitFor();
    await expect(page.getByRole("textbox", { name: "Paragraph" })).toHaveValue("Conclusion\n\nAs <b>expected</b>.");
    await page.getByRole("link", { name: "Back to the clonotypes" }).click();
    await page.locator(".workspace[data-ready]").waitFor();
    await expect(page.getByTestId("selected")).toContainText("1 clonotype");
  });

  test("parts are dragged", async ({ page }) => {
    await toReport(page);
    const titles = () => page.locator(".paper h2").allInnerTexts();
    const from = part(page, "Clonotypes by sample").locator(".handle");
    const to = part(page, "What and how");
    await from.scrollIntoViewIfNeeded();
    const [a, b] = [await from.boundingBox(), await to.boundingBox()];
    if (!a || !b) throw new Error("the parts are not on screen");
    await page.mouse.move(a.x + 5, a.y + 5);
    await page.mouse.down();
    await page.mouse.move(a.x + 8, a.y - 10, { steps: 4 });
    await page.mouse.move(b.x + 30, b.y + 6, { steps: 12 });
    await page.mouse.up();
    await expect.poll(async () => (await titles())[0]).toBe("Clonotypes by sample");
  });

  test("anonymous: nothing on the sheet, in the file or in the title tells who it is", async ({ page }) => {
    test.skip(noPdftotext !== "", noPdftotext);
    const secrets = /Camille|DEMO-1|2014|9 Mar|Diagnosis|Relapse|Jan 2025|demo-/;
    await toReport(page);
    await page.getByLabel("Anonymous").check();
    await page.getByLabel("Made by").fill("");
    const paper = page.locator(".paper");
    await expect(paper).toContainText("Patient 1");
    expect(await paper.innerText()).not.toMatch(secrets);
    expect(await page.title()).not.toMatch(secrets);
    expect(await printedText(page, "anonymous")).not.toMatch(secrets);
    const file = await savedPage(page);
    expect(file.replace(/<style>.*?<\/style>/gs, "")).not.toMatch(secrets);
  });

  test("the saved page is whole in itself: no script, no other address, the fonts in it", async ({ page, context }) => {
    await toReport(page);
    const file = await savedPage(page);
    // Read as a browser does: a name may have markup in it, as text.
    const active = await page.evaluate((text) => {
      const all = [...new DOMParser().parseFromString(text, "text/html").querySelectorAll("*")];
      const acts = (e: Element) =>
        e.matches("script, link, iframe, object, embed") || e.getAttributeNames().some((name) => name.startsWith("on"));
      return all.filter(acts).map((e) => e.outerHTML.slice(0, 100));
    }, file);
    expect(active).toEqual([]);
    expect(file.match(/@font-face/g)).toHaveLength(5);
    const asked: string[] = [];
    const other = await context.newPage();
    other.on("request", (r) => asked.push(r.url()));
    await other.setContent(file);
    expect(asked.filter((url) => !url.startsWith("data:"))).toEqual([]);
    await expect(other.locator(".paper h1")).toHaveText("Report");
    expect(
      await other.evaluate(() => document.fonts.ready.then(() => document.fonts.check('9pt "IBM Plex Sans"'))),
    ).toBe(true);
    await shot(other, "report-saved-page");
    await other.close();
  });

  test("a template of one's own, in the browser and as a file", async ({ page }) => {
    await toReport(page);
    await page.getByLabel("Heading").fill("Marker sheet");
    await part(page, "Warnings").getByRole("checkbox").uncheck();
    await page.getByRole("button", { name: "Own templates" }).click();
    await page.getByRole("menuitem", { name: "Save as a template" }).click();
    await page.getByLabel("Name of the template").fill("Ours");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByLabel("Template", { exact: true }).selectOption("Overview over time");
    await expect(page.locator(".paper h1")).toHaveText("Report");
    await page.getByLabel("Template", { exact: true }).selectOption("Ours");
    await expect(page.locator(".paper h1")).toHaveText("Marker sheet");
    await page.getByRole("button", { name: "Own templates" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: "Save the template as a file" }).click(),
    ]);
    const path = await download.path();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ format: "vidjil-report", title: "Marker sheet" });
    await page.getByTestId("template-file").setInputFiles({
      name: "none.json",
      mimeType: "application/json",
      buffer: Buffer.from("{}"),
    });
    await expect(page.getByRole("alert")).toContainText("no template of a report");
    await page.getByTestId("template-file").setInputFiles({
      name: "theirs.json",
      mimeType: "application/json",
      buffer: readFileSync(path),
    });
    await expect(page.getByLabel("Template", { exact: true })).toHaveValue("theirs");
  });

  test("long tables keep their heads on every page", async ({ page }) => {
    test.skip(noPdftotext !== "", noPdftotext);
    await toReport(page);
    await page.getByLabel("Largest").fill("120");
    for (const name of ["Sequences", "Warnings", "Notes"]) await part(page, name).getByRole("checkbox").uncheck();
    const text = await printedText(page, "long-table");
    const pages = text.split("\f").filter((each) => /^\s*\d+\s+(IG|TR)/m.test(each));
    expect(pages.length).toBeGreaterThan(2);
    for (const each of pages) expect(each).toMatch(/#\s+Clonotype\s+Diagnosis/);
  });

  test("an old address leads to its page", async ({ page }) => {
    await page.goto("/1-1?clone=0,2&plot=CDR3%20length,Size,bar");
    await page.locator(".workspace[data-ready]").waitFor();
    expect(page.url()).toContain("/a/1-1?");
    await expect(page.getByTestId("selected")).toContainText("2 clonotypes");
    await page.goto("/?sample_set_id=1&config=1");
    await page.locator(".workspace[data-ready]").waitFor();
    expect(page.url()).toContain("/a/1-1");
    await page.goto("/9999-1");
    await expect(page.getByRole("alert")).toBeVisible();
  });

  test("what the server writes: AIRR and .vidjil of the whole result", async ({ page }) => {
    for (const [format, found] of [
      ["AIRR table (TSV)", /^sequence_id\t/],
      ["Result (.vidjil)", /"vidjil_json_version"/],
    ] as const) {
      await page.getByRole("button", { name: "Export", exact: true }).click();
      await page.getByLabel(format).check();
      await expect(page.getByRole("dialog")).toContainText("always all clonotypes and samples");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Save the file" }).click(),
      ]);
      expect(readFileSync(await download.path(), "utf8")).toMatch(found);
    }
  });

  for (const scheme of ["light", "dark"] as const) {
    test(`accessible, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.reload();
      await page.locator(".workspace[data-ready]").waitFor();
      await shot(page, `workspace-${scheme}`);
      await page.getByRole("button", { name: "Export", exact: true }).click();
      await page.getByRole("dialog").waitFor();
      expect(await findings(page), "export").toEqual([]);
      await shot(page, `export-${scheme}`);
      await page.keyboard.press("Escape");
      await toReport(page);
      expect(await findings(page), "report").toEqual([]);
      await shot(page, `report-${scheme}`);
    });
  }
});

/** The text of the page that is saved. */
async function savedPage(page: Page): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as a web page" }).click(),
  ]);
  return readFileSync(await download.path(), "utf8");
}
