//! Key derivation: HKDF-Expand with HMAC-SHA-512 (RFC 5869) under a data key, and the hashes around it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroize;

/// A pseudorandom key with its HMAC states computed once, so that each derivation saves two compressions.
///
/// `hkdf`'s `from_prk` refuses keys shorter than the hash, and ours have 32 bytes; hence Expand over HMAC here.
pub(crate) struct Prk(Hmac<Sha512>);

impl Prk {
    #[expect(clippy::expect_used, reason = "HMAC has no size of key that it refuses")]
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any size"))
    }

    /// HKDF-Expand; `info` is the concatenation of its parts.
    pub(crate) fn expand(&self, info: &[&[u8]], out: &mut [u8]) {
        let mut block = [0; 64];
        for (index, chunk) in (1..=255u8).zip(out.chunks_mut(64)) {
            let mut mac = self.0.clone();
            if index > 1 {
                mac.update(&block);
            }
            for part in info {
                mac.update(part);
            }
            mac.update(&[index]);
            block = mac.finalize().into_bytes().into();
            chunk.iter_mut().zip(&block).for_each(|(out, byte)| *out = *byte);
        }
        block.zeroize();
    }

    /// HMAC-SHA-512 over the concatenation of the parts.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 64] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The first bytes of a hash or a MAC.
pub(crate) fn front<const N: usize>(hash: &[u8; 64]) -> [u8; N] {
    const { assert!(N <= 64) };
    core::array::from_fn(|index| hash.get(index).copied().unwrap_or_default())
}

pub(crate) fn sha512(parts: &[&[u8]]) -> [u8; 64] {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2: HMAC-SHA-512 with the key `Jefe`.
    #[test]
    fn hmac_sha_512_of_rfc_4231() {
        let tag = Prk::new(b"Jefe").mac(&[b"what do ya want ", b"for nothing?"]);
        assert_eq!(tag[..8], [0x16, 0x4b, 0x7a, 0x7b, 0xfc, 0xf8, 0x19, 0xe2]);
        assert_eq!(tag[56..], [0x63, 0x6e, 0x07, 0x0a, 0x38, 0xbc, 0xe7, 0x37]);
    }

    #[test]
    fn expand_chains_its_blocks() {
        let prk = Prk::new(&[1; 32]);
        let (mut long, mut short) = ([0; 76], [0; 64]);
        prk.expand(&[b"a", b"b"], &mut long);
        prk.expand(&[b"ab"], &mut short);
        assert_eq!(long[..64], short);
        let second = prk.mac(&[&short, b"ab", &[2]]);
        assert_eq!(long[64..], second[..12]);
    }
}
