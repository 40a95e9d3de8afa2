/** A new deployment from a few choices. */
import { call } from "./error.js";
import { policy } from "./policy-module.js";
/**
 * Writes a deployment that passes the check: identity, vault, key, grant and cluster. It holds no secret.
 *
 * ```ts
 * import { scaffold } from "cmkit";
 * const bicep = scaffold({ name: "orders", region: "westus3", to: "bicep" });
 * ```
 *
 * @throws CmkitError `invalid_argument` for names and choices that the services don't take.
 */
export function scaffold(options) {
    const { to, ...choices } = options;
    return call(() => policy.get().scaffold(choices, to));
}
