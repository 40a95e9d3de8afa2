/**
 * The decision: which question about a key is answered, and to whom.
 *
 * A wrapped key says nothing about what it is for; that stands in the head of the envelope, and until the head is opened
 * anybody may have written it. So the proxy takes the head along with the wrapped key and opens it as the browser will. Then
 * the namespace is authentic: the header's MAC is made with a key from the very data key that is asked for, and covers the
 * namespace. Whoever changes one bit of the head, or puts somebody else's wrapped key under a head of their own, has to make
 * a MAC with a key that they don't have. Only then is the user's grant looked at, and only then does the data key leave.
 */

import { CmkitError, DataKey, inspectSync, openStream } from "cmkit";

/** @typedef {import("cmkit").KeyReply} KeyReply */
/** @typedef {import("cmkit").Provider} Provider */
/** @typedef {import("./question.js").Unwrap} Unwrap */

/**
 * Answers a question for a user.
 *
 * @param {import("./question.js").Resolve | Unwrap} question
 * @param {import("./users.js").User} user
 * @param {Provider} vault
 * @param {AbortSignal} signal
 * @returns {Promise<{ reply: KeyReply, namespace?: string }>} The namespace, once it is authentic.
 */
export async function answer(question, user, vault, signal) {
  const key = withoutVersion(question.key);
  const grants = user.grants.filter((grant) => grant.key === key);
  if (grants.length === 0) return { reply: denied("ForbiddenKey", "you may not use this key") };
  if (question.op === "resolve") return { reply: await vault(question, signal) };
  return release(question, key, grants.map(({ namespace }) => namespace), vault, signal);
}

/**
 * @param {Unwrap} asked
 * @param {string} key
 * @param {string[]} namespaces
 * @param {Provider} vault
 * @param {AbortSignal} signal
 * @returns {Promise<{ reply: KeyReply, namespace?: string }>}
 */
async function release(asked, key, namespaces, vault, signal) {
  /** @type {Uint8Array | undefined} */
  let dek;
  // The vault is asked for what the user asked, once, whatever else the head has.
  /** @type {Provider} */
  const once = async (request) => {
    if (request.op !== "unwrap" || request.key !== asked.key || dek !== undefined) return elsewhere;
    if (request.algorithm !== asked.algorithm || !same(request.wrapped, asked.wrapped)) return elsewhere;
    const reply = await vault(request, signal);
    if ("dek" in reply) dek = reply.dek;
    return reply;
  };
  let released = false;
  try {
    const namespace = await authenticNamespace(asked, key, once, signal);
    if (dek === undefined || !namespaces.includes(namespace ?? "")) {
      return { reply: denied("ForbiddenNamespace", "you may not open what is in this namespace") };
    }
    released = true;
    return { reply: { dek }, ...(namespace && { namespace }) };
  } catch (error) {
    return { reply: refusal(error) };
  } finally {
    if (!released) dek?.fill(0);
  }
}

/**
 * Opens the head, and nothing behind it. The stream is closed at once, so it goes on to miss the body; by then the head is
 * authentic or it is not.
 *
 * @param {Unwrap} asked
 * @param {string} key
 * @param {Provider} provider
 * @param {AbortSignal} signal
 */
async function authenticNamespace({ head, aad }, key, provider, signal) {
  const keys = { key };
  if (inspectSync(head).kind === "key_record") {
    const record = await DataKey.open(head, { keys, provider, signal });
    record.free();
    return record.namespace;
  }
  const stream = openStream({ head, keys, provider, signal, aad });
  stream.writable.close().catch(() => {});
  return (await stream.inspection).namespace ?? undefined;
}

/**
 * The vault's *no* as it is, one answer for every fault of the head. What is neither goes on.
 *
 * @param {unknown} error
 * @returns {KeyReply}
 */
function refusal(error) {
  if (!(error instanceof CmkitError)) throw error;
  const { code, details } = error;
  if (details !== undefined && (code === "denied" || code === "unavailable")) {
    const { reason, message, retryAfter } = details;
    return { refused: { kind: code, reason, message, ...(retryAfter !== null && { retryAfter }) } };
  }
  if (!FAULTS.has(code)) throw error;
  return { refused: { kind: "wrongCiphertext", reason: "BadParameter", message: "the head is not one that this key opens" } };
}

/** Codes of a head that does not open. Which of them it was is the browser's own `open` to say. */
const FAULTS = new Set(["malformed", "unsupported", "too_large", "truncated", "no_key", "context", "decrypt", "not_allowed"]);

/** @type {KeyReply} */
const elsewhere = denied("NotAsked", "this is not the key that was asked for");

/** @param {string} reason @param {string} message @returns {KeyReply} */
function denied(reason, message) {
  return { refused: { kind: "denied", reason, message } };
}

/** @param {string} key */
function withoutVersion(key) {
  return key.split("/").slice(0, 5).join("/");
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function same(a, b) {
  return Buffer.from(a).equals(b);
}
