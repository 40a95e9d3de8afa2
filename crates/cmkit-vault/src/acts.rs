//! What a caller does with keys beyond the questions of a provider: create, read, list, change. Each is judged as any
//! other question, by the permission that it takes.

use crate::caller::{Caller, No};
use crate::key_info::{KeyInfo, VersionInfo};
use crate::keys::{KeyChange, NewKey};
use crate::private_key::{KeyKind, PrivateKey};
use crate::role::Permission;
use cmkit::Error;
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::WrapAlgorithm;
use cmkit::secret::Secret;

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

    /// Wraps a key with one version, or with the newest where none is named (`wrapKey`). Gives the version that did.
    ///
    /// # Errors
    /// As [`Caller::key`]; `BadParameter` where the key does not wrap this with the algorithm.
    pub fn wrap(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        algorithm: WrapAlgorithm,
        dek: &Secret,
    ) -> Result<(KeyUri, Vec<u8>), Error> {
        Ok(self.wrap_key(&self.named(name, version)?, algorithm, dek)?)
    }

    /// Unwraps a key with one version, or with the newest where none is named (`unwrapKey`). Gives the version that
    /// did.
    ///
    /// # Errors
    /// As [`Caller::key`]; [`Code::Decrypt`](cmkit::Code::Decrypt) where this version did not wrap it.
    pub fn unwrap(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        algorithm: WrapAlgorithm,
        wrapped: &[u8],
    ) -> Result<(KeyUri, Secret), Error> {
        Ok(self.unwrap_key(&self.named(name, version)?, algorithm, wrapped)?)
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

    fn named(&self, name: &str, version: Option<KeyVersion>) -> Result<KeyUri, Error> {
        let key = self.vault().key_uri(name)?;
        Ok(version.map_or(key.clone(), |version| key.with_version(version)))
    }

    fn version_info(&self, key: &mut Option<KeyUri>) -> Result<VersionInfo, No> {
        let (key, record) = self.version(key)?;
        Ok(VersionInfo::new(key, &record.facts)?)
    }
}
