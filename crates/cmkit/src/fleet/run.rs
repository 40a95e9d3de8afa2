//! The run of a rewrap: some objects at a time, each new head verified before it takes the old one's place.

use super::FleetOptions;
use super::journal::Journal;
use super::judge::{Due, judge};
use super::pace::Paced;
use super::plan::text_form;
use super::report::{Account, FleetProgress, FleetReport, Outcome};
use super::target::Targets;
use crate::inventory::{is_text_form, object_files, read_front};
use crate::object_file::{ObjectFile, is_head_journal};
use crate::{CacheLimits, Code, DataKeyCache, Error, Provider};
use cmkit_core::envelope::{HeadKeys, OpenKeys, Pad, RewrapOptions, SealKey};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Data keys that are kept for objects that share them.
const DATA_KEYS: usize = 1 << 14;

/// Rewraps files, and all files in folders; what has the right keys is passed over, so that a run that was interrupted is
/// simply begun again. A file stays as it was, or has its new head: nothing in between.
///
/// Each new head is verified before: it parses, nothing but its keys is changed, and its MAC is that of the data key. The
/// first one is also opened with each new key, so that a wrong public key harms nothing. `progress` is told after each
/// object, on the caller's thread.
///
/// # Errors
/// What the holder of a key to wrap under refuses; `decrypt` where a new head does not open with the new key; `io` of the
/// journal; and what `progress` returns. What is wrong with one object is in the report.
pub fn rewrap_files<P: AsRef<Path>>(
    paths: impl IntoIterator<Item = P>,
    options: &FleetOptions,
    provider: &(impl Provider + Sync + ?Sized),
    progress: &mut dyn FnMut(FleetProgress) -> Result<(), Error>,
) -> Result<FleetReport, Error> {
    let begun = Instant::now();
    let mut journal = options.journal.as_deref().map(Journal::open).transpose()?;
    let pinned = journal.as_ref().and_then(|journal| journal.pinned.clone());
    let limits = CacheLimits { capacity: DATA_KEYS, ..CacheLimits::default() };
    let paced = Paced::new(provider, options);
    let targets = Targets::resolve(&options.rewrap.to, pinned.as_deref(), &&paced)?;
    let work = Work {
        rewrap: RewrapOptions { to: targets.keys.clone(), ..options.rewrap.clone() },
        targets: &targets,
        open_each: options.open_each,
        holder: DataKeyCache::new(&paced, limits),
        opened: Mutex::new(None),
    };
    let mut report = FleetReport::new(targets.names(), options.names);
    if let Some(journal) = &mut journal {
        journal.begin(&report.to)?;
        report.done_earlier = journal.earlier;
    }
    let mut account = Account::new(report, journal);
    // The journal may lie among the objects.
    let is_object = |file: &Result<PathBuf, _>| file.as_ref().ok() != options.journal.as_ref();
    let files = paths.into_iter().flat_map(object_files).filter(is_object);
    let ended = work_off(files, options.at_once.clamp(1, 256), &work, &paced.stopped, &mut account, progress);
    if let Some(journal) = &mut account.journal {
        journal.sync()?;
    }
    ended?;
    Ok(FleetReport {
        unwraps: paced.unwraps.load(Ordering::Relaxed),
        wraps: paced.wraps.load(Ordering::Relaxed),
        retries: paced.retries.load(Ordering::Relaxed),
        opened: *work.opened.lock().unwrap_or_else(PoisonError::into_inner),
        seconds: begun.elapsed().as_secs_f64(),
        ..account.report
    })
}

/// Hands files to threads, and takes account of what becomes of each on the caller's own. After an error nothing new is
/// begun; what is in work is finished, and written down.
fn work_off<P: Provider + Sync>(
    mut files: impl Iterator<Item = Result<PathBuf, (PathBuf, Error)>>,
    at_once: usize,
    work: &Work<'_, P>,
    stopped: &AtomicBool,
    account: &mut Account,
    progress: &mut dyn FnMut(FleetProgress) -> Result<(), Error>,
) -> Result<(), Error> {
    let (send_path, paths) = channel::<PathBuf>();
    let (send_outcome, outcomes) = channel();
    let paths = Mutex::new(paths);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            let (send_outcome, paths) = (send_outcome.clone(), &paths);
            scope.spawn(move || {
                while let Some(path) = next_of(paths) {
                    let outcome =
                        if stopped.load(Ordering::Relaxed) { Ok(Outcome::Passed) } else { work.rewrap(&path) };
                    let _ = send_outcome.send((path, outcome)); // whoever drives takes them all
                }
            });
        }
        drop(send_outcome);
        let (mut in_work, mut ended) = (0, Ok(()));
        loop {
            while in_work < 2 * at_once && !stopped.load(Ordering::Relaxed) {
                match files.next() {
                    Some(Ok(path)) => {
                        let _ = send_path.send(path); // its other end lives in this function
                        in_work += 1;
                    }
                    Some(Err((path, error))) => account.report.failed.add(&path.to_string_lossy(), &error),
                    None => break,
                }
            }
            let Some((path, outcome)) = (in_work > 0).then(|| outcomes.recv().ok()).flatten() else { break };
            in_work -= 1;
            let taken = account.take(&path, outcome).and_then(|()| progress(account.report.progress()));
            ended = ended.and(taken);
            if ended.is_err() || account.report.stopped.is_some() {
                stopped.store(true, Ordering::Relaxed);
            }
        }
        drop(send_path);
        ended
    })
}

fn next_of(paths: &Mutex<Receiver<PathBuf>>) -> Option<PathBuf> {
    paths.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// What all objects are rewrapped with.
struct Work<'a, P: Provider> {
    rewrap: RewrapOptions,
    targets: &'a Targets,
    open_each: bool,
    holder: DataKeyCache<P>,
    /// Whether a new head was opened with the new keys; nothing as long as there is none.
    opened: Mutex<Option<bool>>,
}

impl<P: Provider> Work<'_, P> {
    fn rewrap(&self, path: &Path) -> Result<Outcome, Error> {
        if self.rewrap.pad == Pad::InPlace && is_head_journal(path) {
            return Ok(Outcome::Passed);
        }
        let object = match ObjectFile::open(path, &self.rewrap) {
            Ok(object) => object,
            Err(error) if matches!(error.code(), Code::Malformed | Code::Truncated) => return what_else(path, error),
            Err(error) => return Err(error),
        };
        match judge(object.head(), &self.rewrap, self.targets)? {
            Due::AtTarget => return Ok(Outcome::AtTarget),
            Due::UnderRecord => return Ok(Outcome::UnderRecord),
            Due::Rewrap => {}
        }
        let new = crate::rewrap(object.head(), self.rewrap.clone(), &self.holder)?;
        if judge(&new, &self.rewrap, self.targets)? != Due::AtTarget {
            return Err(Error::new(
                Code::InvalidReply,
                "the new head does not name the keys that it was wrapped under",
            ));
        }
        self.check_that_it_opens(&new)?;
        object.replace_head(&new, &mut |_| Ok(()))?;
        Ok(Outcome::Done)
    }

    /// The first new head is opened before any is put in place, while the others wait.
    fn check_that_it_opens(&self, head: &[u8]) -> Result<(), Error> {
        {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            if opened.is_none() {
                *opened = self.opens(head)?;
                return Ok(());
            }
        }
        if self.open_each { self.opens(head).map(|_| ()) } else { Ok(()) }
    }

    /// Whether each key to wrap under opens this head; `false` where this caller may not unwrap with one.
    fn opens(&self, head: &[u8]) -> Result<Option<bool>, Error> {
        let mut opened = None;
        for key in &self.targets.keys {
            let (SealKey::Vault(key) | SealKey::VaultOnHost(key)) = key else { continue };
            // A rewrap unwraps and authenticates, whatever the external context is; what it makes is not needed.
            let open = OpenKeys::vault([key.clone()]);
            let options = RewrapOptions { open, to: vec![key.clone().into()], ..self.rewrap.clone() };
            let options = RewrapOptions { pad: Pad::None, ..options };
            opened = match crate::rewrap(head, options, &self.holder) {
                Ok(_) => opened.or(Some(true)),
                Err(error) if error.code() == Code::Denied => Some(false),
                Err(error) if error.code() == Code::Decrypt => {
                    let message = format!("what is wrapped under `{key}` does not open with it: nothing was changed");
                    return Err(Error::new(Code::InvalidReply, message));
                }
                Err(error) => return Err(error),
            };
        }
        Ok(opened)
    }
}

/// What a file is that is no envelope in bytes.
fn what_else(path: &Path, error: Error) -> Result<Outcome, Error> {
    let mut begin = Vec::new();
    read_front(path, &mut begin)?;
    match begin {
        begin if HeadKeys::begins(&begin) => Err(error),
        begin if is_text_form(&begin) => Err(text_form()),
        _ => Ok(Outcome::Unknown),
    }
}
