import assert from "node:assert/strict";
import { test } from "node:test";
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { FormApi } from "@tanstack/form-core";
import { createFormControl } from "react-hook-form";
import type { FormModel } from "cmkit";
import { formSchema } from "cmkit/standard-schema";
import { good } from "./form.js";

const at = "2026-12-01";
const schema = formSchema({ at });

/** That it is one is for tsc to say: this is the spec's own type. */
const standard: StandardSchemaV1<FormModel> & StandardJSONSchemaV1<FormModel> = schema;
type Inferred = StandardSchemaV1.InferOutput<typeof schema>;
const inferred: Inferred = good;

const issuesOf = (value: unknown, include?: string) => {
  const result = standard["~standard"].validate(value, include ? { libraryOptions: { cmkit: { include } } } : undefined);
  assert.ok(!(result instanceof Promise), "validation is synchronous");
  return result.issues ?? [];
};

test("a good form is its own value", () => {
  const result = standard["~standard"].validate(inferred);
  assert.deepEqual(result, { value: good });
  assert.equal(standard["~standard"].version, 1);
});

test("issues have the names of fields as paths, the code in the message, and the worst comes first", () => {
  const wrong = { ...good, keyUrl: `${good.keyUrl}/0123456789abcdef0123456789abcdef`, purgeProtection: false, keySize: 2048 };
  const issues = issuesOf(wrong, "note");
  const paths = issues.map(({ path }) => path);
  for (const name of ["keyUrl", "purgeProtection", "keySize"]) assert.ok(paths.some((path) => path?.[0] === name), name);
  for (const { message } of issues) assert.match(message, /^\[CMK\d{4}\] \S/);
  const levels = schema.report(wrong).findings.map(({ level }) => level);
  assert.deepEqual(issues.map((issue) => (issue as unknown as { level: string }).level).slice(0, 2), ["error", "error"]);
  assert.ok(levels.includes("note"), "the key is small: worth a note");
  assert.equal(issuesOf(wrong).length, issues.filter((issue) => (issue as unknown as { level: string }).level === "error").length);
});

test("of two fields that don't fit, each has an issue", () => {
  const paths = issuesOf({ ...good, vaultLocation: "eastus2" }).filter(({ message }) => message.startsWith("[CMK6005]")).map(({ path }) => path);
  assert.deepEqual(paths, [["vaultLocation"], ["location"]]);
});

test("what is not filled in is an issue if it is asked for", () => {
  const open = { ...good, keyUrl: "" };
  assert.deepEqual(issuesOf(open, "note"), []);
  assert.ok(issuesOf(open, "unknown").some(({ path }) => path?.[0] === "keyUrl"));
  assert.throws(() => issuesOf(open, "everything"), /`include` is error, warning, note, unknown/);
});

test("what is no form has an issue at the root", () => {
  for (const value of [undefined, null, "form", [], 7]) assert.deepEqual(issuesOf(value)[0]?.path, []);
  assert.deepEqual(issuesOf({ cmkit: "form/9" })[0]?.path, []);
});

test("its JSON Schema has every field, in both drafts", () => {
  for (const target of ["draft-2020-12", "draft-07"]) {
    const { properties, $schema } = standard["~standard"].jsonSchema.input({ target });
    assert.ok(String($schema).includes(target.slice(6)), String($schema));
    for (const name of Object.keys(good)) assert.ok(name in (properties as object), name);
  }
  assert.throws(() => standard["~standard"].jsonSchema.output({ target: "openapi-3.0" }), { code: "unsupported" });
});

test("react-hook-form takes it", async () => {
  const wrong = { ...good, purgeProtection: false, grantRole: "Key Vault Reader" };
  const { control, formControl } = createFormControl<FormModel>({
    resolver: standardSchemaResolver(formSchema({ at })),
    defaultValues: wrong,
  });
  for (const name of ["purgeProtection", "grantRole", "keyUrl"] as const) formControl.register(name);
  control._subjects.state.subscribe({ next: () => undefined });
  let errors: Record<string, { message?: string } | undefined> = {};
  await formControl.handleSubmit(() => assert.fail("it is wrong"), (found) => {
    errors = found as typeof errors;
  })();
  assert.match(errors["purgeProtection"]?.message ?? "", /^\[CMK1002\]/);
  assert.match(errors["grantRole"]?.message ?? "", /^\[CMK4103\]/);
  formControl.setValue("purgeProtection", true);
  formControl.setValue("grantRole", good.grantRole ?? null);
  let submitted: unknown;
  await formControl.handleSubmit((values) => {
    submitted = values;
  })();
  assert.deepEqual(submitted, good);
});

test("TanStack Form takes it, synchronously", async () => {
  const form = new FormApi({
    defaultValues: { ...good, purgeProtection: false },
    validators: { onChange: formSchema<typeof good & { purgeProtection: boolean }>({ at }) },
  });
  form.mount();
  form.setFieldValue("purgeProtection", false);
  const [issue] = form.state.errorMap.onChange?.["purgeProtection"] ?? [];
  assert.match(issue?.message ?? "", /^\[CMK1002\]/);
  // The issue objects come through whole.
  assert.equal((issue as unknown as { code: string }).code, "CMK1002");
  form.setFieldValue("purgeProtection", true);
  assert.equal(form.state.errorMap.onChange, undefined);
});
