//! A vault served over HTTPS, and faults on request.

use crate::error::{Raise, invalid};
use cmkit::Error;
use cmkit_vault::serve::{ServeOptions, Server};
use cmkit_vault::{Fault, Strikes};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A vault being served, until it is closed.
#[pyclass(frozen, module = "cmkit.vault")]
pub(crate) struct VaultServer(Mutex<Option<Server>>);

impl VaultServer {
    pub(super) const fn new(server: Server) -> Self {
        Self(Mutex::new(Some(server)))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Server>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask<T>(&self, py: Python<'_>, ask: impl FnOnce(&Server) -> Result<T, Error>) -> PyResult<T> {
        let Some(server) = &*self.lock() else { return Err(invalid(py, "the server is closed")) };
        ask(server).or_raise(py)
    }

    fn text(&self, py: Python<'_>, ask: impl FnOnce(&Server) -> String) -> PyResult<String> {
        self.ask(py, |server| Ok(ask(server)))
    }
}

#[pymethods]
impl VaultServer {
    #[getter]
    fn url(&self, py: Python<'_>) -> PyResult<String> {
        self.text(py, |server| server.url().to_owned())
    }

    #[getter]
    fn authority(&self, py: Python<'_>) -> PyResult<String> {
        self.text(py, |server| server.authority().to_owned())
    }

    #[getter]
    fn fingerprint(&self, py: Python<'_>) -> PyResult<String> {
        self.text(py, |server| server.fingerprint().to_owned())
    }

    #[getter]
    fn identity_endpoint(&self, py: Python<'_>) -> PyResult<String> {
        self.text(py, Server::identity_endpoint)
    }

    #[getter]
    fn identity_header(&self, py: Python<'_>) -> PyResult<String> {
        self.text(py, |server| server.identity_header().to_owned())
    }

    #[getter]
    fn imds_host(&self, py: Python<'_>) -> PyResult<String> {
        self.text(py, |server| server.imds_host().to_owned())
    }

    #[pyo3(signature = (seconds, /))]
    fn advance(&self, py: Python<'_>, seconds: u64) -> PyResult<()> {
        self.ask(py, |server| server.advance(Duration::from_secs(seconds)))
    }

    fn close(&self) {
        drop(self.lock().take());
    }

    #[getter]
    fn closed(&self) -> bool {
        self.lock().is_none()
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, _args: &Bound<'_, PyTuple>) {
        self.close();
    }

    fn __repr__(&self) -> String {
        self.lock()
            .as_ref()
            .map_or_else(|| "VaultServer(closed)".into(), |server| format!("VaultServer({})", server.url()))
    }
}

/// How a vault is served.
pub(super) fn serve_options(
    py: Python<'_>,
    listen: Option<&str>,
    identity: Option<String>,
    resource: Option<String>,
) -> PyResult<ServeOptions> {
    let mut options = ServeOptions { identity, ..ServeOptions::default() };
    if let Some(text) = listen {
        let not_one = |_| invalid(py, format!("`{text}` is not an address with a port: `127.0.0.1:8443`"));
        options.listen = text.parse().map_err(not_one)?;
    }
    if let Some(resource) = resource {
        options.resource = resource;
    }
    Ok(options)
}

/// A fault by its kind.
pub(super) fn fault(
    py: Python<'_>,
    kind: &str,
    retry_after: Option<u32>,
    milliseconds: Option<u32>,
) -> PyResult<Fault> {
    Ok(match (kind, milliseconds) {
        ("throttled", None) => Fault::Throttled { retry_after },
        ("unavailable", None) => Fault::Unavailable { retry_after },
        ("reset", None) => Fault::Reset,
        ("slow", Some(milliseconds)) => Fault::Slow { milliseconds },
        ("slow", None) => return Err(invalid(py, "a slow answer takes `milliseconds` longer")),
        ("throttled" | "unavailable" | "reset", Some(_)) => {
            return Err(invalid(py, "`milliseconds` are those of a slow answer"));
        }
        _ => {
            let known = "`throttled`, `unavailable`, `reset` or `slow`";
            return Err(invalid(py, format!("`{kind}` is not a fault: {known}")));
        }
    })
}

/// Which requests a fault strikes.
pub(super) fn strikes(py: Python<'_>, next: Option<u32>, rate: Option<f64>, seed: u64) -> PyResult<Strikes> {
    match (next, rate) {
        (Some(next), None) => Ok(Strikes::Next { next }),
        (None, Some(rate)) => Ok(Strikes::Rate { rate, seed }),
        (None, None) => Ok(Strikes::ALL),
        (Some(_), Some(_)) => Err(invalid(py, "a fault strikes the `next` requests or a `rate` of all")),
    }
}
