//! What a vault is like: chosen when it is made, and told afterwards.

use crate::access::{Identity, Network, PermissionModel};
use crate::record::{FORMAT, Settings};
use cmkit::key::KeyUri;
use cmkit::{Code, Error};
use std::collections::BTreeMap;

/// What a new vault is like. The defaults are Key Vault's: RBAC, 90 days, no purge protection.
///
/// ```
/// use cmkit_vault::{Options, PermissionModel};
/// let options = Options { purge_protection: true, ..Options::new("orders.vault.azure.net") };
/// assert_eq!((options.soft_delete_days, options.permission_model), (90, PermissionModel::Rbac));
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// The host of the vault's key identifiers: `NAME.vault.azure.net`, or `HOST` or `HOST:PORT` of your own.
    pub host: String,
    /// Days that a deleted key can be recovered, 7 to 90.
    pub soft_delete_days: u32,
    /// Whether nobody can purge a deleted key before those days are over.
    pub purge_protection: bool,
    /// Which kind of grant counts.
    pub permission_model: PermissionModel,
}

impl Options {
    /// The defaults on a host.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            soft_delete_days: 90,
            purge_protection: false,
            permission_model: PermissionModel::default(),
        }
    }

    /// The settings of such a vault, if there can be one.
    pub(crate) fn settings(&self) -> Result<Settings, Error> {
        let Self { host, soft_delete_days, purge_protection, permission_model } = self;
        let host = host.trim().to_ascii_lowercase();
        let sound = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
        if !sound || host.is_empty() || KeyUri::parse_on(&format!("https://{host}/keys/k"), &[&host]).is_err() {
            let message = format!("`{host}` is not a vault's host such as `orders.vault.azure.net`");
            return Err(Error::new(Code::InvalidArgument, message));
        }
        if !(7..=90).contains(soft_delete_days) {
            let message = format!("deleted keys are kept for 7 to 90 days, not {soft_delete_days}");
            return Err(Error::new(Code::InvalidArgument, message));
        }
        Ok(Settings {
            format: FORMAT,
            host,
            permission_model: *permission_model,
            soft_delete_days: *soft_delete_days,
            purge_protection: *purge_protection,
            network: Network::default(),
            identities: BTreeMap::new(),
            vault_key: None,
        })
    }
}

/// The settings of a vault and the identities it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultInfo {
    /// The host of the vault's key identifiers.
    pub host: String,
    /// Which kind of grant counts.
    pub permission_model: PermissionModel,
    /// Days that a deleted key can be recovered.
    pub soft_delete_days: u32,
    /// Whether nobody can purge a deleted key before those days are over.
    pub purge_protection: bool,
    /// The network in front of the vault.
    pub network: Network,
    /// The identities by name.
    pub identities: BTreeMap<String, Identity>,
}
