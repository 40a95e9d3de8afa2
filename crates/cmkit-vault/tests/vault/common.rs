//! Questions to a provider, and a clock that tests set.

use cmkit::key::KeyUri;
use cmkit::operation::{KeyReply, KeyRequest, KeyState, WrapAlgorithm};
use cmkit::secret::Secret;
use cmkit::{Provider, Refusal};
use cmkit_vault::{Clock, LocalVault};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) const DAY: u64 = 86_400;
pub(crate) const START: u64 = 1_800_000_000;
pub(crate) const HOST: &str = "orders.vault.azure.net";
pub(crate) const DEK: [u8; 32] = [0x42; 32];

/// A clock and the hand that moves it.
pub(crate) fn clock() -> (Clock, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(START));
    let hand = Arc::clone(&time);
    (Clock::new(move || time.load(Ordering::Relaxed)), hand)
}

/// A vault in memory by a clock that stands at [`START`].
pub(crate) fn vault() -> (LocalVault, Arc<AtomicU64>) {
    let (clock, hand) = clock();
    (LocalVault::in_memory(HOST).expect("a vault").with_clock(clock), hand)
}

fn refusal(reply: KeyReply) -> Refusal {
    match reply {
        KeyReply::Refused(refusal) => refusal,
        other => panic!("neither the answer nor a refusal: {other:?}"),
    }
}

pub(crate) fn resolve(provider: &impl Provider, key: &KeyUri) -> Result<KeyState, Refusal> {
    match provider.ask(&KeyRequest::Resolve { key: key.clone() }).expect("an answer") {
        KeyReply::Resolved(state) => Ok(state),
        other => Err(refusal(other)),
    }
}

pub(crate) fn wrap(provider: &impl Provider, key: &KeyUri, algorithm: WrapAlgorithm) -> Result<Vec<u8>, Refusal> {
    let request = KeyRequest::Wrap { key: key.clone(), algorithm, dek: Secret::from_slice(&DEK) };
    match provider.ask(&request).expect("an answer") {
        KeyReply::Wrapped(wrapped) => Ok(wrapped),
        other => Err(refusal(other)),
    }
}

pub(crate) fn unwrap(
    provider: &impl Provider,
    key: &KeyUri,
    algorithm: WrapAlgorithm,
    wrapped: &[u8],
) -> Result<Secret, Refusal> {
    let request = KeyRequest::Unwrap { key: key.clone(), algorithm, wrapped: wrapped.to_vec(), cache_id: [0; 32] };
    match provider.ask(&request).expect("an answer") {
        KeyReply::Unwrapped(dek) => Ok(dek),
        other => Err(refusal(other)),
    }
}

/// The reason of a refusal.
pub(crate) fn reason<T>(answer: Result<T, Refusal>) -> String {
    match answer {
        Ok(_) => "allowed".to_owned(),
        Err(refusal) => refusal.reason.into_owned(),
    }
}
