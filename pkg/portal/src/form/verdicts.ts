/** What a report says of each field, and of each page of the form. */

import type { Finding, OpenQuestion, Report } from "../cmkit";
import type { Tone } from "../view/parts";
import { fieldsOf, type Section } from "./fields";
import { fieldOf, type Form } from "./model";

/** What is said of one field: what is wrong, and what waits for it. */
export interface Verdict {
  readonly wrong: readonly Finding[];
  readonly open: readonly OpenQuestion[];
}

const NOTHING: Verdict = { wrong: [], open: [] };

export type Verdicts = (field: string) => Verdict;

export function verdictsOf(report: Report): Verdicts {
  const known = cache.get(report);
  if (known) return known;
  const fields = new Map<string, { wrong: Finding[]; open: OpenQuestion[] }>();
  const at = (pointer: string): { wrong: Finding[]; open: OpenQuestion[] } => {
    const name = fieldOf(pointer);
    const there = fields.get(name) ?? { wrong: [], open: [] };
    fields.set(name, there);
    return there;
  };
  for (const finding of report.findings) if (finding.verdict === "fail") at(finding.pointer).wrong.push(finding);
  for (const question of report.questions()) at(question.finding.pointer).open.push(question);
  const verdicts: Verdicts = (field) => fields.get(field) ?? NOTHING;
  cache.set(report, verdicts);
  return verdicts;
}

const cache = new WeakMap<Report, Verdicts>();

export const toneOf = (finding: Finding): Tone => (finding.verdict === "fail" ? finding.level : "unknown");

/** The findings that are wrong and stand in these sections, or, without sections, in none of the form's. */
export function wrongIn(report: Report, sections: readonly Section[], form: Form): Finding[] {
  const names = new Set(fieldsOf(sections, form).map((field) => field.name));
  return report.findings.filter((finding) => finding.verdict === "fail" && names.has(fieldOf(finding.pointer)));
}

export function openIn(report: Report, sections: readonly Section[], form: Form): number {
  const names = new Set(fieldsOf(sections, form).map((field) => field.name));
  return report.findings.filter((finding) => finding.verdict === "unknown" && names.has(fieldOf(finding.pointer))).length;
}
