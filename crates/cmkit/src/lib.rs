//! Encrypt data under customer-managed keys (CMK) in Azure Key Vault, the way Azure's own services do.
//!
//! A CMK wraps a data key, which encrypts data with AES-256-GCM. Callers name keys without a version: sealing uses the
//! newest version and records it, opening uses the recorded one, rotation rewrites a few hundred bytes and never the
//! data, and revoking the key makes the data unreadable.
//!
//! ```
//! # fn main() -> Result<(), cmkit::Error> {
//! # use std::sync::Arc;
//! use cmkit::envelope::{Binding, OpenKeys, OpenOptions, SealOptions};
//! # let service = Arc::new(cmkit::generate_service_key("default")?);
//! # let (key, provider) = (cmkit::envelope::SealKey::from(service.clone()), cmkit::NoVault);
//! // `key`: a `KeyUri`, `https://orders.vault.azure.net/keys/orders-kek`; `provider`: who answers for its vault.
//! let binding = Binding { namespace: Some("acme.invoice/v2".into()), ..Binding::default() };
//! let sealed = cmkit::seal(b"invoice 4711", SealOptions { binding, ..SealOptions::new([key]) }, &provider)?;
//!
//! # let keys = OpenKeys { service: vec![service], ..OpenKeys::default() };
//! // `keys`: which keys may open, for a CMK `OpenKeys::vault([key])`.
//! let mut options = OpenOptions::new(keys);
//! options.expect.namespace = Some("acme.invoice/v2".into());
//! assert_eq!(cmkit::open(&sealed, &options, &provider)?, b"invoice 4711");
//! # Ok(())
//! # }
//! ```
//!
//! * In memory: [`seal`], [`open`], [`open_range`], [`rewrap`].
//! * Larger than memory: [`seal_file`], [`open_file`], [`seal_stream`], [`open_stream`], [`SealWriter`], [`OpenReader`],
//!   [`SeekReader`].
//! * Many small things under one wrapped key: [`generate_record`], [`seal_value`], [`open_value`].
//! * Fewer calls to a vault: [`DataKeyCache`].
//! * Which key versions a million objects need, and whether one may be disabled: [`inventory`].
//! * After a rotation, all of them in their turn: [`fleet`].
//! * With an asynchronous provider: [`steps`] and [`run_async`].
//!
//! A [`Provider`] answers for the keys: a local vault (`cmkit-vault`), Azure Key Vault, or a closure.

#![forbid(unsafe_code)]

mod backend;
mod cache;
mod file;
pub mod fleet;
pub mod inventory;
mod message;
mod new_file;
mod object_file;
mod parallel;
mod provider;
pub mod steps;
mod stream;

pub use backend::{Native, NativeCipher};
pub use cache::{CacheLimits, DataKeyCache};
pub use cmkit_core::error::{self, BoxError, Code, Error, Refusal, RefusalKind};
pub use cmkit_core::{document, envelope, key, operation, policy, report, secret};
pub use file::{FileError, FileProgress, SourceFile, open_file, seal_file};
pub use message::{
    Values, begin_open, begin_open_detached, begin_seal, generate_record, generate_service_key, open, open_range,
    open_record, open_value, rewrap, rewrap_detached, seal, seal_value, seal_value_deterministic,
};
pub use new_file::{NewFile, sync_folder_of};
pub use object_file::{CopyProgress, RewrappedFile, rewrap_file};
pub use parallel::{Threads, seal_in_place};
pub use provider::{NoVault, Provider, run, run_async};
pub use stream::{OpenReader, Progress, SealWriter, SeekReader, open_stream, read_head, seal_stream};
