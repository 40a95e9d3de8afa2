/** The joint between the package and whoever holds keys: the core asks, a provider answers. */

/// <reference lib="esnext.disposable" preserve="true" />

import { CmkitError, call } from "./error.js";
import { type WrapPublic, wipe, wrapPublic } from "./webcrypto.js";
import type { Operation } from "./wasm/envelope.js";

/**
 * What a key holder is asked. The key is one that the caller's configuration allows, never one that only the bytes of an
 * envelope name.
 */
export type KeyRequest =
  /** Describe a key: the newest version of a key without version, or the version that is named. */
  | { op: "resolve"; key: string }
  /** Wrap a data key. Asked for symmetric keys only: under RSA the public key is enough. `dek` is wiped after the reply. */
  | { op: "wrap"; key: string; algorithm: "A256KW"; dek: Uint8Array<ArrayBuffer> }
  /**
   * Unwrap a data key with exactly this version. `cacheId` is a digest of the wrapped key together with the
   * configuration that allowed it: what a cache of unwrapped keys looks up.
   */
  | {
      op: "unwrap";
      key: string;
      algorithm: "RSA-OAEP-256" | "A256KW";
      wrapped: Uint8Array<ArrayBuffer>;
      cacheId: string;
    };

/** The answer of a key holder: to `resolve`, to `wrap`, to `unwrap`, and to anything that it says no. */
export type KeyReply = { key: KeyState } | { wrapped: Uint8Array } | { dek: Uint8Array } | { refused: KeyRefusal };

/** A key version as its holder describes it, in the words of Key Vault's own reply. Times are seconds since 1970. */
export interface KeyState {
  /** The key's identifier with its version. */
  key: string;
  kty: "RSA" | "RSA-HSM" | "oct" | "oct-HSM";
  /** The modulus of an RSA key: base64url as in a JSON Web Key, or big-endian bytes. */
  n?: string | Uint8Array;
  /** The public exponent; 65537 where it is left out, and nothing else is supported. */
  e?: string | Uint8Array;
  /** True unless said otherwise. */
  enabled?: boolean;
  notBefore?: number;
  expires?: number;
  created?: number;
  /** The key's operations; every one where they are left out. */
  keyOps?: string[];
}

/** Why a holder says no. */
export interface KeyRefusal {
  /**
   * `denied`: it won't (no permission, key disabled or gone). `unavailable`: it can't now. `wrongCiphertext`: it tried, and
   * the wrapped key is not one of its own.
   */
  kind: "denied" | "unavailable" | "wrongCiphertext";
  /** The holder's own code, for example `ForbiddenByRbac` or `KeyDisabled`. */
  reason: string;
  message: string;
  /** Seconds after which a retry makes sense. */
  retryAfter?: number;
  /** What to do about it; ends the message of the error. */
  mend?: string;
}

/**
 * Answers requests about keys: a function in front of Key Vault, of your back end, or of a test's
 * [MemoryVault](./memory.ts). A holder's *no* is a reply, `refused`; sealing and opening then go on as they should. What a
 * provider throws ends the call and reaches its caller as it is.
 *
 * ```ts
 * // A browser can't reach Key Vault (it has no CORS), so it asks the application's back end.
 * const provider: Provider = async (request, signal) => {
 *   const response = await fetch("/keys", { method: "POST", body: encodeRequest(request), signal: signal ?? null });
 *   return decodeReply(await response.arrayBuffer());
 * };
 * ```
 */
export type Provider = (request: KeyRequest, signal?: AbortSignal) => KeyReply | Promise<KeyReply>;

/** Who is asked, and until when. */
export interface Asking {
  /** Answers for keys in a vault; not needed where all keys are the program's own. */
  provider?: Provider | undefined;
  /** Ends the call: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Asks until the operation is done, and takes what it came to. @internal */
export async function drive<T>(operation: Operation, asking: Asking, take: (operation: Operation) => T): Promise<T> {
  try {
    await askAll(operation, asking);
    return call(() => take(operation));
  } finally {
    operation.free();
  }
}

async function askAll(operation: Operation, { provider, signal }: Asking): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const request: KeyRequest | WrapPublic | undefined = call(() => operation.request());
    if (request === undefined) return;
    try {
      if (request.op === "wrapPublic") {
        const wrapped = await wrapPublic(request);
        call(() => operation.wrapped(wrapped));
      } else {
        answer(operation, request, await ask(provider, request, signal));
      }
    } finally {
      if ("dek" in request) wipe(request.dek);
    }
  }
}

async function ask(provider: Provider | undefined, request: KeyRequest, signal?: AbortSignal): Promise<KeyReply> {
  if (provider === undefined) {
    throw new CmkitError("invalid_argument", `\`${request.key}\` is in a vault: give a \`provider\` that can ask it`);
  }
  return unlessAborted(signal, async () => provider(request, signal));
}

/** Waits for a promise, or for the signal, whichever comes first. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
  if (signal === undefined) return run();
  signal.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([run(), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function answer(operation: Operation, request: KeyRequest, reply: KeyReply): void {
  if (typeof reply !== "object" || reply === null) throw invalidReply(request.key, "it is no object");
  if ("key" in reply) return resolved(operation, request.key, reply.key);
  if ("wrapped" in reply) return call(() => operation.wrapped(bytes(request.key, "wrapped", reply.wrapped)));
  if ("dek" in reply) return call(() => operation.unwrapped(bytes(request.key, "dek", reply.dek)));
  if ("refused" in reply) {
    const { kind, reason, message, retryAfter, mend } = reply.refused;
    return call(() => operation.refused(kind, String(reason), String(message), retryAfter, mend));
  }
  throw invalidReply(request.key, "it has none of `key`, `wrapped`, `dek` and `refused`");
}

function resolved(operation: Operation, asked: string, state: KeyState): void {
  const { key, kty, n, e = "AQAB", enabled = true, notBefore, expires, created, keyOps } = state;
  const mayWrap = keyOps?.includes("wrapKey") ?? true;
  const described = { key, enabled, notBefore, expires, created, mayWrap };
  switch (kty) {
    case "RSA":
    case "RSA-HSM": {
      const [modulus, exponent] = [bytes(asked, "n", n), bytes(asked, "e", e)];
      return call(() => operation.resolved(described, modulus, exponent));
    }
    case "oct":
    case "oct-HSM":
      return call(() => operation.resolved(described));
    default:
      throw new CmkitError("unsupported", `\`${asked}\` is of type \`${String(kty)}\`: take an RSA or a symmetric key`);
  }
}

function bytes(key: string, name: string, value: unknown): Uint8Array {
  const found = keyBytes(value);
  if (found === undefined) throw invalidReply(key, `its \`${name}\` is neither a Uint8Array nor base64url`);
  return found;
}

/** Bytes, or text in base64url or in the base64 that `az` prints. */
export function keyBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") return undefined;
  try {
    return Uint8Array.from(atob(value.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function invalidReply(key: string, why: string): CmkitError {
  return new CmkitError("invalid_reply", `the provider's reply about \`${key}\` does not answer the request: ${why}`);
}
