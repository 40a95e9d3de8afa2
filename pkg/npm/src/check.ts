/** Checks documents against every rule. */

import { call, CmkitError } from "./error.js";
import { type Input, textsOf, type Time } from "./input.js";
import { policy } from "./policy-module.js";
import { Report } from "./report.js";

/** How a check is made. */
export interface CheckOptions {
  /** The time that the check is for; now if left out. */
  at?: Time;
  /** The name of the one document in findings; `input` if left out. */
  name?: string;
  /** The content of a `.cmkit.json`, as text or as object. */
  settings?: string | object;
  /** A baseline that accepts known findings, as text or as object. */
  baseline?: string | object;
}

/**
 * Checks documents before they are deployed. Nothing is fetched, and nothing leaves the process.
 *
 * ```ts
 * import { check } from "cmkit";
 * const report = check({ cmkit: "form/1", encryptionMode: "CustomerManaged", purgeProtection: false }, { at: "2026-12-01" });
 * for (const finding of report.findings) console.log(finding.code, finding.level, finding.message);
 * ```
 *
 * @throws CmkitError `input` for what is no JSON or nothing to check, with line and column.
 */
export function check(input: Input, options: CheckOptions = {}): Report {
  const module = policy.get();
  return call(() => {
    const documents = new module.Documents();
    for (const { name, text } of textsOf(input, options.name)) documents.add(name, text);
    let settings;
    if (options.settings !== undefined || options.baseline !== undefined) {
      const text = (value: string | object) => (typeof value === "string" ? value : JSON.stringify(value));
      settings = new module.Settings(".cmkit.json", text(options.settings ?? "{}"));
      if (options.baseline !== undefined) settings.baseline("baseline", text(options.baseline));
    }
    return new Report(documents.check(seconds(options.at), settings));
  });
}

/** A point in time in seconds since 1970; now if there is none. */
export function seconds(at: Time | undefined): number {
  if (at === undefined) return Math.floor(Date.now() / 1000);
  if (typeof at === "string") return policy.get().parseTime(at);
  const seconds = typeof at === "number" ? at : at.getTime() / 1000;
  if (!Number.isFinite(seconds)) throw new CmkitError("invalid_argument", "`at` is not a point in time");
  return Math.floor(seconds);
}
