//! Secret bytes: wiped on drop, never cloned by accident, never printed.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Secret bytes of any length, on the heap so that moving the value leaves no copy behind.
///
/// There is no `Clone`, `Display`, `Serialize` or `PartialEq`. Debug prints the length alone.
///
/// ```
/// use cmkit_core::secret::Secret;
/// let secret = Secret::from_slice(&[7; 32]);
/// assert_eq!(format!("{secret:?}"), "Secret([redacted], 32 bytes)");
/// assert_eq!(secret.expose(), &[7; 32]);
/// ```
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes the bytes over. A vector with spare capacity is copied once and then wiped.
    #[must_use]
    pub fn new(mut bytes: Vec<u8>) -> Self {
        if bytes.capacity() == bytes.len() {
            return Self(bytes.into_boxed_slice());
        }
        let secret = Self::from_slice(&bytes);
        bytes.zeroize();
        secret
    }

    /// Copies bytes; the caller wipes its own.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Self {
        Self(Box::from(bytes))
    }

    /// The bytes. Keep the borrow short and copy nothing out of it.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares in constant time for equal lengths.
    #[must_use]
    pub fn ct_eq(&self, other: &[u8]) -> bool {
        self.0.ct_eq(other).into()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret([redacted], {} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_by_content_and_length() {
        let secret = Secret::new(alloc::vec![1, 2, 3]);
        assert!(secret.ct_eq(&[1, 2, 3]));
        assert!(!secret.ct_eq(&[1, 2, 4]));
        assert!(!secret.ct_eq(&[1, 2]));
    }

    #[test]
    fn spare_capacity_is_not_kept() {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(&[9; 16]);
        assert_eq!(Secret::new(bytes).len(), 16);
    }
}
