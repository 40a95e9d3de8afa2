//! Documents and what is asked about them: check, explain, what-if, calendar, plan, fix, and the tables.
//!
//! Documents come in as text or as the bytes of a file, so that findings keep their lines. Structured values go out as
//! plain dictionaries and tuples; the package makes its own frozen types of them.

mod documents;
mod report;
mod tables;

pub(crate) use documents::{calendar, check, explain, fix, parse_time, plan, what_if};
pub(crate) use report::Report;
pub(crate) use tables::{form_fields, rules, scaffold};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pythonize::{PythonizeTypes, PythonizeUnnamedMappingAdapter, pythonize_custom};
use serde::Serialize;

/// Dictionaries and, for lists, tuples: what comes out is nobody's to change.
struct Frozen;

impl PythonizeTypes for Frozen {
    type Map = PyDict;
    type NamedMap = PythonizeUnnamedMappingAdapter<PyDict>;
    type List = PyTuple;
}

pub(crate) fn to_python<'py>(py: Python<'py>, value: &(impl Serialize + ?Sized)) -> PyResult<Bound<'py, PyAny>> {
    Ok(pythonize_custom::<Frozen, _>(py, value)?)
}
