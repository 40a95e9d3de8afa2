//! What a head says, without any key. Until an envelope was opened this is unauthenticated: show it, decide nothing by it.

use super::header::{FIXED_PREFIX, HARD_MAX_HEADER, Head, HeadKind, Preamble, Suite};
use super::kek::{KekEntry, Locator};
use super::stream::Layout;
use crate::error::Error;
use crate::operation::WrapAlgorithm;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::Serialize;

/// What stands in a head.
///
/// ```
/// # fn show(envelope: &[u8]) -> Result<(), cmkit_core::Error> {
/// let inspection = cmkit_core::envelope::inspect(envelope)?;
/// for key in &inspection.keys {
///     println!("{} {}", key.algorithm, key.key.as_deref().unwrap_or("-"));
/// }
/// # Ok(())
/// # }
/// # assert!(show(b"").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// A message or a key record.
    pub kind: EnvelopeKind,
    /// Who manages the keys.
    pub mode: Mode,
    /// The format's version.
    pub version: u8,
    /// The suite's number.
    pub suite: u8,
    /// Bytes of plaintext in a whole chunk.
    pub chunk_size: usize,
    /// Bytes of the whole head.
    pub head_size: usize,
    /// Bytes of padding in it.
    pub padding: usize,
    /// The key entries, in their order.
    pub keys: Vec<KeyEntry>,
    /// The encryption context.
    pub context: Vec<(String, String)>,
    /// Names of external context that an opener must supply.
    pub required_context: Vec<String>,
    /// What the data is.
    pub namespace: Option<String>,
    /// The media type of the plaintext.
    pub content_type: Option<String>,
    /// Whether a key record allows deterministic values.
    pub deterministic: bool,
}

/// What an envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvelopeKind {
    /// Data follows the head.
    Message,
    /// The head is all: a data key stored once.
    KeyRecord,
}

/// Who manages the keys that open an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Keys that the program keeps itself.
    ServiceManaged,
    /// Keys in a key vault.
    CustomerManaged,
    /// The data key of a key record; the record says who manages that one.
    KeyRecord,
    /// Several of these.
    Mixed,
}

/// One wrapped copy of the data key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyEntry {
    /// `RSA-OAEP-256` or `A256KW`.
    pub algorithm: &'static str,
    /// Who holds the key.
    pub holder: Holder,
    /// The key's identifier with its version; `NAME/VERSION` for a key that the program keeps.
    pub key: Option<String>,
    /// The id of the data key, for a key record.
    pub dek_id: Option<String>,
    /// The RFC 7638 thumbprint of an RSA key.
    pub thumbprint: Option<String>,
    /// When the writer wrapped the key by its own clock, in seconds since 1970-01-01 UTC.
    pub wrapped_at: Option<u64>,
}

/// Who holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// The program itself.
    Program,
    /// Key Vault, a managed HSM or what speaks their protocol.
    Vault,
    /// A key record.
    KeyRecord,
    /// Nobody is named: an RSA key known by its thumbprint alone.
    Unnamed,
}

/// Reads the head at the front of an envelope or a key record, without any key.
///
/// # Errors
/// `malformed`, `unsupported` or `truncated`.
pub fn inspect(input: &[u8]) -> Result<Inspection, Error> {
    let preamble = Preamble::parse(input.get(..FIXED_PREFIX).unwrap_or(input), HARD_MAX_HEADER)?;
    let head = match preamble.kind {
        HeadKind::Message => Head::parse(input, HeadKind::Message, HARD_MAX_HEADER)?,
        HeadKind::Record => Head::parse_whole(input, HeadKind::Record, HARD_MAX_HEADER)?,
    };
    Ok(Inspection::of(&head))
}

/// Bytes of plaintext in an envelope of `size` bytes, told by its head and without any key: only who opens it knows that
/// they are true. `input` is its begin, with all of the head.
///
/// ```
/// # use cmkit_core::{Error, envelope::*, operation::Step};
/// # fn main() -> Result<(), Error> {
/// # let rng = || rand_core::UnwrapErr(getrandom::SysRng);
/// # let key = std::sync::Arc::new(ServiceKey::generate("default", &mut rng())?);
/// # let options = SealOptions::new([key.into()]);
/// # let Step::Done(sealer) = seal::<RustCrypto, _>(options, 1_800_000_000, rng())? else { panic!("no vault is asked here") };
/// let envelope = sealer.seal(&[0; 20_000])?;
/// assert_eq!(plaintext_size(&envelope, envelope.len() as u64)?, 20_000);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `malformed`, also for a key record; `unsupported`; `truncated` also for a size that no envelope with this head has.
pub fn plaintext_size(input: &[u8], size: u64) -> Result<u64, Error> {
    let head = Head::parse(input, HeadKind::Message, HARD_MAX_HEADER)?;
    let body = size.saturating_sub(head.bytes().len() as u64);
    Ok(Layout::of(head.preamble.suite, body)?.plaintext)
}

impl Inspection {
    pub(super) fn of(head: &Head) -> Self {
        let keys: Vec<KeyEntry> = head.keks.iter().map(KeyEntry::of).collect();
        let suite: Suite = head.preamble.suite;
        Self {
            kind: match head.preamble.kind {
                HeadKind::Message => EnvelopeKind::Message,
                HeadKind::Record => EnvelopeKind::KeyRecord,
            },
            mode: mode_of(&keys),
            version: 1,
            suite: suite.id(),
            chunk_size: suite.chunk_size(),
            head_size: head.bytes().len(),
            padding: head.padding,
            keys,
            context: head.core.context.clone(),
            required_context: head.core.required.clone(),
            namespace: head.core.namespace.clone(),
            content_type: head.core.content_type.clone(),
            deterministic: head.core.deterministic,
        }
    }
}

impl KeyEntry {
    fn of(entry: &KekEntry) -> Self {
        let (holder, key, dek_id) = match &entry.locator {
            None => (Holder::Unnamed, None, None),
            Some(Locator::Program { name, version }) => (Holder::Program, Some(format!("{name}/{version}")), None),
            Some(Locator::Vault(key)) => (Holder::Vault, Some(key.to_string()), None),
            Some(Locator::Record { dek_id }) => (Holder::KeyRecord, None, Some(hex(dek_id))),
        };
        Self {
            algorithm: WrapAlgorithm::as_str(entry.algorithm),
            holder,
            key,
            dek_id,
            thumbprint: entry.thumbprint.as_ref().map(ToString::to_string),
            wrapped_at: entry.wrapped_at,
        }
    }
}

fn mode_of(keys: &[KeyEntry]) -> Mode {
    let mode = |key: &KeyEntry| match key.holder {
        Holder::Program => Mode::ServiceManaged,
        Holder::Vault | Holder::Unnamed => Mode::CustomerManaged,
        Holder::KeyRecord => Mode::KeyRecord,
    };
    let first = keys.first().map_or(Mode::ServiceManaged, mode);
    if keys.iter().all(|key| mode(key) == first) { first } else { Mode::Mixed }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
