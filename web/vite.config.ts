import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** What the server answers, while the pages are here. */
const proxied = (server: string) => ({ "/api": server, "/help": server });

/** Compresses scripts and styles once, at build: the server only hands them over. */
function compressed(): Plugin {
  let directory = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved: (config) => {
      directory = resolve(config.root, config.build.outDir, config.build.assetsDir);
    },
    closeBundle: () => {
      // A build that went wrong says so itself.
      if (!existsSync(directory)) return;
      for (const name of readdirSync(directory).filter((each) => /\.(js|css|analysis|svg)$/.test(each))) {
        const content = readFileSync(join(directory, name));
        writeFileSync(join(directory, `${name}.gz`), gzipSync(content, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(join(directory, `${name}.br`), brotliCompressSync(content, { params }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  // Files of the build name each other relatively, so that a server can have them below any path; the page, which stands
  // at many addresses, names them from the root, and the server puts its path before that (internal/webui).
  experimental: {
    renderBuiltUrl: (_name, { hostType }) => (hostType === "html" ? undefined : { relative: true }),
  },
  build: {
    target: "es2023",
    sourcemap: false,
    // Small fonts and pictures stay files: the content security policy refuses data: fonts.
    assetsInlineLimit: 0,
    manifest: true,
  },
  server: { proxy: proxied("http://127.0.0.1:8080") },
  preview: { proxy: proxied(process.env.VIDJIL_SERVER ?? "http://127.0.0.1:8080") },
  // A busy machine takes long for the larger files of the tests.
  test: { include: ["test/**/*.test.ts"], environment: "node", testTimeout: 30_000 },
});
