/** Where a module of WebAssembly comes from. */

/** Bytes in memory. */
type Bytes = ArrayBuffer | ArrayBufferView<ArrayBuffer>;
/** `WebAssembly.Module`, which the types of Node know only together with those of the DOM. */
type Module = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } } ? Module : object;

/**
 * Where a module comes from: an address, a response, its bytes, or the module itself.
 *
 * `cmkit/envelope.wasm` and `cmkit/policy.wasm` are the files; most bundlers give an address for them.
 */
export type Source = URL | string | Response | Promise<Response> | Bytes | Module;

/** A source that is at hand at once. */
export type SyncSource = Bytes | Module;
