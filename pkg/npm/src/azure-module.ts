/** The WebAssembly module of `cmkit/azure`: small, so it stands in a script, and nothing is fetched. */

import { Loader } from "./load.js";
import { unpack } from "./unpack.js";
import * as glue from "./wasm/azure.js";
import { SIZE, TEXT } from "./wasm/azure.inline.js";

export const azure = /* @__PURE__ */ new Loader("azure", glue, { bytes: () => unpack(TEXT, SIZE) });
