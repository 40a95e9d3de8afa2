/** Explains the code of a rule, an error text of Azure, or a line of a vault's log. */

import { Documents, seconds, withSettings } from "./documents.js";
import { call } from "./error.js";
import type { Input } from "./input.js";
import type { Judgement } from "./judgement.js";
import { policy } from "./policy-module.js";
import type { Rule } from "./rules.js";
import type { RuleCode, Standing } from "./words.js";

/** What a text is held against. */
export interface ExplainOptions extends Omit<Judgement, "baseline"> {
  documents?: Input | undefined;
}

/** What a code or a text means. */
export interface Explanation {
  /** The version of this shape: 1. */
  schema: 1;
  /** The rule, where the text is its code. */
  rule: Rule | null;
  /** What the documents say of that rule. */
  standing: Standing;
  /** Its findings. */
  findings: Cited[];
  /** What the text was recognised as. */
  symptoms: { id: string; meaning: string; source: string }[];
  /** What else the text says, for example the name of a vault. */
  seen: { name: string; value: string }[];
  /** What it can come from, the likeliest first. */
  causes: Cause[];
  remarks: string[];
  /** Codes that may be meant, where nothing was recognised. */
  nearest: RuleCode[];
}

/** What it can come from. */
export interface Cause {
  what: string;
  /** The rules that find it. */
  rules: RuleCode[];
  /** Where to look. */
  look: string;
  /** The command that looks. */
  command: string | null;
  /** What the documents say of it. */
  standing: Standing;
  findings: Cited[];
}

/** A finding that is cited. */
export interface Cited {
  code: RuleCode;
  message: string;
  file: string;
  line: number;
  evidence: string | null;
  command: string | null;
}

/**
 * Explains the code of a rule, or any text: an error message, a line of a log. With documents, causes that they rule out
 * come last, and those that they show first.
 *
 * ```ts
 * import { explain } from "cmkit";
 * const { causes } = explain("Operation wrapKey is not allowed on a disabled key.");
 * ```
 */
export function explain(text: string, options: ExplainOptions = {}): Explanation {
  if (options.documents === undefined) return call(() => policy.get().explain(text));
  const at = seconds(options.at);
  return new Documents(options.documents, undefined).lend((documents) =>
    withSettings(options, (settings) => documents.explain(text, at, settings)),
  );
}
