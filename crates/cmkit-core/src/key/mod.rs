//! The words for keys: identifiers of Key Vault and managed HSM keys, versions, public keys and thumbprints.
//!
//! Nothing here holds a secret.

mod public;
mod uri;

pub use public::{RsaPublicKey, Thumbprint};
pub use uri::{Cloud, KeyUri, KeyUriFault, KeyUriProblem, Service};

use crate::error::{Code, Error};
use alloc::format;
use core::fmt;

/// The version of a key: the 32 hexadecimal digits that Key Vault gives it, as 16 bytes.
///
/// Versions have no order: a greater one is not a newer one.
///
/// ```
/// use cmkit_core::key::KeyVersion;
/// let version = KeyVersion::parse("0123456789ABCDEF0123456789ABCDEF")?;
/// assert_eq!(version.to_string(), "0123456789abcdef0123456789abcdef");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyVersion([u8; 16]);

impl KeyVersion {
    /// A version from its 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Parses 32 hexadecimal digits of either case.
    ///
    /// # Errors
    /// [`Code::InvalidKeyUri`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fault = || {
            let text: alloc::string::String = text.chars().take(64).collect();
            Error::new(Code::InvalidKeyUri, format!("`{text}` is not a key version: it takes 32 hexadecimal digits"))
        };
        let digits: &[u8; 32] = text.as_bytes().try_into().map_err(|_| fault())?;
        let mut bytes = [0; 16];
        for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks().0) {
            *byte = hex_value(*high).ok_or_else(fault)? << 4 | hex_value(*low).ok_or_else(fault)?;
        }
        Ok(Self(bytes))
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for KeyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for KeyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyVersion({self})")
    }
}

impl core::str::FromStr for KeyVersion {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
