/**
 * Starts the proxy: `node src/main.js config.json`, or `node src/main.js --demo`: a vault in memory, and one
 * envelope that is opened through the proxy.
 */

import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { open, seal } from "cmkit";
import { MemoryVault } from "cmkit/memory";
import { backEnd } from "./browser.js";
import { createProxy } from "./server.js";
import { byToken } from "./users.js";

const [argument] = process.argv.slice(2);
if (argument === undefined) {
  console.error("usage: node src/main.js CONFIG | --demo");
  process.exit(2);
}

if (argument === "--demo") {
  const vault = new MemoryVault({ vault: "demo" });
  const key = await vault.createKey("orders-kek");
  const token = randomBytes(24).toString("base64url");
  const tokenSha256 = createHash("sha256").update(token).digest("hex");
  const users = [{ name: "ada", tokenSha256, grants: [{ namespace: "orders", key }] }];
  const envelope = await seal("attack at dawn", { keys: key, provider: vault.provider, namespace: "orders" });
  const { port } = await listen(createProxy({ vault: vault.provider, authenticate: byToken(users) }), 0, "127.0.0.1");
  const url = `http://127.0.0.1:${port}/keys`;
  const plaintext = await open(envelope, { keys: key, provider: backEnd({ url, token: () => token, envelope }) });
  console.log(`opened through ${url}: ${new TextDecoder().decode(plaintext)}`);
  console.log(`ada's token, until this stops: ${token}`);
} else {
  const { port = 8080, host = "127.0.0.1", origins, rate, users } = JSON.parse(readFileSync(argument, "utf8"));
  // The proxy's own identity needs `get` and `unwrapKey` on the keys; its users need nothing in Azure.
  const [{ keyVault }, { DefaultAzureCredential }] = await Promise.all([import("cmkit/azure"), import("@azure/identity")]);
  const vault = keyVault({ credential: new DefaultAzureCredential() });
  const bound = await listen(createProxy({ vault, authenticate: byToken(users), origins, rate }), port, host);
  console.log(JSON.stringify({ time: new Date().toISOString(), listening: `${host}:${bound.port}` }));
}

/** @param {import("node:http").Server} server @param {number} port @param {string} host @returns {Promise<{ port: number }>} */
function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, host, () => resolve(/** @type {{ port: number }} */ (server.address())));
  });
}
