/** Sets that move to another group as an archive, as they would to another server: out of a page, looked at, in. */
import { readFileSync } from "node:fs";
import type { Browser, Page } from "@playwright/test";
import { checkAccessible, expect, missing, openDemoResult, signIn, test } from "./support";

test.skip(missing !== "", missing);

const headers = { "Sec-Fetch-Site": "same-origin" };

/** A group for which the doctor may make sets and configs, with a config of its own; the doctor is signed in. */
async function laboratory(page: Page, browser: Browser, name: string): Promise<{ id: number; config: string }> {
  const admin = await browser.newPage();
  await signIn(admin, "admin");
  const people = await admin.request.get("/api/v1/users").then((r) => r.json());
  const doctor = people.items.find((u: { email: string }) => u.email === "doctor@demo.example");
  const made = await admin.request.post("/api/v1/groups", { data: { name, members: [doctor.id] }, headers });
  expect(made.status(), await made.text()).toBe(201);
  const { id } = await made.json();
  const rights = ["set:create", "set:read", "set:edit", "set:upload", "set:anon", "config:create", "config:read"];
  const given = await admin.request.put(`/api/v1/groups/${id}/rights`, { data: { rights }, headers });
  expect(given.ok(), await given.text()).toBe(true);
  await admin.close();
  await signIn(page, "doctor");
  const config = `config of ${name}`;
  const one = await page.request.post("/api/v1/configs", { data: { name: config, group_id: id }, headers });
  expect(one.status(), await one.text()).toBe(201);
  return { id, config };
}

/** The archive of the patient of the demonstration, by the button on its page. */
async function exported(page: Page, options: { anonymous: boolean }): Promise<Buffer> {
  await page.goto("/sets/1");
  await page.getByRole("button", { name: "Export archive" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Export 1 set for another server");
  if (options.anonymous) await dialog.getByLabel("Without who patients are").check();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("link", { name: "Download" }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^vidjil-sets-\d{4}-\d\d-\d\d\.zip$/);
  return readFileSync(await file.path());
}

async function bring(page: Page, name: string, group: string, buffer: Buffer): Promise<void> {
  await page.goto("/patients");
  await page.getByRole("link", { name: "Import archive" }).first().click();
  await page.getByLabel("For the group").selectOption({ label: group });
  await page.getByLabel("Choose an archive…").setInputFiles({ name, mimeType: "application/zip", buffer });
  await page.waitForURL(/archive=\d+/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
}

test("a patient leaves from its page and comes into another group, by a map that a person chose", async ({
  page,
  browser,
  own,
}) => {
  test.setTimeout(180_000); // the demonstration is analysed first
  const group = own("Move");
  const { config } = await laboratory(page, browser, group);
  await openDemoResult(page);
  const archive = await exported(page, { anonymous: true });
  await bring(page, `${group}.zip`, group, archive);

  // What is in it, and what would become of it.
  await expect(page.getByRole("heading", { level: 2 }).first()).toContainText("1 set, 5 samples, 5 results");
  await expect(page.getByText("1 set came here before.")).toBeVisible();
  const choice = page.getByLabel(/^Here: /).first();
  await choice.selectOption({ label: config });
  await checkAccessible(page, "import-looked");
  await page.getByRole("button", { name: "Light or dark" }).click();
  await checkAccessible(page, "dark-import-looked");
  await page.getByRole("button", { name: "Light or dark" }).click();

  await page.getByRole("button", { name: "Take it once more" }).click();
  await expect(page.getByText("1 set is here now.")).toBeVisible({ timeout: 60_000 });
  await checkAccessible(page, "import-done");
  await page.getByRole("link", { name: /^Open set \d+$/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^Patient \d+$/);
  await expect(page.locator(".facts")).toContainText(group);
  const id = Number(new URL(page.url()).pathname.split("/").at(-1));
  const results = await page.request.get(`/api/v1/sets/${id}/results`).then((r) => r.json());
  const names = await page.request.get("/api/v1/configs").then((r) => r.json());
  const of = names.items.find((c: { name: string }) => c.name === config);
  const made = results.items.filter((c: { result?: unknown; config_id: number }) => c.result && c.config_id === of.id);
  expect(made).toHaveLength(5);
});

test("archives on their way are listed: unfinished, ready, imported; given back and removed", async ({
  page,
  browser,
  own,
}) => {
  const group = own("List");
  const tag = group.replaceAll(" ", "-");
  const { id } = await laboratory(page, browser, group);
  await openDemoResult(page);
  const archive = await exported(page, { anonymous: false });
  const size = 3 * (8 << 20);
  const begun = await page.request.post("/api/v1/transfers", {
    data: { group_id: id, name: `half-${tag}.zip`, size },
    headers,
  });
  const { id: half, piece_size } = await begun.json();
  const sent = await page.request.put(`/api/v1/transfers/${half}/pieces/0`, {
    data: Buffer.alloc(piece_size),
    headers: { ...headers, "Content-Type": "application/octet-stream" },
  });
  expect(sent.status()).toBe(204);
  await bring(page, `ready-${tag}.zip`, group, archive);
  await expect(page.getByText("1 set came here before.")).toBeVisible();

  await page.getByRole("link", { name: "All archives" }).click();
  const row = (name: string) => page.getByRole("row").filter({ hasText: name });
  await expect(row(`half-${tag}`)).toContainText("1 of 3 pieces have come");
  await expect(row(`half-${tag}`)).toContainText("25 MB");
  await expect(row(`half-${tag}`)).toContainText("Choose the same file again to go on.");
  await expect(row(`ready-${tag}`)).toContainText("Ready to import");
  await checkAccessible(page, "import-list");
  await page.getByRole("button", { name: "Light or dark" }).click();
  await checkAccessible(page, "dark-import-list");
  await page.getByRole("button", { name: "Light or dark" }).click();

  const [back] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: `Download ready-${tag}.zip` }).click(),
  ]);
  expect(readFileSync(await back.path()).equals(archive)).toBe(true);
  for (const name of [`half-${tag}.zip`, `ready-${tag}.zip`]) {
    await page.getByRole("button", { name: `Remove ${name}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
    await expect(row(name)).toHaveCount(0);
  }
});

test("an archive that is damaged says so, and imports nothing", async ({ page, browser, own }) => {
  const group = own("Broken");
  await laboratory(page, browser, group);
  await bring(page, `${group}.zip`, group, Buffer.from("this is no archive"));
  await expect(page.getByText("this is no archive: no ZIP file, or not all of one")).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("button", { name: "Import", exact: true })).toHaveCount(0);
  await checkAccessible(page, "import-broken");
});
