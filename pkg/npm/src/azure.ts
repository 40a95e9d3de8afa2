/**
 * A provider that asks Azure Key Vault and Managed HSM through the official SDK, `@azure/keyvault-keys`: for Node and other
 * servers. Browsers can't reach Key Vault, which has no CORS.
 */

import type { KeyClientOptions } from "@azure/keyvault-keys";
import { answered, type Heard, refusalOf, stateOf } from "./azure-answer.js";
import { Clients, type Credential, CredentialFailed } from "./azure-clients.js";
import { azure } from "./azure-module.js";
import { CmkitError, call } from "./error.js";
import { Flights } from "./flights.js";
import type { KeyRefusal, KeyReply, KeyRequest, Provider } from "./provider.js";
import type { VaultKey } from "./wasm/azure.js";

export type { Credential };

/** Whom to ask for keys, and how. */
export interface KeyVaultOptions {
  credential: Credential;
  /**
   * Hosts (`localhost:8443`) that are called besides Azure's: a local vault. Only for these, that the resource of their challenge
   * is above their own name is not asked for. Give `seal` and `open` the same.
   */
  hosts?: readonly string[];
  /** The version of Key Vault's interface; the newest one that the SDK has. */
  serviceVersion?: string;
  /** Milliseconds that one try of a call may take; 30 000. */
  timeout?: number;
  /**
   * What else the SDK's clients take: `retryOptions`, `proxyOptions`, .. `tlsOptions.ca` are certificates to trust instead of
   * those that Azure's are from.
   */
  clientOptions?: Omit<KeyClientOptions, "disableChallengeResourceVerification" | "redirectOptions" | "serviceVersion">;
}

/**
 * A provider that asks Azure Key Vault.
 *
 * Sealing takes the permission `get`, opening `unwrapKey` alone, and symmetric keys also `wrapKey`: the role `Key Vault Crypto
 * Service Encryption User` has these three. Who asks the same at the same time causes one call. What Key Vault refuses is a
 * {@link CmkitError} with its own `reason` in `details`; what the credential throws reaches the caller as it is.
 *
 * ```ts
 * import { ManagedIdentityCredential } from "@azure/identity";
 * import { open, seal } from "cmkit";
 * import { keyVault } from "cmkit/azure";
 *
 * const keys = "https://orders.vault.azure.net/keys/orders-kek"; // without a version: the newest one seals
 * const provider = keyVault({ credential: new ManagedIdentityCredential() });
 *
 * export const sealOrder = (order: string) => seal(order, { keys, provider });
 * export const openOrder = (sealed: Uint8Array) => open(sealed, { keys, provider });
 * ```
 */
export function keyVault({ hosts = [], timeout = 30_000, ...options }: KeyVaultOptions): Provider {
  const clients = new Clients({ timeout, ...options });
  const flights = new Flights<KeyReply>();
  const ask = async (request: KeyRequest, signal: AbortSignal | undefined): Promise<KeyReply> => {
    const key = call(() => new (azure.get().VaultKey)(request.key, [...hosts]));
    try {
      return await answer(clients, key, request, signal);
    } finally {
      key.free();
    }
  };
  return async (request, signal) => {
    if (request.op === "wrap") return ask(request, signal);
    const reply = await flights.once(nameOf(request), signal, (signal) => ask(request, signal));
    // Each has its own, and may wipe it: a `slice` of the Buffer would be a view.
    return "dek" in reply ? { dek: new Uint8Array(reply.dek) } : reply;
  };
}

/** What all requests have in common that have one answer at a time. */
function nameOf(request: Exclude<KeyRequest, { op: "wrap" }>): string {
  if (request.op === "resolve") return request.key;
  return `${request.key} ${request.algorithm} ${btoa(String.fromCharCode(...request.wrapped))}`;
}

async function answer(
  clients: Clients,
  key: VaultKey,
  request: KeyRequest,
  signal: AbortSignal | undefined,
): Promise<KeyReply> {
  if (request.op !== "resolve" && key.version === undefined) {
    throw new CmkitError("invalid_argument", `\`${request.key}\` names no version to wrap or unwrap with`);
  }
  let heard: Heard | undefined;
  const options = {
    onResponse: (response: Heard) => void (heard = response),
    ...(signal && { abortSignal: signal }),
  };
  try {
    switch (request.op) {
      case "resolve": {
        const version = key.version === undefined ? {} : { version: key.version };
        const held = await clients.keys(key).call((client) => client.getKey(key.name, { ...options, ...version }));
        const state = stateOf(held);
        return state ? { key: state } : { refused: key.wrapsNothing(String(held.keyType)) as KeyRefusal };
      }
      case "wrap": {
        const client = clients.cryptography(key);
        const { result } = await client.call((client) => client.wrapKey(request.algorithm, request.dek, options));
        return { wrapped: answered(key, heard, result) };
      }
      case "unwrap": {
        const client = clients.cryptography(key);
        const { result } = await client.call((client) => client.unwrapKey(request.algorithm, request.wrapped, options));
        return { dek: answered(key, heard, result) };
      }
    }
  } catch (error) {
    if (error instanceof CredentialFailed) throw error.cause;
    signal?.throwIfAborted();
    const refused = refusalOf(key, error, heard, request.op === "unwrap");
    if (refused === undefined) throw error;
    return { refused };
  }
}
