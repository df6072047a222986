import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const service = process.env["EINTHOVEN_SERVICE"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../src/einthoven/service/static",
    emptyOutDir: true,
    // Nothing becomes a data: address and nothing is inlined: the page runs under a strict CSP.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/v1": { target: service, ws: true } } },
  test: { include: ["tests/**/*.test.ts"] },
});
