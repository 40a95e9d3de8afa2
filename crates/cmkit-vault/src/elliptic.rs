//! Elliptic-curve keys: made, read and signed with. They sign and verify, and wrap nothing.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    EcdsaVerificationAlgorithm, KeyPair, UnparsedPublicKey,
};
use cmkit::secret::Secret;
use cmkit::{Code, Error};

/// A curve of NIST (FIPS 186-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// P-256, with SHA-256.
    P256,
    /// P-384, with SHA-384.
    P384,
    /// P-521, with SHA-512.
    P521,
}

impl Curve {
    /// Every curve.
    pub const ALL: &[Self] = &[Self::P256, Self::P384, Self::P521];

    /// The name in a JSON Web Key: `P-256`, `P-384`, `P-521`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// The curve of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|curve| curve.as_str() == name)
    }

    /// Bytes of a coordinate, and of the private number.
    pub(crate) const fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    const fn algorithms(
        self,
    ) -> (&'static EcdsaSigningAlgorithm, &'static EcdsaVerificationAlgorithm, &'static digest::Algorithm) {
        match self {
            Self::P256 => (&ECDSA_P256_SHA256_FIXED_SIGNING, &ECDSA_P256_SHA256_FIXED, &digest::SHA256),
            Self::P384 => (&ECDSA_P384_SHA384_FIXED_SIGNING, &ECDSA_P384_SHA384_FIXED, &digest::SHA384),
            Self::P521 => (&ECDSA_P521_SHA512_FIXED_SIGNING, &ECDSA_P521_SHA512_FIXED, &digest::SHA512),
        }
    }
}

/// A point on a curve: a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcPublicKey {
    curve: Curve,
    /// 4, x, y (SEC 1, uncompressed).
    point: Vec<u8>,
}

impl EcPublicKey {
    /// From its coordinates, big-endian. A JSON Web Key has them in full length.
    pub(crate) fn from_coordinates(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, Error> {
        if x.len() != curve.size() || y.len() != curve.size() {
            let message = format!("a coordinate on {} has {} bytes", curve.as_str(), curve.size());
            return Err(Error::new(Code::Input, message));
        }
        Ok(Self { curve, point: [&[4], x, y].concat() })
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The coordinates, big-endian, in full length.
    #[must_use]
    pub fn coordinates(&self) -> (&[u8], &[u8]) {
        self.point[1..].split_at(self.curve.size())
    }

    /// Whether this is the key's signature (r and s) of this digest. A digest of another length has none.
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> bool {
        let (_, verification, hash) = self.curve.algorithms();
        Digest::import_less_safe(digest, hash)
            .and_then(|digest| UnparsedPublicKey::new(verification, &self.point).verify_digest(&digest, signature))
            .is_ok()
    }
}

/// A private key on a curve.
pub(crate) struct EcPrivateKey {
    public: EcPublicKey,
    pair: EcdsaKeyPair,
    /// The private number, in full length.
    number: Secret,
}

impl EcPrivateKey {
    pub(crate) fn generate(curve: Curve) -> Result<Self, Error> {
        let (signing, ..) = curve.algorithms();
        let pair = EcdsaKeyPair::generate(signing)
            .map_err(|_| Error::new(Code::Io, "no elliptic-curve key could be generated"))?;
        let number: EcPrivateKeyBin<'_> = pair
            .private_key()
            .as_be_bytes()
            .map_err(|_| Error::new(Code::Io, "the generated elliptic-curve key cannot be read"))?;
        let number = Secret::from_slice(number.as_ref());
        let public = EcPublicKey { curve, point: pair.public_key().as_ref().to_vec() };
        Ok(Self { public, pair, number })
    }

    /// From its public key and its private number, big-endian, in full length.
    pub(crate) fn from_parts(public: EcPublicKey, number: &[u8]) -> Result<Self, Error> {
        let (signing, ..) = public.curve.algorithms();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(signing, number, &public.point)
            .map_err(|_| Error::new(Code::Input, "the parts of the elliptic-curve key disagree"))?;
        Ok(Self { public, pair, number: Secret::from_slice(number) })
    }

    pub(crate) const fn public(&self) -> &EcPublicKey {
        &self.public
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.number.expose()
    }

    /// Signs a digest, as r and s. Nothing where it has not the length that the curve takes.
    pub(crate) fn sign(&self, digest: &[u8]) -> Option<Vec<u8>> {
        let (.., hash) = self.public.curve.algorithms();
        let digest = Digest::import_less_safe(digest, hash).ok()?;
        Some(self.pair.sign_digest(&digest).ok()?.as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_signs_what_it_verifies_and_comes_back_from_its_parts() {
        for &curve in Curve::ALL {
            let key = EcPrivateKey::generate(curve).expect("a key");
            let (.., hash) = curve.algorithms();
            let digest = vec![7; hash.output_len()];
            let mut signature = key.sign(&digest).expect("a signature");
            assert_eq!(signature.len(), 2 * curve.size());
            assert!(key.public().verify(&digest, &signature));
            let back = EcPrivateKey::from_parts(key.public().clone(), key.expose()).expect("the same key");
            assert!(key.public().verify(&digest, &back.sign(&digest).expect("a signature")));
            signature[5] ^= 1;
            assert!(!key.public().verify(&digest, &signature));
            assert!(key.sign(&digest[1..]).is_none());
            assert!(!key.public().verify(&digest[1..], &signature));
            let other = EcPrivateKey::generate(curve).expect("a key");
            assert!(EcPrivateKey::from_parts(other.public().clone(), key.expose()).is_err());
            let (x, y) = key.public().coordinates();
            assert_eq!(EcPublicKey::from_coordinates(curve, x, y).as_ref().ok(), Some(key.public()));
            assert!(EcPublicKey::from_coordinates(curve, &x[1..], y).is_err());
        }
    }
}
