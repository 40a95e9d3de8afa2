//! A cache of data keys in front of a provider: fewer calls to a vault, under hard limits.
//!
//! An unwrapped key is found by the exact entry it came from together with the configuration that allowed it, and the
//! envelope is matched and authenticated on every use. So a cached key opens nothing that the same options would not
//! open without a cache, except that the vault is not asked again: **the time limit is the revocation delay**.

use crate::message::{now, system_rng};
use crate::parallel::{self, Threads};
use crate::{BoxError, Error, Native, NativeCipher, Provider, run};
use cmkit_core::envelope::{MessageKey, SealKey, SealOptions, Sealer, sealed_size};
use cmkit_core::key::KeyUri;
use cmkit_core::operation::{KeyReply, KeyRequest, KeyState};
use cmkit_core::secret::Secret;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long and how much a cached key may be used. Use does not renew a key.
///
/// ```
/// use std::time::Duration;
/// let limits = cmkit::CacheLimits { max_age: Duration::from_secs(60), ..cmkit::CacheLimits::default() };
/// assert_eq!(limits.max_messages, 1 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// How long a key stays in memory after its unwrap or wrap, and so how long data stays readable after its
    /// customer-managed key was revoked. 5 minutes.
    pub max_age: Duration,
    /// Messages sealed under one data key. 2^20, and never more.
    pub max_messages: u64,
    /// Bytes of plaintext sealed under one data key. 1 TiB, and never more.
    pub max_bytes: u64,
    /// Keys kept at a time, of each kind; the oldest goes first. 1024.
    pub capacity: usize,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self { max_age: Duration::from_secs(300), max_messages: 1 << 20, max_bytes: 1 << 40, capacity: 1024 }
    }
}

/// A [`Provider`] that remembers what another one unwrapped, and seals several messages under one wrapped data key for
/// whoever asks for that.
///
/// Threads that need the same key at the same time cause one call. [`DataKeyCache::flush`] forgets everything at once,
/// [`DataKeyCache::flush_key`] what comes from one key.
///
/// ```
/// # fn main() -> Result<(), cmkit::Error> {
/// # use std::sync::Arc;
/// # use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
/// # let service = Arc::new(cmkit::generate_service_key("default")?);
/// # let keys = OpenKeys { service: vec![service.clone()], ..OpenKeys::default() };
/// # let (provider, options) = (cmkit::NoVault, OpenOptions::new(keys));
/// let cache = cmkit::DataKeyCache::new(provider, cmkit::CacheLimits::default());
/// let envelope = cache.seal(b"row 1", &SealOptions::new([service.into()]))?;
/// assert_eq!(cmkit::open(&envelope, &options, &cache)?, b"row 1");
/// cache.flush();
/// # Ok(())
/// # }
/// ```
pub struct DataKeyCache<P> {
    provider: P,
    limits: CacheLimits,
    state: Arc<State>,
}

/// Shared with the thread that forgets keys in time.
struct State {
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    /// Whether a thread is there that forgets keys in time.
    sweeping: AtomicBool,
    unwrapped: Shelf<[u8; 32], Secret>,
    resolved: Shelf<String, KeyState>,
    sealing: Shelf<String, Sealing>,
}

/// A data key for messages with what was sealed under it.
struct Sealing {
    key: Arc<MessageKey>,
    messages: u64,
    bytes: u64,
}

impl<P: Provider> DataKeyCache<P> {
    /// A cache in front of `provider`.
    pub fn new(provider: P, limits: CacheLimits) -> Self {
        Self::with_clock(provider, limits, Instant::now)
    }

    /// A cache with a clock of its own, for tests.
    pub fn with_clock(provider: P, limits: CacheLimits, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        let CacheLimits { max_age, max_messages, max_bytes, capacity } = limits;
        let hard = CacheLimits::default();
        let limits = CacheLimits {
            max_age,
            max_messages: max_messages.min(hard.max_messages),
            max_bytes: max_bytes.min(hard.max_bytes),
            capacity: capacity.max(1),
        };
        let state = State {
            clock: Box::new(clock),
            sweeping: AtomicBool::new(false),
            unwrapped: Shelf::default(),
            resolved: Shelf::default(),
            sealing: Shelf::default(),
        };
        Self { provider, limits, state: Arc::new(state) }
    }

    /// Forgets every key, now.
    pub fn flush(&self) {
        self.state.unwrapped.clear();
        self.state.resolved.clear();
        self.state.sealing.clear();
    }

    /// Forgets what this key unwrapped and wraps, now: every version of it, or the one that is named. After a rotation what is
    /// sealed next is under the newest version; after a revocation nothing of this key opens any more.
    ///
    /// ```
    /// # fn heed(cache: &cmkit::DataKeyCache<cmkit::NoVault>, body: &str) -> Result<(), cmkit::Error> {
    /// // A notification of Azure Event Grid says that a key has a new version, or that it expired.
    /// for event in cmkit::document::event::read_key_events(body, &[])?.events {
    ///     if event.flush {
    ///         cache.flush_key(&event.key.versionless());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// # heed(&cmkit::DataKeyCache::new(cmkit::NoVault, cmkit::CacheLimits::default()), "[]").unwrap();
    /// ```
    pub fn flush_key(&self, key: &KeyUri) {
        let State { clock: _, sweeping: _, unwrapped, resolved, sealing } = &*self.state;
        unwrapped.forget(key);
        resolved.forget(key);
        sealing.forget(key);
    }

    /// Seals a message under a data key that other messages under the same keys share, within the limits. Such messages
    /// carry the same wrapped copies and can be linked by them.
    ///
    /// # Errors
    /// As [`crate::seal`].
    pub fn seal(&self, plaintext: &[u8], options: &SealOptions) -> Result<Vec<u8>, Error> {
        let sealer = self.begin_seal(options, plaintext.len() as u64)?;
        let head_size = sealer.head().len();
        let mut out = vec![0; head_size + sealed_size(sealer.suite(), plaintext.len())];
        out[..head_size].copy_from_slice(sealer.head());
        parallel::seal_into(&sealer, plaintext, &mut out[head_size..], Threads::default())?;
        Ok(out)
    }

    /// Begins a message of at most `size` bytes under a shared data key; the caller seals the chunks.
    ///
    /// # Errors
    /// As [`crate::seal`]; a longer message ends in `too_large`.
    pub fn begin_seal(&self, options: &SealOptions, size: u64) -> Result<Sealer<NativeCipher>, Error> {
        let options = SealOptions { max_message: size.min(options.max_message), ..options.clone() };
        if size > self.limits.max_bytes {
            // No shared key has room for it, so it gets one of its own.
            return crate::begin_seal(options, &self.provider);
        }
        let slot = self.slot(&self.state.sealing, name_of(&options.keys), vault_keys(&options.keys));
        let mut entry = slot.lock();
        let room = |sealing: &Sealing| {
            sealing.messages < self.limits.max_messages && sealing.bytes.saturating_add(size) <= self.limits.max_bytes
        };
        let (mut sealing, since) = match entry.take_fresh(self.time(), self.limits.max_age) {
            Some(found) if room(&found.0) => found,
            _ => {
                let since = self.time();
                let key = run(MessageKey::generate::<Native, _>(&options, now(), system_rng())?, &self.provider)?;
                (Sealing { key: Arc::new(key), messages: 0, bytes: 0 }, since)
            }
        };
        sealing.messages += 1;
        sealing.bytes += size;
        let key = Arc::clone(&sealing.key);
        entry.put(sealing, since);
        drop(entry);
        self.forget_in_time();
        key.seal(&options, &mut system_rng())
    }

    fn slot<K: Eq + Hash + Clone, V>(&self, shelf: &Shelf<K, V>, name: K, about: Vec<KeyUri>) -> SlotRef<V> {
        shelf.slot(name, about, self.limits.capacity, self.time())
    }

    fn time(&self) -> Instant {
        (self.state.clock)()
    }

    /// Sees to it that an idle process keeps no key past its time either.
    fn forget_in_time(&self) {
        if self.state.sweeping.swap(true, Ordering::AcqRel) {
            return;
        }
        let (state, max_age) = (Arc::downgrade(&self.state), self.limits.max_age);
        let sweeper = std::thread::Builder::new().name("cmkit-cache".into());
        if sweeper.spawn(move || sweep_while_needed(&state, max_age)).is_err() {
            // Keys are still refused once they are too old, and swept when the next one comes.
            self.state.sweeping.store(false, Ordering::Release);
            self.state.sweep(max_age);
        }
    }
}

/// Wakes when the oldest key is due; ends with the cache, or when there is no key left.
fn sweep_while_needed(state: &Weak<State>, max_age: Duration) {
    let mut wait = max_age;
    loop {
        std::thread::sleep(wait);
        let Some(state) = state.upgrade() else { return };
        match state.sweep(max_age) {
            Some(next) => wait = next,
            None => {
                state.sweeping.store(false, Ordering::Release);
                // A key that came between the sweep and the line above found a sweeper still running.
                match state.sweep(max_age) {
                    Some(next) if !state.sweeping.swap(true, Ordering::AcqRel) => wait = next,
                    _ => return,
                }
            }
        }
    }
}

impl State {
    /// Drops what is too old and says how long the oldest of the rest still has.
    fn sweep(&self, max_age: Duration) -> Option<Duration> {
        let time = (self.clock)();
        let Self { clock: _, sweeping: _, unwrapped, resolved, sealing } = self;
        [unwrapped.sweep(time, max_age), resolved.sweep(time, max_age), sealing.sweep(time, max_age)]
            .into_iter()
            .flatten()
            .min()
            .map(|since| (since + max_age).saturating_duration_since(time).max(Duration::from_millis(1)))
    }
}

impl<P: Provider> Provider for DataKeyCache<P> {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        match request {
            KeyRequest::Unwrap { key, cache_id, .. } => {
                let slot = self.slot(&self.state.unwrapped, *cache_id, vec![key.clone()]);
                let mut entry = slot.lock();
                if let Some(key) = entry.fresh(self.time(), self.limits.max_age) {
                    return Ok(KeyReply::Unwrapped(Secret::from_slice(key.expose())));
                }
                let asked = self.time();
                let reply = self.provider.ask(request)?;
                if let KeyReply::Unwrapped(key) = &reply {
                    entry.put(Secret::from_slice(key.expose()), asked);
                    self.forget_in_time();
                }
                Ok(reply)
            }
            // What a vault says of one version is asked for by openers that bound a version's age.
            KeyRequest::Resolve { key } if key.version().is_some() => {
                let slot = self.slot(&self.state.resolved, key.to_string(), vec![key.clone()]);
                let mut entry = slot.lock();
                if let Some(known) = entry.fresh(self.time(), self.limits.max_age) {
                    return Ok(KeyReply::Resolved(known.clone()));
                }
                let asked = self.time();
                let reply = self.provider.ask(request)?;
                if let KeyReply::Resolved(known) = &reply {
                    entry.put(known.clone(), asked);
                    self.forget_in_time();
                }
                Ok(reply)
            }
            _ => self.provider.ask(request),
        }
    }
}

/// Which keys a message is wrapped under, in order.
fn name_of(keys: &[SealKey]) -> String {
    let name = |key: &SealKey| match key {
        SealKey::Vault(key) => key.to_string(),
        // Two program keys or records of one name are told apart by where they live.
        SealKey::Service(key) => format!("{}/{}/{:p}", key.name(), key.version(), Arc::as_ptr(key)),
        SealKey::Record(key) => format!("{key:?}/{:p}", Arc::as_ptr(key)),
        other => format!("{other:?}"),
    };
    keys.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// Those of the keys that a vault holds.
fn vault_keys(keys: &[SealKey]) -> Vec<KeyUri> {
    let uri = |key: &SealKey| match key {
        SealKey::Vault(key) | SealKey::VaultOnHost(key) => Some(key.clone()),
        _ => None,
    };
    keys.iter().filter_map(uri).collect()
}

/// Slots by name. A slot's own lock is held while it is filled, so that one caller asks and the others wait.
struct Shelf<K, V>(Mutex<HashMap<K, Slot<V>>>);

struct Slot<V> {
    /// The keys in vaults that the content comes from.
    about: Vec<KeyUri>,
    content: Arc<Mutex<Content<V>>>,
    made: Instant,
}

struct Content<V>(Option<(V, Instant)>);

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash + Clone, V> Shelf<K, V> {
    fn slot(&self, name: K, about: Vec<KeyUri>, capacity: usize, time: Instant) -> SlotRef<V> {
        let mut slots = lock(&self.0);
        if !slots.contains_key(&name) && slots.len() >= capacity {
            let oldest = slots.iter().min_by_key(|(_, slot)| slot.made).map(|(name, _)| name.clone());
            oldest.and_then(|name| slots.remove(&name));
        }
        let content = || Arc::new(Mutex::new(Content(None)));
        let slot = slots.entry(name).or_insert_with(|| Slot { about, content: content(), made: time });
        SlotRef(Arc::clone(&slot.content))
    }

    /// Drops what is too old; the answer is since when the oldest of the rest is there.
    fn sweep(&self, time: Instant, max_age: Duration) -> Option<Instant> {
        let mut oldest: Option<Instant> = None;
        lock(&self.0).retain(|_, slot| {
            let since = match slot.content.try_lock() {
                Ok(mut content) => content.fresh(time, max_age).is_some().then(|| content.since()).flatten(),
                // Somebody is filling it right now.
                Err(_) => Some(time),
            };
            oldest = oldest.into_iter().chain(since).min();
            since.is_some()
        });
        oldest
    }

    fn clear(&self) {
        lock(&self.0).clear();
    }

    /// Drops what comes from a key. A slot that is being filled goes too: whoever fills it is the last one to use it.
    fn forget(&self, key: &KeyUri) {
        let meant = |about: &KeyUri| {
            let versions = about.version().zip(key.version());
            about.same_key(key) && versions.is_none_or(|(about, meant)| about == meant)
        };
        lock(&self.0).retain(|_, slot| !slot.about.iter().any(meant));
    }
}

struct SlotRef<V>(Arc<Mutex<Content<V>>>);

impl<V> SlotRef<V> {
    fn lock(&self) -> MutexGuard<'_, Content<V>> {
        lock(&self.0)
    }
}

impl<V> Content<V> {
    /// What is there, if it is young enough; else nothing is there any more.
    fn fresh(&mut self, time: Instant, max_age: Duration) -> Option<&mut V> {
        if self.0.as_ref().is_some_and(|(_, since)| time.saturating_duration_since(*since) >= max_age) {
            self.0 = None;
        }
        self.0.as_mut().map(|(value, _)| value)
    }

    fn take_fresh(&mut self, time: Instant, max_age: Duration) -> Option<(V, Instant)> {
        self.fresh(time, max_age)?;
        self.0.take()
    }

    fn since(&self) -> Option<Instant> {
        self.0.as_ref().map(|(_, since)| *since)
    }

    fn put(&mut self, value: V, since: Instant) {
        self.0 = Some((value, since));
    }
}

/// Nothing under these locks can be left half done, so a panic elsewhere does not poison them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
