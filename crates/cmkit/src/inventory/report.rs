//! What an inventory says.

use super::disabling::Way;
use super::keys::{KeyName, NamedKey, Opener};
use super::{Group, Inventory, Names};
use crate::{Code, Error};
use cmkit_core::envelope::Holder;
use serde::Serialize;
use std::collections::BTreeSet;

/// Which keys the objects need.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Messages and key records with a sound head.
    pub objects: u64,
    /// Messages, attached or detached.
    pub messages: u64,
    /// Key records.
    pub key_records: u64,
    /// The keys, those that most objects need first.
    pub keys: Vec<KeyUse>,
    /// What is no object of cmkit: it does not begin as one.
    pub unknown: Names,
    /// Heads that begin as one and are no sound head.
    pub damaged: Faults,
    /// What could not be read.
    pub unreadable: Faults,
}

/// A key version, or whatever else opens, and how many objects need it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KeyUse {
    /// Who holds it.
    pub holder: Holder,
    /// Its identifier with the version; `NAME/VERSION` for a key that the program keeps.
    pub key: Option<String>,
    /// The id of the data key, for a key record.
    pub dek_id: Option<String>,
    /// The RFC 7638 thumbprint of an RSA key.
    pub thumbprint: Option<String>,
    /// `RSA-OAEP-256` or `A256KW`.
    pub algorithm: &'static str,
    /// Bits of the key.
    pub key_size: usize,
    /// Objects that it opens by an entry of their own.
    pub objects: u64,
    /// Objects that nothing else opens, those under a key record that nothing else opens among them.
    pub only: u64,
    /// For a key record: whether it is known which record that is.
    pub known: Option<bool>,
    /// The newest time of wrapping that a head states, in seconds since 1970-01-01 UTC.
    pub wrapped_last: Option<u64>,
}

/// A count of objects that something is wrong with, and what that is for some of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Faults {
    /// How many.
    pub count: u64,
    /// The first by name.
    pub first: BTreeSet<Fault>,
    #[serde(skip)]
    limit: usize,
}

/// What is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// The object.
    pub name: String,
    /// The stable code.
    pub code: String,
    /// In words.
    pub message: String,
}

impl Faults {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { count: 0, first: BTreeSet::new(), limit }
    }

    pub(crate) fn add(&mut self, name: &str, error: &Error) {
        self.count += 1;
        let message = match std::error::Error::source(error) {
            Some(system) if error.code() == Code::Io => system.to_string(),
            _ => error.message().to_owned(),
        };
        self.keep(Fault { name: name.to_owned(), code: error.code().as_str().to_owned(), message });
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.count += other.count;
        other.first.into_iter().for_each(|fault| self.keep(fault));
    }

    fn keep(&mut self, fault: Fault) {
        self.first.insert(fault);
        if self.first.len() > self.limit {
            self.first.pop_last();
        }
    }
}

impl Inventory {
    /// Which keys the objects need.
    #[must_use]
    pub fn report(&self) -> Report {
        let (mut messages, mut key_records) = (0, 0);
        let mut counts = vec![(0, 0); self.keys.iter().count()];
        for (openers, group) in &self.groups {
            messages += group.messages.count();
            key_records += group.records.count();
            openers.iter().for_each(|opener| counts[opener.index()].0 += group.objects());
            for opener in self.behind(openers) {
                let gone = |other: Opener| if other == opener { Way::Gone } else { Way::Open };
                if self.way_into(openers, &gone) == Way::Gone {
                    counts[opener.index()].1 += group.objects();
                }
            }
        }
        let mut keys: Vec<KeyUse> =
            self.keys.iter().map(|(opener, key)| self.key_use(key, counts[opener.index()])).collect();
        keys.sort_by(|a, b| {
            (b.only, b.objects, &a.key, &a.dek_id, &a.thumbprint).cmp(&(
                a.only,
                a.objects,
                &b.key,
                &b.dek_id,
                &b.thumbprint,
            ))
        });
        Report {
            objects: messages + key_records,
            messages,
            key_records,
            keys,
            unknown: self.unknown.clone(),
            damaged: self.damaged.clone(),
            unreadable: self.unreadable.clone(),
        }
    }

    /// The keys without which these openers may be of no use: they themselves, and those of known records among them.
    pub(super) fn behind(&self, openers: &[Opener]) -> BTreeSet<Opener> {
        let records = openers.iter().filter_map(|opener| match &self.keys.get(*opener).name {
            KeyName::Record(dek_id) => self.records.get(dek_id),
            _ => None,
        });
        records.flatten().flat_map(|copy| copy.iter()).chain(openers).copied().collect()
    }

    fn key_use(&self, key: &NamedKey, (objects, only): (u64, u64)) -> KeyUse {
        let (holder, name, dek_id, known) = match &key.name {
            KeyName::Program { name, version } => (Holder::Program, Some(format!("{name}/{version}")), None, None),
            KeyName::Vault(uri) => (Holder::Vault, Some(uri.to_string()), None, None),
            KeyName::Record(dek_id) => {
                let id = dek_id.iter().map(|byte| format!("{byte:02x}")).collect();
                (Holder::KeyRecord, None, Some(id), Some(self.records.contains_key(dek_id)))
            }
            KeyName::Unnamed(_) => (Holder::Unnamed, None, None, None),
        };
        KeyUse {
            holder,
            key: name,
            dek_id,
            thumbprint: key.thumbprint.as_ref().map(ToString::to_string),
            algorithm: key.algorithm.as_str(),
            key_size: if key.thumbprint.is_some() { key.wrapped_size * 8 } else { 256 },
            objects,
            only,
            known,
            wrapped_last: key.wrapped_last,
        }
    }
}

impl Group {
    pub(super) const fn objects(&self) -> u64 {
        self.messages.count() + self.records.count()
    }
}
