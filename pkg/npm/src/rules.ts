/** The table of rules. */

import { policy } from "./policy-module.js";
import type { Shared } from "./rows.js";
import type { Basis, Consequence, Level, Relation, RuleCode } from "./words.js";

/** A rule: its code, and all that is said about it anywhere. */
export interface Rule {
  readonly code: RuleCode;
  /** What is right, in a few words. */
  readonly title: string;
  /** How bad it is to break it. */
  readonly level: Level;
  /** What happens then. */
  readonly consequence: Consequence;
  /** How soon. */
  readonly timeToImpact: string;
  /** What settles it where the files don't. */
  readonly evidence: string;
  /** Why it matters. */
  readonly why: string;
  /** How to mend it. */
  readonly fix: string;
  /** The mend can't be undone, or can't be made later. */
  readonly irreversible: boolean;
  /** The public page that it rests on. */
  readonly source: string;
  /** How sure it is. */
  readonly basis: Basis;
  /** The like rules of other tools. */
  readonly crosswalk: readonly Readonly<{ tool: string; id: string; relation: Relation }>[];
}

let table: Map<string, Rule> | undefined;

function all(): Map<string, Rule> {
  table ??= new Map(policy.get().rules().map((rule: Rule) => [rule.code, Object.freeze(rule)]));
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
export function rules(): Rule[] {
  return [...all().values()];
}

/** The rule of a code, if there is one. */
export function rule(code: RuleCode): Rule;
export function rule(code: string): Rule | undefined;
export function rule(code: string): Rule | undefined {
  return all().get(code);
}

const NOTHING: Shared = { why: "", evidence: "" };

/** What all findings of a rule have in common. */
export function shared(code: RuleCode): Shared {
  return all().get(code) ?? NOTHING;
}
