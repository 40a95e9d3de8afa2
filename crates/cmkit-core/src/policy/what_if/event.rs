//! The events that can be asked about: their names, the rules that guard against them, and the pages behind the answers.

use crate::error::{Code, Error};
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use serde::Serialize;

/// Something that happens to a key, a vault, an identity, a grant or a cluster.
///
/// ```
/// use cmkit_core::policy::Event;
/// assert_eq!(Event::parse("key-disabled")?, Event::KeyDisabled);
/// assert_eq!(Event::RoleRemoved.as_str(), "role-removed");
/// assert!(Event::VaultDeleted.rules().contains(&"CMK1002"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// The key is disabled, every version of it.
    KeyDisabled,
    /// The key is deleted.
    KeyDeleted,
    /// The deleted key is purged.
    KeyPurged,
    /// The key reaches its expiration date.
    KeyExpires,
    /// One version of the key is disabled.
    VersionDisabled,
    /// The role assignments of the identity are removed.
    RoleRemoved,
    /// The access policy of the identity is removed.
    PolicyRemoved,
    /// The vault is deleted.
    VaultDeleted,
    /// The firewall of the vault shuts the service out.
    FirewallClosed,
    /// The identity is deleted.
    IdentityDeleted,
    /// The vault's subscription is moved to another tenant.
    TenantMoved,
    /// The key gets a new version.
    Rotated,
    /// A replica is promoted.
    Promoted,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 13] = [
        Self::KeyDisabled,
        Self::KeyDeleted,
        Self::KeyPurged,
        Self::KeyExpires,
        Self::VersionDisabled,
        Self::RoleRemoved,
        Self::PolicyRemoved,
        Self::VaultDeleted,
        Self::FirewallClosed,
        Self::IdentityDeleted,
        Self::TenantMoved,
        Self::Rotated,
        Self::Promoted,
    ];

    /// The event of a name.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for another name, with those that there are.
    pub fn parse(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|event| event.as_str() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|event| event.as_str()).collect();
            Error::new(Code::InvalidArgument, format!("`{name}` is not an event: there are {}", known.join(", ")))
        })
    }

    /// The name, as it is written on a command line and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyDisabled => "key-disabled",
            Self::KeyDeleted => "key-deleted",
            Self::KeyPurged => "key-purged",
            Self::KeyExpires => "key-expires",
            Self::VersionDisabled => "version-disabled",
            Self::RoleRemoved => "role-removed",
            Self::PolicyRemoved => "policy-removed",
            Self::VaultDeleted => "vault-deleted",
            Self::FirewallClosed => "firewall-closed",
            Self::IdentityDeleted => "identity-deleted",
            Self::TenantMoved => "tenant-moved",
            Self::Rotated => "rotated",
            Self::Promoted => "promoted",
        }
    }

    /// What happens, as the rest of a sentence that begins with what it happens to.
    #[must_use]
    pub const fn happens(self) -> &'static str {
        match self {
            Self::KeyDisabled => "is disabled",
            Self::KeyDeleted | Self::VaultDeleted | Self::IdentityDeleted => "is deleted",
            Self::KeyPurged => "is purged",
            Self::KeyExpires => "expires",
            Self::VersionDisabled => "has a version disabled",
            Self::RoleRemoved => "by role is removed",
            Self::PolicyRemoved => "by access policy is removed",
            Self::FirewallClosed => "shuts the service out",
            Self::TenantMoved => "is moved to another tenant",
            Self::Rotated => "is rotated",
            Self::Promoted => "is promoted",
        }
    }

    /// The codes of the rules that guard against it or that it turns on.
    #[must_use]
    pub const fn rules(self) -> &'static [&'static str] {
        match self {
            Self::KeyDisabled => &["CMK2004"],
            Self::KeyDeleted => &["CMK1001", "CMK1002", "CMK1004", "CMK2013"],
            Self::VaultDeleted => &["CMK1001", "CMK1002", "CMK1004", "CMK1009", "CMK4114"],
            Self::KeyPurged => &["CMK1002", "CMK1004", "CMK2013"],
            Self::KeyExpires => &["CMK2006", "CMK2007", "CMK7004", "CMK7006", "CMK7008", "CMK8003"],
            Self::VersionDisabled => &["CMK2004", "CMK3001", "CMK7009", "CMK7010"],
            Self::RoleRemoved => &["CMK4101", "CMK4103", "CMK4105"],
            Self::PolicyRemoved => &["CMK4101", "CMK4105", "CMK4106"],
            Self::FirewallClosed => &["CMK5001", "CMK5002", "CMK5003", "CMK5004"],
            Self::IdentityDeleted => &["CMK4003", "CMK4004", "CMK4101", "CMK4102"],
            Self::TenantMoved => &["CMK6007"],
            Self::Rotated => &["CMK3001", "CMK7001", "CMK7005", "CMK7009", "CMK7010"],
            Self::Promoted => &["CMK6008", "CMK6009", "CMK6010"],
        }
    }

    /// The public pages that the answer rests on.
    #[must_use]
    pub const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::KeyDisabled => &[TROUBLE, KEY_DETAILS],
            Self::KeyDeleted | Self::KeyPurged | Self::VaultDeleted => &[TROUBLE, SOFT_DELETE],
            Self::KeyExpires => &[TROUBLE, KEY_DETAILS, ROTATION],
            Self::VersionDisabled => &[AT_REST, ROTATION, RESTORE],
            Self::RoleRemoved | Self::PolicyRemoved => &[TROUBLE, AT_REST, RBAC],
            Self::FirewallClosed => &[TROUBLE, AT_REST, NETWORK, TRUSTED],
            Self::IdentityDeleted => &[TROUBLE, HOW_TO],
            Self::TenantMoved => &[LIMITS, MOVE],
            Self::Rotated => &[AT_REST, ROTATION, RESTORE],
            Self::Promoted => &[REPLICATION, LIMITS],
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const AT_REST: &str = "https://learn.microsoft.com/azure/documentdb/database-encryption-at-rest";
const HOW_TO: &str = "https://learn.microsoft.com/azure/documentdb/how-to-data-encryption";
const TROUBLE: &str = "https://learn.microsoft.com/azure/documentdb/how-to-database-encryption-troubleshoot";
const LIMITS: &str = "https://learn.microsoft.com/azure/documentdb/limitations";
const RESTORE: &str = "https://learn.microsoft.com/azure/documentdb/how-to-restore-cluster";
const REPLICATION: &str = "https://learn.microsoft.com/azure/documentdb/cross-region-replication";
const SOFT_DELETE: &str = "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview";
const KEY_DETAILS: &str = "https://learn.microsoft.com/azure/key-vault/keys/about-keys-details";
const ROTATION: &str = "https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation";
const RBAC: &str = "https://learn.microsoft.com/azure/key-vault/general/rbac-guide";
const NETWORK: &str = "https://learn.microsoft.com/azure/key-vault/general/network-security";
const TRUSTED: &str = "https://learn.microsoft.com/azure/key-vault/general/overview-vnet-service-endpoints";
const MOVE: &str = "https://learn.microsoft.com/azure/key-vault/general/move-subscription";
