//! Many callers, a vault that fails, and a revocation.

use crate::Fixture;
use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
use cmkit::operation::{KeyReply, KeyRequest};
use cmkit::{BoxError, CacheLimits, Code, DataKeyCache, Provider};
use cmkit_azure::BlockingKeyVault;
use cmkit_vault::{Fault, Grant, KeyKind, Role, Strikes};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const OBJECTS: usize = 200;
const CALLERS: usize = 16;
const OPENS: usize = 10_000;
/// Opens until the clock moves past the cache's time limit.
const AGE: usize = 2_500;

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

    for (fault, rate) in [
        (Fault::Throttled { retry_after: None }, 0.1),
        (Fault::Unavailable { retry_after: None }, 0.05),
        (Fault::Slow { milliseconds: 5 }, 0.3),
        (Fault::Reset, 0.05),
    ] {
        fixture.vault().inject(fault, Strikes::Rate { rate, seed: 7 }).expect("injected");
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    if turn >= OPENS {
                        break;
                    }
                    if turn % AGE == AGE - 1 {
                        ahead.fetch_add(61, Ordering::Relaxed); // everything that is cached has expired
                    }
                    let object = turn * 7919 % OBJECTS;
                    assert!(open(object).expect("opens") == data(object), "object {object}");
                }
            });
        }
    });
    assert_eq!(counts.most.load(Ordering::Relaxed), 1, "unwraps of one data key at a time");
    let unwraps = counts.unwraps.load(Ordering::Relaxed);
    let ages = OPENS / AGE + 1;
    assert!(
        (OBJECTS * (ages - 1)..=OBJECTS * ages).contains(&unwraps),
        "{unwraps} unwraps in {ages} ages of the cache"
    );
    let struck = fixture.vault().log().iter().filter(|entry| entry.refused.is_some()).count();
    assert!(struck > OBJECTS / 10, "{struck} faults struck");

    // Revoked: what is cached opens up to the stated delay and not a second longer.
    fixture.vault().clear_faults();
    ahead.fetch_add(61, Ordering::Relaxed);
    for object in 0..OBJECTS {
        open(object).expect("opens, and is cached");
    }
    fixture.vault().revoke("app", &Grant::role(Role::ENCRYPTION_USER)).expect("revoked");
    let cached = ahead.fetch_add(59, Ordering::Relaxed);
    for object in 0..OBJECTS {
        open(object).expect("within the delay");
    }
    ahead.store(cached + 60, Ordering::Relaxed);
    for object in 0..OBJECTS {
        assert_eq!(open(object).expect_err("revoked").code(), Code::Denied);
    }
}
