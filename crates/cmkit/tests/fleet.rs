//! Rewrap of many files against a vault that counts, throttles, refuses and lies.

use cmkit::envelope::{OpenKeys, OpenOptions, RecordOptions, RewrapOptions, SealKey, SealOptions};
use cmkit::fleet::{FleetOptions, FleetReport, Operation, Plan, plan_rewrap, rewrap_files};
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, KeyState};
use cmkit::secret::Secret;
use cmkit::{CacheLimits, Code, DataKeyCache, Error, Refusal, RefusalKind};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const KEY: &str = "https://orders.vault.azure.net/keys/kek";

/// A symmetric key whose versions are bytes, which mask what they wrap.
#[derive(Default)]
struct Vault {
    newest: AtomicU8,
    unwraps: AtomicU32,
    wraps: AtomicU32,
    resolves: AtomicU32,
    /// So many calls are answered with 429 first.
    throttled: AtomicU32,
    revoked: AtomicBool,
    /// What it wraps does not open.
    lies: AtomicBool,
}

impl Vault {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, Infallible> {
        let throttled = self.throttled.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if throttled.is_ok() {
            let refusal = Refusal::new(RefusalKind::Unavailable, "Throttled", "too many requests");
            return Ok(KeyReply::Refused(Refusal { retry_after: Some(0), ..refusal }));
        }
        let masked = |key: &KeyUri, bytes: &[u8]| -> Vec<u8> {
            let mask = key.version().expect("a version").as_bytes()[0];
            bytes.iter().map(|byte| byte ^ mask).collect()
        };
        Ok(match request {
            KeyRequest::Resolve { key } => {
                self.resolves.fetch_add(1, Ordering::SeqCst);
                let newest = KeyVersion::from_bytes([self.newest.load(Ordering::SeqCst); 16]);
                KeyReply::Resolved(KeyState {
                    key: key.with_version(key.version().unwrap_or(newest)),
                    material: KeyMaterial::Symmetric,
                    enabled: true,
                    not_before: None,
                    expires: None,
                    created: None,
                    may_wrap: true,
                })
            }
            KeyRequest::Wrap { key, dek, .. } => {
                self.wraps.fetch_add(1, Ordering::SeqCst);
                let lie = u8::from(self.lies.load(Ordering::SeqCst));
                let wrapped = masked(key, dek.expose()).into_iter().map(|byte| byte ^ lie);
                KeyReply::Wrapped(wrapped.chain([0; 8]).collect())
            }
            KeyRequest::Unwrap { .. } if self.revoked.load(Ordering::SeqCst) => {
                KeyReply::Refused(Refusal::new(RefusalKind::Denied, "ForbiddenByRbac", "not authorized"))
            }
            KeyRequest::Unwrap { key, wrapped, .. } => {
                self.unwraps.fetch_add(1, Ordering::SeqCst);
                KeyReply::Unwrapped(Secret::new(masked(key, &wrapped[..32])))
            }
            other => unreachable!("{other:?}"),
        })
    }
}

/// A folder of objects under version 1 of the key, of which version 2 is the newest.
struct Fleet {
    folder: TempDir,
    vault: Vault,
}

impl Fleet {
    fn of(count: usize) -> Self {
        let fleet = Self { folder: tempfile::tempdir().expect("a folder"), vault: Vault::default() };
        fleet.vault.newest.store(1, Ordering::SeqCst);
        for at in 0..count {
            fleet.put(&format!("object {at:04}"), &fleet.sealed([key().into()], &[7; 40]));
        }
        fleet.vault.newest.store(2, Ordering::SeqCst);
        fleet
    }

    fn sealed(&self, keys: impl IntoIterator<Item = SealKey>, plain: &[u8]) -> Vec<u8> {
        cmkit::seal(plain, SealOptions::new(keys), &|request: &KeyRequest| self.vault.ask(request)).expect("sealed")
    }

    fn put(&self, name: &str, content: &[u8]) {
        fs::write(self.folder.path().join(name), content).expect("written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn plan(&self, options: &FleetOptions) -> Plan {
        let provider = |request: &KeyRequest| self.vault.ask(request);
        plan_rewrap([self.folder.path()], options, &provider, &mut |_| Ok(())).expect("a plan")
    }

    fn run(&self, options: &FleetOptions) -> Result<FleetReport, Error> {
        self.run_until(options, u64::MAX)
    }

    /// Stops after so many objects.
    fn run_until(&self, options: &FleetOptions, done: u64) -> Result<FleetReport, Error> {
        let provider = |request: &KeyRequest| self.vault.ask(request);
        rewrap_files([self.folder.path()], options, &provider, &mut |progress| {
            if progress.done < done { Ok(()) } else { Err(Error::new(Code::OutOfRange, "that is enough")) }
        })
    }

    /// Every file by name.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let files = fs::read_dir(self.folder.path()).expect("listed").map(|entry| entry.expect("an entry").path());
        files.map(|path| (path.clone(), fs::read(path).expect("read"))).collect()
    }

    fn opens_with(&self, version: u8, path: &Path) -> bool {
        let keys = OpenKeys::vault([key().with_version(KeyVersion::from_bytes([version; 16]))]);
        let envelope = fs::read(path).expect("read");
        cmkit::open(&envelope, &OpenOptions::new(keys), &|request: &KeyRequest| self.vault.ask(request)).is_ok()
    }

    fn count_of(&self, version: u8) -> usize {
        self.files().keys().filter(|path| self.opens_with(version, path)).count()
    }
}

fn key() -> KeyUri {
    KeyUri::parse(KEY).expect("a key")
}

/// To the newest version, as fast as it goes.
fn options() -> FleetOptions {
    let rewrap = RewrapOptions::new(OpenKeys::vault([key()]), [key().into()]);
    FleetOptions { rate: Some(1e6), ..FleetOptions::new(rewrap) }
}

#[test]
fn a_plan_counts_calls_not_objects() {
    let fleet = Fleet::of(10);
    let provider = |request: &KeyRequest| fleet.vault.ask(request);
    fleet.vault.newest.store(1, Ordering::SeqCst);
    // Objects that share a data key, and a record with objects under it.
    let cache = DataKeyCache::new(provider, CacheLimits::default());
    for at in 0..5 {
        fleet.put(&format!("shared {at}"), &cache.seal(b"data", &SealOptions::new([key().into()])).expect("sealed"));
    }
    let record = cmkit::generate_record(RecordOptions::new([key().into()]), &provider).expect("a record");
    fleet.put("record", &record.record);
    for at in 0..3 {
        fleet.put(&format!("under {at}"), &fleet.sealed([SealKey::from(Arc::clone(&record.key))], b"data"));
    }
    fleet.vault.newest.store(2, Ordering::SeqCst);
    fleet.put("new", &fleet.sealed([key().into()], b"data"));
    fleet.put("notes", b"no envelope");
    fleet.put("text", b"iUNNSwEB");
    let other = KeyUri::parse("https://orders.vault.azure.net/keys/other").expect("a key");
    fleet.put("other", &fleet.sealed([other.into()], b"data"));
    let whole = fs::read(fleet.path("object 0001")).expect("read");
    fleet.put("cut", &whole[..100]);

    let (before, unwraps) = (fleet.files(), fleet.vault.unwraps.load(Ordering::SeqCst));
    let plan = fleet.plan(&FleetOptions { rate: None, ..options() });
    assert_eq!((plan.due, plan.due_records, plan.at_target, plan.under_records, plan.unknown), (16, 1, 1, 3, 1));
    assert_eq!(plan.to, [format!("{KEY}/{}", "02".repeat(16))]);
    let failing: Vec<_> = plan.failing.first.iter().map(|fault| (fault.name.clone(), &*fault.code)).collect();
    let at = |name: &str| fleet.path(name).to_string_lossy().into_owned();
    assert_eq!(failing, [(at("cut"), "truncated"), (at("other"), "no_key"), (at("text"), "unsupported")]);
    let [unwrap, wrap] = &plan.calls[..] else { panic!("{:?}", plan.calls) };
    assert_eq!((unwrap.operation, unwrap.key.as_str()), (Operation::Unwrap, &*format!("{KEY}/{}", "01".repeat(16))));
    assert_eq!((unwrap.count, unwrap.quota, unwrap.rate, unwrap.key_type), (12, Some(2000), Some(100.0), "AES 256"));
    assert_eq!((wrap.operation, wrap.count, wrap.rate), (Operation::Wrap, 16, Some(100.0)));
    assert_eq!(plan.seconds, Some(0.28));
    assert_eq!(fleet.plan(&FleetOptions { rate: Some(7.0), ..options() }).seconds, Some(4.0));
    assert!(fleet.files() == before && fleet.vault.unwraps.load(Ordering::SeqCst) == unwraps, "a plan does nothing");

    let resolves = fleet.vault.resolves.load(Ordering::SeqCst);
    let report = fleet.run(&options()).expect("a run");
    assert_eq!((report.done, report.at_target, report.under_records, report.unknown), (16, 1, 3, 1));
    assert_eq!((report.failed.count, report.opened), (3, Some(true)));
    // As planned, and one of each for the first new head.
    assert_eq!((report.unwraps, report.wraps), (12 + 1, 16 + 1));
    assert_eq!(fleet.vault.resolves.load(Ordering::SeqCst) - resolves, 2, "the newest version, then what that one is");
    assert_eq!(fleet.count_of(1), 0);
    assert_eq!(fleet.count_of(2), 16);
    let again = fleet.run(&options()).expect("a run");
    assert_eq!((again.done, again.at_target, again.unwraps, again.opened), (0, 17, 0, None));
}

#[test]
fn a_stopped_run_goes_on_and_does_nothing_twice() {
    let fleet = Fleet::of(300);
    let options = FleetOptions { at_once: 4, ..options() };
    let error = fleet.run_until(&options, 100).expect_err("stopped");
    assert_eq!((error.code(), error.message()), (Code::OutOfRange, "that is enough"));
    let half = fleet.files();
    let new: Vec<_> = half.keys().filter(|path| fleet.opens_with(2, path)).cloned().collect();
    assert!((100..140).contains(&new.len()), "{}", new.len());
    let report = fleet.run(&options).expect("a run");
    assert_eq!((report.done, report.at_target), (300 - new.len() as u64, new.len() as u64));
    let all = fleet.files();
    assert!(new.iter().all(|path| all[path] == half[path]), "none is rewrapped twice");
    assert_eq!((fleet.count_of(1), fleet.count_of(2)), (0, 300));
}

#[test]
fn in_place_and_with_kept_keys() {
    let fleet = Fleet::of(0);
    fleet.vault.newest.store(1, Ordering::SeqCst);
    let provider = |request: &KeyRequest| fleet.vault.ask(request);
    for name in ["a", "b"] {
        let padded = SealOptions { pad_to: Some(600), ..SealOptions::new([key().into()]) };
        fleet.put(name, &cmkit::seal(&[1; 50_000], padded, &provider).expect("sealed"));
    }
    fleet.vault.newest.store(2, Ordering::SeqCst);
    let mut options = options();
    options.rewrap.pad = cmkit::envelope::Pad::InPlace;
    let (old, plan) = (fleet.files(), fleet.plan(&options));
    assert_eq!((plan.due, fleet.run(&options).expect("a run").done), (2, 2));
    let new = fleet.files();
    assert!(new.iter().all(|(path, content)| content[600..] == old[path][600..] && content[..] != old[path][..]));
    assert_eq!(fleet.count_of(2), 2);

    // What a crash left behind is no object of its own, and is mended.
    let [a, b] = ["a", "b"].map(|name| (old[&fleet.path(name)][..600].to_vec(), new[&fleet.path(name)].clone()));
    fleet.put("a.head", &[&a.0[..], &a.1[..600]].concat());
    fleet.put("a", &[&a.1[..300], &a.0[300..], &a.1[600..]].concat());
    fleet.put("b.head", &b.0); // a detached head, named as people name it
    assert_eq!(fleet.plan(&options).due, 1, "the detached head; the torn file is seen when it is mended");
    fs::remove_file(fleet.path("b.head")).expect("removed");
    let report = fleet.run(&options).expect("a run");
    assert_eq!((report.done, report.at_target, report.failed.count), (1, 1, 0));
    assert_eq!(fleet.files().len(), 2);
    assert_eq!(fleet.count_of(2), 2);

    // Kept entries stay; a newer version takes the old one's place, and then there is nothing more to do.
    fleet.vault.newest.store(3, Ordering::SeqCst);
    let other = KeyUri::parse("https://replica.vault.azure.net/keys/kek").expect("a key");
    options.rewrap = RewrapOptions {
        keep: cmkit::envelope::Keep::All,
        to: vec![key().into(), other.into()],
        ..RewrapOptions::new(OpenKeys::vault([key()]), [])
    };
    assert_eq!(fleet.run(&options).expect("a run").done, 2);
    assert_eq!(fleet.run(&options).expect("a run").at_target, 2);
    assert_eq!((fleet.count_of(2), fleet.count_of(3)), (0, 2));
    // Another version of the key beside the one that is due is not kept.
    let versions = [2, 3].map(|byte| key().with_version(KeyVersion::from_bytes([byte; 16])).into());
    fleet.put("both", &fleet.sealed(versions, b"data"));
    options.rewrap.pad = cmkit::envelope::Pad::None;
    options.rewrap.to = vec![key().into()];
    let report = fleet.run(&options).expect("a run");
    assert_eq!((report.done, report.at_target, fleet.opens_with(2, &fleet.path("both"))), (1, 2, false));
}

#[test]
fn the_journal_pins_the_version() {
    let fleet = Fleet::of(50);
    let journal = fleet.path("journal");
    let options = FleetOptions { journal: Some(journal.clone()), at_once: 2, ..options() };
    fleet.run_until(&options, 10).expect_err("stopped");
    let lines = fs::read_to_string(&journal).expect("a journal").lines().count() as u64;
    assert!((11..=20).contains(&lines), "{lines}");
    // A line that a crash cut off.
    fs::write(&journal, fs::read_to_string(&journal).expect("a journal") + "{\"done\":\"/obj" + &"x".repeat(9000))
        .expect("written");
    fleet.vault.newest.store(3, Ordering::SeqCst);
    let report = fleet.run(&options).expect("a run");
    assert_eq!(report.to, [format!("{KEY}/{}", "02".repeat(16))]);
    assert_eq!((report.done_earlier, report.done, report.failed.count), (lines - 1, 51 - lines, 0));
    assert_eq!(fleet.count_of(2), 50);
    let text = fs::read_to_string(&journal).expect("a journal");
    let done: std::collections::BTreeSet<&str> = text.lines().skip(1).collect();
    assert_eq!((text.lines().count(), done.len()), (51, 50), "each once");

    // Without it the newest version is meant.
    let report = fleet.run(&FleetOptions { journal: None, ..options.clone() }).expect("a run");
    assert_eq!((report.done, report.unknown, fleet.count_of(3)), (50, 1, 50));

    let other = KeyUri::parse("https://orders.vault.azure.net/keys/other").expect("a key");
    let rewrap = RewrapOptions { to: vec![other.into()], ..options.rewrap.clone() };
    let error = fleet.run(&FleetOptions { rewrap, ..options.clone() }).expect_err("another key");
    assert_eq!(error.code(), Code::InvalidArgument);
    let object = fleet.path("object 0001");
    let before = fleet.files();
    for no_journal in [object, fleet.path("notes")] {
        fs::write(fleet.path("notes"), "{\"rewrap\": notes").expect("written");
        let error = fleet.run(&FleetOptions { journal: Some(no_journal), ..options.clone() }).expect_err("no journal");
        assert_eq!(error.code(), Code::Malformed);
    }
    fs::remove_file(fleet.path("notes")).expect("removed");
    assert!(fleet.files() == before, "nothing was written to what is no journal");
}

#[test]
fn throttled_and_refused() {
    let fleet = Fleet::of(60);
    fleet.vault.throttled.store(3, Ordering::SeqCst);
    let report = fleet.run(&FleetOptions { at_once: 1, ..options() }).expect("a run");
    assert_eq!((report.done, report.retries, report.failed.count), (60, 3, 0));

    let fleet = Fleet::of(60);
    fleet.vault.revoked.store(true, Ordering::SeqCst);
    let before = fleet.files();
    let report = fleet.run(&FleetOptions { at_once: 1, names: 3, ..options() }).expect("a run");
    assert_eq!((report.done, report.failed.first.len()), (0, 3));
    assert!((50..53).contains(&report.failed.count), "{}", report.failed.count);
    assert!(report.stopped.is_some_and(|why| why.contains("not authorized")));
    assert!(report.failed.first.iter().all(|fault| fault.code == "denied"));
    assert!(fleet.files() == before);
}

#[test]
fn a_key_that_does_not_open_what_it_wraps_harms_nothing() {
    let fleet = Fleet::of(30);
    fleet.vault.lies.store(true, Ordering::SeqCst);
    let before = fleet.files();
    let error = fleet.run(&options()).expect_err("it lies");
    assert_eq!(error.code(), Code::InvalidReply);
    assert!(error.message().contains("nothing was changed"), "{error}");
    assert!(fleet.files() == before);
}

#[test]
fn each_new_head_is_opened_where_that_is_asked_for() {
    let fleet = Fleet::of(20);
    let report = fleet.run(&FleetOptions { open_each: true, ..options() }).expect("a run");
    assert_eq!((report.done, report.unwraps), (20, 40));
}

#[test]
fn calls_keep_to_the_rate() {
    let fleet = Fleet::of(40);
    let begun = Instant::now();
    // 41 unwraps and 41 wraps at 200 a second, of which a tenth of a second may go ahead.
    let report = fleet.run(&FleetOptions { rate: Some(200.0), ..options() }).expect("a run");
    assert_eq!(report.done, 40);
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(290), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}
