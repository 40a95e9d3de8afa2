//! Azure Key Vault and Managed HSM as the key holder of cmkit, through the official Azure SDK for Rust.
//!
//! ```no_run
//! use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
//! use cmkit::key::KeyUri;
//! use cmkit_azure::{BlockingKeyVault, Credential, KeyVaultOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let credential = Credential::ManagedIdentity { client_id: None }.token_credential()?;
//! let vault = BlockingKeyVault::new(credential, KeyVaultOptions::default())?;
//! let provider = cmkit::DataKeyCache::new(vault, cmkit::CacheLimits::default());
//!
//! let key = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
//! let sealed = cmkit::seal(b"invoice 4711", SealOptions::new([key.clone().into()]), &provider)?;
//! assert_eq!(cmkit::open(&sealed, &OpenOptions::new(OpenKeys::vault([key])), &provider)?, b"invoice 4711");
//! # Ok(())
//! # }
//! ```
//!
//! # What it asks for
//!
//! Sealing reads the newest version of the key (`GET /keys/NAME`, permission `get`) and wraps with its public key here: no
//! quota of cryptographic operations is used, and the data key does not leave the process. What Key Vault would refuse to wrap
//! with - a version that is disabled, not yet valid, expired, or without `wrapKey` among its operations - is refused before
//! anything is sealed. Opening unwraps with the recorded version (`POST /keys/NAME/VERSION/unwrapkey`) and needs the permission
//! `unwrapKey` alone. Keys in a managed HSM that are symmetric wrap there (`wrapKey`).
//!
//! # How long data stays readable
//!
//! Without a cache every open asks the vault, and a revocation counts with the next. With a [`cmkit::DataKeyCache`] its
//! `max_age` is the time that data stays readable after its key was disabled or the grant removed.
//!
//! # What can go wrong
//!
//! What Key Vault refuses becomes a [`cmkit::Refusal`] with its own reason and a mend; a vault that is throttling, failing or
//! not there becomes `unavailable`, after the retries of the SDK ([`KeyVaultOptions::client`]). What goes wrong on this side,
//! a credential without a token first of all, reaches the caller unchanged as the source of a [`cmkit::Code::Provider`].

#![forbid(unsafe_code)]

/// The guide's Rust, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/azure.md")]
struct Guide;

mod answer;
mod blocking;
mod credential;
mod key_vault;
mod options;

pub use blocking::BlockingKeyVault;
pub use credential::Credential;
pub use key_vault::KeyVault;
pub use options::KeyVaultOptions;
