import { resolve } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expect, findings, forgetNotes, missing, openDemoResult, person, shot, signIn, test } from "./support";

const reads = resolve(import.meta.dirname, "../../testdata/demo.fastq.gz");

test.skip(missing !== "", missing);

/** So many stops nobody goes through: the way to what is looked for is then broken. */
const MOST_STOPS = 90;

/** Tab until something has the focus, as somebody without a mouse gets there; it is then seen that it has. */
async function tabTo(page: Page, target: Locator, backwards = false): Promise<void> {
  await target.waitFor();
  for (let i = 0; i < MOST_STOPS; i++) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      const outline = await target.evaluate((element) => {
        const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(element);
        return outlineStyle !== "none" || outlineWidth !== "0px" || boxShadow !== "none" || borderColor !== "";
      });
      expect(outline, "the focus is seen").toBe(true);
      return;
    }
    await page.keyboard.press(backwards ? "Shift+Tab" : "Tab");
  }
  throw new Error(`${target} is not reached in ${MOST_STOPS} stops`);
}

function withoutMouse(page: Page): void {
  for (const button of ["click", "down", "up", "move", "wheel"] as const)
    page.mouse[button] = () => Promise.reject(new Error("there is no mouse"));
}

async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.type(text);
}

async function press(page: Page, target: Locator, key = "Enter"): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/** Tags what is selected, by the menu. */
async function tag(page: Page, name: string): Promise<void> {
  await press(page, page.getByRole("button", { name: "Tag", exact: true }));
  const wanted = page.getByRole("menuitem", { name });
  await wanted.waitFor();
  for (let i = 0; i < 20 && !(await wanted.evaluate((e) => e === document.activeElement)); i++)
    await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
}

test("no mouse: from the setup of a server over an upload to a report", async ({ page, fresh }) => {
  test.setTimeout(180_000);
  withoutMouse(page);
  await page.goto(fresh.setup);
  await type(page, page.getByLabel("Your name"), "Ada Admin");
  await type(page, page.getByLabel("E-mail"), "ada@lab.example");
  await type(page, page.getByLabel("New password"), "a long sentence to sign in with");
  await type(page, page.getByLabel("The same again"), "a long sentence to sign in with");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/patients");

  await press(page, page.getByRole("link", { name: "New patient" }).first());
  await page.waitForURL("**/new?**");
  await type(page, page.getByLabel("Row 1, Last name"), "Curie");
  await type(page, page.getByLabel("Row 1, First name"), "Marie");
  await type(page, page.getByLabel("Row 1, Born"), "1867-11-07");
  await press(page, page.getByRole("button", { name: "Create" }));
  await page.waitForURL(/\/sets\/\d+$/);

  await press(page, page.getByRole("link", { name: "Add samples" }).first());
  await page.waitForURL(/upload$/);
  const chosen = page.waitForEvent("filechooser");
  await press(page, page.getByRole("button", { name: "Choose files" }));
  await (await chosen).setFiles(reads);
  await type(page, page.getByLabel("Sampled: demo"), "2026-01-02");
  await press(page, page.getByLabel("multi+inc+xxx", { exact: true }), "Space");
  await press(page, page.getByRole("button", { name: "Make 1 sample and upload" }));
  await page.waitForURL(/\/sets\/\d+$/);
  await expect(page.getByRole("row").filter({ hasText: "demo" })).toContainText("done", { timeout: 90_000 });

  await press(page, page.getByRole("link", { name: "Open clonotypes" }));
  await page.locator(".workspace[data-ready]").waitFor({ timeout: 30_000 });
  await press(page, page.getByRole("grid"), "ArrowDown");
  const selected = page.getByRole("row", { selected: true });
  await expect(selected).toHaveCount(1);
  const name = (await selected.locator("bdi").first().innerText()).trim();
  await tag(page, "dominant");
  await expect(page.getByTestId("saving")).toHaveText(/Saved \d/);
  await tabTo(page, page.getByRole("link", { name: "Report" }), true);
  await page.keyboard.press("Enter");
  await page.locator(".report[data-ready]").waitFor();
  await expect(page.locator(".paper-head")).toContainText("Curie Marie");
  await expect(page.locator(".paper-clonotypes")).toContainText(name);
  await expect(page.locator(".paper-clonotypes")).toContainText("dominant");
  await page.close();
});

test("no mouse: from the sign-in to a tagged clonotype and its report", async ({ page, browser }) => {
  // That the demonstration is analysed is looked up by somebody else.
  const other = await browser.newPage();
  await signIn(other, "doctor");
  await forgetNotes(other);
  await openDemoResult(other);
  await other.close();

  withoutMouse(page);
  const { email, password } = await person("doctor");
  await page.goto("/sign-in");
  await tabTo(page, page.getByLabel("E-mail"));
  await page.keyboard.type(email);
  await tabTo(page, page.getByLabel("Password", { exact: true }));
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/patients");

  await tabTo(page, page.getByRole("link", { name: "Demo Camille" }));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/sets\/\d+/);
  await tabTo(page, page.getByRole("link", { name: "Open clonotypes" }));
  await page.keyboard.press("Enter");
  await page.locator(".workspace[data-ready]").waitFor();

  await tabTo(page, page.getByRole("grid"));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const selected = page.getByRole("row", { selected: true });
  await expect(selected).toHaveCount(1);
  const name = (await selected.locator("bdi").first().innerText()).trim();
  await tag(page, "custom 1");
  await expect(selected.getByRole("button", { name: "Tag: custom 1" })).toBeAttached();
  await expect(page.getByTestId("saving")).toHaveText(/Saved \d/, { timeout: 15_000 });

  await tabTo(page, page.getByRole("link", { name: "Report" }), true);
  await page.keyboard.press("Enter");
  await page.locator(".report[data-ready]").waitFor();
  await expect(page.locator(".paper-clonotypes")).toContainText(name);
  await expect(page.locator(".paper-clonotypes")).toContainText("custom 1");

  const handle = page.getByRole("button", { name: /^Move Clonotypes by sample/ });
  await tabTo(page, handle);
  for (let i = 0; i < 10; i++) await page.keyboard.press("Alt+ArrowUp");
  await expect(page.locator(".paper h2").first()).toHaveText("Clonotypes by sample");
  await expect(handle).toBeFocused();
  await tabTo(page, page.getByRole("checkbox", { name: "Anonymous" }), true);
  await page.keyboard.press("Space");
  await expect(page.locator(".paper-head")).toContainText("Patient 1");
  await page.keyboard.press("Space");
  await tabTo(page, page.getByRole("button", { name: "Print or save as PDF" }), true);
  await shot(page, "report-keyboard");
});

test("dialogs take the focus, keep it, and give it back", async ({ page }) => {
  await signIn(page, "doctor");
  await openDemoResult(page);
  const entry = page.getByRole("button", { name: "Export", exact: true });
  await entry.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  expect(await findings(page)).toEqual([]);
  for (let i = 0; i < 25; i++) {
    await page.keyboard.press("Tab");
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(entry).toBeFocused();
});
