/**
 * `cmkit` with the policy module inside: `check` and everything built on it, such as `cmkit/standard-schema`, works at once.
 * Nothing is fetched, and nothing has to be awaited.
 */

import { policy } from "./policy-module.js";
import { unpack } from "./unpack.js";
import { SIZE, TEXT } from "./wasm/policy.inline.js";

policy.settle({ bytes: () => unpack(TEXT, SIZE) });

export * from "./index.js";
