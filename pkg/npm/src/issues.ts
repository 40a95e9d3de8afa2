/** A report as form libraries take it: issues with the paths of fields, worst first. */

import { check } from "./check.js";
import { CmkitError } from "./error.js";
import type { Finding, Place } from "./finding.js";
import type { Judgement } from "./judgement.js";
import type { Report } from "./report.js";
import type { Level, RuleCode } from "./words.js";

/**
 * What counts as an issue: errors; warnings too; notes too; or also what is not known yet, for example since a field is not
 * filled in. Each holds those before it.
 */
export type Include = "error" | "warning" | "note" | "unknown";

/** How a form is validated. */
export interface FormOptions extends Omit<Judgement, "baseline"> {
  /** What counts as an issue; `error` if left out. */
  include?: Include | undefined;
}

/** Something that a rule says about a field. */
export interface FormIssue {
  /** What is wrong, after the code of the rule: `[CMK3001] the key URL names one version`. */
  readonly message: string;
  /** The name of the field, and what is inside of it; empty for what is about the form as a whole. */
  readonly path: readonly (string | number)[];
  readonly code: RuleCode;
  readonly level: Level;
  readonly finding: Finding;
}

/** The names and values of a form; anything else is refused before it comes to this. */
export type Values = Readonly<Record<string, unknown>>;

/** Whether a value can be a form at all. */
export function isForm(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checks the values of a form, which need not say that they are one. */
export function checkForm(values: Values, options: FormOptions): Report {
  return check({ ...values, cmkit: values["cmkit"] ?? "form/1" }, { ...options, name: "form" });
}

const INCLUDES: readonly Include[] = ["error", "warning", "note", "unknown"];
const LEVELS: readonly Level[] = ["error", "warning", "note"];

/**
 * The issues of a report. A finding that rests on several fields is an issue of each: of two fields that don't fit, a person
 * changes either.
 */
export function issuesOf(report: Report, values: Values, include: Include = "error"): FormIssue[] {
  const most = INCLUDES.indexOf(include);
  if (most < 0) {
    throw new CmkitError("invalid_argument", `\`include\` is ${INCLUDES.join(", ")}, not \`${String(include)}\``);
  }
  const ranked: { rank: number; issue: FormIssue }[] = [];
  for (const finding of report.findings) {
    const rank = finding.verdict === "fail" ? LEVELS.indexOf(finding.level) : 3;
    if (finding.verdict === "suppressed" || rank > most) continue;
    const { code, level } = finding;
    const message = `[${code}] ${finding.message}`;
    const seen = new Set<string>();
    for (const { pointer } of fields(finding)) {
      if (seen.has(pointer)) continue;
      const issue = { message, path: pathOf(pointer, values), code, level, finding };
      // Its own place comes before those that have a part in it.
      ranked.push({ rank: rank * 2 + Math.min(seen.size, 1), issue });
      seen.add(pointer);
    }
  }
  return ranked.sort((one, two) => one.rank - two.rank).map(({ issue }) => issue);
}

function fields(finding: Finding): Place[] {
  return [finding, ...finding.related.filter(({ file, pointer }) => file === finding.file && pointer !== "")];
}

/** The path of a JSON Pointer; a number where it counts the elements of a list. */
function pathOf(pointer: string, values: Values): (string | number)[] {
  let at: unknown = values;
  return pointer
    .split("/")
    .slice(1)
    .map((token) => {
      const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
      const step = Array.isArray(at) ? Number(name) : name;
      at = (at as Record<string | number, unknown> | null | undefined)?.[step];
      return step;
    });
}
