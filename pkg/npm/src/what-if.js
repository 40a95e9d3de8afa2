/** What an event does to the data, and when: a key is deleted, a firewall closed. */
import { Documents, seconds } from "./documents.js";
/**
 * Tells what an event does to the clusters: what happens when, what becomes of the data, and how it comes back.
 *
 * ```ts
 * import { scaffold, whatIf } from "cmkit";
 * const template = scaffold({ name: "orders", region: "westus3", to: "arm" });
 * const { sections } = whatIf(template, "key-deleted", { at: "2026-12-01" });
 * console.log(sections[0]?.clusters[0]?.outcome); // inaccessible
 * ```
 *
 * @throws CmkitError `invalid_argument` where nothing in the documents is what the options name.
 */
export function whatIf(input, event, options = {}) {
    const { at, ...selection } = options;
    const time = seconds(at);
    return new Documents(input, undefined).lend((documents) => documents.whatIf(event, time, selection));
}
