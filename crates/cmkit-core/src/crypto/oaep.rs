//! RSA-OAEP-256 with the `rsa` crate: the public operation alone. The private one belongs to the key holder.

use crate::error::{Code, Error};
use crate::key::RsaPublicKey;
use alloc::vec::Vec;
use rand_core::CryptoRng;
use rsa::sha2::Sha256;
use rsa::{BoxedUint, PublicKey};

pub(super) fn wrap(key: &RsaPublicKey, dek: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error> {
    let unusable = |_| Error::new(Code::Unsupported, "the RSA public key is not usable");
    let modulus = BoxedUint::from_be_slice_vartime(key.modulus());
    let public = PublicKey::new(modulus, BoxedUint::from(65537u32)).map_err(unusable)?;
    public.oaep_encrypt_with_rng::<Sha256, _>(rng, dek).map_err(unusable)
}
