/** Where the envelope module is: beside this file, which bundlers see. */
export const home = { url: () => new URL("./envelope.wasm", import.meta.url) };
