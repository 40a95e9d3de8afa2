//! The vault key: how it is kept, and how it seals private keys.
//!
//! Everything secret in a folder is sealed with AES-256-GCM under one random vault key. That key itself is in
//! `vault.json`, wrapped under a key file or under a passphrase (Argon2id).

#[cfg(test)]
mod wycheproof;

use crate::folder::fault;
use crate::private_key::{random, random_secret};
use crate::record::base64url;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use cmkit::secret::Secret;
use cmkit::{Code, Error};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::{fmt, fs};
use zeroize::Zeroizing;

/// What opens a vault folder.
///
/// <div class="warning">
///
/// A key file beside the vault ([`Unlock::KeyFile`]) keeps private keys out of backups and repositories that leave
/// `vault.key` out, and that is all: whoever can read the folder can use its keys. Where that is not enough, use a
/// passphrase, or a key file in another place.
///
/// </div>
///
/// ```
/// use cmkit_vault::Unlock;
/// let unlock = Unlock::passphrase("correct horse battery staple");
/// assert_eq!(format!("{unlock:?}"), "Passphrase([redacted])");
/// ```
pub enum Unlock {
    /// The file `vault.key` in the folder; a new vault makes it.
    KeyFile,
    /// A key file in another place; a new vault makes it.
    KeyFileAt(PathBuf),
    /// A passphrase.
    Passphrase(Secret),
}

impl Unlock {
    /// A passphrase, copied; the caller wipes its own.
    #[must_use]
    pub fn passphrase(text: &str) -> Self {
        Self::Passphrase(Secret::from_slice(text.as_bytes()))
    }

    /// The passphrase in a file, without the line's end behind it.
    ///
    /// # Errors
    /// [`Code::Io`] where there is no such file, [`Code::Input`] where it is not UTF-8.
    pub fn passphrase_file(path: &Path) -> Result<Self, Error> {
        let bytes = Zeroizing::new(fs::read(path).map_err(|error| fault("read", path, error))?);
        let text = str::from_utf8(&bytes)
            .map_err(|_| Error::new(Code::Input, format!("the passphrase in `{}` is not UTF-8", path.display())))?;
        Ok(Self::passphrase(text.trim_end_matches(['\r', '\n'])))
    }
}

impl fmt::Debug for Unlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyFile => f.write_str("KeyFile"),
            Self::KeyFileAt(path) => f.debug_tuple("KeyFileAt").field(path).finish(),
            Self::Passphrase(_) => f.write_str("Passphrase([redacted])"),
        }
    }
}

/// How the vault key is wrapped, as `vault.json` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Wrapping {
    KeyFile {
        sealed: Sealed,
    },
    Argon2id {
        memory_kib: u32,
        passes: u32,
        lanes: u32,
        #[serde(with = "base64url")]
        salt: Vec<u8>,
        sealed: Sealed,
    },
}

/// The second recommendation of RFC 9106: 64 MiB, 3 passes, 4 lanes.
const COST: (u32, u32, u32) = (64 * 1024, 3, 4);
/// What a changed file may make this process spend at most: 1 GiB, 16 passes, 16 lanes.
const COST_LIMIT: (u32, u32, u32) = (1024 * 1024, 16, 16);

impl Wrapping {
    pub(crate) fn with_key_file(vault_key: &VaultKey, key_file: &Secret, host: &str) -> Result<Self, Error> {
        let sealed = VaultKey::new(key_file.expose())?.seal(vault_key.0.expose(), &wrap_aad(host))?;
        Ok(Self::KeyFile { sealed })
    }

    pub(crate) fn with_passphrase(vault_key: &VaultKey, passphrase: &Secret, host: &str) -> Result<Self, Error> {
        if passphrase.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "the passphrase is empty"));
        }
        let salt = random::<16>()?;
        let (memory_kib, passes, lanes) = COST;
        let kek = stretch(passphrase, &salt, COST)?;
        let sealed = kek.seal(vault_key.0.expose(), &wrap_aad(host))?;
        Ok(Self::Argon2id { memory_kib, passes, lanes, salt: salt.to_vec(), sealed })
    }

    pub(crate) fn open_with_key_file(&self, key_file: &Secret, host: &str) -> Result<VaultKey, Error> {
        let Self::KeyFile { sealed } = self else {
            return Err(Error::new(Code::Denied, "this vault is opened with a passphrase, not with a key file"));
        };
        Self::finish(&VaultKey::new(key_file.expose())?, sealed, host, "the key file")
    }

    pub(crate) fn open_with_passphrase(&self, passphrase: &Secret, host: &str) -> Result<VaultKey, Error> {
        let Self::Argon2id { memory_kib, passes, lanes, salt, sealed } = self else {
            return Err(Error::new(Code::Denied, "this vault is opened with a key file, not with a passphrase"));
        };
        let within = *memory_kib <= COST_LIMIT.0 && *passes <= COST_LIMIT.1 && *lanes <= COST_LIMIT.2;
        if !within {
            return Err(Error::new(Code::TooLarge, "the vault asks for more work on the passphrase than is sound"));
        }
        let kek = stretch(passphrase, salt, (*memory_kib, *passes, *lanes))?;
        Self::finish(&kek, sealed, host, "the passphrase")
    }

    fn finish(kek: &VaultKey, sealed: &Sealed, host: &str, what: &str) -> Result<VaultKey, Error> {
        let key = kek
            .open(sealed, &wrap_aad(host))
            .map_err(|_| Error::new(Code::Denied, format!("{what} does not open this vault")))?;
        VaultKey::new(key.expose())
    }
}

fn wrap_aad(host: &str) -> Vec<u8> {
    format!("cmkit-vault/1 vault-key\n{host}").into_bytes()
}

fn stretch(passphrase: &Secret, salt: &[u8], (memory, passes, lanes): (u32, u32, u32)) -> Result<VaultKey, Error> {
    let malformed = |_| Error::new(Code::Malformed, "the vault's Argon2id parameters are not valid");
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(malformed)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose(), salt, &mut *key)
        .map_err(malformed)?;
    VaultKey::new(&*key)
}

/// A 256-bit key that seals.
pub(crate) struct VaultKey(Secret);

/// Something sealed: nonce, and ciphertext with its tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    #[serde(with = "base64url")]
    nonce: Vec<u8>,
    #[serde(with = "base64url")]
    ciphertext: Vec<u8>,
}

impl VaultKey {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != 32 {
            return Err(Error::new(Code::Input, "a key file holds exactly 32 bytes"));
        }
        Ok(Self(Secret::from_slice(bytes)))
    }

    pub(crate) fn generate() -> Result<Self, Error> {
        Ok(Self(random_secret()?))
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, Error> {
        RandomizedNonceKey::new(&AES_256_GCM, self.0.expose())
            .map_err(|_| Error::new(Code::Malformed, "the vault key is not valid"))
    }

    /// Seals under a fresh random nonce.
    pub(crate) fn seal(&self, plaintext: &[u8], aad: &[u8]) -> Result<Sealed, Error> {
        // Sized for the tag, so that no copy of the plaintext is left behind by growing.
        let mut buffer = Zeroizing::new(Vec::with_capacity(plaintext.len() + AES_256_GCM.tag_len()));
        buffer.extend_from_slice(plaintext);
        let nonce = self
            .cipher()?
            .seal_in_place_append_tag(Aad::from(aad), &mut *buffer)
            .map_err(|_| Error::new(Code::Io, "sealing failed: the system gives no randomness"))?;
        Ok(Sealed { nonce: nonce.as_ref().to_vec(), ciphertext: buffer.to_vec() })
    }

    pub(crate) fn open(&self, sealed: &Sealed, aad: &[u8]) -> Result<Secret, Error> {
        let nonce = Nonce::try_assume_unique_for_key(&sealed.nonce).map_err(|_| Error::decrypt())?;
        let mut buffer = Zeroizing::new(sealed.ciphertext.clone());
        let plaintext =
            self.cipher()?.open_in_place(nonce, Aad::from(aad), &mut buffer).map_err(|_| Error::decrypt())?;
        Ok(Secret::from_slice(plaintext))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_in_the_same_context() {
        let key = VaultKey::generate().expect("a key");
        let sealed = key.seal(b"secret", b"here").expect("sealed");
        assert!(key.open(&sealed, b"here").expect("opens").ct_eq(b"secret"));
        assert!(key.open(&sealed, b"there").is_err());
        assert!(VaultKey::generate().expect("a key").open(&sealed, b"here").is_err());
        for part in [Sealed { nonce: vec![], ..sealed.clone() }, Sealed { ciphertext: vec![1; 3], ..sealed.clone() }] {
            assert!(key.open(&part, b"here").is_err());
        }
        let again = key.seal(b"secret", b"here").expect("sealed");
        assert_ne!(sealed.nonce, again.nonce);
    }

    #[test]
    fn a_passphrase_opens_its_own_wrapping_alone() {
        let key = VaultKey::generate().expect("a key");
        let passphrase = Secret::from_slice(b"correct horse");
        let wrapping = Wrapping::with_passphrase(&key, &passphrase, "h").expect("wrapped");
        assert!(wrapping.open_with_passphrase(&passphrase, "h").expect("opens").0.ct_eq(key.0.expose()));
        assert!(wrapping.open_with_passphrase(&passphrase, "other").is_err());
        let wrong = wrapping.open_with_passphrase(&Secret::from_slice(b"wrong"), "h").err().expect("refused");
        assert_eq!((wrong.code(), wrong.message()), (Code::Denied, "the passphrase does not open this vault"));
        assert!(wrapping.open_with_key_file(&Secret::from_slice(&[0; 32]), "h").is_err());
        assert!(Wrapping::with_passphrase(&key, &Secret::from_slice(b""), "h").is_err());
    }

    #[test]
    fn a_changed_file_cannot_make_opening_costly() {
        let key = VaultKey::generate().expect("a key");
        let passphrase = Secret::from_slice(b"correct horse");
        let sealed = key.seal(b"x", b"y").expect("sealed");
        for (memory_kib, passes, lanes, salt) in
            [(u32::MAX, 1, 1, 16), (8, u32::MAX, 1, 16), (8, 1, u32::MAX, 16), (0, 0, 0, 16), (64, 1, 1, 1)]
        {
            let wrapping =
                Wrapping::Argon2id { memory_kib, passes, lanes, salt: vec![0; salt], sealed: sealed.clone() };
            assert!(wrapping.open_with_passphrase(&passphrase, "h").is_err());
        }
    }
}
