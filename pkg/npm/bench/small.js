/** Short values beside the same bytes made by WebCrypto, and a form that is checked. */

import { gcm } from "@noble/ciphers/aes.js";
import { check, DataKey } from "cmkit";
import { MemoryVault } from "cmkit/memory";
import { CompactEncrypt } from "jose";
import { random } from "./bulk.js";
import { inTurn } from "./sample.js";

const NAMESPACE = "acme.customer.email";
const AAD = "row 4711";
const utf8 = new TextEncoder();

/**
 * @param {{ values: number, rounds: number, clock: (() => number) | undefined, peers: Record<string, (value: Uint8Array<ArrayBuffer>, times: number) => unknown> }} options
 * `values` are sealed in a round.
 */
export async function compactValues({ values, rounds, clock, peers }) {
  const vault = new MemoryVault();
  const keys = await vault.createKey("bench", { size: 2048 });
  const { record } = await DataKey.generate(keys, { provider: vault.provider });
  let dek = new Uint8Array();
  const key = await DataKey.open(record, {
    keys,
    provider: async (request) => {
      const reply = await vault.provider(request);
      if ("dek" in reply) dek = reply.dek.slice();
      return reply;
    },
  });
  const value = random(64);
  const byWebCrypto = await webCrypto(dek, key.id);
  const made = key.openValue(await byWebCrypto(value), { namespace: NAMESPACE, aad: AAD });
  if (String(made) !== String(value)) throw new Error("WebCrypto's value is not the package's");

  const repeat = (/** @type {() => unknown} */ one) => async () => {
    for (let time = 0; time < values; time += 1) await one();
  };
  const inFlight = (/** @type {() => Promise<unknown>} */ one) => async () => {
    for (let time = 0; time < values; time += 64) await Promise.all(Array.from({ length: 64 }, one));
  };
  const sealed = () => {
    for (let time = 0; time < values; time += 1) key.sealValue(value, { namespace: NAMESPACE, aad: AAD });
  };
  const raw = random(32);
  const noble = () => {
    for (let time = 0; time < values; time += 1) gcm(raw, random(12)).encrypt(value);
  };
  const jose = inFlight(() => new CompactEncrypt(value).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(raw));
  const works = {
    sealValue: sealed,
    "WebCrypto, 64 in flight": inFlight(() => byWebCrypto(value)),
    "WebCrypto, one by one": repeat(() => byWebCrypto(value)),
  };
  const times = await inTurn(works, rounds, values, clock);
  const others = Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, () => peer(value, values)]));
  const beside = await inTurn({ sealValue: sealed, "@noble/ciphers (cipher alone)": noble, jose, ...others }, Math.min(rounds, 3), values, clock);
  key.free();
  return { times, beside };
}

/**
 * A compact value as the format has it, by WebCrypto: HMAC derives the key, importKey, encrypt. The digest of namespace and
 * aad is worked out once here, while the package does it for each value.
 *
 * @param {Uint8Array<ArrayBuffer>} dek @param {string} id
 */
async function webCrypto(dek, id) {
  const hmac = await crypto.subtle.importKey("raw", dek, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  const [namespace, aad] = [utf8.encode(NAMESPACE), utf8.encode(AAD)];
  const bound = joined(utf8.encode("cmkit/v1/cbind\0"), bigEndian(4, namespace.length), namespace, bigEndian(8, aad.length), aad);
  const context = new Uint8Array(await crypto.subtle.digest("SHA-512", bound));
  const [kind, label] = [new Uint8Array([0xc1]), utf8.encode("cmkit/v1/compact\0")];
  const dekId = Uint8Array.from(id.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  return async (/** @type {Uint8Array<ArrayBuffer>} */ value) => {
    const salt = crypto.getRandomValues(new Uint8Array(24));
    const info = joined(label, kind, salt, context, new Uint8Array([1]));
    const derived = new Uint8Array(await crypto.subtle.sign("HMAC", hmac, info));
    const key = await crypto.subtle.importKey("raw", derived.subarray(0, 32), "AES-GCM", false, ["encrypt"]);
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: derived.subarray(32, 44) }, key, value);
    return joined(kind, dekId, salt, new Uint8Array(sealed));
  };
}

/** @param {Uint8Array[]} parts */
function joined(...parts) {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** @param {number} size @param {number} value */
function bigEndian(size, value) {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(size - 4, value);
  return bytes;
}

/**
 * A form with one mistake, from the object to the last member of the last finding.
 *
 * @param {{ form: object, checks: number, rounds: number, clock: (() => number) | undefined }} options
 */
export async function formCheck({ form, checks, rounds, clock }) {
  const wrong = { ...form, purgeProtection: false };
  let read = 0;
  const work = () => {
    for (let time = 0; time < checks; time += 1) {
      for (const { code, level, message } of check(wrong).findings) read += code.length + level.length + message.length;
    }
  };
  const { check: samples } = await inTurn({ check: work }, rounds, checks, clock);
  if (read === 0) throw new Error("the form has a mistake, but nothing was found");
  return samples ?? [];
}
