import type { BrowserContext, Page } from "@playwright/test";
import { expect, findings, missing, person, test } from "./support";

test.skip(missing !== "", missing);

const result = "/a/1-1";
const POPOVER = ".mantine-Popover-dropdown";

/** Signs in and opens the result, with nothing noted on it unless `keep`. */
async function open(page: Page, address = result, keep = false): Promise<void> {
  const { email, password } = await person("doctor");
  await page.goto(`/sign-in?next=${encodeURIComponent(address)}`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  // The demonstration is analysed in the background: its five samples are waited for.
  await expect
    .poll(
      async () => {
        const fused = await page.request.get("/api/v1/sets/1/fused?config_id=1").then((r) => r.json());
        return [fused.state, fused.samples?.filter((s: { column: number }) => s.column >= 0).length].join();
      },
      { timeout: 60_000 },
    )
    .toBe("fresh,5");
  if (!keep) await saveElsewhere(page, () => ({}));
  await page.goto(address);
  await ready(page);
}

const ready = (page: Page) => page.locator(".workspace[data-ready]").waitFor();
const line = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text }).first();
const saved = (page: Page) => expect(page.getByTestId("saving")).toHaveText(/Saved \d/, { timeout: 10_000 });
const annotation = (page: Page) => page.request.get("/api/v1/sets/1/annotation").then((r) => r.json());

async function tag(page: Page, text: string, name: string): Promise<void> {
  await line(page, text).getByRole("button", { name: /^Tag/ }).click();
  await page.getByRole("menuitem", { name, exact: false }).first().click();
}

/** Saves a version as somebody else would, behind the page's back. */
async function saveElsewhere(page: Page, change: (body: Record<string, unknown>) => Record<string, unknown>) {
  const now = await annotation(page);
  const put = await page.request.put("/api/v1/sets/1/annotation", {
    headers: { "If-Match": `"${now.version}"`, "Sec-Fetch-Site": "same-origin" },
    data: { body: change(now.body) },
  });
  expect(put.ok(), await put.text()).toBe(true);
}

/** Of a popover only itself is looked at: it covers parts of buttons, which then seem small. */
async function accessible(page: Page, name: string, within = "body"): Promise<void> {
  expect(await findings(page, within), name).toEqual([]);
}

test("sequences come for what is selected, are aligned by the server, and compared with the germline", async ({
  page,
}) => {
  const asked: number[] = [];
  page.on("request", (r) => {
    if (r.url().includes("/fused/sequences")) asked.push((r.postDataJSON() as { ids: string[] }).ids.length);
  });
  let columns = "";
  page.on("request", (r) => {
    if (r.url().includes("clones.arrow")) columns = r.url();
  });
  await open(page);
  expect(columns).toContain("top=1000");
  expect(columns).not.toContain("sequence");
  expect(asked).toEqual([]);
  await line(page, "TRGV3").click();
  await line(page, "IGHV3-30").click({ modifiers: ["Control"] });
  const letters = page.getByRole("region", { name: "Sequences of the selection" });
  await expect(letters).toContainText(/[ACGT]{30}/);
  expect(asked.every((n) => n <= 2)).toBe(true);
  await page.getByRole("button", { name: "Show", exact: true }).click();
  for (const what of ["Amino acids", "Quality", "Mutations against the germline", "V identity"])
    await page.getByLabel(what, { exact: true }).check();
  await accessible(page, "what is shown", POPOVER);
  await page.keyboard.press("Escape");
  await expect(letters.getByText("100.0%").first()).toBeVisible();
  await page.getByRole("button", { name: "Align", exact: true }).click();
  await expect(page.getByText("Aligned by the server")).toBeVisible();
  await expect(letters).toContainText("-");
  await page.screenshot({ path: "test-results/shots/sequences.png" });
});

test("a search of letters asks the server for what is not here", async ({ page }) => {
  await open(page);
  const { items } = await page.request
    .post("/api/v1/sets/1/fused/sequences?config_id=1", {
      headers: { "Sec-Fetch-Site": "same-origin" },
      data: {
        ids: [
          (
            await page.request
              .post("/api/v1/clonotypes/search", {
                headers: { "Sec-Fetch-Site": "same-origin" },
                data: { gene: "TRGV3", set_ids: [1], config_ids: [1], limit: 1 },
              })
              .then((r) => r.json())
          ).items[0].id,
        ],
      },
    })
    .then((r) => r.json());
  const word = (items[0].sequence as string).slice(20, 60);
  await page.getByLabel("Gene, name, CDR3, sequence").fill(word);
  await expect(line(page, "TRGV3")).toBeVisible();
  await expect(page.locator(".list-foot")).toContainText(/^[1-9]\d* of/);
});

test("two people change the same thing: both are shown, one decides, and all else of both stays", async ({ page }) => {
  await open(page);
  const id = await page.request
    .post("/api/v1/clonotypes/search", {
      headers: { "Sec-Fetch-Site": "same-origin" },
      data: { gene: "TRGV3", set_ids: [1], config_ids: [1], min_reads: 1000 },
    })
    .then((r) => r.json())
    .then((found) => found.items[0].id as string);
  await saveElsewhere(page, (body) => ({
    ...body,
    clonotypes: [
      { id, tag: "noise" },
      { id: "A".repeat(50), tag: "dimer" },
    ],
  }));
  await tag(page, "TRGV3", "clonotype 1");
  const dialog = page.getByRole("dialog", { name: "Somebody else has saved" });
  await expect(dialog).toBeVisible({ timeout: 10_000 });
  await expect(dialog).toContainText("One thing was changed by both");
  const row = dialog.getByRole("row").filter({ hasText: "TRGV3" });
  await expect(row).toContainText("clonotype 1");
  await expect(row).toContainText("noise");
  await accessible(page, "conflict");
  await page.screenshot({ path: "test-results/shots/conflict.png" });
  const copy = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Save mine as a file" }).click();
  expect((await copy).suggestedFilename()).toMatch(/\.analysis$/);
  await row.getByRole("radio", { name: /Theirs/ }).check();
  await dialog.getByRole("button", { name: "Merge", exact: true }).click();
  await saved(page);
  const after = await annotation(page);
  const tags = Object.fromEntries(after.body.clonotypes.map((c: { id: string; tag: string }) => [c.id, c.tag]));
  expect(tags).toMatchObject({ [id]: "noise", ["A".repeat(50)]: "dimer" });
});

test("an earlier version is compared and made the newest again", async ({ page }) => {
  await open(page);
  await tag(page, "TRBV6-4", "clonotype 2");
  await saved(page);
  const before = await annotation(page);
  await tag(page, "TRBV6-4", "noise");
  await expect.poll(async () => (await annotation(page)).version).toBe(before.version + 1);
  await page.getByRole("button", { name: "History" }).click();
  const dialog = page.getByRole("dialog", { name: "Versions of what was noted" });
  await expect(dialog.getByRole("row").filter({ hasText: "Demo doctor" }).first()).toBeVisible();
  const change = dialog.getByRole("row").filter({ hasText: "TRBV6-4" });
  await expect(change).toContainText("clonotype 2");
  await expect(change).toContainText("noise");
  await accessible(page, "history");
  await page.screenshot({ path: "test-results/shots/history.png" });
  await dialog.getByRole("button", { name: `Restore version ${before.version}`, exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(line(page, "TRBV6-4").getByRole("button", { name: "Tag: clonotype 2" })).toBeVisible();
  const after = await annotation(page);
  expect(after.version).toBe(before.version + 2);
  expect(after.body).toEqual(before.body);
});

test("a link shows the same view to somebody else", async ({ page, browser }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await page.getByLabel("Sample", { exact: true }).selectOption({ label: "Day 33" });
  await page.getByLabel("Colour", { exact: true }).selectOption({ label: "Productivity" });
  await page.getByLabel("Sizes", { exact: true }).selectOption({ label: "of its system" });
  await line(page, "TRBV6-4").click();
  await line(page, "TRAV19").click({ modifiers: ["Control"] });
  await page.getByRole("button", { name: "Focus", exact: true }).click();
  await line(page, "TRAV19").click();
  await page.getByRole("button", { name: "Copy a link to this view" }).click();
  await expect(page.getByText("Link copied")).toBeVisible();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  expect(address).not.toMatch(/[ACGT]{20}|fastq/);
  const other = await browser.newPage();
  await open(other, address.slice(new URL(address).origin.length), true);
  await expect(other.getByLabel("Sample", { exact: true })).toHaveValue("1");
  await expect(other.getByLabel("Colour", { exact: true })).toHaveValue("productivity");
  await expect(other.getByLabel("Sizes", { exact: true })).toHaveValue("system");
  await expect(other.locator(".list-foot")).toContainText("2 of");
  await expect(line(other, "TRAV19")).toHaveAttribute("aria-selected", "true");
  await expect(line(other, "TRBV6-4")).toHaveAttribute("aria-selected", "false");
  await other.close();
});

test("what did not reach the server is offered when the page is opened again", async ({ page, context }) => {
  await open(page);
  const before = await annotation(page);
  await cut(context, true);
  await tag(page, "IGKV2-40", "dominant");
  await expect(page.getByRole("alert")).toContainText("Not saved", { timeout: 15_000 });
  // The page goes as in a crash: nobody is asked anything.
  await page.close({ runBeforeUnload: false });
  await cut(context, false);
  const again = await context.newPage();
  await again.goto(result);
  await ready(again);
  expect((await annotation(again)).version).toBe(before.version);
  const offer = again.getByTestId("draft");
  await expect(offer).toContainText("have not reached the server");
  await accessible(again, "draft");
  await offer.getByRole("button", { name: "Take them over" }).click();
  await saved(again);
  const after = await annotation(again);
  expect(after.body.clonotypes.map((c: { tag: string }) => c.tag)).toContain("dominant");
  await again.reload();
  await ready(again);
  await expect(again.getByTestId("draft")).toBeHidden();
});

/** Cuts the line for saving, and no other one. */
async function cut(context: BrowserContext, off: boolean): Promise<void> {
  if (off)
    await context.route("**/api/v1/sets/1/annotation", (route) =>
      route.request().method() === "PUT" ? route.abort("internetdisconnected") : route.continue(),
    );
  else await context.unroute("**/api/v1/sets/1/annotation");
}

test("what goes to a tool of another site is shown first, to the letter, without a name", async ({ page }) => {
  const out: string[] = [];
  page.on("request", (r) => {
    if (!r.url().startsWith("http://127.0.0.1") && !r.url().startsWith("data:") && !r.url().startsWith("blob:"))
      out.push(r.url());
  });
  await open(page);
  await line(page, "IGHV3-30").click();
  await page.getByRole("button", { name: "Tools…" }).click();
  const dialog = page.getByRole("dialog", { name: "Send to a tool of another site" });
  const preview = dialog.getByTestId("preview");
  await expect(preview).toContainText("POST https://www.imgt.org/IMGT_vquest/analysis");
  await expect(preview).toContainText(/>clonotype-1\n[ACGT]{100}/);
  expect(await preview.textContent()).not.toMatch(/Camille|Diagnosis|demo-/);
  await expect(dialog).toContainText("Université de Montpellier");
  await accessible(page, "tools");
  // What the form would send is what is shown.
  const fields = await dialog
    .locator("form")
    .evaluate((form: HTMLFormElement) => [...new FormData(form)].map(([k, v]) => `${k}=${String(v)}`));
  const shown = await preview.textContent();
  for (const field of fields) {
    const [name = "", ...value] = field.split("=");
    expect(shown).toContain(`${name}=`);
    expect(shown?.replaceAll("\r", "")).toContain(value.join("=").replaceAll("\r", "").trim());
  }
  await dialog.getByRole("radio", { name: /AssignSubsets/ }).check();
  await expect(preview).toContainText("bat.infspire.org");
  expect(out).toEqual([]);
});

test("a server of a hospital sends nothing: there is no button", async ({ page }) => {
  await page.route("**/api/v1/session", async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), healthcare: true } });
  });
  await open(page);
  await line(page, "IGHV3-30").click();
  await page.getByRole("button", { name: "Tools…" }).click();
  await expect(page.getByTestId("healthcare")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Send to/ })).toHaveCount(0);
});

test("sizes are brought to a standard, clusters accepted with their evidence, tags named, all undone", async ({
  page,
}) => {
  await open(page);
  const size = () => line(page, "IGHV3-30").locator(".line-size").textContent();
  const counted = await size();
  await line(page, "TRGV3").click();
  await page.keyboard.press("t");
  await page.keyboard.press("s");
  await expect(line(page, "TRGV3").getByRole("button", { name: "Tag: standard" })).toBeVisible();
  await page.getByRole("button", { name: /Sizes are brought to/ }).click();
  await page.getByLabel(/^expected/).fill("1");
  await page.getByRole("radio", { name: /TRGV3/ }).first().check();
  await expect(page.getByRole("button", { name: /Sizes are brought to: TRGV3.* is 1/ })).toBeVisible();
  await accessible(page, "normalisation", POPOVER);
  await page.keyboard.press("Escape");
  expect(await size()).not.toBe(counted);
  await page.reload();
  await ready(page);
  await saved(page).catch(() => undefined);
  expect(await size()).not.toBe(counted);
  await page.getByRole("button", { name: /Sizes are brought to/ }).click();
  await page.getByRole("radio", { name: /Nothing/ }).check();
  await page.keyboard.press("Escape");
  expect(await size()).toBe(counted);

  await page.getByRole("button", { name: /clusters suggested/ }).click();
  const dialog = page.getByRole("dialog", { name: "Clusters to choose from" });
  await expect(dialog).toContainText("substitution");
  await accessible(page, "suggestions");
  await dialog
    .getByRole("button", { name: /^Accept the cluster of/ })
    .first()
    .click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+z");
  expect(await size()).toBe(counted);

  await line(page, "TRGV3").getByRole("button", { name: /^Tag/ }).click();
  await page.getByRole("menuitem", { name: "Name the tags…" }).click();
  await page.getByLabel("standard", { exact: true }).fill("spike 1");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(line(page, "TRGV3").getByRole("button", { name: "Tag: spike 1" })).toBeVisible();
  await saved(page);
  expect((await annotation(page)).body.tags).toContainEqual({ id: "standard", name: "spike 1" });
});

test("a sample tells its reads, causes and parameters, and notes are kept when the field is left", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Details of the sample" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Reads not analysed, by cause");
  await expect(dialog.getByRole("row").filter({ hasText: "IGH(+)" })).toBeVisible();
  await accessible(page, "sample");
  const file = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Save as CSV" }).click();
  expect((await file).suggestedFilename()).toMatch(/info\.csv$/);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Notes", exact: true }).click();
  await page.getByLabel(/^Note on Diagnosis/).fill("#marrow, 40 % blasts");
  await accessible(page, "notes", POPOVER);
  await page.keyboard.press("Escape");
  await saved(page);
  const { body } = await annotation(page);
  expect(body.samples.map((s: { info?: string }) => s.info)).toContain("#marrow, 40 % blasts");
});
