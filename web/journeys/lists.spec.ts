/** Lists, the page of a set and jobs, on the real server with its demonstration. */
import type { Browser, Page } from "@playwright/test";
import { checkAccessible, expect, signIn, test } from "./support";

const reason = process.env.VIDJIL_NO_JOURNEY ?? "";
test.skip(reason !== "", reason);

/** Asks the server as the page does. */
async function ask<T>(page: Page, method: "get" | "post", path: string, data?: unknown): Promise<T> {
  const answer = await page.request[method](`/api/v1${path}`, {
    headers: { "Sec-Fetch-Site": "same-origin" },
    ...(data === undefined ? {} : { data }),
  });
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return answer.json() as Promise<T>;
}

interface Items<T> {
  readonly items: readonly T[];
}

/** A set of its own, so that the demonstration stays as other journeys expect it. */
async function ownSet(page: Page, name: string): Promise<number> {
  const { items } = await ask<Items<{ id: number }>>(page, "post", "/sets", { rows: [{ kind: "set", name }] });
  return items[0]?.id ?? 0;
}

/** A config that nothing was analysed with yet: what is there already is not done again. */
async function ownConfig(browser: Browser, name: string): Promise<void> {
  const admin = await browser.newPage();
  await signIn(admin, "admin");
  const { items } = await ask<Items<{ id: number; name: string }>>(admin, "get", "/groups");
  const group_id = items.find((g) => g.name === "Demo laboratory")?.id;
  await ask(admin, "post", "/configs", { name, group_id, program: "vidjil", options: { systems: ["IGH"] } });
  await admin.close();
}

const chip = (page: Page, text: string) => page.locator("main .chip").filter({ hasText: text });
const search = (page: Page) => page.getByRole("combobox", { name: "Search" });

test("a search is made of chips, by keys and by the panel, and is the address", async ({ page }) => {
  await signIn(page, "doctor");
  // Keys are listened to a moment after the list is drawn.
  await expect(async () => {
    await page.keyboard.press("/");
    await expect(search(page)).toBeFocused({ timeout: 500 });
  }).toPass();
  await page.keyboard.type("demo #b-al");
  await expect(page.getByRole("option", { name: "#B-ALL" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(chip(page, "#B-ALL")).toBeVisible();
  await expect(search(page)).toHaveValue("demo");
  await expect(page).toHaveURL(/q=%23B-ALL(\+|%20)demo/);
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("combobox", { name: /^State/ }).selectOption({ label: "has results" });
  await expect(chip(page, "State has results")).toBeVisible();
  await expect(page.getByRole("link", { name: "Demo Camille" })).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByLabel("leave out what fits").check();
  await page.getByRole("combobox", { name: /^State/ }).selectOption({ label: "failed" });
  await expect(chip(page, "not State failed")).toBeVisible();
  await page.reload();
  await expect(page.locator("main .chip")).toHaveCount(3);
  await page.getByRole("button", { name: "Remove State has results" }).click();
  await expect(page.locator("main .chip")).toHaveCount(2);
  await search(page).fill("date:2026");
  await search(page).press("Enter");
  await expect(chip(page, "Date 2026")).toBeVisible();
  await expect(search(page)).toHaveValue("");
});

test("rows are walked through, ticked and opened with keys alone; columns are remembered", async ({ page, own }) => {
  const [first, second] = [own("Walk A"), own("Walk B")];
  await signIn(page, "doctor");
  await ownSet(page, first);
  await ownSet(page, second);
  await page.goto(`/sets?q=${first.split(" ").at(-1)}&sort=name`);
  await page.getByRole("link", { name: first }).focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("link", { name: second })).toBeFocused();
  await page.keyboard.press("Space");
  await expect(page.getByRole("checkbox", { name: `Choose ${second}` })).toBeChecked();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Entered by" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Compact rows" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("columnheader", { name: "Entered by" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("columnheader", { name: "Entered by" })).toBeVisible();
  await expect(page.locator("table.compact")).toBeVisible();
  await page.getByRole("link", { name: second }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: second })).toBeVisible();
});

test("ticked rows are analysed, their state is followed, and their results compared", async ({
  page,
  browser,
  own,
}) => {
  const config = own("IGH");
  await ownConfig(browser, config);
  await signIn(page, "doctor");
  await page.goto("/runs");
  const row = page.getByRole("row").filter({ hasText: "Demo run" });
  await expect(row.getByRole("link", { name: "multi+inc+xxx" })).toBeVisible({ timeout: 60_000 });
  await page.getByRole("checkbox", { name: "Choose Demo run" }).check();
  await page.getByRole("button", { name: "Analyse…" }).click();
  await page.getByRole("dialog").getByLabel("Analysis").selectOption({ label: config });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "3 jobs started" })).toBeVisible();
  await expect(row.getByRole("link", { name: config, exact: true })).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("dialog").getByLabel("Analysis").selectOption({ label: "multi+inc+xxx (3 samples)" });
  await page.getByRole("dialog").getByRole("button", { name: "Compare" }).click();
  await page.locator(".workspace[data-ready]").waitFor({ timeout: 60_000 });
  await expect(page).toHaveURL(/\/compare\/\d+-\d+_\d+_\d+/);
  await page.reload();
  await page.locator(".workspace[data-ready]").waitFor();
  await expect(page.getByRole("option", { name: "Polyclonal control" })).toBeAttached();
  await expect(page.getByText("Local file")).toHaveCount(0);
});

test("many sets are tagged, thrown away, and taken back", async ({ page, own }) => {
  const [first, second] = [own("Bulk A"), own("Bulk B")];
  await signIn(page, "doctor");
  for (const name of [first, second]) await ownSet(page, name);
  await page.goto(`/sets?q=${first.split(" ").at(-1)}`);
  await page.getByRole("checkbox", { name: "Choose all rows" }).check();
  await page.getByRole("button", { name: "Tag…" }).click();
  await page.getByRole("dialog").getByLabel("Tag", { exact: true }).fill("#to-check");
  await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("button", { name: "#to-check" })).toHaveCount(2);
  await page.getByRole("checkbox", { name: "Choose all rows" }).check();
  await page.getByRole("button", { name: "Move to trash" }).click();
  await expect(page.getByText("2 sets moved to the trash.")).toBeVisible();
  await expect(page.getByText("Nothing fits")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: second })).toBeVisible();
  await page.getByRole("link", { name: first }).click();
  await page.getByRole("button", { name: "Move to trash" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Move to trash" }).click();
  await page.waitForURL("**/sets");
  await page.goto("/trash");
  await page.getByRole("button", { name: `Restore: ${first}` }).click();
  await expect(page.getByText(first)).toHaveCount(0);
});

test("a sample is edited, moved to another set, thrown away and taken back", async ({ page, own }) => {
  const [mine, other] = [own("Edit journey"), own("Other set")];
  await signIn(page, "doctor");
  const id = await ownSet(page, mine);
  await ownSet(page, other);
  await ask(page, "post", "/samples", { rows: [{ sets: [id], name: "First draw" }] });
  await page.goto(`/sets/${id}`);
  const row = page.getByRole("row").filter({ hasText: "First draw" });
  await row.getByRole("button", { name: "Actions: First draw" }).click();
  await page.getByRole("menuitem", { name: "Edit…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Sampled").fill("2026-02-30");
  await dialog.getByLabel("Information, #tags").fill("marrow #MRD");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByLabel("Sampled")).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("Sampled").fill("2026-02-03");
  await dialog.getByRole("combobox", { name: "In these patients" }).fill(other);
  await dialog.getByRole("option", { name: other }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("3 Feb 2026");
  await expect(row).toContainText("#MRD");
  await expect(row.getByRole("link", { name: other })).toBeVisible();
  await row.getByRole("button", { name: "Actions: First draw" }).click();
  await page.getByRole("menuitem", { name: "Move sample to trash" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Move to trash" }).click();
  await expect(page.getByText("No samples yet")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toContainText("3 Feb 2026");
  await page.getByRole("link", { name: "History" }).click();
  await expect(page.getByText("took a sample out of the trash")).toBeVisible();
  await expect(page.getByText("changed a sample").first()).toBeVisible();
});

test("quality is sorted, contaminations are told, jobs speak of sets by their names", async ({ page }) => {
  await signIn(page, "doctor");
  await page.goto("/sets/2?tab=quality");
  const reads = page.getByRole("columnheader", { name: "Reads", exact: true });
  await reads.getByRole("button").click({ timeout: 60_000 });
  await expect(reads).toHaveAttribute("aria-sort", "ascending");
  await expect(page.getByRole("row").nth(1)).toContainText("No template control");
  await reads.getByRole("button").click();
  await expect(page.getByRole("row").nth(3)).toContainText("No template control");
  await page.getByRole("link", { name: "Contamination" }).click();
  await expect(page.getByRole("row").filter({ hasText: "No template control" }).first()).toContainText("nothing known");
  await page.goto("/jobs?kind=analyze");
  await expect(page.getByRole("link", { name: "Demo Camille" }).first()).toBeVisible();
  await expect(page.getByRole("cell", { name: /Side by side/ })).toHaveCount(0);
  await page
    .getByRole("button", { name: /^Log of job/ })
    .first()
    .click();
  await expect(page.getByRole("region", { name: /Log of job/ })).toContainText("Attempt 1");
});

for (const scheme of ["light", "dark"] as const) {
  test(`lists, sets and jobs are accessible, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await signIn(page, "doctor");
    const check = (name: string) => checkAccessible(page, `${scheme}-${name}`);
    await page.goto("/runs?q=%23QC+state:done");
    await page.getByRole("checkbox", { name: "Choose Demo run" }).check({ timeout: 60_000 });
    await check("list-ticked");
    await page.getByRole("button", { name: "Filter" }).click();
    await check("list-filter");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Tag…" }).click();
    await check("list-tag");
    for (const tab of ["samples", "quality", "contamination", "history"]) {
      await page.goto(`/sets/2?tab=${tab}`);
      await page.getByRole("table").first().waitFor();
      await check(`set-${tab}`);
    }
    await page.goto("/sets/2");
    await page
      .getByRole("button", { name: /^Actions: / })
      .first()
      .click();
    await page.getByRole("menuitem", { name: "Edit…" }).click();
    await page.getByRole("dialog").waitFor();
    await check("edit-sample");
    await page.goto("/jobs");
    await page
      .getByRole("button", { name: /^Log of job/ })
      .first()
      .click();
    await page.getByRole("region", { name: /Log of job/ }).waitFor();
    await check("log");
  });
}
