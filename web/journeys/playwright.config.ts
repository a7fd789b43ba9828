import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";

/**
 * Journeys through the pages on the real server with its demonstration: it is started on an empty folder, and the built
 * client stands in front of it. VIDJIL_BIN names the program, else ../bin/vidjil.
 */
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
const program = process.env.VIDJIL_BIN ?? new URL("../../bin/vidjil", import.meta.url).pathname;
const missing = [
  existsSync(chromium) ? "" : `no Chromium at ${chromium} (apt install chromium)`,
  existsSync(program) ? "" : `no server at ${program} (make build)`,
].filter(Boolean);
process.env.VIDJIL_NO_JOURNEY ??= missing.join("; ");

const server = "http://127.0.0.1:4197";
const address = "http://127.0.0.1:4198";
process.env.VIDJIL_JOURNEY_LOG ??= join(mkdtempSync(join(tmpdir(), "vidjil-journey-")), "server.log");
const log = process.env.VIDJIL_JOURNEY_LOG;

const env = { VIDJIL_SERVER: server };
const quiet = missing.length > 0;

export default defineConfig({
  testDir: ".",
  workers: 1,
  timeout: 90_000,
  reporter: [["list"]],
  outputDir: "../test-results/journeys",
  globalTimeout: 600_000,
  use: {
    baseURL: address,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    colorScheme: "light",
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
  webServer: quiet
    ? []
    : [
        {
          command: `'${program}' serve --data '${join(log, "..", "data")}' --addr 127.0.0.1:4197 --demo > '${log}' 2>&1`,
          url: `${server}/api/v1/health`,
          gracefulShutdown: { signal: "SIGTERM", timeout: 20_000 },
        },
        {
          command: "npx vite preview --config journeys/vite.config.ts --host 127.0.0.1 --port 4198 --strictPort",
          cwd: new URL("..", import.meta.url).pathname,
          url: `${address}/favicon.svg`,
          env,
        },
      ],
});
