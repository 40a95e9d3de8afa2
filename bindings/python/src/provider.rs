//! Providers: any callable of Python, and the cache of data keys in front of one.

use crate::buffer::Bytes;
use crate::error::{Raise, invalid_reply, refusal_kind};
use cmkit::key::{KeyUri, KeyUriProblem, RsaPublicKey};
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest};
use cmkit::secret::Secret;
use cmkit::{BoxError, CacheLimits, Code, Error, NoVault, Provider};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::time::Duration;

/// Asked: describe a key, the newest version of one without version.
#[pyclass(frozen, get_all, module = "cmkit")]
pub(crate) struct Resolve {
    key: String,
}

/// Asked: wrap a data key. Under RSA the public key is enough, so this is about symmetric keys.
#[pyclass(frozen, get_all, module = "cmkit")]
pub(crate) struct Wrap {
    key: String,
    algorithm: &'static str,
    dek: Py<PyBytes>,
}

/// Asked: unwrap a data key with exactly this version.
#[pyclass(frozen, get_all, module = "cmkit")]
pub(crate) struct Unwrap {
    key: String,
    algorithm: &'static str,
    wrapped: Py<PyBytes>,
    cache_id: String,
}

/// The reply to [`Resolve`].
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct KeyState {
    key: String,
    modulus: Option<Vec<u8>>,
    exponent: Vec<u8>,
    enabled: bool,
    not_before: Option<u64>,
    expires: Option<u64>,
    created: Option<u64>,
    may_wrap: bool,
}

#[pymethods]
impl KeyState {
    #[new]
    #[pyo3(signature = (key, *, modulus=None, exponent=None, enabled=true, not_before=None, expires=None, created=None, may_wrap=true))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        key: String,
        modulus: Option<Bytes>,
        exponent: Option<Bytes>,
        enabled: bool,
        not_before: Option<u64>,
        expires: Option<u64>,
        created: Option<u64>,
        may_wrap: bool,
    ) -> Self {
        let modulus = modulus.map(|bytes| bytes.as_slice().to_vec());
        let exponent = exponent.map_or_else(|| vec![1, 0, 1], |bytes| bytes.as_slice().to_vec());
        Self { key, modulus, exponent, enabled, not_before, expires, created, may_wrap }
    }
}

/// The reply to anything: no.
#[pyclass(frozen, get_all, module = "cmkit")]
pub(crate) struct Refusal {
    kind: String,
    reason: String,
    message: String,
    retry_after: Option<u32>,
}

#[pymethods]
impl Refusal {
    #[new]
    #[pyo3(signature = (kind, reason, message, *, retry_after=None))]
    fn new(kind: String, reason: String, message: String, retry_after: Option<u32>) -> PyResult<Self> {
        refusal_kind(&kind)?;
        Ok(Self { kind, reason, message, retry_after })
    }
}

/// Who is asked. Callers have let go of the GIL: a callable takes it for its time, a cache only where it asks on.
pub(crate) enum Asked {
    Nobody,
    Callable(Py<PyAny>),
    Cache(Py<DataKeyCache>),
}

impl Asked {
    pub(crate) fn new(provider: Option<&Bound<'_, PyAny>>) -> Self {
        match provider {
            None => Self::Nobody,
            Some(provider) => match provider.cast::<DataKeyCache>() {
                Ok(cache) => Self::Cache(cache.clone().unbind()),
                Err(_) => Self::Callable(provider.clone().unbind()),
            },
        }
    }
}

impl Provider for Asked {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        match self {
            Self::Nobody => NoVault.ask(request),
            Self::Cache(cache) => cache.get().0.ask(request),
            Self::Callable(provider) => Python::attach(|py| ask(provider.bind(py), request)),
        }
    }
}

fn ask(provider: &Bound<'_, PyAny>, request: &KeyRequest) -> Result<KeyReply, BoxError> {
    let py = provider.py();
    let key = request.key().to_string();
    let asked = match request {
        KeyRequest::Resolve { .. } => Bound::new(py, Resolve { key })?.into_any(),
        KeyRequest::Wrap { algorithm, dek, .. } => {
            let (algorithm, dek) = (algorithm.as_str(), PyBytes::new(py, dek.expose()).unbind());
            Bound::new(py, Wrap { key, algorithm, dek })?.into_any()
        }
        KeyRequest::Unwrap { algorithm, wrapped, cache_id, .. } => {
            let (algorithm, wrapped) = (algorithm.as_str(), PyBytes::new(py, wrapped).unbind());
            let cache_id = cache_id.iter().map(|byte| format!("{byte:02x}")).collect();
            Bound::new(py, Unwrap { key, algorithm, wrapped, cache_id })?.into_any()
        }
        _ => return Err(Error::new(Code::Unsupported, "a request that this package does not know").into()),
    };
    Ok(reply(request, &provider.call1((asked,))?)?)
}

fn reply(request: &KeyRequest, reply: &Bound<'_, PyAny>) -> Result<KeyReply, Error> {
    if let Ok(refusal) = reply.cast::<Refusal>() {
        let Refusal { kind, reason, message, retry_after } = refusal.get();
        // The constructor has looked at the kind.
        let kind = refusal_kind(kind).map_err(|error| Error::new(Code::InvalidReply, error.to_string()))?;
        let said = cmkit::Refusal::new(kind, reason.clone(), message.clone());
        return Ok(KeyReply::Refused(cmkit::Refusal { retry_after: *retry_after, ..said }));
    }
    match request {
        KeyRequest::Resolve { key } => match reply.cast::<KeyState>() {
            Ok(state) => Ok(KeyReply::Resolved(state_of(state.get(), key)?)),
            Err(_) => Err(invalid_reply(key, "it is neither a KeyState nor a Refusal")),
        },
        request => {
            let bytes: Bytes = reply
                .extract()
                .map_err(|_: PyErr| invalid_reply(request.key(), "it is neither bytes nor a Refusal"))?;
            Ok(match request {
                KeyRequest::Unwrap { .. } => KeyReply::Unwrapped(Secret::from_slice(bytes.as_slice())),
                _ => KeyReply::Wrapped(bytes.as_slice().to_vec()),
            })
        }
    }
}

fn state_of(state: &KeyState, asked: &KeyUri) -> Result<cmkit::operation::KeyState, Error> {
    let as_reply = |error: Error| Error::new(Code::InvalidReply, error.message().to_owned());
    Ok(cmkit::operation::KeyState {
        // The host is one that the request named: configuration allows it.
        key: match KeyUri::diagnose(&state.key, &[asked.host()]) {
            Ok(key) => key,
            // The core refuses a holder whose versions no envelope can name.
            Err(fault) if fault.problem == KeyUriProblem::Version => asked.versionless(),
            Err(fault) => return Err(Error::new(Code::InvalidReply, fault.message)),
        },
        material: match &state.modulus {
            Some(modulus) => {
                KeyMaterial::Rsa(RsaPublicKey::from_components(modulus, &state.exponent).map_err(as_reply)?)
            }
            None => KeyMaterial::Symmetric,
        },
        enabled: state.enabled,
        not_before: state.not_before,
        expires: state.expires,
        created: state.created,
        may_wrap: state.may_wrap,
    })
}

/// A cache of data keys in front of a provider.
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct DataKeyCache(pub(crate) cmkit::DataKeyCache<Asked>);

#[pymethods]
impl DataKeyCache {
    #[new]
    #[pyo3(signature = (provider, *, max_age=None, max_messages=None, max_bytes=None, capacity=None))]
    fn new(
        py: Python<'_>,
        provider: &Bound<'_, PyAny>,
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
        Ok(Self(cmkit::DataKeyCache::new(Asked::new(Some(provider)), limits)))
    }

    /// Forgets every key, now.
    fn flush(&self) {
        self.0.flush();
    }
}
