//! A provider that keeps to a rate, and asks again where the holder says that it can't answer now.

use super::FleetOptions;
use super::quota::{KeyType, calls_in_ten_seconds, rate};
use crate::{BoxError, Provider, RefusalKind};
use cmkit_core::operation::{KeyReply, KeyRequest, WrapAlgorithm};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Key Vault's own advice for a client that is throttled: 1, 2, 4, 8, 16 seconds.
const BACK_OFF: [u64; 5] = [1, 2, 4, 8, 16];
/// A holder's own word is heeded up to this.
const LONGEST: Duration = Duration::from_secs(120);
/// A vault that was left alone for a while may be asked so much faster.
const BURST: Duration = Duration::from_millis(100);

/// A provider behind a rate limit for each vault.
pub(super) struct Paced<'a, P: ?Sized> {
    provider: &'a P,
    options: &'a FleetOptions,
    /// When each vault may be asked next.
    next: Mutex<HashMap<String, Instant>>,
    pub(super) stopped: AtomicBool,
    pub(super) unwraps: AtomicU64,
    pub(super) wraps: AtomicU64,
    pub(super) retries: AtomicU64,
}

impl<'a, P: Provider + ?Sized> Paced<'a, P> {
    pub(super) fn new(provider: &'a P, options: &'a FleetOptions) -> Self {
        Self {
            provider,
            options,
            next: Mutex::default(),
            stopped: AtomicBool::new(false),
            unwraps: AtomicU64::new(0),
            wraps: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }

    /// Waits for this request's turn at its vault.
    fn wait_for_turn(&self, request: &KeyRequest) {
        let Some(cost) = self.cost(request) else { return };
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let turn = next.entry(request.key().host().to_owned()).or_insert(now);
            let from = (*turn).max(now.checked_sub(BURST).unwrap_or(now));
            *turn = from + cost;
            from
        };
        self.sleep(turn.saturating_duration_since(Instant::now()));
    }

    /// How long a vault is busy with a request, at the rate of this run.
    fn cost(&self, request: &KeyRequest) -> Option<Duration> {
        let (key, is_unwrap) = match request {
            KeyRequest::Unwrap { algorithm, wrapped, .. } => (KeyType::of(*algorithm, wrapped.len()), true),
            KeyRequest::Wrap { algorithm, .. } => (KeyType::of(*algorithm, 0), false),
            // A description is counted with the other transactions of a vault, of which there are few here.
            KeyRequest::Resolve { .. } => (KeyType::of(WrapAlgorithm::A256Kw, 0), false),
            _ => return None,
        };
        let quota = calls_in_ten_seconds(request.key().service(), key, self.options.protection, is_unwrap);
        rate(self.options.rate, quota).map(|rate| Duration::from_secs_f64(1.0 / rate))
    }

    /// Nobody asks this vault before so much time has gone by.
    fn hold_back(&self, request: &KeyRequest, wait: Duration) {
        let until = Instant::now() + wait;
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.entry(request.key().host().to_owned()).or_insert(until);
        *turn = until.max(*turn);
    }

    /// Sleeps, and wakes early where the run is stopped.
    fn sleep(&self, wait: Duration) {
        let until = Instant::now() + wait;
        while !self.stopped.load(Ordering::Relaxed) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }
}

impl<P: Provider + ?Sized> Provider for &Paced<'_, P> {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        let mut back_off = BACK_OFF.iter();
        loop {
            self.wait_for_turn(request);
            match request {
                KeyRequest::Unwrap { .. } => self.unwraps.fetch_add(1, Ordering::Relaxed),
                KeyRequest::Wrap { .. } => self.wraps.fetch_add(1, Ordering::Relaxed),
                _ => 0,
            };
            let reply = self.provider.ask(request)?;
            let refusal = match &reply {
                KeyReply::Refused(refusal) if refusal.kind == RefusalKind::Unavailable => refusal,
                _ => return Ok(reply),
            };
            let Some(wait) = back_off.next().filter(|_| !self.stopped.load(Ordering::Relaxed)) else {
                return Ok(reply);
            };
            let wait = Duration::from_secs(refusal.retry_after.map_or(*wait, u64::from)).min(LONGEST);
            self.retries.fetch_add(1, Ordering::Relaxed);
            self.hold_back(request, wait);
            self.sleep(wait);
        }
    }
}
