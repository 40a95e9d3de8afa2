/** Where a module of WebAssembly comes from. */
export {};
