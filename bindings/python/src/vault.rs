//! The local vault of `cmkit-vault`, for its owner and as a provider.

mod meant;
mod server;
mod told;
mod view;

pub(crate) use server::VaultServer;
pub(crate) use view::View;

use crate::error::Raise;
use crate::keys::ServiceKey;
use crate::provider::{python_reply, request_of};
use cmkit::key::KeyVersion;
use cmkit::{Error, Provider, envelope};
use cmkit_vault::serve::Server;
use cmkit_vault::{DateChange, Due, Grant, KeyChange, KeyKind, Place, PrivateKey, Role};
use meant::{folder, grant, network, new_key, options, rotation_policy};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use std::path::PathBuf;
use std::sync::Arc;
use view::{Folder, FolderKey};

/// A key vault in memory or in a folder.
#[pyclass(frozen, module = "cmkit.vault")]
pub(crate) struct LocalVault(View);

impl LocalVault {
    pub(crate) const fn view(&self) -> &View {
        &self.0
    }

    /// Works on the opened vault, without the GIL.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&cmkit_vault::LocalVault) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let vault = self.0.open(py).or_raise(py)?;
        py.detach(|| work(&vault)).or_raise(py)
    }
}

#[pymethods]
impl LocalVault {
    #[new]
    #[pyo3(signature = (path, *, identity=None, passphrase=None, passphrase_file=None, key_file=None))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        identity: Option<String>,
        passphrase: Option<&str>,
        passphrase_file: Option<PathBuf>,
        key_file: Option<PathBuf>,
    ) -> PyResult<Self> {
        Ok(Self(View::of_folder(folder(py, path, passphrase, passphrase_file, key_file)?, identity)))
    }

    #[staticmethod]
    #[pyo3(signature = (path, host, *, identity=None, soft_delete_days=None, purge_protection=false, permission_model=None, passphrase=None, passphrase_file=None, key_file=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn create(
        py: Python<'_>,
        path: PathBuf,
        host: String,
        identity: Option<String>,
        soft_delete_days: Option<u32>,
        purge_protection: bool,
        permission_model: Option<&str>,
        passphrase: Option<&str>,
        passphrase_file: Option<PathBuf>,
        key_file: Option<PathBuf>,
    ) -> PyResult<Self> {
        let options = options(py, host, soft_delete_days, purge_protection, permission_model)?;
        let folder = folder(py, path, passphrase, passphrase_file, key_file)?;
        Ok(Self(View::create(py, folder, &options, identity).or_raise(py)?))
    }

    #[staticmethod]
    #[pyo3(signature = (host, *, identity=None, soft_delete_days=None, purge_protection=false, permission_model=None))]
    fn in_memory(
        py: Python<'_>,
        host: String,
        identity: Option<String>,
        soft_delete_days: Option<u32>,
        purge_protection: bool,
        permission_model: Option<&str>,
    ) -> PyResult<Self> {
        let options = options(py, host, soft_delete_days, purge_protection, permission_model)?;
        Ok(Self(View::in_memory(py, &options, identity).or_raise(py)?))
    }

    /// What travels: the folder, the identity and where to find what opens it.
    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let Some(Folder { path, key }) = self.0.folder() else {
            return Err(PyTypeError::new_err("a vault in memory cannot be pickled: make one in a folder"));
        };
        let keywords = PyDict::new(py);
        keywords.set_item("identity", &self.0.identity)?;
        match key {
            FolderKey::KeyFile => {}
            FolderKey::KeyFileAt(path) => keywords.set_item("key_file", path)?,
            FolderKey::PassphraseFile(path) => keywords.set_item("passphrase_file", path)?,
            FolderKey::Passphrase(_) => {
                return Err(PyTypeError::new_err("a passphrase is not pickled: give a `passphrase_file`"));
            }
        }
        Ok((PyTuple::new(py, [path])?, keywords))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let quoted = |text: &str| -> PyResult<String> { pyo3::types::PyString::new(py, text).repr()?.extract() };
        let identity = match &self.0.identity {
            Some(identity) => format!(", identity={}", quoted(identity)?),
            None => String::new(),
        };
        match self.0.folder() {
            Some(folder) => Ok(format!("LocalVault({}{identity})", quoted(&folder.path.to_string_lossy())?)),
            None => Ok(format!("LocalVault.in_memory(..{identity})")),
        }
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, py: Python<'_>, _args: &Bound<'_, PyTuple>) {
        self.0.close(py);
    }

    fn close(&self, py: Python<'_>) {
        self.0.close(py);
    }

    #[getter]
    fn closed(&self) -> bool {
        self.0.is_closed()
    }

    #[getter]
    fn path(&self) -> Option<&PathBuf> {
        self.0.folder().map(|folder| &folder.path)
    }

    #[getter]
    fn identity(&self) -> Option<&str> {
        self.0.identity.as_deref()
    }

    #[getter]
    fn host(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.0.open(py).or_raise(py)?.host().to_owned())
    }

    fn info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        told::vault_info(py, &self.with(py, cmkit_vault::LocalVault::info)?)
    }

    fn as_identity(&self, name: String) -> Self {
        Self(self.0.seen_by(Some(name)))
    }

    fn as_owner(&self) -> Self {
        Self(self.0.seen_by(None))
    }

    /// Answers a request, as any provider.
    #[pyo3(signature = (request, /))]
    fn __call__<'py>(&self, py: Python<'py>, request: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let request = request_of(request)?;
        let caller = self.0.caller(py).or_raise(py)?;
        let reply = py.detach(|| caller.ask(&request)).map_err(Error::provider).or_raise(py)?;
        python_reply(py, reply)
    }

    #[pyo3(signature = (key, *, kind=None, enabled=true, not_before=None, expires=None, operations=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn create_key(
        &self,
        py: Python<'_>,
        key: &str,
        kind: Option<&str>,
        enabled: bool,
        not_before: Option<u64>,
        expires: Option<u64>,
        operations: Option<Vec<String>>,
    ) -> PyResult<String> {
        let kind = kind.map_or(Ok(KeyKind::Rsa3072), str::parse).or_raise(py)?;
        self.with(py, |vault| {
            let new = new_key(enabled, not_before, expires, operations)?;
            let made = vault.create_key(vault.parse_whole_key(key)?.name(), kind, new)?;
            Ok(made.versionless().to_string())
        })
    }

    #[pyo3(signature = (key, private_key, *, enabled=true, not_before=None, expires=None, operations=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn import_key(
        &self,
        py: Python<'_>,
        key: &str,
        private_key: &str,
        enabled: bool,
        not_before: Option<u64>,
        expires: Option<u64>,
        operations: Option<Vec<String>>,
    ) -> PyResult<String> {
        self.with(py, |vault| {
            let new = new_key(enabled, not_before, expires, operations)?;
            let private = PrivateKey::parse(private_key)?;
            let made = vault.import_key(vault.parse_whole_key(key)?.name(), &private, new)?;
            Ok(made.versionless().to_string())
        })
    }

    fn rotate(&self, py: Python<'_>, key: &str) -> PyResult<String> {
        self.with(py, |vault| Ok(vault.rotate(vault.parse_whole_key(key)?.name())?.to_string()))
    }

    fn enable<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Bound<'py, PyAny>> {
        self.update(py, key, &KeyChange { enabled: Some(true), ..KeyChange::default() })
    }

    fn disable<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Bound<'py, PyAny>> {
        self.update(py, key, &KeyChange { enabled: Some(false), ..KeyChange::default() })
    }

    #[pyo3(signature = (key, *, not_before=None, expires=None))]
    fn set_dates<'py>(
        &self,
        py: Python<'py>,
        key: &str,
        not_before: Option<u64>,
        expires: Option<u64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let change = |date: Option<u64>| date.map_or(DateChange::Clear, DateChange::Set);
        let change = KeyChange { not_before: change(not_before), expires: change(expires), ..KeyChange::default() };
        self.update(py, key, &change)
    }

    #[pyo3(signature = (key, *, rotate_after=None, rotate_before_expiry=None, expires_after=None))]
    fn set_rotation_policy(
        &self,
        py: Python<'_>,
        key: &str,
        rotate_after: Option<&str>,
        rotate_before_expiry: Option<&str>,
        expires_after: Option<&str>,
    ) -> PyResult<()> {
        let policy = rotation_policy(py, rotate_after, rotate_before_expiry, expires_after)?;
        self.with(py, |vault| vault.set_rotation_policy(vault.parse_whole_key(key)?.name(), policy))
    }

    /// Does what is due, now or at another time.
    #[pyo3(signature = (at=None))]
    fn tick(&self, py: Python<'_>, at: Option<u64>) -> PyResult<Vec<(&'static str, String)>> {
        let done = self.with(py, |vault| vault.tick(at.unwrap_or_else(|| vault.now())))?;
        let told = |due: &Due| match due {
            Due::Rotated(key) => ("rotated", key.to_string()),
            Due::Purged(key) => ("purged", key.to_string()),
        };
        Ok(done.iter().map(told).collect())
    }

    fn delete_key<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Bound<'py, PyAny>> {
        let deleted = self.with(py, |vault| vault.delete_key(vault.parse_whole_key(key)?.name()))?;
        told::deleted_key(py, &deleted)
    }

    fn recover_key(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        self.with(py, |vault| vault.recover_key(vault.parse_whole_key(key)?.name()))
    }

    fn purge_key(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        self.with(py, |vault| vault.purge_key(vault.parse_whole_key(key)?.name()))
    }

    fn deleted_keys<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let deleted = self.with(py, cmkit_vault::LocalVault::deleted_keys)?;
        deleted.iter().map(|key| told::deleted_key(py, key)).collect()
    }

    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.with(py, cmkit_vault::LocalVault::keys)?.iter().map(|key| told::key_info(py, key)).collect()
    }

    fn key<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Bound<'py, PyAny>> {
        let info = self.with(py, |vault| vault.key(vault.parse_whole_key(key)?.name()))?;
        told::key_info(py, &info)
    }

    #[pyo3(signature = (identity, *, role=None, key=None, permissions=None))]
    fn grant(
        &self,
        py: Python<'_>,
        identity: &str,
        role: Option<&str>,
        key: Option<&str>,
        permissions: Option<&str>,
    ) -> PyResult<bool> {
        self.with(py, |vault| {
            let said = grant(vault, role, key, permissions)?;
            vault.grant(identity, said.unwrap_or(Grant::role(Role::ENCRYPTION_USER)))
        })
    }

    #[pyo3(signature = (identity, *, role=None, key=None, permissions=None))]
    fn revoke(
        &self,
        py: Python<'_>,
        identity: &str,
        role: Option<&str>,
        key: Option<&str>,
        permissions: Option<&str>,
    ) -> PyResult<bool> {
        self.with(py, |vault| match grant(vault, role, key, permissions)? {
            Some(grant) => vault.revoke(identity, &grant),
            None => vault.forget(identity),
        })
    }

    fn set_permission_model(&self, py: Python<'_>, model: &str) -> PyResult<()> {
        self.with(py, |vault| vault.set_permission_model(model.parse()?))
    }

    #[pyo3(signature = (access, *, trusted_services=true))]
    fn set_network(&self, py: Python<'_>, access: &str, trusted_services: bool) -> PyResult<()> {
        let network = network(py, access, trusted_services)?;
        self.with(py, |vault| vault.set_network(network))
    }

    #[pyo3(signature = (identity, *, trusted_service))]
    fn set_place(&self, py: Python<'_>, identity: &str, trusted_service: bool) -> PyResult<bool> {
        let place = if trusted_service { Place::TrustedService } else { Place::Elsewhere };
        self.with(py, |vault| vault.set_place(identity, place))
    }

    fn put_service_key(&self, py: Python<'_>, key: &ServiceKey) -> PyResult<()> {
        let key = Arc::clone(&key.0);
        self.with(py, |vault| vault.put_service_key(key.name(), *key.version().as_bytes(), &key.expose()))
    }

    fn service_keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let stored = self.with(py, cmkit_vault::LocalVault::service_keys)?;
        let key = |stored: &cmkit_vault::StoredServiceKey| {
            let version = KeyVersion::from_bytes(stored.version);
            let key = envelope::ServiceKey::from_parts(&stored.name, version, &stored.key).or_raise(py)?;
            Bound::new(py, ServiceKey(Arc::new(key)))
        };
        PyList::new(py, stored.iter().map(key).collect::<PyResult<Vec<_>>>()?)
    }

    #[pyo3(signature = (requests, *, retry_after=1))]
    fn throttle_next(&self, py: Python<'_>, requests: u32, retry_after: u32) -> PyResult<()> {
        self.with(py, |vault| {
            vault.throttle_next(requests, retry_after);
            Ok(())
        })
    }

    #[pyo3(signature = (unreachable=true, /))]
    fn set_unreachable(&self, py: Python<'_>, unreachable: bool) -> PyResult<()> {
        self.with(py, |vault| {
            vault.unreachable(unreachable);
            Ok(())
        })
    }

    #[pyo3(signature = (kind, *, next=None, rate=None, seed=0, retry_after=None, milliseconds=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn inject_fault(
        &self,
        py: Python<'_>,
        kind: &str,
        next: Option<u32>,
        rate: Option<f64>,
        seed: u64,
        retry_after: Option<u32>,
        milliseconds: Option<u32>,
    ) -> PyResult<()> {
        let fault = server::fault(py, kind, retry_after, milliseconds)?;
        let strikes = server::strikes(py, next, rate, seed)?;
        self.with(py, |vault| vault.inject(fault, strikes))
    }

    fn clear_faults(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |vault| {
            vault.clear_faults();
            Ok(())
        })
    }

    #[pyo3(signature = (*, listen=None, identity=None, resource=None))]
    fn serve(
        &self,
        py: Python<'_>,
        listen: Option<&str>,
        identity: Option<String>,
        resource: Option<String>,
    ) -> PyResult<VaultServer> {
        let options = server::serve_options(py, listen, identity, resource)?;
        let server = self.with(py, |vault| Server::start(vault.clone(), &options))?;
        Ok(VaultServer::new(server))
    }

    fn log<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.with(py, |vault| Ok(vault.log()))?.iter().map(|entry| told::log_entry(py, entry)).collect()
    }

    fn clear_log(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |vault| {
            vault.clear_log();
            Ok(())
        })
    }
}

impl LocalVault {
    fn update<'py>(&self, py: Python<'py>, key: &str, change: &KeyChange) -> PyResult<Bound<'py, PyAny>> {
        let changed = self.with(py, |vault| {
            let key = vault.parse_key(key)?;
            vault.update_key(key.name(), key.version(), change)
        })?;
        told::version_info(py, &changed)
    }
}
