/** What journeys share: a page that must not report errors, who can sign in, the demonstration, pictures, findings of axe. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { test as base, expect } from "@playwright/test";
import type { NewServer } from "./newServer";
import { newServer } from "./newServer";

export { expect } from "@playwright/test";

/** Why no journey can be made; "" when it can. */
export const missing = process.env.VIDJIL_NO_JOURNEY ?? "";

/** A word that nothing on any server has in it, nor any search takes for something else. */
const word = () => randomBytes(5).reduce((text, byte) => text + String.fromCharCode(97 + (byte % 26)), "");

interface Journey {
  clean: undefined;
  /** A name that no other attempt has: what was too slow for a busy machine is tried again on the same server. */
  own: (name: string) => string;
  /** A server on which nobody has been yet. */
  fresh: NewServer;
}

/** A journey fails when a page reports an error that it should not. */
export const test = base.extend<Journey>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
  own: async ({}, use) => {
    const mark = word();
    await use((name) => `${name} ${mark}`);
  },
  fresh: async ({ baseURL }, use) => {
    const server = await newServer(baseURL ?? "");
    await use(server);
    await server.stop();
  },
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

/** What was noted on the demonstration by other journeys, or by an earlier attempt of this one, is left behind. */
export async function forgetNotes(page: Page): Promise<void> {
  const path = "/api/v1/sets/1/annotation";
  const { version } = await page.request.get(path).then((r) => r.json());
  const headers = { "If-Match": `"${version}"`, "Sec-Fetch-Site": "same-origin" };
  const answer = await page.request.put(path, { headers, data: { body: {} } });
  expect(answer.ok(), await answer.text()).toBe(true);
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
