/** The dates ahead of a deployment: expiries, rotations, ends of retentions and of accepted findings. */

import { Documents, seconds, withSettings } from "./documents.js";
import type { Input } from "./input.js";
import type { Judgement } from "./judgement.js";
import type { Evidence } from "./what-if.js";
import type { DateKind, Level, RuleCode } from "./words.js";

/** From when on, and how far. */
export interface CalendarOptions extends Omit<Judgement, "baseline"> {
  /** So many days; without an end if left out. */
  days?: number | undefined;
}

/** What lies ahead, in order; entries without a date come last. */
export interface Calendar {
  /** The version of this shape: 1. */
  schema: 1;
  /** The first moment that was looked at. */
  from: string;
  /** The last one; `null` is no end. */
  until: string | null;
  entries: CalendarEntry[];
}

/** One date. */
export interface CalendarEntry {
  /** When; `null` where the files don't say. */
  at: string | null;
  /** Its time is past and nothing in the files shows that it happened. */
  overdue: boolean;
  kind: DateKind;
  /** What it is about; the name of a key is `vault/key`. */
  subject: string;
  /** What happens. */
  what: string;
  /** The clusters under the key. */
  clusters: string[];
  /** The codes of the rules behind it, without those that the settings turn off. */
  rules: RuleCode[];
  /** How bad these are at most, by the settings. */
  level: Level | null;
  /** Why the findings of all of these will be accepted on that day, if they will. */
  accepted: string | null;
  file: string;
  line: number;
  /** JSON Pointer of the value that it is worked out from. */
  pointer: string;
  /** What would settle it, where the files don't say. */
  unknown: Evidence | null;
}

/**
 * The dates from `at` on.
 *
 * ```ts
 * import { calendar, scaffold } from "cmkit";
 * const template = scaffold({ name: "orders", region: "westus3", to: "arm", expiry: "P2Y" });
 * for (const { at, what } of calendar(template, { days: 365 }).entries) console.log(at, what);
 * ```
 */
export function calendar(input: Input, options: CalendarOptions = {}): Calendar {
  const from = seconds(options.at);
  return new Documents(input, undefined).lend((documents) =>
    withSettings(options, (settings) => documents.calendar(from, options.days, settings)),
  );
}
