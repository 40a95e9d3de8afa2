/** Where the envelope module is in Node: beside this file, read when it is first used. */

import { readFileSync } from "node:fs";

export const home = { bytes: () => readFileSync(new URL("./envelope.wasm", import.meta.url)) };
