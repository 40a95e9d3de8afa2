//! Sealing: a fresh data key, wrapped under every key of the list, and a head around it.

use super::context::{Binding, Core};
use super::dek::{Dek, binding};
use super::header::{DEFAULT_MAX_HEADER, Head, HeadKind, HeadParts, SALT_SIZE, Suite};
use super::kek::KekEntry;
use super::keys::SealKey;
use super::stream::{DEFAULT_MAX_MESSAGE, Sealer};
use super::wrap::{DEFAULT_MAX_KEYS, check_key_count, wrap};
use crate::crypto::{Backend, ChunkCipher};
use crate::error::Error;
use crate::operation::Step;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// How to seal a message.
///
/// ```
/// use cmkit_core::{envelope::SealOptions, key::KeyUri};
/// let key = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
/// let options = SealOptions { pad_to: Some(1024), ..SealOptions::new([key.into()]) };
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SealOptions {
    /// The keys to wrap the data key under; any one of them opens. Their order is kept.
    pub keys: Vec<SealKey>,
    /// What the message is bound to.
    pub binding: Binding,
    /// How the body is cut into chunks.
    pub suite: Suite,
    /// The size in bytes to pad the whole head to, so that a later rewrap fits in place.
    pub pad_to: Option<usize>,
    /// Key entries at most; up to 16.
    pub max_keys: usize,
    /// Bytes of header at most, padding included; up to 65536.
    pub max_header: usize,
    /// Bytes of plaintext at most; below 2^52.
    pub max_message: u64,
}

impl SealOptions {
    /// The defaults, under these keys.
    pub fn new(keys: impl IntoIterator<Item = SealKey>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            binding: Binding::default(),
            suite: Suite::default(),
            pad_to: None,
            max_keys: DEFAULT_MAX_KEYS,
            max_header: DEFAULT_MAX_HEADER,
            max_message: DEFAULT_MAX_MESSAGE,
        }
    }
}

/// Begins to seal a message. `now` is in seconds since 1970-01-01 UTC; it is written beside each wrapped key and held
/// against the keys' dates.
///
/// # Errors
/// `invalid_argument` or `too_large` for options that no envelope can have; later whatever the key holders answer.
pub fn seal<B: Backend, R: CryptoRng + Send + 'static>(
    options: SealOptions,
    now: u64,
    mut rng: R,
) -> Result<Step<Sealer<B::Cipher>>, Error>
where
    B::Cipher: 'static,
{
    check_key_count(&options.keys, options.max_keys)?;
    let message = Message::prepare(&options)?;
    let dek = Dek::generate(&mut rng);
    let salt = generate_salt(&mut rng);
    wrap::<B, R>(options.keys, dek, now, rng)?
        .and_then(move |wrapped| message.sealer(&wrapped.dek, &wrapped.keks, &salt).map(Step::Done))
}

/// A data key for several messages, wrapped once. Messages under it carry the same wrapped copies and so can be linked;
/// seal each under a key of its own unless the holder's calls cost too much.
///
/// <div class="warning">
///
/// Use one for at most 5 minutes, 2^20 messages and 1 TiB of plaintext. `cmkit::DataKeyCache` keeps these limits; code
/// that uses this type directly must do so itself.
///
/// </div>
///
/// ```
/// # use cmkit_core::{Error, envelope::*, operation::Step};
/// # use std::sync::Arc;
/// # fn done<T>(step: Step<T>) -> T { let Step::Done(value) = step else { panic!("no vault is asked here") }; value }
/// # fn main() -> Result<(), Error> {
/// # let rng = || rand_core::UnwrapErr(getrandom::SysRng);
/// # let key = Arc::new(ServiceKey::generate("default", &mut rng())?);
/// # let keys = OpenKeys { service: vec![key.clone()], ..OpenKeys::default() };
/// let options = SealOptions::new([key.into()]);
/// let key = done(MessageKey::generate::<RustCrypto, _>(&options, 1_800_000_000, rng())?);
/// let first = key.seal::<RustCryptoCipher>(&options, &mut rng())?.seal(b"one")?;
/// let second = key.seal::<RustCryptoCipher>(&options, &mut rng())?.seal(b"two")?;
/// # let opener = done(open::<RustCrypto, _>(&second, &OpenOptions::new(keys), rng())?);
/// # assert_eq!(opener.open(&second[opener.head_size()..])?, b"two");
/// # assert_ne!(first, second);
/// # Ok(())
/// # }
/// ```
pub struct MessageKey {
    dek: Dek,
    keks: Vec<KekEntry>,
}

impl MessageKey {
    /// Begins to make a key, wrapped under every key of `options`.
    ///
    /// # Errors
    /// As [`seal`].
    pub fn generate<B: Backend, R: CryptoRng + Send + 'static>(
        options: &SealOptions,
        now: u64,
        mut rng: R,
    ) -> Result<Step<Self>, Error> {
        check_key_count(&options.keys, options.max_keys)?;
        let dek = Dek::generate(&mut rng);
        let step = wrap::<B, R>(options.keys.clone(), dek, now, rng)?;
        Ok(step.map(|wrapped| Self { dek: wrapped.dek, keks: wrapped.keks }))
    }

    /// Begins a message under this key, without a call to any holder. The keys of `options` are not looked at.
    ///
    /// # Errors
    /// As [`seal`].
    pub fn seal<C: ChunkCipher>(&self, options: &SealOptions, rng: &mut impl CryptoRng) -> Result<Sealer<C>, Error> {
        Message::prepare(options)?.sealer(&self.dek, &self.keks, &generate_salt(rng))
    }
}

pub(super) fn generate_salt(rng: &mut impl CryptoRng) -> [u8; SALT_SIZE] {
    let mut salt = [0; SALT_SIZE];
    rng.fill_bytes(&mut salt);
    salt
}

/// What a message is besides its keys, checked before any holder is asked.
struct Message {
    core: Core,
    external: Vec<u8>,
    suite: Suite,
    pad_to: Option<usize>,
    max_header: usize,
    max_message: u64,
}

impl Message {
    fn prepare(options: &SealOptions) -> Result<Self, Error> {
        let SealOptions { keys: _, binding, suite, pad_to, max_keys: _, max_header, max_message } = options;
        let core = Core::encode(binding, false, HeadKind::Message)?;
        let external = binding.external.encode(&core.required)?;
        let (suite, pad_to) = (*suite, *pad_to);
        Ok(Self { core, external, suite, pad_to, max_header: *max_header, max_message: *max_message })
    }

    fn sealer<C: ChunkCipher>(&self, dek: &Dek, keks: &[KekEntry], salt: &[u8; SALT_SIZE]) -> Result<Sealer<C>, Error> {
        let Self { core, external, suite, pad_to, max_header, max_message } = self;
        let keys = dek.message_keys(*suite, salt, &binding(*suite, HeadKind::Message, core, external));
        let parts = HeadParts {
            suite: *suite,
            kind: HeadKind::Message,
            core,
            keks,
            salt,
            commit: &keys.commit,
            pad_to: *pad_to,
            max_header: *max_header,
        };
        Ok(Sealer::new(Head::encode(&parts, dek)?, &keys, *suite, *max_message))
    }
}
