//! A vault as one caller sees it, opened where it is first used.

use crate::process::PerProcess;
use cmkit::secret::Secret;
use cmkit::{Code, Error};
use cmkit_vault::{Caller, LocalVault, Options, Unlock};
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A vault as an identity sees it, or its owner where there is none.
#[derive(Clone)]
pub(crate) struct View {
    vault: Arc<Vault>,
    pub(super) identity: Option<String>,
}

/// What all views of a vault share.
struct Vault {
    /// Nothing for a vault in memory.
    folder: Option<Folder>,
    opened: PerProcess<LocalVault>,
    closed: AtomicBool,
}

pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) key: FolderKey,
}

/// What opens a folder.
pub(super) enum FolderKey {
    KeyFile,
    KeyFileAt(PathBuf),
    PassphraseFile(PathBuf),
    Passphrase(Secret),
}

impl FolderKey {
    fn unlock(&self) -> Result<Unlock, Error> {
        Ok(match self {
            Self::KeyFile => Unlock::KeyFile,
            Self::KeyFileAt(path) => Unlock::KeyFileAt(path.clone()),
            Self::PassphraseFile(path) => Unlock::passphrase_file(path)?,
            Self::Passphrase(passphrase) => Unlock::Passphrase(Secret::from_slice(passphrase.expose())),
        })
    }
}

impl View {
    /// The vault in a folder, which need not be there yet.
    pub(super) fn of_folder(folder: Folder, identity: Option<String>) -> Self {
        Self::new(Some(folder), PerProcess::default(), identity)
    }

    pub(super) fn create(
        py: Python<'_>,
        folder: Folder,
        options: &Options,
        identity: Option<String>,
    ) -> Result<Self, Error> {
        let made = py.detach(|| LocalVault::create(&folder.path, options, &folder.key.unlock()?))?;
        let opened = PerProcess::default();
        opened.keep(py, made);
        Ok(Self::new(Some(folder), opened, identity))
    }

    pub(super) fn in_memory(py: Python<'_>, options: &Options, identity: Option<String>) -> Result<Self, Error> {
        let opened = PerProcess::default();
        opened.keep(py, LocalVault::in_memory_with(options)?);
        Ok(Self::new(None, opened, identity))
    }

    fn new(folder: Option<Folder>, opened: PerProcess<LocalVault>, identity: Option<String>) -> Self {
        Self { vault: Arc::new(Vault { folder, opened, closed: AtomicBool::new(false) }), identity }
    }

    pub(super) fn folder(&self) -> Option<&Folder> {
        self.vault.folder.as_ref()
    }

    /// The same vault for another caller.
    pub(super) fn seen_by(&self, identity: Option<String>) -> Self {
        Self { identity, ..self.clone() }
    }

    pub(super) fn close(&self, py: Python<'_>) {
        self.vault.closed.store(true, Ordering::Release);
        self.vault.opened.forget(py);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.vault.closed.load(Ordering::Acquire)
    }

    /// The vault, if this process has it open.
    fn opened(&self, py: Python<'_>) -> Option<LocalVault> {
        match self.vault.folder {
            Some(_) => self.vault.opened.get(py),
            // A child that was forked has a copy of a vault in memory, and nothing to open.
            None => self.vault.opened.inherited(py),
        }
    }

    pub(super) fn open(&self, py: Python<'_>) -> Result<LocalVault, Error> {
        if let Some(vault) = self.opened(py) {
            return Ok(vault);
        }
        match &self.vault.folder {
            Some(folder) if !self.is_closed() => {
                let vault = py.detach(|| LocalVault::open(&folder.path, &folder.key.unlock()?))?;
                Ok(self.vault.opened.keep(py, vault))
            }
            _ => Err(Error::new(Code::InvalidArgument, "the vault is closed")),
        }
    }

    /// Who asks the vault, if this process has it open.
    pub(crate) fn caller_if_open(&self, py: Python<'_>) -> Option<Caller> {
        self.opened(py).map(|vault| self.caller_of(&vault))
    }

    pub(crate) fn caller(&self, py: Python<'_>) -> Result<Caller, Error> {
        Ok(self.caller_of(&self.open(py)?))
    }

    fn caller_of(&self, vault: &LocalVault) -> Caller {
        self.identity.as_deref().map_or_else(|| vault.as_owner(), |identity| vault.as_identity(identity))
    }
}
