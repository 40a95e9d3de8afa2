/** The browser's side: a provider for `open`, `seal` and `DataKey` that asks the application's back end. */

import { inspect } from "cmkit";

/**
 * @param {object} options
 * @param {string} [options.url] Of the proxy.
 * @param {() => string | Promise<string>} options.token The bearer token of whoever is signed in.
 * @param {Uint8Array | Blob} [options.envelope] What is to be opened, or the key record; sealing needs none.
 * @param {Record<string, string> | Uint8Array} [options.aad] The external context, if there is one: the same as for `open`.
 * @returns {import("cmkit").Provider}
 */
export function backEnd({ url = "/keys", token, envelope, aad }) {
  return async (request, signal) => {
    const { op, key } = request;
    if (op === "wrap" || (op === "unwrap" && envelope === undefined)) throw new Error(`the back end is not asked to \`${op}\` this`);
    const question = op === "unwrap" && envelope ? { ...(await unwrapping(request, envelope)), aad: encoded(aad) } : { op, key };
    const headers = { authorization: `Bearer ${await token()}`, "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(question), signal: signal ?? null });
    if (response.headers.get("content-type") === "application/octet-stream") return { dek: new Uint8Array(await response.arrayBuffer()) };
    const reply = await response.json();
    if (response.ok) return reply;
    const { code: reason, message } = reply.error;
    if (response.status !== 429) throw new Error(`the back end says ${response.status} ${reason}: ${message}`);
    return { refused: { kind: "unavailable", reason, message, retryAfter: Number(response.headers.get("retry-after")) } };
  };
}

/** @param {Extract<import("cmkit").KeyRequest, { op: "unwrap" }>} request @param {Uint8Array | Blob} envelope */
async function unwrapping({ op, key, algorithm, wrapped }, envelope) {
  const head = new Blob([/** @type {Blob} */ (envelope)]).slice(0, (await inspect(envelope)).headSize);
  return { op, key, algorithm, wrapped: base64url(wrapped), head: base64url(new Uint8Array(await head.arrayBuffer())) };
}

/** @param {Record<string, string> | Uint8Array | undefined} aad */
function encoded(aad) {
  return aad instanceof Uint8Array ? base64url(aad) : aad;
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
