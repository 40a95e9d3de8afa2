//! What a vault tells of its keys, as the named tuples of `cmkit.vault`.

use cmkit_vault::{
    DeletedKey, Identity, KeyInfo, LogEntry, Material, Network, Place, RotationPolicy, Trigger, VaultInfo, VersionInfo,
};
use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple};

fn tuple<'py>(
    py: Python<'py>,
    class: &PyOnceLock<Py<PyAny>>,
    name: &str,
    fields: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    class.import(py, "cmkit.vault", name)?.call1(fields)
}

pub(super) fn key_info<'py>(py: Python<'py>, info: &KeyInfo) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let versions = info.versions.iter().map(|version| version_info(py, version)).collect::<PyResult<Vec<_>>>()?;
    let policy = info.rotation_policy.map(|policy| rotation_policy(py, &policy)).transpose()?;
    tuple(py, &CLASS, "KeyInfo", (info.key.to_string(), PyTuple::new(py, versions)?, policy))
}

pub(super) fn version_info<'py>(py: Python<'py>, info: &VersionInfo) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let modulus = match &info.material {
        Material::Rsa(public) => Some(PyBytes::new(py, public.modulus())),
        Material::Ec(_) | Material::Symmetric => None,
    };
    let operations = PyTuple::new(py, info.operations.iter().map(|operation| operation.as_str()))?;
    let VersionInfo { key, enabled, not_before, expires, created, updated, .. } = info;
    let kind = info.kind().as_str();
    let fields = (key.to_string(), kind, modulus, *enabled, *not_before, *expires, *created, *updated, operations);
    tuple(py, &CLASS, "VersionInfo", fields)
}

fn rotation_policy<'py>(py: Python<'py>, policy: &RotationPolicy) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let (after, before) = match policy.rotate() {
        Some(Trigger::TimeAfterCreate(period)) => (Some(period.to_string()), None),
        Some(Trigger::TimeBeforeExpiry(period)) => (None, Some(period.to_string())),
        None => (None, None),
    };
    let expires_after = policy.expiry_time().map(|period| period.to_string());
    tuple(py, &CLASS, "RotationPolicy", (after, before, expires_after))
}

pub(super) fn deleted_key<'py>(py: Python<'py>, deleted: &DeletedKey) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    tuple(py, &CLASS, "DeletedKey", (deleted.key.to_string(), deleted.deleted, deleted.scheduled_purge))
}

pub(super) fn log_entry<'py>(py: Python<'py>, entry: &LogEntry) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let LogEntry { time, identity, asked, key, refused } = entry;
    let fields =
        (*time, identity.as_deref(), asked.as_str(), key.as_ref().map(ToString::to_string), refused.as_deref());
    tuple(py, &CLASS, "LogEntry", fields)
}

pub(super) fn vault_info<'py>(py: Python<'py>, info: &VaultInfo) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let VaultInfo { host, permission_model, soft_delete_days, purge_protection, network, identities } = info;
    let (access, bypass) = match *network {
        Network::Public => ("public", true),
        Network::Selected { trusted_services } => ("selected", trusted_services),
        Network::Disabled { trusted_services } => ("disabled", trusted_services),
    };
    let told = PyDict::new(py);
    for (name, held) in identities {
        told.set_item(name, identity(py, held)?)?;
    }
    let model = permission_model.to_string();
    let fields = (host, model, *soft_delete_days, *purge_protection, access, bypass, told);
    tuple(py, &CLASS, "VaultInfo", fields)
}

fn identity<'py>(py: Python<'py>, identity: &Identity) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let Identity { roles, permissions, place } = identity;
    let roles = PyTuple::new(py, roles.iter().map(|held| (held.role.name(), held.key.as_deref())))?;
    let permissions = PyTuple::new(py, permissions.iter().map(|held| held.as_str()))?;
    tuple(py, &CLASS, "Identity", (roles, permissions, *place == Place::TrustedService))
}
