//! The data-key cache against a provider that counts: limits, single flight, and no hit under a stricter configuration.

use cmkit::envelope::{AllowedKey, Backend, OpenKeys, OpenOptions, RustCrypto, SealOptions};
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, KeyState};
use cmkit::secret::Secret;
use cmkit::{CacheLimits, Code, DataKeyCache, Error, Provider, Refusal, RefusalKind};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

const KEY: &str = "https://orders.vault.azure.net/keys/orders-kek";

/// A symmetric key in a vault: XOR stands for AES key wrap, whose work is tested elsewhere.
#[derive(Default)]
struct Counting {
    wraps: AtomicU64,
    unwraps: AtomicU64,
    resolves: AtomicU64,
    revoked: AtomicBool,
    slow: AtomicBool,
}

impl Counting {
    fn answer(&self, request: &KeyRequest) -> KeyReply {
        if self.revoked.load(Ordering::SeqCst) {
            return KeyReply::Refused(Refusal::new(RefusalKind::Denied, "KeyDisabled", "the key is disabled"));
        }
        match request {
            KeyRequest::Resolve { key } => {
                self.resolves.fetch_add(1, Ordering::SeqCst);
                let version = key.version().unwrap_or(KeyVersion::from_bytes([7; 16]));
                KeyReply::Resolved(KeyState {
                    key: key.with_version(version),
                    material: KeyMaterial::Symmetric,
                    enabled: true,
                    not_before: None,
                    expires: None,
                    created: Some(1000),
                    may_wrap: true,
                })
            }
            KeyRequest::Wrap { dek, .. } => {
                self.wraps.fetch_add(1, Ordering::SeqCst);
                KeyReply::Wrapped(dek.expose().iter().map(|byte| byte ^ 0x5a).chain([0; 8]).collect())
            }
            KeyRequest::Unwrap { wrapped, .. } => {
                self.unwraps.fetch_add(1, Ordering::SeqCst);
                if self.slow.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(50));
                }
                KeyReply::Unwrapped(Secret::new(wrapped[..32].iter().map(|byte| byte ^ 0x5a).collect()))
            }
            _ => unreachable!("no other request"),
        }
    }
}

struct Fixture {
    counting: Arc<Counting>,
    cache: DataKeyCache<Box<dyn Provider + Send + Sync>>,
    elapsed: Arc<AtomicU64>,
}

fn fixture(limits: CacheLimits) -> Fixture {
    let counting = Arc::new(Counting::default());
    let elapsed = Arc::new(AtomicU64::new(0));
    let holder = Arc::clone(&counting);
    let provider: Box<dyn Provider + Send + Sync> =
        Box::new(move |request: &KeyRequest| Ok::<_, Infallible>(holder.answer(request)));
    let (start, seconds) = (Instant::now(), Arc::clone(&elapsed));
    let clock = move || start + Duration::from_secs(seconds.load(Ordering::SeqCst));
    Fixture { counting, cache: DataKeyCache::with_clock(provider, limits, clock), elapsed }
}

fn key() -> KeyUri {
    KeyUri::parse(KEY).expect("a key")
}

fn sealing() -> SealOptions {
    SealOptions::new([key().into()])
}

fn opening() -> OpenOptions {
    OpenOptions::new(OpenKeys::vault([key()]))
}

#[test]
fn opens_many_with_one_call_until_the_key_is_too_old() {
    let Fixture { counting, cache, elapsed } = fixture(CacheLimits::default());
    let envelope = cmkit::seal(b"data", sealing(), &cache).expect("sealed");
    for _ in 0..10 {
        assert_eq!(cmkit::open(&envelope, &opening(), &cache).expect("opened"), b"data");
    }
    assert_eq!(counting.unwraps.load(Ordering::SeqCst), 1);

    elapsed.store(299, Ordering::SeqCst);
    counting.revoked.store(true, Ordering::SeqCst);
    assert!(cmkit::open(&envelope, &opening(), &cache).is_ok(), "use does not renew, but it is not 300 seconds yet");
    elapsed.store(300, Ordering::SeqCst);
    assert_eq!(cmkit::open(&envelope, &opening(), &cache).expect_err("revoked").code(), Code::Denied);
}

#[test]
fn flush_forgets_at_once() {
    let Fixture { counting, cache, .. } = fixture(CacheLimits::default());
    let envelope = cache.seal(b"data", &sealing()).expect("sealed");
    cmkit::open(&envelope, &opening(), &cache).expect("opened");
    cache.flush();
    cmkit::open(&envelope, &opening(), &cache).expect("opened");
    cache.seal(b"data", &sealing()).expect("sealed");
    assert_eq!((counting.unwraps.load(Ordering::SeqCst), counting.wraps.load(Ordering::SeqCst)), (2, 2));
}

#[test]
fn flush_of_one_key_forgets_that_one_alone() {
    let other = KeyUri::parse("https://orders.vault.azure.net/keys/other").expect("a key");
    let Fixture { counting, cache, .. } = fixture(CacheLimits::default());
    let calls = || (counting.unwraps.load(Ordering::SeqCst), counting.wraps.load(Ordering::SeqCst));
    let seal_other = || cache.seal(b"data", &SealOptions::new([other.clone().into()])).expect("sealed");
    let envelopes = [cache.seal(b"data", &sealing()).expect("sealed"), seal_other()];
    let allowed = OpenOptions::new(OpenKeys::vault([key(), other.clone()]));
    let open_both =
        || envelopes.iter().for_each(|envelope| drop(cmkit::open(envelope, &allowed, &cache).expect("opened")));
    open_both();
    assert_eq!(calls(), (2, 2));
    cache.flush_key(&key().with_version(KeyVersion::from_bytes([8; 16])));
    open_both();
    assert_eq!(calls(), (2, 2), "that is another version than the one that unwrapped");
    for (flushed, after) in [(key().with_version(KeyVersion::from_bytes([7; 16])), 3), (key(), 4)] {
        cache.flush_key(&flushed);
        open_both();
        cache.seal(b"data", &sealing()).expect("sealed");
        seal_other();
        assert_eq!(calls(), (after, after), "once more for the one, never for the other");
    }
}

#[test]
fn a_stricter_configuration_never_meets_a_key_that_a_laxer_one_unwrapped() {
    let Fixture { counting, cache, .. } = fixture(CacheLimits::default());
    let envelope = cmkit::seal(b"data", sealing(), &cache).expect("sealed");
    cmkit::open(&envelope, &opening(), &cache).expect("opened");

    let version = KeyVersion::from_bytes([7; 16]);
    let open = |allowed: AllowedKey| {
        let keys = OpenKeys { vault: vec![allowed], ..OpenKeys::default() };
        cmkit::open(&envelope, &OpenOptions::new(keys), &cache).map_err(|error| error.code())
    };
    assert_eq!(open(AllowedKey { refused_versions: vec![version], ..key().into() }), Err(Code::NoKey));
    assert_eq!(open(AllowedKey { created_after: Some(1001), ..key().into() }), Err(Code::NoKey));
    assert_eq!(counting.unwraps.load(Ordering::SeqCst), 1);
    assert!(open(AllowedKey { versions: vec![version], ..key().into() }).is_ok());
    assert_eq!(counting.unwraps.load(Ordering::SeqCst), 2, "allowed by another configuration, so asked for anew");

    let mut expecting = opening();
    expecting.expect.namespace = Some("other".into());
    assert_eq!(cmkit::open(&envelope, &expecting, &cache).expect_err("checked on a hit too").code(), Code::Context);
    let mut changed = envelope.clone();
    let commit = changed.len() - 4 - 16 - 1;
    changed[commit] ^= 1;
    assert_eq!(cmkit::open(&changed, &opening(), &cache).expect_err("checked on a hit too").code(), Code::Decrypt);
}

#[test]
fn one_call_for_all_who_come_while_it_is_cold() {
    let Fixture { counting, cache, .. } = fixture(CacheLimits::default());
    let envelope = cmkit::seal(b"data", sealing(), &cache).expect("sealed");
    counting.slow.store(true, Ordering::SeqCst);
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                assert_eq!(cmkit::open(&envelope, &opening(), &cache).expect("opened"), b"data");
            });
        }
    });
    assert_eq!(counting.unwraps.load(Ordering::SeqCst), 1);
}

#[test]
fn a_refusal_is_not_remembered() {
    let Fixture { counting, cache, .. } = fixture(CacheLimits::default());
    let envelope = cmkit::seal(b"data", sealing(), &cache).expect("sealed");
    counting.revoked.store(true, Ordering::SeqCst);
    assert!(cmkit::open(&envelope, &opening(), &cache).is_err());
    counting.revoked.store(false, Ordering::SeqCst);
    assert!(cmkit::open(&envelope, &opening(), &cache).is_ok());
}

#[test]
fn a_data_key_seals_only_so_many_messages_and_bytes() {
    let limits = CacheLimits { max_messages: 3, max_bytes: 100, ..CacheLimits::default() };
    let Fixture { counting, cache, elapsed } = fixture(limits);
    let wraps = || counting.wraps.load(Ordering::SeqCst);
    let seal = |size: usize| cache.seal(&vec![1; size], &sealing()).expect("sealed");
    let envelopes: Vec<_> = (0..4).map(|_| seal(10)).collect();
    assert_eq!(wraps(), 2, "the fourth message gets a new key");
    assert!(envelopes.iter().enumerate().all(|(i, a)| envelopes[..i].iter().all(|b| a != b)));
    seal(90);
    assert_eq!(wraps(), 2, "ten and ninety bytes are a hundred");
    seal(1);
    assert_eq!(wraps(), 3);
    seal(101);
    assert_eq!(wraps(), 4, "what no shared key has room for gets its own");
    elapsed.store(300, Ordering::SeqCst);
    seal(1);
    assert_eq!(wraps(), 5);
    for envelope in envelopes {
        assert_eq!(cmkit::open(&envelope, &opening(), &cache).expect("opened"), [1; 10]);
    }
}

#[test]
fn a_shared_key_cannot_seal_more_than_was_announced() {
    let Fixture { cache, .. } = fixture(CacheLimits::default());
    let sealer = cache.begin_seal(&sealing(), 10).expect("begun");
    let error = sealer.seal(&[0; 11]).expect_err("announced 10");
    assert_eq!(error.code(), Code::TooLarge);
}

#[test]
fn the_oldest_key_goes_when_there_are_too_many() {
    let Fixture { counting, cache, elapsed } = fixture(CacheLimits { capacity: 2, ..CacheLimits::default() });
    let envelopes: Vec<_> = (0..3).map(|_| cmkit::seal(b"data", sealing(), &cache).expect("sealed")).collect();
    for (second, envelope) in envelopes.iter().enumerate() {
        elapsed.store(second as u64, Ordering::SeqCst);
        cmkit::open(envelope, &opening(), &cache).expect("opened");
    }
    cmkit::open(&envelopes[2], &opening(), &cache).expect("opened");
    assert_eq!(counting.unwraps.load(Ordering::SeqCst), 3);
    cmkit::open(&envelopes[0], &opening(), &cache).expect("opened");
    assert_eq!(counting.unwraps.load(Ordering::SeqCst), 4);
}

#[test]
fn an_idle_process_forgets_by_itself() {
    let counting = Arc::new(Counting::default());
    let holder = Arc::clone(&counting);
    let limits = CacheLimits { max_age: Duration::from_millis(30), ..CacheLimits::default() };
    let cache = DataKeyCache::new(move |request: &KeyRequest| Ok::<_, Infallible>(holder.answer(request)), limits);
    let envelope = cmkit::seal(b"data", sealing(), &cache).expect("sealed");
    cmkit::open(&envelope, &opening(), &cache).expect("opened");
    std::thread::sleep(Duration::from_millis(300));
    counting.revoked.store(true, Ordering::SeqCst);
    assert!(cmkit::open(&envelope, &opening(), &cache).is_err());
}

#[test]
fn a_providers_own_error_reaches_the_caller_unchanged() {
    #[derive(Debug)]
    struct Mine(u32);
    impl std::fmt::Display for Mine {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "mine {}", self.0)
        }
    }
    impl std::error::Error for Mine {}
    let failing = |_: &KeyRequest| Err(Mine(42));
    let cache = DataKeyCache::new(failing, CacheLimits::default());
    let error: Error = cmkit::seal(b"data", sealing(), &cache).expect_err("failed");
    assert_eq!(error.code(), Code::Provider);
    let source = error.into_source().expect("a source");
    assert_eq!(source.downcast::<Mine>().expect("the very object").0, 42);
}

#[test]
fn the_two_backends_seal_the_same_bytes() {
    use cmkit::Native;
    use cmkit::envelope::ChunkCipher;
    for size in [0, 1, 15, 16, 17, 64, 1000, 16384, 16385, 262_144] {
        let data: Vec<u8> = (0..size).map(|index| (index * 31 % 256) as u8).collect();
        let (mut a, mut b) = (data.clone(), vec![0; size]);
        let native = <Native as Backend>::Cipher::new(&[9; 32]);
        let portable = <RustCrypto as Backend>::Cipher::new(&[9; 32]);
        let tag = native.seal_in_place(&[3; 12], &mut a);
        assert_eq!(portable.seal_into(&[3; 12], &data, &mut b), tag);
        assert_eq!(a, b);
        assert_eq!(native.seal_into(&[3; 12], &data, &mut vec![0; size]), tag);
        let mut out = vec![1; size];
        assert!(native.open_into(&[3; 12], &b, &tag, &mut out) && out == data);
        assert!(portable.open_into(&[3; 12], &b, &tag, &mut out) && out == data);
        let wrong = tag.map(|byte| byte ^ 1);
        for good in
            [native.open_into(&[3; 12], &b, &wrong, &mut out), portable.open_into(&[3; 12], &b, &wrong, &mut out)]
        {
            assert!(!good && out.iter().all(|byte| *byte == 0), "wiped");
        }
        assert!(!native.open_in_place(&[3; 12], &mut a, &wrong) && (size < 2 || a != data));
    }
}
