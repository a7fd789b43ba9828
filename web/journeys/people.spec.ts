/** Journeys of what people have of the server: mails, follows, archives, erasure; what administrators look after. */
import type { Page } from "@playwright/test";
import { checkAccessible, expect, missing, person, signIn, test } from "./support";

test.skip(missing !== "", missing);

test("one follows a patient, finds it in the account, and chooses mails", async ({ page }) => {
  await signIn(page, "doctor");
  await page.locator("a.row-link").first().click();
  await page.waitForURL(/sets\/\d+/);
  const address = new URL(page.url()).pathname;
  await page.getByRole("button", { name: "Follow", exact: true }).click();
  await expect(page.getByRole("button", { name: "Following" })).toHaveAttribute("aria-pressed", "true");
  await page.goto("/account");
  await checkAccessible(page, "account");
  const followed = page.getByRole("row").filter({ has: page.locator(`a[href="${address}"]`) });
  await expect(followed).toHaveCount(1);
  await followed.getByRole("button", { name: /Unfollow/ }).click();
  await expect(page.getByText("You follow nothing yet")).toBeVisible();

  const digest = page.getByLabel("Each morning, what happened on the day before");
  const before = await digest.isChecked();
  await digest.setChecked(!before);
  await expect(page.getByText("● Saved.")).toBeVisible();
  await page.reload();
  await expect(digest).toBeChecked({ checked: !before });
  await digest.setChecked(before);
  await expect(page.getByText("● Saved.")).toBeVisible();
});

test("the address is changed with the password only", async ({ page }) => {
  await signIn(page, "technician");
  const { email, password } = await person("technician");
  await page.goto("/account");
  const part = page.locator("section", { has: page.getByRole("heading", { name: "E-mail address" }) });
  await part.getByLabel("New address").fill("tech@elsewhere.example");
  await part.getByLabel("Present password").fill("not this one");
  await part.getByRole("button").click();
  await expect(part.getByRole("alert").first()).toBeVisible();
  await expect(part.getByLabel("New address")).toHaveValue("tech@elsewhere.example");
  for (const address of ["tech@elsewhere.example", email]) {
    await part.getByLabel("New address").fill(address);
    await part.getByLabel("Present password").fill(password);
    await part.getByRole("button").click();
    await expect(page.getByText(address, { exact: true })).toBeVisible();
  }
});

test("an archive of all that one may reach is made and downloaded", async ({ page }) => {
  await signIn(page, "doctor");
  await page.goto("/account");
  await page.getByRole("button", { name: "Make an archive" }).click();
  const download = page.getByRole("link", { name: /Download the archive/ }).first();
  await expect(download).toBeVisible({ timeout: 60_000 });
  const [file] = await Promise.all([page.waitForEvent("download"), download.click()]);
  expect(file.suggestedFilename()).toMatch(/^vidjil-.*\.zip$/);
  await page
    .getByRole("button", { name: /Remove the archive/ })
    .first()
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("There is no archive.")).toBeVisible();
});

test("a patient is anonymised, after a word was typed", async ({ page, browser, baseURL }) => {
  await signIn(page, "admin");
  const whole = async (of: Page, path: string) => (await of.request.get(path)).json();
  const { items } = await whole(page, "/api/v1/groups");
  const lab = items.find((g: { name: string }) => g.name === "Demo laboratory").id;
  // Asked by the page itself: the server takes changes from its own pages only.
  const { id } = await page.evaluate(async (group) => {
    const patient = { kind: "patient", first_name: "Ottilie", last_name: "Vergehen", birth: "1950-02-03" };
    const answer = await fetch("/api/v1/sets", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ rows: [{ ...patient, info: "Ottilie, #B-ALL", group_id: group }] }),
    });
    return (await answer.json()).items[0];
  }, lab);
  const path = `/api/v1/sets/${id}`;
  const doctor = await (await browser.newContext({ baseURL: baseURL ?? "" })).newPage();
  await signIn(doctor, "doctor");
  expect((await whole(doctor, path)).title).toContain("Vergehen");

  await page.goto(`/sets/${id}`);
  await page.getByRole("button", { name: "Anonymise…" }).click();
  const dialog = page.getByRole("dialog");
  const yes = dialog.getByRole("button", { name: "Anonymise for good" });
  await expect(yes).toBeDisabled();
  await dialog.getByLabel("Remove the information of the patient").uncheck();
  await dialog.getByLabel("Type anonymise to confirm").fill("anonymise");
  await checkAccessible(page, "erase");
  await yes.click();
  const done = page.getByRole("dialog", { name: "The identity is gone" });
  await expect(done).toBeVisible();
  await done.getByRole("button", { name: "Close" }).last().click();
  await expect(done).toBeHidden();
  const after = JSON.stringify(await whole(doctor, path));
  expect(after).not.toMatch(/Ottilie|Vergehen|1950/);
  expect(after).toContain("B-ALL");
  await doctor.context().close();
});

test("administrators see mails, usage, retention, the log, and how backups go", async ({ page }) => {
  await signIn(page, "admin");
  await page.goto("/admin");
  await expect(page.getByText("This server makes no backups by itself")).toBeVisible();
  await checkAccessible(page, "admin-server");
  await page.getByRole("link", { name: "Outbox" }).click();
  await page.getByRole("button", { name: "Send me a test" }).click();
  await expect(page.getByText("No mail server is set")).toBeVisible();
  await checkAccessible(page, "admin-mails");
  await page.getByRole("button", { name: "given up" }).click();
  await expect(page).toHaveURL(/state=dead/);

  await page.getByRole("link", { name: "Usage" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Demo administrator" })).toBeVisible();
  await checkAccessible(page, "admin-usage");
  await page.getByRole("link", { name: "Groups", exact: true }).last().click();
  await expect(page.getByRole("row").filter({ hasText: "Demo laboratory" })).toBeVisible();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "As a table (TSV)" }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/\.tsv$/);

  await page.getByRole("link", { name: "Retention" }).click();
  await page.getByLabel("What goes").selectOption("365");
  await expect(page).toHaveURL(/days=365/);
  await expect(page.getByRole("row").filter({ hasText: "Sessions" })).toContainText(/\d+$/);
  await checkAccessible(page, "admin-retention");
  await page.getByRole("button", { name: "Remove now…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove for good" }).click();
  await expect(page.getByRole("link", { name: /Job \d+ removes it/ })).toBeVisible();

  await page.getByRole("link", { name: "Log", exact: true }).click();
  await checkAccessible(page, "admin-log");
  const id = (await page.request.get("/api/v1/server")).headers()["x-request-id"] ?? "";
  expect(id).not.toBe("");
  await page.getByLabel("Request id or word").fill(id);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.locator(".log-line")).toHaveCount(1);
  await expect(page.locator(".log-line")).toContainText("/api/v1/server");
});

test("sequences are analysed without an account, and opened in the workspace", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Analyse a few sequences" }).click();
  await page.getByRole("button", { name: "Take an example" }).click();
  await page.getByRole("button", { name: "Analyse", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "TRGV3*01 0/TAT/1 TRGJ1*01" })).toContainText("CATWDRYNYYKKLF");
  await expect(page.getByRole("img", { name: /TRGV3 with TRGJ1: 1/ })).toBeVisible();
  await checkAccessible(page, "analyze");
  await page.getByLabel("Sequences", { exact: true }).fill(">nothing\nACGTACGTACGTACGTACGTACGTACGTACGT");
  await page.getByRole("button", { name: "Analyse", exact: true }).click();
  await expect(page.getByText("no recombination found")).toBeVisible();
  await page.getByLabel("Sequences", { exact: true }).fill("@broken");
  await page.getByRole("button", { name: "Analyse", exact: true }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect(page.getByLabel("Sequences", { exact: true })).toHaveValue("@broken");

  await page.reload();
  await page.getByRole("button", { name: "Take an example" }).click();
  await page.getByRole("button", { name: "Analyse", exact: true }).click();
  await page.getByRole("button", { name: "Open in the workspace" }).click();
  await page.waitForURL("**/local");
  await expect(page.getByText("TRGV3", { exact: false }).first()).toBeVisible();
});
