//! Getting the data key out of a head: matching its entries against the configuration, then asking for an unwrap.
//!
//! Header bytes choose among what the configuration allows and nothing else: every call goes to a host and a key that
//! the configuration names.

use super::dek::Dek;
use super::header::Head;
use super::kek::{KekEntry, Locator};
use super::keys::{AllowedKey, OpenKeys, ServiceKey};
use super::record::DataKey;
use super::wrap::{check_answer, invalid_reply};
use crate::crypto::{a256kw_unwrap, sha256};
use crate::error::{Code, Error, RefusalKind};
use crate::key::{KeyUri, KeyVersion};
use crate::operation::{Ask, KeyMaterial, KeyReply, KeyRequest, KeyState, Step, WrapAlgorithm};
use crate::secret::Secret;
use alloc::sync::Arc;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// Entries whose holder is called for one envelope, at most.
const MAX_CALLS: u32 = 3;

/// The entries of a head that the configuration allows, in the head's order; never empty.
pub(super) struct Matches(Vec<Match>);

/// One entry together with the configured key that it matched.
struct Match {
    entry: KekEntry,
    key: MatchedKey,
}

enum MatchedKey {
    Service(Arc<ServiceKey>),
    Record(Arc<DataKey>),
    Vault { key: KeyUri, created_after: Option<u64>, fingerprint: Vec<u8> },
}

/// A head with its data key, and the randomness for what comes after.
pub(super) struct Unwrapped<R> {
    pub(super) head: Head,
    pub(super) dek: Dek,
    pub(super) rng: R,
}

impl Matches {
    /// Matches every entry.
    ///
    /// # Errors
    /// `no_key` where no entry matches.
    pub(super) fn of(head: &Head, keys: &OpenKeys) -> Result<Self, Error> {
        let matched = |entry: &KekEntry| Some(Match { key: match_entry(entry, keys)?, entry: entry.clone() });
        let matches: Vec<_> = head.keks.iter().filter_map(matched).collect();
        if matches.is_empty() { Err(no_key()) } else { Ok(Self(matches)) }
    }

    /// Tries the matches in order until one yields a data key, right or wrong.
    pub(super) fn unwrap<R: CryptoRng + Send + 'static>(self, head: Head, rng: R) -> Result<Step<Unwrapped<R>>, Error> {
        Unwrapping { head, rng, matches: self.0.into_iter(), calls: 0, refused: None }.next()
    }
}

fn match_entry(entry: &KekEntry, keys: &OpenKeys) -> Option<MatchedKey> {
    match &entry.locator {
        Some(Locator::Program { name, version }) => {
            let key = keys.service.iter().find(|key| key.name() == name && key.version() == *version)?;
            Some(MatchedKey::Service(Arc::clone(key)))
        }
        Some(Locator::Record { dek_id }) => {
            let record = keys.records.iter().find(|record| record.id() == dek_id)?;
            Some(MatchedKey::Record(Arc::clone(record)))
        }
        Some(Locator::Vault(recorded)) => keys
            .vault
            .iter()
            .find_map(|allowed| match_by_thumbprint(entry, allowed, recorded.version()))
            .or_else(|| keys.vault.iter().find_map(|allowed| match_by_locator(entry, allowed, recorded))),
        None => keys.vault.iter().find_map(|allowed| match_by_thumbprint(entry, allowed, None)),
    }
}

/// A configured key with a known public key of the entry's thumbprint matches, whatever vault the entry names.
fn match_by_thumbprint(entry: &KekEntry, allowed: &AllowedKey, recorded: Option<KeyVersion>) -> Option<MatchedKey> {
    let thumbprint = entry.thumbprint.as_ref()?;
    let (known, _) = allowed
        .public_keys
        .iter()
        .find(|(_, key)| key.thumbprint() == thumbprint && key.modulus().len() == entry.wrapped.len())?;
    vault_match(entry, allowed, recorded.unwrap_or(*known))
}

/// A configured key with the entry's host and name matches, unless a public key known for that version is another.
fn match_by_locator(entry: &KekEntry, allowed: &AllowedKey, recorded: &KeyUri) -> Option<MatchedKey> {
    let version = recorded.version()?;
    if !allowed.key.same_key(recorded) {
        return None;
    }
    if let (WrapAlgorithm::RsaOaep256, Some(known)) = (entry.algorithm, allowed.public_key(version)) {
        let same =
            entry.thumbprint.as_ref() == Some(known.thumbprint()) && known.modulus().len() == entry.wrapped.len();
        if !same {
            return None;
        }
    }
    vault_match(entry, allowed, version)
}

fn vault_match(entry: &KekEntry, allowed: &AllowedKey, version: KeyVersion) -> Option<MatchedKey> {
    allowed.allows(version).then(|| MatchedKey::Vault {
        key: allowed.key.with_version(version),
        created_after: allowed.created_after,
        fingerprint: sha256(&[&entry.encoded, &allowed.fingerprint()]).to_vec(),
    })
}

/// The state between two questions.
struct Unwrapping<R> {
    head: Head,
    rng: R,
    matches: alloc::vec::IntoIter<Match>,
    calls: u32,
    /// The first refusal: what the caller hears if nothing else opens.
    refused: Option<Error>,
}

impl<R: CryptoRng + Send + 'static> Unwrapping<R> {
    fn next(mut self) -> Result<Step<Unwrapped<R>>, Error> {
        let Some(Match { entry, key }) = self.matches.next() else {
            return Err(self.refused.unwrap_or_else(no_key));
        };
        match key {
            MatchedKey::Service(key) => self.unwrap_here(&entry, key.kek()),
            MatchedKey::Record(record) => self.unwrap_here(&entry, &record.kek()),
            MatchedKey::Vault { .. } if self.calls == MAX_CALLS => self.next(),
            MatchedKey::Vault { key, created_after, fingerprint } => {
                self.calls += 1;
                match created_after {
                    Some(bound) => Ok(self.ask_age(entry, key, bound, fingerprint)),
                    None => Ok(self.ask_unwrap(entry, key, &fingerprint)),
                }
            }
        }
    }

    fn unwrap_here(self, entry: &KekEntry, kek: &[u8; 32]) -> Result<Step<Unwrapped<R>>, Error> {
        let dek = a256kw_unwrap(kek, &entry.wrapped).map(|dek| Secret::from_slice(dek.as_slice()));
        Ok(self.finish(dek))
    }

    /// Versions have no order, so "not older than" is asked of the holder that made them.
    fn ask_age(self, entry: KekEntry, key: KeyUri, bound: u64, fingerprint: Vec<u8>) -> Step<Unwrapped<R>> {
        Step::Ask(Ask::new(KeyRequest::Resolve { key: key.clone() }, move |reply| match reply {
            KeyReply::Resolved(state) => {
                check_answer(&key, &state)?;
                if is_young_enough(&entry, &state, bound) {
                    Ok(self.ask_unwrap(entry, key, &fingerprint))
                } else {
                    self.next()
                }
            }
            KeyReply::Refused(refusal) => self.go_on(Error::refused(refusal)),
            _ => Err(invalid_reply(&key)),
        }))
    }

    fn ask_unwrap(self, entry: KekEntry, key: KeyUri, fingerprint: &[u8]) -> Step<Unwrapped<R>> {
        let KekEntry { algorithm, wrapped, .. } = entry;
        let cache_id = sha256(&[fingerprint]);
        let request = KeyRequest::Unwrap { key: key.clone(), algorithm, wrapped, cache_id };
        Step::Ask(Ask::new(request, move |reply| match reply {
            KeyReply::Unwrapped(dek) => Ok(self.finish(Some(dek))),
            KeyReply::Refused(refusal) if refusal.kind == RefusalKind::WrongCiphertext => Ok(self.finish(None)),
            KeyReply::Refused(refusal) => self.go_on(Error::refused(refusal)),
            _ => Err(invalid_reply(&key)),
        }))
    }

    fn go_on(mut self, refused: Error) -> Result<Step<Unwrapped<R>>, Error> {
        self.refused.get_or_insert(refused);
        self.next()
    }

    /// A failed unwrap goes on with a random key, so that it ends where a wrong key ends and takes as long (RFC 7516,
    /// section 11.5). A good one draws nothing: the draws of a rewrap are those of its new entries.
    fn finish(mut self, dek: Option<Secret>) -> Step<Unwrapped<R>> {
        let dek = dek.and_then(Dek::from_secret).unwrap_or_else(|| Dek::generate(&mut self.rng));
        Step::Done(Unwrapped { head: self.head, dek, rng: self.rng })
    }
}

fn is_young_enough(entry: &KekEntry, state: &KeyState, bound: u64) -> bool {
    let same_key = match &state.material {
        KeyMaterial::Rsa(public) => entry.thumbprint.as_ref() == Some(public.thumbprint()),
        KeyMaterial::Symmetric => entry.algorithm == WrapAlgorithm::A256Kw,
    };
    same_key && state.created.is_some_and(|created| created >= bound)
}

fn no_key() -> Error {
    Error::new(Code::NoKey, "no key entry of the envelope is under a key that this configuration allows")
}
