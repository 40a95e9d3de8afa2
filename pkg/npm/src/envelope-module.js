/** The WebAssembly module of seal, open, rewrap and inspect. */
import { home } from "#envelope";
import { Loader } from "./load.js";
import * as glue from "./wasm/envelope.js";
export const envelope = /* @__PURE__ */ new Loader("envelope", glue, home);
