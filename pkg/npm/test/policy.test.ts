import assert from "node:assert/strict";
import { test } from "node:test";
import { check, rules } from "cmkit";
import { load } from "./policy/load.js";
import { run } from "./policy/run.js";

test("every policy vector, with the counts of the manifest", (context) => {
  const vectors = load();
  const { cases, failures } = run({ check, rules }, vectors);
  const due = Object.entries(vectors.manifest).filter(([name]) => name.startsWith("policy/"));
  assert.equal(cases, due.reduce((sum, [, count]) => sum + count, 0));
  context.diagnostic(`${cases} cases, ${failures.length} mismatches`);
  assert.deepEqual(failures, []);
});

test("a runner of vectors can fail", () => {
  const vectors = load();
  const [name = "", file] = Object.entries(vectors.rules)[0] ?? [];
  const wrong = { ...file!, cases: file!.cases.map((one) => ({ ...one, verdict: "suppressed" as const })) };
  const { failures } = run({ check, rules }, { ...vectors, rules: { ...vectors.rules, [name]: wrong }, deployments: {} });
  assert.equal(failures.filter((failure) => failure.startsWith(wrong.code)).length, wrong.cases.length);
});
