// What Key Vault refuses, as the official client reports it; its own retries.

import assert from "node:assert/strict";
import test from "node:test";
import { named, serve } from "./served.mjs";

const DEK = new Uint8Array(32);

/** Status, code and inner code. */
async function refusal(act) {
  try {
    await act();
  } catch (error) {
    // The client turns `innererror` into `innerError`.
    return [error.statusCode, error.code, error.details?.error?.innerError?.code];
  }
  assert.fail("nothing was refused");
}

test("permissions and roles", async (t) => {
  const served = await serve(t);
  await served.keys().createEcKey("signer");
  const act = () => served.keys(named("nobody")).getKey("signer");
  assert.deepEqual(await refusal(act), [403, "Forbidden", "ForbiddenByPolicy"]);
  await served.control("PUT", "/permission-model", { model: "rbac" });
  assert.deepEqual(await refusal(act), [403, "Forbidden", "ForbiddenByRbac"]);
  await served.control("PUT", "/grants", { identity: "nobody", role: "Key Vault Reader", key: "signer" });
  assert.equal((await act()).name, "signer");
});

test("the network", async (t) => {
  const served = await serve(t);
  await served.keys().createEcKey("signer");
  const act = () => served.keys().getKey("signer");
  await served.control("PUT", "/network", { access: "selected" });
  assert.deepEqual(await refusal(act), [403, "Forbidden", "ForbiddenByFirewall"]);
  await served.control("PUT", "/network", { access: "disabled" });
  assert.deepEqual(await refusal(act), [403, "Forbidden", "ForbiddenByConnection"]);
});

test("the state of a key", async (t) => {
  const served = await serve(t);
  const keys = served.keys();
  const key = await keys.createRsaKey("kek");
  const client = served.remote(key);
  const { result: wrapped } = await client.wrapKey("RSA-OAEP-256", DEK);
  const wrap = () => served.remote(key).wrapKey("RSA-OAEP-256", DEK);
  const unwrap = () => served.remote(key).unwrapKey("RSA-OAEP-256", wrapped);
  const update = (properties) => keys.updateKeyProperties("kek", key.properties.version, properties);
  await update({ expiresOn: new Date(Date.now() - 60_000) });
  assert.deepEqual(await refusal(wrap), [403, "Forbidden", undefined]);
  await unwrap();
  await update({ enabled: false });
  assert.deepEqual(await refusal(unwrap), [403, "Forbidden", "KeyDisabled"]);
  await update({ enabled: true, keyOps: ["sign"] });
  assert.deepEqual(await refusal(unwrap), [403, "Forbidden", "KeyOperationForbidden"]);
  const signer = await keys.createEcKey("signer");
  assert.deepEqual(await refusal(() => served.remote(signer).wrapKey("RSA-OAEP-256", DEK)), [400, "BadParameter", undefined]);
});

test("throttling, outages and lost connections are retried", async (t) => {
  const served = await serve(t);
  await served.keys().createEcKey("signer");
  const faults = [{ kind: "throttled", retryAfter: 1, next: 1 }];
  await served.control("PUT", "/faults", faults);
  assert.deepEqual(await refusal(() => served.keys().getKey("signer")), [429, "Throttled", undefined]);
  const patient = () => served.keys(undefined, { retryOptions: { maxRetries: 4, retryDelayInMs: 10 } });
  for (const fault of [...faults, { kind: "unavailable", next: 2 }, { kind: "reset", next: 1 }]) {
    await served.control("PUT", "/faults", [fault]);
    assert.equal((await patient().getKey("signer")).name, "signer", fault.kind);
  }
  await served.control("PUT", "/faults", [{ kind: "reset", rate: 1 }]);
  await assert.rejects(served.keys().getKey("signer"), { code: "ECONNRESET" });
});
