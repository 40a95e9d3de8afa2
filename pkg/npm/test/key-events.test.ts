import assert from "node:assert/strict";
import { test } from "node:test";
import { CmkitError, readKeyEvents } from "cmkit";

const key = "https://orders.vault.azure.net/keys/orders-kek";
const version = "ee059b2bb5bc48398a53b168c6cdcb10";
const data = { Id: `${key}/${version}`, VaultName: "orders", ObjectType: "Key", ObjectName: "orders-kek", Version: version, EXP: 1827360000 };
const time = "2026-11-25T08:00:00Z";
const own = { id: "1", topic: "/t", subject: "orders-kek", eventType: "Microsoft.KeyVault.KeyNewVersionCreated", eventTime: time, data };
const cloud = { id: "1", source: "/t", specversion: "1.0", type: own.eventType, time, data };

test("both schemas say the same", () => {
  const due = {
    id: "1",
    kind: "new-version",
    key: data.Id,
    time,
    notBefore: null,
    expires: "2027-11-28T00:00:00Z",
    flush: true,
    rotate: false,
    rewrapTo: key,
  };
  for (const event of [own, cloud]) {
    assert.deepEqual(readKeyEvents(JSON.stringify(event)), { events: [due], validationCode: null, others: 0 });
  }
  const asked = { ...own, eventType: "Microsoft.EventGrid.SubscriptionValidationEvent", data: { validationCode: "512d38b6" } };
  assert.deepEqual(readKeyEvents(JSON.stringify([asked, own])), { events: [due], validationCode: "512d38b6", others: 0 });
});

test("what contradicts itself is refused", () => {
  const body = JSON.stringify({ ...cloud, data: { ...data, ObjectName: "other" } });
  assert.throws(() => readKeyEvents(body), (error: unknown) => error instanceof CmkitError && error.code === "input");
  const local = JSON.stringify({ ...cloud, data: { ...data, Id: `https://orders.localhost:8443/keys/orders-kek/${version}` } });
  assert.throws(() => readKeyEvents(local), CmkitError);
  assert.equal(readKeyEvents(local, { hosts: ["orders.localhost:8443"] }).events.length, 1);
});
