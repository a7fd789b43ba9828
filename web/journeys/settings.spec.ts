/** What an administrator sets in the config, as people find it: each journey has a server of its own, with these settings. */
import type { APIRequestContext, Page } from "@playwright/test";
import type { NewServer } from "./newServer";
import { newServer } from "./newServer";
import { checkAccessible, expect, missing, shot, test } from "./support";

test.skip(missing !== "", missing);
// Each has a server of its own, and its pages are looked at in both schemes.
test.describe.configure({ timeout: 240_000 });

const PASSWORD = "seven quiet horses";
const ALERT = "The server is down on Sunday from 8 to 10";
const HOSTING = "Run by the computing centre of the hospital, under its rules for health data";

/** A server with settings, for as long as a journey takes. */
async function withServer(base: string | undefined, settings: string, go: (s: NewServer) => Promise<void>) {
  const server = await newServer(base ?? "", settings);
  try {
    await go(server);
  } finally {
    await server.stop();
  }
}

/** What pages send, too: without it a browser is taken for that of another site. */
const post = async (who: APIRequestContext, server: NewServer, path: string, data: unknown) => {
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const answer = await who.post(`${server.address}/api/v1${path}`, { data, headers });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.status() === 204 ? null : answer.json();
};

/** The first administrator, signed in in this browser. */
async function setUp(page: Page, server: NewServer): Promise<void> {
  const token = new URL(server.setup).hash.slice(1);
  await post(page.request, server, "/setup", { token, email: "root@example.org", name: "Root", password: PASSWORD });
}

/** Somebody who has chosen a password. */
async function invite(page: Page, server: NewServer, name: string): Promise<void> {
  const { link } = await post(page.request, server, "/users", { email: `${name}@example.org`, name });
  const token = new URL(link).hash.slice(1);
  await post(page.request, server, "/password/reset", { token, password: PASSWORD });
}

async function enter(page: Page, server: NewServer, name: string): Promise<void> {
  await page.context().clearCookies();
  await page.goto(`${server.address}/sign-in`);
  await page.getByLabel("E-mail").fill(`${name}@example.org`);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/patients");
  await page.locator("main[data-ready]").waitFor();
}

/** The page in both schemes: pictures to look at, and nothing that keeps somebody out. What was opened on it is opened anew. */
async function look(page: Page, name: string, open: () => Promise<void> = async () => undefined): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.reload();
    await page.locator("[data-ready]").first().waitFor();
    await open();
    await checkAccessible(page, scheme === "dark" ? `dark-settings-${name}` : `settings-${name}`);
    await shot(page, `settings-${name}-${scheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

const NOTICES = `
external_tools = ["none"]

[notices]
alert = "${ALERT}"
hosting = "${HOSTING}"
support = "help@example.org"

[accounts]
limited = ["course@example.org"]
read_only = ["auditor@example.org"]
`;

test("a warning is above every page, and at its foot who runs the server", async ({ page, baseURL }) => {
  await withServer(baseURL, NOTICES, async (server) => {
    await page.goto(`${server.address}/sign-in`);
    await expect(page.getByText(ALERT)).toBeVisible();
    await expect(page.getByText(HOSTING)).toBeVisible();
    await expect(page.getByText("For research only")).toBeVisible();
    await expect(page.getByRole("link", { name: /help@example.org/ })).toHaveAttribute(
      "href",
      "mailto:help@example.org",
    );
    await look(page, "sign-in");
    // Somebody without an account, on the page for a few sequences.
    await page.getByRole("link", { name: "Analyse a few sequences" }).click();
    await page.locator("main[data-ready]").waitFor();
    await expect(page.getByText(ALERT)).toBeVisible();
    await expect(page.getByText(HOSTING)).toBeVisible();
    await look(page, "analyze");
    await setUp(page, server);
    for (const path of ["/patients", "/account", "/admin/users", "/jobs"]) {
      await page.goto(server.address + path);
      await page.locator("[data-ready]").first().waitFor();
      await expect(page.getByText(ALERT), path).toBeVisible();
    }
    await page.goto(`${server.address}/patients`);
    await look(page, "patients");
  });
});

test("tools of other sites are off where the settings say so", async ({ page, baseURL }) => {
  await withServer(baseURL, NOTICES, async (server) => {
    await page.goto(`${server.address}/demo`);
    await page.locator(".workspace[data-ready]").waitFor();
    await page.locator(".line").first().click();
    await page.getByRole("button", { name: "Tools…" }).click();
    await expect(page.getByText("This server offers no tools of other sites.")).toBeVisible();
    await expect(page.getByRole("button", { name: /^Send to/ })).toHaveCount(0);
  });
});

test("a shared account and one that only looks do not change themselves, and are told why", async ({
  page,
  baseURL,
}) => {
  await withServer(baseURL, NOTICES, async (server) => {
    await setUp(page, server);
    await post(page.request, server, "/notifications", { title: "Course on Friday", body: "Bring your own reads." });
    await invite(page, server, "course");
    await invite(page, server, "auditor");
    for (const [name, why] of [
      ["course", "This account is shared by several people"],
      ["auditor", "This account looks and changes nothing"],
    ] as const) {
      await enter(page, server, name);
      // What one of them has read, the next who signs in has not.
      await page.getByRole("button", { name: "Close" }).click();
      await expect(page.getByText("Course on Friday")).toHaveCount(0);
      await page.reload();
      await page.locator("main[data-ready]").waitFor();
      await expect(page.getByText("Course on Friday")).toHaveCount(0);
      await page.goto(`${server.address}/account`);
      await expect(page.getByText(why)).toBeVisible();
      await expect(page.getByLabel("Name", { exact: true })).toBeDisabled();
      await expect(page.getByRole("heading", { name: "Password" })).toHaveCount(0);
      await expect(page.getByRole("heading", { name: "API tokens" })).toHaveCount(0);
      await look(page, `account-${name}`);
      await enter(page, server, name);
      await expect(page.getByText("Course on Friday")).toBeVisible();
    }
  });
});

const HOSPITAL = `
healthcare = true
public_analysis = "nobody"

[notices]
healthcare = "Data of patients: what you do here is noted."

[directory.oidc]
issuer = "http://127.0.0.1:9/nobody"
name = "University Hospital"
client_id = "vidjil"
`;

test("a server for health data says so, sends nothing elsewhere, and analyses nothing for strangers", async ({
  page,
  baseURL,
}) => {
  await withServer(baseURL, HOSPITAL, async (server) => {
    await page.goto(`${server.address}/sign-in`);
    await expect(page.getByText("Data of patients: what you do here is noted.")).toBeVisible();
    await expect(page.getByText("For research only")).toHaveCount(0);
    await expect(page.getByRole("link", { name: "Analyse a few sequences" })).toHaveCount(0);
    await expect(page.getByRole("link", { name: "University Hospital" })).toBeVisible();
    await look(page, "hospital");
    await page.goto(`${server.address}/analyze`);
    await page.locator("main[data-ready]").waitFor();
    await expect(page.getByRole("textbox")).toHaveCount(0);
    await look(page, "analyze-off");
    await page.goto(`${server.address}/demo`);
    await page.locator(".workspace[data-ready]").waitFor();
    await page.locator(".line").first().click();
    await page.getByRole("button", { name: "Tools…" }).click();
    await expect(page.getByTestId("healthcare")).toBeVisible();
  });
});

test("a provider is linked on the page of the account, with the password; one that is down is said to be", async ({
  page,
  baseURL,
}) => {
  await withServer(baseURL, HOSPITAL, async (server) => {
    await setUp(page, server);
    await page.goto(`${server.address}/account`);
    const ways = page.getByRole("region", { name: "Other ways to sign in" });
    await look(page, "link", async () => {
      await ways.getByRole("button", { name: "Link an account of University Hospital" }).click();
      await ways.getByLabel("Your password").fill("wrong wrong wrong");
      await ways.getByRole("button", { name: "Continue" }).click();
      await expect(ways.getByText("the password is wrong")).toBeVisible();
      await ways.scrollIntoViewIfNeeded();
    });
    await ways.getByLabel("Your password").fill(PASSWORD);
    await ways.getByRole("button", { name: "Continue" }).click();
    await expect(ways.getByText("does not answer now")).toBeVisible();
    // What a provider's answer came to stands in the address.
    await page.goto(`${server.address}/account?not_linked=taken`);
    await expect(ways.getByRole("alert")).toContainText("opens another account");
    await page.goto(`${server.address}/account?linked=oidc`);
    await expect(ways.getByRole("status")).toContainText("You can sign in with University Hospital now");
  });
});
