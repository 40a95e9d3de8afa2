/** The table of rules. */
import { policy } from "./policy-module.js";
let table;
function all() {
    table ??= new Map(policy.get().rules().map((rule) => [rule.code, Object.freeze(rule)]));
    return table;
}
/**
 * Every rule, in the order of the codes.
 *
 * ```ts
 * import { rules } from "cmkit";
 * const fatal = rules().filter((rule) => rule.consequence === "data_loss");
 * ```
 */
export function rules() {
    return [...all().values()];
}
export function rule(code) {
    return all().get(code);
}
const NOTHING = { why: "", evidence: "" };
/** What all findings of a rule have in common. */
export function shared(code) {
    return all().get(code) ?? NOTHING;
}
