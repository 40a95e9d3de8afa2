/** cmkit: customer-managed keys on Azure. */
export { calendar } from "./calendar.js";
export { check } from "./check.js";
export { DataKey } from "./data-key.js";
export { CmkitError } from "./error.js";
export { explain } from "./explain.js";
export { fix } from "./fix.js";
export { init, initEnvelope, initPolicy, initSync } from "./init.js";
export { inspect, inspectSync } from "./inspect.js";
export { open, openRange } from "./open.js";
export { plan } from "./plan.js";
export { rewrap } from "./rewrap.js";
export { rule, rules } from "./rules.js";
export { scaffold } from "./scaffold.js";
export { seal } from "./seal.js";
export { ServiceKey } from "./service-key.js";
export { openBlob, openStream, sealBlob, sealStream, } from "./streams.js";
export { whatIf, } from "./what-if.js";
