//! Which key versions a fleet of objects needs: told from heads alone, without any key and without plaintext.
//!
//! An [`Inventory`] counts objects by the keys that open them, so that a million of them take no more memory than the few
//! arrangements of keys they have. What it says is what heads say: unauthenticated, but whoever can write a head can also
//! delete the object.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::sync::Arc;
//! # use cmkit::envelope::SealOptions;
//! # let folder = tempfile::tempdir()?;
//! # let key = Arc::new(cmkit::generate_service_key("default")?);
//! # std::fs::write(folder.path().join("a.cmk"), cmkit::seal(b"a", SealOptions::new([key.into()]), &cmkit::NoVault)?)?;
//! use cmkit::inventory::{Answer, Inventory, InventoryOptions};
//! use cmkit::key::KeyUri;
//!
//! let inventory = Inventory::of_files([folder.path()], &InventoryOptions::default(), &mut |_| Ok(()))?;
//! assert_eq!(inventory.report().objects, 1);
//!
//! let old = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek/0123456789abcdef0123456789abcdef")?;
//! assert_eq!(inventory.may_disable(&[old])?.answer, Answer::Yes);
//! # Ok(())
//! # }
//! ```

mod disabling;
mod files;
mod json_lines;
mod keys;
mod names;
mod report;

pub use disabling::{Answer, Disabling};
pub(crate) use files::{is_text_form, object_files, read_front};
pub use names::Names;
pub use report::{Fault, Faults, KeyUse, Report};

use crate::{Code, Error};
use cmkit_core::envelope::{EnvelopeKind, HeadKeys};
use keys::{KeyTable, Opener};
use std::collections::{HashMap, HashSet};

/// How to take an inventory.
///
/// ```
/// let options = cmkit::inventory::InventoryOptions { names: 20, ..Default::default() };
/// assert!(!options.all_records);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InventoryOptions {
    /// Names of objects kept for each arrangement of keys, the first ones in order; the rest is counted. 100.
    pub names: usize,
    /// Whether every key record that these objects stand under is among them. A record's head does not say its `dek_id`, so
    /// without this, and without [`Inventory::link_record`], nobody can tell which record an object needs.
    pub all_records: bool,
}

impl Default for InventoryOptions {
    fn default() -> Self {
        Self { names: 100, all_records: false }
    }
}

/// What a long inventory reports now and then: objects read so far. An error ends it and comes back as it is.
pub type InventoryProgress<'a> = &'a mut dyn FnMut(u64) -> Result<(), Error>;

/// Objects counted by the keys that open them.
#[derive(Debug)]
pub struct Inventory {
    options: InventoryOptions,
    keys: KeyTable,
    /// Objects by the keys any of which opens them, in ascending order.
    groups: HashMap<Box<[Opener]>, Group>,
    /// The keys that open a record, by the id of the record's data key; several where a record has copies.
    records: HashMap<[u8; 16], HashSet<Box<[Opener]>>>,
    unknown: Names,
    damaged: Faults,
    unreadable: Faults,
}

/// Objects that the same keys open.
#[derive(Debug)]
struct Group {
    messages: Names,
    records: Names,
}

impl Inventory {
    /// An inventory of nothing yet.
    #[must_use]
    pub fn new(options: &InventoryOptions) -> Self {
        Self {
            options: *options,
            keys: KeyTable::default(),
            groups: HashMap::new(),
            records: HashMap::new(),
            unknown: Names::new(options.names),
            damaged: Faults::new(options.names),
            unreadable: Faults::new(options.names),
        }
    }

    /// Adds an object by its first bytes, with all of its head: an envelope, a detached head, or a key record, which is
    /// given whole. What does not begin as one is counted as unknown, what is damaged as damaged.
    pub fn add(&mut self, name: &str, head: &[u8]) {
        if !HeadKeys::begins(head) {
            return self.unknown.add(name);
        }
        match self.openers(head) {
            Ok((kind, openers)) => self.count(name, kind, openers),
            Err(error) => self.damaged.add(name, &error),
        }
    }

    /// Says which data key a record holds, who knows that: an application that stores records by their `dek_id`, or whoever
    /// opened it ([`DataKey::id`](crate::envelope::DataKey::id)). It counts no object.
    ///
    /// # Errors
    /// The faults of a head; `invalid_argument` where it is no key record.
    pub fn link_record(&mut self, record: &[u8], dek_id: [u8; 16]) -> Result<(), Error> {
        let (kind, openers) = self.openers(record)?;
        if kind != EnvelopeKind::KeyRecord {
            return Err(Error::new(Code::InvalidArgument, "this is a message, not a key record"));
        }
        self.records.entry(dek_id).or_default().insert(openers);
        Ok(())
    }

    /// Adds what another inventory counted.
    pub fn merge(&mut self, other: Self) {
        let Self { options: _, keys, groups, records, unknown, damaged, unreadable } = other;
        let moved = self.keys.merge(keys);
        let renamed = |openers: &[Opener]| {
            let mut openers: Box<[Opener]> = openers.iter().map(|opener| moved[opener.index()]).collect();
            openers.sort_unstable();
            openers
        };
        for (openers, Group { messages, records }) in groups {
            let group = self.group(renamed(&openers));
            group.messages.merge(&messages);
            group.records.merge(&records);
        }
        for (dek_id, copies) in records {
            self.records.entry(dek_id).or_default().extend(copies.iter().map(|openers| renamed(openers)));
        }
        self.unknown.merge(&unknown);
        self.damaged.merge(damaged);
        self.unreadable.merge(unreadable);
    }

    fn openers(&mut self, head: &[u8]) -> Result<(EnvelopeKind, Box<[Opener]>), Error> {
        let HeadKeys { kind, entries, .. } = HeadKeys::parse(head)?;
        let mut openers: Box<[Opener]> = entries.iter().map(|entry| self.keys.opener(entry)).collect();
        openers.sort_unstable();
        Ok((kind, openers))
    }

    fn count(&mut self, name: &str, kind: EnvelopeKind, openers: Box<[Opener]>) {
        let group = self.group(openers);
        match kind {
            EnvelopeKind::Message => group.messages.add(name),
            EnvelopeKind::KeyRecord => group.records.add(name),
        }
    }

    fn group(&mut self, openers: Box<[Opener]>) -> &mut Group {
        let limit = self.options.names;
        self.groups.entry(openers).or_insert_with(|| Group { messages: Names::new(limit), records: Names::new(limit) })
    }
}
