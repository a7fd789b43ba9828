import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, missing, noPdftotext, openDemoResult, printedText, shot, signIn, test } from "./support";

test.skip(missing !== "", missing);

/** What only those may know who may know who somebody is: names, births, identifiers, names of files. */
const SECRETS = /Camille|DEMO-1|2014-03-09|9 Mar 2014|demo-(diagnosis|day|month|relapse)/;

/** Keeps the addresses whose answers have a secret. */
function listen(page: Page): string[] {
  const seen: string[] = [];
  page.on("response", async (r) => {
    if (!r.url().includes("/api/")) return;
    const body = await r.text().catch(() => "");
    if (SECRETS.test(body)) seen.push(r.url());
  });
  return seen;
}

test("who may not know names sees none: on pages, in reports, in exports", async ({ page }) => {
  const seen = listen(page);
  await signIn(page, "technician");
  await openDemoResult(page);
  for (const url of [
    "/patients",
    "/sets/1",
    "/sets/1?tab=quality",
    "/sets/1?tab=jobs",
    "/jobs",
    "/a/1-1",
    "/a/1-1/report",
  ]) {
    await page.goto(url);
    await page.locator("[data-ready]").first().waitFor();
    await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => undefined);
    expect(await page.locator("body").textContent(), url).not.toMatch(SECRETS);
    expect(await page.title(), url).not.toMatch(SECRETS);
  }
  await expect(page.locator(".paper-head")).toContainText("Patient 1");
  await expect(page.getByText("You may not know who this is")).toBeVisible();
  await shot(page, "report-nameless");
  if (noPdftotext === "") expect(await printedText(page, "nameless")).not.toMatch(SECRETS);
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as a web page" }).click(),
  ]);
  expect(saved.suggestedFilename()).not.toMatch(SECRETS);
  expect(readFileSync(await saved.path(), "utf8")).not.toMatch(SECRETS);
  expect(seen).toEqual([]);
});

for (const format of ["Table (CSV)", "Sequences (FASTA)", "AIRR table (TSV)", "Result (.vidjil)"]) {
  test(`who may not know names gets none in a file: ${format}`, async ({ page }) => {
    await signIn(page, "technician");
    await openDemoResult(page);
    await page.getByRole("button", { name: "Export", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(format).check();
    const sources = (await dialog.getByText("From", { exact: true }).count()) > 0 ? ["server", "here"] : [""];
    for (const source of sources) {
      if (source === "here") {
        await page.getByRole("button", { name: "Export", exact: true }).click();
        await dialog.getByLabel(format).check();
        await dialog.getByLabel("as it is on screen").check();
      }
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        dialog.getByRole("button", { name: "Save the file" }).click(),
      ]);
      const text = readFileSync(await file.path(), "utf8");
      expect(text.length).toBeGreaterThan(1000);
      expect(text).not.toMatch(SECRETS);
      expect(file.suggestedFilename()).not.toMatch(SECRETS);
    }
  });
}

test("who is not signed in is led to the sign-in, and then to the report", async ({ page }) => {
  await page.goto("/a/1-1/report");
  await page.waitForURL("**/sign-in?**");
  expect(new URL(page.url()).searchParams.get("next")).toContain("/a/1-1/report");
});

test("what somebody may not see is not there, as if it were not", async ({ page }) => {
  await signIn(page, "doctor");
  await page.goto("/a/9999-1/report");
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.locator(".paper")).toHaveCount(0);
  const of = (path: string) => page.request.get(path).then((r) => r.status());
  expect(await of("/api/v1/sets/9999/fused?config_id=1")).toBe(404);
  expect(await of("/api/v1/sets/9999/fused/export?config_id=1")).toBe(404);
});
