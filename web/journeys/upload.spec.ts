/** Uploads on the real server: folders, sheets, patients, and what happens when the browser is closed on the way. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { checkAccessible, expect, signIn, test } from "./support";

const reason = process.env.VIDJIL_NO_JOURNEY ?? "";
test.skip(reason !== "", reason);

async function newSet(page: Page, kind: "run" | "set", name: string): Promise<void> {
  await page.goto(`/new?kind=${kind}`);
  await page.getByLabel("Row 1, Name").fill(name);
  await page.getByRole("button", { name: "Create" }).click();
  await page.waitForURL(/\/sets\/\d+$/);
  await page.getByRole("link", { name: "Add samples" }).first().click();
  await page.getByTestId("files").waitFor({ state: "attached" });
}

const WORDS = ["ACGTTGCA", "TGCAACGT"] as const;

/** Reads by which nothing is found: what matters here is that they arrive. */
const fastq = (reads: number, word: string, of = "r"): string =>
  Array.from({ length: reads }, (_, i) => `@${of}${i}\n${word.repeat(15)}\n+\n${"I".repeat(120)}\n`).join("");

/** A folder as a sequencer leaves it: two samples in pairs, one on two lanes, and what belongs to no sample. */
function runFolder(patient: string): string {
  const folder = join(mkdtempSync(join(tmpdir(), "vidjil-run-")), "run42");
  mkdirSync(join(folder, "fastq"), { recursive: true });
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  for (const read of [1, 2]) {
    for (const lane of [1, 2])
      put(`fastq/Lovelace-Ada_S1_L00${lane}_R${read}_001.fastq`, fastq(20, WORDS[read - 1] ?? "", `lane${lane}.`));
    put(`fastq/Newton-d15_S2_L001_R${read}_001.fastq`, fastq(20, WORDS[read - 1] ?? ""));
    put(`fastq/Undetermined_S0_L001_R${read}_001.fastq`, fastq(2, WORDS[read - 1] ?? ""));
  }
  put("report.html", "<p>");
  put(
    "SampleTable.csv",
    "sample;patient;last_name;first_name;birth;sampling_date;info\n" +
      `Lovelace-Ada;${patient};${patient};Ada;1815-12-10;2026-03-01;marrow #MRD\nNobody;;;;;;\n`,
  );
  return folder;
}

test("a folder becomes samples: pairs, lanes, the sheet's patient made, the doubts told", async ({ page, own }) => {
  const patient = own("Lovelace");
  await signIn(page, "doctor");
  await newSet(page, "run", "Folder journey");
  await page.getByTestId("folder").setInputFiles(runFolder(patient));
  const row = (name: string) => page.getByRole("row").filter({ has: page.getByLabel(`Sample: ${name}`) });
  const ada = row("Lovelace-Ada");
  await expect(ada.locator(".file-line")).toHaveCount(4);
  await expect(ada).toContainText("R2 L2");
  await expect(row("Newton-d15").locator(".file-line")).toHaveCount(2);
  await expect(page.getByText('there is no file of "Nobody"')).toBeVisible();
  await expect(page.getByText("2 files left out: reads of no sample")).toBeVisible();
  await expect(page.getByLabel("Last name: Lovelace-Ada")).toHaveValue(patient);
  await expect(page.getByLabel("Sampled: Lovelace-Ada")).toHaveValue("2026-03-01");
  await page.getByRole("button", { name: "Fill down: Sampled" }).click();
  await expect(page.getByLabel("Sampled: Newton-d15")).toHaveValue("2026-03-01");
  await page.getByLabel("Information, #tags: Newton-d15").fill("#control");
  await checkAccessible(page, "light-plan");
  // What was typed outlives the page, though the files do not.
  await page.reload();
  await page.getByTestId("folder").setInputFiles(runFolder(patient));
  await expect(page.getByLabel("Information, #tags: Newton-d15")).toHaveValue("#control");
  await page.getByLabel("IGH", { exact: true }).check();
  await page.getByRole("button", { name: "Make 2 samples and upload" }).click();
  await page.waitForURL(/\/sets\/\d+$/);
  const made = page.getByRole("row").filter({ hasText: "Lovelace-Ada" }).first();
  await expect(made.getByRole("link", { name: `${patient} Ada` })).toBeVisible();
  await expect(page.getByText("All files are on the server.")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("not uploaded")).toHaveCount(0);
  await page.getByRole("combobox", { name: "Analysis" }).selectOption({ label: "IGH" });
  await expect(made).toContainText("done", { timeout: 60_000 });
  await made.getByRole("link", { name: `${patient} Ada` }).click();
  await expect(page.getByText("born 10 Dec 1815")).toBeVisible();
});

test("a patient who is there is found, by name with a warning, and can be chosen otherwise", async ({ page }) => {
  await signIn(page, "doctor");
  await newSet(page, "run", "Patients journey");
  const file = (name: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(fastq(5, "ACGTTGCA")) });
  await page.getByTestId("files").setInputFiles([file("Demo-Camille_d40.fastq"), file("other.fastq")]);
  const choice = page.getByLabel("Patient: Demo-Camille_d40");
  await expect(choice.locator("option:checked")).toHaveText("Demo Camille (same name)");
  await expect(page.getByText("is it the same person?")).toBeVisible();
  await choice.selectOption({ label: "no patient" });
  await expect(page.getByText("is it the same person?")).toHaveCount(0);
  await page.getByLabel("Patient: other").selectOption({ label: "another patient…" });
  await page.getByRole("combobox", { name: "another patient…" }).fill("Camille");
  await page
    .getByRole("listbox")
    .getByRole("option", { name: /Demo Camille/ })
    .click();
  await expect(page.getByLabel("Patient: other").locator("option:checked")).toHaveText("Demo Camille");
  await page.getByLabel("Patient: other").selectOption({ label: "new patient…" });
  await expect(page.getByText("A new patient needs a last name.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Make 2 samples and upload" })).toBeDisabled();
});

test("a wrong sheet is told, and another one put in its place", async ({ page }) => {
  await signIn(page, "doctor");
  await newSet(page, "set", "Sheet journey");
  const file = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await page
    .getByTestId("files")
    .setInputFiles([file("S1.fastq", fastq(5, "ACGTTGCA")), file("sheet.csv", "a,b\n1,2\n")]);
  await expect(page.getByText("the sheet was not used")).toBeVisible();
  await page.getByTestId("sheet").setInputFiles(file("broken.xlsx", "PK\u0003\u0004 nothing"));
  await expect(page.getByText("this spreadsheet cannot be read")).toBeVisible();
  await page.getByTestId("sheet").setInputFiles(file("sheet.csv", "sample,date\nS1,2026-02-30\n"));
  await expect(page.getByText("line 2:")).toBeVisible();
  await page.getByRole("button", { name: "Paste rows…" }).click();
  await page.getByRole("textbox", { name: /Rows of a spreadsheet/ }).fill("sample\tdate\tinfo\nS1\t2026-02-03\t#blood");
  await page.getByRole("button", { name: "Use these rows" }).click();
  await expect(page.getByLabel("Sampled: S1")).toHaveValue("2026-02-03");
  await expect(page.getByLabel("Information, #tags: S1")).toHaveValue("#blood");
  await expect(page.getByText("about the sheet")).toHaveCount(0);
});

test("an upload that was cut off goes on where it was, with the same file only", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "vidjil-upload-"));
  const path = join(folder, "long.fastq");
  // 24 MB: at the speed below, too long to end before the page is left.
  writeFileSync(path, fastq(90_000, "ACGTTGCA"));
  writeFileSync(join(folder, "another.fastq"), "@a\nACGT\n+\nIIII\n");
  await signIn(page, "doctor");
  await newSet(page, "set", "Resume journey");
  await page.getByTestId("files").setInputFiles(path);
  const net = await page.context().newCDPSession(page);
  const speed = (bytes: number) =>
    net.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: bytes,
    });
  await speed(2_000_000);
  await page.getByRole("button", { name: "Make 1 sample and upload" }).click();
  await page.waitForURL(/\/sets\/\d+$/);
  const tray = page.getByRole("region", { name: "Uploads" });
  await expect
    .poll(async () => Number(await tray.getByRole("progressbar").first().getAttribute("value")), { timeout: 30_000 })
    .toBeGreaterThan(0.2);
  page.on("dialog", (d) => void d.accept());
  await page.reload();
  await speed(-1);
  await expect(tray).toContainText("1 upload unfinished", { timeout: 15_000 });
  await expect(tray).toContainText("long.fastq");
  await checkAccessible(page, "light-unfinished");
  await page.getByTestId("again").setInputFiles(join(folder, "another.fastq"));
  await expect(tray).toContainText("1 file is none of these");
  const offset = page.waitForResponse((r) => r.request().method() === "HEAD" && r.url().includes("/uploads/"));
  await page.getByTestId("again").setInputFiles(path);
  expect(Number((await offset).headers()["upload-offset"])).toBeGreaterThan(1_000_000);
  await expect(tray).toContainText("All files are on the server.", { timeout: 30_000 });
  await expect(page.getByRole("row").filter({ hasText: "long" })).not.toContainText("not uploaded");
  await page.reload();
  await page.locator("main[data-ready]").waitFor();
  await expect(page.getByText("unfinished")).toHaveCount(0);
});
