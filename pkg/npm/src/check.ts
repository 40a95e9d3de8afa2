/** Checks documents against every rule. */

import { Documents } from "./documents.js";
import type { Input } from "./input.js";
import type { Judgement } from "./judgement.js";
import { Report } from "./report.js";

/** How a check is made. */
export interface CheckOptions extends Judgement {
  /** The name of the one document in findings; `input` if left out. */
  name?: string | undefined;
}

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
export function check(input: Input, options: CheckOptions = {}): Report {
  return new Report(new Documents(input, options.name), options);
}
