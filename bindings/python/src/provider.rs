//! Providers: any callable of Python, a local vault, a cache of data keys in front of one.

use crate::buffer::Bytes;
use crate::cache::DataKeyCache;
use crate::error::{invalid, invalid_reply, refusal_kind, refusal_name};
use crate::vault::{LocalVault, View};
use cmkit::key::{KeyUri, KeyUriProblem, RsaPublicKey};
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, WrapAlgorithm};
use cmkit::secret::Secret;
use cmkit::{BoxError, Code, Error, NoVault, Provider, RefusalKind};
use cmkit_vault::Caller;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::Arc;

/// Asked: describe a key, the newest version of one without version.
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct Resolve {
    key: KeyUri,
}

#[pymethods]
impl Resolve {
    #[getter]
    fn key(&self) -> String {
        self.key.to_string()
    }
}

/// Asked: wrap a data key. Under RSA the public key is enough, so this is about symmetric keys.
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct Wrap {
    key: KeyUri,
    algorithm: WrapAlgorithm,
    #[pyo3(get)]
    dek: Py<PyBytes>,
}

#[pymethods]
impl Wrap {
    #[getter]
    fn key(&self) -> String {
        self.key.to_string()
    }

    #[getter]
    const fn algorithm(&self) -> &'static str {
        self.algorithm.as_str()
    }
}

/// Asked: unwrap a data key with exactly this version.
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct Unwrap {
    key: KeyUri,
    algorithm: WrapAlgorithm,
    #[pyo3(get)]
    wrapped: Py<PyBytes>,
    cache_id: [u8; 32],
}

#[pymethods]
impl Unwrap {
    #[getter]
    fn key(&self) -> String {
        self.key.to_string()
    }

    #[getter]
    const fn algorithm(&self) -> &'static str {
        self.algorithm.as_str()
    }

    #[getter]
    fn cache_id(&self) -> String {
        self.cache_id.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A request as Python sees it.
pub(crate) fn python_request<'py>(py: Python<'py>, request: &KeyRequest) -> Result<Bound<'py, PyAny>, BoxError> {
    let key = request.key().clone();
    Ok(match request {
        KeyRequest::Resolve { .. } => Bound::new(py, Resolve { key })?.into_any(),
        KeyRequest::Wrap { algorithm, dek, .. } => {
            let dek = PyBytes::new(py, dek.expose()).unbind();
            Bound::new(py, Wrap { key, algorithm: *algorithm, dek })?.into_any()
        }
        KeyRequest::Unwrap { algorithm, wrapped, cache_id, .. } => {
            let wrapped = PyBytes::new(py, wrapped).unbind();
            Bound::new(py, Unwrap { key, algorithm: *algorithm, wrapped, cache_id: *cache_id })?.into_any()
        }
        _ => return Err(Error::new(Code::Unsupported, "a request that this package does not know").into()),
    })
}

/// The same the other way, for a provider of Rust that Python calls.
pub(crate) fn request_of(request: &Bound<'_, PyAny>) -> PyResult<KeyRequest> {
    if let Ok(resolve) = request.cast::<Resolve>() {
        return Ok(KeyRequest::Resolve { key: resolve.get().key.clone() });
    }
    if let Ok(wrap) = request.cast::<Wrap>() {
        let Wrap { key, algorithm, dek } = wrap.get();
        let dek = Secret::from_slice(dek.as_bytes(request.py()));
        return Ok(KeyRequest::Wrap { key: key.clone(), algorithm: *algorithm, dek });
    }
    if let Ok(unwrap) = request.cast::<Unwrap>() {
        let Unwrap { key, algorithm, wrapped, cache_id } = unwrap.get();
        let wrapped = wrapped.as_bytes(request.py()).to_vec();
        return Ok(KeyRequest::Unwrap { key: key.clone(), algorithm: *algorithm, wrapped, cache_id: *cache_id });
    }
    Err(invalid(request.py(), "a request is a Resolve, a Wrap or an Unwrap"))
}

/// The reply to [`Resolve`].
#[pyclass(frozen, get_all, module = "cmkit")]
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
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct Refusal {
    kind: RefusalKind,
    #[pyo3(get)]
    reason: String,
    #[pyo3(get)]
    message: String,
    #[pyo3(get)]
    retry_after: Option<u32>,
    #[pyo3(get)]
    mend: Option<String>,
}

#[pymethods]
impl Refusal {
    #[new]
    #[pyo3(signature = (kind, reason, message, *, retry_after=None, mend=None))]
    fn new(
        py: Python<'_>,
        kind: &str,
        reason: String,
        message: String,
        retry_after: Option<u32>,
        mend: Option<String>,
    ) -> PyResult<Self> {
        Ok(Self { kind: refusal_kind(py, kind)?, reason, message, retry_after, mend })
    }

    #[getter]
    fn kind(&self) -> &'static str {
        refusal_name(self.kind)
    }
}

impl From<cmkit::Refusal> for Refusal {
    fn from(refusal: cmkit::Refusal) -> Self {
        let cmkit::Refusal { kind, reason, message, retry_after, mend } = refusal;
        let (reason, message) = (reason.into_owned(), message.into_owned());
        Self { kind, reason, message, retry_after, mend: mend.map(Into::into) }
    }
}

/// A reply as Python sees it.
pub(crate) fn python_reply(py: Python<'_>, reply: KeyReply) -> PyResult<Bound<'_, PyAny>> {
    Ok(match reply {
        KeyReply::Resolved(state) => {
            let (modulus, exponent) = match &state.material {
                KeyMaterial::Rsa(public) => (Some(public.modulus().to_vec()), vec![1, 0, 1]),
                KeyMaterial::Symmetric => (None, vec![1, 0, 1]),
            };
            let cmkit::operation::KeyState { key, enabled, not_before, expires, created, may_wrap, .. } = state;
            let key = key.to_string();
            let told = KeyState { key, modulus, exponent, enabled, not_before, expires, created, may_wrap };
            Bound::new(py, told)?.into_any()
        }
        KeyReply::Wrapped(wrapped) => PyBytes::new(py, &wrapped).into_any(),
        KeyReply::Unwrapped(dek) => PyBytes::new(py, dek.expose()).into_any(),
        KeyReply::Refused(refusal) => Bound::new(py, Refusal::from(refusal))?.into_any(),
        _ => return Err(invalid(py, "a reply that this package does not know")),
    })
}

/// Who is asked. Callers have let go of the GIL: a callable takes it for its time, a vault only to be opened, a cache only
/// where it asks on.
pub(crate) enum Asked {
    Nobody,
    Callable(Py<PyAny>),
    /// A vault, and who asks it if it is open already.
    Vault(View, Option<Caller>),
    Cache(Arc<cmkit::DataKeyCache<Asked>>),
}

impl Asked {
    pub(crate) fn new(provider: Option<&Bound<'_, PyAny>>) -> Self {
        let Some(provider) = provider else { return Self::Nobody };
        if let Ok(cache) = provider.cast::<DataKeyCache>() {
            Self::Cache(cache.get().of_this_process(provider.py()))
        } else if let Ok(vault) = provider.cast::<LocalVault>() {
            let view = vault.get().view();
            Self::Vault(view.clone(), view.caller_if_open(provider.py()))
        } else {
            Self::Callable(provider.clone().unbind())
        }
    }
}

impl Provider for Asked {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        match self {
            Self::Nobody => NoVault.ask(request),
            Self::Cache(cache) => cache.ask(request),
            Self::Vault(_, Some(caller)) => caller.ask(request),
            Self::Vault(view, None) => Python::attach(|py| view.caller(py))?.ask(request),
            Self::Callable(provider) => Python::attach(|py| {
                let provider = provider.bind(py);
                Ok(reply_of(request, &provider.call1((python_request(py, request)?,))?)?)
            }),
        }
    }
}

/// A reply of Python.
pub(crate) fn reply_of(request: &KeyRequest, reply: &Bound<'_, PyAny>) -> Result<KeyReply, Error> {
    if let Ok(refusal) = reply.cast::<Refusal>() {
        let Refusal { kind, reason, message, retry_after, mend } = refusal.get();
        let said = cmkit::Refusal::new(*kind, reason.clone(), message.clone());
        let mend = mend.clone().map(Into::into);
        return Ok(KeyReply::Refused(cmkit::Refusal { retry_after: *retry_after, mend, ..said }));
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
