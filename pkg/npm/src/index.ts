/** cmkit: customer-managed keys on Azure. */

export type { Progress } from "./body.js";
export { calendar, type Calendar, type CalendarEntry, type CalendarOptions } from "./calendar.js";
export { check, type CheckOptions } from "./check.js";
export type { Context, Expect, ExternalContext } from "./context.js";
export type { Data } from "./data.js";
export { DataKey, type DataKeyOptions, type OpenRecordOptions, type SealValueOptions, type ValueOptions } from "./data-key.js";
export { CmkitError, type ErrorCode, type Refusal } from "./error.js";
export { type Cause, type Cited, explain, type ExplainOptions, type Explanation } from "./explain.js";
export type {
  Failure,
  Finding,
  Fix,
  Inputs,
  OpenQuestion,
  PatchOperation,
  Place,
  Related,
  Span,
  Summary,
  Suppressed,
  Unknown,
} from "./finding.js";
export { fix, type Fixed, type FixOptions, type LeftBecause } from "./fix.js";
export type { FormModel } from "./form.js";
export { init, initEnvelope, initPolicy, initSync } from "./init.js";
export type { Document, Input } from "./input.js";
export { inspect, inspectSync, type Inspection, type KeyEntry } from "./inspect.js";
export type { Judgement, Time } from "./judgement.js";
export { type KeyEvent, type KeyEventsOptions, type KeyNotice, readKeyEvents } from "./key-events.js";
export type { AllowedKey, KnownPublicKey, OpenKey, SealKey } from "./keys.js";
export { open, type OpenLimits, type OpenOptions, openRange } from "./open.js";
export { type ChangePlan, type ChangeStep, type ClusterPlan, plan } from "./plan.js";
export type { KeyRefusal, KeyReply, KeyRequest, KeyState, Provider } from "./provider.js";
export type { Report } from "./report.js";
export { rewrap, type RewrapOptions } from "./rewrap.js";
export { type Rule, rule, rules } from "./rules.js";
export { scaffold, type ScaffoldOptions } from "./scaffold.js";
export { seal, type SealLimits, type SealOptions } from "./seal.js";
export { ServiceKey } from "./service-key.js";
export type { Source, SyncSource } from "./source.js";
export {
  openBlob,
  openStream,
  type OpenStream,
  sealBlob,
  sealStream,
  type SealStream,
  type SealStreamOptions,
} from "./streams.js";
export {
  type Evidence,
  type Fate,
  type Outlook,
  type Remark,
  type Section,
  type Step,
  whatIf,
  type WhatIf,
  type WhatIfOptions,
} from "./what-if.js";
export type {
  Basis,
  Consequence,
  DateKind,
  Effect,
  Event,
  Format,
  Level,
  Origin,
  Outcome,
  Relation,
  RuleCode,
  Standing,
  Target,
} from "./words.js";
