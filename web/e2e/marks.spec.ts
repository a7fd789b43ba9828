import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { downloaded, expect, line, openDemo, painted, test } from "./support";

const demo = resolve(import.meta.dirname, "../src/demo/demo.vidjil.gz");
const foot = (page: Page) => page.locator(".list-foot");

async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .analyze();
  return violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
}

const exportAnalysis = (page: Page) =>
  downloaded(page, async () => {
    await page.getByRole("button", { name: "Export", exact: true }).click();
    await page.getByLabel("Notes, tags, clusters (.analysis)").check();
    await page.getByRole("button", { name: "Save the file" }).click();
  });

test.describe("a colour of one's own", () => {
  test("by keys, told in words, undone, and back from the file that it was exported to", async ({ page }, info) => {
    await openDemo(page);
    const row = line(page, "TRBV6-4");
    await row.click();
    await page.keyboard.press("c");
    await page.getByRole("menuitem", { name: "teal" }).waitFor();
    await page.keyboard.press("4");
    const mark = page.getByRole("button", { name: "Tag: no tag, its own colour: teal" });
    await expect(mark).toBeVisible();
    const legend = page.getByRole("toolbar", { name: "own colour" });
    await expect(legend.getByRole("button")).toHaveText(/TRBV6-4/);
    await page.keyboard.press("Control+z");
    await expect(mark).toHaveCount(0);
    await page.keyboard.press("Control+Shift+z");
    await expect(mark).toBeVisible();
    await page.keyboard.press("Escape");
    await legend.getByRole("button").click();
    await expect(page.getByTestId("selected")).toContainText("1 clonotype");
    // Whatever the others are coloured by.
    await page.getByRole("combobox", { name: "Colour" }).selectOption("system");
    await expect(legend.getByRole("button")).toHaveText(/TRBV6-4/);

    const { text } = await exportAnalysis(page);
    expect(JSON.parse(text).clones.some((c: { colour?: string }) => c.colour === "#0a8897")).toBe(true);
    const saved = info.outputPath("demo.analysis");
    writeFileSync(saved, text);
    await page.goto("/open");
    await page.getByTestId("file").setInputFiles([demo, saved]);
    await page.locator(".workspace[data-ready]").waitFor();
    await expect(mark).toBeVisible();
  });

  test("a tag and a colour, typed one after the other", async ({ page }) => {
    await openDemo(page);
    await line(page, "TRBV6-4").click();
    await page.keyboard.press("t");
    await page.getByRole("menuitem", { name: "clonotype 1" }).waitFor();
    for (const key of ["1", "c"]) await page.keyboard.press(key);
    await page.getByRole("menuitem", { name: "teal" }).waitFor();
    await page.keyboard.press("4");
    await expect(page.getByRole("button", { name: "Tag: clonotype 1, its own colour: teal" })).toBeVisible();
  });

  test("by the menu of a line; as the others again", async ({ page }) => {
    await openDemo(page);
    const row = line(page, "TRBV6-4");
    await row.getByRole("button", { name: /^Tag:/ }).click();
    await page.getByRole("menuitem", { name: "violet" }).click();
    await expect(row.getByRole("button", { name: "Tag: no tag, its own colour: violet" })).toBeVisible();
    await row.getByRole("button", { name: /^Tag:/ }).click();
    await page.getByRole("menuitem", { name: "as the others (tag)" }).click();
    await expect(row.getByRole("button", { name: "Tag: no tag", exact: true })).toBeVisible();
  });
});

test("clusters by genes or CDR3 are proposed with evidence, accepted in one step and undone in one", async ({
  page,
}) => {
  await openDemo(page);
  await expect(foot(page)).toHaveText("296 clonotypes");
  await page.keyboard.press("Shift+C");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Same CDR3" }).click();
  await expect(dialog.getByRole("listitem").first()).toContainText("same CDR3");
  await dialog.getByRole("button", { name: "Same V and J", exact: true }).click();
  await expect(dialog.getByRole("listitem").first()).toContainText(/same V and J · (same CDR3|\d+ of \d+ amino acids)/);
  await expect(dialog.getByRole("status")).toContainText(/\d+ clusters of \d+ clonotypes/);
  await dialog.getByRole("button", { name: "Accept all" }).click();
  await expect(foot(page)).not.toHaveText("296 clonotypes");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(foot(page)).toHaveText("296 clonotypes");
  await page.getByRole("button", { name: "Redo" }).click();
  await page.keyboard.press("Shift+C");
  await dialog.getByRole("button", { name: /^Break \d+ clusters apart$/ }).click();
  await page.keyboard.press("Escape");
  await expect(foot(page)).toHaveText("296 clonotypes");
});

test("germline genes lie under a clonotype; another species has none of them", async ({ page }) => {
  await openDemo(page);
  await line(page, "IGHV3-30*02").first().click();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByLabel("Germline genes beneath").check();
  await page.keyboard.press("Escape");
  const genes = page.locator(".gene-row");
  await expect(genes).toHaveCount(3);
  await expect(genes.first()).toContainText("IGHV3-30*02");
  await expect(genes.nth(1).locator(".run.gene.same").first()).toHaveText(/^[ACGT]+$/);
  await page.getByRole("combobox", { name: /^Germline/ }).selectOption("mouse");
  await expect(genes.filter({ hasText: "IGHV3-30*02" })).toContainText("not in the germline set");
});

for (const colorScheme of ["light", "dark"] as const)
  test(`accessible, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await openDemo(page);
    await line(page, "IGHV3-30*02").first().click();
    await page.keyboard.press("c");
    await page.getByRole("menuitem", { name: "teal" }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("1");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByLabel("Germline genes beneath").check();
    await page.keyboard.press("Escape");
    await expect(page.locator(".gene-row")).toHaveCount(3);
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Shift+C");
    await page.getByRole("dialog").getByRole("listitem").first().waitFor();
    expect(await findings(page)).toEqual([]);
  });

test("with the system's colours, what is chosen and what things mean is seen", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await openDemo(page);
  const row = line(page, "IGHV3-30*02").first();
  await row.click();
  const style = (locator: ReturnType<Page["locator"]>, name: "outlineStyle" | "backgroundColor") =>
    locator.evaluate((e, property) => getComputedStyle(e)[property], name);
  expect(await style(row, "outlineStyle")).toBe("solid");
  const fills = await Promise.all(
    ["V", "D", "J"].map((kind) => style(page.locator(`.run[data-kind=${kind}]`).first(), "backgroundColor")),
  );
  expect(new Set(fills).size).toBe(3);
  const badges = page.locator(".system .badge:not([data-open])");
  const grounds = new Set<string>();
  for (const badge of await badges.all()) grounds.add(await style(badge, "backgroundColor"));
  expect(grounds.size).toBe(await badges.count());
  expect(await style(page.locator(".segmented .quiet[aria-pressed=true]").first(), "outlineStyle")).toBe("solid");
  await expect.poll(() => painted(page.locator(".picture").first(), 1)).toBeGreaterThan(20);
});
