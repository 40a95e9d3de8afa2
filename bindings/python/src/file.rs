//! Files sealed and opened into other files.

use crate::error::{Raise, raised_as_error};
use crate::options::{Opening, begin_seal};
use cmkit::{Error, SourceFile, Threads};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

#[pyfunction]
#[pyo3(signature = (source, target, progress, arguments, /))]
pub(crate) fn seal_file(
    py: Python<'_>,
    source: PathBuf,
    target: PathBuf,
    progress: Option<Py<PyAny>>,
    arguments: &Bound<'_, PyDict>,
) -> PyResult<u64> {
    let source = py.detach(|| SourceFile::open(source)).or_raise(py)?;
    let sealer = begin_seal(py, source.size(), arguments)?;
    let mut between = |done, total| between(progress.as_ref(), done, total);
    py.detach(|| source.seal_to(target, sealer, Threads::All, &mut between)).or_raise(py)
}

#[pyfunction]
#[pyo3(signature = (source, target, progress, arguments, /))]
pub(crate) fn open_file(
    py: Python<'_>,
    source: PathBuf,
    target: PathBuf,
    progress: Option<Py<PyAny>>,
    arguments: &Bound<'_, PyDict>,
) -> PyResult<u64> {
    let mut source = py.detach(|| SourceFile::open(source)).or_raise(py)?;
    let opener = Opening::new(arguments)?.begin(py, |max_header| cmkit::read_head(&mut source, Some(max_header)))?;
    let mut between = |done, total| between(progress.as_ref(), done, total);
    py.detach(|| source.open_to(target, opener, Threads::All, &mut between)).or_raise(py)
}

/// Between two batches Python has its turn: for Ctrl-C, and for who wants to know. What it raises ends the work.
fn between(progress: Option<&Py<PyAny>>, done: u64, total: Option<u64>) -> Result<(), Error> {
    let turn = |py: Python<'_>| {
        py.check_signals()?;
        progress.map_or(Ok(()), |progress| progress.call1(py, (done, total)).map(drop))
    };
    Python::attach(turn).map_err(raised_as_error)
}
