/** What a bundler gives for a file of WebAssembly, mostly its address: `init` takes it. */

import type { Source } from "./source.js";

declare const source: Source;
export default source;
