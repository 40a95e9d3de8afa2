/** The AWS Encryption SDK, which runs in Node alone: a raw RSA or AES key, and its committing suite without a signature. */

import { buildClient, AlgorithmSuiteIdentifier, CommitmentPolicy, RawAesKeyringNode, RawAesWrappingSuiteIdentifier, RawRsaKeyringNode } from "@aws-crypto/client-node";
import { generateKeyPairSync, randomBytes, constants } from "node:crypto";

const { encrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;
const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const rsa = new RawRsaKeyringNode({
  keyName: "bench",
  keyNamespace: "bench",
  rsaKey: { publicKey, privateKey },
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: "sha256",
});
const aes = new RawAesKeyringNode({
  keyName: "bench",
  keyNamespace: "bench",
  unencryptedMasterKey: Uint8Array.from(randomBytes(32)),
  wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
});

export const aws = {
  bulk: { "@aws-crypto/client-node": (/** @type {Uint8Array} */ data) => encrypt(rsa, data, { suiteId, frameLength: 262144 }) },
  small: {
    "@aws-crypto/client-node": async (/** @type {Uint8Array} */ value, /** @type {number} */ times) => {
      for (let time = 0; time < times; time += 1) await encrypt(aes, value, { suiteId });
    },
  },
};
