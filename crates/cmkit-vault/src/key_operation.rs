//! The operations that a key may be used for.

use crate::private_key::KeyKind;
use crate::role::Permission;
use cmkit::{Code, Error};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::str::FromStr;

/// An operation that a key may be used for (`key_ops`).
///
/// ```
/// use cmkit_vault::{KeyKind, KeyOperation};
/// assert_eq!("wrapkey".parse::<KeyOperation>()?, KeyOperation::WrapKey);
/// assert!(!KeyOperation::all_of(KeyKind::Symmetric).contains(&KeyOperation::Sign));
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyOperation {
    /// `encrypt`
    Encrypt,
    /// `decrypt`
    Decrypt,
    /// `sign`
    Sign,
    /// `verify`
    Verify,
    /// `wrapKey`
    WrapKey,
    /// `unwrapKey`
    UnwrapKey,
}

impl KeyOperation {
    /// Every operation: those of a symmetric key first, those of a key on a curve last.
    pub const ALL: &[Self] = &[Self::WrapKey, Self::UnwrapKey, Self::Encrypt, Self::Decrypt, Self::Sign, Self::Verify];

    /// The name in `key_ops`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::WrapKey => "wrapKey",
            Self::UnwrapKey => "unwrapKey",
        }
    }

    /// The permission that the operation takes.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Encrypt => Permission::Encrypt,
            Self::Decrypt => Permission::Decrypt,
            Self::Sign => Permission::Sign,
            Self::Verify => Permission::Verify,
            Self::WrapKey => Permission::WrapKey,
            Self::UnwrapKey => Permission::UnwrapKey,
        }
    }

    /// Whether the operation protects anything new, which takes a key that is in date.
    #[must_use]
    pub const fn protects(self) -> bool {
        matches!(self, Self::Encrypt | Self::Sign | Self::WrapKey)
    }

    /// What a key of this kind can do.
    #[must_use]
    pub fn all_of(kind: KeyKind) -> BTreeSet<Self> {
        let all = match kind {
            KeyKind::Symmetric => &Self::ALL[..4],
            KeyKind::Ec(_) => &Self::ALL[4..],
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => Self::ALL,
        };
        all.iter().copied().collect()
    }
}

impl FromStr for KeyOperation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let named = |operation: &Self| operation.as_str().eq_ignore_ascii_case(text);
        Self::ALL.iter().copied().find(named).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|operation| operation.as_str()).collect();
            let message = format!("`{text}` is not an operation of a key: {}", known.join(", "));
            Error::new(Code::InvalidArgument, message)
        })
    }
}
