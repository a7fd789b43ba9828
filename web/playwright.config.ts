import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

// Debian's Chromium: no browser is downloaded. Without one, each test is skipped with this reason.
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
process.env.VIDJIL_NO_CHROMIUM = existsSync(chromium) ? "" : `no Chromium at ${chromium} (apt install chromium)`;

const address = process.env.VIDJIL_URL ?? "http://127.0.0.1:4199";

export default defineConfig({
  testDir: "e2e",
  workers: 1,
  timeout: 60_000,
  reporter: [["list"]],
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
  ...(process.env.VIDJIL_URL
    ? {}
    : { webServer: { command: "npx vite preview --host 127.0.0.1 --port 4199 --strictPort", url: address } }),
});
