/**
 * A resolver for react-hook-form. Unlike `standardSchemaResolver`, it keeps the codes of rules, and gives everything else
 * that the rules say, such as warnings, on the side.
 *
 * Validation is synchronous, so in a browser the policy module has to be there before: `await initPolicy()`, or import
 * `cmkit/inline/policy` once.
 */

import type { FieldError, FieldErrors, FieldValues, Resolver, ResolverOptions } from "react-hook-form";
import type { FormModel } from "./form.js";
import { checkForm, type FormIssue, type FormOptions, type Include, issuesOf } from "./issues.js";
import type { Report } from "./report.js";

export type { FormIssue, FormOptions, Include };

/** How a form is validated, and who hears of it. */
export interface CmkitResolverOptions extends FormOptions {
  /** Is called with each report: for warnings and notes beside fields, open questions and fixes. */
  onReport?: ((report: Report) => void) | undefined;
}

/**
 * A resolver for react-hook-form: an error has the code of its rule as `type`; with `criteriaMode: "all"`, `types` has those of
 * all rules.
 *
 * ```tsx
 * import type { Report } from "cmkit";
 * import { cmkitResolver } from "cmkit/react";
 * import { useState } from "react";
 * import { useForm } from "react-hook-form";
 *
 * export function Encryption() {
 *   const [report, onReport] = useState<Report>();
 *   const { register, formState } = useForm({ resolver: cmkitResolver({ onReport }), mode: "onChange" });
 *   return (
 *     <label>
 *       Key <input {...register("keyUrl")} /> {formState.errors.keyUrl?.message} ({report?.summary.warnings} warnings)
 *     </label>
 *   );
 * }
 * ```
 */
export function cmkitResolver<Form extends FieldValues = FormModel>(
  options: CmkitResolverOptions = {},
): Resolver<Form, unknown, Form> {
  return (values, _context, asked) => {
    const report = checkForm(values, options);
    options.onReport?.(report);
    const errors = errorsOf(issuesOf(report, values, options.include), asked);
    if (asked.shouldUseNativeValidation) showNatively(errors, asked);
    if (Object.keys(errors).length > 0) return { values: {}, errors: errors as FieldErrors<Form> };
    return { values, errors: {} };
  };
}

/** The first issue of each field, which is the worst. */
function errorsOf<Form extends FieldValues>(
  issues: FormIssue[],
  { criteriaMode, fields }: ResolverOptions<Form>,
): Record<string, FieldError> {
  const errors: Record<string, FieldError> = {};
  for (const { path, code, finding } of issues) {
    const name = String(path[0] ?? "root");
    const ref = fields[name]?.ref;
    const error = (errors[name] ??= { type: code, message: finding.message, ...(ref && { ref }) });
    if (criteriaMode === "all") error.types = { [code]: finding.message, ...error.types };
  }
  return errors;
}

/** Shows errors in the browser's own bubbles. */
function showNatively<Form extends FieldValues>(
  errors: Record<string, FieldError>,
  { fields }: ResolverOptions<Form>,
): void {
  for (const [name, { ref }] of Object.entries(fields)) {
    if (!("setCustomValidity" in ref) || typeof ref.setCustomValidity !== "function") continue;
    ref.setCustomValidity(errors[name]?.message ?? "");
    ref.reportValidity();
  }
}
