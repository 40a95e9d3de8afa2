/** What a check reports: the core's findings, their members in camelCase. */

import type { Consequence, Level, Origin, RuleCode } from "./words.js";

/** Where something stands: bytes of the UTF-8 text, and lines and columns from 1 (columns count characters). */
export interface Span {
  /** The first byte. */
  start: number;
  /** One past the last byte. */
  end: number;
  line: number;
  column: number;
  endLine: number;
  /** The column after the last byte. */
  endColumn: number;
}

/** A place in a document. */
export interface Place {
  /** JSON Pointer of the value; in a form `/` and the name of the field. */
  pointer: string;
  file: string;
  span: Span;
}

/** Another place that has a part in a finding. */
export interface Related extends Place {
  /** Its part. */
  message: string;
}

/** One step of a patch (RFC 6902) of the finding's file. */
export type PatchOperation =
  | { op: "add"; path: string; value: unknown }
  | { op: "replace"; path: string; value: unknown }
  | { op: "remove"; path: string };

/** A way to mend it. */
export interface Fix {
  /** What to do. */
  description: string;
  /** It can't be undone, or can't be done later. */
  irreversible: boolean;
  /** The change that does it; empty where that is a person's to decide. `Report.fix` applies it to the text. */
  patch: PatchOperation[];
}

interface Common extends Place {
  /** The code of the rule. */
  code: RuleCode;
  level: Level;
  /** What happens if nothing is done. */
  consequence: Consequence;
  /** What is wrong, in one line. */
  message: string;
  /** What should stand there. */
  expected: string | null;
  /** What stands there. */
  actual: string | null;
  /** Where that comes from; `null` where nothing stands there, or more than one value together. */
  source: Origin | null;
  /** The resource that it is about, its type and its name: `Microsoft.KeyVault/vaults kv-orders`. */
  resource: string | null;
  /** 32 hexadecimal digits that stay the same while the finding does. */
  fingerprint: string;
  related: Related[];
  /** Why it matters. */
  why: string;
  fixes: Fix[];
}

/** It is wrong. */
export interface Failure extends Common {
  verdict: "fail";
}

/** The files don't say. */
export interface Unknown extends Common {
  verdict: "unknown";
  /** What would settle it. */
  evidence: string;
  /** The command that fetches it, where there is one. */
  command: string | null;
}

/** It is wrong, or not known, and accepted. */
export interface Suppressed extends Common {
  verdict: "suppressed";
  reason: string;
  /** Until when, if there is an end. */
  until: string | null;
}

/** What a rule says about one thing that it looked at. */
export type Finding = Failure | Unknown | Suppressed;

/** What was read. Clusters and the like that are only referred to count too. */
export interface Inputs {
  files: string[];
  clusters: number;
  identities: number;
  vaults: number;
  keys: number;
}

/** How much of what a report says. */
export interface Summary {
  /** Failed findings of level error. */
  errors: number;
  /** Failed findings of level warning. */
  warnings: number;
  /** Failed findings of level note. */
  notes: number;
  /** Findings that the files don't settle. */
  unknown: number;
  /** Accepted findings. */
  suppressed: number;
  /** Entries of the baseline that fit nothing any more. */
  stale: number;
  /** Rules that passed. */
  passed: number;
  /** Rules that had nothing to look at. */
  notApplicable: number;
}

/** What the files don't say at one place, which rules wait for it, and what would settle it. */
export interface OpenQuestion {
  /** The first of the findings. */
  finding: Finding;
  codes: RuleCode[];
  answers: { evidence: string[]; command: string | null }[];
}
