import type { Locator, Page } from "@playwright/test";
import { downloaded, expect, openDemo, painted, test } from "./support";

const pane = (page: Page, n: number): Locator => page.getByRole("region", { name: `Plot ${n}` });
const picture = (page: Page, n: number): Locator => pane(page, n).locator(".picture");
const selected = (page: Page): Locator => page.getByTestId("selected");

/** A number like 1,234 at the beginning of what is selected; 0 when nothing is. */
const count = async (page: Page): Promise<number> => {
  if ((await selected(page).count()) === 0) return 0;
  return Number((await selected(page).innerText()).split(" ")[0]!.replace(",", ""));
};

/** Drags along points that are shares of a picture's width and height. */
async function drag(page: Page, on: Locator, points: readonly (readonly [number, number])[]): Promise<void> {
  const box = (await on.boundingBox())!;
  const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(points[0]!));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 6 });
  await page.mouse.up();
}

test.describe("plots on the demonstration", () => {
  test.beforeEach(({ page }) => openDemo(page));

  test("a box replaces, Shift adds, Alt takes away", async ({ page }) => {
    await page.keyboard.press("Shift+2"); // number of samples by locus
    const on = picture(page, 1);
    const left = [
      [0.15, 0.01],
      [0.5, 0.95],
    ] as const;
    const right = [
      [0.5, 0.01],
      [0.99, 0.95],
    ] as const;
    await drag(page, on, left);
    const some = await count(page);
    expect(some).toBeGreaterThan(0);
    await page.keyboard.down("Shift");
    await drag(page, on, right);
    await page.keyboard.up("Shift");
    const all = await count(page);
    expect(all).toBeGreaterThan(some);
    await page.keyboard.down("Alt");
    await drag(page, on, left);
    await page.keyboard.up("Alt");
    expect(await count(page)).toBe(all - some);
  });

  test("a lasso selects what it goes round", async ({ page }) => {
    await page.keyboard.press("Shift+2");
    const on = picture(page, 1);
    await drag(page, on, [
      [0.15, 0.01],
      [0.99, 0.95],
    ]);
    const box = await count(page);
    await pane(page, 1).getByRole("button", { name: "Select with a lasso" }).click();
    await drag(page, on, [
      [0.15, 0.01],
      [0.99, 0.01],
      [0.15, 0.9],
    ]);
    const half = await count(page);
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(box);
  });

  test("a range is typed: to look closer, and to show nothing else", async ({ page }) => {
    const plot = pane(page, 2);
    const options = plot.getByRole("button", { name: "Range and scale of CDR3 length" });
    await options.click();
    await page.getByLabel("From").fill("36");
    await page.getByLabel("To", { exact: true }).fill("ten");
    await expect(page.getByRole("alert")).toContainText("Give a number");
    await page.getByLabel("To", { exact: true }).fill("45");
    await page.getByRole("button", { name: "Zoom to this range" }).click();
    await expect.poll(() => page.url()).toContain("p2=bars%3Acdr3_length%3Asize%3A36%7E45");
    await expect(page.locator(".list-foot")).toHaveText("296 clonotypes");
    await page.reload();
    await plot.getByRole("button", { name: "Whole axes" }).click();
    await options.click();
    await page.getByLabel("From").fill("36");
    await page.getByLabel("To", { exact: true }).fill("45");
    await page.getByRole("button", { name: "Show only this range" }).click();
    await expect(page.locator(".list-foot")).toHaveText(/^\d+ of 296 clonotypes$/);
    await expect(page.getByRole("button", { name: /Filters/ })).toContainText("1");
  });

  test("presets by keys; the wheel zooms and a button shows all again", async ({ page }) => {
    await page.keyboard.press("9");
    const plot = pane(page, 1);
    await expect(plot.getByLabel("Vertical axis")).toHaveValue("size_other");
    await expect(plot.locator(".pane-sub select")).toHaveCount(2);
    await plot.locator(".pane-sub select").last().selectOption({ label: "Relapse" });
    await expect(plot.locator(".pane-sub select").first()).toHaveValue("0");
    const box = (await picture(page, 1).boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.wheel(0, -100);
    await plot.getByRole("button", { name: "Whole axes" }).click();
    await expect(plot.getByRole("button", { name: "Whole axes" })).toHaveCount(0);
    await page.keyboard.press("Shift+6");
    await expect(plot.getByLabel("Horizontal axis")).toHaveValue("similarity_nt_x");
    await expect.poll(() => painted(picture(page, 1), 1)).toBeGreaterThan(100);
    await page.keyboard.press("5");
    await expect(plot.getByLabel("Height of the bars")).toHaveValue("size");
    await plot.getByLabel("Height of the bars").selectOption("count");
    await expect.poll(() => page.url()).toContain("p1=bars%3Afive_gene%3Acount");
  });

  test("keys: into a plot, from mark to mark, select, extend", async ({ page }) => {
    const on = picture(page, 1);
    await on.focus();
    await page.keyboard.press("ArrowRight");
    await expect(page.locator(".status-name")).toContainText("IGHV3-30*02");
    const said = pane(page, 1).getByRole("status");
    await expect(said).toContainText("IGHV3-30*02");
    await expect(said).toContainText("50.9%");
    await page.keyboard.press("Enter");
    await expect(selected(page)).toContainText("1 clonotype");
    await page.keyboard.press("Shift+ArrowRight");
    await expect(selected(page)).toContainText("2 clonotypes");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Escape");
    await expect(selected(page)).toHaveCount(0);
  });

  test("overlaps: a map, its cells by keys, and both samples chosen", async ({ page }) => {
    const plot = pane(page, 2);
    await plot.getByRole("button", { name: "Overlap of samples" }).click();
    await plot.getByLabel("Overlap by").selectOption("shared");
    await picture(page, 2).focus();
    await page.keyboard.press("ArrowRight");
    await expect(plot.getByRole("status")).toContainText("Diagnosis × Day 33");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect(selected(page)).toBeVisible();
    await page.keyboard.press("Escape");
    await plot.getByRole("button", { name: "Bars" }).click();
    await expect(plot.getByLabel("Horizontal axis")).toHaveValue("cdr3_length");
  });

  test("each picture is a table too, and a file", async ({ page }) => {
    for (const [name, first] of [
      ["Abundance over samples", "Clonotype\tDiagnosis\tDay 33"],
      ["Plot 1", "Clonotype\tV gene\tJ gene\tSize\tWindow"],
      ["Plot 2", "CDR3 length\tClonotypes\tSize"],
    ] as const) {
      const region = page.getByRole("region", { name });
      await region.getByRole("button", { name: "Export this picture" }).click();
      await page.getByRole("menuitem", { name: "Show as table" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByRole("row").nth(1)).toBeVisible();
      const file = await downloaded(page, () => dialog.getByRole("button", { name: "Download (TSV)" }).click());
      expect(file.name).toMatch(/\.tsv$/);
      expect(file.text.startsWith(first), file.text.slice(0, 80)).toBe(true);
      await dialog.getByRole("button", { name: "Close" }).click();
      await region.getByRole("button", { name: "Export this picture" }).click();
      const svg = await downloaded(page, () => page.getByRole("menuitem", { name: "Drawing (SVG)" }).click());
      expect(svg.text).toMatch(/^<svg .*<\/svg>\n$/s);
      await expect(page.getByRole("menuitem")).toHaveCount(0);
    }
  });

  test("samples: dragged by their label, moved and hidden by keys, by days", async ({ page }) => {
    const graph = page.getByRole("region", { name: "Abundance over samples" });
    const on = graph.locator(".picture");
    const box = (await on.boundingBox())!;
    const label = box.y + box.height - 22;
    await page.mouse.click(box.x + 230, label);
    await expect(page.locator(".info-name").first()).toContainText("Day 33");
    await drag(page, on, [
      [230 / box.width, 1 - 22 / box.height],
      [0.04, 1 - 22 / box.height],
    ]);
    await graph.getByRole("button", { name: /Samples/ }).click();
    await expect(page.locator(".samples-menu li").first()).toContainText("Day 33");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+z");
    await on.focus();
    await page.keyboard.press("Alt+ArrowLeft");
    await expect(graph.getByRole("status")).toContainText("Day 33 is now sample 1 of 5");
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Delete");
    await expect(graph.getByText("4/5")).toBeVisible();
    await page.keyboard.press("Control+z");
    await expect(graph.getByText("5/5")).toBeVisible();
    await graph.getByRole("button", { name: "Scale and spacing" }).click();
    await page.getByLabel("by days").check();
    await page.getByLabel("Linear").check();
    await expect.poll(() => page.url()).toContain("gl=lin%2Cdays");
    await page.keyboard.press("Escape");
    await graph.getByRole("button", { name: /Samples/ }).click();
    await page.getByRole("button", { name: "Only this sample" }).click();
    await expect(graph.getByText("1/5")).toBeVisible();
  });
});
