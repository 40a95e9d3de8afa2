//! Notifications about keys.

use crate::error::Raise;
use crate::policy::to_python;
use cmkit::document::event;
use pyo3::prelude::*;

/// What a notification of Event Grid says.
#[pyfunction]
#[pyo3(signature = (text, hosts, /))]
pub(crate) fn read_key_events<'py>(py: Python<'py>, text: &str, hosts: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    to_python(py, &event::read_key_events(text, &hosts).or_raise(py)?)
}
