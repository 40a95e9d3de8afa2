//! Which keys seal and which may open: the caller's side of an envelope's key entries.
//!
//! Configuration names keys without a version. Sealing records the version that the holder named as the newest; opening
//! uses the recorded version, as far as the configuration allows it, and only at the places the configuration names.

use super::kek::is_key_name;
use super::record::DataKey;
use crate::crypto::KEY_SIZE;
use crate::error::{Code, Error};
use crate::key::{KeyUri, KeyVersion, RsaPublicKey};
use crate::secret::Secret;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// A key to seal under.
///
/// ```
/// use cmkit_core::{envelope::SealKey, key::KeyUri};
/// let cmk = SealKey::from(KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SealKey {
    /// A customer-managed key, in its newest version unless the identifier names one.
    Vault(KeyUri),
    /// The same, where the host wraps with the public key of an RSA key itself: its RSA may be faster than this crate's, as
    /// `WebCrypto` is in a browser. It is asked with [`WrapPublic`](crate::operation::KeyRequest::WrapPublic).
    VaultOnHost(KeyUri),
    /// A key that the program itself keeps: service-managed encryption.
    Service(Arc<ServiceKey>),
    /// The data key of an opened key record: the customer-managed key wraps that one, and that one wraps the message's.
    Record(Arc<DataKey>),
}

impl From<KeyUri> for SealKey {
    fn from(key: KeyUri) -> Self {
        Self::Vault(key)
    }
}

impl From<Arc<ServiceKey>> for SealKey {
    fn from(key: Arc<ServiceKey>) -> Self {
        Self::Service(key)
    }
}

impl From<Arc<DataKey>> for SealKey {
    fn from(key: Arc<DataKey>) -> Self {
        Self::Record(key)
    }
}

/// A customer-managed key that may open, and in which versions.
///
/// ```
/// use cmkit_core::{envelope::AllowedKey, key::{KeyUri, KeyVersion}};
/// let key = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
/// let leaked = KeyVersion::parse("0123456789abcdef0123456789abcdef")?;
/// let allowed = AllowedKey { refused_versions: vec![leaked], ..AllowedKey::from(key) };
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AllowedKey {
    /// The key, without a version.
    pub key: KeyUri,
    /// The versions that may open; every version where the list is empty.
    pub versions: Vec<KeyVersion>,
    /// Versions that may not, even if they are in `versions`.
    pub refused_versions: Vec<KeyVersion>,
    /// Only versions that the holder made at this time or later, in seconds since 1970-01-01 UTC. The holder's own
    /// account is asked for; versions have no order of their own.
    pub created_after: Option<u64>,
    /// Public keys that are known for versions. They match an envelope by its key thumbprint, whatever vault it names: a
    /// vault that was restored elsewhere.
    pub public_keys: Vec<(KeyVersion, RsaPublicKey)>,
}

impl From<KeyUri> for AllowedKey {
    /// Every version, or the one that the identifier names.
    fn from(key: KeyUri) -> Self {
        Self {
            versions: key.version().into_iter().collect(),
            key: key.versionless(),
            refused_versions: Vec::new(),
            created_after: None,
            public_keys: Vec::new(),
        }
    }
}

impl AllowedKey {
    pub(super) fn allows(&self, version: KeyVersion) -> bool {
        (self.versions.is_empty() || self.versions.contains(&version)) && !self.refused_versions.contains(&version)
    }

    pub(super) fn public_key(&self, version: KeyVersion) -> Option<&RsaPublicKey> {
        self.public_keys.iter().find(|(known, _)| *known == version).map(|(_, key)| key)
    }

    /// The configuration as bytes, for the id under which an unwrapped key may be cached.
    pub(super) fn fingerprint(&self) -> Vec<u8> {
        let Self { key, versions, refused_versions, created_after, public_keys } = self;
        let mut out = format!("{key}\0").into_bytes();
        if let Some(seconds) = created_after {
            out.push(b't');
            out.extend_from_slice(&seconds.to_be_bytes());
        }
        for (tag, list) in [(b'a', versions), (b'r', refused_versions)] {
            for version in list {
                out.push(tag);
                out.extend_from_slice(version.as_bytes());
            }
        }
        for (version, key) in public_keys {
            out.push(b'p');
            out.extend_from_slice(version.as_bytes());
            out.extend_from_slice(key.thumbprint().as_bytes());
        }
        out
    }
}

/// A 256-bit key that the program keeps itself, for encryption with nothing to set up: service-managed.
///
/// ```
/// # let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
/// use cmkit_core::envelope::ServiceKey;
/// let key = ServiceKey::generate("default", &mut rng)?;
/// let kept = ServiceKey::from_parts(key.name(), key.version(), &key.expose())?;
/// assert_eq!(format!("{kept:?}"), format!("{key:?}"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
pub struct ServiceKey {
    name: String,
    version: KeyVersion,
    key: Zeroizing<[u8; KEY_SIZE]>,
}

impl ServiceKey {
    /// A new random key with a new random version.
    ///
    /// # Errors
    /// `invalid_argument` for a name outside `[0-9a-z-]{1,127}`.
    pub fn generate(name: &str, rng: &mut impl CryptoRng) -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; KEY_SIZE]);
        rng.fill_bytes(key.as_mut_slice());
        let mut version = [0; 16];
        rng.fill_bytes(&mut version);
        Self::from_parts(name, KeyVersion::from_bytes(version), &Secret::from_slice(key.as_slice()))
    }

    /// A key that was kept.
    ///
    /// # Errors
    /// `invalid_argument` for a name outside `[0-9a-z-]{1,127}` or a key that has not 32 bytes.
    pub fn from_parts(name: &str, version: KeyVersion, key: &Secret) -> Result<Self, Error> {
        if !is_key_name(name) {
            return Err(Error::new(
                Code::InvalidArgument,
                format!("`{name}` is not a key name: 1 to 127 of `0-9a-z-`"),
            ));
        }
        let bytes = key.expose().try_into().map_err(|_| Error::new(Code::InvalidArgument, "a key has 32 bytes"))?;
        Ok(Self { name: name.into(), version, key: Zeroizing::new(bytes) })
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's version.
    #[must_use]
    pub const fn version(&self) -> KeyVersion {
        self.version
    }

    /// A copy of the key, to keep it somewhere safe.
    #[must_use]
    pub fn expose(&self) -> Secret {
        Secret::from_slice(self.key.as_slice())
    }

    pub(super) fn kek(&self) -> &[u8; KEY_SIZE] {
        &self.key
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceKey({}/{}, [redacted])", self.name, self.version)
    }
}

/// Every key that may open, of each kind. What is in no list opens nothing.
///
/// ```
/// use cmkit_core::{envelope::OpenKeys, key::KeyUri};
/// let keys = OpenKeys::vault([KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?]);
/// assert_eq!(keys.vault.len(), 1);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenKeys {
    /// Customer-managed keys.
    pub vault: Vec<AllowedKey>,
    /// Keys that the program keeps itself.
    pub service: Vec<Arc<ServiceKey>>,
    /// Data keys of opened key records.
    pub records: Vec<Arc<DataKey>>,
}

impl OpenKeys {
    /// Customer-managed keys alone, each in every version or in the one it names.
    pub fn vault(keys: impl IntoIterator<Item = KeyUri>) -> Self {
        Self { vault: keys.into_iter().map(AllowedKey::from).collect(), ..Self::default() }
    }
}
