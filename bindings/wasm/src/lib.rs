//! The core of cmkit for JavaScript. Conversion only: every rule, default and check is the core's, and what JavaScript
//! does better (asynchronous key holders, `WebCrypto`, streams) is the npm package's.
//!
//! Bytes cross as `Uint8Array`, documents as text, structured values as plain objects with names in camelCase. What is
//! thrown is a plain object with the core's `code`; the npm package makes errors of them. Nothing here is asynchronous:
//! an [`operation::Operation`] says what it asks, and goes on with the reply.

#![forbid(unsafe_code)]
#![cfg_attr(
    any(feature = "azure", feature = "envelope"),
    expect(
        clippy::needless_pass_by_value,
        reason = "vectors come over from JavaScript as such, and so do handles that it gives away"
    )
)]
#![cfg_attr(
    any(feature = "envelope", feature = "policy"),
    expect(unreachable_pub, reason = "exports of WebAssembly are public to JavaScript, whatever module they stand in")
)]

#[cfg(feature = "azure")]
mod azure;
#[cfg(any(feature = "envelope", feature = "policy"))]
mod camel;
#[cfg(feature = "policy")]
mod documents;
#[cfg(feature = "policy")]
mod event;
#[cfg(any(feature = "envelope", feature = "policy"))]
mod fields;
#[cfg(feature = "envelope")]
mod keys;
#[cfg(feature = "envelope")]
mod message;
#[cfg(feature = "envelope")]
mod operation;
#[cfg(feature = "envelope")]
mod record;
#[cfg(feature = "policy")]
mod report;
#[cfg(feature = "policy")]
mod rows;
#[cfg(feature = "policy")]
mod rules;
mod value;
