//! Private keys of every kind: generated, used, and turned into bytes for sealing.
//!
//! This file knows nothing of names, versions or permissions. The cryptography is AWS-LC's; a key is validated whenever it is read.

#[cfg(test)]
mod wycheproof;

use crate::algorithm::{EncryptionAlgorithm, SignatureAlgorithm};
use crate::elliptic::{Curve, EcPrivateKey};
use crate::material::Material;
use crate::rsa::RsaPrivateKey;
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use cmkit::secret::Secret;
use cmkit::{Code, Error};
use std::fmt;
use zeroize::Zeroizing;

/// What a key is made of.
///
/// ```
/// use cmkit_vault::KeyKind;
/// assert_eq!(KeyKind::Rsa3072.to_string(), "RSA 3072");
/// assert_eq!("rsa-4096".parse::<KeyKind>()?, KeyKind::Rsa4096);
/// assert_eq!(KeyKind::Rsa4096.as_str(), "rsa-4096");
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// A symmetric key of 256 bits, as a managed HSM holds it.
    Symmetric,
    /// A key on a curve. It signs and verifies, and wraps nothing.
    Ec(Curve),
}

impl KeyKind {
    /// The RSA kind of this size. An `RsaPublicKey` has one of three, by its constructor.
    pub(crate) const fn of_bits(bits: usize) -> Self {
        match bits {
            3072 => Self::Rsa3072,
            4096 => Self::Rsa4096,
            _ => Self::Rsa2048,
        }
    }

    /// The name that is read back: `rsa-2048`, `rsa-3072`, `rsa-4096`, `oct-256`, `ec-p256`, `ec-p384`, `ec-p521`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::Symmetric => "oct-256",
            Self::Ec(Curve::P256) => "ec-p256",
            Self::Ec(Curve::P384) => "ec-p384",
            Self::Ec(Curve::P521) => "ec-p521",
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa2048 => "RSA 2048",
            Self::Rsa3072 => "RSA 3072",
            Self::Rsa4096 => "RSA 4096",
            Self::Symmetric => "oct 256",
            Self::Ec(Curve::P256) => "EC P-256",
            Self::Ec(Curve::P384) => "EC P-384",
            Self::Ec(Curve::P521) => "EC P-521",
        })
    }
}

impl std::str::FromStr for KeyKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.to_ascii_lowercase().as_str() {
            "rsa-2048" => Ok(Self::Rsa2048),
            "rsa-3072" => Ok(Self::Rsa3072),
            "rsa-4096" => Ok(Self::Rsa4096),
            "oct" | "oct-256" => Ok(Self::Symmetric),
            "ec-p256" => Ok(Self::Ec(Curve::P256)),
            "ec-p384" => Ok(Self::Ec(Curve::P384)),
            "ec-p521" => Ok(Self::Ec(Curve::P521)),
            _ => {
                let message = format!(
                    "`{text}` is not a kind of key: `rsa-2048`, `rsa-3072`, `rsa-4096`, `oct-256`, or `ec-p256`, `ec-p384`, \
                     `ec-p521`, which only sign"
                );
                Err(Error::new(Code::InvalidArgument, message))
            }
        }
    }
}

/// A private key or a symmetric key, outside of any vault.
///
/// There is no `Clone`; Debug prints the kind alone.
///
/// ```
/// use cmkit_vault::{KeyKind, PrivateKey};
/// let key = PrivateKey::generate(KeyKind::Symmetric)?;
/// assert_eq!(format!("{key:?}"), "PrivateKey([redacted], oct 256)");
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
pub struct PrivateKey(Inner);

enum Inner {
    Rsa(Box<RsaPrivateKey>),
    Ec(EcPrivateKey),
    Symmetric(Secret),
}

impl PrivateKey {
    /// A new random key. RSA takes from a tenth of a second (2048) to some seconds (4096).
    ///
    /// # Errors
    /// [`Code::Io`] where the system has no randomness to give.
    pub fn generate(kind: KeyKind) -> Result<Self, Error> {
        let size = match kind {
            KeyKind::Rsa2048 => KeySize::Rsa2048,
            KeyKind::Rsa3072 => KeySize::Rsa3072,
            KeyKind::Rsa4096 => KeySize::Rsa4096,
            KeyKind::Symmetric => return Ok(Self(Inner::Symmetric(random_secret()?))),
            KeyKind::Ec(curve) => return EcPrivateKey::generate(curve).map(Self::from_ec),
        };
        let pair = KeyPair::generate(size).map_err(|_| Error::new(Code::Io, "no RSA key could be generated"))?;
        Self::from_pair(pair)
    }

    /// An RSA key from PKCS#8 DER (`PRIVATE KEY`).
    ///
    /// # Errors
    /// [`Code::Input`] for anything but a consistent two-prime RSA key; [`Code::Unsupported`] for other sizes than
    /// 2048, 3072 and 4096 bits and other exponents than 65537.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        let pair = KeyPair::from_pkcs8(der).map_err(|error| rejected(error, "PKCS#8"))?;
        Self::from_pair(pair)
    }

    /// A symmetric key from its 32 bytes.
    ///
    /// # Errors
    /// [`Code::Unsupported`] for any other length.
    pub fn from_symmetric(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != 32 {
            let message = format!("a symmetric key has 256 bits, this one has {}", bytes.len() * 8);
            return Err(Error::new(Code::Unsupported, message));
        }
        Ok(Self(Inner::Symmetric(Secret::from_slice(bytes))))
    }

    pub(crate) fn from_pair(pair: KeyPair) -> Result<Self, Error> {
        Ok(Self(Inner::Rsa(Box::new(RsaPrivateKey::new(pair)?))))
    }

    pub(crate) const fn from_ec(key: EcPrivateKey) -> Self {
        Self(Inner::Ec(key))
    }

    /// The kind of the key.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.material().kind()
    }

    /// What anyone may know of the key.
    #[must_use]
    pub fn material(&self) -> Material {
        match &self.0 {
            Inner::Rsa(key) => Material::Rsa(key.public().clone()),
            Inner::Ec(key) => Material::Ec(key.public().clone()),
            Inner::Symmetric(_) => Material::Symmetric,
        }
    }

    /// The bytes to seal: PKCS#8 DER of an RSA key, the number of a key on a curve, the 32 bytes of a symmetric key.
    pub(crate) fn expose(&self) -> &[u8] {
        match &self.0 {
            Inner::Rsa(key) => key.expose(),
            Inner::Ec(key) => key.expose(),
            Inner::Symmetric(bytes) => bytes.expose(),
        }
    }

    /// Back from the bytes of [`PrivateKey::expose`].
    pub(crate) fn from_exposed(material: &Material, bytes: &[u8]) -> Result<Self, Error> {
        match material {
            Material::Rsa(_) => Self::from_pkcs8(bytes),
            Material::Ec(public) => EcPrivateKey::from_parts(public.clone(), bytes).map(Self::from_ec),
            Material::Symmetric => Self::from_symmetric(bytes),
        }
    }

    /// Wraps or encrypts. Nothing where the algorithm is not this kind of key's, or takes no data of that length.
    pub(crate) fn wrap(&self, algorithm: EncryptionAlgorithm, data: &[u8]) -> Option<Vec<u8>> {
        match (&self.0, algorithm) {
            (Inner::Rsa(key), _) => key.encrypt(algorithm, data),
            (Inner::Symmetric(key), EncryptionAlgorithm::A256Kw) => {
                let mut out = vec![0; data.len() + 8];
                let len = AesKek::new(&AES_256, key.expose()).ok()?.wrap(data, &mut out).ok()?.len();
                out.truncate(len);
                Some(out)
            }
            _ => None,
        }
    }

    /// Unwraps or decrypts. Nothing where these bytes are not this key's in this way.
    pub(crate) fn unwrap(&self, algorithm: EncryptionAlgorithm, data: &[u8]) -> Option<Secret> {
        match (&self.0, algorithm) {
            (Inner::Rsa(key), _) => key.decrypt(algorithm, data),
            (Inner::Symmetric(key), EncryptionAlgorithm::A256Kw) => {
                let mut out = Zeroizing::new(vec![0; data.len()]);
                let dek = AesKek::new(&AES_256, key.expose()).ok()?.unwrap(data, &mut out).ok()?;
                Some(Secret::from_slice(dek))
            }
            _ => None,
        }
    }

    /// Signs a digest. Nothing where the algorithm is not this kind of key's, or takes a digest of another length.
    pub(crate) fn sign(&self, algorithm: SignatureAlgorithm, digest: &[u8]) -> Option<Vec<u8>> {
        match &self.0 {
            Inner::Rsa(key) => key.sign(algorithm.rsa()?, digest),
            Inner::Ec(key) if algorithm.curve() == Some(key.public().curve()) => key.sign(digest),
            _ => None,
        }
    }

    /// Whether this is the key's signature of this digest. Nothing where the algorithm is not this kind of key's.
    pub(crate) fn verify(&self, algorithm: SignatureAlgorithm, digest: &[u8], signature: &[u8]) -> Option<bool> {
        match &self.0 {
            Inner::Rsa(key) => Some(key.verify(algorithm.rsa()?, digest, signature)),
            Inner::Ec(key) if algorithm.curve() == Some(key.public().curve()) => {
                Some(key.public().verify(digest, signature))
            }
            _ => None,
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey([redacted], {})", self.kind())
    }
}

/// Why AWS-LC does not take a key, in words that help.
pub(crate) fn rejected(error: KeyRejected, form: &str) -> Error {
    match error.to_string().as_str() {
        "TooSmall" | "TooLarge" => Error::new(Code::Unsupported, "an RSA key takes 2048, 3072 or 4096 bits"),
        "WrongAlgorithm" => Error::new(Code::Unsupported, "this is a private key, but not one of RSA"),
        _ => Error::new(Code::Input, format!("this is not an RSA private key in {form}, or its parts disagree")),
    }
}

/// 32 random bytes of the operating system.
pub(crate) fn random_secret() -> Result<Secret, Error> {
    let bytes = Zeroizing::new(random::<32>()?);
    Ok(Secret::from_slice(&*bytes))
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(Code::Io, "the system gives no randomness").with_source(Box::new(error)))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_wraps_and_unwraps_its_own_and_nothing_else() {
        let rsa = PrivateKey::generate(KeyKind::Rsa2048).expect("rsa");
        let oct = PrivateKey::generate(KeyKind::Symmetric).expect("oct");
        let dek = [7; 32];
        for (key, algorithm, other) in
            [(&rsa, EncryptionAlgorithm::RsaOaep256, &oct), (&oct, EncryptionAlgorithm::A256Kw, &rsa)]
        {
            let mut wrapped = key.wrap(algorithm, &dek).expect("wraps");
            assert!(key.unwrap(algorithm, &wrapped).expect("unwraps").ct_eq(&dek));
            assert!(other.unwrap(algorithm, &wrapped).is_none());
            assert!(other.wrap(algorithm, &dek).is_none());
            wrapped[3] ^= 1;
            assert!(key.unwrap(algorithm, &wrapped).is_none());
            assert!(key.unwrap(algorithm, &wrapped[..wrapped.len() - 1]).is_none());
            assert!(key.unwrap(algorithm, &[]).is_none());
        }
    }

    #[test]
    fn comes_back_from_its_bytes() {
        for kind in [KeyKind::Rsa2048, KeyKind::Symmetric] {
            let key = PrivateKey::generate(kind).expect("a key");
            let back = PrivateKey::from_exposed(&key.material(), key.expose()).expect("the same key");
            assert_eq!(back.material(), key.material());
            assert_eq!(back.kind(), kind);
            assert!(PrivateKey::from_exposed(&key.material(), &key.expose()[1..]).is_err());
        }
    }

    /// RFC 3394, section 4.6: 256 bits of key data with a 256-bit key.
    #[test]
    fn a256kw_of_the_rfc() {
        let kek: Vec<u8> = (0..32).collect();
        let data: Vec<u8> = (0..16).map(|i| i * 0x11).chain(0..16).collect();
        let key = PrivateKey::from_symmetric(&kek).expect("a key");
        let wrapped = key.wrap(EncryptionAlgorithm::A256Kw, &data).expect("wraps");
        let hex: String = wrapped.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
    }
}
