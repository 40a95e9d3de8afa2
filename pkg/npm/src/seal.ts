/** Sealing: data becomes an envelope that any of the keys opens. */

import { type Progress, sealBody, sealedSize } from "./body.js";
import { type Context, type ExternalContext, external, now, pairs } from "./context.js";
import { envelope } from "./envelope-module.js";
import { call } from "./error.js";
import { type Data, inMemory, readPieces, sizeOf } from "./data.js";
import { type SealKey, sealKeys } from "./keys.js";
import { Output } from "./output.js";
import { type Asking, drive } from "./provider.js";
import type { Sealer } from "./wasm/envelope.js";

/** How to seal. */
export interface SealOptions extends Asking {
  /** The keys to wrap the data key under, at least one; any one of them opens. */
  keys: SealKey | readonly SealKey[];
  /** Encryption context: stored in clear, authenticated. For what an inventory or a policy should see. */
  context?: Context | undefined;
  /**
   * External context: not stored, and without it nothing opens. Bytes or text as they are; of named values the names are
   * stored, so that an opener learns what it must supply.
   */
  aad?: ExternalContext | undefined;
  /** What the data is, for example `acme.invoice/v2`. An opener can demand it. */
  namespace?: string | undefined;
  /** The media type of the data. */
  contentType?: string | undefined;
  /**
   * How the data is cut: in chunks of 16 KiB, the default, or of 256 KiB. Take `256k` from a few megabytes on: a call of
   * WebCrypto costs the same for either, so it is about twice as fast. Small data and reading of short ranges want `16k`.
   */
  suite?: "16k" | "256k" | undefined;
  /** Bytes to pad the head to, so that a later rewrap fits in its place. */
  padTo?: number | undefined;
  /** Hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's, for example `localhost:8443`. */
  hosts?: readonly string[] | undefined;
  limits?: SealLimits | undefined;
  /** Called after each chunk. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** Limits of a writer. */
export interface SealLimits {
  /** Key entries; 8, and up to 16. */
  keys?: number;
  /** Bytes of header with its padding; 16384, and up to 65536. */
  header?: number;
  /** Bytes of plaintext; 2^40, and below 2^52. */
  message?: number;
}

/**
 * Seals data under the keys given: a fresh data key encrypts it, and is itself wrapped under each of them.
 *
 * The result is the whole envelope in memory. For data larger than that, pipe it through {@link sealStream}.
 *
 * ```ts
 * import { open, seal } from "cmkit";
 * import { MemoryVault } from "cmkit/memory";
 *
 * const vault = new MemoryVault(); // in a program: your provider in front of Key Vault
 * const key = await vault.createKey("orders-kek");
 * const envelope = await seal("attack at dawn", { keys: key, provider: vault.provider, context: { tenant: "acme" } });
 *
 * const plaintext = await open(envelope, { keys: key, provider: vault.provider });
 * new TextDecoder().decode(plaintext); // "attack at dawn"
 * ```
 *
 * @throws CmkitError `denied` or `unavailable` where a holder refuses, `invalid_argument` or `too_large` for options that no
 * envelope can have. What the provider throws, and the signal's reason, as they are.
 */
export async function seal(data: Data, options: SealOptions): Promise<Uint8Array<ArrayBuffer>> {
  const input = inMemory(data) ?? data;
  const sealer = await beginSeal(options);
  try {
    const { signal, onProgress } = options;
    const [out, head, total] = [new Output(), headOf(sealer), sizeOf(input)];
    if (total !== undefined) out.reserve(head.length + sealedSize(sealer.chunkSize, total));
    out.add(head);
    const body = sealBody(sealer, { emit: (bytes) => out.add(bytes), total, signal, onProgress });
    await readPieces(input, (piece) => body.push(piece), signal);
    await body.finish();
    return out.take();
  } finally {
    sealer.free();
  }
}

/** Asks the holders and makes the head. @internal */
export async function beginSeal(options: SealOptions): Promise<Sealer> {
  const core = await envelope.ready();
  const { keys, hosts, context, namespace, contentType, padTo, limits = {} } = options;
  const { bytes, named } = external(options.aad);
  const list = sealKeys(core, keys, hosts);
  const settings = {
    context: pairs(context),
    named,
    namespace,
    contentType,
    suite: suiteNumber(options.suite),
    padTo,
    maxKeys: limits.keys,
    maxHeader: limits.header,
    maxMessage: limits.message,
  };
  const operation = call(() => core.seal(list, bytes, settings, now()));
  return drive(operation, options, (done) => done.sealer());
}

/** @internal */
export function headOf(sealer: Sealer): Uint8Array<ArrayBuffer> {
  return sealer.head as Uint8Array<ArrayBuffer>;
}

/** The core knows suites by their numbers; another word reaches it as it is and is refused there. */
function suiteNumber(suite: SealOptions["suite"]): number | string | undefined {
  return suite === "16k" ? 1 : suite === "256k" ? 2 : suite;
}
