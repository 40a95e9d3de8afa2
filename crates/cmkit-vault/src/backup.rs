//! Backups of whole keys: every version with its private key, sealed by the vault, for this vault alone.

use crate::caller::not_found;
use crate::keys::{existing, listed, refused};
use crate::record::{FORMAT, KeyRecord, VersionRecord, to_json};
use crate::seal::Sealed;
use crate::vault::LocalVault;
use cmkit::key::KeyUri;
use cmkit::{Code, Error, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};

/// What is sealed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Backup {
    format: u32,
    name: String,
    record: KeyRecord,
    versions: Vec<VersionRecord>,
}

impl LocalVault {
    /// A key with all of its versions, as bytes that this vault alone can restore.
    ///
    /// ```
    /// use cmkit_vault::{KeyKind, LocalVault, NewKey};
    /// let vault = LocalVault::in_memory("orders.vault.azure.net")?;
    /// let key = vault.create_key("orders-kek", KeyKind::Symmetric, NewKey::default())?;
    /// let backup = vault.backup_key("orders-kek")?;
    /// vault.delete_key("orders-kek")?;
    /// vault.purge_key("orders-kek")?;
    /// assert_eq!(vault.restore_key(&backup)?, key);
    /// # Ok::<(), cmkit_vault::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::Denied`] (`KeyNotFound`) where there is no such key, and what the store says.
    pub fn backup_key(&self, name: &str) -> Result<Vec<u8>, Error> {
        let key = self.key_uri(name)?;
        let backup = self.read(|store| {
            let record = existing(store, &key)?;
            let versions = record.versions.iter().map(|version| {
                let version = listed(store, &record, &key.with_version(version.0))?;
                Ok(version)
            });
            let versions = versions.collect::<Result<Vec<_>, Error>>()?;
            Ok(Backup { format: FORMAT, name: key.name().to_owned(), record, versions })
        })?;
        // Private keys are in there sealed already: nothing here is to be wiped.
        to_json(&self.shared.vault_key.seal(&to_json(&backup)?, &self.backup_context())?)
    }

    /// Brings a key back from its backup, with all of its versions. Gives the identifier of the newest.
    ///
    /// # Errors
    /// [`Code::Input`] for what is no backup of this vault; [`Code::Denied`] (`KeyAlreadyExists`,
    /// `ObjectIsDeletedButRecoverable`) where its name is taken; what the store says.
    pub fn restore_key(&self, backup: &[u8]) -> Result<KeyUri, Error> {
        let foreign = || Error::new(Code::Input, "this is not a backup that this vault made");
        let sealed: Sealed = serde_json::from_slice(backup).map_err(|_| foreign())?;
        let bytes = self.shared.vault_key.open(&sealed, &self.backup_context()).map_err(|_| foreign())?;
        let Backup { format, name, record, versions } =
            serde_json::from_slice(bytes.expose()).map_err(|_| foreign())?;
        if format != FORMAT || record.versions.len() != versions.len() {
            return Err(foreign());
        }
        let key = self.key_uri(&name)?;
        let now = self.now();
        self.write(|store| {
            self.sweep_gone(store, &key, now)?;
            if let Some(held) = store.key(key.name())? {
                let (reason, state) = match held.deleted {
                    Some(_) => ("ObjectIsDeletedButRecoverable", "deleted but recoverable"),
                    None => ("KeyAlreadyExists", "there already"),
                };
                let message = format!("`{key}` cannot be restored: it is {state}");
                return Err(refused(Refusal::new(RefusalKind::Denied, reason, message)));
            }
            for (version, held) in record.versions.iter().zip(&versions) {
                store.put_version(key.name(), version.0, held)?;
            }
            store.put_key(key.name(), &record)?;
            let newest = record.newest().ok_or_else(|| refused(not_found(&key)))?;
            Ok(key.with_version(newest))
        })
    }

    fn backup_context(&self) -> Vec<u8> {
        format!("cmkit-vault/1 backup\n{}", self.host()).into_bytes()
    }
}
