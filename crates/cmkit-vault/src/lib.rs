//! A local key vault that behaves like Azure Key Vault where it matters: key versions and their states, rotation, soft
//! delete, grants, the network in front, throttling. In memory, or in a folder with its private keys sealed.
//!
//! It is for tests, demonstrations and work without a network. It is not an HSM and not a service: whoever holds the
//! folder and what unlocks it holds the keys.
//!
//! ```
//! use cmkit::{Provider, operation::{KeyReply, KeyRequest}};
//! use cmkit_vault::{Grant, KeyKind, LocalVault, NewKey, Role};
//!
//! let vault = LocalVault::in_memory("orders.vault.azure.net")?;
//! let key = vault.create_key("orders-kek", KeyKind::Rsa2048, NewKey::default())?;
//! vault.grant("orders-cmk", Grant::role(Role::ENCRYPTION_USER))?;
//!
//! let orders = vault.as_identity("orders-cmk");
//! let Ok(KeyReply::Resolved(state)) = orders.ask(&KeyRequest::Resolve { key: key.versionless() }) else { panic!() };
//! assert_eq!(state.key, key);
//! assert_eq!(vault.log().len(), 1);
//! # Ok::<(), cmkit_vault::Error>(())
//! ```

#![forbid(unsafe_code)]

mod access;
mod caller;
mod clock;
mod deletion;
mod folder;
mod import;
mod key_file;
mod key_info;
mod key_operation;
mod keys;
mod log;
mod options;
mod private_key;
mod record;
mod role;
mod rotate;
mod rotation;
mod seal;
mod service_keys;
mod store;
mod vault;
mod vaults;

pub use access::{Grant, Identity, Network, PermissionModel, Place, RoleAssignment};
pub use caller::Caller;
pub use clock::Clock;
pub use cmkit::Error;
pub use key_info::{DeletedKey, KeyInfo, VersionInfo};
pub use key_operation::KeyOperation;
pub use keys::{DateChange, KeyChange, NewKey};
pub use log::{Asked, LogEntry};
pub use options::{Options, VaultInfo};
pub use private_key::{KeyKind, PrivateKey};
pub use role::{Permission, Role};
pub use rotate::Due;
pub use rotation::{Period, RotationPolicy, Trigger};
pub use seal::Unlock;
pub use service_keys::StoredServiceKey;
pub use vault::LocalVault;
pub use vaults::{Vaults, VaultsCaller};
