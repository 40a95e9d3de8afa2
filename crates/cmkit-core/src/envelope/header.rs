//! The head of an envelope: preamble, header with its padding, header MAC, salt and commitment.
//!
//! Parsing is strict and knows no key; what it returns is unauthenticated until the MAC was checked. The received bytes
//! are kept and authenticated as they are, never a re-encoding of them.

use super::cbor::{Reader, Writer, malformed};
use super::context::Core;
use super::dek::Dek;
use super::kek::{KekEntry, KekRef};
use crate::error::{Code, Error};
use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

pub(super) const MAGIC: [u8; 4] = [0x89, b'C', b'M', b'K'];
const VERSION: u8 = 1;
const FLAG_RECORD: u8 = 1;

/// Bytes at the front of every head, the preamble, after which its size is known.
pub const FIXED_PREFIX: usize = 12;
const MAC_SIZE: usize = 32;
/// Bytes of the salt that every message and every compact value draws.
pub(super) const SALT_SIZE: usize = 24;
const COMMIT_SIZE: usize = 32;
const TRAILER_SIZE: usize = MAC_SIZE + SALT_SIZE + COMMIT_SIZE;
/// Bytes of a head besides its header.
pub(super) const FIXED_SIZE: usize = FIXED_PREFIX + TRAILER_SIZE;

/// Bytes of a header, padding included, that readers and writers accept unless told otherwise.
pub const DEFAULT_MAX_HEADER: usize = 16384;
/// Bytes of a header, padding included, that the format has room for.
pub const HARD_MAX_HEADER: usize = 65536;
/// Key entries in one header at most.
pub const MAX_KEYS: usize = 16;

/// How the body is cut into chunks.
///
/// ```
/// use cmkit_core::envelope::Suite;
/// assert_eq!(Suite::default().chunk_size(), 16384);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// Chunks of 16 KiB, compatible with C2SP chunked-encryption as Cobblestone-256: the default.
    #[default]
    Chunk16K,
    /// Chunks of 256 KiB, for ciphers whose every call costs, such as WebCrypto.
    Chunk256K,
}

impl Suite {
    /// Bytes of plaintext in every chunk but the last.
    #[must_use]
    pub const fn chunk_size(self) -> usize {
        match self {
            Self::Chunk16K => 1 << 14,
            Self::Chunk256K => 1 << 18,
        }
    }

    /// The suite's number in an envelope.
    #[must_use]
    pub const fn id(self) -> u8 {
        match self {
            Self::Chunk16K => 1,
            Self::Chunk256K => 2,
        }
    }

    /// The label that derives the body's keys.
    pub(super) const fn label(self) -> &'static [u8] {
        match self {
            Self::Chunk16K => b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0",
            Self::Chunk256K => b"cmkit/v1/chunked-2^18+AEAD_AES_256_GCM\0",
        }
    }

    /// Bytes of a whole sealed chunk.
    pub(super) const fn record_size(self) -> usize {
        self.chunk_size() + crate::crypto::TAG_SIZE
    }
}

/// What a head belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadKind {
    /// A message: a body follows, attached or elsewhere.
    Message,
    /// A key record: nothing follows.
    Record,
}

impl HeadKind {
    const fn flags(self) -> u8 {
        match self {
            Self::Message => 0,
            Self::Record => FLAG_RECORD,
        }
    }
}

/// The first 12 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preamble {
    pub(super) suite: Suite,
    pub(super) kind: HeadKind,
    pub(super) header_size: usize,
}

impl Preamble {
    /// Judges the fields in byte order as far as they are there.
    pub(super) fn parse(bytes: &[u8], max_header: usize) -> Result<Self, Error> {
        if bytes.iter().zip(MAGIC).any(|(byte, due)| *byte != due) {
            return Err(malformed("not a cmkit envelope or key record: the magic bytes are missing"));
        }
        let field = |index: usize| bytes.get(index).copied().ok_or_else(truncated);
        let version = field(4)?;
        if version != VERSION {
            return Err(Error::new(Code::Unsupported, format!("format version {version} is unknown")));
        }
        let suite = match field(5)? {
            1 => Suite::Chunk16K,
            2 => Suite::Chunk256K,
            other => return Err(Error::new(Code::Unsupported, format!("suite {other} is unknown"))),
        };
        let kind = match (field(6)?, suite) {
            (0, _) => HeadKind::Message,
            (FLAG_RECORD, Suite::Chunk16K) => HeadKind::Record,
            _ => return Err(malformed("unknown flags, or a key record in a suite of messages")),
        };
        if field(7)? != 0 {
            return Err(malformed("the reserved byte is not zero"));
        }
        let size = [field(8)?, field(9)?, field(10)?, field(11)?];
        let header_size = usize::try_from(u32::from_be_bytes(size)).unwrap_or(usize::MAX);
        if header_size == 0 || header_size > HARD_MAX_HEADER {
            return Err(malformed("the header's length is not 1 to 65536"));
        }
        if header_size > max_header {
            return Err(header_too_large(header_size, max_header));
        }
        Ok(Self { suite, kind, header_size })
    }

    fn encode(&self) -> [u8; FIXED_PREFIX] {
        let mut bytes = [0; FIXED_PREFIX];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..7].copy_from_slice(&[VERSION, self.suite.id(), self.kind.flags()]);
        // A header has at most 65536 bytes.
        bytes[8..].copy_from_slice(&(self.header_size as u32).to_be_bytes());
        bytes
    }

    /// Bytes of the whole head.
    pub(super) const fn head_size(&self) -> usize {
        self.header_size + FIXED_SIZE
    }
}

/// A parsed head with its exact bytes.
pub(super) struct Head {
    bytes: Vec<u8>,
    pub(super) preamble: Preamble,
    pub(super) core: Core,
    pub(super) keks: Vec<KekEntry>,
    pub(super) padding: usize,
}

impl Head {
    /// Parses the head at the front of `input`; what follows it is not looked at.
    pub(super) fn parse(input: &[u8], kind: HeadKind, max_header: usize) -> Result<Self, Error> {
        let preamble = Preamble::parse(input, max_header.min(HARD_MAX_HEADER))?;
        match (preamble.kind, kind) {
            (HeadKind::Record, HeadKind::Message) => return Err(malformed("this is a key record, not a message")),
            (HeadKind::Message, HeadKind::Record) => return Err(malformed("this is a message, not a key record")),
            _ => {}
        }
        let bytes = input.get(..preamble.head_size()).ok_or_else(truncated)?.to_vec();
        let Header { core, keks, padding } = Header::parse(&bytes, &preamble)?;
        let keks = keks.iter().map(KekEntry::from).collect();
        Ok(Self { preamble, core, keks, padding, bytes })
    }

    /// Parses a head that stands alone: detached from its body, or a key record.
    pub(super) fn parse_whole(input: &[u8], kind: HeadKind, max_header: usize) -> Result<Self, Error> {
        let head = Self::parse(input, kind, max_header)?;
        if head.bytes.len() == input.len() { Ok(head) } else { Err(malformed("bytes follow the head")) }
    }

    /// Encodes a head around a salt and a commitment and authenticates it under the data key.
    pub(super) fn encode(parts: &HeadParts<'_>, dek: &Dek) -> Result<Vec<u8>, Error> {
        let HeadParts { suite, kind, core, keks, salt, commit, pad_to, max_header } = *parts;
        let mut writer = Writer::default();
        writer.array(2).bytes(&core.encoded).array(keks.len());
        for kek in keks {
            writer.raw(&kek.encoded);
        }
        let mut header = writer.into_bytes();
        if let Some(total) = pad_to {
            let size = total.checked_sub(FIXED_SIZE).filter(|size| *size >= header.len()).ok_or_else(|| {
                let least = header.len() + FIXED_SIZE;
                Error::new(Code::TooLarge, format!("the head takes {least} bytes and cannot be padded to {total}"))
            })?;
            header.resize(size, 0);
        }
        let max_header = max_header.min(HARD_MAX_HEADER);
        if header.len() > max_header {
            return Err(header_too_large(header.len(), max_header));
        }
        let preamble = Preamble { suite, kind, header_size: header.len() }.encode();
        let mac = dek.header_mac(salt, &[&preamble, &header, salt, commit]);
        Ok([&preamble[..], &header, &mac, salt, commit].concat())
    }

    /// The head's exact bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn salt(&self) -> &[u8; SALT_SIZE] {
        self.fixed(MAC_SIZE..MAC_SIZE + SALT_SIZE)
    }

    pub(super) fn commit(&self) -> &[u8; COMMIT_SIZE] {
        self.fixed(MAC_SIZE + SALT_SIZE..TRAILER_SIZE)
    }

    pub(super) fn mac(&self) -> &[u8; MAC_SIZE] {
        self.fixed(0..MAC_SIZE)
    }

    /// The MAC that the head's bytes have under this key.
    #[expect(clippy::indexing_slicing, reason = "a parsed head has all its bytes")]
    pub(super) fn mac_under(&self, dek: &Dek) -> [u8; MAC_SIZE] {
        let header_end = FIXED_PREFIX + self.preamble.header_size;
        dek.header_mac(self.salt(), &[&self.bytes[..header_end], self.salt(), self.commit()])
    }

    #[expect(clippy::expect_used, clippy::indexing_slicing, reason = "a parsed head has all its bytes")]
    fn fixed<const N: usize>(&self, range: Range<usize>) -> &[u8; N] {
        let trailer = &self.bytes[FIXED_PREFIX + self.preamble.header_size..];
        trailer[range].try_into().expect("the trailer's fields have fixed sizes")
    }
}

/// The parts of a header as they stand in a head.
pub(super) struct Header<'a> {
    pub(super) core: Core,
    pub(super) keks: Vec<KekRef<'a>>,
    pub(super) padding: usize,
}

impl<'a> Header<'a> {
    /// Parses the header of a head that is all there.
    pub(super) fn parse(head: &'a [u8], preamble: &Preamble) -> Result<Self, Error> {
        let header = head.get(FIXED_PREFIX..FIXED_PREFIX + preamble.header_size).ok_or_else(truncated)?;
        let mut reader = Reader::new(header);
        if reader.array()? != 2 {
            return Err(malformed("a header has two parts"));
        }
        let core = Core::parse(reader.bytes()?, preamble.kind)?;
        let count = reader.array()?;
        if !(1..=MAX_KEYS).contains(&count) {
            return Err(malformed("a header has 1 to 16 key entries"));
        }
        let mut keks: Vec<KekRef<'a>> = Vec::with_capacity(count);
        for _ in 0..count {
            let kek = KekRef::parse(&mut reader, preamble.kind)?;
            if keks.iter().any(|other| other.clashes_with(&kek)) {
                return Err(malformed("two key entries are for the same key version"));
            }
            keks.push(kek);
        }
        if reader.rest().iter().any(|byte| *byte != 0) {
            return Err(malformed("the padding is not zero"));
        }
        Ok(Self { core, keks, padding: reader.rest().len() })
    }
}

/// What a head is written from.
#[derive(Clone, Copy)]
pub(super) struct HeadParts<'a> {
    pub(super) suite: Suite,
    pub(super) kind: HeadKind,
    pub(super) core: &'a Core,
    pub(super) keks: &'a [KekEntry],
    pub(super) salt: &'a [u8; SALT_SIZE],
    pub(super) commit: &'a [u8; COMMIT_SIZE],
    /// The whole head's size to pad to.
    pub(super) pad_to: Option<usize>,
    pub(super) max_header: usize,
}

/// How many bytes the head at the front of `prefix` has, so that a reader of a stream knows how much to fetch.
///
/// The first 12 bytes tell; with fewer, the answer is an error of code `truncated`.
///
/// # Errors
/// `malformed`, `unsupported`, `truncated`, or `too_large` for a header over `max_header` bytes.
pub fn head_size(prefix: &[u8], max_header: usize) -> Result<usize, Error> {
    Ok(Preamble::parse(prefix, max_header)?.head_size())
}

fn header_too_large(size: usize, max: usize) -> Error {
    Error::new(Code::TooLarge, format!("the header has {size} bytes and at most {max} are accepted"))
}

fn truncated() -> Error {
    Error::new(Code::Truncated, "the input ends inside the head")
}
