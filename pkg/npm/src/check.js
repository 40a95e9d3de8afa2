/** Checks documents against every rule. */
import { Documents } from "./documents.js";
import { Report } from "./report.js";
/**
 * Checks documents before they are deployed. Nothing is fetched, and nothing leaves the process.
 *
 * ```ts
 * import { check } from "cmkit";
 * const keyUrl = "https://kv-orders.vault.azure.net/keys/orders";
 * const report = check({ cmkit: "form/1", encryptionMode: "CustomerManaged", keyUrl, purgeProtection: false });
 * for (const finding of report.findings) console.log(finding.code, finding.level, finding.message);
 * ```
 *
 * @throws CmkitError `input` for what is no JSON or nothing to check, with line and column; `too_large` over a limit.
 */
export function check(input, options = {}) {
    return new Report(new Documents(input, options.name), options);
}
