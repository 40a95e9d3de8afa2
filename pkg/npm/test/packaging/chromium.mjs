// A server with a strict content security policy, and Chromium in front of it.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
].join("; ");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Serves a folder; `paths` are those that were asked for. */
export async function serve(folder) {
  const paths = [];
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    const file = join(folder, path);
    if (path !== "/favicon.ico") paths.push(path);
    if (!existsSync(file)) return response.writeHead(404).end();
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-security-policy": POLICY }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, paths, close: () => server.close() };
}

/** Opens a page, and waits for what it says. Whatever the console complains of is a failure. */
export async function open(url) {
  const args = ["--headless", "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"];
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      const favicon = message.location().url.endsWith("/favicon.ico");
      if (["error", "warning"].includes(message.type()) && !favicon) complaints.push(message.text());
    });
    await page.goto(url);
    try {
      await page.waitForFunction(() => globalThis.said !== undefined, undefined, { timeout: 60_000 });
    } catch (error) {
      throw new Error(`the page says nothing: ${complaints.join("\n")}`, { cause: error });
    }
    const said = await page.evaluate(() => globalThis.said);
    if (complaints.length > 0) throw new Error(`the console complains: ${complaints.join("\n")}\n${JSON.stringify(said)}`);
    return said;
  } finally {
    await browser.close();
  }
}
