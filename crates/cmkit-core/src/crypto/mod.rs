//! The cryptography under the envelope. Private: the envelope is the API.
//!
//! The one seam that others fill is [`Backend`], re-exported by the envelope: which code runs AES-256-GCM over the
//! chunks and RSA-OAEP over a data key. A choice of backend never changes what another one can open.

mod aead;
mod derive;
mod keywrap;
mod oaep;
#[cfg(test)]
mod wycheproof;

pub use aead::{ChunkCipher, NONCE_SIZE, RustCryptoCipher, TAG_SIZE};
pub(crate) use derive::{Prk, front, sha256, sha512};
pub(crate) use keywrap::{a256kw_unwrap, a256kw_wrap};

use crate::error::Error;
use crate::key::RsaPublicKey;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// The size of every key here, in bytes: data keys, AES-256 keys, A256KW keys.
pub(crate) const KEY_SIZE: usize = 32;

/// The implementations of the two expensive primitives.
///
/// ```
/// use cmkit_core::envelope::{Backend, ChunkCipher, RustCrypto};
/// let cipher = <RustCrypto as Backend>::Cipher::new(&[7; 32]);
/// let mut data = *b"sixteen bytes ok";
/// let tag = cipher.seal_in_place(&[0; 12], &mut data);
/// assert!(cipher.open_in_place(&[0; 12], &mut data, &tag));
/// assert_eq!(&data, b"sixteen bytes ok");
/// ```
pub trait Backend: 'static {
    /// AES-256-GCM over one chunk.
    type Cipher: ChunkCipher;

    /// RSAES-OAEP with SHA-256, MGF1 with SHA-256 and an empty label, over a 32-byte data key.
    ///
    /// A backend with randomness of its own may leave `rng` alone.
    ///
    /// # Errors
    /// [`crate::Code::Unsupported`] where the key is not one that RSA works with.
    fn wrap_rsa_oaep_256(key: &RsaPublicKey, dek: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error>;
}

/// The portable backend: the RustCrypto crates, without `std`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCrypto;

impl Backend for RustCrypto {
    type Cipher = RustCryptoCipher;

    fn wrap_rsa_oaep_256(key: &RsaPublicKey, dek: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error> {
        oaep::wrap(key, dek, rng)
    }
}
