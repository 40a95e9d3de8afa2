//! What the owner does with keys: create, import, change, list. Rotation and deletion have files of their own.
//!
//! A key is its versions in the order of their making. Versions are disabled and dated one by one.

use crate::caller::not_found;
use crate::key_info::{KeyInfo, VersionInfo};
use crate::key_operation::KeyOperation;
use crate::material::PublicJwk;
use crate::private_key::{KeyKind, PrivateKey, random};
use crate::record::{Attributes, FORMAT, Facts, KeyRecord, Version, VersionRecord};
use crate::store::Store;
use crate::vault::LocalVault;
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::{Code, Error, Refusal, RefusalKind};
use std::collections::{BTreeMap, BTreeSet};

/// The attributes of a new version. By default it is enabled, without dates, and good for every operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Whether it is enabled.
    pub enabled: bool,
    /// It may wrap from this time on, in seconds since 1970-01-01 UTC.
    pub not_before: Option<u64>,
    /// It may wrap up to this time, in seconds since 1970-01-01 UTC. Without one, the rotation policy's counts.
    pub expires: Option<u64>,
    /// What it may be used for; everything that its kind can do without a set.
    pub operations: Option<BTreeSet<KeyOperation>>,
    /// Whether it is to lie in an HSM (Key Vault's premium tier). It changes the key's type and nothing else.
    pub hsm: bool,
    /// Names and values of the owner's own.
    pub tags: BTreeMap<String, String>,
}

impl Default for NewKey {
    fn default() -> Self {
        Self { enabled: true, not_before: None, expires: None, operations: None, hsm: false, tags: BTreeMap::new() }
    }
}

/// What to do with a date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateChange {
    /// Leave it.
    #[default]
    Keep,
    /// Remove it.
    Clear,
    /// Set it, in seconds since 1970-01-01 UTC.
    Set(u64),
}

impl DateChange {
    const fn apply(self, held: Option<u64>) -> Option<u64> {
        match self {
            Self::Keep => held,
            Self::Clear => None,
            Self::Set(time) => Some(time),
        }
    }
}

/// A change of one version's attributes; what is not named stays.
///
/// ```
/// use cmkit_vault::{KeyChange, KeyKind, LocalVault, NewKey};
/// let vault = LocalVault::in_memory("orders.vault.azure.net")?;
/// let key = vault.create_key("orders-kek", KeyKind::Symmetric, NewKey::default())?;
/// let changed = vault.update_key("orders-kek", None, &KeyChange { enabled: Some(false), ..KeyChange::default() })?;
/// assert_eq!((changed.key, changed.enabled), (key, false));
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// Enable or disable.
    pub enabled: Option<bool>,
    /// When it may begin to wrap.
    pub not_before: DateChange,
    /// When it stops to wrap.
    pub expires: DateChange,
    /// What it may be used for.
    pub operations: Option<BTreeSet<KeyOperation>>,
    /// All of its tags.
    pub tags: Option<BTreeMap<String, String>>,
}

impl LocalVault {
    /// Makes a key, or the next version of a key that there is. Gives the identifier with the version.
    ///
    /// # Errors
    /// [`Code::InvalidKeyUri`] for what is not a key's name, [`Code::InvalidArgument`] for dates in the wrong order,
    /// [`Code::Denied`] (`ObjectIsDeletedButRecoverable`) while a deleted key has the name, and what the store says.
    pub fn create_key(&self, name: &str, kind: KeyKind, new: NewKey) -> Result<KeyUri, Error> {
        self.import_key(name, &PrivateKey::generate(kind)?, new)
    }

    /// Brings a key in, or the next version of a key that there is. Gives the identifier with the version.
    ///
    /// # Errors
    /// As [`LocalVault::create_key`].
    pub fn import_key(&self, name: &str, private: &PrivateKey, new: NewKey) -> Result<KeyUri, Error> {
        let key = self.key_uri(name)?;
        let now = self.now();
        self.write(|store| self.add_version(store, &key, private, new, now))
    }

    /// Changes one version, or the newest where none is named.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for dates in the wrong order, [`Code::Denied`] (`KeyNotFound`) where there is no such
    /// version, and what the store says.
    pub fn update_key(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        change: &KeyChange,
    ) -> Result<VersionInfo, Error> {
        let key = self.key_uri(name)?;
        let now = self.now();
        self.write(|store| {
            let record = existing(store, &key)?;
            let version = version.or(record.newest()).ok_or_else(|| refused(not_found(&key)))?;
            let key = key.with_version(version);
            let VersionRecord { mut facts, private_key } = listed(store, &record, &key)?;
            let open = |facts: &Facts| self.shared.vault_key.open(&private_key, &facts.to_bytes()?);
            facts.check(&key)?;
            let private = open(&facts).map_err(|_| changed(&key))?;

            let KeyChange { enabled, not_before, expires, operations, tags } = change;
            let attributes = &mut facts.attributes;
            attributes.enabled = enabled.unwrap_or(attributes.enabled);
            attributes.nbf = not_before.apply(attributes.nbf);
            attributes.exp = expires.apply(attributes.exp);
            attributes.updated = now;
            check_dates(attributes)?;
            if let Some(operations) = operations {
                check_operations(operations, facts.key.material()?.kind())?;
                facts.key.key_ops.clone_from(operations);
            }
            if let Some(tags) = tags {
                facts.tags.clone_from(tags);
            }
            let private_key = self.shared.vault_key.seal(private.expose(), &facts.to_bytes()?)?;
            let record = VersionRecord { facts, private_key };
            store.put_version(key.name(), version, &record)?;
            VersionInfo::new(key, &record.facts)
        })
    }

    /// Enables or disables one version, or the newest where none is named.
    ///
    /// # Errors
    /// As [`LocalVault::update_key`].
    pub fn set_enabled(&self, name: &str, version: Option<KeyVersion>, enabled: bool) -> Result<VersionInfo, Error> {
        self.update_key(name, version, &KeyChange { enabled: Some(enabled), ..KeyChange::default() })
    }

    /// Every key that is not deleted, by name.
    ///
    /// # Errors
    /// What the store says.
    pub fn keys(&self) -> Result<Vec<KeyInfo>, Error> {
        self.read(|store| {
            let mut keys = Vec::new();
            for name in store.names()? {
                let key = self.key_uri(&name)?;
                match store.key(&name)? {
                    Some(record) if record.deleted.is_none() => keys.push(info(store, key, &record)?),
                    _ => {}
                }
            }
            Ok(keys)
        })
    }

    /// A key with its versions.
    ///
    /// # Errors
    /// [`Code::Denied`] (`KeyNotFound`) where there is no such key, and what the store says.
    pub fn key(&self, name: &str) -> Result<KeyInfo, Error> {
        let key = self.key_uri(name)?;
        self.read(|store| info(store, key.clone(), &existing(store, &key)?))
    }

    /// The identifier of a key of this vault, without a version.
    ///
    /// # Errors
    /// [`Code::InvalidKeyUri`] for what is not a key's name.
    pub fn key_uri(&self, name: &str) -> Result<KeyUri, Error> {
        if name.is_empty() || name.len() > 127 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            let name: String = name.chars().take(150).collect();
            let message = format!("`{name}` is not a key name: it takes 1 to 127 letters, digits and hyphens");
            return Err(Error::new(Code::InvalidKeyUri, message));
        }
        KeyUri::parse_on(&format!("https://{}/keys/{name}", self.host()), &[self.host()])
    }

    /// A key of this vault from `NAME`, `NAME/VERSION` or its identifier.
    ///
    /// ```
    /// use cmkit_vault::LocalVault;
    /// let vault = LocalVault::in_memory("orders.vault.azure.net")?;
    /// let key = vault.parse_key("https://orders.vault.azure.net/keys/orders-kek")?;
    /// assert_eq!(key, vault.parse_key("orders-kek")?);
    /// # Ok::<(), cmkit_vault::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidKeyUri`] for what is no key, [`Code::InvalidArgument`] for one of another vault.
    pub fn parse_key(&self, text: &str) -> Result<KeyUri, Error> {
        if text.contains("://") {
            let key = KeyUri::parse_on(text, &[self.host()])?;
            if key.host() == self.host() {
                return Ok(key);
            }
            let message = format!("`{text}` is a key of `{}`, and this vault is `{}`", key.host(), self.host());
            return Err(Error::new(Code::InvalidArgument, message));
        }
        match text.split_once('/') {
            None => self.key_uri(text),
            Some((name, version)) => Ok(self.key_uri(name)?.with_version(KeyVersion::parse(version)?)),
        }
    }

    /// A whole key of this vault, from `NAME` or its identifier.
    ///
    /// # Errors
    /// As [`LocalVault::parse_key`], and [`Code::InvalidArgument`] where a version is named.
    pub fn parse_whole_key(&self, text: &str) -> Result<KeyUri, Error> {
        let key = self.parse_key(text)?;
        if key.version().is_some() {
            let message = format!("this concerns a whole key, not one version: leave it out, `{}`", key.name());
            return Err(Error::new(Code::InvalidArgument, message));
        }
        Ok(key)
    }

    /// Adds a version as the newest: its file first, then its line in the key's record, which makes it true.
    pub(crate) fn add_version(
        &self,
        store: &mut dyn Store,
        key: &KeyUri,
        private: &PrivateKey,
        new: NewKey,
        now: u64,
    ) -> Result<KeyUri, Error> {
        self.sweep_gone(store, key, now)?;
        let fresh = KeyRecord { format: FORMAT, ..KeyRecord::default() };
        let mut record = store.key(key.name())?.unwrap_or(fresh);
        if record.deleted.is_some() {
            let message =
                format!("`{key}` is deleted but can be recovered, and until it is purged its name stays taken");
            return Err(refused(Refusal::new(RefusalKind::Denied, "ObjectIsDeletedButRecoverable", message)));
        }
        let NewKey { enabled, not_before, expires, operations, hsm, tags } = new;
        let by_policy = || Some(record.rotation_policy?.expiry_time()?.after(now));
        let exp = expires.or_else(by_policy);
        let attributes = Attributes { enabled, nbf: not_before, exp, created: now, updated: now };
        check_dates(&attributes)?;

        let version = KeyVersion::from_bytes(random()?);
        let key = key.with_version(version);
        let material = private.material();
        let operations = operations.unwrap_or_else(|| KeyOperation::all_of(private.kind()));
        check_operations(&operations, private.kind())?;
        let jwk = PublicJwk::new(&material, hsm, operations);
        let facts = Facts { format: FORMAT, kid: key.to_string(), key: jwk, attributes, tags };
        let private_key = self.shared.vault_key.seal(private.expose(), &facts.to_bytes()?)?;
        store.put_version(key.name(), version, &VersionRecord { facts, private_key })?;
        record.versions.push(Version(version));
        store.put_key(key.name(), &record)?;
        Ok(key)
    }
}

/// The record of a key that is not deleted.
pub(crate) fn existing(store: &dyn Store, key: &KeyUri) -> Result<KeyRecord, Error> {
    let record = store.key(key.name())?.filter(|record| record.deleted.is_none());
    record.ok_or_else(|| refused(not_found(key)))
}

/// A version's record, where the key's record lists it.
pub(crate) fn listed(store: &dyn Store, record: &KeyRecord, key: &KeyUri) -> Result<VersionRecord, Error> {
    let version = key.version().filter(|version| record.versions.contains(&Version(*version)));
    let found = version.map(|version| store.version(key.name(), version)).transpose()?.flatten();
    found.ok_or_else(|| refused(not_found(key)))
}

/// The newest version of a key, deleted or not.
pub(crate) fn newest(store: &dyn Store, key: &KeyUri, record: &KeyRecord) -> Result<VersionInfo, Error> {
    let version = record.newest().ok_or_else(|| refused(not_found(key)))?;
    let key = key.with_version(version);
    VersionInfo::new(key.clone(), &listed(store, record, &key)?.facts)
}

fn info(store: &dyn Store, key: KeyUri, record: &KeyRecord) -> Result<KeyInfo, Error> {
    let mut versions = Vec::with_capacity(record.versions.len());
    for version in &record.versions {
        let key = key.with_version(version.0);
        versions.push(VersionInfo::new(key.clone(), &listed(store, record, &key)?.facts)?);
    }
    Ok(KeyInfo { key, versions, rotation_policy: record.rotation_policy, policy_set: record.policy_set })
}

fn check_dates(attributes: &Attributes) -> Result<(), Error> {
    match (attributes.nbf, attributes.exp) {
        (Some(nbf), Some(exp)) if exp <= nbf => {
            Err(Error::new(Code::InvalidArgument, "a key must expire after it becomes valid"))
        }
        _ => Ok(()),
    }
}

/// A key takes operations of its kind alone.
fn check_operations(operations: &BTreeSet<KeyOperation>, kind: KeyKind) -> Result<(), Error> {
    match operations.difference(&KeyOperation::all_of(kind)).next() {
        None => Ok(()),
        Some(other) => {
            let message = format!("`{}` is not an operation of a key of the kind `{}`", other.as_str(), kind.as_str());
            Err(Error::new(Code::InvalidArgument, message))
        }
    }
}

pub(crate) fn refused(refusal: Refusal) -> Error {
    Error::refused(refusal)
}

fn changed(key: &KeyUri) -> Error {
    Error::new(Code::Malformed, format!("the vault's file of `{key}` was changed by someone else"))
}
