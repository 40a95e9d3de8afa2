// The official client's own everyday flows.

import { createHash, generateKeyPairSync } from "node:crypto";
import assert from "node:assert/strict";
import test from "node:test";
import { serve } from "./served.mjs";

const DEK = Uint8Array.from({ length: 32 }, (_, index) => index);
const all = async (pages) => {
  const found = [];
  for await (const item of pages) found.push(item);
  return found;
};

for (const serviceVersion of ["7.4", "7.5", "7.6", "2025-07-01"]) {
  test(`create, read and update with ${serviceVersion}`, async (t) => {
    const served = await serve(t);
    const keys = served.keys(undefined, { serviceVersion });
    const made = await keys.createRsaKey("Orders-KEK", { keySize: 3072, tags: { env: "test" }, keyOps: ["unwrapKey"] });
    assert.ok(made.id.startsWith(`${served.url}/keys/orders-kek/`));
    assert.equal(made.key.n.length, 384);
    assert.deepEqual([made.keyType, made.keyOperations, made.properties.tags], ["RSA", ["unwrapKey"], { env: "test" }]);
    assert.deepEqual([made.properties.recoveryLevel, made.properties.recoverableDays], ["Recoverable+Purgeable", 90]);
    assert.equal((await keys.getKey("orders-kek")).id, made.id);
    const { version } = made.properties;
    assert.equal((await keys.getKey("orders-kek", { version })).id, made.id);
    const expiresOn = new Date("2030-01-01T00:00:00Z");
    const changed = await keys.updateKeyProperties("orders-kek", version, { enabled: false, expiresOn, tags: {} });
    assert.deepEqual([changed.properties.enabled, changed.properties.expiresOn], [false, expiresOn]);
    assert.deepEqual(changed.properties.tags, {});
  });
}

test("lists come in pages", async (t) => {
  const keys = (await serve(t)).keys();
  for (let number = 10; number < 17; number++) await keys.createEcKey(`key-${number}`);
  const pages = (await all(keys.listPropertiesOfKeys().byPage({ maxPageSize: 3 }))).map((page) => page.length);
  assert.deepEqual(pages, [3, 3, 1]);
  const versions = [(await keys.getKey("key-10")).properties.version];
  for (let number = 0; number < 4; number++) versions.push((await keys.rotateKey("key-10")).properties.version);
  const listed = (await all(keys.listPropertiesOfKeyVersions("key-10"))).map((item) => item.version);
  assert.deepEqual(listed.sort(), versions.sort());
});

for (const algorithm of ["RSA-OAEP", "RSA-OAEP-256", "RSA1_5"]) {
  test(`wrap, unwrap, encrypt and decrypt with ${algorithm}`, async (t) => {
    const served = await serve(t);
    const key = await served.keys().createRsaKey("kek");
    for (const client of [served.remote(key), served.local(key)]) {
      const wrapped = await client.wrapKey(algorithm, DEK);
      assert.equal(wrapped.keyID, key.id);
      assert.deepEqual(new Uint8Array((await served.remote(key).unwrapKey(algorithm, wrapped.result)).result), DEK);
      const encrypted = await client.encrypt({ algorithm, plaintext: DEK });
      const decrypted = await served.remote(key).decrypt({ algorithm, ciphertext: encrypted.result });
      assert.deepEqual(new Uint8Array(decrypted.result), DEK);
    }
    const asked = (await served.control("GET", "/log")).filter((entry) => !entry.refused).map((entry) => entry.asked);
    for (const operation of ["wrapKey", "unwrapKey", "encrypt", "decrypt"]) {
      assert.ok(asked.includes(operation), `${operation} reached the vault`);
    }
  });
}

for (const [algorithm, curve] of [
  ["RS256"], ["RS384"], ["RS512"], ["PS256"], ["PS384"], ["PS512"],
  ["ES256", "P-256"], ["ES384", "P-384"], ["ES512", "P-521"],
]) {
  test(`sign and verify with ${algorithm}`, async (t) => {
    const served = await serve(t);
    const keys = served.keys();
    const key = curve ? await keys.createEcKey("signer", { curve }) : await keys.createRsaKey("signer");
    const digest = createHash(`sha${algorithm.slice(2)}`).update("an order").digest();
    const { result: signature } = await served.remote(key).sign(algorithm, digest);
    const other = Uint8Array.from(signature, (byte, index) => (index === 0 ? byte ^ 1 : byte));
    assert.equal((await served.remote(key).verify(algorithm, digest, signature)).result, true);
    assert.equal((await served.remote(key).verify(algorithm, digest, other)).result, false);
  });
}

test("import", async (t) => {
  const served = await serve(t);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = privateKey.export({ format: "jwk" });
  const bytes = Object.fromEntries(
    Object.entries(jwk).map(([name, value]) => [name, name === "kty" ? value : Buffer.from(value, "base64url")]),
  );
  const key = await served.keys().importKey("brought", { ...bytes, keyOps: ["wrapKey", "unwrapKey"] });
  assert.deepEqual(Buffer.from(key.key.n), bytes.n);
  const wrapped = await served.local(key).wrapKey("RSA-OAEP-256", DEK);
  assert.deepEqual(new Uint8Array((await served.remote(key).unwrapKey("RSA-OAEP-256", wrapped.result)).result), DEK);
});

test("rotate by hand and by policy", async (t) => {
  const served = await serve(t);
  const keys = served.keys();
  const first = await keys.createRsaKey("kek");
  await keys.updateKeyRotationPolicy("kek", {
    expiresIn: "P90D",
    lifetimeActions: [
      { action: "Rotate", timeAfterCreate: "P60D" },
      { action: "Notify", timeBeforeExpiry: "P20D" },
    ],
  });
  const policy = await keys.getKeyRotationPolicy("kek");
  assert.equal(policy.expiresIn, "P90D");
  assert.deepEqual(
    policy.lifetimeActions.map(({ action, timeAfterCreate, timeBeforeExpiry }) => [action, timeAfterCreate ?? timeBeforeExpiry]),
    [["Rotate", "P60D"], ["Notify", "P20D"]],
  );
  const second = await keys.rotateKey("kek");
  await served.control("POST", "/clock", { advance: 61 * 86_400 });
  const third = await keys.getKey("kek");
  assert.equal(new Set([first.id, second.id, third.id]).size, 3);
});

test("delete, recover and purge", async (t) => {
  const keys = (await serve(t)).keys();
  const made = await keys.createRsaKey("kek");
  const deleted = await (await keys.beginDeleteKey("kek")).pollUntilDone();
  assert.equal(deleted.properties.scheduledPurgeDate - deleted.properties.deletedOn, 90 * 86_400_000);
  await assert.rejects(keys.getKey("kek"), { statusCode: 404, code: "KeyNotFound" });
  await assert.rejects(keys.createRsaKey("kek"), { statusCode: 409 });
  assert.equal((await keys.getDeletedKey("kek")).name, "kek");
  assert.deepEqual((await all(keys.listDeletedKeys())).map((item) => item.name), ["kek"]);
  await (await keys.beginRecoverDeletedKey("kek")).pollUntilDone();
  assert.equal((await keys.getKey("kek")).id, made.id);
  await (await keys.beginDeleteKey("kek")).pollUntilDone();
  await keys.purgeDeletedKey("kek");
  await assert.rejects(keys.getDeletedKey("kek"), { statusCode: 404 });
});

test("backup and restore", async (t) => {
  const keys = (await serve(t)).keys();
  const made = await keys.createRsaKey("kek");
  const backup = await keys.backupKey("kek");
  await assert.rejects(keys.restoreKeyBackup(backup), { statusCode: 409 });
  await (await keys.beginDeleteKey("kek")).pollUntilDone();
  await keys.purgeDeletedKey("kek");
  assert.equal((await keys.restoreKeyBackup(backup)).id, made.id);
});
