/** Loads the modules ahead of their use. In Node nobody has to. */
import { envelope } from "./envelope-module.js";
import { policy } from "./policy-module.js";
/**
 * Loads both modules. Whatever is loaded already stays.
 *
 * Browsers need this before synchronous functions such as `check`; asynchronous ones such as `seal` load by themselves.
 * Where only one of the two is wanted, {@link initPolicy} and {@link initEnvelope} load it alone.
 *
 * ```ts
 * import { check, init } from "cmkit";
 * await init();
 * const report = check({ cmkit: "form/1", encryptionMode: "CustomerManaged" });
 * ```
 */
export async function init(sources = {}) {
    await Promise.all([envelope.load(sources.envelope), policy.load(sources.policy)]);
}
/** Loads the module of `seal`, `open`, `rewrap` and `inspect`. */
export function initEnvelope(source) {
    return envelope.load(source);
}
/** Loads the module of `check`, `explain`, `whatIf`, `plan`, `fix` and `scaffold`. */
export function initPolicy(source) {
    return policy.load(source);
}
/** Loads modules at once, from their bytes or compiled modules. Chromium's main thread takes up to 8 MB. */
export function initSync(sources) {
    if (sources.envelope !== undefined)
        envelope.loadSync(sources.envelope);
    if (sources.policy !== undefined)
        policy.loadSync(sources.policy);
}
