/** Sealing much at once, beside bare WebCrypto and beside peers. */

import { gcm } from "@noble/ciphers/aes.js";
import { seal, sealStream } from "cmkit";
import { MemoryVault } from "cmkit/memory";
import { FlattenedEncrypt } from "jose";
import { inTurn } from "./sample.js";

/** As many chunks as the package has in the cipher at a time. */
const IN_FLIGHT = 8;

/**
 * @param {{ mebibytes: number, rounds: number, clock: (() => number) | undefined, peers: Record<string, (data: Uint8Array<ArrayBuffer>) => unknown> }} options
 * `peers` are those that this place alone has.
 */
export async function bulk({ mebibytes, rounds, clock, peers }) {
  const data = random(mebibytes << 20);
  const vault = new MemoryVault();
  const keys = await vault.createKey("bench", { size: 2048 });
  const sealed = (/** @type {"16k" | "256k"} */ suite) => () => seal(data, { keys, provider: vault.provider, suite });
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const times = await inTurn(
    {
      "seal, 256k": sealed("256k"),
      "sealStream, 256k": () => pieces(sealStream({ keys, provider: vault.provider, suite: "256k" }), data),
      "bare loop, 256k": () => bareLoop(key, data, 262144),
      "bare loop, 256k, joined": async () => joined(await bareLoop(key, data, 262144)),
      "seal, 16k": sealed("16k"),
      "bare loop, 16k": () => bareLoop(key, data, 16384),
      "one subtle.encrypt": () => crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, data),
    },
    rounds,
    1,
    clock,
  );
  const { publicKey } = await crypto.subtle.generateKey(
    { name: "RSA-OAEP", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    false,
    ["encrypt", "decrypt"],
  );
  const raw = random(32);
  // Most of them are slow.
  const part = data.subarray(0, data.length / 4);
  const jose = () => new FlattenedEncrypt(part).setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM" }).encrypt(publicKey);
  const others = Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, () => peer(part)]));
  const noble = () => gcm(raw, random(12)).encrypt(part);
  const ours = () => seal(part, { keys, provider: vault.provider, suite: "256k" });
  const beside = await inTurn({ "seal, 256k": ours, jose, "@noble/ciphers (cipher alone)": noble, ...others }, Math.min(rounds, 3), 1, clock);
  return { times, beside };
}

/**
 * What sealing is made of, and nothing else: the chunks of the data through `subtle.encrypt`, several at a time, the results
 * kept as they come.
 *
 * @param {CryptoKey} key @param {Uint8Array<ArrayBuffer>} data @param {number} size
 */
async function bareLoop(key, data, size) {
  const [results, pending] = [/** @type {ArrayBuffer[]} */ ([]), /** @type {Promise<ArrayBuffer>[]} */ ([])];
  const iv = new Uint8Array(12);
  const count = new DataView(iv.buffer);
  for (let at = 0; at < data.length; at += size) {
    if (pending.length >= IN_FLIGHT) results.push(await /** @type {Promise<ArrayBuffer>} */ (pending.shift()));
    count.setUint32(8, at / size);
    pending.push(crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, data.subarray(at, at + size)));
  }
  results.push(...(await Promise.all(pending)));
  return results;
}

/** What comes out of a stream, in pieces as it comes. @param {TransformStream<Uint8Array, Uint8Array>} stream @param {Uint8Array} data */
async function pieces({ readable, writable }, data) {
  const writer = writable.getWriter();
  const written = writer.write(data).then(() => writer.close());
  const [reader, results] = [readable.getReader(), /** @type {Uint8Array[]} */ ([])];
  for (let read = await reader.read(); !read.done; read = await reader.read()) results.push(read.value);
  await written;
  return results;
}

/** One buffer of them all, which is what `seal` gives. @param {ArrayBuffer[]} results */
function joined(results) {
  const bytes = new Uint8Array(results.reduce((size, result) => size + result.byteLength, 0));
  let at = 0;
  for (const result of results) {
    bytes.set(new Uint8Array(result), at);
    at += result.byteLength;
  }
  return bytes;
}

/** @param {number} size */
export function random(size) {
  const bytes = new Uint8Array(size);
  // It gives 64 KiB at a time.
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}
