//! Errors of the core as exceptions of the package, and a host's own exceptions as they are.

use cmkit::{BoxError, Code, Error, FileError, RefusalKind};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::io;
use std::path::Path;

pub(crate) trait Raise<T> {
    /// The same with its error as an exception. What Python raised in between comes out as the very object.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> Raise<T> for Result<T, Error> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, error))
    }
}

/// The same of what a stream says.
pub(crate) fn io_exception(py: Python<'_>, error: io::Error) -> PyErr {
    match error.downcast::<Error>() {
        Ok(error) => exception(py, error),
        Err(error) => os_error(py, error, None),
    }
}

fn exception(py: Python<'_>, error: Error) -> PyErr {
    let code = error.code();
    match error.into_source() {
        Ok(source) => raised(py, code, source),
        Err(error) => made(py, &error),
    }
}

/// What is behind an error: what Python itself raised, what the operating system says, an error of cmkit's own.
fn raised(py: Python<'_>, code: Code, source: BoxError) -> PyErr {
    let source = match source.downcast::<PyErr>() {
        Ok(error) => return *error,
        Err(source) => source,
    };
    let source = match source.downcast::<FileError>() {
        Ok(file) => return os_error(py, file.error, Some(&file.path)),
        Err(source) => source,
    };
    let source = match source.downcast::<io::Error>() {
        Ok(error) => return os_error(py, *error, None),
        Err(source) => source,
    };
    match source.downcast::<Error>() {
        Ok(own) => exception(py, *own),
        Err(source) => made(py, &Error::new(code, source.to_string())),
    }
}

/// An `OSError` of the kind that its number has in Python, with the file it is about.
fn os_error(py: Python<'_>, error: io::Error, path: Option<&Path>) -> PyErr {
    let Some(number) = error.raw_os_error() else { return error.into() };
    let says = py.import("os").and_then(|os| os.call_method1("strerror", (number,)));
    match says {
        Ok(says) => PyOSError::new_err((number, says.unbind(), path.map(|path| path.as_os_str().to_owned()))),
        Err(failed) => failed,
    }
}

fn made(py: Python<'_>, error: &Error) -> PyErr {
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
    made(py, &Error::new(Code::InvalidArgument, message.into()))
}

/// What Python raised in the middle of something, which it ends.
pub(crate) fn raised_as_error(raised: PyErr) -> Error {
    Error::new(Code::Io, "stopped by what Python raised").with_source(raised.into())
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
