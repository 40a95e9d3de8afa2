/** What a program in Node does with the package, as it was installed. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

for (const name of ["fetch", "XMLHttpRequest", "WebSocket"]) {
  globalThis[name] = () => {
    throw new Error(`\`${name}\` was called: nothing is to be fetched`);
  };
}
const { check, CmkitError, init, open, seal } = await import("cmkit");
const { MemoryVault } = await import("cmkit/memory");
const { formSchema } = await import("cmkit/standard-schema");
const { cmkitResolver } = await import("cmkit/react");
const { CmkitWorker } = await import("cmkit/worker");
const inline = await import("cmkit/inline");
const inlinePolicy = await import("cmkit/inline/policy");

const form = { encryptionMode: "CustomerManaged", keyUrl: "https://kv-orders.vault.azure.net/keys/orders-kek", purgeProtection: false };
const report = check(form, { at: "2026-12-01" });
assert.equal(report.findings[0].code, "CMK1002");
await init();
assert.equal(inlinePolicy.check, check);
assert.throws(() => check("nothing"), (error) => error instanceof CmkitError && error.code === "input");
assert.match(formSchema()["~standard"].validate(form).issues[0].message, /^\[CMK1002\]/);
assert.equal(typeof cmkitResolver(), "function");

const vault = new MemoryVault();
const keys = await vault.createKey("orders-kek");
const envelope = await seal("in Node", { keys, provider: vault.provider });
assert.equal(new TextDecoder().decode(await open(envelope, { keys, provider: vault.provider })), "in Node");
assert.equal(inline.inspectSync(envelope).keys.length, 1);
assert.equal(typeof CmkitWorker, "function");

const require = createRequire(import.meta.url);
const schema = require("cmkit/schema.json");
assert.ok(schema.$schema && schema.properties.findings);
for (const [name, path] of [["cmkit", "envelope"], ["envelope", "envelope"], ["policy", "policy"]]) {
  const file = fileURLToPath(import.meta.resolve(`cmkit/${name}.wasm`));
  assert.ok(file.endsWith(`${path}.wasm`) && WebAssembly.validate(readFileSync(file)), name);
}
assert.equal(require("cmkit/package.json").name, "cmkit");
console.log(`Node ${process.version}`);
