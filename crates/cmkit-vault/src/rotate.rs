//! The next version of a key: on request, and when its rotation policy says so.

use crate::caller::not_found;
use crate::keys::{NewKey, existing, listed, refused};
use crate::private_key::PrivateKey;
use crate::record::{Attributes, VersionRecord};
use crate::rotation::RotationPolicy;
use crate::store::Store;
use crate::vault::LocalVault;
use cmkit::Error;
use cmkit::key::KeyUri;

/// What [`LocalVault::tick`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A key got this version, as its rotation policy wants.
    Rotated(KeyUri),
    /// The retention of this deleted key was over.
    Purged(KeyUri),
}

impl LocalVault {
    /// Makes the next version of a key: of the same kind, for the same operations, with the same tags, enabled, with the expiry that the
    /// rotation policy says. Gives the identifier with the version.
    ///
    /// # Errors
    /// [`Code::Denied`](cmkit::Code::Denied) (`KeyNotFound`) where there is no such key, and what the store says.
    pub fn rotate(&self, name: &str) -> Result<KeyUri, Error> {
        let key = self.key_uri(name)?;
        let newest = self.read(|store| self.newest(store, &key))?;
        let (private, new) = successor(&newest)?;
        let now = self.now();
        self.write(|store| {
            existing(store, &key)?;
            self.add_version(store, &key, &private, new, now)
        })
    }

    /// Does what is due at a time: rotates by the rotation policies, and purges deleted keys whose retention is over.
    /// A key whose newest version is disabled is left alone: a new version would undo what the disabling was for.
    ///
    /// # Errors
    /// What the store says; what was done before stays done.
    pub fn tick(&self, now: u64) -> Result<Vec<Due>, Error> {
        let mut done = Vec::new();
        for name in self.read(|store| store.names())? {
            let key = self.key_uri(&name)?;
            if let Some(newest) = self.read(|store| self.due(store, &key, now))? {
                let (private, new) = successor(&newest)?;
                // Generated without the lock; another process may have been faster.
                let rotated = self.write(|store| match self.due(store, &key, now)? {
                    Some(still) if still == newest => self.add_version(store, &key, &private, new, now).map(Some),
                    _ => Ok(None),
                })?;
                done.extend(rotated.map(Due::Rotated));
            } else if self.write(|store| self.sweep_gone(store, &key, now))? {
                done.push(Due::Purged(key));
            }
        }
        Ok(done)
    }

    /// Sets a key's rotation policy. Its expiry concerns later versions only.
    ///
    /// # Errors
    /// [`Code::Denied`](cmkit::Code::Denied) (`KeyNotFound`) where there is no such key, and what the store says.
    pub fn set_rotation_policy(&self, name: &str, policy: Option<RotationPolicy>) -> Result<(), Error> {
        let key = self.key_uri(name)?;
        let now = self.now();
        self.write(|store| {
            let mut record = existing(store, &key)?;
            let first = record.policy_set.map_or(now, |(first, _)| first);
            record.policy_set = policy.map(|_| (first, now));
            record.rotation_policy = policy;
            store.put_key(key.name(), &record)
        })
    }

    /// The newest version of a key, if its policy wants another one.
    fn due(&self, store: &dyn Store, key: &KeyUri, now: u64) -> Result<Option<VersionRecord>, Error> {
        let record = store.key(key.name())?.filter(|record| record.deleted.is_none());
        let Some(policy) = record.and_then(|record| record.rotation_policy) else { return Ok(None) };
        let newest = self.newest(store, key)?;
        let Attributes { enabled, exp, created, .. } = newest.facts.attributes;
        let due = policy.next_rotation(created, exp).is_some_and(|time| time <= now);
        Ok((enabled && due).then_some(newest))
    }

    fn newest(&self, store: &dyn Store, key: &KeyUri) -> Result<VersionRecord, Error> {
        let record = existing(store, key)?;
        let version = record.newest().ok_or_else(|| refused(not_found(key)))?;
        let key = key.with_version(version);
        let newest = listed(store, &record, &key)?;
        self.private_key(&key, &newest)?; // what a successor inherits must be what the vault wrote
        Ok(newest)
    }
}

/// A private key of the same kind, and its attributes.
fn successor(newest: &VersionRecord) -> Result<(PrivateKey, NewKey), Error> {
    let kind = newest.facts.key.material()?.kind();
    let hsm = newest.facts.key.hsm();
    let operations = Some(newest.facts.key.key_ops.clone());
    let tags = newest.facts.tags.clone();
    Ok((PrivateKey::generate(kind)?, NewKey { operations, hsm, tags, ..NewKey::default() }))
}
