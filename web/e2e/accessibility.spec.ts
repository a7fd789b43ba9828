import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, line, openDemo, test } from "./support";

async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .analyze();
  return violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("start page", async ({ page }) => {
      await page.goto("/open");
      expect(await findings(page)).toEqual([]);
    });

    test("workspace, with a selection, and its dialogs", async ({ page }) => {
      await openDemo(page);
      await line(page, "IGHV3-30*02").first().click();
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      expect(await findings(page)).toEqual([]);
    });
  });
}
