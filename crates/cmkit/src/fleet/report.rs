//! What a run says while it is under way, and at its end.

use super::journal::Journal;
use crate::inventory::Faults;
use crate::{Code, Error};
use serde::Serialize;
use std::path::Path;

/// Objects that the key holder refuses one after another, after which nothing better is to be expected.
const REFUSED_IN_A_ROW: u32 = 50;

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FleetProgress {
    /// Objects rewrapped.
    pub done: u64,
    /// Objects with nothing to do.
    pub passed_over: u64,
    /// Objects that failed.
    pub failed: u64,
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FleetReport {
    /// The keys wrapped under, in their versions.
    pub to: Vec<String>,
    /// Objects rewrapped.
    pub done: u64,
    /// Objects that earlier runs with this journal rewrapped.
    pub done_earlier: u64,
    /// Objects that had the keys they are to have.
    pub at_target: u64,
    /// Objects under a key record, whose rewrap is theirs.
    pub under_records: u64,
    /// Files that are no object of cmkit.
    pub unknown: u64,
    /// Objects that could not be rewrapped, and stay as they were.
    pub failed: Faults,
    /// Data keys unwrapped by a vault.
    pub unwraps: u64,
    /// Data keys wrapped by a vault.
    pub wraps: u64,
    /// Calls that were made again, since the vault could not answer.
    pub retries: u64,
    /// Whether a new head was opened with each new key; nothing where this caller may not unwrap with it, or where nothing
    /// was rewrapped.
    pub opened: Option<bool>,
    /// Why the run ended before its end, if it did: begin it again when that is mended.
    pub stopped: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// What became of one file.
pub(super) enum Outcome {
    Done,
    AtTarget,
    UnderRecord,
    Unknown,
    /// It belongs to a rewrap in place.
    Passed,
}

impl FleetReport {
    pub(super) fn new(to: Vec<String>, names: usize) -> Self {
        Self {
            to,
            done: 0,
            done_earlier: 0,
            at_target: 0,
            under_records: 0,
            unknown: 0,
            failed: Faults::new(names),
            unwraps: 0,
            wraps: 0,
            retries: 0,
            opened: None,
            stopped: None,
            seconds: 0.0,
        }
    }

    pub(super) fn progress(&self) -> FleetProgress {
        FleetProgress {
            done: self.done,
            passed_over: self.at_target + self.under_records + self.unknown,
            failed: self.failed.count,
        }
    }
}

/// What is written down as it happens.
pub(super) struct Account {
    pub(super) report: FleetReport,
    pub(super) journal: Option<Journal>,
    /// Objects in a row that the key holder refused.
    refused: u32,
}

impl Account {
    pub(super) const fn new(report: FleetReport, journal: Option<Journal>) -> Self {
        Self { report, journal, refused: 0 }
    }

    pub(super) fn take(&mut self, path: &Path, outcome: Result<Outcome, Error>) -> Result<(), Error> {
        let Self { report, journal, refused } = self;
        match outcome {
            Ok(Outcome::Done) => {
                report.done += 1;
                *refused = 0;
                if let Some(journal) = journal {
                    journal.done(path)?;
                }
            }
            Ok(Outcome::AtTarget) => report.at_target += 1,
            Ok(Outcome::UnderRecord) => report.under_records += 1,
            Ok(Outcome::Unknown) => report.unknown += 1,
            Ok(Outcome::Passed) => {}
            // The key itself is not what it says it is: no object fares better.
            Err(error) if error.code() == Code::InvalidReply => return Err(error),
            Err(error) => {
                report.failed.add(&path.to_string_lossy(), &error);
                let by_holder = matches!(error.code(), Code::Denied | Code::Unavailable | Code::Provider);
                *refused = if by_holder { *refused + 1 } else { 0 };
                if *refused == REFUSED_IN_A_ROW {
                    report.stopped =
                        Some(format!("{REFUSED_IN_A_ROW} objects in a row were refused: {}", error.message()));
                }
            }
        }
        Ok(())
    }
}
