//! A256KW: AES Key Wrap with a 256-bit key and the default initial value (RFC 3394), over a 32-byte key.

use super::KEY_SIZE;
use aes_kw::{KeyInit, KwAes256};
use zeroize::Zeroizing;

/// The size of a wrapped 32-byte key.
pub(crate) const WRAPPED_SIZE: usize = KEY_SIZE + 8;

#[expect(clippy::expect_used, reason = "every key that is wrapped here has 32 bytes")]
pub(crate) fn a256kw_wrap(kek: &[u8; KEY_SIZE], key: &[u8]) -> [u8; WRAPPED_SIZE] {
    let mut out = [0; WRAPPED_SIZE];
    KwAes256::new(kek.into()).wrap_key(key, &mut out).expect("a 32-byte key wraps to 40 bytes");
    out
}

/// The key, or `None` where the integrity check fails or the size is wrong.
pub(crate) fn a256kw_unwrap(kek: &[u8; KEY_SIZE], wrapped: &[u8]) -> Option<Zeroizing<[u8; KEY_SIZE]>> {
    let mut out = Zeroizing::new([0; KEY_SIZE]);
    if wrapped.len() != WRAPPED_SIZE {
        return None;
    }
    KwAes256::new(kek.into()).unwrap_key(wrapped, out.as_mut_slice()).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3394, section 4.6: 256 bits of key data with a 256-bit KEK.
    #[test]
    fn rfc_3394_example() {
        let kek: [u8; 32] = core::array::from_fn(|i| i as u8);
        let key: [u8; 32] = core::array::from_fn(|i| if i < 16 { (i * 0x11) as u8 } else { (i - 16) as u8 });
        let wrapped = a256kw_wrap(&kek, &key);
        assert_eq!(wrapped[..8], [0x28, 0xC9, 0xF4, 0x04, 0xC4, 0xB8, 0x10, 0xF4]);
        assert_eq!(a256kw_unwrap(&kek, &wrapped).as_deref(), Some(&key));
        let mut changed = wrapped;
        changed[39] ^= 1;
        assert!(a256kw_unwrap(&kek, &changed).is_none());
        assert!(a256kw_unwrap(&kek, &wrapped[..32]).is_none());
    }
}
