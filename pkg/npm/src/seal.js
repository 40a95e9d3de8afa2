/** Sealing: data becomes an envelope that any of the keys opens. */
import { sealBody, sealedSize } from "./body.js";
import { external, now, pairs } from "./context.js";
import { envelope } from "./envelope-module.js";
import { call } from "./error.js";
import { inMemory, readPieces, sizeOf } from "./data.js";
import { sealKeys } from "./keys.js";
import { Output } from "./output.js";
import { drive } from "./provider.js";
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
export async function seal(data, options) {
    const input = inMemory(data) ?? data;
    const sealer = await beginSeal(options);
    try {
        const { signal, onProgress } = options;
        const [out, head, total] = [new Output(), headOf(sealer), sizeOf(input)];
        if (total !== undefined)
            out.reserve(head.length + sealedSize(sealer.chunkSize, total));
        out.add(head);
        const body = sealBody(sealer, { emit: (bytes) => out.add(bytes), total, signal, onProgress });
        await readPieces(input, (piece) => body.push(piece), signal);
        await body.finish();
        return out.take();
    }
    finally {
        sealer.free();
    }
}
/** Asks the holders and makes the head. @internal */
export async function beginSeal(options) {
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
export function headOf(sealer) {
    return sealer.head;
}
/** The core knows suites by their numbers; another word reaches it as it is and is refused there. */
function suiteNumber(suite) {
    return suite === "16k" ? 1 : suite === "256k" ? 2 : suite;
}
