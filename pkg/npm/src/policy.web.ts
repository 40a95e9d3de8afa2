/** Where the policy module is: beside this file, which bundlers see. */
export const home = { url: () => new URL("./policy.wasm", import.meta.url) };
