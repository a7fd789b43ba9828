/** Journeys of administrators, and of people through the doors: setup, invitation, second factor. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { checkAccessible, expect, person, signIn, signInAs, test } from "./support";

const reason = process.env.VIDJIL_NO_JOURNEY ?? "";
test.skip(reason !== "", reason);

/** What an authenticator shows now, or some steps of 30 s later (RFC 6238). */
function code(secret: string, steps = 0): string {
  const bits = [...secret.replace(/[\s=]/g, "")]
    .map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const sum = createHmac("sha1", key).update(counter).digest();
  const at = (sum[19] ?? 0) & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const ready = (page: Page) => page.locator("main[data-ready]").waitFor();

test("a config is made by its form, revised, compared, shared, exported and imported", async ({ page, own }) => {
  const name = own("Journey");
  const original = own("From the original");
  await signIn(page, "admin");
  await page.getByRole("link", { name: "Administration" }).click();
  await page.getByRole("link", { name: "Configs" }).click();
  await page.getByRole("link", { name: "New config" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Group", { exact: true }).selectOption({ label: "Demo laboratory" });
  await page.getByRole("checkbox", { name: "IGH", exact: true }).check();
  await page.getByLabel("Window", { exact: true }).fill("20");
  await expect(page.getByText("At least 30")).toBeVisible();
  await page.goto("/admin/audit");
  await page.goto("/admin/configs/new");
  await expect(page.getByLabel("Window", { exact: true })).toHaveValue("20");
  await page.getByLabel("Window", { exact: true }).fill("60");
  await page.getByRole("button", { name: "New config" }).click();
  await page.waitForURL(/configs\/\d+$/);
  await expect(page.getByRole("heading", { name })).toBeVisible();

  await page.getByLabel("Fewest reads of a clonotype").fill("10");
  await page.getByRole("checkbox", { name: "TRG", exact: true }).check();
  await expect(page.getByText("Saving makes revision 2")).toBeVisible();
  await page.getByLabel("Why").fill("fewer artefacts");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("revision 2", { exact: true })).toBeVisible();

  await page.getByRole("link", { name: "Revisions" }).click();
  await expect(page.getByRole("row").filter({ hasText: "fewer artefacts" })).toBeVisible();
  const difference = page.locator("section", { hasText: "From revision 1 to 2" });
  await expect(difference.getByRole("row").filter({ hasText: "Fewest reads" })).toContainText("default→10");
  await expect(difference.getByRole("row").filter({ hasText: "Systems" })).toContainText("TRG");

  await page.getByRole("link", { name: "Sharing" }).click();
  await page.getByLabel("Open to it: public").click();
  await expect(page.getByLabel("Open to it: public")).toBeChecked();
  await expect(page.getByRole("row").filter({ hasText: "public" })).toContainText("may use it");
  await expect(page.getByRole("row").filter({ hasText: "Demo doctors" })).toContainText("open by the group above");
  await page.getByRole("link", { name: "Use", exact: true }).click();
  await expect(page.getByText("No results were made")).toBeVisible();

  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export" }).click(),
  ]);
  const text = readFileSync(await file.path(), "utf8");
  expect(JSON.parse(text).options).toEqual({ systems: ["IGH", "TRG"], window: 60, min_reads: 10 });

  await page.goto("/admin/configs/import");
  await page
    .getByTestId("config-file")
    .setInputFiles({ name: "x.json", mimeType: "text/plain", buffer: Buffer.from("{}") });
  await expect(page.getByText("is not the file of a config")).toBeVisible();
  await page
    .getByTestId("config-file")
    .setInputFiles({ name: "journey.json", mimeType: "application/json", buffer: Buffer.from(text) });
  await page.getByLabel("Name", { exact: true }).fill(own("Journey again"));
  await page.getByRole("button", { name: "Import" }).click();
  await expect(page.getByText("Imported:")).toBeVisible();
  await page.getByRole("button", { name: "Command line" }).click();
  await page.getByLabel("Name", { exact: true }).fill(original);
  await page
    .getByLabel("Command line", { exact: true })
    .fill("-c clones -g germline/homo-sapiens.g:IGH,IGK -r 3 -w 60");
  await page.getByRole("button", { name: "Import" }).click();
  await page.getByRole("link", { name: original }).click();
  await expect(page.getByLabel("Fewest reads of a clonotype")).toHaveValue("3");
  await expect(page.getByRole("checkbox", { name: "IGK", exact: true })).toBeChecked();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.waitForURL("**/admin/configs");
  await expect(page.getByRole("link", { name: original })).toHaveCount(0);
});

test("rights are ticked in the matrix, read over, and saved", async ({ page, own }) => {
  await signIn(page, "admin");
  const name = own("Journey");
  const { items } = await page.request.get("/api/v1/groups").then((r) => r.json());
  const above = items.find((g: { name: string }) => g.name === "Demo laboratory").id;
  const made = await page.request.post("/api/v1/groups", {
    headers: { "Sec-Fetch-Site": "same-origin" },
    data: { name, parent_id: above },
  });
  expect(made.ok(), await made.text()).toBe(true);
  await page.goto("/admin/groups");
  const box = page.getByLabel(`${name}: run`);
  await expect(box).not.toBeChecked();
  await box.check();
  await page.getByLabel("Demo laboratory: identity").check();
  await page.getByLabel("Demo laboratory: identity").uncheck();
  await expect(page.getByText("1 change of rights")).toBeVisible();
  await page.getByRole("button", { name: "Look over and save" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("+ Patients, runs, sets: run");
  await dialog.getByRole("button", { name: "Save the rights" }).click();
  await expect(page.getByText("1 change of rights")).toHaveCount(0);
  await page.reload();
  await expect(page.getByLabel(`${name}: run`)).toBeChecked();

  await page.getByRole("link", { name: "Demo laboratory" }).click();
  await expect(page.getByRole("row").filter({ hasText: "by Demo doctors" })).toContainText("Demo doctor");
  await page.getByLabel("E-mail of a person").fill("technician@demo.example");
  await page.getByRole("button", { name: "Add" }).click();
  const row = page.getByRole("row").filter({ hasText: "technician@demo.example" });
  await expect(row).toBeVisible();
  await row.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(row).toHaveCount(0);

  await page.goto("/admin/audit?action=group.rights");
  await ready(page);
  await page.locator("summary").first().click();
  await expect(page.getByText('["set:run"]').first()).toBeVisible();
});

test("somebody is invited, chooses a password, is acted for, gets a new link, and is anonymised", async ({
  page,
  browser,
}) => {
  await signIn(page, "admin");
  await page.goto("/admin/users/new");
  await page.getByLabel("Name").fill("Ines Newcomer");
  await page.getByLabel("E-mail").fill("ines@demo.example");
  await page.getByRole("checkbox", { name: "Demo doctors" }).check();
  await page.getByRole("button", { name: "Invite" }).click();
  const link = async () => {
    const url = new URL(await page.getByLabel("Link", { exact: true }).inputValue());
    return url.pathname + url.hash;
  };
  const invitation = await link();
  expect(invitation).toMatch(/^\/welcome#./);

  const other = await browser.newPage();
  await other.goto(invitation);
  await other.getByLabel("New password").fill("correct horse battery staple");
  await other.getByLabel("The same again").fill("something else");
  await expect(other.getByText("The two differ.")).toBeVisible();
  await other.getByLabel("The same again").fill("correct horse battery staple");
  await other.getByRole("button", { name: "Set the password" }).click();
  await expect(other.getByText("Your password is set.")).toBeVisible();
  await signInAs(other, "ines@demo.example", "correct horse battery staple");
  await expect(other.getByRole("link", { name: "Demo Camille" })).toBeVisible();
  await other.goto(invitation);
  await other.getByLabel("New password").fill("correct horse battery staple");
  await other.getByLabel("The same again").fill("correct horse battery staple");
  await other.getByRole("button", { name: "Set the password" }).click();
  await expect(other.getByRole("alert")).toBeVisible();

  await page.goto("/admin/users?q=ines");
  await page.getByRole("link", { name: "Ines Newcomer" }).click();
  await page.getByRole("button", { name: "Act for them" }).click();
  await page.waitForURL("**/patients");
  await expect(page.getByText("You act in the account of Ines Newcomer")).toBeVisible();
  await expect(page.getByRole("link", { name: "Administration" })).toHaveCount(0);
  await page.getByRole("button", { name: "Back to your own account" }).click();
  await page.waitForURL(/admin\/users\/\d+/);
  await expect(page.getByText("You act in the account")).toHaveCount(0);

  await page.getByRole("button", { name: "Make a link" }).click();
  const reset = await link();
  expect(reset).toMatch(/^\/password#./);
  await other.goto(reset);
  await other.getByLabel("New password").fill("another good password");
  await other.getByLabel("The same again").fill("another good password");
  await other.getByRole("button", { name: "Set the password" }).click();
  await expect(other.getByText("Your password is set.")).toBeVisible();
  await other.close();

  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await expect(page.getByRole("button", { name: "Enable" })).toBeVisible();
  await page.getByRole("button", { name: "Anonymise" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Anonymise" })).toBeDisabled();
  await dialog.getByLabel(/^Type/).fill("ines@demo.example");
  await dialog.getByRole("button", { name: "Anonymise" }).click();
  await expect(page.locator(".facts .state")).toContainText("anonymised");
  expect(await page.locator("body").textContent()).not.toContain("Ines");
});

test("the second factor: scanned, confirmed, asked for, recovered, turned off", async ({ page, browser }) => {
  const { email, password } = await person("technician");
  await signIn(page, "technician");
  await page.goto("/account");
  const section = page.getByRole("region", { name: "Second factor" });
  await section.getByLabel("Your password").fill("wrong");
  await section.getByRole("button", { name: "Turn on" }).click();
  await expect(section.getByRole("alert")).toBeVisible();
  await section.getByLabel("Your password").fill(password);
  await section.getByRole("button", { name: "Turn on" }).click();
  await expect(section.getByRole("img", { name: /QR code/ })).toBeVisible();
  await checkAccessible(page, "admin-totp");
  const secret = await section.getByLabel("Secret", { exact: true }).inputValue();
  await section.getByRole("textbox", { name: "Code" }).fill("000000");
  await section.getByRole("button", { name: "Confirm" }).click();
  await expect(section.getByRole("alert")).toBeVisible();
  await section.getByRole("textbox", { name: "Code" }).fill(code(secret));
  await section.getByRole("button", { name: "Confirm" }).click();
  await expect(section.locator(".codes li").first()).toBeVisible();
  const recovery = await section.locator(".codes li").allTextContents();
  expect(recovery.length).toBeGreaterThanOrEqual(8);
  await section.getByRole("button", { name: "I have kept them" }).click();
  await page.reload();
  await expect(section).toContainText("is asked for at sign-in");
  await expect(section.locator(".codes")).toHaveCount(0);

  const other = await browser.newPage();
  await signInAs(other, email, password);
  await other.getByLabel(/Code of your authenticator/).fill(recovery[0] ?? "");
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.waitForURL("**/patients");
  await other.goto("/account");
  await expect(other.getByText(`${recovery.length - 1} recovery codes left`)).toBeVisible();
  await other.close();
  const third = await browser.newPage();
  await signInAs(third, email, password);
  await third.getByLabel(/Code of your authenticator/).fill(recovery[0] ?? "");
  await third.getByRole("button", { name: "Sign in" }).click();
  await expect(third.getByRole("alert")).toBeVisible();
  // The code of the present step was used to confirm: one of the next is good as well.
  await third.getByLabel(/Code of your authenticator/).fill(code(secret, 1));
  await third.getByRole("button", { name: "Sign in" }).click();
  await third.waitForURL("**/patients");
  await third.close();

  await section.getByLabel("Your password").fill(password);
  await section.getByRole("button", { name: "Turn off" }).click();
  await expect(section).toContainText("Only your password protects");
});

test("sessions are ended, and a token is made, used and revoked", async ({ page, browser, playwright, baseURL }) => {
  await signIn(page, "doctor");
  const other = await browser.newPage();
  await signIn(other, "doctor");
  await page.goto("/account");
  await page.getByRole("button", { name: "End all others" }).click();
  await expect(page.getByRole("button", { name: "End all others" })).toHaveCount(0);
  await other.goto("/account");
  await other.waitForURL("**/sign-in**");
  await other.close();

  await page.getByLabel("What it is for").fill("journey");
  await page.getByRole("button", { name: "Make a token" }).click();
  await expect(page.getByText("Copy this token now")).toBeVisible();
  const token = /vjt_[\w-]+/.exec((await page.locator("body").textContent()) ?? "")?.[0] ?? "";
  expect(token).not.toBe("");
  const script = await playwright.request.newContext({
    baseURL: baseURL ?? "",
    extraHTTPHeaders: { Authorization: `Bearer ${token}` },
  });
  expect((await script.get("/api/v1/sets?kind=patient")).status()).toBe(200);
  await page.reload();
  expect(await page.locator("body").textContent()).not.toContain(token);
  const row = page.getByRole("row").filter({ hasText: "journey" });
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(row).toHaveCount(0);
  expect((await script.get("/api/v1/sets?kind=patient")).status()).toBe(401);
  await script.dispose();
});

test("a message is previewed, published, read once, and taken back", async ({ page, browser, own }) => {
  const title = own("Maintenance");
  const text = own("On Monday from 18:00.");
  await signIn(page, "admin");
  await page.goto("/admin/notifications");
  await page.getByRole("button", { name: "New message" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Title").fill(title);
  await dialog.getByLabel("Text").fill(text);
  await dialog.getByLabel("Priority").selectOption("urgent");
  await expect(dialog.locator(".preview")).toContainText("On Monday");
  await dialog.getByRole("button", { name: "Publish" }).click();
  await expect(dialog).toHaveCount(0);
  const reader = await browser.newPage();
  await signIn(reader, "doctor");
  const banner = reader.getByRole("status").filter({ hasText: title });
  await expect(banner).toBeVisible();
  await banner.getByRole("button", { name: "Close" }).click();
  await expect(banner).toHaveCount(0);
  await reader.reload();
  await ready(reader);
  await expect(banner).toHaveCount(0);
  await reader.close();

  await page.getByRole("button", { name: title }).click();
  await dialog.getByLabel("Where").selectOption("login");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  const stranger = await browser.newPage();
  await stranger.goto("/sign-in");
  await expect(stranger.getByText(text)).toBeVisible();
  await stranger.close();
  await page.getByRole("row").filter({ hasText: title }).getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("row").filter({ hasText: title })).toHaveCount(0);
});

test("who is no administrator sees their groups and configs, and nothing of the server", async ({ page }) => {
  await signIn(page, "doctor");
  await expect(page.getByRole("link", { name: "Administration" })).toHaveCount(0);
  await page.goto("/admin");
  await page.waitForURL("**/admin/configs");
  await ready(page);
  await page.goto("/admin/users");
  await expect(page.getByRole("alert")).toBeVisible();
  await page.goto("/admin/groups");
  await ready(page);
  await expect(page.getByRole("checkbox", { name: /: read/ })).toHaveCount(0);
});

test("the link that a new server prints makes its first administrator", async ({ page, fresh }) => {
  await page.goto(`${fresh.address}/`);
  await page.waitForURL("**/sign-in");
  await expect(page.getByText("has no administrator yet")).toBeVisible();
  await page.goto(fresh.setup);
  await checkAccessible(page, "setup");
  await page.getByLabel("Your name").fill("First Admin");
  await page.getByLabel("E-mail").fill("first@hospital.example");
  await page.getByLabel("New password").fill("short");
  await page.getByLabel("The same again").fill("short");
  await page.getByRole("button", { name: "Set up this server" }).click();
  await expect(page.getByLabel("New password")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("New password").fill("a long enough password");
  await page.getByLabel("The same again").fill("a long enough password");
  await page.getByRole("button", { name: "Set up this server" }).click();
  await page.waitForURL("**/patients");
  await page.goto(`${fresh.address}/admin/users`);
  await expect(page.getByRole("row").filter({ hasText: "first@hospital.example" })).toContainText("administrator");
  await page.goto(fresh.setup);
  await expect(page.getByLabel("Your name")).toBeVisible();
  await page.close();
});

const PAGES = {
  server: "/admin",
  users: "/admin/users",
  "user-new": "/admin/users/new",
  user: "/admin/users/2",
  groups: "/admin/groups",
  group: "/admin/groups/3",
  configs: "/admin/configs",
  "config-new": "/admin/configs/new",
  "config-import": "/admin/configs/import",
  config: "/admin/configs/1",
  revisions: "/admin/configs/1?part=revisions",
  sharing: "/admin/configs/1?part=share",
  use: "/admin/configs/1?part=use",
  "pre-processes": "/admin/pre-processes",
  "pre-process": "/admin/pre-processes?edit=1",
  notifications: "/admin/notifications",
  "notification-new": "/admin/notifications?edit=0",
  audit: "/admin/audit",
} as const;

for (const scheme of ["light", "dark"] as const) {
  test(`every page of the administration is accessible, ${scheme}`, async ({ page }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: scheme });
    await signIn(page, "admin");
    for (const [name, url] of Object.entries(PAGES)) {
      await page.goto(url);
      await ready(page);
      await checkAccessible(page, `${scheme}-admin-${name}`);
    }
  });
}
