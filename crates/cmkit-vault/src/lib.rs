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
//!
//! # In a folder
//!
//! ```text
//! vault.json                          host, options, network, identities, how the vault key is wrapped
//! vault.key                           the key file, where no passphrase or other key file takes its place
//! vault.lock                          locked while a process reads or writes
//! keys/NAME/key.json                  the versions in their order, the rotation policy, when it was deleted
//! keys/NAME/VERSION.json              public key, attributes, and the private key sealed together with these
//! service-keys/NAME/VERSION.json      a key that the program itself keeps, sealed
//! ```
//!
//! Every change is one atomic rename, or ordered so that its last rename makes it true; processes see each other's
//! changes at once. A version whose file was changed by anyone else is refused. An older copy of a whole file is not
//! told from the newest, and grants and deletions are not authenticated: whoever may write the folder decides on those.

#![forbid(unsafe_code)]

mod access;
mod acts;
mod algorithm;
mod backup;
mod caller;
mod clock;
mod deletion;
mod elliptic;
mod faults;
mod folder;
mod import;
mod key_file;
mod key_info;
mod key_operation;
mod keys;
mod log;
mod material;
mod operations;
mod options;
mod private_key;
mod record;
mod role;
mod rotate;
mod rotation;
mod rsa;
mod seal;
#[cfg(feature = "serve")]
pub mod serve;
mod service_keys;
mod store;
mod vault;
mod vaults;

pub use access::{Grant, Identity, Network, PermissionModel, Place, RoleAssignment};
pub use algorithm::{EncryptionAlgorithm, SignatureAlgorithm};
pub use caller::Caller;
pub use clock::Clock;
pub use cmkit::Error;
pub use elliptic::{Curve, EcPublicKey};
pub use faults::{Fault, Strikes};
pub use key_info::{DeletedKey, KeyInfo, VersionInfo};
pub use key_operation::KeyOperation;
pub use keys::{DateChange, KeyChange, NewKey};
pub use log::LogEntry;
pub use material::Material;
pub use options::{Options, VaultInfo};
pub use private_key::{KeyKind, PrivateKey};
pub use role::{Permission, Role};
pub use rotate::Due;
pub use rotation::{Period, RotationPolicy, Trigger};
pub use seal::Unlock;
pub use service_keys::StoredServiceKey;
pub use vault::LocalVault;
pub use vaults::{Vaults, VaultsCaller};
