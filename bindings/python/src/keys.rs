//! Which keys seal and which may open.

use crate::buffer::Bytes;
use crate::error::{Raise, invalid};
use crate::record::DataKey;
use cmkit::envelope::{self, OpenKeys, SealKey};
use cmkit::key::{KeyUri, KeyVersion, RsaPublicKey};
use cmkit::secret::Secret;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};
use std::sync::Arc;

/// The keys to seal under, in order: one, or a list or tuple of them.
pub(crate) fn seal_keys(keys: &Bound<'_, PyAny>, hosts: &[String]) -> PyResult<Vec<SealKey>> {
    let py = keys.py();
    listed(keys)?
        .iter()
        .map(|key| {
            if let Ok(key) = key.cast::<PyString>() {
                Ok(uri(py, key.to_str()?, hosts)?.into())
            } else if let Ok(key) = key.cast::<ServiceKey>() {
                Ok(Arc::clone(&key.get().0).into())
            } else if let Ok(key) = key.cast::<DataKey>() {
                Ok(key.get().key(py)?.into())
            } else {
                Err(not_a_key(py))
            }
        })
        .collect()
}

/// The keys that may open.
pub(crate) fn open_keys(keys: &Bound<'_, PyAny>, hosts: &[String]) -> PyResult<OpenKeys> {
    let py = keys.py();
    let mut allowed = OpenKeys::default();
    for key in listed(keys)? {
        if let Ok(key) = key.cast::<PyString>() {
            allowed.vault.push(uri(py, key.to_str()?, hosts)?.into());
        } else if let Ok(key) = key.cast::<AllowedKey>() {
            allowed.vault.push(key.get().parse(py, hosts)?);
        } else if let Ok(key) = key.cast::<ServiceKey>() {
            allowed.service.push(Arc::clone(&key.get().0));
        } else if let Ok(key) = key.cast::<DataKey>() {
            allowed.records.push(key.get().key(py)?);
        } else {
            return Err(not_a_key(py));
        }
    }
    Ok(allowed)
}

fn listed<'py>(keys: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    match keys.is_instance_of::<PyList>() || keys.is_instance_of::<PyTuple>() {
        true => keys.try_iter()?.collect(),
        false => Ok(vec![keys.clone()]),
    }
}

pub(crate) fn uri(py: Python<'_>, key: &str, hosts: &[String]) -> PyResult<KeyUri> {
    let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
    KeyUri::parse_on(key, &hosts).or_raise(py)
}

fn not_a_key(py: Python<'_>) -> PyErr {
    invalid(py, "a key is an identifier (`https://..`), an AllowedKey (to open), a ServiceKey or a DataKey")
}

/// A key of a vault that may open, and in which versions.
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct AllowedKey {
    key: String,
    versions: Vec<String>,
    refused_versions: Vec<String>,
    created_after: Option<u64>,
    public_keys: Vec<(String, Vec<u8>, Vec<u8>)>,
}

#[pymethods]
impl AllowedKey {
    #[new]
    #[pyo3(signature = (key, *, versions=Vec::new(), refused_versions=Vec::new(), created_after=None, public_keys=Vec::new()))]
    fn new(
        key: String,
        versions: Vec<String>,
        refused_versions: Vec<String>,
        created_after: Option<u64>,
        public_keys: Vec<(String, Bytes, Bytes)>,
    ) -> Self {
        let owned = |(version, modulus, exponent): (String, Bytes, Bytes)| {
            (version, modulus.as_slice().to_vec(), exponent.as_slice().to_vec())
        };
        let public_keys = public_keys.into_iter().map(owned).collect();
        Self { key, versions, refused_versions, created_after, public_keys }
    }

    /// Nothing of it is secret, so that it travels to workers.
    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<((&str,), Bound<'py, PyDict>)> {
        let Self { key, versions, refused_versions, created_after, public_keys } = self;
        let keywords = PyDict::new(py);
        keywords.set_item("versions", versions)?;
        keywords.set_item("refused_versions", refused_versions)?;
        keywords.set_item("created_after", created_after)?;
        let bytes = |bytes: &[u8]| PyBytes::new(py, bytes);
        let public_keys = public_keys.iter().map(|(version, modulus, e)| (version, bytes(modulus), bytes(e)));
        keywords.set_item("public_keys", public_keys.collect::<Vec<_>>())?;
        Ok(((key,), keywords))
    }
}

impl AllowedKey {
    fn parse(&self, py: Python<'_>, hosts: &[String]) -> PyResult<envelope::AllowedKey> {
        let mut allowed = envelope::AllowedKey::from(uri(py, &self.key, hosts)?);
        for version in &self.versions {
            allowed.versions.push(KeyVersion::parse(version).or_raise(py)?);
        }
        for version in &self.refused_versions {
            allowed.refused_versions.push(KeyVersion::parse(version).or_raise(py)?);
        }
        allowed.created_after = self.created_after;
        for (version, modulus, exponent) in &self.public_keys {
            let key = RsaPublicKey::from_components(modulus, exponent).or_raise(py)?;
            allowed.public_keys.push((KeyVersion::parse(version).or_raise(py)?, key));
        }
        Ok(allowed)
    }
}

/// A key that the program keeps itself.
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct ServiceKey(pub(crate) Arc<envelope::ServiceKey>);

#[pymethods]
impl ServiceKey {
    #[staticmethod]
    fn generate(py: Python<'_>, name: &str) -> PyResult<Self> {
        Ok(Self(Arc::new(cmkit::generate_service_key(name).or_raise(py)?)))
    }

    #[staticmethod]
    fn from_parts(py: Python<'_>, name: &str, version: &str, key: Bytes) -> PyResult<Self> {
        let version = KeyVersion::parse(version).or_raise(py)?;
        let key = Secret::from_slice(key.as_slice());
        Ok(Self(Arc::new(envelope::ServiceKey::from_parts(name, version, &key).or_raise(py)?)))
    }

    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    #[getter]
    fn version(&self) -> String {
        self.0.version().to_string()
    }

    /// The key's 32 bytes, to be kept.
    fn expose<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.expose().expose())
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
