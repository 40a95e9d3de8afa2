/** Mends documents: the patches of a check's findings, applied as far as they mend. */
import { Documents, seconds, withSettings } from "./documents.js";
/**
 * Mends what a check finds. A mend is kept if its finding is gone after it and no error came.
 *
 * ```ts
 * import { fix } from "cmkit";
 * const vault = `{ "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv", "apiVersion": "2023-07-01",
 *   "properties": { "enablePurgeProtection": false } }] }`;
 * const { documents, left } = fix(vault, { irreversible: true });
 * ```
 */
export function fix(input, options = {}) {
    const { name, only = [], irreversible = false, ...judgement } = options;
    const at = seconds(judgement.at);
    const documents = new Documents(input, name);
    const { texts, done, left } = documents.lend((documents) => withSettings(judgement, (settings) => documents.fix({ only, irreversible }, at, settings)));
    return { documents: documents.names.map((name, index) => ({ name, text: texts[index] })), done, left };
}
