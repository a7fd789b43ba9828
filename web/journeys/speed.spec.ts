/** How long the pages of the demonstration take, from the address to what is read on them: a second at the most. */
import { writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { missing, openDemoResult, signIn, test } from "./support";

test.skip(missing !== "", missing);
test.skip(process.env.VIDJIL_SPEED === undefined, "times are taken on request, on a quiet machine: VIDJIL_SPEED=1");

const PEOPLE = {
  doctor: [
    "/patients",
    "/runs",
    "/sets",
    "/new?kind=patient",
    "/sets/1",
    "/sets/1?tab=quality",
    "/sets/1?tab=contamination",
    "/sets/1?tab=jobs",
    "/sets/1?tab=history",
    "/sets/1?tab=share",
    "/sets/1/upload",
    "/jobs",
    "/trash",
    "/import",
    "/account",
    "/a/1-1",
    "/a/1-1/report",
  ],
  admin: [
    "/admin",
    "/admin/users",
    "/admin/users/new",
    "/admin/users/2",
    "/admin/groups",
    "/admin/groups/3",
    "/admin/configs",
    "/admin/configs/new",
    "/admin/configs/import",
    "/admin/configs/1",
    "/admin/configs/1?part=revisions",
    "/admin/pre-processes",
    "/admin/notifications",
    "/admin/mails",
    "/admin/usage",
    "/admin/retention",
    "/admin/log",
    "/admin/audit",
  ],
} as const;

/** A page is opened so often; the fastest time is the page's, the others have other work of the machine in them. */
const TIMES = 3;
const LIMIT = 1000; // ms

/** Milliseconds from the address to the page that says that it is ready, with what the browser has kept of the client. */
async function load(page: Page, url: string): Promise<number> {
  await page.goto(url);
  const at = await page.waitForFunction(() => (window as { readyAt?: number }).readyAt);
  return (await at.jsonValue()) ?? Number.NaN;
}

test("how long each page of the demonstration takes", async ({ page }) => {
  test.setTimeout(300_000);
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelector("[data-ready]") && !document.querySelector(".loading"))
        (window as { readyAt?: number }).readyAt = performance.now();
      else requestAnimationFrame(look);
    };
    look();
  });
  const rows: string[] = [];
  for (const [role, pages] of Object.entries(PEOPLE)) {
    await page.context().clearCookies();
    await signIn(page, role);
    if (role === "doctor") await openDemoResult(page);
    for (const url of pages) {
      const times: number[] = [];
      for (let i = 0; i < TIMES; i++) times.push(await load(page, url));
      times.sort((a, b) => a - b);
      const [fastest = 0, middle = 0] = times;
      const slow = fastest > LIMIT ? " TOO SLOW" : "";
      rows.push(`| ${url} | ${fastest.toFixed(0)}${slow} | ${middle.toFixed(0)} |`);
    }
  }
  const table = ["| page | fastest, ms | median, ms |", "|---|--:|--:|", ...rows].join("\n");
  console.info(table);
  writeFileSync("test-results/pages.md", `${table}\n`);
});
