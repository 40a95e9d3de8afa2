//! Whole messages in memory: seal, open, rewrap, key records, with the system's clock and randomness.

use crate::parallel::{self, Threads};
use crate::{Error, Native, Provider, run, steps};
use cmkit_core::envelope::{
    self, DataKey, Expect, NewRecord, OpenKeys, OpenOptions, Opener, RecordOptions, RewrapOptions, SealOptions, Sealer,
    sealed_size,
};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The system's randomness, drawn anew for each use.
pub(crate) type SystemRng = UnwrapErr<SysRng>;

pub(crate) const fn system_rng() -> SystemRng {
    UnwrapErr(SysRng)
}

/// The system's clock, in seconds since 1970-01-01 UTC.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Seals a message under the keys of `options`: head and body in one vector.
///
/// ```
/// # fn main() -> Result<(), cmkit::Error> {
/// # use std::sync::Arc;
/// use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions, ServiceKey};
///
/// // Service-managed, so that the example needs no vault; a customer-managed key is `SealKey::Vault`.
/// let key = Arc::new(cmkit::generate_service_key("default")?);
/// let envelope = cmkit::seal(b"attack at dawn", SealOptions::new([key.clone().into()]), &cmkit::NoVault)?;
///
/// let keys = OpenKeys { service: vec![key], ..OpenKeys::default() };
/// assert_eq!(cmkit::open(&envelope, &OpenOptions::new(keys), &cmkit::NoVault)?, b"attack at dawn");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What the options or the key holders refuse; see the codes of [`crate::Code`].
pub fn seal(plaintext: &[u8], options: SealOptions, provider: &(impl Provider + ?Sized)) -> Result<Vec<u8>, Error> {
    let sealer = begin_seal(options, provider)?;
    let head_size = sealer.head().len();
    let mut out = vec![0; head_size + sealed_size(sealer.suite(), plaintext.len())];
    let (head, body) = out.split_at_mut(head_size);
    head.copy_from_slice(sealer.head());
    parallel::seal_into(&sealer, plaintext, body, Threads::default())?;
    Ok(out)
}

/// Begins a message: the head is ready, the chunks are sealed by the caller.
///
/// # Errors
/// As [`seal`].
pub fn begin_seal(
    options: SealOptions,
    provider: &(impl Provider + ?Sized),
) -> Result<Sealer<crate::NativeCipher>, Error> {
    run(steps::seal(options)?, provider)
}

/// Opens an attached envelope.
///
/// # Errors
/// What the envelope, the configuration or the key holders refuse; see the codes of [`crate::Code`].
pub fn open(envelope: &[u8], options: &OpenOptions, provider: &(impl Provider + ?Sized)) -> Result<Vec<u8>, Error> {
    let opener = begin_open(envelope, options, provider)?;
    let mut out = Vec::new();
    parallel::open_into(&opener, &envelope[opener.head_size()..], &mut out, Threads::default())?;
    Ok(out)
}

/// Opens the head at the front of `input`; the caller opens the chunks.
///
/// # Errors
/// As [`open`].
pub fn begin_open(
    input: &[u8],
    options: &OpenOptions,
    provider: &(impl Provider + ?Sized),
) -> Result<Opener<crate::NativeCipher>, Error> {
    run(steps::open(input, options)?, provider)
}

/// Opens a head that was detached from its body; the caller opens the chunks.
///
/// # Errors
/// As [`open`], and `malformed` for bytes after the head.
pub fn begin_open_detached(
    head: &[u8],
    options: &OpenOptions,
    provider: &(impl Provider + ?Sized),
) -> Result<Opener<crate::NativeCipher>, Error> {
    run(steps::open_detached(head, options)?, provider)
}

/// Opens a range of the plaintext of an attached envelope; only the chunks it needs, and the last.
///
/// # Errors
/// As [`open`], and `out_of_range` where the range starts after the end.
pub fn open_range(
    envelope: &[u8],
    range: Range<u64>,
    options: &OpenOptions,
    provider: &(impl Provider + ?Sized),
) -> Result<Vec<u8>, Error> {
    let opener = begin_open(envelope, options, provider)?;
    opener.open_range(&envelope[opener.head_size()..], range)
}

/// Rewraps a message or a key record and returns the new head; a message's body goes behind it unchanged, and all that
/// stands under a key record is re-keyed with it.
///
/// # Errors
/// As [`open`] for the present head and [`seal`] for the new one, and `malformed` for bytes after a key record.
pub fn rewrap(input: &[u8], options: RewrapOptions, provider: &(impl Provider + ?Sized)) -> Result<Vec<u8>, Error> {
    run(steps::rewrap(input, options)?, provider)
}

/// Rewraps a head that was detached from its body, or a key record.
///
/// # Errors
/// As [`rewrap`], and `malformed` for bytes after the head.
pub fn rewrap_detached(
    head: &[u8],
    options: RewrapOptions,
    provider: &(impl Provider + ?Sized),
) -> Result<Vec<u8>, Error> {
    run(steps::rewrap_detached(head, options)?, provider)
}

/// Makes a data key and its key record.
///
/// # Errors
/// As [`seal`].
pub fn generate_record(options: RecordOptions, provider: &(impl Provider + ?Sized)) -> Result<NewRecord, Error> {
    run(steps::generate_record(options)?, provider)
}

/// Opens a key record.
///
/// # Errors
/// As [`open`].
pub fn open_record(
    record: &[u8],
    keys: &OpenKeys,
    expect: Expect,
    provider: &(impl Provider + ?Sized),
) -> Result<Arc<DataKey>, Error> {
    run(steps::open_record(record, keys, expect)?, provider)
}

/// Seals a compact value under an opened key record.
///
/// # Errors
/// `too_large` over 1 MiB.
pub fn seal_value(key: &DataKey, namespace: &str, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
    Values::new(key, namespace, aad)?.seal(plaintext)
}

/// Seals a compact value so that equal values give equal bytes; see [`DataKey::seal_value_deterministic`].
///
/// # Errors
/// `not_allowed` where the key record does not allow it, `too_large` over 1 MiB.
pub fn seal_value_deterministic(
    key: &DataKey,
    namespace: &str,
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, Error> {
    Values::new(key, namespace, aad)?.seal_deterministic(plaintext)
}

/// Opens a compact value under an opened key record.
///
/// # Errors
/// As [`DataKey::open_value`].
pub fn open_value(key: &DataKey, namespace: &str, aad: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
    Values::new(key, namespace, aad)?.open(value)
}

/// Compact values of one namespace and aad: a column, or a list. Faster than one by one.
///
/// ```
/// # fn main() -> Result<(), cmkit::Error> {
/// # use std::sync::Arc;
/// use cmkit::envelope::{NewRecord, RecordOptions};
/// let service = Arc::new(cmkit::generate_service_key("default")?);
/// let NewRecord { key, .. } = cmkit::generate_record(RecordOptions::new([service.into()]), &cmkit::NoVault)?;
///
/// let emails = cmkit::Values::new(&key, "acme.customer.email", b"")?;
/// let column = [emails.seal(b"ada@example.com")?, emails.seal(b"bob@example.com")?];
/// assert_eq!(emails.open(&column[1])?, b"bob@example.com");
/// # Ok(())
/// # }
/// ```
pub struct Values<'k>(envelope::Values<'k>);

impl<'k> Values<'k> {
    /// The values of this namespace and aad; as [`DataKey::values`].
    ///
    /// # Errors
    /// `too_large` for a namespace over 255 bytes.
    pub fn new(key: &'k DataKey, namespace: &str, aad: &[u8]) -> Result<Self, Error> {
        Ok(Self(key.values(namespace, aad)?))
    }

    /// As [`seal_value`].
    ///
    /// # Errors
    /// `too_large` over 1 MiB.
    pub fn seal(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.seal::<Native>(plaintext, &mut system_rng())
    }

    /// As [`seal_value_deterministic`], with the warning of [`DataKey::seal_value_deterministic`].
    ///
    /// # Errors
    /// `not_allowed` where the key record does not allow it, `too_large` over 1 MiB.
    pub fn seal_deterministic(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.seal_deterministic::<Native>(plaintext)
    }

    /// As [`open_value`].
    ///
    /// # Errors
    /// The same.
    pub fn open(&self, value: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.open::<Native>(value)
    }
}

/// A new key for service-managed encryption, which the program keeps itself.
///
/// # Errors
/// `invalid_argument` for a name outside `[0-9a-z-]{1,127}`.
pub fn generate_service_key(name: &str) -> Result<envelope::ServiceKey, Error> {
    envelope::ServiceKey::generate(name, &mut system_rng())
}
