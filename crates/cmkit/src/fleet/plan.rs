//! The plan of a rewrap: how many objects, which calls, and how long they take at the rate.

use super::FleetOptions;
use super::judge::{Due, judge};
use super::quota::{KeyType, calls_in_ten_seconds, rate};
use super::target::Targets;
use crate::inventory::{Faults, InventoryProgress, is_text_form, object_files, read_front};
use crate::object_file::is_head_journal;
use crate::{Code, Error, Provider, steps};
use cmkit_core::envelope::{EnvelopeKind, HeadKeys, Pad, RewrapOptions};
use cmkit_core::key::KeyUri;
use cmkit_core::operation::{KeyRequest, Step};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// Files that are judged between two reports of progress.
const ROUND: usize = 8192;

/// What a rewrap would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The keys to wrap under, in the versions they have now.
    pub to: Vec<String>,
    /// Messages and key records to rewrap.
    pub due: u64,
    /// Key records among them: each is the rewrap of all that stands under it.
    pub due_records: u64,
    /// Objects that have the keys they are to have.
    pub at_target: u64,
    /// Objects under a key record: rewrapping that is all they need.
    pub under_records: u64,
    /// Files that are no object of cmkit.
    pub unknown: u64,
    /// Objects that cannot be rewrapped: damaged, unreadable, or under no key that may open.
    pub failing: Faults,
    /// The calls that it takes.
    pub calls: Vec<Calls>,
    /// How long the calls take at the rate, in seconds; nothing where neither a rate is given nor a quota known.
    pub seconds: Option<f64>,
}

/// Calls of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Calls {
    /// What is asked.
    pub operation: Operation,
    /// Of which key version.
    pub key: String,
    /// Its type and size.
    pub key_type: &'static str,
    /// How often: once for objects that share a data key.
    pub count: u64,
    /// What the vault grants for this type of key in 10 seconds, where that is known.
    pub quota: Option<u32>,
    /// What a run asks in a second.
    pub rate: Option<f64>,
}

/// What a vault is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// To unwrap a data key.
    Unwrap,
    /// To wrap one: under symmetric keys alone, RSA wraps with the public key and takes no call.
    Wrap,
}

/// Tells what a rewrap of these files, and of all files in these folders, would do. The vault is asked which version of
/// each key to wrap under is the newest, and nothing else.
///
/// # Errors
/// What the holder of a key to wrap under refuses, and what `progress` returns. What is wrong with an object is counted.
pub fn plan_rewrap<P: AsRef<Path>>(
    paths: impl IntoIterator<Item = P>,
    options: &FleetOptions,
    provider: &(impl Provider + ?Sized),
    progress: InventoryProgress<'_>,
) -> Result<Plan, Error> {
    let targets = Targets::resolve(&options.rewrap.to, None, provider)?;
    let mut rewrap = RewrapOptions { to: targets.keys.clone(), ..options.rewrap.clone() };
    // How old a version is, the vault would have to say. A plan takes those that are allowed for young enough.
    rewrap.open.vault.iter_mut().for_each(|key| key.created_after = None);
    let mut files = paths.into_iter().flat_map(object_files).fuse();
    let mut tally = Tally::new(options.names);
    let mut done = 0;
    loop {
        let round: Vec<_> = files.by_ref().take(ROUND).collect();
        if round.is_empty() {
            return Ok(tally.plan(options, &targets));
        }
        done += round.len() as u64;
        let parts = round.par_chunks(64).map(|files| {
            let mut part = Tally::new(options.names);
            let mut buffer = Vec::new();
            files.iter().for_each(|file| part.add(file, &rewrap, &targets, &mut buffer));
            part
        });
        let parts: Vec<Tally> = parts.collect();
        parts.into_iter().for_each(|part| tally.merge(part));
        progress(done)?;
    }
}

struct Tally {
    due: u64,
    due_records: u64,
    at_target: u64,
    under_records: u64,
    unknown: u64,
    failing: Faults,
    /// By key version and type, which wrapped keys have to be unwrapped.
    unwraps: BTreeMap<(KeyUri, KeyType), HashSet<[u8; 32]>>,
}

impl Tally {
    fn new(names: usize) -> Self {
        Self {
            due: 0,
            due_records: 0,
            at_target: 0,
            under_records: 0,
            unknown: 0,
            failing: Faults::new(names),
            unwraps: BTreeMap::new(),
        }
    }

    fn add(
        &mut self,
        file: &Result<PathBuf, (PathBuf, Error)>,
        rewrap: &RewrapOptions,
        targets: &Targets,
        buffer: &mut Vec<u8>,
    ) {
        let (path, added) = match file {
            Ok(path) if rewrap.pad == Pad::InPlace && is_head_journal(path) => return,
            Ok(path) => (path, read_front(path, buffer).and_then(|()| self.add_object(buffer, rewrap, targets))),
            Err((path, error)) => return self.failing.add(&path.to_string_lossy(), error),
        };
        if let Err(error) = added {
            self.failing.add(&path.to_string_lossy(), &error);
        }
    }

    fn add_object(&mut self, begin: &[u8], rewrap: &RewrapOptions, targets: &Targets) -> Result<(), Error> {
        if !HeadKeys::begins(begin) {
            self.unknown += u64::from(!is_text_form(begin));
            return if is_text_form(begin) { Err(text_form()) } else { Ok(()) };
        }
        match judge(begin, rewrap, targets)? {
            Due::AtTarget => self.at_target += 1,
            Due::UnderRecord => self.under_records += 1,
            Due::Rewrap => {
                // The rewrap itself says what it would ask first; nobody answers.
                if let Step::Ask(ask) = steps::rewrap(begin, rewrap.clone())?
                    && let KeyRequest::Unwrap { key, algorithm, wrapped, cache_id } = ask.request()
                {
                    let key = (key.clone(), KeyType::of(*algorithm, wrapped.len()));
                    self.unwraps.entry(key).or_default().insert(*cache_id);
                }
                self.due += 1;
                self.due_records += u64::from(HeadKeys::parse(begin)?.kind == EnvelopeKind::KeyRecord);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        let Self { due, due_records, at_target, under_records, unknown, failing, unwraps } = other;
        self.due += due;
        self.due_records += due_records;
        self.at_target += at_target;
        self.under_records += under_records;
        self.unknown += unknown;
        self.failing.merge(failing);
        for (key, ids) in unwraps {
            self.unwraps.entry(key).or_default().extend(ids);
        }
    }

    fn plan(self, options: &FleetOptions, targets: &Targets) -> Plan {
        let Self { due, due_records, at_target, under_records, unknown, failing, unwraps } = self;
        let mut calls = Vec::new();
        let mut busy: BTreeMap<String, Option<f64>> = BTreeMap::new();
        let unwraps =
            unwraps.into_iter().map(|((key, key_type), ids)| (Operation::Unwrap, key, key_type, ids.len() as u64));
        let wraps = targets.wrapping.iter().map(|key| (Operation::Wrap, key.clone(), KeyType::Aes256, due));
        for (operation, key, key_type, count) in unwraps.chain(wraps).filter(|(.., count)| *count > 0) {
            let is_unwrap = operation == Operation::Unwrap;
            let quota = calls_in_ten_seconds(key.service(), key_type, options.protection, is_unwrap);
            let rate = rate(options.rate, quota);
            let seconds = rate.map(|rate| count as f64 / rate);
            let all = busy.entry(key.host().to_owned()).or_insert(Some(0.0));
            *all = all.zip(seconds).map(|(all, seconds)| all + seconds);
            calls.push(Calls { operation, key: key.to_string(), key_type: key_type.name(), count, quota, rate });
        }
        // Vaults are asked at the same time, one vault after another call of its own.
        let seconds = busy.into_values().try_fold(0.0_f64, |longest, seconds| Some(longest.max(seconds?)));
        Plan { to: targets.names(), due, due_records, at_target, under_records, unknown, failing, calls, seconds }
    }
}

pub(super) fn text_form() -> Error {
    Error::new(Code::Unsupported, "it is in base64, in which files are not rewrapped: decode it first")
}
