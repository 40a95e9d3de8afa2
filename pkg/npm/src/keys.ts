/** Which keys seal and which may open: the caller's side of an envelope's key entries. */

import { CmkitError, call } from "./error.js";
import { keyBytes } from "./provider.js";
import type * as Core from "./wasm/envelope.js";
import { wrapsOnHost } from "./webcrypto.js";
import type { DataKey } from "./data-key.js";
import type { ServiceKey } from "./service-key.js";

/**
 * A key to seal under: the identifier of a key in Key Vault or Managed HSM, a key of the program itself, or a data key.
 *
 * Write a vault's key without a version (`https://VAULT.vault.azure.net/keys/NAME`): sealing takes the newest one.
 */
export type SealKey = string | ServiceKey | DataKey;

/** A key that may open. A vault's key without a version may in every version. */
export type OpenKey = string | AllowedKey | ServiceKey | DataKey;

/** A key of a vault that may open, and in which versions. */
export interface AllowedKey {
  /** The key, without a version. */
  key: string;
  /** Only these versions, of 32 hexadecimal digits. */
  versions?: string[];
  /** Not these versions: a version that leaked. */
  refusedVersions?: string[];
  /** Only versions that the vault made at this time or later; the vault is asked. A number is seconds since 1970. */
  createdAfter?: Date | number;
  /**
   * Public keys that are known for versions. An envelope under one of them opens whatever vault it names: a vault that was
   * restored elsewhere.
   */
  publicKeys?: KnownPublicKey[];
}

/** The public key of a key version, in base64url as in a JSON Web Key or as big-endian bytes. */
export interface KnownPublicKey {
  version: string;
  n: string | Uint8Array;
  e?: string | Uint8Array;
}

/** How a key that this package holds adds itself to a list of the core's. @internal */
export const addTo: unique symbol = Symbol("addTo");

/** The core's list of keys to seal under. @internal */
export function sealKeys(core: typeof Core, keys: SealKey | readonly SealKey[], hosts: readonly string[] = []): Core.SealKeys {
  const list = new core.SealKeys();
  try {
    for (const key of listOf(keys)) {
      if (typeof key === "string") call(() => list.vault(key, [...hosts], wrapsOnHost()));
      else if (addTo in Object(key)) key[addTo](list);
      else throw notAKey();
    }
    return list;
  } catch (error) {
    list.free();
    throw error;
  }
}

/** The core's list of keys that may open. @internal */
export function openKeys(core: typeof Core, keys: OpenKey | readonly OpenKey[], hosts: readonly string[] = []): Core.AllowedKeys {
  const list = new core.AllowedKeys();
  try {
    for (const key of listOf(keys)) {
      if (typeof key === "string") allow(list, { key }, hosts);
      else if (addTo in Object(key)) (key as ServiceKey | DataKey)[addTo](list);
      else if ("key" in Object(key)) allow(list, key as AllowedKey, hosts);
      else throw notAKey();
    }
    return list;
  } catch (error) {
    list.free();
    throw error;
  }
}

function allow(list: Core.AllowedKeys, allowed: AllowedKey, hosts: readonly string[]): void {
  const { key, versions = [], refusedVersions = [], createdAfter, publicKeys = [] } = allowed;
  const bound = createdAfter instanceof Date ? Math.ceil(createdAfter.getTime() / 1000) : createdAfter;
  call(() => list.vault(key, [...hosts], [...versions], [...refusedVersions], bound));
  for (const { version, n, e = "AQAB" } of publicKeys) {
    const [modulus, exponent] = [keyBytes(n), keyBytes(e)];
    if (modulus === undefined || exponent === undefined) {
      throw new CmkitError("invalid_argument", `a public key of \`${key}\` is neither base64url nor a Uint8Array`);
    }
    call(() => list.publicKey(version, modulus, exponent));
  }
}

function listOf<T>(keys: T | readonly T[]): readonly T[] {
  return Array.isArray(keys) ? (keys as readonly T[]) : [keys as T];
}

function notAKey(): CmkitError {
  return new CmkitError("invalid_argument", "a key is an identifier (`https://..`), a ServiceKey or a DataKey");
}
