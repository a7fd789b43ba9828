/** What journeys share: a page that must not report errors, who can sign in, and a look at accessibility. */
import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { test as base, expect } from "@playwright/test";

export { expect } from "@playwright/test";

/** A journey fails when a page reports an error that it should not. */
export const test = base.extend<{ clean: undefined }>({
  clean: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on("pageerror", (e) => errors.push(e.message));
      await use(undefined);
      if (errors.length > 0) throw new Error(`the page reported:\n${errors.join("\n")}`);
    },
    { auto: true },
  ],
});

/** Who can sign in, as the server prints it once its demonstration is filled. */
export async function person(role: string): Promise<{ email: string; password: string }> {
  const line = () =>
    new RegExp(`^\\s*(${role}@\\S+)\\s+(\\S+)`, "m").exec(readFileSync(process.env.VIDJIL_JOURNEY_LOG ?? "", "utf8"));
  await expect
    .poll(() => line() !== null, { timeout: 60_000, message: `the server prints who is its ${role}` })
    .toBe(true);
  const [, email = "", password = ""] = line() ?? [];
  return { email, password };
}

export async function signInAs(page: Page, email: string, password: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signIn(page: Page, role: string): Promise<void> {
  const { email, password } = await person(role);
  await signInAs(page, email, password);
  await page.waitForURL("**/patients");
  await page.locator("main[data-ready]").waitFor();
}

/** Nothing serious by the rules of WCAG 2.2 AA, and a picture to look at. */
export async function checkAccessible(page: Page, name: string): Promise<void> {
  await page.locator("[data-ready]").first().waitFor();
  await page.screenshot({ path: `test-results/shots/${name}.png` });
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .analyze();
  const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(
    serious.map((v) => `${v.id}: ${v.nodes[0]?.html}`),
    name,
  ).toEqual([]);
}
