//! Key records: a data key wrapped once and stored on its own. Under it stand compact values, and messages whose data
//! keys it wraps; rotating the customer-managed key then rewrites one record and none of them.

use super::context::{Binding, Core};
use super::dek::{Dek, binding};
use super::header::{DEFAULT_MAX_HEADER, Head, HeadKind, HeadParts, SALT_SIZE, Suite};
use super::kek::KekEntry;
use super::keys::{OpenKeys, SealKey};
use super::open::{Expect, authenticate};
use super::seal::generate_salt;
use super::unwrap::{Matches, Unwrapped};
use super::wrap::{DEFAULT_MAX_KEYS, check_key_count, wrap};
use crate::crypto::{Backend, Prk};
use crate::error::{Code, Error};
use crate::operation::Step;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// How to make a key record.
///
/// ```
/// use cmkit_core::{envelope::RecordOptions, key::KeyUri};
/// let key = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
/// let options = RecordOptions { deterministic: true, ..RecordOptions::new([key.into()]) };
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RecordOptions {
    /// The keys to wrap the data key under.
    pub keys: Vec<SealKey>,
    /// The encryption context: stored in clear, authenticated.
    pub context: Vec<(String, String)>,
    /// What the key is for.
    pub namespace: Option<String>,
    /// Whether deterministic compact values are allowed, which show equality.
    pub deterministic: bool,
    /// The size in bytes to pad the record to, so that a later rewrap fits in place.
    pub pad_to: Option<usize>,
    /// Key entries at most; up to 16.
    pub max_keys: usize,
    /// Bytes of header at most, padding included; up to 65536.
    pub max_header: usize,
}

impl RecordOptions {
    /// The defaults, under these keys.
    pub fn new(keys: impl IntoIterator<Item = SealKey>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            context: Vec::new(),
            namespace: None,
            deterministic: false,
            pad_to: None,
            max_keys: DEFAULT_MAX_KEYS,
            max_header: DEFAULT_MAX_HEADER,
        }
    }
}

/// A data key that was just made, and its record to be stored; see [`DataKey`].
#[derive(Debug)]
pub struct NewRecord {
    /// The data key, ready for use.
    pub key: Arc<DataKey>,
    /// The key record: the data key wrapped, safe to store anywhere.
    pub record: Vec<u8>,
}

/// The data key of an opened key record: the service-managed key (SMK) of a hierarchy with a customer-managed key above.
///
/// It seals and opens compact values, and messages through [`SealKey::Record`] and [`OpenKeys::records`], without a call
/// to any key holder. Whoever keeps it in memory outlives a revocation by that time: keep it for minutes, not for the
/// life of a process.
///
/// ```
/// # use cmkit_core::{Error, envelope::*, operation::Step};
/// # use std::sync::Arc;
/// # fn done<T>(step: Step<T>) -> T { let Step::Done(value) = step else { panic!("no vault is asked here") }; value }
/// # fn main() -> Result<(), Error> {
/// # let rng = || rand_core::UnwrapErr(getrandom::SysRng);
/// # let key = Arc::new(ServiceKey::generate("default", &mut rng())?);
/// # let keys = OpenKeys { service: vec![key.clone()], ..OpenKeys::default() };
/// let options = RecordOptions::new([key.into()]);
/// let NewRecord { record, .. } = done(DataKey::generate::<RustCrypto, _>(options, 1_800_000_000, rng())?);
///
/// let data_key = done(DataKey::open(&record, &keys, Expect::default(), rng())?);
/// let value = data_key.seal_value::<RustCrypto>("acme.email", b"row 4711", b"ada@example.com", &mut rng())?;
/// assert_eq!(data_key.open_value::<RustCrypto>("acme.email", b"row 4711", &value)?, b"ada@example.com");
/// # Ok(())
/// # }
/// ```
pub struct DataKey {
    dek: Dek,
    id: [u8; 16],
    kek: Zeroizing<[u8; 32]>,
    pub(super) siv: Option<Prk>,
    namespace: Option<String>,
    context: Vec<(String, String)>,
}

impl DataKey {
    /// Begins to make a data key and its record. `now` is in seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// As [`super::seal`].
    pub fn generate<B: Backend, R: CryptoRng + Send + 'static>(
        options: RecordOptions,
        now: u64,
        mut rng: R,
    ) -> Result<Step<NewRecord>, Error> {
        let RecordOptions { keys, context, namespace, deterministic, pad_to, max_keys, max_header } = options;
        check_key_count(&keys, max_keys)?;
        if keys.iter().any(|key| matches!(key, SealKey::Record(_))) {
            return Err(Error::new(Code::InvalidArgument, "a key record cannot stand under another key record"));
        }
        let bound = Binding { context, namespace, ..Binding::default() };
        let core = Core::encode(&bound, deterministic, HeadKind::Record)?;
        let dek = Dek::generate(&mut rng);
        let salt = generate_salt(&mut rng);
        wrap::<B, R>(keys, dek, now, rng)?.and_then(move |wrapped| {
            let record = encode_record(&core, &wrapped.dek, &wrapped.keks, &salt, pad_to, max_header)?;
            Ok(Step::Done(NewRecord { key: Arc::new(Self::new(wrapped.dek, &core)), record }))
        })
    }

    /// Begins to open a key record.
    ///
    /// # Errors
    /// As [`super::open`]; `malformed` for bytes after the record.
    pub fn open<R: CryptoRng + Send + 'static>(
        record: &[u8],
        keys: &OpenKeys,
        expect: Expect,
        rng: R,
    ) -> Result<Step<Arc<Self>>, Error> {
        let head = Head::parse_whole(record, HeadKind::Record, DEFAULT_MAX_HEADER)?;
        Matches::of(&head, keys)?.unwrap(head, rng)?.and_then(move |Unwrapped { head, dek, .. }| {
            authenticate(&head, &dek, Some(&[]))?;
            expect.check(head.core.namespace.as_deref(), &head.core.context)?;
            Ok(Step::Done(Arc::new(Self::new(dek, &head.core))))
        })
    }

    fn new(dek: Dek, core: &Core) -> Self {
        let siv = core.deterministic.then(|| {
            let mut key = Zeroizing::new([0; 64]);
            dek.prk.expand(&[b"cmkit/v1/siv\0"], key.as_mut_slice());
            Prk::new(key.as_slice())
        });
        Self {
            id: dek.id(),
            kek: dek.record_kek(),
            siv,
            namespace: core.namespace.clone(),
            context: core.context.clone(),
            dek,
        }
    }

    /// The public name of the data key, by which messages and compact values find it.
    #[must_use]
    pub const fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// Whether deterministic compact values are allowed.
    #[must_use]
    pub const fn is_deterministic(&self) -> bool {
        self.siv.is_some()
    }

    /// What the key is for, authenticated.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The encryption context of the record, authenticated.
    #[must_use]
    pub fn context(&self) -> &[(String, String)] {
        &self.context
    }

    pub(super) fn kek(&self) -> Zeroizing<[u8; 32]> {
        self.kek.clone()
    }

    pub(super) const fn prk(&self) -> &Prk {
        &self.dek.prk
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(")?;
        crate::key::write_hex(f, &self.id)?;
        f.write_str(", [redacted])")
    }
}

fn encode_record(
    core: &Core,
    dek: &Dek,
    keks: &[KekEntry],
    salt: &[u8; SALT_SIZE],
    pad_to: Option<usize>,
    max_header: usize,
) -> Result<Vec<u8>, Error> {
    let suite = Suite::Chunk16K;
    let keys = dek.message_keys(suite, salt, &binding(suite, HeadKind::Record, core, &[]));
    let kind = HeadKind::Record;
    Head::encode(&HeadParts { suite, kind, core, keks, salt, commit: &keys.commit, pad_to, max_header }, dek)
}
