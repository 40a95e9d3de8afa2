import assert from "node:assert/strict";
import { test } from "node:test";
import { CmkitError, DataKey, inspect, open, openBlob, openRange, openStream, rewrap, seal, sealBlob, sealStream, ServiceKey } from "cmkit";
import { MemoryVault } from "cmkit/memory";

const vault = new MemoryVault();
const { provider } = vault;
const keys = await vault.createKey("orders-kek", { size: 2048 });
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const code = (expected: string) => (error: unknown) => error instanceof CmkitError && error.code === expected;

test("what a key of a vault seals, it opens", async () => {
  const envelope = await seal("attack at dawn", { keys, provider, context: { tenant: "acme" }, aad: "row 1" });
  const expect = { context: { tenant: "acme" } };
  assert.equal(text(await open(envelope, { keys, provider, aad: "row 1", expect })), "attack at dawn");
  await assert.rejects(open(envelope, { keys, provider, aad: "row 2" }), code("decrypt"));
  await assert.rejects(open(envelope, { keys, provider, aad: "row 1", expect: { namespace: "other" } }), code("context"));
});

test("data in every form, in either suite, through every way there is", async () => {
  const plaintext = Uint8Array.from({ length: 600_000 }, (_, at) => at % 251);
  for (const suite of ["16k", "256k"] as const) {
    const options = { keys, provider, suite };
    const sealed = [
      await seal(plaintext, options),
      await seal(plaintext.buffer, options),
      await seal(new Blob([plaintext]), options),
      await seal(new Blob([plaintext]).stream(), options),
      new Uint8Array(await (await sealBlob(new Blob([plaintext]), options)).arrayBuffer()),
      new Uint8Array(await new Response(new Blob([plaintext]).stream().pipeThrough(sealStream(options))).arrayBuffer()),
    ];
    for (const envelope of sealed) {
      const blob = new Blob([envelope]);
      assert.deepEqual(await open(envelope, options), plaintext);
      assert.deepEqual(await open(blob, options), plaintext);
      assert.deepEqual(new Uint8Array(await (await openBlob(blob, options)).arrayBuffer()), plaintext);
      const stream = blob.stream().pipeThrough(openStream(options));
      assert.deepEqual(new Uint8Array(await new Response(stream).arrayBuffer()), plaintext);
      assert.deepEqual(await openRange(blob, 16_380, 300_000, options), plaintext.subarray(16_380, 300_000));
      assert.deepEqual(await openRange(envelope, 599_999, 700_000, options), plaintext.subarray(599_999));
    }
  }
});

test("a rotation rewrites the head alone", async () => {
  const envelope = await seal("attack at dawn", { keys, provider });
  const { headSize } = await inspect(envelope);
  const version = await vault.rotate("orders-kek");
  const head = await rewrap(new Blob([envelope]), { keys, to: keys, provider });
  assert.equal((await inspect(head)).keys[0]?.key, version);
  const rotated = new Blob([head, envelope.subarray(headSize)]);
  assert.equal(text(await open(rotated, { keys: { key: keys, versions: [version.slice(-32)] }, provider })), "attack at dawn");
});

test("what the vault refuses is refused in its words", async () => {
  const envelope = await seal("attack at dawn", { keys, provider });
  vault.revoke("orders-kek");
  const refused = await open(envelope, { keys, provider }).catch((error: unknown) => error);
  vault.grant("orders-kek");
  assert.ok(refused instanceof CmkitError && refused.code === "denied" && refused.details?.reason === "ForbiddenByRbac");
});

test("a data key asks nobody once it is open", async () => {
  const { record } = await DataKey.generate(keys, { provider, namespace: "acme.orders", deterministic: true });
  const key = await DataKey.open(record, { keys, provider, expect: { namespace: "acme.orders" } });
  const asked = vault.calls;
  const bound = { namespace: "acme.customer.email", aad: "row 4711" };
  const value = key.sealValue("ada@example.com", { ...bound, deterministic: true });
  assert.deepEqual(key.sealValue("ada@example.com", { ...bound, deterministic: true }), value);
  assert.equal(text(key.openValue(value, bound)), "ada@example.com");
  assert.equal(text(await key.open(await key.seal("attack at dawn"))), "attack at dawn");
  assert.equal(vault.calls, asked);
  key.free();
  assert.throws(() => key.openValue(value, bound), code("invalid_argument"));
  await assert.rejects(key.seal("attack at dawn"), code("invalid_argument"));
});

test("a key of the program needs no vault", async () => {
  const key = ServiceKey.generate();
  const envelope = await seal("attack at dawn", { keys: key });
  const kept = ServiceKey.from({ name: key.name, version: key.version, key: key.export() });
  key.free();
  assert.equal(text(await open(envelope, { keys: kept })), "attack at dawn");
  assert.throws(() => key.export(), code("invalid_argument"));
});
