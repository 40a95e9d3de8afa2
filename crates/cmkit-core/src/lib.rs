//! The core of cmkit: encryption under customer-managed keys (CMK) on Azure, without I/O.
//!
//! Two siblings share a few words and nothing else:
//!
//! * [`envelope`]: a CMK in Azure Key Vault wraps a data key, which encrypts data with AES-256-GCM. Rotation
//!   rewrites a few hundred bytes and never the data; revoking the key makes the data unreadable.
//! * [`policy`]: checks a CMK configuration of Azure Cosmos DB for MongoDB vCore (Azure DocumentDB) before it is
//!   deployed; [`report`] writes what it says for people, pipelines and scanners.
//!
//! This crate has no clock, no randomness of its own, no files and no network. Randomness and time come in as
//! parameters, and what only a key holder can do is asked for through an [`operation::Step`]. The crate `cmkit`
//! adds the conveniences of a host with an operating system; use that one unless you bind another language.

#![no_std]
#![forbid(unsafe_code)]
// Hostile bytes meet no code that may panic: where an index or an `expect` is proven, an exception says why.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod error;
pub mod key;
pub mod operation;
pub mod secret;

#[cfg(feature = "envelope")]
mod crypto;
#[cfg(feature = "policy")]
#[expect(clippy::string_slice, reason = "texts are cut where a search in the same text found something; fuzzed")]
pub mod document;
#[cfg(feature = "envelope")]
pub mod envelope;
#[cfg(feature = "policy")]
#[expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "the graph's own lists by the numbers of its index, and positions that a loop keeps inside"
)]
pub mod policy;
#[cfg(feature = "policy")]
#[expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    reason = "writes types of our own, and reads nothing"
)]
pub mod report;

pub use error::{Code, Error};
