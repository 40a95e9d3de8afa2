//! Wrapping a data key under each of a list of keys, asking their holders for what only they can do.

use super::dek::Dek;
use super::header::MAX_KEYS;
use super::kek::{KekEntry, Locator};
use super::keys::{SealKey, ServiceKey};
use super::record::DataKey;
use crate::crypto::{Backend, a256kw_wrap};
use crate::error::{Code, Error, Refusal, RefusalKind};
use crate::key::{KeyUri, RsaPublicKey};
use crate::operation::{Ask, KeyMaterial, KeyReply, KeyRequest, KeyState, Step, WrapAlgorithm};
use crate::secret::Secret;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::{IntoIter, Vec};
use core::marker::PhantomData;
use rand_core::CryptoRng;

/// How far the clocks of a vault and of this host may be apart for a key that was made just now, in seconds.
const CLOCK_SKEW: u64 = 300;

/// Key entries a writer makes unless told otherwise.
pub const DEFAULT_MAX_KEYS: usize = 8;

/// The data key with its wrapped copies, and the randomness for what comes after.
pub(super) struct Wrapped<R> {
    pub(super) dek: Dek,
    pub(super) keks: Vec<KekEntry>,
    pub(super) rng: R,
}

/// Wraps `dek` under every key of the list, in its order; `now` is in seconds since 1970-01-01 UTC.
///
/// All holders are asked about their keys before the first one wraps.
pub(super) fn wrap<B: Backend, R: CryptoRng + Send + 'static>(
    keys: Vec<SealKey>,
    dek: Dek,
    now: u64,
    rng: R,
) -> Result<Step<Wrapped<R>>, Error> {
    let targets = Vec::with_capacity(keys.len());
    resolve(keys.into_iter(), targets, now)?.and_then(move |targets| {
        let wrapped = Wrapped { dek, keks: Vec::with_capacity(targets.len()), rng };
        Wrapping::<B, R> { targets: targets.into_iter(), now, wrapped, backend: PhantomData }.next()
    })
}

/// Refuses a list of keys that no envelope can have.
pub(super) fn check_key_count(keys: &[SealKey], max_keys: usize) -> Result<(), Error> {
    let (count, most) = (keys.len(), max_keys.min(MAX_KEYS));
    match count {
        0 => Err(Error::new(Code::InvalidArgument, "sealing takes at least one key")),
        _ if count > most => Err(too_many_keys(count, most)),
        _ => Ok(()),
    }
}

pub(super) fn too_many_keys(count: usize, most: usize) -> Error {
    Error::new(Code::TooLarge, format!("an envelope would have {count} keys and at most {most} are accepted"))
}

/// A key to wrap under, known well enough to begin.
enum Target {
    Service(Arc<ServiceKey>),
    Record(Arc<DataKey>),
    Rsa(KeyUri, RsaPublicKey),
    RsaOnHost(KeyUri, RsaPublicKey),
    Symmetric(KeyUri),
}

/// Goes on until a key's holder must describe it, or to the end.
fn resolve(mut keys: IntoIter<SealKey>, mut targets: Vec<Target>, now: u64) -> Result<Step<Vec<Target>>, Error> {
    while let Some(key) = keys.next() {
        match key {
            SealKey::Service(key) => targets.push(Target::Service(key)),
            SealKey::Record(record) => targets.push(Target::Record(record)),
            SealKey::Vault(uri) => return Ok(ask_target(uri, false, keys, targets, now)),
            SealKey::VaultOnHost(uri) => return Ok(ask_target(uri, true, keys, targets, now)),
        }
    }
    Ok(Step::Done(targets))
}

fn ask_target(
    uri: KeyUri,
    on_host: bool,
    keys: IntoIter<SealKey>,
    mut targets: Vec<Target>,
    now: u64,
) -> Step<Vec<Target>> {
    Step::Ask(Ask::new(KeyRequest::Resolve { key: uri.clone() }, move |reply| {
        targets.push(target_of(&uri, on_host, reply, now)?);
        resolve(keys, targets, now)
    }))
}

fn target_of(uri: &KeyUri, on_host: bool, reply: KeyReply, now: u64) -> Result<Target, Error> {
    let state = match reply {
        KeyReply::Resolved(state) => state,
        KeyReply::Refused(refusal) => return Err(Error::refused(refusal)),
        _ => return Err(invalid_reply(uri)),
    };
    let key = check_answer(uri, &state)?;
    check_may_wrap(&state, now)?;
    Ok(match state.material {
        KeyMaterial::Rsa(public) if on_host => Target::RsaOnHost(key, public),
        KeyMaterial::Rsa(public) => Target::Rsa(key, public),
        KeyMaterial::Symmetric => Target::Symmetric(key),
    })
}

/// The state between two questions.
struct Wrapping<B, R> {
    targets: IntoIter<Target>,
    now: u64,
    wrapped: Wrapped<R>,
    backend: PhantomData<fn() -> B>,
}

impl<B: Backend, R: CryptoRng + Send + 'static> Wrapping<B, R> {
    /// Goes on until a holder must wrap, or to the end.
    fn next(mut self) -> Result<Step<Wrapped<R>>, Error> {
        while let Some(target) = self.targets.next() {
            match target {
                Target::Service(key) => {
                    let locator = Locator::Program { name: key.name().into(), version: key.version() };
                    self.wrap_here(key.kek(), locator)?;
                }
                Target::Record(record) => {
                    let kek = record.kek();
                    self.wrap_here(&kek, Locator::Record { dek_id: *record.id() })?;
                }
                Target::Rsa(key, public) => self.wrap_public(key, &public)?,
                Target::RsaOnHost(key, public) => return Ok(self.ask_wrap_public(key, public)),
                Target::Symmetric(key) => return Ok(self.ask_wrap(key)),
            }
        }
        Ok(Step::Done(self.wrapped))
    }

    fn wrap_here(&mut self, kek: &[u8; 32], locator: Locator) -> Result<(), Error> {
        let wrapped = a256kw_wrap(kek, self.wrapped.dek.expose()).to_vec();
        self.push(KekEntry::new(WrapAlgorithm::A256Kw, None, locator, wrapped, self.now))
    }

    fn wrap_public(&mut self, key: KeyUri, public: &RsaPublicKey) -> Result<(), Error> {
        let Wrapped { dek, rng, .. } = &mut self.wrapped;
        let wrapped = B::wrap_rsa_oaep_256(public, dek.expose(), rng)?;
        let (algorithm, thumbprint) = (WrapAlgorithm::RsaOaep256, Some(*public.thumbprint()));
        self.push(KekEntry::new(algorithm, thumbprint, Locator::Vault(key), wrapped, self.now))
    }

    fn ask_wrap(mut self, key: KeyUri) -> Step<Wrapped<R>> {
        let dek = Secret::from_slice(self.wrapped.dek.expose());
        let request = KeyRequest::Wrap { key: key.clone(), algorithm: WrapAlgorithm::A256Kw, dek };
        Step::Ask(Ask::new(request, move |reply| match reply {
            KeyReply::Wrapped(wrapped) if wrapped.len() == 40 => {
                self.push(KekEntry::new(WrapAlgorithm::A256Kw, None, Locator::Vault(key), wrapped, self.now))?;
                self.next()
            }
            KeyReply::Refused(refusal) => Err(Error::refused(refusal)),
            _ => Err(invalid_reply(&key)),
        }))
    }

    fn ask_wrap_public(mut self, key: KeyUri, public: RsaPublicKey) -> Step<Wrapped<R>> {
        let (algorithm, dek) = (WrapAlgorithm::RsaOaep256, Secret::from_slice(self.wrapped.dek.expose()));
        let (thumbprint, size) = (*public.thumbprint(), public.modulus().len());
        let request = KeyRequest::WrapPublic { key: key.clone(), algorithm, public, dek };
        Step::Ask(Ask::new(request, move |reply| match reply {
            KeyReply::Wrapped(wrapped) if wrapped.len() == size => {
                self.push(KekEntry::new(algorithm, Some(thumbprint), Locator::Vault(key), wrapped, self.now))?;
                self.next()
            }
            KeyReply::Refused(refusal) => Err(Error::refused(refusal)),
            _ => Err(invalid_reply(&key)),
        }))
    }

    fn push(&mut self, entry: KekEntry) -> Result<(), Error> {
        if self.wrapped.keks.iter().any(|other| other.clashes_with(&entry)) {
            return Err(Error::new(Code::InvalidArgument, "the same key version is given twice"));
        }
        self.wrapped.keks.push(entry);
        Ok(())
    }
}

/// The versioned identifier that a holder described, which must be of the key it was asked about.
pub(super) fn check_answer(asked: &KeyUri, state: &KeyState) -> Result<KeyUri, Error> {
    let same = state.key.same_key(asked) && asked.version().is_none_or(|version| state.key.version() == Some(version));
    if !same {
        return Err(invalid_reply(asked));
    }
    if state.key.version().is_none() {
        let message = format!("the holder of `{asked}` names no version of 32 hexadecimal digits");
        return Err(Error::new(Code::Unsupported, message));
    }
    Ok(state.key.clone())
}

/// Refuses what the holder would refuse, before anything is wrapped with the public key alone.
fn check_may_wrap(state: &KeyState, now: u64) -> Result<(), Error> {
    let KeyState { key, enabled, not_before, expires, may_wrap, .. } = state;
    let refused =
        |reason: &'static str, message| Err(Error::refused(Refusal::new(RefusalKind::Denied, reason, message)));
    if !enabled {
        return refused("KeyDisabled", format!("`{key}` is disabled; enable it, or rotate to a new version"));
    }
    if not_before.is_some_and(|time| time > now.saturating_add(CLOCK_SKEW)) {
        return refused("KeyNotYetValid", format!("`{key}` is not active yet; move its activation date"));
    }
    if expires.is_some_and(|time| time <= now) {
        return refused("KeyExpired", format!("`{key}` has expired; move its expiry date, then rotate"));
    }
    if !may_wrap {
        return refused("KeyOperationForbidden", format!("`{key}` does not list the operation `wrapKey`"));
    }
    Ok(())
}

pub(super) fn invalid_reply(key: &KeyUri) -> Error {
    Error::new(Code::InvalidReply, format!("the provider's reply about `{key}` does not answer the request"))
}
