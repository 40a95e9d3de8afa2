//! Keys that the program itself keeps: stored in the vault, sealed under the vault key, opened for their owner.
//!
//! These are not keys of Key Vault and have no attributes, states or grants; whoever holds the vault reads them.

use crate::record::{FORMAT, Version};
use crate::store::ServiceRecord;
use crate::vault::LocalVault;
use cmkit::key::KeyVersion;
use cmkit::secret::Secret;
use cmkit::{Code, Error};

/// A key that the program keeps, read from the vault.
#[derive(Debug)]
pub struct StoredServiceKey {
    /// The name.
    pub name: String,
    /// The version's 16 bytes.
    pub version: [u8; 16],
    /// When it was stored first, in seconds since 1970-01-01 UTC.
    pub created: u64,
    /// The key.
    pub key: Secret,
}

impl LocalVault {
    /// Stores a service key. The same name and version again replaces it.
    ///
    /// ```
    /// use cmkit::secret::Secret;
    /// use cmkit_vault::LocalVault;
    /// let vault = LocalVault::in_memory("orders.vault.azure.net")?;
    /// vault.put_service_key("default", [1; 16], &Secret::from_slice(&[7; 32]))?;
    /// let keys = vault.service_keys()?;
    /// assert_eq!((keys[0].name.as_str(), keys[0].key.expose()), ("default", &[7; 32][..]));
    /// # Ok::<(), cmkit_vault::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for a name outside of `[0-9a-z-]{1,127}` and an empty key, and whatever the store
    /// says.
    pub fn put_service_key(&self, name: &str, version: [u8; 16], key: &Secret) -> Result<(), Error> {
        let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if name.is_empty() || name.len() > 127 || !letters {
            let message = format!("`{name}` is not a name: it takes 1 to 127 lower-case letters, digits and hyphens");
            return Err(Error::new(Code::InvalidArgument, message));
        }
        if key.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "a service key is not empty"));
        }
        let version = KeyVersion::from_bytes(version);
        let sealed = self.shared.vault_key.seal(key.expose(), &context(self.host(), name, version))?;
        let now = self.now();
        self.write(|store| {
            let held = store.service_keys()?;
            let held = held.iter().find(|held| held.name == name && held.version.0 == version);
            let created = held.map_or(now, |held| held.created);
            let record = ServiceRecord {
                format: FORMAT,
                name: name.to_owned(),
                version: Version(version),
                created,
                key: sealed,
            };
            store.put_service_key(&record)
        })
    }

    /// Every service key, by name, the older first.
    ///
    /// # Errors
    /// [`Code::Malformed`] where one is not as the vault wrote it, and whatever the store says.
    pub fn service_keys(&self) -> Result<Vec<StoredServiceKey>, Error> {
        let mut records = self.read(|store| store.service_keys())?;
        records.sort_by(|a, b| {
            (&a.name, a.created, a.version.0.as_bytes()).cmp(&(&b.name, b.created, b.version.0.as_bytes()))
        });
        let open = |record: ServiceRecord| {
            let version = record.version.0;
            let context = context(self.host(), &record.name, version);
            let key = self.shared.vault_key.open(&record.key, &context).map_err(|_| {
                let place = format!("`{}` in version {version}", record.name);
                Error::new(
                    Code::Malformed,
                    format!("the vault's file of the service key {place} was changed by someone else"),
                )
            })?;
            Ok(StoredServiceKey { name: record.name, version: *version.as_bytes(), created: record.created, key })
        };
        records.into_iter().map(open).collect()
    }
}

fn context(host: &str, name: &str, version: KeyVersion) -> Vec<u8> {
    format!("cmkit-vault/1 service-key\n{host}\n{name}\n{version}").into_bytes()
}
