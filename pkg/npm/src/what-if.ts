/** What an event does to the data, and when: a key is deleted, a firewall closed. */

import { Documents, seconds } from "./documents.js";
import type { Input } from "./input.js";
import type { Time } from "./judgement.js";
import type { Basis, Event, Outcome, RuleCode } from "./words.js";

/** Which of several is meant, and when. */
export interface WhatIfOptions {
  /** When it happens; now if left out. */
  at?: Time;
  /** The key, with or without its vault: `kv-orders/orders-kek`. */
  key?: string;
  /** The version of the key, for `version-disabled`; an older one than the newest if left out. */
  version?: string;
  vault?: string;
  identity?: string;
  cluster?: string;
}

/** What an event does to the clusters of a deployment. */
export interface WhatIf {
  /** The version of this shape: 1. */
  schema: 1;
  event: Event;
  /** When it happens. */
  at: string;
  /** One for each thing that it can happen to. */
  sections: Section[];
  remarks: string[];
  /** The rules that guard against it. */
  rules: RuleCode[];
  /** The public pages that the answer rests on. */
  sources: string[];
}

/** One thing that the event happens to, and every cluster that uses it or doesn't. */
export interface Section {
  kind: "key" | "vault" | "identity" | "grant" | "cluster";
  /** Its name; that of a key is `vault/key`. */
  name: string;
  /** The clusters that use it. */
  clusters: Outlook[];
  /** The clusters that don't, or of which the files don't say. */
  others: { cluster: string; unknown: boolean; reason: string }[];
}

/** What lies ahead of one cluster. */
export interface Outlook {
  cluster: string;
  /** What becomes of the cluster. */
  outcome: Outcome;
  /** What becomes of the data. */
  data: Fate;
  /** The errors that the documents have already, before the event. */
  already: RuleCode[];
  /** What happens, in order. */
  steps: Step[];
  /** What holds in the meantime. */
  meanwhile: Remark[];
  /** How it comes back: in this order. */
  recovery: { what: string; command: string | null }[];
  /** What goes wrong on the way. */
  traps: Remark[];
}

/** What becomes of the data. */
export type Fate =
  /** It stays, and can be read once the cluster has its key. */
  | { fate: "safe" }
  /** It can be brought back until then, and is lost for good after. */
  | { fate: "recoverable_until"; until: string }
  /** It can be lost for good at any moment: whoever may purge can end it early. */
  | { fate: "purgeable"; until: string | null }
  /** It is lost for good since then. */
  | { fate: "lost"; at: string }
  /** The files don't say. */
  | { fate: "unknown"; evidence: string; command: string | null };

/** One step of a timeline. `T` is the event, `R` the moment at which access to the key is back. */
export interface Step {
  /** `T+0`, `by T+60 min`, `T+90 d`, `by R+60 min`. */
  when: string;
  /** Not before this time, where it is known. */
  from: string | null;
  /** Not after this time, where it is known. */
  until: string | null;
  what: string;
  basis: Basis;
  /** What would settle it, where the files don't say. */
  unknown: Evidence | null;
}

/** What would settle what the files don't say. */
export interface Evidence {
  evidence: string;
  command: string | null;
}

/** Something to know. */
export interface Remark {
  what: string;
  basis: Basis;
}

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
export function whatIf(input: Input, event: Event, options: WhatIfOptions = {}): WhatIf {
  const { at, ...selection } = options;
  const time = seconds(at);
  return new Documents(input, undefined).lend((documents) => documents.whatIf(event, time, selection));
}
