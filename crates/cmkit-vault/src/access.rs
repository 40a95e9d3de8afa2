//! Who may do what, from where: identities with their grants, the permission model, and the network in front.
//!
//! A vault heeds one kind of grant only, the one of its permission model. Grants of the other kind stay stored and do
//! nothing, as in Key Vault after the model was switched.

use crate::role::{Permission, Role};
use cmkit::{Code, Error, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Which kind of grant the vault heeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PermissionModel {
    /// Role assignments of Azure RBAC.
    #[default]
    Rbac,
    /// Access policies of the vault.
    Policy,
}

/// What an identity is given: a role on the vault or on one key, or permissions of an access policy.
///
/// ```
/// use cmkit_vault::{Grant, Role};
/// let on_the_vault = Grant::role(Role::ENCRYPTION_USER);
/// let on_one_key = Grant::role(Role::ENCRYPTION_USER).on_key("orders-kek");
/// let policy = Grant::permissions("get,wrapKey,unwrapKey")?;
/// # let _ = (on_the_vault, on_one_key, policy);
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A role assignment. Heeded under [`PermissionModel::Rbac`].
    Role {
        /// The role.
        role: Role,
        /// The key it is assigned on; the whole vault without one.
        key: Option<String>,
    },
    /// Permissions of an access policy, always on the whole vault. Heeded under [`PermissionModel::Policy`].
    Permissions(BTreeSet<Permission>),
}

impl Grant {
    /// A role on the whole vault.
    #[must_use]
    pub const fn role(role: Role) -> Self {
        Self::Role { role, key: None }
    }

    /// The same role on one key only. Permissions of an access policy have no such scope and stay as they are.
    #[must_use]
    pub fn on_key(self, name: &str) -> Self {
        match self {
            Self::Role { role, .. } => Self::Role { role, key: Some(name.to_ascii_lowercase()) },
            Self::Permissions(_) => self,
        }
    }

    /// Permissions of an access policy, from a list such as `get,wrapKey,unwrapKey`.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for a word that is no permission, and for an empty list.
    pub fn permissions(list: &str) -> Result<Self, Error> {
        let permissions = crate::role::parse_permissions(list)?;
        if permissions.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "an access policy takes at least one permission"));
        }
        Ok(Self::Permissions(permissions))
    }
}

/// An identity of the vault: a name and its grants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Role assignments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleAssignment>,
    /// Permissions of the identity's access policy.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub permissions: BTreeSet<Permission>,
    /// Where the identity calls from, unless the caller says otherwise.
    #[serde(default, skip_serializing_if = "Place::is_elsewhere")]
    pub place: Place,
}

/// A role on the vault or on one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleAssignment {
    /// The role.
    pub role: Role,
    /// The key's name; the whole vault without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Identity {
    /// Adds a grant. Says whether that changed anything.
    pub(crate) fn grant(&mut self, grant: Grant) -> bool {
        match grant {
            Grant::Role { role, key } => {
                let assignment = RoleAssignment { role, key };
                let new = !self.roles.contains(&assignment);
                if new {
                    self.roles.push(assignment);
                }
                new
            }
            Grant::Permissions(permissions) => {
                let before = self.permissions.len();
                self.permissions.extend(permissions);
                self.permissions.len() > before
            }
        }
    }

    /// Takes a grant away. Says whether that changed anything.
    pub(crate) fn revoke(&mut self, grant: &Grant) -> bool {
        match grant {
            Grant::Role { role, key } => {
                let before = self.roles.len();
                self.roles.retain(|held| held.role != *role || held.key != *key);
                self.roles.len() < before
            }
            Grant::Permissions(permissions) => {
                let before = self.permissions.len();
                self.permissions.retain(|held| !permissions.contains(held));
                self.permissions.len() < before
            }
        }
    }

    /// Whether the identity may do this with the key, or with the vault as a whole, by the grants that the model heeds.
    #[must_use]
    pub fn may(&self, model: PermissionModel, permission: Permission, key: Option<&str>) -> bool {
        match model {
            PermissionModel::Policy => self.permissions.contains(&permission),
            PermissionModel::Rbac => self
                .roles
                .iter()
                .filter(|assignment| assignment.key.as_deref().is_none_or(|scope| Some(scope) == key))
                .any(|assignment| assignment.role.allows(permission)),
        }
    }
}

/// The network in front of the vault.
///
/// ```
/// use cmkit_vault::{Network, Place};
/// let closed = Network::Disabled { trusted_services: true };
/// assert!(closed.admit(Place::TrustedService).is_ok());
/// assert_eq!(closed.admit(Place::Elsewhere).unwrap_err().reason, "ForbiddenByConnection");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "access", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Network {
    /// Public access from all networks.
    #[default]
    Public,
    /// Public access from selected networks, none of which a caller of this vault is in.
    Selected {
        /// Whether trusted Microsoft services bypass the firewall.
        trusted_services: bool,
    },
    /// Public access disabled.
    Disabled {
        /// Whether trusted Microsoft services bypass the firewall.
        trusted_services: bool,
    },
}

impl Network {
    /// Lets a caller in, or not.
    ///
    /// # Errors
    /// The refusal of the firewall (`ForbiddenByFirewall`) or of closed public access (`ForbiddenByConnection`).
    pub fn admit(self, place: Place) -> Result<(), Refusal> {
        let (trusted, reason, message) = match self {
            Self::Public => return Ok(()),
            Self::Selected { trusted_services } => (
                trusted_services,
                "ForbiddenByFirewall",
                "the caller's address is not in an allowed network and the caller is not a trusted service",
            ),
            Self::Disabled { trusted_services } => (
                trusted_services,
                "ForbiddenByConnection",
                "public network access is disabled and the caller is neither a trusted service nor on a private link",
            ),
        };
        if place == Place::TrustedService {
            if trusted {
                return Ok(());
            }
            let message = "the vault does not let trusted services bypass its firewall";
            return Err(Refusal::new(RefusalKind::Denied, reason, message));
        }
        Err(Refusal::new(RefusalKind::Denied, reason, message))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shape, trusted) = match self {
            Self::Public => return f.write_str("public"),
            Self::Selected { trusted_services } => ("selected networks", trusted_services),
            Self::Disabled { trusted_services } => ("disabled", trusted_services),
        };
        write!(f, "{shape}, {}", if *trusted { "trusted services bypass" } else { "no bypass" })
    }
}

/// Where a caller stands, as the vault's network sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Anywhere on the internet.
    #[default]
    Elsewhere,
    /// An Azure service that Key Vault trusts, for example the database service.
    TrustedService,
}

impl Place {
    fn is_elsewhere(&self) -> bool {
        *self == Self::Elsewhere
    }
}

impl FromStr for PermissionModel {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "rbac" => Ok(Self::Rbac),
            "policy" => Ok(Self::Policy),
            _ => {
                let message = format!("`{text}` is not a permission model: `rbac` or `policy`");
                Err(Error::new(Code::InvalidArgument, message))
            }
        }
    }
}

impl fmt::Display for PermissionModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rbac => "rbac",
            Self::Policy => "policy",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_models_own_grants_count() {
        let mut identity = Identity::default();
        assert!(identity.grant(Grant::role(Role::ENCRYPTION_USER)));
        assert!(!identity.grant(Grant::role(Role::ENCRYPTION_USER)));
        assert!(identity.may(PermissionModel::Rbac, Permission::UnwrapKey, Some("k")));
        assert!(!identity.may(PermissionModel::Policy, Permission::UnwrapKey, Some("k")));
        assert!(identity.grant(Grant::permissions("get,unwrapKey").expect("permissions")));
        assert!(identity.may(PermissionModel::Policy, Permission::UnwrapKey, Some("k")));
        assert!(!identity.may(PermissionModel::Policy, Permission::WrapKey, Some("k")));
        assert!(identity.revoke(&Grant::role(Role::ENCRYPTION_USER)));
        assert!(!identity.may(PermissionModel::Rbac, Permission::UnwrapKey, Some("k")));
    }

    #[test]
    fn a_role_on_a_key_is_for_that_key() {
        let mut identity = Identity::default();
        identity.grant(Grant::role(Role::ENCRYPTION_USER).on_key("K"));
        assert!(identity.may(PermissionModel::Rbac, Permission::Get, Some("k")));
        assert!(!identity.may(PermissionModel::Rbac, Permission::Get, Some("k2")));
        assert!(!identity.may(PermissionModel::Rbac, Permission::List, None), "the vault is more than the key");
        assert!(!identity.revoke(&Grant::role(Role::ENCRYPTION_USER)), "another scope is another assignment");
    }

    #[test]
    fn the_network_admits() {
        let admitted = |network: Network| {
            [Place::Elsewhere, Place::TrustedService]
                .map(|place| network.admit(place).map_err(|refusal| refusal.reason))
        };
        let (firewall, connection) = (|| Err("ForbiddenByFirewall".into()), || Err("ForbiddenByConnection".into()));
        assert_eq!(admitted(Network::Public), [Ok(()), Ok(())]);
        assert_eq!(admitted(Network::Selected { trusted_services: true }), [firewall(), Ok(())]);
        assert_eq!(admitted(Network::Selected { trusted_services: false }), [firewall(), firewall()]);
        assert_eq!(admitted(Network::Disabled { trusted_services: true }), [connection(), Ok(())]);
        assert_eq!(admitted(Network::Disabled { trusted_services: false }), [connection(), connection()]);
        assert_eq!(Network::Disabled { trusted_services: true }.to_string(), "disabled, trusted services bypass");
    }
}
