//! Deleting keys, bringing them back, and ending them for good.
//!
//! A deleted key keeps its name and its versions until its retention is over or it is purged.

use crate::key_info::DeletedKey;
use crate::keys::{existing, newest, refused};
use crate::record::{Deleted, KeyRecord};
use crate::store::Store;
use crate::vault::LocalVault;
use cmkit::key::KeyUri;
use cmkit::{Error, Refusal, RefusalKind};

impl LocalVault {
    /// Deletes a key with all of its versions. It can be recovered for the vault's number of days.
    ///
    /// # Errors
    /// [`Code::Denied`](cmkit::Code::Denied) (`KeyNotFound`) where there is no such key, and what the store says.
    pub fn delete_key(&self, name: &str) -> Result<DeletedKey, Error> {
        let key = self.key_uri(name)?;
        let now = self.now();
        self.write(|store| {
            let mut record = existing(store, &key)?;
            let days = u64::from(store.settings()?.soft_delete_days);
            let deleted = Deleted { at: now, purge_at: now.saturating_add(days * 86_400) };
            record.deleted = Some(deleted);
            store.put_key(key.name(), &record)?;
            Ok(DeletedKey::new(key.clone(), deleted, newest(store, &key, &record)?))
        })
    }

    /// Brings a deleted key back, with all of its versions as they were.
    ///
    /// # Errors
    /// [`Code::Denied`](cmkit::Code::Denied) (`KeyNotFound`) where no such key is deleted, and what the store says.
    pub fn recover_key(&self, name: &str) -> Result<(), Error> {
        let key = self.key_uri(name)?;
        self.write(|store| {
            let mut record = self.deleted(store, &key)?;
            record.deleted = None;
            store.put_key(key.name(), &record)
        })
    }

    /// Purges a deleted key: what it wrapped is lost for good.
    ///
    /// # Errors
    /// [`Code::Denied`](cmkit::Code::Denied) (`KeyNotFound`) where no such key is deleted;
    /// [`Code::Denied`](cmkit::Code::Denied) (`Forbidden`) under purge
    /// protection; what the store says.
    pub fn purge_key(&self, name: &str) -> Result<(), Error> {
        let key = self.key_uri(name)?;
        self.write(|store| {
            self.deleted(store, &key)?;
            if store.settings()?.purge_protection {
                let message =
                    format!("`{key}` cannot be purged before its retention is over: the vault has purge protection");
                return Err(refused(Refusal::new(RefusalKind::Denied, "Forbidden", message)));
            }
            self.remove(store, &key)
        })
    }

    /// Every deleted key that can be recovered, by name.
    ///
    /// # Errors
    /// What the store says.
    pub fn deleted_keys(&self) -> Result<Vec<DeletedKey>, Error> {
        let now = self.now();
        self.read(|store| {
            let mut keys = Vec::new();
            for name in store.names()? {
                let record = store.key(&name)?.filter(|record| !record.gone(now));
                if let Some((record, deleted)) = record.and_then(|record| record.deleted.map(|it| (record, it))) {
                    let key = self.key_uri(&name)?;
                    keys.push(DeletedKey::new(key.clone(), deleted, newest(store, &key, &record)?));
                }
            }
            Ok(keys)
        })
    }

    /// A deleted key that can be recovered.
    ///
    /// # Errors
    /// [`Code::Denied`](cmkit::Code::Denied) (`KeyNotFound`) where no such key is deleted, and what the store says.
    pub fn deleted_key(&self, name: &str) -> Result<DeletedKey, Error> {
        let key = self.key_uri(name)?;
        let deleted = self.deleted_keys()?.into_iter().find(|deleted| deleted.key == key);
        deleted.ok_or_else(|| refused(no_deleted(&key)))
    }

    fn deleted(&self, store: &mut dyn Store, key: &KeyUri) -> Result<KeyRecord, Error> {
        self.sweep_gone(store, key, self.now())?;
        let record = store.key(key.name())?.filter(|record| record.deleted.is_some());
        record.ok_or_else(|| refused(no_deleted(key)))
    }

    /// Purges a key whose retention is over. Says whether it did.
    pub(crate) fn sweep_gone(&self, store: &mut dyn Store, key: &KeyUri, now: u64) -> Result<bool, Error> {
        let gone = store.key(key.name())?.is_some_and(|record| record.gone(now));
        if gone {
            self.remove(store, key)?;
        }
        Ok(gone)
    }

    fn remove(&self, store: &mut dyn Store, key: &KeyUri) -> Result<(), Error> {
        store.remove_key(key.name())?;
        self.close_private_keys(key.name());
        Ok(())
    }
}

fn no_deleted(key: &KeyUri) -> Refusal {
    Refusal::new(RefusalKind::Denied, "KeyNotFound", format!("there is no deleted key `{key}`"))
}
