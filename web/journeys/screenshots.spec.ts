/**
 * The pictures of the manual, of the demonstration: `make screenshots` writes them into docs/images. Not a part of the other
 * journeys: it runs when VIDJIL_SCREENSHOTS names a folder. All people and reads in them are simulated.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expect, forgetNotes, missing, openDemoResult, signIn, test } from "./support";

const folder = process.env.VIDJIL_SCREENSHOTS ?? "";
test.skip(missing !== "", missing);
test.skip(folder === "", "pictures of the manual are made on request: make screenshots");
test.use({ viewport: { width: 1280, height: 760 }, reducedMotion: "reduce" });

const picture = async (of: Page | Locator, name: string): Promise<void> => {
  await of.screenshot({ path: join(folder, `${name}.png`), animations: "disabled", caret: "hide" });
};

/** A page of the application, once it shows what it has. */
async function pageAt(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url);
  await page.locator("[data-ready]").first().waitFor();
  await picture(page, name);
}

test("pages", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").waitFor();
  await picture(page, "sign-in");
  await signIn(page, "doctor");
  await forgetNotes(page);
  await openDemoResult(page);
  await pageAt(page, "/patients", "patients");
  await pageAt(page, "/sets/1", "set");
  await pageAt(page, "/sets/1?tab=quality", "quality");
  await pageAt(page, "/jobs", "jobs");
});

test("an upload as it is looked over", async ({ page }) => {
  await signIn(page, "doctor");
  await page.goto("/new?kind=run");
  await page.getByLabel("Row 1, Name").fill("Run of 1 March");
  await page.getByRole("button", { name: "Create" }).click();
  await page.waitForURL(/\/sets\/\d+$/);
  await page.getByRole("link", { name: "Add samples" }).first().click();
  await page.getByTestId("files").waitFor({ state: "attached" });
  const at = mkdtempSync(join(tmpdir(), "vidjil-pictures-"));
  const put = (name: string, text: string): string => {
    writeFileSync(join(at, name), text);
    return join(at, name);
  };
  const reads = `@r\n${"ACGTTGCA".repeat(15)}\n+\n${"I".repeat(120)}\n`.repeat(500);
  const files = ["Lovelace-Ada_S1", "Hopper-Grace_S2"].flatMap((sample) =>
    [1, 2].map((read) => put(`${sample}_L001_R${read}_001.fastq`, reads)),
  );
  files.push(
    put(
      "SampleTable.csv",
      "sample;last_name;first_name;birth;sampling_date;info\n" +
        "Lovelace-Ada;Lovelace;Ada;1815-12-10;2026-03-01;marrow #MRD\n" +
        "Hopper-Grace;Hopper;Grace;1906-12-09;2026-03-01;blood #MRD\n",
    ),
  );
  await page.getByTestId("files").setInputFiles(files);
  await expect(page.getByRole("button", { name: "Make 2 samples and upload" })).toBeVisible();
  await picture(page, "upload");
});

test("the workspace", async ({ page }) => {
  await signIn(page, "doctor");
  await forgetNotes(page);
  await openDemoResult(page);
  const tag = async (text: string, name: string): Promise<void> => {
    const row = page.getByRole("row").filter({ hasText: text }).first();
    await row.getByRole("button", { name: /^Tag/ }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  await tag("IGHV3-30", "dominant");
  await tag("TRGV3", "clonotype 2");
  await page.getByRole("row").filter({ hasText: "IGHV3-30" }).first().click();
  await page
    .getByRole("row")
    .filter({ hasText: "TRGV3" })
    .first()
    .click({ modifiers: ["Control"] });
  await page.mouse.move(640, 5);
  await picture(page, "workspace-light");
  await picture(page.locator(".list-lines"), "list");
  await picture(page.getByRole("region", { name: "Plot 1" }), "plot");
  const scheme = page.getByRole("button", { name: "Light or dark" });
  await scheme.click();
  await page.mouse.move(640, 5);
  await picture(page, "workspace-dark");
  await scheme.click();
  await page.getByRole("link", { name: "Report" }).click();
  await page.locator(".report[data-ready]").waitFor();
  await picture(page, "report");
});

test("the administration", async ({ page }) => {
  await signIn(page, "admin");
  await pageAt(page, "/admin/groups/3", "rights");
  await pageAt(page, "/admin", "server");
});
