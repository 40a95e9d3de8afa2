//! Many callers, a vault that fails, and a revocation.

use crate::Fixture;
use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
use cmkit::operation::{KeyReply, KeyRequest};
use cmkit::{BoxError, CacheLimits, Code, DataKeyCache, Provider};
use cmkit_azure::BlockingKeyVault;
use cmkit_vault::{Grant, KeyKind, Role};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const OBJECTS: usize = 200;
const CALLERS: usize = 16;
const OPENS: usize = 10_000;

/// Counts the unwraps of each wrapped key.
struct Counted {
    vault: BlockingKeyVault,
    in_flight: Mutex<HashMap<Vec<u8>, usize>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// The most of one key in flight at a time.
    most: AtomicUsize,
    unwraps: AtomicUsize,
}

impl Provider for Counted {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        let KeyRequest::Unwrap { wrapped, .. } = request else { return self.vault.ask(request) };
        self.counts.unwraps.fetch_add(1, Ordering::Relaxed);
        let count = |change: fn(&mut usize)| {
            let mut all = self.in_flight.lock().expect("no panic");
            let count = all.entry(wrapped.clone()).or_default();
            change(count);
            *count
        };
        self.counts.most.fetch_max(count(|n| *n += 1), Ordering::Relaxed);
        let reply = self.vault.ask(request);
        count(|n| *n -= 1);
        reply
    }
}

#[test]
fn ten_thousand_opens_under_faults_and_a_revocation() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    let data = |object: usize| format!("object {object} ").repeat(1 + object % 50).into_bytes();
    let sealing = fixture.provider("app");
    let options = || SealOptions::new([fixture.key.clone().into()]);
    let sealed: Vec<_> =
        (0..OBJECTS).map(|object| cmkit::seal(&data(object), options(), &sealing).expect("sealed")).collect();

    let ahead = Arc::new(AtomicU64::new(0));
    let (begin, moved) = (Instant::now(), Arc::clone(&ahead));
    let limits = CacheLimits { max_age: Duration::from_secs(60), ..CacheLimits::default() };
    let counts = Arc::new(Counts::default());
    let counted =
        Counted { vault: fixture.retrying("app", 8), in_flight: Mutex::default(), counts: Arc::clone(&counts) };
    let clock = move || begin + Duration::from_secs(moved.load(Ordering::Relaxed));
    let cache = DataKeyCache::with_clock(counted, limits, clock);
    let opening = OpenOptions::new(OpenKeys::vault([fixture.key.clone()]));
    let open = |object: usize| cmkit::open(&sealed[object], &opening, &cache);

    fixture.throttle_some();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    if turn >= OPENS {
                        break;
                    }
                    let object = turn * 7919 % OBJECTS;
                    assert!(open(object).expect("opens") == data(object), "object {object}");
                }
            });
        }
    });
    assert_eq!(counts.most.load(Ordering::Relaxed), 1, "unwraps of one data key at a time");
    assert_eq!(counts.unwraps.load(Ordering::Relaxed), OBJECTS, "one unwrap for each data key");

    // Revoked: what is cached opens up to the stated delay and not a second longer.
    fixture.vault().revoke("app", &Grant::role(Role::ENCRYPTION_USER)).expect("revoked");
    ahead.store(59, Ordering::Relaxed);
    assert!(open(3).is_ok(), "within the delay");
    ahead.store(60, Ordering::Relaxed);
    for object in 0..OBJECTS {
        assert_eq!(open(object).expect_err("revoked").code(), Code::Denied);
    }
}
