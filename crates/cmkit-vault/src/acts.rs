//! What a caller does with keys beyond the questions of a provider: create, read, list, change. Each is judged as any
//! other question, by the permission that it takes.

use crate::caller::{Caller, No};
use crate::key_info::{DeletedKey, KeyInfo, VersionInfo};
use crate::keys::{KeyChange, NewKey};
use crate::private_key::{KeyKind, PrivateKey};
use crate::role::Permission;
use crate::rotation::RotationPolicy;
use cmkit::Error;
use cmkit::key::{KeyUri, KeyVersion};

impl Caller {
    /// One version of a key, or the newest where none is named (`get`).
    ///
    /// ```
    /// use cmkit_vault::{Grant, KeyKind, LocalVault, NewKey, Role};
    /// let vault = LocalVault::in_memory("orders.vault.azure.net")?;
    /// let key = vault.create_key("orders-kek", KeyKind::Symmetric, NewKey::default())?;
    /// let orders = vault.as_identity("orders-cmk");
    /// let refused = orders.key("orders-kek", None).unwrap_err();
    /// assert_eq!(refused.refusal().map(|refusal| refusal.reason.as_ref()), Some("ForbiddenByRbac"));
    ///
    /// vault.grant("orders-cmk", Grant::role(Role::ENCRYPTION_USER))?;
    /// assert_eq!(orders.key("orders-kek", None)?.key, key);
    /// # Ok::<(), cmkit_vault::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::Denied`](cmkit::Code::Denied) and [`Code::Unavailable`](cmkit::Code::Unavailable) with the refusal, as
    /// of every act of a caller; [`Code::InvalidKeyUri`](cmkit::Code::InvalidKeyUri) for what is not a key's name.
    pub fn key(&self, name: &str, version: Option<KeyVersion>) -> Result<VersionInfo, Error> {
        self.on_key(Permission::Get, name, version, |key| self.version_info(key))
    }

    /// A key with all of its versions (`list`).
    ///
    /// # Errors
    /// As [`Caller::key`].
    pub fn versions(&self, name: &str) -> Result<KeyInfo, Error> {
        self.on_key(Permission::List, name, None, |_| Ok(self.vault().key(name)?))
    }

    /// Every key that is not deleted, by name (`list`).
    ///
    /// # Errors
    /// As [`Caller::key`].
    pub fn keys(&self) -> Result<Vec<KeyInfo>, Error> {
        Ok(self.judge(Permission::List, None, |_| Ok(self.vault().keys()?))?)
    }

    /// Makes a key, or the next version of a key that there is (`create`).
    ///
    /// # Errors
    /// As [`LocalVault::create_key`](crate::LocalVault::create_key) and [`Caller::key`].
    pub fn create_key(&self, name: &str, kind: KeyKind, new: NewKey) -> Result<VersionInfo, Error> {
        self.on_key(Permission::Create, name, None, |key| {
            *key = Some(self.vault().create_key(name, kind, new)?);
            self.version_info(key)
        })
    }

    /// Brings a key in, or the next version of a key that there is (`import`).
    ///
    /// # Errors
    /// As [`LocalVault::import_key`](crate::LocalVault::import_key) and [`Caller::key`].
    pub fn import_key(&self, name: &str, private: &PrivateKey, new: NewKey) -> Result<VersionInfo, Error> {
        self.on_key(Permission::Import, name, None, |key| {
            *key = Some(self.vault().import_key(name, private, new)?);
            self.version_info(key)
        })
    }

    /// Changes one version, or the newest where none is named (`update`).
    ///
    /// # Errors
    /// As [`LocalVault::update_key`](crate::LocalVault::update_key) and [`Caller::key`].
    pub fn update_key(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        change: &KeyChange,
    ) -> Result<VersionInfo, Error> {
        self.on_key(Permission::Update, name, version, |key| {
            let changed = self.vault().update_key(name, version, change)?;
            *key = Some(changed.key.clone());
            Ok(changed)
        })
    }

    /// Deletes a key with all of its versions (`delete`).
    ///
    /// # Errors
    /// As [`LocalVault::delete_key`](crate::LocalVault::delete_key) and [`Caller::key`].
    pub fn delete_key(&self, name: &str) -> Result<DeletedKey, Error> {
        self.on_key(Permission::Delete, name, None, |_| Ok(self.vault().delete_key(name)?))
    }

    /// A deleted key (`get`).
    ///
    /// # Errors
    /// As [`LocalVault::deleted_key`](crate::LocalVault::deleted_key) and [`Caller::key`].
    pub fn deleted_key(&self, name: &str) -> Result<DeletedKey, Error> {
        self.on_key(Permission::Get, name, None, |_| Ok(self.vault().deleted_key(name)?))
    }

    /// Every deleted key that can be recovered, by name (`list`).
    ///
    /// # Errors
    /// As [`Caller::key`].
    pub fn deleted_keys(&self) -> Result<Vec<DeletedKey>, Error> {
        Ok(self.judge(Permission::List, None, |_| Ok(self.vault().deleted_keys()?))?)
    }

    /// Brings a deleted key back (`recover`). Gives its newest version.
    ///
    /// # Errors
    /// As [`LocalVault::recover_key`](crate::LocalVault::recover_key) and [`Caller::key`].
    pub fn recover_key(&self, name: &str) -> Result<VersionInfo, Error> {
        self.on_key(Permission::Recover, name, None, |key| {
            self.vault().recover_key(name)?;
            self.version_info(key)
        })
    }

    /// Purges a deleted key (`purge`).
    ///
    /// # Errors
    /// As [`LocalVault::purge_key`](crate::LocalVault::purge_key) and [`Caller::key`].
    pub fn purge_key(&self, name: &str) -> Result<(), Error> {
        self.on_key(Permission::Purge, name, None, |_| Ok(self.vault().purge_key(name)?))
    }

    /// Makes the next version of a key (`rotate`).
    ///
    /// # Errors
    /// As [`LocalVault::rotate`](crate::LocalVault::rotate) and [`Caller::key`].
    pub fn rotate(&self, name: &str) -> Result<VersionInfo, Error> {
        self.on_key(Permission::Rotate, name, None, |key| {
            *key = Some(self.vault().rotate(name)?);
            self.version_info(key)
        })
    }

    /// A key with its rotation policy (`getRotationPolicy`).
    ///
    /// # Errors
    /// As [`Caller::key`].
    pub fn rotation_policy(&self, name: &str) -> Result<KeyInfo, Error> {
        self.on_key(Permission::GetRotationPolicy, name, None, |_| Ok(self.vault().key(name)?))
    }

    /// Sets a key's rotation policy (`setRotationPolicy`). Gives the key with it.
    ///
    /// # Errors
    /// As [`LocalVault::set_rotation_policy`](crate::LocalVault::set_rotation_policy) and [`Caller::key`].
    pub fn set_rotation_policy(&self, name: &str, policy: Option<RotationPolicy>) -> Result<KeyInfo, Error> {
        self.on_key(Permission::SetRotationPolicy, name, None, |_| {
            self.vault().set_rotation_policy(name, policy)?;
            Ok(self.vault().key(name)?)
        })
    }

    /// A backup of a key (`backup`).
    ///
    /// # Errors
    /// As [`LocalVault::backup_key`](crate::LocalVault::backup_key) and [`Caller::key`].
    pub fn backup_key(&self, name: &str) -> Result<Vec<u8>, Error> {
        self.on_key(Permission::Backup, name, None, |_| Ok(self.vault().backup_key(name)?))
    }

    /// Brings a key back from its backup (`restore`). Gives its newest version.
    ///
    /// # Errors
    /// As [`LocalVault::restore_key`](crate::LocalVault::restore_key) and [`Caller::key`].
    pub fn restore_key(&self, backup: &[u8]) -> Result<VersionInfo, Error> {
        Ok(self.judge(Permission::Restore, None, |key| {
            *key = Some(self.vault().restore_key(backup)?);
            self.version_info(key)
        })?)
    }

    fn on_key<T>(
        &self,
        asked: Permission,
        name: &str,
        version: Option<KeyVersion>,
        deed: impl FnOnce(&mut Option<KeyUri>) -> Result<T, No>,
    ) -> Result<T, Error> {
        Ok(self.judge(asked, Some(self.named(name, version)?), deed)?)
    }

    /// One version of a key by its name, or the whole key.
    pub(crate) fn named(&self, name: &str, version: Option<KeyVersion>) -> Result<KeyUri, Error> {
        let key = self.vault().key_uri(name)?;
        Ok(version.map_or(key.clone(), |version| key.with_version(version)))
    }

    fn version_info(&self, key: &mut Option<KeyUri>) -> Result<VersionInfo, No> {
        let (key, record) = self.version(key)?;
        Ok(VersionInfo::new(key, &record.facts)?)
    }
}
