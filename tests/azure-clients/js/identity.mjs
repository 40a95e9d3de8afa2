// A managed identity without Azure. The library keeps tokens for the life of a process: each endpoint has a test file, and so a
// process, of its own.

import { ManagedIdentityCredential } from "@azure/identity";
import assert from "node:assert/strict";
import test from "node:test";
import { serve } from "./served.mjs";

export function testIdentity(name, environment) {
  test(name, async (t) => {
    const served = await serve(t, "--identity", "system");
    Object.assign(process.env, environment(served.line));
    for (const [credential, identity] of [
      [new ManagedIdentityCredential(), "system"],
      [new ManagedIdentityCredential({ clientId: "orders-cmk" }), "orders-cmk"],
    ]) {
      await served.control("PUT", "/grants", { identity, permissions: "create" });
      assert.equal((await served.keys(credential).createEcKey("signer")).name, "signer");
      const log = await served.control("GET", "/log");
      assert.deepEqual([log.at(-1).identity, log.at(-1).refused], [identity, null]);
    }
  });
}
