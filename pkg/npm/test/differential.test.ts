import assert from "node:assert/strict";
import { test } from "node:test";
import { open, openRange, openStream, seal, sealStream, ServiceKey } from "cmkit";
import { MemoryVault } from "cmkit/memory";
import { inWasm } from "#dist/webcrypto.js";

// Another seed: SEED=12345 node --test build/test/differential.test.js
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const usual = { ...inWasm };

/** Numbers from 0 up to `below`, the same for the same seed (mulberry32). */
function numbers(state: number): (below: number) => number {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Runs with chunks up to this size in WebAssembly. */
async function upTo<T>(chunksUpTo: number, run: () => Promise<T>): Promise<T> {
  inWasm.chunksUpTo = chunksUpTo;
  try {
    return await run();
  } finally {
    Object.assign(inWasm, usual);
  }
}

test(`WebAssembly and WebCrypto seal and open the same (seed ${seed})`, async () => {
  const random = numbers(seed);
  const keys = ServiceKey.generate();
  const vault = new MemoryVault();
  const key = await vault.createKey("k", { size: 2048 });
  const both = { keys: [keys, key], provider: vault.provider };
  for (let round = 0; round < 40; round += 1) {
    const suite = random(2) === 0 ? "16k" : "256k";
    const chunk = suite === "16k" ? 16_384 : 262_144;
    const size = Math.max(random(4) * chunk + random(40) - 20, 0) + (random(3) === 0 ? random(chunk) : 0);
    const data = Uint8Array.from({ length: size }, () => random(256));
    const [sealer, opener] = random(2) === 0 ? [0, Infinity] : [Infinity, 0];
    const what = `${suite}, ${size} bytes, ${sealer === 0 ? "sealed" : "opened"} by WebCrypto`;

    const envelope = await upTo(sealer, () => seal(data, { ...both, suite }));
    assert.deepEqual(await upTo(opener, () => open(envelope, both)), data, what);
    assert.deepEqual(await open(envelope, { keys }), data, what);

    const start = random(size + 1);
    const end = start + random(2 * chunk);
    const part = await upTo(opener, () => openRange(new Blob([envelope]), start, end, { keys }));
    assert.deepEqual(part, data.subarray(start, end), `${what}, ${start}..${end}`);

    const piece = 1 + random(2 * chunk);
    let at = 0;
    const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (all) => (at < data.length ? all.enqueue(data.slice(at, (at += piece))) : all.close()),
    });
    const through = pieces.pipeThrough(sealStream({ keys, suite })).pipeThrough(openStream({ keys }));
    assert.deepEqual(new Uint8Array(await new Response(through).arrayBuffer()), data, `${what}, pieces of ${piece}`);
  }
});

test("without WebCrypto everything is done in WebAssembly", async () => {
  const vault = new MemoryVault();
  const keys = await vault.createKey("k", { size: 2048 });
  const data = Uint8Array.from({ length: 3_000_000 }, (_, at) => at % 251);
  const envelope = await seal(data, { keys, provider: vault.provider, suite: "256k" });
  const unwrapped = await new Promise<Uint8Array>((resolve, reject) => {
    const provider: typeof vault.provider = async (request) => {
      const reply = await vault.provider(request);
      if ("dek" in reply) resolve(reply.dek.slice());
      return reply;
    };
    open(envelope, { keys, provider }).catch(reject);
  });
  const key = await vault.provider({ op: "resolve", key: keys });
  const subtle = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(crypto), "subtle");
  Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
  try {
    assert.deepEqual(await open(envelope, { keys, provider: (request) => (request.op === "unwrap" ? { dek: unwrapped } : key) }), data);
    const sealed = await seal(data, { keys, provider: () => key, suite: "256k" });
    assert.equal(sealed.length, envelope.length);
  } finally {
    delete (crypto as { subtle?: SubtleCrypto }).subtle;
    assert.ok(subtle);
  }
});
