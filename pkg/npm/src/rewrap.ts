/** Rewrap: new key entries for the same data key. The body stays as it is, byte for byte, and isn't even read. */

import { type ExternalContext, external, now } from "./context.js";
import { envelope } from "./envelope-module.js";
import { call } from "./error.js";
import { readHead } from "./inspect.js";
import { type OpenKey, openKeys, type SealKey, sealKeys } from "./keys.js";
import { type Asking, drive } from "./provider.js";

/** How to rewrap. */
export interface RewrapOptions extends Asking {
  /** The keys that may open the present head. */
  keys: OpenKey | readonly OpenKey[];
  /** The keys to wrap under. */
  to: SealKey | readonly SealKey[];
  /** `all`: the present entries stay, and a new one for the same key takes the old one's place. `none` stays by default. */
  keep?: "none" | "all" | undefined;
  /** Bytes that the new head is to have, or `inPlace`: as many as the present one, to be written over it. */
  pad?: number | "inPlace" | undefined;
  /** The external context. Where it is given, the commitment to it is checked too. */
  aad?: ExternalContext | undefined;
  /** True where a head is given that is kept apart from its body: bytes behind it are refused. */
  detached?: boolean | undefined;
  /** Hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's. */
  hosts?: readonly string[] | undefined;
  limits?: { keys?: number; header?: number } | undefined;
}

/**
 * Makes the new head of an envelope, or a new key record, for other keys or the newest version of the same ones. The head
 * is all that is read and all that is returned: its size is no matter of the data's.
 *
 * Rewrap is not revocation: a kept copy of the old head opens the body as long as its key version is enabled.
 *
 * ```ts
 * const head = await rewrap(file, { keys: key, to: key, provider }); // after a rotation of `key`
 * const rotated = new Blob([head, file.slice((await inspect(file)).headSize)]);
 * ```
 *
 * @throws CmkitError as {@link open} for the present head and {@link seal} for the new one; `too_large` where it doesn't fit.
 */
export async function rewrap(
  envelopeOrRecord: Uint8Array | ArrayBuffer | Blob,
  options: RewrapOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const core = await envelope.ready();
  const { keep, pad, detached, hosts, limits = {} } = options;
  const { bytes, named } = external(options.aad);
  const head = await readHead(envelopeOrRecord, limits.header);
  const settings = {
    named,
    keep: keep === "all",
    padTo: typeof pad === "number" ? pad : undefined,
    inPlace: pad === "inPlace",
    detached,
    maxKeys: limits.keys,
    maxHeader: limits.header,
  };
  const allowed = openKeys(core, options.keys, hosts);
  try {
    const to = sealKeys(core, options.to, hosts);
    const operation = call(() => core.rewrap(head, allowed, to, bytes, settings, now()));
    return await drive(operation, options, (done) => done.head() as Uint8Array<ArrayBuffer>);
  } finally {
    allowed.free();
  }
}
