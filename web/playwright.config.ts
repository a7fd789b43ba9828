import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";

/**
 * e2e/ tries the client alone, on files; journeys/ goes through the pages of the real server. Both use the program as it is
 * built, with the client in it: VIDJIL_BIN, else ../bin/vidjil. The server has the demonstration. A client
 * that is not in the program yet is tried with VIDJIL_CLIENT=<folder of a build>: it then stands in front of the server.
 *
 * Debian's Chromium: no browser is downloaded. What is missing is the reason by which everything is skipped.
 */
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
const program = process.env.VIDJIL_BIN ?? new URL("../bin/vidjil", import.meta.url).pathname;
const missing = [
  existsSync(chromium) ? "" : `no Chromium at ${chromium} (apt install chromium)`,
  existsSync(program) ? "" : `no program at ${program} (make build)`,
].filter(Boolean);
process.env.VIDJIL_NO_CHROMIUM = missing.join("; ");
process.env.VIDJIL_NO_JOURNEY = missing.join("; ");

/** The first of two ports in a row, so that several people can run this on one machine. */
const port = Number(process.env.VIDJIL_PORT ?? 4196);
process.env.VIDJIL_JOURNEY_FOLDER ??= mkdtempSync(join(tmpdir(), "vidjil-journey-"));
const folder = process.env.VIDJIL_JOURNEY_FOLDER;
const client = process.env.VIDJIL_CLIENT;
const address = (n: number) => `http://127.0.0.1:${port + n}`;

/** A server on an empty folder, whose output is kept: it prints who can sign in. */
const server = (name: string, n: number, options: string) => ({
  command: `exec '${program}' serve --data '${join(folder, name)}' --addr 127.0.0.1:${port + n} ${options} > '${join(folder, name)}.log' 2>&1`,
  url: `${address(n)}/api/v1/health`,
  gracefulShutdown: { signal: "SIGTERM" as const, timeout: 20_000 },
});

/** A built client in front of a server. */
const inFront = (n: number) => ({
  command: `exec node node_modules/vite/bin/vite.js preview --outDir '${client}' --host 127.0.0.1 --port ${port + n + 1} --strictPort`,
  url: `${address(n + 1)}/favicon.svg`,
  env: { VIDJIL_SERVER: address(n) },
});

process.env.VIDJIL_JOURNEY_LOG = join(folder, "demo.log");

export default defineConfig({
  testDir: ".",
  testMatch: ["e2e/*.spec.ts", "journeys/*.spec.ts"],
  workers: 1,
  timeout: 180_000,
  // A busy machine may be slower than a wait allows; what passed only the second time is listed as flaky.
  retries: 1,
  globalTimeout: 1_800_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  outputDir: "test-results/traces",
  use: {
    baseURL: client ? address(1) : address(0),
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    colorScheme: "light",
    actionTimeout: 20_000,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--font-render-hinting=none",
      ],
    },
  },
  webServer: missing.length > 0 ? [] : [server("demo", 0, "--demo"), ...(client ? [inFront(0)] : [])],
});
