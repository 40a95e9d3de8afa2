import assert from "node:assert/strict";
import { test } from "node:test";
import { check, CmkitError } from "cmkit";

const at = "2026-12-01";

test("a form is checked, without anything to set up", () => {
  const keyUrl = "https://kv-orders.vault.azure.net/keys/orders";
  const report = check({ cmkit: "form/1", encryptionMode: "CustomerManaged", keyUrl, purgeProtection: false }, { at });
  assert.ok(report.findings.some(({ code, pointer }) => code === "CMK1002" && pointer === "/purgeProtection"));
  assert.equal(report.ok, false);
  assert.equal(JSON.parse(report.to("json")).at, "2026-12-01T00:00:00Z");
});

test("what is no JSON is refused with a code", () => {
  assert.throws(() => check("{", { at }), (error) => error instanceof CmkitError && error.code === "input");
});
