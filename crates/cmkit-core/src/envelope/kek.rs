//! One wrapped copy of the data key: the algorithm, which key wrapped it, and where that key is held.
//!
//! It is read borrowed, as it stands in a head, and kept owned by those who unwrap or write it.

use super::cbor::{Reader, Writer, malformed};
use super::header::HeadKind;
use crate::error::{Code, Error};
use crate::key::{KeyUri, KeyVersion, Thumbprint};
use crate::operation::WrapAlgorithm;
use alloc::string::String;
use alloc::vec::Vec;

/// COSE algorithm numbers.
const COSE_RSA_OAEP_256: i64 = -41;
const COSE_A256KW: i64 = -5;

/// Times are below this, so that every language holds them exactly.
const MAX_TIME: u64 = 1 << 53;

/// An entry of the header, with the exact bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KekEntry {
    pub(super) encoded: Vec<u8>,
    pub(super) algorithm: WrapAlgorithm,
    pub(super) thumbprint: Option<Thumbprint>,
    pub(super) locator: Option<Locator>,
    pub(super) wrapped: Vec<u8>,
    pub(super) wrapped_at: Option<u64>,
}

/// Where a key is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Locator {
    /// Held by the program itself: service-managed.
    Program { name: String, version: KeyVersion },
    /// In Key Vault, a managed HSM, or what speaks their protocol; the version is always there.
    Vault(KeyUri),
    /// The data key of a key record.
    Record { dek_id: [u8; 16] },
}

impl KekEntry {
    /// Encodes an entry from sound parts.
    pub(super) fn new(
        algorithm: WrapAlgorithm,
        thumbprint: Option<Thumbprint>,
        locator: Locator,
        wrapped: Vec<u8>,
        wrapped_at: u64,
    ) -> Self {
        let mut writer = Writer::default();
        writer.map(4 + usize::from(thumbprint.is_some()));
        writer.unsigned(1).integer(match algorithm {
            WrapAlgorithm::RsaOaep256 => COSE_RSA_OAEP_256,
            WrapAlgorithm::A256Kw => COSE_A256KW,
        });
        if let Some(thumbprint) = &thumbprint {
            writer.unsigned(2).bytes(thumbprint.as_bytes());
        }
        writer.unsigned(3);
        locator.encode(&mut writer);
        writer.unsigned(4).bytes(&wrapped).unsigned(5).unsigned(wrapped_at);
        let encoded = writer.into_bytes();
        Self { encoded, algorithm, thumbprint, locator: Some(locator), wrapped, wrapped_at: Some(wrapped_at) }
    }

    /// Whether both entries would be the same key version, which no header has twice.
    pub(super) fn clashes_with(&self, other: &Self) -> bool {
        clash((&self.thumbprint, &self.locator), (&other.thumbprint, &other.locator))
    }

    /// Whether `newer` wraps for the same key, perhaps in another version, and so replaces this entry.
    pub(super) fn superseded_by(&self, newer: &Self) -> bool {
        self.clashes_with(newer)
            || match (&self.locator, &newer.locator) {
                (Some(Locator::Vault(old)), Some(Locator::Vault(new))) => old.same_key(new),
                (Some(Locator::Program { name: old, .. }), Some(Locator::Program { name: new, .. })) => old == new,
                _ => false,
            }
    }
}

impl From<&KekRef<'_>> for KekEntry {
    fn from(entry: &KekRef<'_>) -> Self {
        let KekRef { encoded, algorithm, thumbprint, locator, wrapped, wrapped_at } = entry;
        Self {
            encoded: encoded.to_vec(),
            algorithm: *algorithm,
            thumbprint: *thumbprint,
            locator: locator.as_ref().map(Locator::from),
            wrapped: wrapped.to_vec(),
            wrapped_at: *wrapped_at,
        }
    }
}

/// An entry as it stands in a header.
#[derive(Clone, Copy, Debug)]
pub(super) struct KekRef<'a> {
    pub(super) encoded: &'a [u8],
    pub(super) algorithm: WrapAlgorithm,
    pub(super) thumbprint: Option<Thumbprint>,
    pub(super) locator: Option<LocatorRef<'a>>,
    pub(super) wrapped: &'a [u8],
    pub(super) wrapped_at: Option<u64>,
}

/// A [`Locator`] as it stands in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LocatorRef<'a> {
    Program { name: &'a str, version: KeyVersion },
    Vault { host: &'a str, name: &'a str, version: KeyVersion },
    Record { dek_id: [u8; 16] },
}

impl<'a> KekRef<'a> {
    pub(super) fn parse(reader: &mut Reader<'a>, kind: HeadKind) -> Result<Self, Error> {
        let start = reader.rest();
        let (mut algorithm, mut thumbprint, mut locator, mut wrapped, mut wrapped_at) = (None, None, None, None, None);
        let mut last = 0;
        for _ in 0..reader.map()? {
            let entry = reader.unsigned()?;
            if entry <= last {
                return Err(malformed("a key entry's fields are not in ascending order"));
            }
            last = entry;
            match entry {
                1 => algorithm = Some(read_algorithm(reader)?),
                2 => {
                    let bytes = reader.bytes()?.try_into().map_err(|_| malformed("a thumbprint has 32 bytes"))?;
                    thumbprint = Some(Thumbprint::from_bytes(bytes));
                }
                3 => locator = Some(LocatorRef::parse(reader, kind)?),
                4 => wrapped = Some(reader.bytes()?),
                5 => {
                    let time = reader.unsigned()?;
                    if time >= MAX_TIME {
                        return Err(malformed("a time of wrapping is not below 2^53"));
                    }
                    wrapped_at = Some(time);
                }
                _ => return Err(malformed("a key entry has an unknown field")),
            }
        }
        let (encoded, _) = start.split_at(start.len() - reader.rest().len());
        let (Some(algorithm), Some(wrapped)) = (algorithm, wrapped) else {
            return Err(malformed("a key entry has no algorithm or no wrapped key"));
        };
        let entry = Self { encoded, algorithm, thumbprint, locator, wrapped, wrapped_at };
        entry.check_fields_fit()?;
        Ok(entry)
    }

    fn check_fields_fit(&self) -> Result<(), Error> {
        let sound = match self.algorithm {
            WrapAlgorithm::RsaOaep256 => {
                self.thumbprint.is_some()
                    && matches!(self.locator, None | Some(LocatorRef::Vault { .. }))
                    && matches!(self.wrapped.len(), 256 | 384 | 512)
            }
            WrapAlgorithm::A256Kw => self.thumbprint.is_none() && self.locator.is_some() && self.wrapped.len() == 40,
        };
        if sound { Ok(()) } else { Err(malformed("a key entry's fields do not fit its algorithm")) }
    }

    /// Whether both entries would be the same key version, which no header has twice.
    pub(super) fn clashes_with(&self, other: &Self) -> bool {
        clash((&self.thumbprint, &self.locator), (&other.thumbprint, &other.locator))
    }
}

impl Locator {
    #[expect(clippy::expect_used, reason = "a locator of a vault is made with a version, read or sealed to")]
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Program { name, version } => {
                writer.array(3).unsigned(0).text(name).bytes(version.as_bytes());
            }
            Self::Vault(key) => {
                let version = key.version().expect("a vault locator has a version");
                writer.array(4).unsigned(1).text(key.host()).text(key.name()).bytes(version.as_bytes());
            }
            Self::Record { dek_id } => {
                writer.array(2).unsigned(2).bytes(dek_id);
            }
        }
    }
}

impl From<&LocatorRef<'_>> for Locator {
    fn from(locator: &LocatorRef<'_>) -> Self {
        match *locator {
            LocatorRef::Program { name, version } => Self::Program { name: name.into(), version },
            LocatorRef::Vault { host, name, version } => Self::Vault(KeyUri::from_checked_parts(host, name, version)),
            LocatorRef::Record { dek_id } => Self::Record { dek_id },
        }
    }
}

impl<'a> LocatorRef<'a> {
    fn parse(reader: &mut Reader<'a>, kind: HeadKind) -> Result<Self, Error> {
        let length = reader.array()?;
        if length == 0 {
            return Err(malformed("a locator is empty"));
        }
        match (reader.unsigned()?, length, kind) {
            (0, 3, _) => Ok(Self::Program { name: read_name(reader)?, version: read_version(reader)? }),
            (1, 4, _) => {
                let host = reader.text()?;
                if !is_host(host) {
                    return Err(malformed("a locator's host is not a lower-case host name"));
                }
                Ok(Self::Vault { host, name: read_name(reader)?, version: read_version(reader)? })
            }
            (2, 2, HeadKind::Message) => {
                let dek_id = reader.bytes()?.try_into().map_err(|_| malformed("a key record's id has 16 bytes"))?;
                Ok(Self::Record { dek_id })
            }
            (0..=2, ..) => Err(malformed("a locator does not fit its kind")),
            _ => Err(Error::new(Code::Unsupported, "the envelope names an unknown kind of key holder")),
        }
    }
}

fn read_algorithm(reader: &mut Reader<'_>) -> Result<WrapAlgorithm, Error> {
    match reader.integer()? {
        COSE_RSA_OAEP_256 => Ok(WrapAlgorithm::RsaOaep256),
        COSE_A256KW => Ok(WrapAlgorithm::A256Kw),
        _ => Err(Error::new(Code::Unsupported, "the data key is wrapped with an unknown algorithm")),
    }
}

fn read_version(reader: &mut Reader<'_>) -> Result<KeyVersion, Error> {
    let bytes = reader.bytes()?.try_into().map_err(|_| malformed("a key version has 16 bytes"))?;
    Ok(KeyVersion::from_bytes(bytes))
}

fn read_name<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Error> {
    let name = reader.text()?;
    if is_key_name(name) { Ok(name) } else { Err(malformed("a key name has 1 to 127 of `0-9a-z-`")) }
}

fn clash<L: PartialEq>(one: (&Option<Thumbprint>, &Option<L>), other: (&Option<Thumbprint>, &Option<L>)) -> bool {
    (one.0.is_some() && one.0 == other.0) || (one.1.is_some() && one.1 == other.1)
}

/// `[0-9a-z-]{1,127}`.
pub(super) fn is_key_name(name: &str) -> bool {
    (1..=127).contains(&name.len()) && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'-'))
}

/// Labels joined by dots, then perhaps a port; 443 is never written out.
pub(super) fn is_host(host: &str) -> bool {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'-'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let port_sound = port.is_none_or(|port| {
        port.bytes().all(|b| b.is_ascii_digit())
            && !port.starts_with('0')
            && port != "443"
            && port.parse::<u16>().is_ok()
    });
    (1..=128).contains(&host.len()) && name.split('.').all(label) && port_sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_grammar() {
        for host in ["orders.vault.azure.net", "localhost:8443", "a", "a-b.c:1", "127.0.0.1:65535", "x:44", "x:4430"] {
            assert!(is_host(host), "{host}");
        }
        for host in [
            "", "A.b", "a.", ".a", "a..b", "-a", "a-", "a_b", "a:443", "a:0", "a:065", "a:65536", "a:", "a:x", "a:1:2",
            "[::1]", "a/b", "u@a", "a:+1",
        ] {
            assert!(!is_host(host), "{host}");
        }
        assert!(!is_host(&"a.".repeat(64)), "trailing dot at 128 bytes");
        assert!(is_host(&alloc::format!("{}ab", "a.".repeat(63))));
        assert!(!is_host(&alloc::format!("{}abc", "a.".repeat(63))));
        assert!(!is_host(&"a".repeat(64)));
    }
}
