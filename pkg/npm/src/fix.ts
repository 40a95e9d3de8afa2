/** Mends documents: the patches of a check's findings, applied as far as they mend. */

import { Documents, seconds, withSettings } from "./documents.js";
import type { Finding } from "./finding.js";
import type { Input } from "./input.js";
import type { Judgement } from "./judgement.js";
import type { RuleCode } from "./words.js";

/** What to mend. */
export interface FixOptions extends Judgement {
  /** The name of the one document in findings; `input` if left out. */
  name?: string;
  /** Only these codes. */
  only?: RuleCode[];
  /** Also what can't be undone. */
  irreversible?: boolean;
}

/** What came of it. */
export interface Fixed {
  /** Every document, mended or not, in the order in which they were given; comments and layout stay. */
  documents: { name: string; text: string }[];
  /** The findings that are mended, in the order in which that was done. */
  done: Finding[];
  /** The findings that were chosen and still stand. */
  left: { finding: Finding; reason: LeftBecause }[];
}

/** Why a finding was left: a person has to decide, it can't be undone, another program writes the file, it breaks something. */
export type LeftBecause = "decide" | "irreversible" | "generated" | "unfit";

/**
 * Mends what a check finds. A mend is kept if its finding is gone after it and no error came.
 *
 * ```ts
 * import { fix } from "cmkit";
 * const vault = `{ "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv", "apiVersion": "2023-07-01",
 *   "properties": { "enablePurgeProtection": false } }] }`;
 * const { documents, left } = fix(vault, { irreversible: true });
 * ```
 */
export function fix(input: Input, options: FixOptions = {}): Fixed {
  const { name, only = [], irreversible = false, ...judgement } = options;
  const at = seconds(judgement.at);
  const documents = new Documents(input, name);
  const { texts, done, left } = documents.lend((documents) =>
    withSettings(judgement, (settings) => documents.fix({ only, irreversible }, at, settings)),
  );
  return { documents: documents.names.map((name, index) => ({ name, text: texts[index] })), done, left };
}
