//! Python's buffers as slices of bytes: `bytes`, `bytearray`, `memoryview`, `mmap`, arrays of numbers.

use crate::error::invalid;
use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;
use std::slice;

/// The bytes of any object with the buffer protocol, where they lie.
pub(crate) struct Bytes(PyUntypedBuffer);

impl<'py> FromPyObject<'_, 'py> for Bytes {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(contiguous(&object)?))
    }
}

impl Bytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        if self.0.len_bytes() == 0 {
            return &[];
        }
        // SAFETY: the buffer is contiguous, `len_bytes` long, and held until `self` is dropped. Whoever writes into it in
        // another thread meanwhile seals or opens garbage, as with every library that takes buffers without the GIL.
        #[expect(unsafe_code, reason = "the buffer protocol gives a pointer")]
        unsafe {
            slice::from_raw_parts(self.0.buf_ptr().cast::<u8>(), self.0.len_bytes())
        }
    }
}

/// The same, to be written into.
pub(crate) struct BytesMut(PyUntypedBuffer);

impl<'py> FromPyObject<'_, 'py> for BytesMut {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let buffer = contiguous(&object)?;
        if buffer.readonly() {
            return Err(PyBufferError::new_err("the buffer to write into is read-only"));
        }
        Ok(Self(buffer))
    }
}

impl BytesMut {
    /// Refuses an output that would be overwritten while the input is read.
    pub(crate) fn must_be_apart(&self, py: Python<'_>, input: &Bytes) -> PyResult<()> {
        if self.overlaps(input) { Err(invalid(py, "`out` shares memory with `data`")) } else { Ok(()) }
    }

    fn overlaps(&self, input: &Bytes) -> bool {
        let range = |buffer: &PyUntypedBuffer| {
            let start = buffer.buf_ptr() as usize;
            start..start + buffer.len_bytes()
        };
        let (out, input) = (range(&self.0), range(&input.0));
        out.start < input.end && input.start < out.end
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        if self.0.len_bytes() == 0 {
            return &mut [];
        }
        // SAFETY: as above; it is writable, and callers see to it that it does not overlap what they read.
        #[expect(unsafe_code, reason = "the buffer protocol gives a pointer")]
        unsafe {
            slice::from_raw_parts_mut(self.0.buf_ptr().cast::<u8>(), self.0.len_bytes())
        }
    }
}

fn contiguous(object: &Bound<'_, PyAny>) -> PyResult<PyUntypedBuffer> {
    let buffer = PyUntypedBuffer::get(object)?;
    if !buffer.is_c_contiguous() {
        return Err(PyBufferError::new_err("the buffer is not contiguous: copy it with `bytes(..)`"));
    }
    Ok(buffer)
}
