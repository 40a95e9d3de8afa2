import assert from "node:assert/strict";
import { test } from "node:test";
import { CmkitError, type Data, DataKey, inspect, type KeyReply, type KeyRequest, open, openBlob, openRange, openStream } from "cmkit";
import { type Provider, rewrap, seal, sealBlob, sealStream, ServiceKey } from "cmkit";
import { MemoryVault } from "cmkit/memory";

const CHUNK = 16_384;
const vault = new MemoryVault();
const { provider } = vault;
const keys = await vault.createKey("orders-kek", { size: 2048 });
const service = ServiceKey.generate();
const plaintext = Uint8Array.from({ length: 20 * CHUNK + 100 }, (_, at) => at % 251);
const envelope = await seal(plaintext, { keys: service });
const { headSize } = await inspect(envelope);

const code = (expected: string) => (error: unknown) => error instanceof CmkitError && error.code === expected;
const stream = (bytes: Uint8Array<ArrayBuffer>, size = 5000): ReadableStream<Uint8Array<ArrayBuffer>> => {
  let at = 0;
  return new ReadableStream({
    pull: (controller) => (at < bytes.length ? controller.enqueue(bytes.slice(at, (at += size))) : controller.close()),
  });
};

/** Reads a stream to its end or its error. */
async function drain(from: ReadableStream<Uint8Array>): Promise<{ size: number; error: unknown }> {
  const reader = from.getReader();
  for (let size = 0; ; ) {
    try {
      const { done, value } = await reader.read();
      if (done) return { size, error: undefined };
      assert.deepEqual(value, plaintext.subarray(size, size + value.length));
      size += value.length;
    } catch (error) {
      return { size, error };
    }
  }
}

test("a flipped byte is refused at its chunk, and nothing from there on comes out", async () => {
  for (const chunk of [0, 1, 9, 20]) {
    const flipped = envelope.slice();
    const at = headSize + chunk * (CHUNK + 16) + 50;
    flipped[at] = (flipped[at] as number) ^ 1;
    await assert.rejects(open(flipped, { keys: service }), code("decrypt"));
    await assert.rejects(openBlob(new Blob([flipped]), { keys: service }), code("decrypt"));
    const { size, error } = await drain(stream(flipped).pipeThrough(openStream({ keys: service })));
    assert.ok(code("decrypt")(error) && size <= chunk * CHUNK);
    // A range of chunks before it opens, unless the flipped one is the last: that proves the end.
    const range = openRange(flipped, 0, 10, { keys: service });
    if (chunk === 1 || chunk === 9) assert.deepEqual(await range, plaintext.subarray(0, 10));
    else await assert.rejects(range, code("decrypt"));
  }
});

test("a cut stream fails at its end, wherever it was cut", async () => {
  const cuts = { truncated: [0, 11, headSize - 1, headSize, headSize + CHUNK + 16, headSize + 5 * (CHUNK + 16) + 15] };
  const inside = { decrypt: [headSize + 16, headSize + CHUNK + 15, envelope.length - 1] };
  for (const [expected, sizes] of Object.entries({ ...cuts, ...inside })) {
    for (const size of sizes) {
      const cut = envelope.slice(0, size);
      await assert.rejects(open(cut, { keys: service }), code(expected), `${size}`);
      const { error } = await drain(stream(cut).pipeThrough(openStream({ keys: service })));
      assert.ok(code(expected)(error), `${size}: ${String(error)}`);
    }
  }
});

test("what a provider throws is the very object that the caller catches", async () => {
  const thrown = { not: "even an Error" };
  const throws: Provider = (request) => {
    if (request.op === "unwrap") throw thrown;
    return provider(request);
  };
  const sealed = await seal("attack at dawn", { keys, provider });
  const caught = (run: Promise<unknown>) => run.then(() => "nothing", (error: unknown) => error);
  assert.equal(await caught(open(sealed, { keys, provider: throws })), thrown);
  assert.equal(await caught(openBlob(new Blob([sealed]), { keys, provider: throws })), thrown);
  assert.equal(await caught(rewrap(sealed, { keys, to: keys, provider: throws })), thrown);
  const refuses: Provider = async () => Promise.reject(thrown);
  assert.equal(await caught(seal("attack at dawn", { keys, provider: refuses })), thrown);
  assert.equal(await caught(sealBlob(new Blob(["x"]), { keys, provider: refuses })), thrown);
  const sealing = sealStream({ keys, provider: refuses });
  const piped = stream(plaintext).pipeTo(sealing.writable);
  assert.equal(await caught(sealing.head), thrown);
  assert.equal(await caught(piped), thrown);
});

test("a refusal goes on to the next key", async () => {
  const second = await vault.createKey("second", { size: 2048 });
  const sealed = await seal("attack at dawn", { keys: [keys, second], provider });
  vault.disable("orders-kek");
  assert.equal((await open(sealed, { keys: [keys, second], provider })).length, 14);
  vault.revoke("second");
  const refused = await open(sealed, { keys: [keys, second], provider }).catch((error: unknown) => error);
  assert.ok(refused instanceof CmkitError && refused.details?.reason === "KeyDisabled");
  vault.enable("orders-kek");
});

test("a reply that answers nothing is refused", async () => {
  const replies: [unknown, string][] = [
    [undefined, "invalid_reply"],
    [{}, "invalid_reply"],
    [{ dek: new Uint8Array(32) }, "invalid_reply"],
    [{ key: { key: `${keys}/0123456789abcdef0123456789abcdef`, kty: "RSA", n: "?" } }, "invalid_reply"],
    [{ key: { key: `${keys}/0123456789abcdef0123456789abcdef`, kty: "RSA" } }, "invalid_reply"],
    [{ key: { key: "https://other.vault.azure.net/keys/k/0123456789abcdef0123456789abcdef", kty: "oct" } }, "invalid_reply"],
    [{ key: { key: "not a key", kty: "oct" } }, "invalid_reply"],
    [{ key: { key: `${keys}/0123456789abcdef0123456789abcdef`, kty: "oct", expires: -1 } }, "invalid_reply"],
    [{ key: { key: `${keys}/current`, kty: "oct" } }, "unsupported"],
    [{ key: { key: `${keys}/0123456789abcdef0123456789abcdef`, kty: "EC" } }, "unsupported"],
  ];
  for (const [reply, expected] of replies) {
    const answers = (_: KeyRequest) => reply as KeyReply;
    await assert.rejects(seal("x", { keys, provider: answers }), code(expected), JSON.stringify(reply));
  }
  await assert.rejects(seal("x", { keys }), code("invalid_argument"));
});

test("an abort rejects with its reason and leaves nothing half-made", async () => {
  const reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  const is = (error: unknown) => error === reason;
  await assert.rejects(seal(plaintext, { keys: service, signal: aborted }), is);
  await assert.rejects(open(envelope, { keys: service, signal: aborted }), is);
  await assert.rejects(openRange(envelope, 0, 10, { keys: service, signal: aborted }), is);
  await assert.rejects(sealBlob(new Blob([plaintext]), { keys: service, signal: aborted }), is);

  // While a key holder is asked, who hears of it too.
  const stop = new AbortController();
  let heard: AbortSignal | undefined;
  const silent: Provider = (_, signal) => {
    heard = signal;
    setTimeout(() => stop.abort(reason));
    return new Promise(() => {});
  };
  await assert.rejects(seal("x", { keys, provider: silent, signal: stop.signal }), is);
  assert.equal(heard?.aborted, true);

  // Half-way through the chunks.
  const halfway = new AbortController();
  const onProgress = ({ done }: { done: number }) => done > 4 * CHUNK && halfway.abort(reason);
  await assert.rejects(seal(plaintext, { keys: service, signal: halfway.signal, onProgress }), is);

  // In a stream: both ends fail with the reason, and the source is cancelled with it.
  for (const through of [sealStream, openStream]) {
    const midway = new AbortController();
    let cancelled: unknown;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(envelope.slice()),
      cancel: (why) => void (cancelled = why),
    });
    const onProgress = ({ done }: { done: number }) => done >= 10 * CHUNK && midway.abort(reason);
    const { error } = await drain2(endless.pipeThrough(through({ keys: service, signal: midway.signal, onProgress })));
    assert.equal(error, reason);
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(cancelled, reason);
  }
});

/** As {@link drain}, whatever comes. */
async function drain2(from: ReadableStream<Uint8Array>): Promise<{ error: unknown }> {
  const reader = from.getReader();
  for (;;) {
    const read = await reader.read().catch((error: unknown) => ({ done: "failed", error }) as const);
    if (read.done === "failed") return { error: read.error };
    if (read.done) return { error: undefined };
  }
}

test("a reader that loses interest ends the work and cancels the source", async () => {
  let pulled = 0;
  let cancelled: unknown;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(plaintext);
    },
    cancel: (why) => void (cancelled = why),
  });
  const reader = endless.pipeThrough(sealStream({ keys: service })).getReader();
  await reader.read();
  await reader.cancel("seen enough");
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(cancelled, "seen enough");
  const so_far = pulled;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(pulled, so_far);
});

test("a slow reader holds the source back", async () => {
  let pulled = 0;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        pulled += 1;
        controller.enqueue(plaintext.slice(0, CHUNK));
      },
    },
    { highWaterMark: 0 },
  );
  const reader = source.pipeThrough(sealStream({ keys: service })).getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(pulled <= 24, `${pulled} chunks were read ahead of a reader that took one`);
  await reader.cancel();
});

test("a key holder that is being asked hears that nobody waits any more", async () => {
  let heard: AbortSignal | undefined;
  const silent: Provider = (_, signal) => {
    heard = signal;
    return new Promise(() => {});
  };
  const sealing = sealStream({ keys, provider: silent });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await sealing.readable.cancel("seen enough");
  assert.equal(heard?.aborted, true);
  assert.equal(await sealing.head.catch((error: unknown) => error), "seen enough");
});

test("a source whose data can't be sealed is cancelled with the reason", async () => {
  let cancelled: unknown;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(plaintext),
    cancel: (why) => void (cancelled = why),
  });
  const refused = await seal(endless, { keys: service, limits: { message: 5 * CHUNK } }).catch((error: unknown) => error);
  assert.ok(code("too_large")(refused));
  assert.equal(cancelled, refused);
});

test("a key that may not wrap is refused before it wraps", async () => {
  const may = (change: object): Provider => async (request) => {
    const reply = await provider(request);
    return "key" in reply ? { key: { ...reply.key, ...change } } : reply;
  };
  const bad: [object, string][] = [
    [{ keyOps: ["unwrapKey"] }, "KeyOperationForbidden"],
    [{ enabled: false }, "KeyDisabled"],
    [{ expires: 1_700_000_000 }, "KeyExpired"],
    [{ notBefore: 4_000_000_000 }, "KeyNotYetValid"],
  ];
  for (const [change, reason] of bad) {
    const refused = await seal("x", { keys, provider: may(change) }).catch((error: unknown) => error);
    assert.ok(refused instanceof CmkitError && refused.details?.reason === reason, reason);
  }
  assert.ok(await seal("x", { keys, provider: may({ keyOps: ["wrapKey"], expires: 4_000_000_000 }) }));
});

test("limits and arguments", async () => {
  const bad: [() => Promise<unknown>, string][] = [
    [() => seal(plaintext, { keys: service, limits: { message: plaintext.length - 1 } }), "too_large"],
    [() => seal(stream(plaintext), { keys: service, limits: { message: 5 * CHUNK } }), "too_large"],
    [() => seal("x", { keys: [] }), "invalid_argument"],
    [() => seal("x", { keys: service, suite: "1M" as "16k" }), "invalid_argument"],
    [() => seal("x", { keys: "https://orders.vault.azure.net/secrets/s", provider }), "invalid_key_uri"],
    [() => seal("x", { keys: {} as ServiceKey }), "invalid_argument"],
    [() => seal(5 as unknown as Data, { keys: service }), "invalid_argument"],
    [() => seal(new ReadableStream({ start: (all) => all.enqueue("text" as never) }), { keys: service }), "invalid_argument"],
    [() => open(envelope, { keys: service, limits: { header: 10 } }), "too_large"],
    [() => open(envelope, { keys: ServiceKey.generate() }), "no_key"],
    [() => open(envelope, { keys: service, aad: "row 1" }), "decrypt"],
    [() => open(envelope, { keys: service, aad: { row: "1" } }), "context"],
    [() => open(envelope.subarray(headSize), { keys: service, head: envelope }), "malformed"],
    [() => openRange(envelope, plaintext.length + 1, plaintext.length + 2, { keys: service }), "out_of_range"],
    [() => openRange(envelope, 2, 1, { keys: service }), "invalid_argument"],
    [() => rewrap(envelope, { keys: service, to: [] }), "invalid_argument"],
    [() => inspect(new Uint8Array(3)), "malformed"],
    [() => inspect(new Blob([])), "truncated"],
  ];
  for (const [index, [run, expected]] of bad.entries()) {
    await assert.rejects(run, code(expected), `${index}`);
  }
});

test("what was freed says so, and what is under way is not disturbed", async () => {
  const key = await DataKey.generate(service, { deterministic: true });
  const freed = ServiceKey.generate();
  const value = key.sealValue("x", { namespace: "n" });
  const { record } = key;
  const sealed = await key.seal(plaintext, { onProgress: () => key.free() });
  assert.ok(sealed.length > plaintext.length);
  freed.free();
  freed.free();
  const uses = [
    () => key.sealValue("x", { namespace: "n" }),
    () => key.openValue(value, { namespace: "n" }),
    () => DataKey.find([key], value),
    () => freed.export(),
  ];
  for (const use of uses) assert.throws(use, code("invalid_argument"));
  await assert.rejects(key.seal("x"), code("invalid_argument"));
  await assert.rejects(seal("x", { keys: freed }), code("invalid_argument"));
  await assert.rejects(open(envelope, { keys: [freed] }), code("invalid_argument"));
  using again = await DataKey.open(record, { keys: service });
  assert.equal(again.id, key.id);
  assert.equal(again.openValue(value, { namespace: "n" }).length, 1);
  await assert.rejects(DataKey.open(envelope, { keys: service }), code("malformed"));
  await assert.rejects(open(record, { keys: service }), code("malformed"));
});
