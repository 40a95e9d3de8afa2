//! The cache of data keys in front of a provider.

use crate::error::Raise;
use crate::keys::uri;
use crate::process::PerProcess;
use crate::provider::Asked;
use cmkit::{CacheLimits, Code, Error};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;
use std::time::Duration;

/// A cache of data keys in front of a provider. A process that was forked begins with an empty one.
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct DataKeyCache {
    provider: Py<PyAny>,
    limits: CacheLimits,
    cache: PerProcess<Arc<cmkit::DataKeyCache<Asked>>>,
}

impl DataKeyCache {
    pub(crate) fn of_this_process(&self, py: Python<'_>) -> Arc<cmkit::DataKeyCache<Asked>> {
        self.cache.get(py).unwrap_or_else(|| {
            let asked = Asked::new(Some(self.provider.bind(py)));
            self.cache.keep(py, Arc::new(cmkit::DataKeyCache::new(asked, self.limits)))
        })
    }
}

#[pymethods]
impl DataKeyCache {
    #[new]
    #[pyo3(signature = (provider, *, max_age=None, max_messages=None, max_bytes=None, capacity=None))]
    fn new(
        py: Python<'_>,
        provider: Py<PyAny>,
        max_age: Option<f64>,
        max_messages: Option<u64>,
        max_bytes: Option<u64>,
        capacity: Option<usize>,
    ) -> PyResult<Self> {
        let limits = CacheLimits::default();
        let age = max_age.map_or(Ok(limits.max_age), Duration::try_from_secs_f64);
        let limits = CacheLimits {
            max_age: age
                .map_err(|error| Error::new(Code::InvalidArgument, format!("`max_age` is no time: {error}")))
                .or_raise(py)?,
            max_messages: max_messages.unwrap_or(limits.max_messages),
            max_bytes: max_bytes.unwrap_or(limits.max_bytes),
            capacity: capacity.unwrap_or(limits.capacity),
        };
        Ok(Self { provider, limits, cache: PerProcess::default() })
    }

    /// What travels: the provider and the limits, never a key.
    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<((Py<PyAny>,), Bound<'py, PyDict>)> {
        let CacheLimits { max_age, max_messages, max_bytes, capacity } = self.limits;
        let keywords = PyDict::new(py);
        keywords.set_item("max_age", max_age.as_secs_f64())?;
        keywords.set_item("max_messages", max_messages)?;
        keywords.set_item("max_bytes", max_bytes)?;
        keywords.set_item("capacity", capacity)?;
        Ok(((self.provider.clone_ref(py),), keywords))
    }

    /// Forgets every key, now, or those that come from one key of a vault.
    #[pyo3(signature = (key=None, *, hosts=Vec::new()))]
    fn flush(&self, py: Python<'_>, key: Option<&str>, hosts: Vec<String>) -> PyResult<()> {
        let cache = self.of_this_process(py);
        match key {
            Some(key) => cache.flush_key(&uri(py, key, &hosts)?),
            None => cache.flush(),
        }
        Ok(())
    }
}
