//! Key Vault's own words, for the provider that the package builds on its SDK: where a key is, what an answer means.

use crate::error::Raise;
use crate::provider::{Refusal, request_of};
use cmkit::key::{KeyUri, Service};
use cmkit::operation::KeyRequest;
use cmkit::operation::key_vault::{self, Answer};
use pyo3::prelude::*;

/// The host of the key that a request is about, its name, its version, and whether the host is one of Azure's. Others are
/// refused unless they are among `hosts`.
#[pyfunction]
#[pyo3(signature = (request, hosts, /))]
pub(crate) fn vault_address(
    request: &Bound<'_, PyAny>,
    hosts: Vec<String>,
) -> PyResult<(String, String, Option<String>, bool)> {
    let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
    let key = request_of(request)?.key().to_string();
    let key = KeyUri::parse_on(&key, &hosts).or_raise(request.py())?;
    let version = key.version().map(|version| version.to_string());
    Ok((key.host().to_owned(), key.name().to_owned(), version, key.service() != Service::Custom))
}

/// What an error answer means; nothing where it is not a refusal of the request. `retry_after` is the header.
#[pyfunction]
#[pyo3(signature = (request, status, code, inner_code, message, retry_after, /))]
pub(crate) fn vault_refusal(
    request: &Bound<'_, PyAny>,
    status: u16,
    code: Option<&str>,
    inner_code: Option<&str>,
    message: &str,
    retry_after: Option<&str>,
) -> PyResult<Option<Refusal>> {
    let request = request_of(request)?;
    let retry_after = retry_after.and_then(|seconds| seconds.trim().parse().ok());
    let answer = Answer { status, code, inner_code, message, retry_after };
    let unwrapping = matches!(request, KeyRequest::Unwrap { .. });
    Ok(answer.refusal(request.key(), unwrapping).map(Refusal::from))
}

/// What it means that there was no answer.
#[pyfunction]
#[pyo3(signature = (request, cause, /))]
pub(crate) fn vault_unreachable(request: &Bound<'_, PyAny>, cause: &str) -> PyResult<Refusal> {
    Ok(key_vault::unreachable(request_of(request)?.key(), cause).into())
}

/// What it means that a key is of a type that wraps nothing.
#[pyfunction]
#[pyo3(signature = (request, kind, /))]
pub(crate) fn vault_wraps_nothing(request: &Bound<'_, PyAny>, kind: &str) -> PyResult<Refusal> {
    Ok(key_vault::wraps_nothing(request_of(request)?.key(), kind).into())
}

/// Refuses an answer that is about another key than was asked.
#[pyfunction]
#[pyo3(signature = (request, kid, /))]
pub(crate) fn vault_answered(request: &Bound<'_, PyAny>, kid: &str) -> PyResult<()> {
    key_vault::check_answered(request_of(request)?.key(), kid).or_raise(request.py())
}
