// Serves a folder as a static host does, on 127.0.0.1: `node serve.mjs FOLDER PORT`.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";

const [folder = "dist", port = "4173"] = process.argv.slice(2);
const root = resolve(folder);
const types = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm",
  ".json": "application/json", ".svg": "image/svg+xml",
};

createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const file = join(root, normalize(pathname.endsWith("/") ? `${pathname}index.html` : decodeURIComponent(pathname)));
  const found = file.startsWith(root) && (await stat(file).catch(() => null))?.isFile();
  if (!found) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream", "x-content-type-options": "nosniff" });
  createReadStream(file).pipe(response);
}).listen(Number(port), "127.0.0.1");
