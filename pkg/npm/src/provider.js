/** The joint between the package and whoever holds keys: the core asks, a provider answers. */
/// <reference lib="esnext.disposable" preserve="true" />
import { CmkitError, call } from "./error.js";
import { wipe, wrapPublic } from "./webcrypto.js";
/** Asks until the operation is done, and takes what it came to. @internal */
export async function drive(operation, asking, take) {
    try {
        await askAll(operation, asking);
        return call(() => take(operation));
    }
    finally {
        operation.free();
    }
}
async function askAll(operation, { provider, signal }) {
    for (;;) {
        signal?.throwIfAborted();
        const request = call(() => operation.request());
        if (request === undefined)
            return;
        try {
            if (request.op === "wrapPublic") {
                const wrapped = await wrapPublic(request);
                call(() => operation.wrapped(wrapped));
            }
            else {
                answer(operation, request, await ask(provider, request, signal));
            }
        }
        finally {
            if ("dek" in request)
                wipe(request.dek);
        }
    }
}
async function ask(provider, request, signal) {
    if (provider === undefined) {
        throw new CmkitError("invalid_argument", `\`${request.key}\` is in a vault: give a \`provider\` that can ask it`);
    }
    return unlessAborted(signal, async () => provider(request, signal));
}
/** Waits for a promise, or for the signal, whichever comes first. */
export async function unlessAborted(signal, run) {
    if (signal === undefined)
        return run();
    signal.throwIfAborted();
    let stop = () => { };
    const aborted = new Promise((_, reject) => {
        stop = () => reject(signal.reason);
        signal.addEventListener("abort", stop, { once: true });
    });
    try {
        return await Promise.race([run(), aborted]);
    }
    finally {
        signal.removeEventListener("abort", stop);
    }
}
function answer(operation, request, reply) {
    if (typeof reply !== "object" || reply === null)
        throw invalidReply(request.key, "it is no object");
    if ("key" in reply)
        return resolved(operation, request.key, reply.key);
    if ("wrapped" in reply)
        return call(() => operation.wrapped(bytes(request.key, "wrapped", reply.wrapped)));
    if ("dek" in reply)
        return call(() => operation.unwrapped(bytes(request.key, "dek", reply.dek)));
    if ("refused" in reply) {
        const { kind, reason, message, retryAfter, mend } = reply.refused;
        return call(() => operation.refused(kind, String(reason), String(message), retryAfter, mend));
    }
    throw invalidReply(request.key, "it has none of `key`, `wrapped`, `dek` and `refused`");
}
function resolved(operation, asked, state) {
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
function bytes(key, name, value) {
    const found = keyBytes(value);
    if (found === undefined)
        throw invalidReply(key, `its \`${name}\` is neither a Uint8Array nor base64url`);
    return found;
}
/** Bytes, or text in base64url or in the base64 that `az` prints. */
export function keyBytes(value) {
    if (value instanceof Uint8Array)
        return value;
    if (typeof value !== "string")
        return undefined;
    try {
        return Uint8Array.from(atob(value.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    }
    catch {
        return undefined;
    }
}
function invalidReply(key, why) {
    return new CmkitError("invalid_reply", `the provider's reply about \`${key}\` does not answer the request: ${why}`);
}
