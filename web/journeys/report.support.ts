/** What journeys with results and reports need: the demonstration open, what was printed, pictures, findings of axe. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";

/** Why no journey can be made; "" when it can. */
export const missing = process.env.VIDJIL_NO_JOURNEY ?? "";

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

/** What axe finds of a page that keeps somebody out. */
export async function findings(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .analyze();
  return violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
}

const PDFTOTEXT = "/usr/bin/pdftotext";
export const noPdftotext = existsSync(PDFTOTEXT) ? "" : `no ${PDFTOTEXT} (apt install poppler-utils)`;

/** What a printer would get of the page, as text with its lines kept. */
export async function printedText(page: Page, name: string): Promise<string> {
  const path = `journeys/shots/${name}.pdf`;
  await page.pdf({ path, preferCSSPageSize: true, printBackground: true });
  return execFileSync(PDFTOTEXT, ["-layout", path, "-"], { encoding: "utf8" });
}
