//! Envelopes written to and read from file objects of Python, below the classes that people use.

use crate::buffer::{Bytes, BytesMut};
use crate::error::{Raise, io_exception};
use crate::options::{Opening, begin_seal};
use crate::pyfile::PyFile;
use cmkit::{OpenReader, SealWriter, SeekReader, Threads};
use pyo3::PyClass;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::False;
use pyo3::types::{PyBytes, PyDict};
use std::io::{Read, Seek, SeekFrom};

/// Seals what is written to it into a file.
#[pyclass(module = "cmkit")]
pub(crate) struct SealStream {
    writer: Option<SealWriter<PyFile>>,
    head: Py<PyBytes>,
}

#[pymethods]
impl SealStream {
    #[new]
    #[pyo3(signature = (file, write_head, arguments, /))]
    fn new(py: Python<'_>, file: Bound<'_, PyAny>, write_head: bool, arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        let sealer = begin_seal(py, None, arguments)?;
        let head = PyBytes::new(py, sealer.head()).unbind();
        let mut writer = SealWriter::new(sealer, PyFile::new(file), Threads::All);
        if write_head {
            py.detach(|| writer.write_head()).or_raise(py)?;
        }
        Ok(Self { writer: Some(writer), head })
    }

    #[getter]
    fn head(&self, py: Python<'_>) -> Py<PyBytes> {
        self.head.clone_ref(py)
    }

    /// Takes all of the data.
    #[pyo3(signature = (data, /))]
    fn write(slf: &Bound<'_, Self>, data: Bytes) -> PyResult<usize> {
        let (py, mut stream) = (slf.py(), only(slf)?);
        let writer = stream.writer.as_mut().ok_or_else(closed)?;
        let data = data.as_slice();
        let mut rest = data;
        py.detach(|| -> Result<_, cmkit::Error> {
            while writer.fill_from(&mut rest)? {}
            Ok(data.len())
        })
        .or_raise(py)
    }

    /// Bytes of plaintext so far.
    fn tell(slf: &Bound<'_, Self>) -> PyResult<u64> {
        let stream = only(slf)?;
        Ok(stream.writer.as_ref().ok_or_else(closed)?.plaintext_written())
    }

    /// Writes the last chunk, which makes the envelope whole.
    fn finish(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let writer = only(slf)?.writer.take().ok_or_else(closed)?;
        py.detach(|| writer.finish()).or_raise(py).map(drop)
    }

    /// Forgets what is not written, and the key.
    fn abort(slf: &Bound<'_, Self>) -> PyResult<()> {
        only(slf)?.writer.take();
        Ok(())
    }
}

/// Reads the plaintext of an envelope in a file.
#[pyclass(module = "cmkit")]
pub(crate) struct OpenStream {
    reader: Option<Reader>,
}

enum Reader {
    /// From front to end, with the bytes read so far.
    Onward(OpenReader<PyFile>, u64),
    Anywhere(SeekReader<PyFile>),
}

#[pymethods]
impl OpenStream {
    #[new]
    #[pyo3(signature = (file, arguments, /))]
    fn new(py: Python<'_>, file: Bound<'_, PyAny>, arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        let opening = Opening::new(arguments)?;
        let begin = PyFile::place(&file)?;
        let mut file = PyFile::new(file);
        let opener = opening.begin(py, |max_header| cmkit::read_head(&mut file, Some(max_header)))?;
        let reader = match begin {
            Some(begin) => {
                let body = if opening.is_detached() { begin } else { begin + opener.head_size() as u64 };
                Reader::Anywhere(py.detach(|| SeekReader::new(opener, file, body, Threads::All)).or_raise(py)?)
            }
            None => Reader::Onward(OpenReader::new(opener, file, Threads::All), 0),
        };
        Ok(Self { reader: Some(reader) })
    }

    #[pyo3(signature = (buffer, /))]
    fn readinto(slf: &Bound<'_, Self>, mut buffer: BytesMut) -> PyResult<usize> {
        let (py, mut stream) = (slf.py(), only(slf)?);
        let reader = stream.reader.as_mut().ok_or_else(closed)?;
        let out = buffer.as_mut_slice();
        py.detach(|| reader.read(out)).map_err(|error| io_exception(py, error))
    }

    /// Goes to a byte of the plaintext.
    #[pyo3(signature = (to, /))]
    fn seek(slf: &Bound<'_, Self>, to: u64) -> PyResult<u64> {
        let (py, mut stream) = (slf.py(), only(slf)?);
        match stream.reader.as_mut().ok_or_else(closed)? {
            Reader::Anywhere(reader) => reader.seek(SeekFrom::Start(to)).map_err(|error| io_exception(py, error)),
            Reader::Onward(..) => Err(PyValueError::new_err("the file is not seekable")),
        }
    }

    fn tell(slf: &Bound<'_, Self>) -> PyResult<u64> {
        let (py, mut stream) = (slf.py(), only(slf)?);
        match stream.reader.as_mut().ok_or_else(closed)? {
            Reader::Anywhere(reader) => reader.stream_position().map_err(|error| io_exception(py, error)),
            Reader::Onward(_, place) => Ok(*place),
        }
    }

    /// Bytes of plaintext, where the file is seekable.
    fn size(slf: &Bound<'_, Self>) -> PyResult<Option<u64>> {
        Ok(match only(slf)?.reader.as_ref().ok_or_else(closed)? {
            Reader::Anywhere(reader) => Some(reader.len()),
            Reader::Onward(..) => None,
        })
    }

    /// What the head says, authenticated.
    fn inspect<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let inspection = match only(slf)?.reader.as_ref().ok_or_else(closed)? {
            Reader::Anywhere(reader) => reader.inspection(),
            Reader::Onward(reader, _) => reader.inspection(),
        };
        pythonize::pythonize(slf.py(), &inspection).map_err(Into::into)
    }

    /// Forgets the key and what was read ahead.
    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        only(slf)?.reader.take();
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Anywhere(reader) => reader.read(out),
            Self::Onward(reader, place) => {
                let count = reader.read(out)?;
                *place += count as u64;
                Ok(count)
            }
        }
    }
}

/// The stream for one caller at a time: another thread, or the file that it calls, would find it half-way.
fn only<'py, T: PyClass<Frozen = False>>(stream: &Bound<'py, T>) -> PyResult<PyRefMut<'py, T>> {
    stream.try_borrow_mut().map_err(|_| PyRuntimeError::new_err("the stream is at work for another caller"))
}

fn closed() -> PyErr {
    PyValueError::new_err("I/O operation on closed file")
}
