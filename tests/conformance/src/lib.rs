//! What proves cmkit right: the vectors against the Rust code, the contract of key providers, the layers of the source.
//! The modules here read the vectors of `tests/vectors` and play the key holder that they script; the tests beside them
//! run one file each. [`contract`] is for everybody who writes a provider.

#![forbid(unsafe_code)]
#![expect(clippy::missing_panics_doc, reason = "support of tests: whatever does not hold is a panic")]

pub mod case;
pub mod contract;
pub mod hcl;
mod holder;
mod keyring;
pub mod policy;
mod portable_wrap;
mod random;
mod value;
mod vectors;
mod verdict;

pub use holder::{Holder, rsa_unwrap};
pub use keyring::{HeldKey, Keyring, Material};
pub use portable_wrap::PortableWrap;
pub use random::Injected;
pub use value::{Bytes, Hex, OneOf, Outcome, hex, sha256};
pub use vectors::Vectors;
pub use verdict::{Verdict, all, due};
