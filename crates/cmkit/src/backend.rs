//! The native backend: AES-256-GCM and RSA-OAEP of aws-lc-rs. The same bytes as the portable one, several times as fast.

use crate::Error;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey, PublicKeyComponents};
use cmkit_core::Code;
use cmkit_core::envelope::{Backend, ChunkCipher, NONCE_SIZE, RustCrypto, TAG_SIZE};
use cmkit_core::key::RsaPublicKey;
use rand_core::CryptoRng;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use zeroize::Zeroize;

/// The backend that everything in this crate uses unless it says otherwise.
///
/// ```
/// use cmkit::envelope::{Backend, ChunkCipher, RustCrypto};
/// let (mut fast, mut portable) = ([1; 100], [1; 100]);
/// let tag = <cmkit::Native as Backend>::Cipher::new(&[7; 32]).seal_in_place(&[0; 12], &mut fast);
/// let same = <RustCrypto as Backend>::Cipher::new(&[7; 32]).seal_in_place(&[0; 12], &mut portable);
/// assert_eq!((fast, tag), (portable, same));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Backend for Native {
    type Cipher = NativeCipher;

    /// aws-lc-rs draws the padding's randomness itself; the first draw in a process takes it some 40 ms, and until then
    /// the portable backend wraps.
    fn wrap_rsa_oaep_256(key: &RsaPublicKey, dek: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error> {
        if !randomness_is_ready() {
            return RustCrypto::wrap_rsa_oaep_256(key, dek, rng);
        }
        let unusable = |_| Error::new(Code::Unsupported, "the RSA public key is not usable");
        let components = PublicKeyComponents { n: key.modulus(), e: &[1, 0, 1][..] };
        let public: PublicEncryptingKey = components.try_into().map_err(unusable)?;
        let public = OaepPublicEncryptingKey::new(public).map_err(unusable)?;
        let mut wrapped = vec![0; public.ciphertext_size()];
        let wrapped_size = public.encrypt(&OAEP_SHA256_MGF1SHA256, dek, &mut wrapped, None).map_err(unusable)?.len();
        wrapped.truncate(wrapped_size);
        Ok(wrapped)
    }
}

/// Starts to seed aws-lc-rs on the first call, beside the caller, and says whether it is seeded by now.
fn randomness_is_ready() -> bool {
    static READY: AtomicBool = AtomicBool::new(false);
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        // Without a thread the portable backend goes on wrapping, which is slower and just as good.
        let _ = std::thread::Builder::new().name("cmkit-seed".into()).spawn(|| {
            let seeded = aws_lc_rs::rand::fill(&mut [0; 1]).is_ok();
            READY.store(seeded, Ordering::Release);
        });
    });
    READY.load(Ordering::Acquire)
}

/// AES-256-GCM of aws-lc-rs.
pub struct NativeCipher(LessSafeKey);

const TOO_LONG: &str = "a chunk is far shorter than GCM's limit of 64 GiB";

impl ChunkCipher for NativeCipher {
    fn new(key: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes 32 bytes")))
    }

    fn seal_in_place(&self, nonce: &[u8; NONCE_SIZE], data: &mut [u8]) -> [u8; TAG_SIZE] {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::empty(), data).expect(TOO_LONG);
        tag.as_ref().try_into().expect("a GCM tag has 16 bytes")
    }

    fn open_in_place(&self, nonce: &[u8; NONCE_SIZE], data: &mut [u8], tag: &[u8; TAG_SIZE]) -> bool {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let good = self.0.open_in_place_separate_tag(nonce, Aad::empty(), tag, data).is_ok();
        if !good {
            data.zeroize();
        }
        good
    }

    fn seal_into(&self, nonce: &[u8; NONCE_SIZE], plaintext: &[u8], out: &mut [u8]) -> [u8; TAG_SIZE] {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut tag = [0; TAG_SIZE];
        self.0.seal_out_of_place_scatter(nonce, Aad::empty(), plaintext, out, &[], &mut tag).expect(TOO_LONG);
        tag
    }

    fn open_into(&self, nonce: &[u8; NONCE_SIZE], ciphertext: &[u8], tag: &[u8; TAG_SIZE], out: &mut [u8]) -> bool {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let good = self.0.open_separate_gather(nonce, Aad::empty(), ciphertext, tag, out).is_ok();
        if !good {
            out.zeroize();
        }
        good
    }
}
