/** What may be asked: every member has one type and one form, and no others may be there. */

import { HttpError } from "./http-error.js";

/**
 * @typedef {{ op: "resolve", key: string }} Resolve
 * @typedef {object} Unwrap
 * @property {"unwrap"} op
 * @property {string} key With its version.
 * @property {"RSA-OAEP-256" | "A256KW"} algorithm
 * @property {Uint8Array<ArrayBuffer>} wrapped
 * @property {Uint8Array} head The head of the envelope, or the whole key record: the proxy opens it itself.
 * @property {Uint8Array | Record<string, string> | undefined} aad The external context, where the envelope has one.
 */

/** A key's identifier as Key Vault and Managed HSM write it, with or without version. Which hosts count, the grants say. */
const KEY = /^https:\/\/[a-z0-9.-]{3,253}\/keys\/[A-Za-z0-9-]{1,127}(?:\/[0-9a-f]{32})?$/;
/** Bytes of a wrapped key: under RSA of 2048, 3072 and 4096 bits, and under AES. */
const WRAPPED = { "RSA-OAEP-256": [256, 384, 512], A256KW: [40] };
/** Bytes of a head, as the format has it: preamble, header, MAC, salt and commitment. */
const MAX_HEAD = 12 + 16384 + 32 + 24 + 32;

/**
 * @param {Uint8Array} body JSON in UTF-8.
 * @returns {Resolve | Unwrap}
 */
export function readQuestion(body) {
  const { op, key, algorithm, wrapped, head, aad, ...others } = parse(body);
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrong("there is a member that is not known");
  if (typeof key !== "string" || !KEY.test(key)) throw wrong("`key` is the identifier of a key");
  if (op === "resolve") {
    if (algorithm ?? wrapped ?? head ?? aad) throw wrong("`resolve` has a `key` and nothing else");
    return { op, key };
  }
  // There is no `wrap`: sealing under RSA needs the public key alone, which `resolve` gives.
  if (op !== "unwrap") throw wrong("`op` is `resolve` or `unwrap`");
  if (!/\/[0-9a-f]{32}$/.test(key)) throw wrong("to unwrap, `key` has its version");
  if (algorithm !== "RSA-OAEP-256" && algorithm !== "A256KW") throw wrong("`algorithm` is `RSA-OAEP-256` or `A256KW`");
  const question = { op, key, algorithm, wrapped: bytes("wrapped", wrapped), head: bytes("head", head), aad: external(aad) };
  if (!WRAPPED[algorithm].includes(question.wrapped.length)) throw wrong("`wrapped` has another length than its algorithm gives");
  if (question.head.length > MAX_HEAD) throw wrong("`head` is the head of an envelope, without its body");
  return /** @type {Unwrap} */ (question);
}

/** @param {Uint8Array} body @returns {Record<string, unknown>} */
function parse(body) {
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw wrong("the body is JSON in UTF-8"); // the parser's own message would quote the body
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("the body is an object");
  return value;
}

/** @param {unknown} value @returns {Uint8Array | Record<string, string> | undefined} */
function external(value) {
  if (value === undefined || typeof value === "string") return value === undefined ? value : bytes("aad", value);
  const named = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!named || !Object.values(value).every((text) => typeof text === "string")) {
    throw wrong("`aad` is base64url, or an object of names and texts");
  }
  return /** @type {Record<string, string>} */ (value);
}

/** @param {string} name @param {unknown} value */
function bytes(name, value) {
  if (typeof value !== "string" || !/^[\w-]*$/.test(value) || value.length % 4 === 1) throw wrong(`\`${name}\` is base64url without padding`);
  return new Uint8Array(Buffer.from(value, "base64url"));
}

/** @param {string} message */
function wrong(message) {
  return new HttpError(400, "BadRequest", message);
}
