/**
 * Azure Key Vault and Managed HSM behind the proxy, through the official SDK. The proxy's own identity needs `get` and
 * `unwrapKey` on the key, for example the role Key Vault Crypto Service Encryption User; its users need nothing in Azure.
 */

import { CryptographyClient, KeyClient, parseKeyVaultKeyIdentifier } from "@azure/keyvault-keys";

/** @typedef {import("@azure/identity").TokenCredential} TokenCredential */
/** @typedef {import("cmkit").KeyReply} KeyReply */
/** @typedef {import("cmkit").KeyState} KeyState */

/**
 * @param {TokenCredential} credential For example `new DefaultAzureCredential()` of `@azure/identity`.
 * @returns {import("cmkit").Provider}
 */
export function keyVault(credential) {
  return async (request, signal) => {
    try {
      if (request.op === "resolve") return { key: await get(request.key, credential, signal) };
      if (request.op === "unwrap") return { dek: await unwrap(request, credential, signal) };
    } catch (error) {
      return refusal(error);
    }
    return { refused: { kind: "denied", reason: "NotAsked", message: "the proxy does not wrap" } };
  };
}

/**
 * @param {string} id @param {TokenCredential} credential @param {AbortSignal | undefined} abortSignal
 * @returns {Promise<KeyState>}
 */
async function get(id, credential, abortSignal) {
  const { vaultUrl, name, version } = parseKeyVaultKeyIdentifier(id);
  const options = { ...(version && { version }), ...(abortSignal && { abortSignal }) };
  const { key, id: version_, keyOperations, properties } = await new KeyClient(vaultUrl, credential).getKey(name, options);
  const { enabled, notBefore, expiresOn, createdOn } = properties;
  return {
    key: version_ ?? id,
    kty: /** @type {KeyState["kty"]} */ (key?.kty), // of other types the package says that they are not supported
    ...(key?.n && { n: key.n }),
    ...(key?.e && { e: key.e }),
    ...(enabled !== undefined && { enabled }),
    ...(notBefore && { notBefore: seconds(notBefore) }),
    ...(expiresOn && { expires: seconds(expiresOn) }),
    ...(createdOn && { created: seconds(createdOn) }),
    ...(keyOperations && { keyOps: keyOperations }),
  };
}

/**
 * The client is given a key without dates rather than its identifier: for that it would get the key before each call, and
 * refuse an expired one by the local clock. Key Vault unwraps with an expired key, and data must open after an expiry.
 *
 * @param {Extract<import("cmkit").KeyRequest, { op: "unwrap" }>} request @param {TokenCredential} credential
 * @param {AbortSignal | undefined} abortSignal
 */
async function unwrap({ key: id, algorithm, wrapped }, credential, abortSignal) {
  const { vaultUrl, name } = parseKeyVaultKeyIdentifier(id);
  const client = new CryptographyClient({ id, name, key: {}, properties: { vaultUrl, name } }, credential);
  const { result } = await client.unwrapKey(algorithm, wrapped, abortSignal ? { abortSignal } : {});
  return result;
}

/**
 * What Key Vault's *no* means for whoever opens. What is no answer of Key Vault goes on as it is.
 *
 * @param {unknown} error
 * @returns {KeyReply}
 */
export function refusal(error) {
  const { statusCode, code, details, response } = /** @type {any} */ (error);
  if (typeof statusCode !== "number") throw error;
  // The specific code is the inner one: `ForbiddenByRbac` in `Forbidden`.
  const inner = details?.error?.innererror?.code;
  const reason = String(inner ?? code ?? statusCode);
  const message = `Key Vault answered ${statusCode}`;
  if (statusCode === 400 && reason === "BadParameter") return { refused: { kind: "wrongCiphertext", reason, message } };
  if (statusCode === 429 || statusCode === 408 || statusCode >= 500) {
    const retryAfter = Number(response?.headers?.get("retry-after") ?? NaN);
    return { refused: { kind: "unavailable", reason, message, ...(Number.isFinite(retryAfter) && { retryAfter }) } };
  }
  return { refused: { kind: "denied", reason, message } };
}

/** @param {Date} date */
function seconds(date) {
  return Math.floor(date.getTime() / 1000);
}
