import { readFileSync } from "node:fs";
import type { Locator, Page } from "@playwright/test";
import { test as base } from "@playwright/test";

export { expect } from "@playwright/test";

/** Each test fails when the page reports an error, and is skipped, with the reason, when there is no browser. */
export const test = base.extend<{ clean: undefined }>({
  clean: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on("pageerror", (e) => errors.push(e.message));
      page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
      await use(undefined);
      if (errors.length > 0) throw new Error(`the page reported:\n${errors.join("\n")}`);
    },
    { auto: true },
  ],
});

const reason = process.env.VIDJIL_NO_CHROMIUM ?? "";
test.skip(reason !== "", reason);

export async function openDemo(page: Page): Promise<void> {
  await page.goto("/open");
  await page.getByRole("button", { name: "Open the demonstration" }).click();
  await page.locator(".workspace[data-ready]").waitFor();
}

export const line = (page: Page, text: string): Locator => page.getByRole("row").filter({ hasText: text });

/** Opaque pixels of a layer of a picture: 0 axes, 1 marks, 2 what is chosen and pointed at. */
export const painted = (picture: Locator, layer: 0 | 1 | 2): Promise<number> =>
  picture
    .locator("canvas")
    .nth(layer)
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      let n = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) n++;
      return n;
    });

/** The text of a file that an action hands over, and its name. */
export async function downloaded(
  page: Page,
  act: () => Promise<void>,
): Promise<{ name: string; text: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  const bytes = readFileSync(await download.path());
  return { name: download.suggestedFilename(), text: bytes.toString("utf8"), bytes };
}
