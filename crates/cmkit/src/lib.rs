//! Encrypt data under customer-managed keys (CMK) in Azure Key Vault.

mod provider;

pub use cmkit_core::error::{self, BoxError, Code, Error, Refusal, RefusalKind};
pub use cmkit_core::{document, policy};
pub use cmkit_core::{key, operation, secret};
pub use provider::{Provider, run, run_async};
