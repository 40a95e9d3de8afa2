import { defineConfig } from "@playwright/test";

const port = 4173;

export default defineConfig({
  testDir: ".",
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  reporter: process.env["CI"] ? "list" : "line",
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    locale: "en-US",
    viewport: { width: 1280, height: 900 },
    // Debian's Chromium: no browser is downloaded, and it talks to nobody but the server below.
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
        "--disable-quic",
      ],
    },
  },
  webServer: [
    { command: `node serve.mjs ../../pkg/portal/dist ${port}`, url: `http://127.0.0.1:${port}/`, reuseExistingServer: false },
    // The package's own files and the vectors, as they lie in the repository.
    { command: "node serve.mjs ../.. 4174", url: "http://127.0.0.1:4174/tests/e2e/vectors.html", reuseExistingServer: false },
  ],
});
