//! Which keys a head needs, read without a copy: for those who read millions of heads. As unauthenticated as
//! [`inspect`](super::inspect), and as strict.

use super::header::{HARD_MAX_HEADER, HeadKind, Header, Preamble};
use super::inspect::EnvelopeKind;
use super::kek::{KekRef, LocatorRef};
use crate::error::{Code, Error};
use crate::key::{KeyUri, KeyVersion, Thumbprint};
use crate::operation::WrapAlgorithm;
use alloc::vec::Vec;

/// The key entries of a head, in their order.
///
/// ```
/// use cmkit_core::envelope::{HeadKeys, KeyHolder};
/// # fn show(envelope: &[u8]) -> Result<(), cmkit_core::Error> {
/// for entry in &HeadKeys::parse(envelope)?.entries {
///     match entry.holder {
///         KeyHolder::Vault { host, name, version } => println!("https://{host}/keys/{name}/{version}"),
///         other => println!("{other:?}"),
///     }
/// }
/// # Ok(())
/// # }
/// # assert!(show(b"").is_err());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HeadKeys<'a> {
    /// A message or a key record.
    pub kind: EnvelopeKind,
    /// Bytes of the whole head.
    pub head_size: usize,
    /// Any one of them opens; never empty.
    pub entries: Vec<HeadKey<'a>>,
}

/// One wrapped copy of the data key, borrowed from the head.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HeadKey<'a> {
    /// How the data key is wrapped.
    pub algorithm: WrapAlgorithm,
    /// Who holds the key that wraps it.
    pub holder: KeyHolder<'a>,
    /// The RFC 7638 thumbprint of an RSA key.
    pub thumbprint: Option<Thumbprint>,
    /// The wrapped data key.
    pub wrapped: &'a [u8],
    /// When the writer wrapped it by its own clock, in seconds since 1970-01-01 UTC.
    pub wrapped_at: Option<u64>,
    /// The entry's exact bytes: equal in objects that share a data key.
    pub encoded: &'a [u8],
}

/// Who holds a key, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyHolder<'a> {
    /// The program itself: service-managed.
    Program {
        /// The key's name.
        name: &'a str,
        /// Its version.
        version: KeyVersion,
    },
    /// Key Vault, a managed HSM or what speaks their protocol.
    Vault {
        /// The host, with its port unless that is 443.
        host: &'a str,
        /// The key's name.
        name: &'a str,
        /// Its version.
        version: KeyVersion,
    },
    /// A key record, by the id of its data key.
    KeyRecord {
        /// The id.
        dek_id: [u8; 16],
    },
    /// Nobody is named: an RSA key known by its thumbprint alone.
    Unnamed,
}

impl<'a> HeadKeys<'a> {
    /// Reads the head at the front of an envelope or a key record.
    ///
    /// # Errors
    /// As [`inspect`](super::inspect).
    pub fn parse(input: &'a [u8]) -> Result<Self, Error> {
        let preamble = Preamble::parse(input, HARD_MAX_HEADER)?;
        let head_size = preamble.head_size();
        let head =
            input.get(..head_size).ok_or_else(|| Error::new(Code::Truncated, "the input ends inside the head"))?;
        let header = Header::parse(head, &preamble)?;
        let kind = match preamble.kind {
            HeadKind::Message => EnvelopeKind::Message,
            HeadKind::Record if input.len() > head_size => {
                return Err(Error::new(Code::Malformed, "there are bytes after the key record"));
            }
            HeadKind::Record => EnvelopeKind::KeyRecord,
        };
        Ok(Self { kind, head_size, entries: header.keks.iter().map(HeadKey::of).collect() })
    }

    /// Whether these are the first bytes of an envelope or a key record, sound or not. Anything else is no object of cmkit.
    #[must_use]
    pub fn begins(input: &[u8]) -> bool {
        input.starts_with(&super::header::MAGIC)
    }
}

impl<'a> HeadKey<'a> {
    fn of(entry: &KekRef<'a>) -> Self {
        let KekRef { encoded, algorithm, thumbprint, locator, wrapped, wrapped_at } = *entry;
        let holder = match locator {
            None => KeyHolder::Unnamed,
            Some(LocatorRef::Program { name, version }) => KeyHolder::Program { name, version },
            Some(LocatorRef::Vault { host, name, version }) => KeyHolder::Vault { host, name, version },
            Some(LocatorRef::Record { dek_id }) => KeyHolder::KeyRecord { dek_id },
        };
        Self { algorithm, holder, thumbprint, wrapped, wrapped_at, encoded }
    }
}

impl KeyHolder<'_> {
    /// The key's identifier with its version, for a key in a vault.
    #[must_use]
    pub fn key_uri(&self) -> Option<KeyUri> {
        match *self {
            Self::Vault { host, name, version } => Some(KeyUri::from_checked_parts(host, name, version)),
            _ => None,
        }
    }
}
