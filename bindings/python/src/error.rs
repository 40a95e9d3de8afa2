//! Errors of the core as exceptions of the package, and a host's own exceptions as they are.

use cmkit::{Code, Error, RefusalKind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

pub(crate) trait Raise<T> {
    /// The same with its error as an exception. What a provider raised comes out as the very object it raised.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> Raise<T> for Result<T, Error> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, error))
    }
}

fn exception(py: Python<'_>, error: Error) -> PyErr {
    let (code, said) = (error.code(), error.message().to_owned());
    let error = match error.into_source() {
        Ok(source) => match source.downcast::<PyErr>() {
            Ok(raised) => return *raised,
            // A provider of Rust has failed: its own error, if it is one of cmkit's.
            Err(source) => match source.downcast::<Error>() {
                Ok(own) => return exception(py, *own),
                Err(source) if code == Code::Provider => Error::new(code, source.to_string()),
                Err(source) => Error::new(code, format!("{said}: {source}")),
            },
        },
        Err(error) => error,
    };
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.import(py, "cmkit.errors", "_make");
    let made = make.and_then(|make| {
        let refusal = error.refusal();
        let reason = refusal.map(|refusal| refusal.reason.as_ref());
        let retry_after = refusal.and_then(|refusal| refusal.retry_after);
        make.call1((error.code().as_str(), error.message(), reason, retry_after))
    });
    made.map_or_else(|failed| failed, PyErr::from_value)
}

pub(crate) fn invalid(py: Python<'_>, message: impl Into<String>) -> PyErr {
    exception(py, Error::new(Code::InvalidArgument, message.into()))
}

pub(crate) fn invalid_reply(key: impl std::fmt::Display, why: &str) -> Error {
    Error::new(Code::InvalidReply, format!("the provider's reply about `{key}` does not answer the request: {why}"))
}

/// How a holder's no is told, in Python's words.
const REFUSALS: [(&str, RefusalKind); 3] = [
    ("denied", RefusalKind::Denied),
    ("unavailable", RefusalKind::Unavailable),
    ("wrong_ciphertext", RefusalKind::WrongCiphertext),
];

pub(crate) fn refusal_kind(py: Python<'_>, name: &str) -> PyResult<RefusalKind> {
    let known = REFUSALS.iter().find(|(known, _)| *known == name);
    known.map(|(_, kind)| *kind).ok_or_else(|| {
        invalid(py, format!("`{name}` is not a kind of refusal: `denied`, `unavailable` or `wrong_ciphertext`"))
    })
}

pub(crate) fn refusal_name(kind: RefusalKind) -> &'static str {
    REFUSALS.iter().find(|(_, known)| *known == kind).map_or("denied", |(name, _)| *name)
}

/// Every code of an error with what it means and whether a retry may help.
#[pyfunction]
pub(crate) fn error_codes() -> Vec<(&'static str, &'static str, bool)> {
    Code::ALL.iter().map(|code| (code.as_str(), code.summary(), code.retry())).collect()
}
