/** What a server does with `cmkit/azure`, beside the SDK that it is built on. */

import assert from "node:assert/strict";
import { CmkitError, open, seal } from "cmkit";
import { keyVault } from "cmkit/azure";

const thrown = new Error("no token here");
const credential = { getToken: () => Promise.reject(thrown) };
const hosts = ["localhost:1"];
const provider = keyVault({ credential, hosts, clientOptions: { retryOptions: { maxRetries: 0 } } });
const keys = "https://localhost:1/keys/orders-kek";

await assert.rejects(seal("data", { keys, hosts, provider }), (error) => {
  assert.ok(error instanceof CmkitError);
  assert.deepEqual([error.code, error.details.reason], ["unavailable", "Unreachable"]);
  return true;
});
const elsewhere = "https://localhost:2/keys/orders-kek";
await assert.rejects(seal("data", { keys: elsewhere, hosts: ["localhost:2"], provider }), { code: "invalid_key_uri" });
console.log(`${typeof open} in Node ${process.version}`);
