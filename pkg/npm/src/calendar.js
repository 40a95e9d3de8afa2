/** The dates ahead of a deployment: expiries, rotations, ends of retentions and of accepted findings. */
import { Documents, seconds, withSettings } from "./documents.js";
/**
 * The dates from `at` on.
 *
 * ```ts
 * import { calendar, scaffold } from "cmkit";
 * const template = scaffold({ name: "orders", region: "westus3", to: "arm", expiry: "P2Y" });
 * for (const { at, what } of calendar(template, { days: 365 }).entries) console.log(at, what);
 * ```
 */
export function calendar(input, options = {}) {
    const from = seconds(options.at);
    return new Documents(input, undefined).lend((documents) => withSettings(options, (settings) => documents.calendar(from, options.days, settings)));
}
