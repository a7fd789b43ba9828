/** Markup in every text that people can write: it is shown as text, nothing of it runs, nothing is loaded. */
import type { Page } from "@playwright/test";
import { expect, missing, openDemoResult, signIn, test } from "./support";

test.skip(missing !== "", missing);

/** Each text is told apart by its number, so that what is not shown anywhere can be named. */
const markers: string[] = [];
/** Groups and configs are of one name only; this one has been on the server before when a journey is repeated. */
const attempt = Date.now().toString(36);
function marked(place: string): string {
  markers.push(place);
  return `x${markers.length}<img src=x onerror=ran()><svg onload=ran()>"'><script>ran()</script>${attempt}`;
}

/** A change through the API, as the client makes it. */
async function change(page: Page, method: string, path: string, data: unknown, headers: Record<string, string> = {}) {
  const answer = await page.request.fetch(`/api/v1${path}`, { method, data, headers });
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  const text = await answer.text();
  return text === "" ? {} : JSON.parse(text);
}

/** Writes markup everywhere, and tells which pages show it. */
async function write(page: Page): Promise<readonly string[]> {
  const group = await change(page, "POST", "/groups", { name: marked("group"), description: marked("about a group") });
  const { items: sets } = await change(page, "POST", "/sets", {
    rows: [
      {
        kind: "patient",
        group_id: group.id,
        first_name: marked("first name"),
        last_name: marked("last name"),
        label: "<b onclick=ran()>",
        info: `${marked("info of a patient")} #<img/src=x>`,
      },
      {
        kind: "run",
        group_id: group.id,
        name: marked("run"),
        sequencer: marked("sequencer"),
        pcr: marked("pcr"),
        info: marked("info of a run"),
      },
    ],
  });
  const [patient, run] = sets;
  await change(page, "POST", "/samples", {
    rows: [
      {
        sets: [patient.id, run.id],
        name: marked("sample"),
        info: marked("info of a sample"),
        files: [{ name: "<img src=x onerror=ran()>.fastq" }],
      },
    ],
  });
  const config = await change(page, "POST", "/configs", {
    name: marked("config"),
    info: marked("info of a config"),
    group_id: group.id,
    program: "vidjil",
  });
  await change(page, "POST", "/pre-processes", {
    name: marked("pre-process"),
    info: marked("info of a pre-process"),
    group_id: group.id,
  });
  await change(page, "POST", "/notifications", { title: marked("title"), body: marked("body of a notification") });
  await change(page, "POST", "/me/tokens", { name: marked("token"), scopes: ["read"] });
  const { user } = await change(page, "POST", "/users", {
    email: `x${attempt}@example.org`,
    name: marked("person"),
  });
  await change(page, "PATCH", "/me", { name: marked("own name") });
  return [
    "/patients",
    "/runs",
    `/sets/${patient.id}`,
    `/sets/${run.id}`,
    `/sets/${patient.id}/upload`,
    "/jobs",
    "/trash",
    "/account",
    "/admin",
    "/admin/users",
    `/admin/users/${user.id}`,
    "/admin/groups",
    `/admin/groups/${group.id}`,
    "/admin/configs",
    `/admin/configs/${config.id}`,
    "/admin/pre-processes",
    "/admin/notifications",
    "/admin/audit",
    "/admin/log",
    "/admin/usage",
  ];
}

/** What came of the markup on the page that is open. */
async function harmless(page: Page, where: string): Promise<string> {
  await page.locator("main, .workspace").first().waitFor();
  await page.waitForLoadState("networkidle");
  const found = await page.evaluate(() => ({
    elements: document.querySelectorAll("img[src=x], [onerror], [onload], [onclick]").length,
    scripts: [...document.scripts].filter((s) => s.textContent?.includes("ran()")).length,
    text:
      document.body.innerText +
      [...document.querySelectorAll("input, textarea")].map((e) => (e as HTMLInputElement).value).join("\n"),
  }));
  expect(found.elements + found.scripts, `elements of markup on ${where}`).toBe(0);
  return found.text;
}

test("markup in every text is shown as text, and nothing of it runs", async ({ page }) => {
  test.setTimeout(300_000);
  const ran: string[] = [];
  await page.exposeFunction("ran", () => ran.push(page.url()));
  page.on("dialog", (d) => ran.push(`dialog on ${page.url()}: ${d.message()}`));
  page.on("request", (r) => {
    if (new URL(r.url()).pathname.endsWith("/x")) ran.push(`request of ${r.url()}`);
  });
  await signIn(page, "admin");
  const pages = await write(page);
  let shown = "";
  for (const url of pages) {
    await page.goto(url);
    shown += await harmless(page, url);
  }
  await openDemoResult(page);
  const table = await page.request.get("/api/v1/sets/1/fused/export?config_id=1&format=airr").then((r) => r.text());
  const first = table.split("\n")[1]?.split("\t")[0]?.split("_")[0];
  expect(first, "a clonotype to note something on").toMatch(/^[ACGT]{20,}$/);
  const now = await change(page, "GET", "/sets/1/annotation", undefined);
  const body = {
    clonotypes: [{ id: first, name: marked("clonotype"), notes: marked("notes"), tag: "clone_1" }],
    tags: [{ id: "clone_1", name: marked("tag") }],
    samples: [{ sample_id: 1, name: marked("name of a sample") }],
  };
  await change(page, "PUT", "/sets/1/annotation", { body }, { "If-Match": `"${now.version}"` });
  for (const url of ["/1-1", "/a/1-1", "/a/1-1/report"]) {
    await page.goto(url);
    shown += await harmless(page, url);
  }
  // The demonstration is as it was, for those who come after.
  const noted = await change(page, "GET", "/sets/1/annotation", undefined);
  await change(page, "PUT", "/sets/1/annotation", { body: now.body ?? {} }, { "If-Match": `"${noted.version}"` });
  await change(page, "PATCH", "/me", { name: "Demo administrator" });
  const messages = await change(page, "GET", "/notifications", undefined);
  for (const message of messages.items.filter((n: { title: string }) => n.title.endsWith(attempt)))
    await change(page, "DELETE", `/notifications/${message.id}`, undefined);
  expect(ran).toEqual([]);
  // What is on no page proves nothing: most must be somewhere.
  const seen = markers.filter((_, i) => shown.includes(`x${i + 1}<img src=x`));
  expect(seen.length, `not shown anywhere: ${markers.filter((m) => !seen.includes(m)).join(", ")}`).toBeGreaterThan(
    markers.length * 0.6,
  );
});

test("a page of the manual loads nothing and runs nothing", async ({ page, request }) => {
  const answer = await request.get("/help/user/start");
  expect(answer.headers()["content-security-policy"]).toContain("default-src 'none'");
  const asked: string[] = [];
  page.on("request", (r) => asked.push(new URL(r.url()).host));
  await page.goto("/help/user/start");
  await expect(page.getByRole("heading", { level: 1, name: "Start" })).toBeVisible();
  await page
    .getByRole("link", { name: "search.md" })
    .or(page.getByRole("link", { name: "Searching" }))
    .first()
    .click();
  await expect(page).toHaveURL(/help/);
  expect(new Set(asked).size).toBe(1);
});
