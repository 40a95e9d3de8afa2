//! May a key version be disabled: what would no longer open.

use super::keys::{KeyName, Opener};
use super::{Inventory, Names};
use crate::{Code, Error};
use cmkit_core::key::KeyUri;
use serde::Serialize;

/// Whether key versions may be disabled, all of them together, and what speaks against it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Disabling {
    /// The versions in question.
    pub keys: Vec<String>,
    /// The answer.
    pub answer: Answer,
    /// Objects that nothing else opens.
    pub lost: Names,
    /// Objects of which it cannot be told: under a key record that is not known, or under a key of which only the thumbprint
    /// is.
    pub unsure: Names,
    /// Objects that one of these versions opens, and something else too.
    pub still_open: u64,
    /// Heads that are damaged and files that cannot be read: nobody knows what they need.
    pub unjudged: u64,
}

/// Yes, no, or that nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Every object still opens.
    Yes,
    /// Some would not.
    No,
    /// None is known that would not, but not all are known; or there is no object at all.
    Unknown,
}

/// What becomes of a way to open an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Gone,
    Unsure,
    Open,
}

impl Inventory {
    /// Whether these key versions may be disabled, all of them together. Every other key is taken to be there: give the
    /// versions that are disabled already too.
    ///
    /// # Errors
    /// `invalid_argument` for a key without a version, or for none at all.
    pub fn may_disable(&self, keys: &[KeyUri]) -> Result<Disabling, Error> {
        if let Some(key) = keys.iter().find(|key| key.version().is_none()) {
            let message = format!("`{key}` names no version: give the one to disable, `{key}/VERSION`");
            return Err(Error::new(Code::InvalidArgument, message));
        }
        if keys.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "no key version to disable is given"));
        }
        let gone = self.ways_without(keys);
        let way = |opener: Opener| gone[opener.index()];
        let (mut lost, mut unsure) = (Names::new(self.options.names), Names::new(self.options.names));
        let (mut objects, mut still_open) = (0, 0);
        for (openers, group) in &self.groups {
            objects += group.objects();
            let into = match self.way_into(openers, &way) {
                Way::Open => {
                    let touched = self.behind(openers).into_iter().any(|opener| way(opener) == Way::Gone);
                    still_open += if touched { group.objects() } else { 0 };
                    continue;
                }
                Way::Unsure => &mut unsure,
                Way::Gone => &mut lost,
            };
            into.merge(&group.messages);
            into.merge(&group.records);
        }
        let unjudged = self.damaged.count + self.unreadable.count;
        let answer = match (lost.count(), unsure.count() + unjudged) {
            (1.., _) => Answer::No,
            (0, 0) if objects > 0 => Answer::Yes,
            (0, _) => Answer::Unknown,
        };
        let keys = keys.iter().map(ToString::to_string).collect();
        Ok(Disabling { keys, answer, lost, unsure, still_open, unjudged })
    }

    /// For each key of the table but records, what is left of it.
    fn ways_without(&self, gone: &[KeyUri]) -> Vec<Way> {
        let way = |name: &KeyName| match name {
            KeyName::Vault(key) if gone.contains(key) => Way::Gone,
            KeyName::Unnamed(thumbprint) => {
                // The versions that have this public key; a vault that was restored elsewhere has it too.
                let same = self.keys.iter().filter(|(_, key)| key.thumbprint.as_ref() == Some(thumbprint));
                let versions = same.filter_map(|(_, key)| match &key.name {
                    KeyName::Vault(key) => Some(if gone.contains(key) { Way::Gone } else { Way::Open }),
                    _ => None,
                });
                versions.max().unwrap_or(Way::Unsure)
            }
            _ => Way::Open,
        };
        self.keys.iter().map(|(_, key)| way(&key.name)).collect()
    }

    /// The best way that is left into an object with these openers.
    pub(super) fn way_into(&self, openers: &[Opener], way: &impl Fn(Opener) -> Way) -> Way {
        let best = |openers: &[Opener]| openers.iter().map(|opener| way(*opener)).max().unwrap_or(Way::Gone);
        let through = |opener: &Opener| match &self.keys.get(*opener).name {
            // Who asks what is left without a record itself has said so already.
            KeyName::Record(_) if way(*opener) == Way::Gone => Way::Gone,
            KeyName::Record(dek_id) => match self.records.get(dek_id) {
                Some(copies) => copies.iter().map(|copy| best(copy)).max().unwrap_or(Way::Unsure),
                None if self.options.all_records => self.way_into_every_record(&best),
                None => Way::Unsure,
            },
            _ => way(*opener),
        };
        openers.iter().map(through).max().unwrap_or(Way::Gone)
    }

    /// Where every record is among the objects, one that cannot be told apart opens if all of them do.
    fn way_into_every_record(&self, best: &impl Fn(&[Opener]) -> Way) -> Way {
        let records = self.groups.iter().filter(|(_, group)| group.records.count() > 0);
        match records.map(|(openers, _)| best(openers)).min() {
            Some(Way::Open) => Way::Open,
            _ => Way::Unsure,
        }
    }
}
