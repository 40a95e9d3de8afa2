//! Rewrap: new key entries for the same data key. Core, salt, commitment and body stay as they are, byte for byte.
//!
//! Rewrap is not revocation: a kept copy of the old head opens the body for as long as its key version is enabled.

use super::context::ExternalContext;
use super::dek::Dek;
use super::header::{DEFAULT_MAX_HEADER, Head, HeadKind, HeadParts, MAX_KEYS, Preamble};
use super::kek::KekEntry;
use super::keys::{OpenKeys, SealKey};
use super::open::authenticate;
use super::unwrap::{Matches, Unwrapped};
use super::wrap::{DEFAULT_MAX_KEYS, too_many_keys, wrap};
use crate::crypto::Backend;
use crate::error::{Code, Error};
use crate::operation::Step;
use alloc::vec::Vec;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

/// How to rewrap a head or a key record.
///
/// ```
/// use cmkit_core::{envelope::{OpenKeys, RewrapOptions}, key::KeyUri};
/// let key = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
/// // After a rotation: open with whatever version sealed, wrap under the newest.
/// let options = RewrapOptions::new(OpenKeys::vault([key.clone()]), [key.into()]);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RewrapOptions {
    /// The keys that may open the present head.
    pub open: OpenKeys,
    /// The keys to wrap under.
    pub to: Vec<SealKey>,
    /// What becomes of the present entries.
    pub keep: Keep,
    /// How large the new head is to be.
    pub pad: Pad,
    /// The external context; where it is given, the commitment is checked too. Never for a key record.
    pub external: Option<ExternalContext>,
    /// Key entries at most; up to 16.
    pub max_keys: usize,
    /// Bytes of header at most, padding included; up to 65536.
    pub max_header: usize,
}

impl RewrapOptions {
    /// The defaults: only the new entries, no padding.
    pub fn new(open: OpenKeys, to: impl IntoIterator<Item = SealKey>) -> Self {
        Self {
            open,
            to: to.into_iter().collect(),
            keep: Keep::None,
            pad: Pad::None,
            external: None,
            max_keys: DEFAULT_MAX_KEYS,
            max_header: DEFAULT_MAX_HEADER,
        }
    }
}

/// What becomes of the present key entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// The new entries replace them all.
    #[default]
    None,
    /// They stay, except that a new entry for the same key takes the old one's place.
    All,
}

/// How large the new head is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pad {
    /// As large as it needs to be.
    #[default]
    None,
    /// Exactly this many bytes.
    To(usize),
    /// As large as the present head, to be written over it.
    InPlace,
}

/// Begins to rewrap a message or a key record, whichever it is. A message begins with its whole head; the new head is the
/// result, and the body follows it unchanged. A key record is given whole, and all that stands under its data key is
/// re-keyed with it. `now` is in seconds since 1970-01-01 UTC.
///
/// # Errors
/// As [`super::open`] for the present head and [`super::seal`] for the new one; `too_large` where it does not fit,
/// `malformed` for bytes after a key record, `invalid_argument` for a key record with external context or under another.
pub fn rewrap<B: Backend, R: CryptoRng + Send + 'static>(
    input: &[u8],
    options: RewrapOptions,
    now: u64,
    rng: R,
) -> Result<Step<Vec<u8>>, Error> {
    let head = match Preamble::parse(input, options.max_header)?.kind {
        HeadKind::Message => Head::parse(input, HeadKind::Message, options.max_header)?,
        HeadKind::Record => Head::parse_whole(input, HeadKind::Record, options.max_header)?,
    };
    rewrap_head::<B, R>(head, options, now, rng)
}

/// Begins to rewrap a head that was detached from its body, or a key record: `head` is that and nothing else.
///
/// # Errors
/// As [`rewrap`], and `malformed` for bytes after the head.
pub fn rewrap_detached<B: Backend, R: CryptoRng + Send + 'static>(
    head: &[u8],
    options: RewrapOptions,
    now: u64,
    rng: R,
) -> Result<Step<Vec<u8>>, Error> {
    let kind = Preamble::parse(head, options.max_header)?.kind;
    rewrap_head::<B, R>(Head::parse_whole(head, kind, options.max_header)?, options, now, rng)
}

fn rewrap_head<B: Backend, R: CryptoRng + Send + 'static>(
    head: Head,
    options: RewrapOptions,
    now: u64,
    rng: R,
) -> Result<Step<Vec<u8>>, Error> {
    let RewrapOptions { open, to, keep, pad, mut external, max_keys, max_header } = options;
    if head.preamble.kind == HeadKind::Record {
        if external.is_some() {
            return Err(Error::new(Code::InvalidArgument, "a key record has no external context"));
        }
        if to.iter().any(|key| matches!(key, SealKey::Record(_))) {
            return Err(Error::new(Code::InvalidArgument, "a key record cannot stand under another key record"));
        }
        // With nothing outside it, its commitment can always be checked.
        external = Some(ExternalContext::default());
    }
    if to.is_empty() && keep == Keep::None {
        return Err(Error::new(Code::InvalidArgument, "a rewrap that keeps no key takes at least one new key"));
    }
    let matches = Matches::of(&head, &open)?;
    let external = external.map(|external| external.encode(&head.core.required)).transpose()?;
    matches.unwrap(head, rng)?.and_then(move |Unwrapped { head, dek, rng }| {
        authenticate(&head, &dek, external.as_deref())?;
        wrap::<B, R>(to, dek, now, rng)?.and_then(move |wrapped| {
            let keks = merge(&head, wrapped.keks, keep);
            if keks.len() > max_keys.min(MAX_KEYS) {
                return Err(too_many_keys(keks.len(), max_keys.min(MAX_KEYS)));
            }
            let pad_to = match pad {
                Pad::None => None,
                Pad::To(size) => Some(size),
                Pad::InPlace => Some(head.bytes().len()),
            };
            let parts = HeadParts {
                suite: head.preamble.suite,
                kind: head.preamble.kind,
                core: &head.core,
                keks: &keks,
                salt: head.salt(),
                commit: head.commit(),
                pad_to,
                max_header,
            };
            let new = Head::encode(&parts, &wrapped.dek)?;
            verify(&head, &new, &wrapped.dek, max_header)?;
            Ok(Step::Done(new))
        })
    })
}

/// The kept entries in their order, each replaced by the new one for the same key, then the rest of the new ones.
fn merge(head: &Head, new: Vec<KekEntry>, keep: Keep) -> Vec<KekEntry> {
    if keep == Keep::None {
        return new;
    }
    let mut rest: Vec<Option<KekEntry>> = new.into_iter().map(Some).collect();
    let mut merged = Vec::with_capacity(head.keks.len() + rest.len());
    for old in &head.keks {
        let mut supersedes = rest.iter_mut().filter(|new| new.as_ref().is_some_and(|new| old.superseded_by(new)));
        match supersedes.next() {
            Some(new) => merged.extend(new.take()),
            // A second old entry of a key whose new entry is already in its place.
            None if merged.iter().any(|placed| old.superseded_by(placed)) => {}
            None => merged.push(old.clone()),
        }
    }
    merged.extend(rest.into_iter().flatten());
    merged
}

/// The new head is handed out only after the strict reader took it and found everything else as it was.
fn verify(old: &Head, new: &[u8], dek: &Dek, max_header: usize) -> Result<(), Error> {
    let new = Head::parse_whole(new, old.preamble.kind, max_header)?;
    let same = new.core == old.core
        && new.preamble.suite == old.preamble.suite
        && new.salt() == old.salt()
        && new.commit() == old.commit()
        && bool::from(new.mac_under(dek).ct_eq(new.mac()));
    if same { Ok(()) } else { Err(Error::new(Code::Malformed, "the rewrapped head does not read back")) }
}
