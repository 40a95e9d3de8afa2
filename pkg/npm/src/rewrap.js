/** Rewrap: new key entries for the same data key. The body stays as it is, byte for byte, and isn't even read. */
import { external, now } from "./context.js";
import { envelope } from "./envelope-module.js";
import { call } from "./error.js";
import { readHead } from "./inspect.js";
import { openKeys, sealKeys } from "./keys.js";
import { drive } from "./provider.js";
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
export async function rewrap(envelopeOrRecord, options) {
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
        return await drive(operation, options, (done) => done.head());
    }
    finally {
        allowed.free();
    }
}
