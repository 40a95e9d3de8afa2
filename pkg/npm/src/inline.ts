/**
 * `cmkit` with the envelope module inside: nothing is fetched, and nothing has to be awaited before `inspectSync`, data keys
 * and the like. The policy module, which is three times as large, is `cmkit/inline/policy`.
 */

import { envelope } from "./envelope-module.js";
import { unpack } from "./unpack.js";
import { SIZE, TEXT } from "./wasm/envelope.inline.js";

envelope.settle({ bytes: () => unpack(TEXT, SIZE) });

export * from "./index.js";
