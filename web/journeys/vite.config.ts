import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The client in front of a server that stands elsewhere, for journeys while neither is built into the other. */
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  plugins: [react()],
  build: { target: "es2023", assetsInlineLimit: 0, outDir: "test-results/client", emptyOutDir: true },
  server: { proxy: { "/api": process.env.VIDJIL_SERVER ?? "http://127.0.0.1:8080" } },
  preview: { proxy: { "/api": process.env.VIDJIL_SERVER ?? "http://127.0.0.1:8080" } },
});
