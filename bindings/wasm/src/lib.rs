//! The core of cmkit for JavaScript. Conversion only: every rule, default and check is the core's, and what JavaScript
//! does better (asynchronous key holders, `WebCrypto`, streams) is the npm package's.
//!
//! Bytes cross as `Uint8Array`, documents as text, structured values as plain objects with names in camelCase. What is
//! thrown is a plain object with the core's `code`; the npm package makes errors of them. Nothing here is asynchronous:
//! an [`operation::Operation`] says what it asks, and goes on with the reply.

#![expect(unreachable_pub, reason = "exports of WebAssembly are public to JavaScript, whatever module they stand in")]

mod camel;
mod documents;
mod keys;
mod message;
mod operation;
mod record;
mod report;
mod rules;
mod value;
