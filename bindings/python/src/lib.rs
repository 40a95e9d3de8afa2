//! The `cmkit` crate for Python. Conversion only: every rule, default and check is the core's, and what Python does better
//! (names, types, documentation) is the package's, which is what people import.
//!
//! Bytes come in through the buffer protocol and are never copied on their way in. Whatever asks a provider, or is longer
//! than a few microseconds, runs without the GIL.

#![expect(clippy::needless_pass_by_value, reason = "buffers and lists come over from Python as values")]

mod azure;
mod buffer;
mod cache;
mod columns;
mod command;
mod drawn;
mod error;
mod event;
mod file;
mod fleet;
mod keys;
mod message;
mod operation;
mod options;
mod policy;
mod process;
mod provider;
mod pyfile;
mod record;
mod stream;
mod vault;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _cmkit {
    #[pymodule_export]
    use super::azure::{vault_address, vault_answered, vault_refusal, vault_unreachable, vault_wraps_nothing};
    #[pymodule_export]
    use super::cache::DataKeyCache;
    #[pymodule_export]
    use super::columns::{open_column, seal_column};
    #[pymodule_export]
    use super::command::run_command;
    #[cfg(feature = "vectors")]
    #[pymodule_export]
    use super::drawn::inject;
    #[pymodule_export]
    use super::error::error_codes;
    #[pymodule_export]
    use super::event::read_key_events;
    #[pymodule_export]
    use super::file::{open_file, seal_file};
    #[pymodule_export]
    use super::fleet::{Inventory, plan_rewrap, rewrap_files};
    #[pymodule_export]
    use super::keys::{AllowedKey, ServiceKey};
    #[pymodule_export]
    use super::message::{
        inspect, open, open_into, open_range, plaintext_size, rewrap, seal, seal_detached, seal_into, sealed_size,
    };
    #[pymodule_export]
    use super::operation::{Operation, wipe};
    #[pymodule_export]
    use super::policy::{
        Report, calendar, check, explain, fix, form_fields, parse_time, plan, rules, scaffold, what_if,
    };
    #[pymodule_export]
    use super::provider::{KeyState, Refusal, Resolve, Unwrap, Wrap};
    #[pymodule_export]
    use super::record::{DataKey, find_data_key};
    #[pymodule_export]
    use super::stream::{OpenStream, SealStream};
    #[pymodule_export]
    use super::vault::{LocalVault, VaultServer};
}
