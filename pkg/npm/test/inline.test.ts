import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { envelope } from "#dist/envelope-module.js";
import { inflate } from "#dist/inflate.js";
import { Loader } from "#dist/load.js";
import { policy } from "#dist/policy-module.js";
import { unpack } from "#dist/unpack.js";
import * as sealing from "#dist/wasm/envelope.inline.js";
import * as judging from "#dist/wasm/policy.inline.js";
import { readFileSync } from "node:fs";

test("what was compressed comes out again, whichever way it was compressed", () => {
  const text = Buffer.from("wrap and unwrap, ".repeat(5000));
  const samples = [Buffer.alloc(0), Buffer.from("a"), randomBytes(100_000), Buffer.alloc(300_000, 7), text];
  const { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
  const ways = [{ level: 0 }, { level: 1 }, { level: 9 }, { strategy: Z_FIXED }, { strategy: Z_HUFFMAN_ONLY }, { strategy: Z_RLE }];
  for (const sample of samples) {
    for (const way of ways) assert.ok(sample.equals(inflate(deflateRawSync(sample, way), sample.length)), JSON.stringify(way));
  }
});

test("what is damaged is refused", () => {
  const whole = deflateRawSync(Buffer.from("wrap and unwrap, ".repeat(50)));
  assert.throws(() => inflate(whole, 10), RangeError);
  assert.throws(() => inflate(whole.subarray(0, 12), 850), RangeError);
});

test("the inlined modules are the files", () => {
  for (const [name, { TEXT, SIZE }] of Object.entries({ envelope: sealing, policy: judging })) {
    const file = readFileSync(new URL(`../../dist/${name}.wasm`, import.meta.url));
    assert.ok(file.equals(unpack(TEXT, SIZE)), name);
  }
});

test("a module is loaded once, at once where its bytes are at hand, and after a failure anew", async () => {
  const calls: unknown[] = [];
  const glue = {
    default: async (from: { module_or_path: unknown }) => {
      calls.push(await from.module_or_path);
      if (calls.length === 1) throw new TypeError("no network");
    },
    initSync: (from: { module: unknown }) => calls.push(from.module),
  };
  const web = () => new Loader("policy", glue, { url: () => new URL("https://example.com/policy.wasm") });
  const one = web();
  assert.throws(() => one.get(), { code: "invalid_argument", message: /await `init\(\)` first/ });
  await assert.rejects(one.load(), TypeError);
  await Promise.all([one.load(), one.load(), one.ready()]);
  assert.equal(one.get(), glue);
  assert.deepEqual(calls.map(String), ["https://example.com/policy.wasm", "https://example.com/policy.wasm"]);
  const two = web();
  const bytes = new Uint8Array(1);
  two.settle({ bytes: () => bytes });
  assert.equal(two.get(), glue);
  await two.load();
  assert.deepEqual(calls.slice(2), [bytes]);
});

test("in Node both modules are ready", () => {
  assert.equal(typeof policy.get().rules, "function");
  assert.equal(typeof envelope.get().inspect, "function");
});
