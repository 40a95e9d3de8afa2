//! A backend for reproducible seals with the native cipher.

use cmkit::envelope::{Backend, RustCrypto};
use cmkit::key::RsaPublicKey;
use cmkit::{Error, Native};
use rand_core::CryptoRng;

/// The native cipher with the portable wrap, which alone draws its seed from the generator it is given.
pub struct PortableWrap;

impl Backend for PortableWrap {
    type Cipher = <Native as Backend>::Cipher;

    fn wrap_rsa_oaep_256(key: &RsaPublicKey, dek: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error> {
        RustCrypto::wrap_rsa_oaep_256(key, dek, rng)
    }
}
