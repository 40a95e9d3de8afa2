//! The store in a folder: small JSON files, each replaced atomically, under one lock file.
//!
//! Every change is one rename, or is ordered so that its last rename makes it true: a version file is written before
//! `key.json` lists it, and a purged key's folder is renamed before it is emptied. A process that is killed leaves at
//! most files that nobody refers to; the next one that may write sweeps up those that were never finished.

use crate::record::{FORMAT, KeyRecord, Settings, VersionRecord};
use crate::store::{Access, ServiceRecord, Store};
use cmkit::key::KeyVersion;
use cmkit::{Code, Error, FileError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) const SETTINGS: &str = "vault.json";
pub(crate) const KEY_FILE: &str = "vault.key";
const LOCK: &str = "vault.lock";
const KEYS: &str = "keys";
const SERVICE_KEYS: &str = "service-keys";
const KEY: &str = "key.json";
/// What a file is called before it is renamed, and a folder after it was purged.
const SCRAP: &str = ".scrap-";
/// How long to wait for another process; its changes take milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// No file of a vault comes near; a changed one must not fill the memory.
const LARGEST: u64 = 16 * 1024 * 1024;

pub(crate) struct Folder {
    path: PathBuf,
    /// Nothing where the folder cannot be written, and so needs no lock.
    lock: Option<File>,
}

impl Folder {
    /// Makes the folder's frame. [`Store::put_settings`] then makes it a vault.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(|error| fault("make", path, error))?;
        let folder = Self { path: path.to_owned(), lock: open_lock(path)? };
        for name in [KEYS, SERVICE_KEYS] {
            let part = path.join(name);
            builder.create(&part).map_err(|error| fault("make", &part, error))?;
        }
        sync_folder(path)?;
        Ok(folder)
    }

    /// Opens the folder of a vault and sweeps up after killed processes.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        if !path.join(SETTINGS).is_file() {
            let message = format!("`{}` is not a vault: it has no `{SETTINGS}`", path.display());
            return Err(Error::new(Code::Input, message));
        }
        let mut folder = Self { path: path.to_owned(), lock: open_lock(path)? };
        if folder.lock.as_ref().is_some_and(|lock| lock.try_lock().is_ok()) {
            folder.sweep();
            folder.end();
        }
        Ok(folder)
    }

    fn key_folder(&self, name: &str) -> PathBuf {
        self.path.join(KEYS).join(name)
    }

    /// Removes unfinished files and purged keys. A version that no record lists stays: it is invisible, and a private
    /// key is not a thing to tidy away because a record was restored from a backup.
    fn sweep(&self) {
        let mut places = vec![self.path.clone()];
        for root in [KEYS, SERVICE_KEYS].map(|name| self.path.join(name)) {
            places.extend(entries(&root).into_iter().filter(|name| is_name(name)).map(|name| root.join(name)));
            places.push(root);
        }
        for place in places {
            for scrap in entries(&place).into_iter().filter(|entry| entry.starts_with(SCRAP)) {
                let path = place.join(scrap);
                // What fails is left to the next time.
                let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            }
        }
    }
}

impl Store for Folder {
    fn begin(&mut self, access: Access) -> Result<(), Error> {
        let Some(lock) = &self.lock else { return Ok(()) };
        let start = Instant::now();
        loop {
            let tried = match access {
                Access::Read => lock.try_lock_shared(),
                Access::Write => lock.try_lock(),
            };
            match tried {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(TryLockError::WouldBlock) => {
                    let message = format!("another process keeps the vault `{}` locked", self.path.display());
                    return Err(Error::new(Code::Io, message));
                }
                Err(TryLockError::Error(error)) => return Err(fault("lock", &self.path.join(LOCK), error)),
            }
        }
    }

    fn end(&mut self) {
        if let Some(lock) = &self.lock {
            let _ = lock.unlock(); // and when that fails, closing the file does it
        }
    }

    fn settings(&self) -> Result<Settings, Error> {
        let path = self.path.join(SETTINGS);
        let settings: Settings = read(&path)?.ok_or_else(|| {
            let message = format!("`{}` is not a vault: it has no `{SETTINGS}`", self.path.display());
            Error::new(Code::Input, message)
        })?;
        check_format(settings.format, &path)?;
        Ok(settings)
    }

    fn put_settings(&mut self, settings: &Settings) -> Result<(), Error> {
        replace(&self.path, SETTINGS, settings)
    }

    fn names(&self) -> Result<Vec<String>, Error> {
        let keys = self.path.join(KEYS);
        fs::read_dir(&keys).map_err(|error| fault("read", &keys, error))?;
        let mut names = entries(&keys);
        names.retain(|name| is_name(name));
        names.sort_unstable();
        Ok(names)
    }

    fn key(&self, name: &str) -> Result<Option<KeyRecord>, Error> {
        let path = self.key_folder(name).join(KEY);
        let record: Option<KeyRecord> = read(&path)?;
        if let Some(record) = &record {
            check_format(record.format, &path)?;
        }
        Ok(record)
    }

    fn put_key(&mut self, name: &str, record: &KeyRecord) -> Result<(), Error> {
        replace(&self.key_folder(name), KEY, record)
    }

    fn version(&self, name: &str, version: KeyVersion) -> Result<Option<VersionRecord>, Error> {
        read(&self.key_folder(name).join(version_file(version)))
    }

    fn put_version(&mut self, name: &str, version: KeyVersion, record: &VersionRecord) -> Result<(), Error> {
        make_folder(&self.path.join(KEYS), name)?;
        replace(&self.key_folder(name), &version_file(version), record)
    }

    fn remove_key(&mut self, name: &str) -> Result<(), Error> {
        let keys = self.path.join(KEYS);
        let scrap = tempfile::Builder::new().prefix(SCRAP).tempdir_in(&keys);
        let scrap = scrap.map_err(|error| fault("write in", &keys, error))?;
        let folder = self.key_folder(name);
        fs::rename(&folder, scrap.path().join(name)).map_err(|error| fault("purge", &folder, error))?;
        sync_folder(&keys)
        // From here on the key is gone; what is left of it goes with `scrap`, or is swept up.
    }

    fn service_keys(&self) -> Result<Vec<ServiceRecord>, Error> {
        let root = self.path.join(SERVICE_KEYS);
        let mut records = Vec::new();
        for name in entries(&root).into_iter().filter(|name| is_name(name)) {
            for file in entries(&root.join(&name)) {
                let path = root.join(&name).join(&file);
                if file.starts_with(SCRAP) {
                    continue;
                }
                if let Some(record) = read::<ServiceRecord>(&path)? {
                    check_format(record.format, &path)?;
                    if record.name != name || file != version_file(record.version.0) {
                        return Err(Error::new(
                            Code::Malformed,
                            format!("`{}` is that of another key", path.display()),
                        ));
                    }
                    records.push(record);
                }
            }
        }
        Ok(records)
    }

    fn put_service_key(&mut self, record: &ServiceRecord) -> Result<(), Error> {
        let root = self.path.join(SERVICE_KEYS);
        make_folder(&root, &record.name)?;
        replace(&root.join(&record.name), &version_file(record.version.0), record)
    }
}

fn version_file(version: KeyVersion) -> String {
    format!("{version}.json")
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

fn make_folder(parent: &Path, name: &str) -> Result<(), Error> {
    let path = parent.join(name);
    match fs::create_dir(&path) {
        Ok(()) => sync_folder(parent),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(fault("make", &path, error)),
    }
}

fn open_lock(path: &Path) -> Result<Option<File>, Error> {
    let path = path.join(LOCK);
    match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(error) => match error.kind() {
            // Readable is enough to lock against those who do write.
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Ok(File::open(&path).ok()),
            _ => Err(fault("open", &path, error)),
        },
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    let Some(bytes) = read_bytes(path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        let message = format!("`{}` is not as the vault wrote it: {error}", path.display());
        Error::new(Code::Malformed, message)
    })
}

/// The bytes of a file, if there is one.
pub(crate) fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault("read", path, error)),
    };
    if size > LARGEST {
        return Err(Error::new(Code::TooLarge, format!("`{}` is too large for a vault's file", path.display())));
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault("read", path, error)),
    }
}

fn check_format(format: u32, path: &Path) -> Result<(), Error> {
    if format == FORMAT {
        return Ok(());
    }
    let message = format!("`{}` has the format {format}, this build reads {FORMAT}", path.display());
    Err(Error::new(Code::Unsupported, message))
}

fn replace<T: Serialize>(folder: &Path, name: &str, record: &T) -> Result<(), Error> {
    let mut json = serde_json::to_vec_pretty(record)
        .map_err(|error| Error::new(Code::Malformed, "a record has no JSON form").with_source(Box::new(error)))?;
    json.push(b'\n');
    replace_bytes(folder, name, &json)
}

/// Replaces a file so that whoever reads it, whenever the power fails, finds the old or the new bytes. Only the owner
/// may read it.
pub(crate) fn replace_bytes(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = folder.join(name);
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(SCRAP).tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| fault("write", &path, error))?;
    sync_folder(folder)
}

/// Makes a rename last: on Unix a folder is synced like a file.
fn sync_folder(path: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(|error| fault("sync", path, error))?;
    }
    Ok(())
}

/// An error of the operating system on a path; `verb` is what was tried.
pub(crate) fn fault(verb: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("cannot {verb} `{}`", path.display());
    Error::new(Code::Io, message).with_source(Box::new(FileError { path: path.to_owned(), error }))
}

/// Whether a folder holds anything that an interrupted [`Folder::create`] does not leave.
pub(crate) fn occupied(path: &Path) -> bool {
    entries(path).iter().any(|entry| match entry.as_str() {
        KEYS | SERVICE_KEYS => !entries(&path.join(entry)).is_empty(),
        LOCK | KEY_FILE => false,
        other => !other.starts_with(SCRAP),
    })
}
