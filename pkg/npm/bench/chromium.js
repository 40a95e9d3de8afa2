/** The same measurements in Chromium, over a server of files on this machine: no bundler, an import map. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = fileURLToPath(new URL(".", import.meta.url));
const folders = /** @type {Record<string, string>} */ ({
  bench: here,
  cmkit: join(here, "../dist"),
  noble: join(here, "node_modules/@noble/ciphers"),
  jose: join(here, "node_modules/jose/dist/webapi"),
});
const imports = {
  cmkit: "/cmkit/index.js",
  "cmkit/memory": "/cmkit/memory.js",
  // In the package itself, as its `imports` have it for browsers.
  "#dist/": "/cmkit/",
  "#envelope": "/cmkit/envelope.web.js",
  "#policy": "/cmkit/policy.web.js",
  "@noble/ciphers/": "/noble/",
  jose: "/jose/index.js",
};
const page = `<!doctype html><title>bench</title><script type="importmap">${JSON.stringify({ imports })}</script>`;
const types = /** @type {Record<string, string>} */ ({ ".js": "text/javascript", ".wasm": "application/wasm" });

/** @param {{ quick: boolean, form: object }} options */
export async function measureInChromium(options) {
  const server = createServer(serve);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--js-flags=--expose-gc"] });
  try {
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => console.error(error));
    await tab.goto(`http://127.0.0.1:${port}/`);
    const measured = await tab.evaluate(async (options) => {
      const module = "/bench/measure.js"; // of the page's server, not of this file
      /** @type {typeof import("./measure.js")} */
      const { measure } = await import(module);
      return measure(options);
    }, options);
    return { version: browser.version(), ...measured };
  } finally {
    await browser.close();
    server.close();
  }
}

/** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
async function serve({ url = "/" }, response) {
  // Isolated, a page has a finer clock.
  response.setHeader("cross-origin-opener-policy", "same-origin").setHeader("cross-origin-embedder-policy", "require-corp");
  if (url === "/") return void response.setHeader("content-type", "text/html").end(page);
  const [, folder, ...rest] = normalize(url).split("/");
  try {
    const bytes = await readFile(join(folders[folder ?? ""] ?? "", ...rest));
    response.setHeader("content-type", types[extname(url)] ?? "application/octet-stream").end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}
