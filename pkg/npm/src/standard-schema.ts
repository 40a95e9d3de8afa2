/**
 * The form as a Standard Schema, which form libraries take as it is: TanStack Form, react-hook-form, tRPC and others.
 *
 * Validation is synchronous, so in a browser the policy module has to be there before: `await initPolicy()`, or import
 * `cmkit/inline/policy` once.
 */

import { type FormIssue, type FormOptions, type Include, checkForm, isForm, issuesOf, type Values } from "./issues.js";
import { CmkitError } from "./error.js";
import type { FormModel } from "./form.js";
import { type JsonSchema, type JsonSchemaTarget, jsonSchema } from "./json-schema.js";
import type { Report } from "./report.js";

export type { FormIssue, FormOptions, Include, JsonSchema, JsonSchemaTarget };

/**
 * A schema of the form. Its types are those of Standard Schema v1 and Standard JSON Schema v1, which take no import.
 */
export interface FormSchema<Form = FormModel> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: "cmkit";
    readonly types?: { readonly input: Form; readonly output: Form } | undefined;
    readonly validate: (value: unknown, options?: ValidateOptions) => FormResult<Form>;
    readonly jsonSchema: {
      readonly input: (options: { readonly target: JsonSchemaTarget }) => JsonSchema;
      readonly output: (options: { readonly target: JsonSchemaTarget }) => JsonSchema;
    };
  };
  /** Everything that the rules say about a form, and its fixes. */
  report(values: Form): Report;
}

/** What comes of a validation. The value is the one that was given. */
export type FormResult<Form> =
  | { readonly value: Form; readonly issues?: undefined }
  | { readonly issues: readonly (FormIssue | { readonly message: string; readonly path: readonly [] })[] };

/** Options of one validation: `{ libraryOptions: { cmkit: { include: "warning" } } }`. */
export interface ValidateOptions {
  readonly libraryOptions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * A schema of the form.
 *
 * ```ts
 * import { formSchema } from "cmkit/standard-schema";
 * const schema = formSchema();
 * const { issues } = schema["~standard"].validate({ encryptionMode: "CustomerManaged", keyUrl: "https://example.com/key" });
 * console.log(issues?.[0]?.message, issues?.[0]?.path); // [CMK3002] ... [ 'keyUrl' ]
 * ```
 */
export function formSchema<Form extends object = FormModel>(options: FormOptions = {}): FormSchema<Form> {
  return {
    "~standard": {
      version: 1,
      vendor: "cmkit",
      validate: (value, given) => validate<Form>(value, { ...options, ...ours(given) }),
      jsonSchema: { input: ({ target }) => jsonSchema(target), output: ({ target }) => jsonSchema(target) },
    },
    report: (values) => checkForm(values as Values, options),
  };
}

function ours({ libraryOptions }: ValidateOptions = {}): FormOptions {
  const options = libraryOptions?.["cmkit"];
  return typeof options === "object" && options !== null ? options : {};
}

function validate<Form>(value: unknown, options: FormOptions): FormResult<Form> {
  if (!isForm(value)) return { issues: [{ message: "a form is an object with its fields", path: [] }] };
  let report;
  try {
    report = checkForm(value, options);
  } catch (error) {
    // Values that are no form are an issue; what was asked wrongly, or a module that isn't loaded, is not.
    if (!(error instanceof CmkitError && (error.code === "input" || error.code === "too_large"))) throw error;
    return { issues: [{ message: error.message, path: [] }] };
  }
  const issues = issuesOf(report, value, options.include);
  return issues.length === 0 ? { value: value as Form } : { issues };
}
