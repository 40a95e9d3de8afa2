/**
 * Runs the policy vectors as `tests/vectors/policy/README.md` says. Nothing here is Node's: a browser runs them too.
 */

import type { check as Check, Finding, Report, rules as Rules } from "cmkit";

/** The vectors as they stand in their files; documents of deployments as text, by name. */
export interface Vectors {
  manifest: Record<string, number>;
  rules: Record<string, RuleFile>;
  deployments: Record<string, Record<string, string>>;
}

export interface RuleFile {
  code: string;
  cases: RuleCase[];
}

interface RuleCase {
  name: string;
  at: string;
  verdict: Verdict;
  pointer?: string;
  expected?: string;
  actual?: string;
  options?: CaseOptions;
  files: Record<string, unknown>;
}

interface CaseOptions {
  expiry_days?: number;
  settings?: { version: 1; thresholds?: object };
}

interface CaseFile {
  shows: string;
  at: string;
  options?: CaseOptions;
  same_as?: { name: string; but?: Record<string, { verdict: Verdict; why: string }> };
}

type Verdict = "fail" | "suppressed" | "unknown" | "pass" | "not_applicable";

/** What came of it: how many cases were run, and every mismatch. */
export interface Outcome {
  cases: number;
  failures: string[];
}

interface Cmkit {
  check: typeof Check;
  rules: typeof Rules;
}

const FIELDS = ["name", "at", "verdict", "pointer", "expected", "actual", "options", "files"];
const CASE_FIELDS = ["shows", "at", "options", "same_as"];

export function run(cmkit: Cmkit, vectors: Vectors): Outcome {
  const failures: string[] = [];
  let cases = 0;
  const judge = (name: string, mismatch: () => string | undefined) => {
    cases += 1;
    try {
      const found = mismatch();
      if (found !== undefined) failures.push(`${name}: ${found}`);
    } catch (error) {
      failures.push(`${name}: throws ${String(error)}`);
    }
  };
  const { manifest, rules, deployments } = vectors;
  const due = Object.keys(manifest).filter((name) => name.startsWith("policy/rules/"));
  const have = Object.keys(rules).map((name) => `policy/rules/${name}`);
  failures.push(...due.filter((name) => !have.includes(name)).map((name) => `${name} is missing`));
  const known = new Set<string>(cmkit.rules().map((rule) => rule.code));
  for (const [name, file] of Object.entries(rules)) {
    const count = manifest[`policy/rules/${name}`];
    if (count !== file.cases.length) failures.push(`${name} has ${file.cases.length} cases, the manifest ${count}`);
    if (`${file.code}.json` !== name || !known.has(file.code)) failures.push(`${name} names no rule`);
    for (const one of file.cases) judge(`${file.code}: ${one.name}`, () => ruleCase(cmkit, file.code, one));
  }
  const folders = Object.keys(deployments).length;
  if (manifest["policy/deployments/*/case.json"] !== folders) failures.push(`there are ${folders} deployments`);
  const reports = new Map<string, Report>();
  for (const [name, files] of Object.entries(deployments)) {
    judge(name, () => {
      const report = deployment(cmkit, files);
      reports.set(name, report);
      return wholeReport(report, files["report.json"] ?? "");
    });
  }
  for (const [name, files] of Object.entries(deployments)) {
    const found = sameVerdicts(reports, name, caseOf(files), [...known]);
    if (found !== undefined) failures.push(`${name}: ${found}`);
  }
  return { cases, failures };
}

function ruleCase({ check }: Cmkit, code: string, one: RuleCase): string | undefined {
  const stranger = Object.keys(one).find((name) => !FIELDS.includes(name));
  if (stranger !== undefined) return `\`${stranger}\` is no field of a case`;
  const report = check(documents(one.files), { at: one.at, settings: settings(one.options) });
  const verdict = verdictOf(report, code);
  if (verdict !== one.verdict) return `${verdict}, due ${one.verdict}`;
  const several = Object.keys(one.files).length > 1;
  const place = ({ file, pointer }: Finding) => (several ? `${file}#${pointer}` : pointer);
  const is = (due: string | undefined, found: string | null) => due === undefined || due === found;
  const fits = (finding: Finding) =>
    finding.code === code &&
    finding.verdict === one.verdict &&
    is(one.pointer, place(finding)) &&
    is(one.expected, finding.expected) &&
    is(one.actual, finding.actual);
  const asked = [one.pointer, one.expected, one.actual].some((due) => due !== undefined);
  if (asked && !report.findings.some(fits)) return `no finding at ${one.pointer} with ${one.expected}, ${one.actual}`;
  return decoded(report);
}

function deployment({ check }: Cmkit, files: Record<string, string>): Report {
  const inputs = Object.entries(files).filter(([name]) => name !== "case.json" && name !== "report.json");
  const { at, options } = caseOf(files);
  return check(documents(Object.fromEntries(inputs)), { at, settings: settings(options) });
}

function caseOf(files: Record<string, string>): CaseFile {
  const file = JSON.parse(files["case.json"] ?? "") as CaseFile;
  const stranger = Object.keys(file).find((name) => !CASE_FIELDS.includes(name));
  if (stranger !== undefined) throw new Error(`\`${stranger}\` is no field of a deployment`);
  return file;
}

function wholeReport(report: Report, due: string): string | undefined {
  const [found, lines] = [report.to("json").split("\n"), due.split("\n")];
  const line = Math.max(found.length, lines.length);
  for (let at = 0; at < line; at++) {
    if (found[at] !== lines[at]) return `line ${at + 1}: ${found[at]}, due ${lines[at]}`;
  }
  return decoded(report);
}

/** What crosses as rows is what the report says as JSON, but for the case of names. */
function decoded(report: Report): string | undefined {
  const { schema: _, ...due } = camel(JSON.parse(report.to("json"))) as Record<string, unknown>;
  const { at, inputs, summary, findings, passed, notApplicable, off } = report;
  const found = { at, inputs, summary, findings, passed, notApplicable, off };
  return difference("report", found, due);
}

function difference(path: string, found: unknown, due: unknown): string | undefined {
  if (typeof found !== "object" || typeof due !== "object" || found === null || due === null) {
    return found === due ? undefined : `${path} crossed as ${String(found)}, due ${String(due)}`;
  }
  const names = new Set([...Object.keys(found), ...Object.keys(due)]);
  for (const name of names) {
    const get = (value: object) => (value as Record<string, unknown>)[name];
    const told = difference(`${path}.${name}`, get(found), get(due));
    if (told !== undefined) return told;
  }
  return undefined;
}

/** Members in camelCase; those of a patch's value are data. */
function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel);
  if (typeof value !== "object" || value === null) return value;
  const renamed = ([name, member]: [string, unknown]) => {
    const short = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    return [short, name === "patch" ? member : camel(member)];
  };
  return Object.fromEntries(Object.entries(value).map(renamed));
}

/** One deployment in several forms: what a rule says does not depend on who wrote it down. */
function sameVerdicts(
  reports: Map<string, Report>,
  name: string,
  { same_as: same }: CaseFile,
  codes: string[],
): string | undefined {
  const [one, two] = [reports.get(same?.name ?? ""), reports.get(name)];
  if (same === undefined) return undefined;
  if (one === undefined || two === undefined) return `there is no deployment ${same.name}`;
  const wrong = codes.filter((code) => verdictOf(two, code) !== (same.but?.[code]?.verdict ?? verdictOf(one, code)));
  return wrong.length === 0 ? undefined : `${wrong.join(", ")} differ from ${same.name}`;
}

function verdictOf(report: Report, code: string): Verdict {
  const found = report.findings.filter((finding) => finding.code === code).map((finding) => finding.verdict);
  const worst = (["fail", "suppressed", "unknown"] as const).find((verdict) => found.includes(verdict));
  return worst ?? ((report.passed as string[]).includes(code) ? "pass" : "not_applicable");
}

/** In the order of their names. */
function documents(files: Record<string, unknown>) {
  const names = Object.keys(files).sort();
  return names.map((name) => ({ name, text: files[name] as string | object }));
}

function settings({ expiry_days: expiryDays, settings }: CaseOptions = {}) {
  if (expiryDays === undefined) return settings;
  return { version: 1, ...settings, thresholds: { ...settings?.thresholds, expiryDays } };
}
