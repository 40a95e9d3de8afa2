/** What a change does to each cluster: from one deployment to the next, or as a Terraform plan says. */
import { Documents, seconds, withSettings } from "./documents.js";
/**
 * What becomes of each cluster between two deployments, each of which is the whole. Without `after`, what the Terraform
 * plans in `before` do.
 *
 * ```ts
 * import { plan, scaffold } from "cmkit";
 * const [before, after] = ["one", "two"].map((key) => scaffold({ name: "orders", region: "westus3", to: "arm", key }));
 * console.log(plan(before!, after!).effect);
 * ```
 */
export function plan(before, after, options = {}) {
    const at = seconds(options.at);
    const next = after === undefined ? undefined : new Documents(after, undefined);
    return new Documents(before, undefined).lend((documents) => withSettings(options, (settings) => documents.plan(next?.hand(), at, settings)));
}
