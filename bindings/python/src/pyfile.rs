//! Python's binary file objects as `Read`, `Write` and `Seek`. What they raise travels inside of the error and comes out as
//! it is.

use crate::buffer::Bytes;
use pyo3::exceptions::{PyBlockingIOError, PyOSError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Any object with `read`, `write` or `seek` of a binary file.
pub(crate) struct PyFile(Py<PyAny>);

impl PyFile {
    pub(crate) fn new(file: Bound<'_, PyAny>) -> Self {
        Self(file.unbind())
    }

    /// Where a file is that can be read at any place.
    pub(crate) fn place(file: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
        let py = file.py();
        let seekable = file.getattr_opt(intern!(py, "seekable"))?;
        match seekable.map_or(Ok(false), |seekable| seekable.call0()?.is_truthy())? {
            true => Ok(Some(file.call_method0(intern!(py, "tell"))?.extract()?)),
            false => Ok(None),
        }
    }
}

impl Read for PyFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        with_python(|py| {
            let read = self.0.bind(py).call_method1(intern!(py, "read"), (out.len(),))?;
            if read.is_none() {
                return Err(PyBlockingIOError::new_err("the file has nothing to read now"));
            }
            let read: Bytes = read.extract()?;
            let read = read.as_slice();
            let out = out.get_mut(..read.len());
            out.ok_or_else(|| PyOSError::new_err("the file gave more than it was asked for"))?.copy_from_slice(read);
            Ok(read.len())
        })
    }
}

impl Write for PyFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        with_python(|py| {
            let file = self.0.bind(py);
            let written = file.call_method1(intern!(py, "write"), (PyBytes::new(py, data),))?;
            if written.is_none() {
                // A raw file says so that it can't take any now; others have nothing to say because they take all.
                let raw = py.import("io")?.getattr("RawIOBase")?;
                return match file.is_instance(&raw)? {
                    true => Err(PyBlockingIOError::new_err("the file takes nothing now")),
                    false => Ok(data.len()),
                };
            }
            let written: usize = written.extract()?;
            if written > data.len() {
                return Err(PyOSError::new_err("the file says that it took more than it was given"));
            }
            Ok(written)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        with_python(|py| match self.0.bind(py).getattr_opt(intern!(py, "flush"))? {
            Some(flush) => flush.call0().map(drop),
            None => Ok(()),
        })
    }
}

impl Seek for PyFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        with_python(|py| {
            let file = self.0.bind(py);
            let seek = intern!(py, "seek");
            let place = match to {
                SeekFrom::Start(at) => file.call_method1(seek, (at, 0)),
                SeekFrom::Current(by) => file.call_method1(seek, (by, 1)),
                SeekFrom::End(by) => file.call_method1(seek, (by, 2)),
            }?;
            place.extract()
        })
    }
}

/// Python's turn, for Ctrl-C as well. `io::Error::other` has no kind that would have a call tried again.
fn with_python<T>(work: impl FnOnce(Python<'_>) -> PyResult<T>) -> io::Result<T> {
    let turn = |py: Python<'_>| {
        py.check_signals()?;
        work(py)
    };
    Python::attach(turn).map_err(io::Error::other)
}
