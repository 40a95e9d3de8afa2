//! A local vault: how it is made and opened, its settings, its identities, its faults and its log.
//!
//! What it does with keys is in `keys`, `rotate` and `deletion`; how it answers questions is in `caller`.

use crate::access::{Grant, Network, PermissionModel, Place};
use crate::caller::Caller;
use crate::clock::Clock;
use crate::faults::{Fault, Faults, Strikes};
use crate::folder::{self, Folder};
use crate::key_file::{new_key_file, read_key_file, refuse_occupied};
use crate::log::{Log, LogEntry};
use crate::options::{Options, VaultInfo};
use crate::private_key::PrivateKey;
use crate::record::{Settings, VersionRecord};
use crate::seal::{Unlock, VaultKey, Wrapping};
use crate::store::{Access, Memory, Store};
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::{Code, Error};
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A key vault in memory or in a folder.
///
/// Clones are the same vault. The methods here are its owner's and take no grant; questions of an identity go through
/// [`LocalVault::as_identity`].
///
/// ```
/// use cmkit_vault::{Grant, KeyKind, LocalVault, NewKey, Role};
/// let vault = LocalVault::in_memory("orders.vault.azure.net")?;
/// vault.create_key("orders-kek", KeyKind::Rsa2048, NewKey::default())?;
/// vault.grant("orders-cmk", Grant::role(Role::ENCRYPTION_USER))?;
/// let provider = vault.as_identity("orders-cmk"); // a `cmkit::Provider`
/// # let _ = provider;
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone)]
pub struct LocalVault {
    pub(crate) shared: Arc<Shared>,
    clock: Clock,
}

pub(crate) struct Shared {
    pub(crate) host: String,
    pub(crate) vault_key: VaultKey,
    folder: Option<PathBuf>,
    store: Mutex<Box<dyn Store>>,
    opened: Mutex<Opened>,
    pub(crate) log: Mutex<Log>,
    pub(crate) faults: Mutex<Faults>,
}

/// Private keys in use, each with the record that it was opened from.
type Opened = HashMap<(String, KeyVersion), (VersionRecord, Arc<PrivateKey>)>;

impl LocalVault {
    /// A vault in memory, with Key Vault's defaults.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for what is not a host.
    pub fn in_memory(host: &str) -> Result<Self, Error> {
        Self::in_memory_with(&Options::new(host))
    }

    /// A vault in memory.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for options outside of their limits.
    pub fn in_memory_with(options: &Options) -> Result<Self, Error> {
        let settings = options.settings()?;
        let host = settings.host.clone();
        Ok(Self::new(host, VaultKey::generate()?, Box::new(Memory::new(settings)), None))
    }

    /// Makes a vault in a folder, which may exist if it is empty.
    ///
    /// ```
    /// use cmkit_vault::{LocalVault, Options, Unlock};
    /// # let scratch = tempfile::tempdir()?;
    /// # let dir = scratch.path().join("orders");
    /// let vault = LocalVault::create(&dir, &Options::new("orders.vault.azure.net"), &Unlock::KeyFile)?;
    /// let again = LocalVault::open(&dir, &Unlock::KeyFile)?;
    /// assert_eq!(again.host(), vault.host());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for options outside of their limits and for a folder with something in it,
    /// [`Code::Io`] where it cannot be written.
    pub fn create(dir: &Path, options: &Options, unlock: &Unlock) -> Result<Self, Error> {
        let mut settings = options.settings()?;
        refuse_occupied(dir)?;
        let mut store = Folder::create(dir)?;
        store.begin(Access::Write)?;
        refuse_occupied(dir)?; // again, now that nobody else can be making it
        let host = settings.host.clone();
        let vault_key = VaultKey::generate()?;
        settings.vault_key = Some(match unlock {
            Unlock::KeyFile => new_key_file(&vault_key, &dir.join(folder::KEY_FILE), &host, true)?,
            Unlock::KeyFileAt(path) => new_key_file(&vault_key, path, &host, false)?,
            Unlock::Passphrase(passphrase) => Wrapping::with_passphrase(&vault_key, passphrase, &host)?,
        });
        store.put_settings(&settings)?; // from here on the folder is a vault
        store.end();
        Ok(Self::new(host, vault_key, Box::new(store), Some(dir.to_owned())))
    }

    /// Opens the vault in a folder.
    ///
    /// # Errors
    /// [`Code::Input`] where there is none, [`Code::Denied`] where `unlock` does not open it, [`Code::Malformed`]
    /// where its files are not what a vault writes, [`Code::Io`] where they cannot be read.
    pub fn open(dir: &Path, unlock: &Unlock) -> Result<Self, Error> {
        let mut store = Folder::open(dir)?;
        store.begin(Access::Read)?;
        let settings = store.settings();
        store.end();
        let settings = settings?;
        let host = settings.host.clone();
        let wrapping = settings.vault_key.ok_or_else(|| {
            Error::new(Code::Malformed, format!("`{}` has no vault key", dir.join(folder::SETTINGS).display()))
        })?;
        let vault_key = match unlock {
            Unlock::KeyFile => wrapping.open_with_key_file(&read_key_file(&dir.join(folder::KEY_FILE))?, &host)?,
            Unlock::KeyFileAt(path) => wrapping.open_with_key_file(&read_key_file(path)?, &host)?,
            Unlock::Passphrase(passphrase) => wrapping.open_with_passphrase(passphrase, &host)?,
        };
        Ok(Self::new(host, vault_key, Box::new(store), Some(dir.to_owned())))
    }

    /// Whether the vault in a folder opens with a passphrase; otherwise with a key file.
    ///
    /// # Errors
    /// As [`LocalVault::open`], except for the unlocking.
    pub fn takes_passphrase(dir: &Path) -> Result<bool, Error> {
        let mut store = Folder::open(dir)?;
        store.begin(Access::Read)?;
        let settings = store.settings();
        store.end();
        Ok(matches!(settings?.vault_key, Some(Wrapping::Argon2id { .. })))
    }

    fn new(host: String, vault_key: VaultKey, store: Box<dyn Store>, folder: Option<PathBuf>) -> Self {
        let shared = Shared {
            host,
            vault_key,
            folder,
            store: Mutex::new(store),
            opened: Mutex::default(),
            log: Mutex::default(),
            faults: Mutex::default(),
        };
        Self { shared: Arc::new(shared), clock: Clock::system() }
    }

    /// The same vault by another clock than the system's.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The vault's clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The host of the vault's key identifiers.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.shared.host
    }

    /// The folder, where the vault is in one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.shared.folder.as_deref()
    }

    /// The time by the vault's clock.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    /// The vault as an identity sees it: a [`cmkit::Provider`] that has what the identity was granted.
    #[must_use]
    pub fn as_identity(&self, name: &str) -> Caller {
        Caller::new(self.clone(), Some(name.to_owned()))
    }

    /// The vault as its owner sees it: a [`cmkit::Provider`] with every permission. The network, the state of keys
    /// and faults still count.
    #[must_use]
    pub fn as_owner(&self) -> Caller {
        Caller::new(self.clone(), None)
    }

    /// Gives an identity a grant; an identity comes into being by its first one. Says whether that changed anything.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for an empty name, and whatever the store says.
    pub fn grant(&self, identity: &str, grant: Grant) -> Result<bool, Error> {
        check_identity(identity)?;
        self.change_settings(|settings| settings.identities.entry(identity.to_owned()).or_default().grant(grant))
    }

    /// Takes a grant from an identity. Says whether it had it.
    ///
    /// # Errors
    /// Whatever the store says.
    pub fn revoke(&self, identity: &str, grant: &Grant) -> Result<bool, Error> {
        self.change_settings(|settings| settings.identities.get_mut(identity).is_some_and(|held| held.revoke(grant)))
    }

    /// Takes every grant from an identity and forgets it. Says whether there was one.
    ///
    /// # Errors
    /// Whatever the store says.
    pub fn forget(&self, identity: &str) -> Result<bool, Error> {
        self.change_settings(|settings| settings.identities.remove(identity).is_some())
    }

    /// Says where an identity calls from. Says whether that changed anything.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for an empty name, and whatever the store says.
    pub fn set_place(&self, identity: &str, place: Place) -> Result<bool, Error> {
        check_identity(identity)?;
        self.change_settings(|settings| {
            let held = &mut settings.identities.entry(identity.to_owned()).or_default().place;
            std::mem::replace(held, place) != place
        })
    }

    /// Changes the network in front of the vault.
    ///
    /// # Errors
    /// Whatever the store says.
    pub fn set_network(&self, network: Network) -> Result<(), Error> {
        self.change_settings(|settings| settings.network = network)
    }

    /// Changes which kind of grant counts. Grants of both kinds stay stored.
    ///
    /// # Errors
    /// Whatever the store says.
    pub fn set_permission_model(&self, model: PermissionModel) -> Result<(), Error> {
        self.change_settings(|settings| settings.permission_model = model)
    }

    /// The vault's settings and identities, as they are now.
    ///
    /// # Errors
    /// Whatever the store says.
    pub fn info(&self) -> Result<VaultInfo, Error> {
        let settings = self.read(|store| store.settings())?;
        Ok(VaultInfo {
            host: settings.host,
            permission_model: settings.permission_model,
            soft_delete_days: settings.soft_delete_days,
            purge_protection: settings.purge_protection,
            network: settings.network,
            identities: settings.identities,
        })
    }

    /// Answers the next `requests` questions with `Throttled`, to be tried again after some seconds.
    pub fn throttle_next(&self, requests: u32, retry_after: u32) {
        lock(&self.shared.faults).throttle_next(requests, retry_after);
    }

    /// Makes the vault answer no question, as if its host were down, until it is called with `false`.
    pub fn unreachable(&self, unreachable: bool) {
        lock(&self.shared.faults).unreachable = unreachable;
    }

    /// Makes the vault fail as is said, beside the failures that it has already.
    ///
    /// ```
    /// use cmkit_vault::{Fault, LocalVault, Strikes};
    /// let vault = LocalVault::in_memory("orders.vault.azure.net")?;
    /// vault.inject(Fault::Throttled { retry_after: Some(1) }, Strikes::Rate { rate: 0.1, seed: 7 })?;
    /// vault.inject(Fault::Slow { milliseconds: 20 }, Strikes::ALL)?;
    /// # Ok::<(), cmkit_vault::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for a rate outside of 0 to 1, and for more than a minute.
    pub fn inject(&self, fault: Fault, strikes: Strikes) -> Result<(), Error> {
        lock(&self.shared.faults).inject(fault, strikes)
    }

    /// Ends every failure.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// The questions asked of this vault in this process, oldest first; of more than 10,000 the newest.
    #[must_use]
    pub fn log(&self) -> Vec<LogEntry> {
        lock(&self.shared.log).entries()
    }

    /// Forgets the log.
    pub fn clear_log(&self) {
        lock(&self.shared.log).clear();
    }

    pub(crate) fn read<T>(&self, f: impl FnOnce(&dyn Store) -> Result<T, Error>) -> Result<T, Error> {
        let mut store = lock(&self.shared.store);
        store.begin(Access::Read)?;
        let result = f(&**store);
        store.end();
        result
    }

    pub(crate) fn write<T>(&self, f: impl FnOnce(&mut dyn Store) -> Result<T, Error>) -> Result<T, Error> {
        let mut store = lock(&self.shared.store);
        store.begin(Access::Write)?;
        let result = f(&mut **store);
        store.end();
        result
    }

    fn change_settings<T>(&self, f: impl FnOnce(&mut Settings) -> T) -> Result<T, Error> {
        self.write(|store| {
            let mut settings = store.settings()?;
            let result = f(&mut settings);
            store.put_settings(&settings)?;
            Ok(result)
        })
    }

    /// The private key of a record, opened once per content. Fails where the record is not as the vault wrote it.
    pub(crate) fn private_key(&self, key: &KeyUri, record: &VersionRecord) -> Result<Arc<PrivateKey>, Error> {
        let changed =
            || Error::new(Code::Malformed, format!("the vault's file of `{key}` was changed by someone else"));
        record.facts.check(key)?;
        let place = key.version().map(|version| (key.name().to_owned(), version)).ok_or_else(changed)?;
        if let Some((held, private)) = lock(&self.shared.opened).get(&place)
            && held == record
        {
            return Ok(Arc::clone(private));
        }
        let bytes =
            self.shared.vault_key.open(&record.private_key, &record.facts.to_bytes()?).map_err(|_| changed())?;
        let material = record.facts.key.material()?;
        let private = PrivateKey::from_exposed(&material, bytes.expose())?;
        if private.material() != material {
            return Err(changed());
        }
        let private = Arc::new(private);
        lock(&self.shared.opened).insert(place, (record.clone(), Arc::clone(&private)));
        Ok(private)
    }

    /// Forgets the opened private keys of a key.
    pub(crate) fn close_private_keys(&self, name: &str) {
        lock(&self.shared.opened).retain(|(held, _), _| held != name);
    }
}

impl fmt::Debug for LocalVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalVault").field("host", &self.shared.host).field("folder", &self.shared.folder).finish()
    }
}

/// Locks, also after a panic elsewhere: every value behind these locks is sound between any two of its changes.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check_identity(name: &str) -> Result<(), Error> {
    if name.trim().is_empty() || name.len() > 256 || name.chars().any(char::is_control) {
        return Err(Error::new(Code::InvalidArgument, "an identity has a name of 1 to 256 bytes"));
    }
    Ok(())
}
