//! The body cipher: AES-256-GCM over one chunk, with a given key and nonce and no associated data.

use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{Aes256Gcm, KeyInit};
use zeroize::Zeroize;

/// The size of a GCM tag in bytes.
pub const TAG_SIZE: usize = 16;
/// The size of a GCM nonce in bytes.
pub const NONCE_SIZE: usize = 12;

/// AES-256-GCM with one key. The envelope derives keys and nonces; nobody else calls this.
///
/// <div class="warning">
///
/// Two chunks sealed with one key and one nonce give away both plaintexts and the authentication key. The envelope
/// never repeats a nonce; use [`crate::envelope::Sealer`] instead of calling a cipher.
///
/// </div>
pub trait ChunkCipher: Send + Sync + Sized {
    /// A cipher with this key.
    fn new(key: &[u8; 32]) -> Self;

    /// Encrypts in place and returns the tag.
    fn seal_in_place(&self, nonce: &[u8; NONCE_SIZE], data: &mut [u8]) -> [u8; TAG_SIZE];

    /// Checks the tag and decrypts in place; `false` where the tag is wrong, and then `data` holds no plaintext.
    #[must_use]
    fn open_in_place(&self, nonce: &[u8; NONCE_SIZE], data: &mut [u8], tag: &[u8; TAG_SIZE]) -> bool;

    /// Encrypts from one buffer into another of the same size.
    fn seal_into(&self, nonce: &[u8; NONCE_SIZE], plaintext: &[u8], out: &mut [u8]) -> [u8; TAG_SIZE] {
        out.copy_from_slice(plaintext);
        self.seal_in_place(nonce, out)
    }

    /// Checks the tag and decrypts from one buffer into another of the same size; `false` where the tag is wrong, and
    /// then `out` is wiped.
    #[must_use]
    fn open_into(&self, nonce: &[u8; NONCE_SIZE], ciphertext: &[u8], tag: &[u8; TAG_SIZE], out: &mut [u8]) -> bool {
        out.copy_from_slice(ciphertext);
        let good = self.open_in_place(nonce, out, tag);
        if !good {
            out.zeroize();
        }
        good
    }
}

/// The `aes-gcm` crate.
pub struct RustCryptoCipher(Aes256Gcm);

impl ChunkCipher for RustCryptoCipher {
    #[inline]
    fn new(key: &[u8; 32]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    #[inline]
    #[expect(clippy::expect_used, reason = "a chunk has at most 256 KiB, a value 1 MiB")]
    fn seal_in_place(&self, nonce: &[u8; NONCE_SIZE], data: &mut [u8]) -> [u8; TAG_SIZE] {
        self.0
            .encrypt_inout_detached(nonce.into(), &[], InOutBuf::from(data))
            .expect("a chunk is far shorter than GCM's limit of 64 GiB")
            .into()
    }

    #[inline]
    fn open_in_place(&self, nonce: &[u8; NONCE_SIZE], data: &mut [u8], tag: &[u8; TAG_SIZE]) -> bool {
        self.0.decrypt_inout_detached(nonce.into(), &[], InOutBuf::from(data), tag.into()).is_ok()
    }
}
