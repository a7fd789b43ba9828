/** What journeys share: a page that must not report errors, who can sign in, the demonstration, pictures, findings of axe. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { test as base, expect } from "@playwright/test";

export { expect } from "@playwright/test";

/** Why no journey can be made; "" when it can. */
export const missing = process.env.VIDJIL_NO_JOURNEY ?? "";

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

/** What axe finds of a page that keeps somebody out. */
export async function findings(page: Page, within = "body", rules: readonly string[] = []): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page }).include(within);
  if (rules.length > 0) axe.withRules([...rules]);
  else axe.withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]);
  const { violations } = await axe.analyze();
  return violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
}

/** What light and dark change. */
const OF_COLOUR = ["color-contrast", "link-in-text-block"];

/**
 * Nothing serious by the rules of WCAG 2.2 AA, and a picture to look at. What is called "dark-…" was looked at in light: only
 * its colours are.
 */
export async function checkAccessible(page: Page, name: string): Promise<void> {
  await page.locator("[data-ready]").first().waitFor();
  await page.screenshot({ path: `test-results/shots/${name}.png` });
  expect(await findings(page, "body", name.startsWith("dark-") ? OF_COLOUR : []), name).toEqual([]);
}

/** What a server printed, once it has what is looked for. */
export async function printed(log: string, found: RegExp): Promise<string> {
  const look = () => found.exec(readFileSync(log, "utf8"))?.[0] ?? "";
  await expect.poll(look, { timeout: 60_000, message: `the server prints ${found}` }).not.toBe("");
  return look();
}

/** The demonstration is analysed in the background: its clonotypes are open once there is something to open. */
export async function openDemoResult(page: Page): Promise<void> {
  const ready = async () => {
    const { samples = [] } = await page.request.get("/api/v1/sets/1/fused?config_id=1").then((r) => r.json());
    return samples.filter((s: { result?: unknown; column: number }) => s.result && s.column >= 0).length;
  };
  await expect.poll(ready, { timeout: 60_000, message: "five samples of the demonstration are analysed" }).toBe(5);
  await page.goto("/a/1-1");
  await page.locator(".workspace[data-ready]").waitFor();
}

/** Pictures to be looked at; they are not compared, and not kept in git. */
export const shot = (page: Page, name: string): Promise<Buffer> =>
  page.screenshot({ path: `journeys/shots/${name}.png` });

const PDFTOTEXT = "/usr/bin/pdftotext";
export const noPdftotext = existsSync(PDFTOTEXT) ? "" : `no ${PDFTOTEXT} (apt install poppler-utils)`;

/** What a printer would get of the page, as text with its lines kept. */
export async function printedText(page: Page, name: string): Promise<string> {
  const path = `journeys/shots/${name}.pdf`;
  await page.pdf({ path, preferCSSPageSize: true, printBackground: true });
  return execFileSync(PDFTOTEXT, ["-layout", path, "-"], { encoding: "utf8" });
}
