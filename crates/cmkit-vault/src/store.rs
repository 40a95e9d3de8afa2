//! Where records are kept: the seam between what a vault does and what holds its state.
//!
//! Two stores: [`Memory`], here, and [`Folder`](crate::folder::Folder). A store does no cryptography and judges
//! nothing.

use crate::record::{KeyRecord, Settings, VersionRecord};
use crate::seal::Sealed;
use cmkit::Error;
use cmkit::key::KeyVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a group of calls may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Holds records. Between `begin` and `end` nobody else writes, and with [`Access::Write`] nobody else reads.
pub(crate) trait Store: Send {
    fn begin(&mut self, access: Access) -> Result<(), Error>;
    fn end(&mut self);

    fn settings(&self) -> Result<Settings, Error>;
    fn put_settings(&mut self, settings: &Settings) -> Result<(), Error>;

    /// The names of all keys, deleted ones too, in alphabetical order.
    fn names(&self) -> Result<Vec<String>, Error>;
    fn key(&self, name: &str) -> Result<Option<KeyRecord>, Error>;
    fn put_key(&mut self, name: &str, record: &KeyRecord) -> Result<(), Error>;
    /// A version is invisible until the key's record lists it: put it first.
    fn version(&self, name: &str, version: KeyVersion) -> Result<Option<VersionRecord>, Error>;
    fn put_version(&mut self, name: &str, version: KeyVersion, record: &VersionRecord) -> Result<(), Error>;
    /// Removes a key with all of its versions, at once.
    fn remove_key(&mut self, name: &str) -> Result<(), Error>;

    fn service_keys(&self) -> Result<Vec<ServiceRecord>, Error>;
    fn put_service_key(&mut self, record: &ServiceRecord) -> Result<(), Error>;
}

/// `service-keys/NAME/VERSION.json`: a key that the program itself keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceRecord {
    pub(crate) format: u32,
    pub(crate) name: String,
    pub(crate) version: crate::record::Version,
    pub(crate) created: u64,
    pub(crate) key: Sealed,
}

/// State that ends with the process.
pub(crate) struct Memory {
    settings: Settings,
    keys: BTreeMap<String, Entry>,
    service_keys: Vec<ServiceRecord>,
}

#[derive(Default)]
struct Entry {
    record: Option<KeyRecord>,
    versions: BTreeMap<KeyVersion, VersionRecord>,
}

impl Memory {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, keys: BTreeMap::new(), service_keys: Vec::new() }
    }
}

impl Store for Memory {
    fn begin(&mut self, _: Access) -> Result<(), Error> {
        Ok(())
    }

    fn end(&mut self) {}

    fn settings(&self) -> Result<Settings, Error> {
        Ok(self.settings.clone())
    }

    fn put_settings(&mut self, settings: &Settings) -> Result<(), Error> {
        self.settings = settings.clone();
        Ok(())
    }

    fn names(&self) -> Result<Vec<String>, Error> {
        Ok(self.keys.iter().filter(|(_, entry)| entry.record.is_some()).map(|(name, _)| name.clone()).collect())
    }

    fn key(&self, name: &str) -> Result<Option<KeyRecord>, Error> {
        Ok(self.keys.get(name).and_then(|entry| entry.record.clone()))
    }

    fn put_key(&mut self, name: &str, record: &KeyRecord) -> Result<(), Error> {
        self.keys.entry(name.to_owned()).or_default().record = Some(record.clone());
        Ok(())
    }

    fn version(&self, name: &str, version: KeyVersion) -> Result<Option<VersionRecord>, Error> {
        Ok(self.keys.get(name).and_then(|entry| entry.versions.get(&version).cloned()))
    }

    fn put_version(&mut self, name: &str, version: KeyVersion, record: &VersionRecord) -> Result<(), Error> {
        self.keys.entry(name.to_owned()).or_default().versions.insert(version, record.clone());
        Ok(())
    }

    fn remove_key(&mut self, name: &str) -> Result<(), Error> {
        self.keys.remove(name);
        Ok(())
    }

    fn service_keys(&self) -> Result<Vec<ServiceRecord>, Error> {
        Ok(self.service_keys.clone())
    }

    fn put_service_key(&mut self, record: &ServiceRecord) -> Result<(), Error> {
        self.service_keys.retain(|held| held.name != record.name || held.version != record.version);
        self.service_keys.push(record.clone());
        Ok(())
    }
}
