/** cmkit: customer-managed keys on Azure. */

export type { Progress } from "./body.js";
export { check, type CheckOptions } from "./check.js";
export type { Context, Expect, ExternalContext } from "./context.js";
export type { Data } from "./data.js";
export { DataKey, type DataKeyOptions, type OpenRecordOptions, type SealValueOptions, type ValueOptions } from "./data-key.js";
export { CmkitError, type ErrorCode, type Refusal } from "./error.js";
export type { FormModel } from "./form.js";
export { init, initEnvelope, initPolicy, initSync } from "./init.js";
export type { Document, Input, Time } from "./input.js";
export { inspect, inspectSync, type Inspection, type KeyEntry } from "./inspect.js";
export type { AllowedKey, KnownPublicKey, OpenKey, SealKey } from "./keys.js";
export type { Source, SyncSource } from "./load.js";
export { open, type OpenLimits, type OpenOptions, openRange } from "./open.js";
export type { KeyRefusal, KeyReply, KeyRequest, KeyState, Provider } from "./provider.js";
export { type Finding, type Format, Report } from "./report.js";
export { rewrap, type RewrapOptions } from "./rewrap.js";
export { seal, type SealLimits, type SealOptions } from "./seal.js";
export { ServiceKey } from "./service-key.js";
export {
  openBlob,
  openStream,
  type OpenStream,
  sealBlob,
  sealStream,
  type SealStream,
  type SealStreamOptions,
} from "./streams.js";
