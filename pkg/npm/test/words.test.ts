/** The types are written by hand: here they are held against the core's tables. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { policy } from "#dist/policy-module.js";
import { check, CmkitError, explain, rules, scaffold, whatIf } from "cmkit";

const source = (file: string) => readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8");

/** The members of a union of texts. */
function union(name: string, file = "words.ts"): string[] {
  const declaration = new RegExp(`export type ${name} =([^;]+);`).exec(source(file))?.[1];
  assert.ok(declaration, `${file} has no type ${name}`);
  return [...declaration.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word);
}

/** The words that a message of the core lists. */
function listed(call: () => unknown): string[] {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof CmkitError && error.code === "invalid_argument", String(error));
    const list = error.message.slice(error.message.lastIndexOf(": ") + 2).replace("there are ", "");
    return list.replaceAll("`", "").split(/, | or /);
  }
  assert.fail("nothing was refused");
}

const other = "something-else" as never;
const template = scaffold({ name: "orders", region: "westus3", to: "arm" });

test("rule codes", () => {
  assert.deepEqual(union("RuleCode"), rules().map((rule) => rule.code));
});

test("error codes", () => {
  assert.deepEqual(union("ErrorCode", "error.ts"), policy.get().errorCodes());
});

test("events", () => {
  assert.deepEqual(union("Event"), listed(() => whatIf(template, other)));
});

test("formats", () => {
  assert.deepEqual(union("Format"), listed(() => check(template).to(other)));
});

test("targets", () => {
  assert.deepEqual(union("Target"), listed(() => scaffold({ name: "orders", region: "westus3", to: other })));
});

test("levels, consequences, bases and relations, as far as rules have them", () => {
  const of = (list: string[]) => [...new Set(list)].sort();
  assert.deepEqual(union("Level").sort(), of(rules().map((rule) => rule.level)));
  assert.deepEqual(union("Consequence").sort(), of(rules().map((rule) => rule.consequence)));
  assert.deepEqual(union("Basis").sort(), of(rules().map((rule) => rule.basis)));
  assert.deepEqual(union("Relation").sort(), of(rules().flatMap((rule) => rule.crosswalk.map((one) => one.relation))));
});

test("words that only the core's enums list", () => {
  // The binding could list them, at a price for every user; here their source is read.
  const core = (file: string, name: string) => {
    const text = readFileSync(new URL(`../../../../crates/cmkit-core/src/${file}`, import.meta.url), "utf8");
    const body = new RegExp(`pub enum ${name} \\{([^}]+)\\}`).exec(text)?.[1] ?? "";
    const variants = [...body.matchAll(/^ {4}(?:#\[serde\(rename = "(.+)"\)\]\n {4})?([A-Z]\w+)(?:,|$)/gm)];
    return variants.map(([, renamed, name = ""]) => renamed ?? name.replace(/\B[A-Z]/g, (letter) => `_${letter}`).toLowerCase());
  };
  assert.deepEqual(union("Effect"), core("policy/change.rs", "Effect"));
  assert.deepEqual(union("Outcome"), core("policy/what_if/outlook.rs", "Outcome"));
  assert.deepEqual(union("DateKind"), core("policy/calendar.rs", "Kind"));
  assert.deepEqual(union("Origin"), core("policy/fact.rs", "Origin"));
  assert.deepEqual(union("LeftBecause", "fix.ts"), core("document/mend.rs", "Reason"));
  const standing = core("policy/explain/mod.rs", "Standing");
  assert.deepEqual(union("Standing"), standing);
  assert.equal(explain("CMK1002").standing, "not_looked");
});

test("fields of the form", () => {
  const takes = { text: /^Text/, number: /^Numeric$/, boolean: /^Flag$/, list: /^List$/, time: /^Instant$/, period: /^Text$/ };
  interface Field {
    name: string;
    takes: keyof typeof takes | "`form/1`";
    means: string;
    none: boolean;
  }
  const declared = [...source("form.ts").matchAll(/ {2}\/\*\* (.+)\. \*\/\n {2}(\w+)\?: (.+);/g)];
  const fields: Field[] = policy.get().formFields();
  assert.deepEqual(declared.map(([, , name]) => name), fields.map((field) => field.name));
  for (const [at, { name, means, none, ...field }] of fields.entries()) {
    const [, says = "", , type = ""] = declared[at]!;
    assert.equal(says.toLowerCase(), `${means}${none ? ", or `none`" : ""}`.toLowerCase(), name);
    assert.match(type, field.takes === "`form/1`" ? /^"form\/1"$/ : takes[field.takes], name);
  }
});
