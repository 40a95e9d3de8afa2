/** Explains the code of a rule, an error text of Azure, or a line of a vault's log. */
import { Documents, seconds, withSettings } from "./documents.js";
import { call } from "./error.js";
import { policy } from "./policy-module.js";
/**
 * Explains the code of a rule, or any text: an error message, a line of a log. With documents, causes that they rule out
 * come last, and those that they show first.
 *
 * ```ts
 * import { explain } from "cmkit";
 * const { causes } = explain("Operation wrapKey is not allowed on a disabled key.");
 * ```
 */
export function explain(text, options = {}) {
    if (options.documents === undefined)
        return call(() => policy.get().explain(text));
    const at = seconds(options.at);
    return new Documents(options.documents, undefined).lend((documents) => withSettings(options, (settings) => documents.explain(text, at, settings)));
}
