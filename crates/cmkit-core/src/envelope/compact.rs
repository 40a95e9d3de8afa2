//! Compact values: a database field or a token, sealed under the data key of a key record in 57 bytes more than it has.

use super::header::SALT_SIZE;
use super::record::DataKey;
use super::seal::generate_salt;
use crate::crypto::{Backend, ChunkCipher, KEY_SIZE, NONCE_SIZE, TAG_SIZE, front, sha512};
use crate::error::{Code, Error};
use alloc::sync::Arc;
use alloc::vec::Vec;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

const RANDOM: u8 = 0xc1;
const DETERMINISTIC: u8 = 0xc2;
const ID_SIZE: usize = 16;
const PREFIX_SIZE: usize = 1 + ID_SIZE + SALT_SIZE;

/// Bytes that sealing adds to a value.
pub const COMPACT_OVERHEAD: usize = PREFIX_SIZE + TAG_SIZE;
/// Bytes of a value at most.
pub const MAX_COMPACT: usize = 1 << 20;
/// Bytes of a value's namespace at most.
const MAX_NAMESPACE: usize = 255;

impl DataKey {
    /// Seals a value; the same value seals to something else each time.
    ///
    /// `namespace` is what the value is (`acme.customer.email`), `aad` which one it is (the row): an opener must give the
    /// same.
    ///
    /// # Errors
    /// `too_large` over 1 MiB, or for a namespace over 255 bytes.
    pub fn seal_value<B: Backend>(
        &self,
        namespace: &str,
        aad: &[u8],
        plaintext: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        self.values(namespace, aad)?.seal::<B>(plaintext, rng)
    }

    /// Seals a value so that equal values under the same key, namespace and aad seal to equal bytes, for lookups.
    ///
    /// <div class="warning">
    ///
    /// This shows which values are equal, and lets whoever can seal test guesses. Use it for values of which there are
    /// many, and only where something must be looked up by equality.
    ///
    /// </div>
    ///
    /// # Errors
    /// `not_allowed` where the key record does not allow it, else as [`DataKey::seal_value`].
    pub fn seal_value_deterministic<B: Backend>(
        &self,
        namespace: &str,
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.values(namespace, aad)?.seal_deterministic::<B>(plaintext)
    }

    /// Opens a value of either form.
    ///
    /// # Errors
    /// `truncated`, `malformed`, `too_large` or `no_key` for what is not a value under this key; `not_allowed` for a
    /// deterministic value that the record does not allow; else `decrypt`.
    pub fn open_value<B: Backend>(&self, namespace: &str, aad: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
        self.values(namespace, aad)?.open::<B>(value)
    }

    /// The values of one namespace and aad, to seal and open many of: a column. Their context is hashed once.
    ///
    /// # Errors
    /// `too_large` for a namespace over 255 bytes.
    pub fn values(&self, namespace: &str, aad: &[u8]) -> Result<Values<'_>, Error> {
        Ok(Values { key: self, context: value_context(namespace, aad)? })
    }
}

/// Compact values of one namespace and aad under one data key. Made by [`DataKey::values`]; the crate `cmkit` has the same
/// with the system's randomness.
///
/// ```
/// use cmkit_core::envelope::{DataKey, RustCrypto};
///
/// fn open_column(key: &DataKey, column: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, cmkit_core::Error> {
///     let values = key.values("acme.customer.email", b"")?;
///     column.iter().map(|value| values.open::<RustCrypto>(value)).collect()
/// }
/// # open_column;
/// ```
pub struct Values<'k> {
    key: &'k DataKey,
    context: [u8; 64],
}

impl Values<'_> {
    /// As [`DataKey::seal_value`].
    ///
    /// # Errors
    /// `too_large` over 1 MiB.
    pub fn seal<B: Backend>(&self, plaintext: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error> {
        self.seal_with_salt::<B>(RANDOM, &generate_salt(rng), plaintext)
    }

    /// As [`DataKey::seal_value_deterministic`], with its warning.
    ///
    /// # Errors
    /// `not_allowed` where the key record does not allow it, `too_large` over 1 MiB.
    pub fn seal_deterministic<B: Backend>(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.seal_with_salt::<B>(DETERMINISTIC, &self.synthetic_salt(plaintext)?, plaintext)
    }

    /// As [`DataKey::open_value`].
    ///
    /// # Errors
    /// The same.
    pub fn open<B: Backend>(&self, value: &[u8]) -> Result<Vec<u8>, Error> {
        let Value { form, id, salt, ciphertext, tag } = Value::parse(value)?;
        if !bool::from(id.ct_eq(self.key.id())) {
            return Err(Error::new(Code::NoKey, "the value is under the data key of another key record"));
        }
        if form == DETERMINISTIC && !self.key.is_deterministic() {
            return Err(not_allowed());
        }
        let (cipher, nonce) = self.cipher::<B>(form, salt);
        let mut plaintext = ciphertext.to_vec();
        let mut good = cipher.open_in_place(&nonce, &mut plaintext, tag);
        if good && form == DETERMINISTIC {
            good = self.synthetic_salt(&plaintext)?.ct_eq(salt).into();
        }
        if good {
            Ok(plaintext)
        } else {
            plaintext.zeroize();
            Err(Error::decrypt())
        }
    }

    fn seal_with_salt<B: Backend>(&self, form: u8, salt: &[u8; SALT_SIZE], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        if plaintext.len() > MAX_COMPACT {
            return Err(too_large());
        }
        let size = plaintext.len() + COMPACT_OVERHEAD;
        let mut out = Vec::with_capacity(size);
        out.push(form);
        out.extend_from_slice(self.key.id());
        out.extend_from_slice(salt);
        out.resize(size, 0);
        let (cipher, nonce) = self.cipher::<B>(form, salt);
        let (data, tag) = out.split_at_mut(PREFIX_SIZE).1.split_at_mut(plaintext.len());
        tag.copy_from_slice(&cipher.seal_into(&nonce, plaintext, data));
        Ok(out)
    }

    #[expect(clippy::expect_used, reason = "44 bytes are 32 and 12")]
    fn cipher<B: Backend>(&self, form: u8, salt: &[u8; SALT_SIZE]) -> (B::Cipher, [u8; NONCE_SIZE]) {
        let mut out = Zeroizing::new([0; KEY_SIZE + NONCE_SIZE]);
        self.key.prk().expand(&[b"cmkit/v1/compact\0", &[form], salt, &self.context], out.as_mut_slice());
        let (key, nonce) = out.split_first_chunk().expect("32 bytes of key come first");
        (B::Cipher::new(key), nonce.try_into().expect("12 bytes of nonce come after"))
    }

    fn synthetic_salt(&self, plaintext: &[u8]) -> Result<[u8; SALT_SIZE], Error> {
        let siv = self.key.siv.as_ref().ok_or_else(not_allowed)?;
        Ok(front(&siv.mac(&[&self.context, plaintext])))
    }
}

/// Finds the key of a compact value among several, by the id that the value carries.
///
/// # Errors
/// `truncated`, `malformed` or `too_large` for what is not a compact value, `no_key` where none of the keys has its id.
pub fn find_data_key<'k>(keys: &'k [Arc<DataKey>], value: &[u8]) -> Result<&'k Arc<DataKey>, Error> {
    let id = Value::parse(value)?.id;
    keys.iter()
        .find(|key| key.id() == id)
        .ok_or_else(|| Error::new(Code::NoKey, "no given key record has the data key of this value"))
}

/// The fields of a compact value.
struct Value<'a> {
    form: u8,
    id: &'a [u8; ID_SIZE],
    salt: &'a [u8; SALT_SIZE],
    ciphertext: &'a [u8],
    tag: &'a [u8; TAG_SIZE],
}

impl<'a> Value<'a> {
    fn parse(value: &'a [u8]) -> Result<Self, Error> {
        let truncated = || Error::new(Code::Truncated, "a compact value has at least 57 bytes");
        let (form, rest) = value.split_first().ok_or_else(truncated)?;
        if !matches!(*form, RANDOM | DETERMINISTIC) {
            return Err(Error::new(Code::Malformed, "not a compact value: one begins with the byte c1 or c2"));
        }
        if value.len() > MAX_COMPACT + COMPACT_OVERHEAD {
            return Err(too_large());
        }
        let (id, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
        let (salt, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
        let (ciphertext, tag) = rest.split_last_chunk().ok_or_else(truncated)?;
        Ok(Self { form: *form, id, salt, ciphertext, tag })
    }
}

fn value_context(namespace: &str, aad: &[u8]) -> Result<[u8; 64], Error> {
    if namespace.len() > MAX_NAMESPACE {
        return Err(Error::new(Code::TooLarge, "the namespace of a value is over 255 bytes"));
    }
    let sizes = ((namespace.len() as u32).to_be_bytes(), (aad.len() as u64).to_be_bytes());
    Ok(sha512(&[b"cmkit/v1/cbind\0", &sizes.0, namespace.as_bytes(), &sizes.1, aad]))
}

fn too_large() -> Error {
    Error::new(Code::TooLarge, "a compact value holds at most 1 MiB")
}

fn not_allowed() -> Error {
    Error::new(Code::NotAllowed, "the key record does not allow deterministic values")
}
