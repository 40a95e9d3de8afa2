/** The WebAssembly module of check, explain, what-if, plan, fix and scaffold. */
import { home } from "#policy";
import { Loader } from "./load.js";
import * as glue from "./wasm/policy.js";
export const policy = /* @__PURE__ */ new Loader("policy", glue, home);
