//! The `cmkit` crate for Python. Conversion only: every rule, default and check is the core's, and what Python does better
//! (names, types, documentation) is the package's, which is what people import.
//!
//! Bytes come in through the buffer protocol and are never copied on their way in. Whatever asks a provider, or is longer
//! than a few microseconds, runs without the GIL.

#![expect(clippy::needless_pass_by_value, reason = "buffers and lists come over from Python as values")]

mod buffer;
mod error;
mod file;
mod keys;
mod message;
mod options;
mod provider;
mod pyfile;
mod record;
mod stream;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _cmkit {
    #[pymodule_export]
    use super::error::error_codes;
    #[pymodule_export]
    use super::file::{open_file, seal_file};
    #[pymodule_export]
    use super::keys::{AllowedKey, ServiceKey};
    #[pymodule_export]
    use super::message::{inspect, open, open_into, open_range, rewrap, seal, seal_detached, seal_into, sealed_size};
    #[pymodule_export]
    use super::provider::{DataKeyCache, KeyState, Refusal, Resolve, Unwrap, Wrap};
    #[pymodule_export]
    use super::record::{DataKey, find_data_key};
    #[pymodule_export]
    use super::stream::{OpenStream, SealStream};
}
