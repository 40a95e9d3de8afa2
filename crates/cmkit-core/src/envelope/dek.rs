//! A data key (DEK) and everything derived from it. The key itself is never an AES key.

use super::context::Core;
use super::header::{HeadKind, SALT_SIZE, Suite};
use crate::crypto::{KEY_SIZE, NONCE_SIZE, Prk, front, sha512};
use crate::secret::Secret;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// A data key with its HMAC state.
pub(super) struct Dek {
    key: Secret,
    pub(super) prk: Prk,
}

impl Dek {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; KEY_SIZE]);
        rng.fill_bytes(key.as_mut_slice());
        Self { prk: Prk::new(key.as_slice()), key: Secret::from_slice(key.as_slice()) }
    }

    /// `None` unless the secret has exactly 32 bytes.
    pub(super) fn from_secret(key: Secret) -> Option<Self> {
        (key.len() == KEY_SIZE).then(|| Self { prk: Prk::new(key.expose()), key })
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.key.expose()
    }

    /// Body key, nonce base and commitment of one message.
    pub(super) fn message_keys(&self, suite: Suite, salt: &[u8; SALT_SIZE], binding: &[u8]) -> MessageKeys {
        let mut out = Zeroizing::new([0; 76]);
        self.prk.expand(&[suite.label(), salt, binding], out.as_mut_slice());
        let mut keys =
            MessageKeys { key: Zeroizing::new([0; KEY_SIZE]), base: Zeroizing::new([0; NONCE_SIZE]), commit: [0; 32] };
        let (key, rest) = out.split_at(KEY_SIZE);
        let (base, commit) = rest.split_at(NONCE_SIZE);
        keys.key.copy_from_slice(key);
        keys.base.copy_from_slice(base);
        keys.commit.copy_from_slice(commit);
        keys
    }

    pub(super) fn header_mac(&self, salt: &[u8; SALT_SIZE], parts: &[&[u8]]) -> [u8; 32] {
        let mut key = Zeroizing::new([0; 64]);
        self.prk.expand(&[b"cmkit/v1/header\0", salt], key.as_mut_slice());
        front(&Prk::new(key.as_slice()).mac(parts))
    }

    /// The public name of the key.
    pub(super) fn id(&self) -> [u8; 16] {
        let mut id = [0; 16];
        self.prk.expand(&[b"cmkit/v1/dek-id\0"], &mut id);
        id
    }

    /// The key under which a key record's data key wraps the data keys of messages.
    pub(super) fn record_kek(&self) -> Zeroizing<[u8; KEY_SIZE]> {
        let mut kek = Zeroizing::new([0; KEY_SIZE]);
        self.prk.expand(&[b"cmkit/v1/kek\0"], kek.as_mut_slice());
        kek
    }
}

/// What seals and opens the body of one message.
pub(super) struct MessageKeys {
    pub(super) key: Zeroizing<[u8; KEY_SIZE]>,
    pub(super) base: Zeroizing<[u8; NONCE_SIZE]>,
    pub(super) commit: [u8; 32],
}

/// What a message's keys are bound to: suite, flags, core and external context.
pub(super) fn binding(suite: Suite, kind: HeadKind, core: &Core, external: &[u8]) -> [u8; 64] {
    // A core has at most 8192 bytes.
    let core_size = core.encoded.len() as u32;
    sha512(&[
        b"cmkit/v1/bind\0",
        &[suite.id(), u8::from(kind == HeadKind::Record)],
        &core_size.to_be_bytes(),
        &core.encoded,
        &(external.len() as u64).to_be_bytes(),
        external,
    ])
}
