//! Key permissions and the roles of Azure that carry them.
//!
//! The table knows what a role may do with keys in the data plane and nothing else of it; roles that may do nothing
//! there are in it because people assign them.

use cmkit::{Code, Error};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

macro_rules! permissions {
    ($($variant:ident $policy:literal $action:literal;)+) => {
        /// One thing that may be done with keys, with the name of access policies and the data action of roles.
        ///
        /// ```
        /// use cmkit_vault::Permission;
        /// assert_eq!("wrapkey".parse::<Permission>()?, Permission::WrapKey);
        /// assert_eq!(Permission::WrapKey.data_action(), "Microsoft.KeyVault/vaults/keys/wrap/action");
        /// # Ok::<(), cmkit_vault::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum Permission {
            $(#[doc = concat!("`", $policy, "`")] #[serde(rename = $policy)] $variant,)+
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in an access policy.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $policy),+ }
            }

            /// The data action of Azure RBAC.
            #[must_use]
            pub const fn data_action(self) -> &'static str {
                match self { $(Self::$variant => concat!("Microsoft.KeyVault/vaults/keys/", $action)),+ }
            }
        }
    };
}

permissions! {
    Get "get" "read";
    List "list" "read";
    WrapKey "wrapKey" "wrap/action";
    UnwrapKey "unwrapKey" "unwrap/action";
    Encrypt "encrypt" "encrypt/action";
    Decrypt "decrypt" "decrypt/action";
    Sign "sign" "sign/action";
    Verify "verify" "verify/action";
    Create "create" "create/action";
    Import "import" "import/action";
    Update "update" "update/action";
    Delete "delete" "delete";
    Recover "recover" "recover/action";
    Purge "purge" "purge/action";
    Backup "backup" "backup/action";
    Restore "restore" "restore/action";
    Rotate "rotate" "rotate/action";
    GetRotationPolicy "getRotationPolicy" "rotationpolicy/read";
    SetRotationPolicy "setRotationPolicy" "rotationpolicy/write";
    Release "release" "release/action";
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|known| known.as_str()).collect();
            let message = format!("`{text}` is not a key permission: {}", known.join(", "));
            Error::new(Code::InvalidArgument, message)
        })
    }
}

/// A role of Azure, with its id and with what it allows on keys.
#[derive(Debug)]
struct Definition {
    name: &'static str,
    id: &'static str,
    allows: &'static [Permission],
}

const CRYPTO_USER: &[Permission] = {
    use Permission::{Backup, Decrypt, Encrypt, Get, List, Sign, UnwrapKey, Update, Verify, WrapKey};
    &[Get, List, Update, Backup, Encrypt, Decrypt, WrapKey, UnwrapKey, Sign, Verify]
};
const ENCRYPTION_USER: &[Permission] = &[Permission::Get, Permission::List, Permission::WrapKey, Permission::UnwrapKey];
const READ: &[Permission] = &[Permission::Get, Permission::List];

/// Built-in roles: "Azure built-in roles" and "Azure role-based access control for Key Vault data plane operations".
const ROLES: &[Definition] = &[
    role("Key Vault Crypto Service Encryption User", "e147488a-f6f5-4113-8e2d-b22465e65bf6", ENCRYPTION_USER),
    role("Key Vault Crypto User", "12338af0-0e69-4776-bea7-57ae8d297424", CRYPTO_USER),
    role("Key Vault Crypto Officer", "14b46e9e-c2b7-41b4-b07b-48a6ebf60603", Permission::ALL),
    role("Key Vault Administrator", "00482a5a-887f-4fb3-b363-3b7fe8e74483", Permission::ALL),
    role("Key Vault Reader", "21090545-7ca7-4776-b22c-e363652d74d2", READ),
    role("Key Vault Crypto Service Release User", "08bbd89e-9f13-488c-ac41-acfcb10c90ab", &[Permission::Release]),
    role("Key Vault Purge Operator", "a68e7c17-0ab2-4c09-9a58-125dae29748c", &[]),
    role("Key Vault Certificates Officer", "a4417e6f-fecd-4de8-b567-7b0420556985", &[]),
    role("Key Vault Certificate User", "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba", &[]),
    role("Key Vault Secrets Officer", "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", &[]),
    role("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6", &[]),
    role("Key Vault Data Access Administrator", "8b54135c-b56d-4d72-a534-26097cfdc8d8", &[]),
    role("Key Vault Contributor", "f25e0fa2-a7c8-4377-a976-54943a77a395", &[]),
    role("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", &[]),
    role("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c", &[]),
    role("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", &[]),
];

const fn role(name: &'static str, id: &'static str, allows: &'static [Permission]) -> Definition {
    Definition { name, id, allows }
}

/// A built-in role of Azure.
///
/// ```
/// use cmkit_vault::{Permission, Role};
/// let role: Role = "key vault crypto service encryption user".parse()?;
/// assert_eq!(role, Role::ENCRYPTION_USER);
/// assert_eq!(role, "e147488a-f6f5-4113-8e2d-b22465e65bf6".parse()?);
/// assert!(role.allows(Permission::UnwrapKey) && !role.allows(Permission::Delete));
/// // A role of the control plane opens no key.
/// assert!(!"Owner".parse::<Role>()?.allows(Permission::Get));
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Role(&'static Definition);

impl Role {
    /// The least role under which a service can use a customer-managed key.
    pub const ENCRYPTION_USER: Self = Self(&ROLES[0]);

    /// Every role that the vault knows.
    pub fn all() -> impl Iterator<Item = Self> {
        ROLES.iter().map(Self)
    }

    /// The name as the portal shows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// The id of the role definition.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.0.id
    }

    /// Whether the role's data actions include this one.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        self.0.allows.contains(&permission)
    }

    /// Whether the role suffices for a customer-managed key: read, wrap and unwrap.
    #[must_use]
    pub fn suffices(self) -> bool {
        [Permission::Get, Permission::WrapKey, Permission::UnwrapKey].into_iter().all(|needed| self.allows(needed))
    }
}

impl PartialEq for Role {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Role {}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Role({})", self.name())
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = Error;

    /// Takes the name, in any case, or the id.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let known = |role: &Role| role.name().eq_ignore_ascii_case(text) || role.id().eq_ignore_ascii_case(text);
        Self::all().find(known).ok_or_else(|| {
            let message =
                format!("`{text}` is not a role that the vault knows; a CMK takes `{}`", Self::ENCRYPTION_USER);
            Error::new(Code::InvalidArgument, message)
        })
    }
}

impl serde::Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for Role {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Several permissions from a list such as `get,wrapKey,unwrapKey`.
///
/// # Errors
/// [`Code::InvalidArgument`] for a word that is no permission.
pub(crate) fn parse_permissions(list: &str) -> Result<BTreeSet<Permission>, Error> {
    list.split([',', ' ']).filter(|word| !word.is_empty()).map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_suffices_for_a_customer_managed_key() {
        let enough: Vec<_> = Role::all().filter(|role| role.suffices()).map(Role::name).collect();
        assert_eq!(
            enough,
            [
                "Key Vault Crypto Service Encryption User",
                "Key Vault Crypto User",
                "Key Vault Crypto Officer",
                "Key Vault Administrator"
            ]
        );
    }

    #[test]
    fn names_and_ids_are_unique_and_parse() {
        for role in Role::all() {
            assert_eq!(role.name().to_uppercase().parse::<Role>().expect("a name"), role);
            assert_eq!(role.id().parse::<Role>().expect("an id").name(), role.name());
            assert_eq!(Role::all().filter(|other| other.name() == role.name()).count(), 1);
        }
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse::<Permission>().expect("a permission"), *permission);
        }
        assert!("Key Vault Nobody".parse::<Role>().is_err());
        assert_eq!(parse_permissions("get, wrapKey,UNWRAPKEY").expect("a list").len(), 3);
        assert!(parse_permissions("get,fly").is_err());
    }
}
