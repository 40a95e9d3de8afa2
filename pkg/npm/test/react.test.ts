import assert from "node:assert/strict";
import { test } from "node:test";
import { createFormControl, type FieldErrors } from "react-hook-form";
import type { FormModel, Report } from "cmkit";
import { cmkitResolver } from "cmkit/react";
import { good } from "./form.js";

const at = "2026-12-01";

async function submit(values: FormModel, options: Parameters<typeof createFormControl<FormModel>>[0]) {
  const { formControl } = createFormControl<FormModel>({ defaultValues: values, ...options });
  for (const name of Object.keys(good)) formControl.register(name as keyof FormModel);
  let [submitted, errors]: [FormModel | undefined, FieldErrors<FormModel> | undefined] = [undefined, undefined];
  await formControl.handleSubmit(
    (values) => {
      submitted = values;
    },
    (found) => {
      errors = found;
    },
  )();
  return { submitted, errors: errors as Record<string, { type: string; message: string; types?: object }> | undefined };
}

test("an error has the code of its rule, and its message without", async () => {
  const wrong = { ...good, purgeProtection: false };
  const { errors } = await submit(wrong, { resolver: cmkitResolver({ at }) });
  assert.equal(errors?.["purgeProtection"]?.type, "CMK1002");
  assert.match(errors?.["purgeProtection"]?.message ?? "", /^vault /);
});

test("warnings come on the side, and don't keep a form from being sent", async () => {
  const reports: Report[] = [];
  const small = { ...good, keySize: 2048 };
  const { submitted } = await submit(small, { resolver: cmkitResolver({ at, onReport: (report) => reports.push(report) }) });
  assert.deepEqual(submitted, small);
  assert.ok(reports.at(-1)?.findings.some(({ code }) => code === "CMK2003"));
});

test("all criteria of a field, where they are asked for", async () => {
  const wrong = { ...good, keyUrl: "https://kv-orders-wus3.vault.azure.net/secrets/kek" };
  const { errors } = await submit(wrong, { criteriaMode: "all", resolver: cmkitResolver({ at, include: "unknown" }) });
  const { type, types = {} } = errors?.["keyUrl"] ?? {};
  assert.equal(type, "CMK3002");
  assert.ok("CMK3002" in types && Object.keys(types).length > 1, JSON.stringify(types));
});
