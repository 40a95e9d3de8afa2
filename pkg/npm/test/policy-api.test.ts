import assert from "node:assert/strict";
import { test } from "node:test";
import { calendar, check, CmkitError, explain, fix, plan, rule, rules, scaffold, whatIf } from "cmkit";
import { good } from "./form.js";

const at = "2026-12-01";
const template = scaffold({ name: "orders", region: "westus3", to: "arm" });
const versioned = { ...good, keyUrl: `${good.keyUrl}/0123456789abcdef0123456789abcdef` };

const code = (code: string) => (error: unknown) => error instanceof CmkitError && error.code === code;

test("a document is the same as text, bytes, object and in a list", () => {
  const text = JSON.stringify(good);
  const due = check(text, { at }).to("json");
  assert.equal(check(new TextEncoder().encode(text), { at }).to("json"), due);
  assert.equal(check(good, { at }).to("json"), due);
  assert.equal(check([{ name: "input", text: good }], { at }).to("json"), due);
  assert.equal(check(good, { at, name: "form" }).inputs.files[0], "form");
});

test("several documents make one deployment", () => {
  const { resources } = JSON.parse(template.replace(/^\s*\/\/.*$/gm, "")) as { resources: { type: string }[] };
  const [vaults, others] = [true, false].map((wanted) => ({ resources: resources.filter(({ type }) => type.includes("KeyVault") === wanted) }));
  const report = check([{ name: "a.json", text: vaults! }, { name: "b.json", text: others! }], { at });
  assert.deepEqual([report.inputs.files, report.inputs.vaults, report.inputs.clusters], [["a.json", "b.json"], 1, 1]);
});

test("time is a date, text, seconds, or now", () => {
  const seconds = Date.parse(at) / 1000;
  for (const same of [at, seconds, new Date(at), `${at}T00:00:00Z`]) assert.equal(check(good, { at: same }).at, `${at}T00:00:00Z`);
  assert.ok(Math.abs(Date.parse(check(good).at) - Date.now()) < 60_000);
  assert.throws(() => check(good, { at: new Date("never") }), code("invalid_argument"));
  assert.throws(() => check(good, { at: "soon" }), code("invalid_argument"));
});

test("a report is written in every format, and tells what is open", () => {
  const report = check({ ...versioned, vaultLocation: "" }, { at });
  assert.equal(report.ok, false);
  assert.ok(report.passed.includes("CMK1002") && report.notApplicable.length > 0 && report.off.length === 0);
  for (const format of ["plain", "json", "sarif", "junit", "github", "azure-devops", "markdown"] as const) {
    assert.match(report.to(format), /CMK3001/, format);
  }
  const question = report.questions().find(({ finding }) => finding.pointer === "/vaultLocation");
  assert.ok(question?.codes.includes("CMK6005"), JSON.stringify(report.questions()));
});

test("a finding's fix is applied to its document", () => {
  const report = check(versioned, { at });
  const finding = report.findings.find(({ code }) => code === "CMK3001");
  assert.ok(finding && finding.verdict === "fail" && finding.fixes[0]!.patch.length > 0);
  const mended = JSON.parse(report.fix(finding)) as typeof good;
  assert.equal(mended.keyUrl, good.keyUrl);
  assert.throws(() => report.fix(finding, 7), code("invalid_argument"));
  assert.throws(() => report.fix({ ...finding }), code("invalid_argument"));
});

test("a password goes nowhere", () => {
  const report = check({ ...versioned, adminPassword: "hunter2" }, { at });
  const finding = report.findings.find(({ code }) => code === "CMK3001")!;
  assert.doesNotMatch(report.fix(finding) + report.to("json"), /hunter2/);
});

test("settings and a baseline", () => {
  const small = { ...good, keySize: 2048 };
  const off = check(small, { at, settings: { version: 1, levels: { CMK2003: "off" } } });
  assert.deepEqual(off.off, ["CMK2003"]);
  const { findings, ...report } = check(small, { at });
  const known = check(small, { at }).baseline();
  const accepted = check(small, { at, baseline: known });
  assert.equal(accepted.summary.suppressed, findings.length);
  assert.ok(accepted.findings.every(({ verdict }) => verdict === "suppressed"));
  assert.equal(report.summary.suppressed, 0);
  assert.throws(() => check(small, { settings: { version: 1, levels: { CMK0000: "off" } } }), CmkitError);
});

test("what is no document is refused, with its place", () => {
  const refused = (input: string | Uint8Array) => {
    try {
      check(input, { at, name: "main.json" });
    } catch (error) {
      assert.ok(code("input")(error), String(error));
      return (error as Error).message;
    }
    assert.fail("it was taken");
  };
  assert.match(refused('{\n  "a": }'), /main\.json.*2/s);
  assert.match(refused(new Uint8Array([0x7b, 0xff])), /UTF-8/);
  assert.match(refused("{}"), /main\.json/);
});

test("explain", () => {
  assert.equal(explain("CMK3001").rule?.title, rule("CMK3001").title);
  const { symptoms, causes, seen } = explain("Operation wrapKey is not allowed on a disabled key. Vault: kv-orders;location=westus3");
  assert.ok(symptoms.length > 0 && causes.length > 0);
  assert.ok(seen.some(({ name, value }) => name === "vault" && value === "kv-orders"));
  assert.equal(explain("CMK3001", { documents: versioned, at }).standing, "shown");
  assert.equal(explain("CMK3001", { documents: good, at }).standing, "ruled_out");
});

test("what if", () => {
  const { event, sections } = whatIf(template, "key-deleted", { at });
  const [section] = sections;
  const outlook = section!.clusters[0]!;
  assert.deepEqual([event, section!.kind, outlook.outcome], ["key-deleted", "key", "inaccessible"]);
  assert.ok(outlook.steps.length > 1 && outlook.recovery.length > 0);
  assert.equal(outlook.data.fate === "recoverable_until" && outlook.data.until.slice(0, 10), "2027-03-01");
  assert.throws(() => whatIf(template, "key-deleted", { at, cluster: "another" }), code("invalid_argument"));
  assert.throws(() => whatIf(template, "key-deleted", { at, clustr: "orders" } as object), code("invalid_argument"));
});

test("calendar", () => {
  const expiring = scaffold({ name: "orders", region: "westus3", to: "arm", expiry: "P2Y" });
  const { entries, from, until } = calendar(expiring, { at, days: 1000 });
  assert.deepEqual([from, until], [`${at}T00:00:00Z`, "2029-08-27T00:00:00Z"]);
  assert.ok(entries.some(({ kind }) => kind === "rotation"), JSON.stringify(entries));
});

test("plan", () => {
  const managed = scaffold({ name: "orders", region: "westus3", to: "arm", serviceManaged: true });
  assert.equal(plan(template, template, { at }).effect, "no_change");
  const { effect, clusters } = plan(managed, template, { at });
  assert.equal(effect, "impossible");
  assert.ok(clusters[0]!.steps[0]!.safeWay.length > 0);
});

test("fix", () => {
  const text = template.replace(/"enablePurgeProtection": true/, '"enablePurgeProtection": false');
  assert.notEqual(text, template);
  const { left } = fix(text, { at });
  assert.ok(left.some(({ finding, reason }) => finding.code === "CMK1003" && reason === "irreversible"));
  const { documents, done } = fix(text, { at, name: "main.json", irreversible: true, only: ["CMK1003"] });
  assert.deepEqual(documents, [{ name: "main.json", text: template }]);
  assert.deepEqual(done.map(({ code }) => code), ["CMK1003"]);
});

test("scaffold", () => {
  for (const to of ["arm", "bicep", "terraform", "az", "rest"] as const) {
    assert.match(scaffold({ name: "orders", region: "West US 3", to, hsm: true, shards: 2 }), /orders/, to);
  }
  assert.equal(check(template, { at }).summary.errors, 0);
  assert.throws(() => scaffold({ name: "Orders!", region: "westus3", to: "arm" }), code("invalid_argument"));
  assert.throws(() => scaffold({ name: "orders", region: "westus3", to: "arm", shards: 0.5 }), code("invalid_argument"));
});

test("the table of rules is whole, and nobody's to change", () => {
  assert.equal(new Set(rules().map(({ code }) => code)).size, rules().length);
  assert.throws(() => Object.assign(rule("CMK1002"), { level: "note" }), TypeError);
  assert.equal(rule("CMK0000"), undefined);
});
