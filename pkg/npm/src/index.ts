/** cmkit: customer-managed keys on Azure. */

export { check, type CheckOptions } from "./check.js";
export { CmkitError, type ErrorCode, type Refusal } from "./error.js";
export type { FormModel } from "./form.js";
export { init, initEnvelope, initPolicy, initSync } from "./init.js";
export type { Document, Input, Time } from "./input.js";
export type { Source, SyncSource } from "./load.js";
export { type Finding, type Format, Report } from "./report.js";
