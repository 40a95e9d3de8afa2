//! The vault's log: who asked what of which key, and what came of it.
//!
//! It lives in the process and holds the newest entries; it is for tests, demonstrations and counting calls, not
//! an audit trail.

use crate::role::Permission;
use cmkit::key::KeyUri;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

/// One question that a vault was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When, in seconds since 1970-01-01 UTC by the vault's clock.
    pub time: u64,
    /// The identity that asked; nothing for the owner.
    pub identity: Option<String>,
    /// What was asked, by the permission that it takes.
    pub asked: Permission,
    /// The key, with the version where one was found or named; nothing where the vault itself was asked.
    pub key: Option<KeyUri>,
    /// Why it was refused; nothing where it was allowed.
    pub refused: Option<Cow<'static, str>>,
}

impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = self.identity.as_deref().unwrap_or("(owner)");
        let outcome = self.refused.as_deref().unwrap_or("allowed");
        write!(f, "{} {who} {} ", self.time, self.asked)?;
        self.key.iter().try_for_each(|key| write!(f, "{key} "))?;
        f.write_str(outcome)
    }
}

#[derive(Default)]
pub(crate) struct Log(VecDeque<LogEntry>);

impl Log {
    const MOST: usize = 10_000;

    pub(crate) fn push(&mut self, entry: LogEntry) {
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<LogEntry> {
        self.0.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
