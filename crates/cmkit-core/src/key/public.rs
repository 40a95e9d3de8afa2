//! RSA public keys as Key Vault hands them out, and their RFC 7638 thumbprints.

use super::write_hex;
use crate::error::{Code, Error};
use alloc::vec::Vec;
use base64ct::{Base64UrlUnpadded, Encoding};
use core::fmt;
use sha2::{Digest, Sha256};

/// An RSA public key of 2048, 3072 or 4096 bits with the exponent 65537.
///
/// ```
/// use cmkit_core::key::RsaPublicKey;
/// let mut modulus = vec![0xff; 256];
/// modulus.insert(0, 0); // some tools print a leading zero byte
/// let key = RsaPublicKey::from_modulus(&modulus)?;
/// assert_eq!(key.bits(), 2048);
/// assert_eq!(key.thumbprint().to_string().len(), 43);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    modulus: Vec<u8>,
    thumbprint: Thumbprint,
}

impl RsaPublicKey {
    /// A key from its modulus, big-endian; leading zero bytes are dropped.
    ///
    /// # Errors
    /// [`Code::Unsupported`] unless the modulus is odd and has exactly 2048, 3072 or 4096 bits.
    pub fn from_modulus(modulus: &[u8]) -> Result<Self, Error> {
        let modulus = without_leading_zeros(modulus);
        let sized = matches!(modulus.len(), 256 | 384 | 512) && modulus.first().is_some_and(|byte| byte & 0x80 != 0);
        if !sized || modulus.last().is_none_or(|byte| byte & 1 == 0) {
            return Err(Error::new(Code::Unsupported, "an RSA key takes a modulus of 2048, 3072 or 4096 bits"));
        }
        Ok(Self { modulus: modulus.to_vec(), thumbprint: Thumbprint::of_modulus(modulus) })
    }

    /// A key from the members `n` and `e` of a JSON Web Key, as bytes.
    ///
    /// # Errors
    /// As [`RsaPublicKey::from_modulus`]; also for any exponent but 65537.
    pub fn from_components(n: &[u8], e: &[u8]) -> Result<Self, Error> {
        if without_leading_zeros(e) != [1, 0, 1] {
            return Err(Error::new(Code::Unsupported, "an RSA key takes the public exponent 65537"));
        }
        Self::from_modulus(n)
    }

    /// The modulus, big-endian, without leading zero bytes.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.modulus.len() * 8
    }

    /// The SHA-256 thumbprint of RFC 7638.
    #[must_use]
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPublicKey({} bits, {})", self.bits(), self.thumbprint)
    }
}

/// The SHA-256 thumbprint of a public key as a JSON Web Key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// A thumbprint from its 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn of_modulus(modulus: &[u8]) -> Self {
        let hash = Sha256::new()
            .chain_update(br#"{"e":"AQAB","kty":"RSA","n":""#)
            .chain_update(Base64UrlUnpadded::encode_string(modulus))
            .chain_update(br#""}"#);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Thumbprint {
    /// base64url without padding, as JWK libraries print it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Thumbprint(")?;
        write_hex(f, &self.0[..8])?;
        f.write_str("..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// The example of RFC 7638, section 3.1.
    #[test]
    fn thumbprint_of_the_rfc_example() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj\
                 hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5\
                 hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let n = Base64UrlUnpadded::decode_vec(n).expect("base64url");
        let key = RsaPublicKey::from_components(&n, &[1, 0, 1]).expect("a key");
        assert_eq!(key.thumbprint().to_string(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn refuses_other_sizes_and_exponents() {
        assert!(RsaPublicKey::from_modulus(&[0xff; 128]).is_err());
        assert!(RsaPublicKey::from_modulus(&[0x7f; 256]).is_err());
        assert!(RsaPublicKey::from_modulus(&[0xfe; 256]).is_err());
        assert!(RsaPublicKey::from_modulus(&[]).is_err());
        assert!(RsaPublicKey::from_components(&[0xff; 256], &[3]).is_err());
    }
}
