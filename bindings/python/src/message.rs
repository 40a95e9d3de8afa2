//! Messages in memory: seal, open, a range, rewrap, inspect.

use crate::buffer::{Bytes, BytesMut};
use crate::drawn;
use crate::error::{Raise, invalid};
use crate::keys::{open_keys, seal_keys};
use crate::options::{self, Opening, begin_seal, external};
use crate::provider::Asked;
use cmkit::envelope::{self, DEFAULT_MAX_HEADER, DEFAULT_MAX_KEYS, Keep, Opener, Pad, RewrapOptions, Sealer};
use cmkit::operation::Step;
use cmkit::{Error, NativeCipher};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::ops::Range;

/// From this many bytes on, others may run meanwhile: below, letting go of the GIL costs more than sealing.
const WORTH_LETTING_GO: usize = 2048;

/// Runs `work` without the GIL where it is long enough.
pub(crate) fn detached<T: Send>(py: Python<'_>, bytes: usize, work: impl FnOnce() -> T + Send) -> T {
    if bytes > WORTH_LETTING_GO { py.detach(work) } else { work() }
}

/// Opens the head, wherever it is, and gives the body with it.
fn begin_open<'a>(
    py: Python<'_>,
    data: &'a Bytes,
    arguments: &Bound<'_, PyDict>,
) -> PyResult<(Opener<NativeCipher>, &'a [u8])> {
    let opening = Opening::new(arguments)?;
    let data = data.as_slice();
    let opener = opening.begin(py, |_| Ok(data))?;
    let body = if opening.is_detached() { data } else { &data[opener.head_size()..] };
    Ok((opener, body))
}

#[pyfunction]
#[pyo3(signature = (data, arguments, /))]
pub(crate) fn seal<'py>(py: Python<'py>, data: Bytes, arguments: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyBytes>> {
    let data = data.as_slice();
    let sealer = begin_seal(py, Some(data.len() as u64), arguments)?;
    sealed(py, sealer, data)
}

pub(crate) fn sealed<'py>(py: Python<'py>, sealer: Sealer<NativeCipher>, data: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let size = sealer.head().len() + envelope::sealed_size(sealer.suite(), data.len());
    PyBytes::new_with(py, size, |out| seal_whole(py, sealer, data, out))
}

/// Head and body, to be kept apart.
#[pyfunction]
#[pyo3(signature = (data, arguments, /))]
pub(crate) fn seal_detached<'py>(
    py: Python<'py>,
    data: Bytes,
    arguments: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    let data = data.as_slice();
    let sealer = begin_seal(py, Some(data.len() as u64), arguments)?;
    let head = PyBytes::new(py, sealer.head());
    let size = envelope::sealed_size(sealer.suite(), data.len());
    let seal = |body: &mut [u8]| detached(py, data.len(), || sealer.seal_body_into(data, body)).or_raise(py);
    Ok((head, PyBytes::new_with(py, size, seal)?))
}

/// Seals into a buffer that is there, and says how many of its bytes are the envelope.
#[pyfunction]
#[pyo3(signature = (data, out, arguments, /))]
pub(crate) fn seal_into(py: Python<'_>, data: Bytes, out: BytesMut, arguments: &Bound<'_, PyDict>) -> PyResult<usize> {
    out.must_be_apart(py, &data)?;
    let sealer = begin_seal(py, Some(data.as_slice().len() as u64), arguments)?;
    sealed_into(py, sealer, data.as_slice(), out)
}

/// The output shares no memory with the data.
pub(crate) fn sealed_into(
    py: Python<'_>,
    sealer: Sealer<NativeCipher>,
    data: &[u8],
    mut out: BytesMut,
) -> PyResult<usize> {
    let size = sealer.head().len() + envelope::sealed_size(sealer.suite(), data.len());
    let room = out.as_mut_slice();
    let Some(out) = room.get_mut(..size) else {
        return Err(invalid(py, format!("the envelope has {size} bytes, `out` only {}", room.len())));
    };
    seal_whole(py, sealer, data, out)?;
    Ok(size)
}

fn seal_whole(py: Python<'_>, sealer: Sealer<NativeCipher>, data: &[u8], out: &mut [u8]) -> PyResult<()> {
    let (head, body) = out.split_at_mut(sealer.head().len());
    head.copy_from_slice(sealer.head());
    detached(py, data.len(), || sealer.seal_body_into(data, body)).or_raise(py)
}

/// Bytes of an envelope of `size` bytes, its head apart.
#[pyfunction]
#[pyo3(signature = (size, suite, /))]
pub(crate) fn sealed_size(py: Python<'_>, size: usize, suite: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(envelope::sealed_size(options::suite(py, suite)?, size))
}

/// Bytes of plaintext in an envelope of `size` bytes that begins with this head.
#[pyfunction]
#[pyo3(signature = (head, size, /))]
pub(crate) fn plaintext_size(py: Python<'_>, head: Bytes, size: u64) -> PyResult<u64> {
    envelope::plaintext_size(head.as_slice(), size).or_raise(py)
}

#[pyfunction]
#[pyo3(signature = (data, arguments, /))]
pub(crate) fn open<'py>(py: Python<'py>, data: Bytes, arguments: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyBytes>> {
    let (opener, body) = begin_open(py, &data, arguments)?;
    opened(py, &opener, body)
}

pub(crate) fn opened<'py>(
    py: Python<'py>,
    opener: &Opener<NativeCipher>,
    body: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let size = envelope::opened_size_at_most(opener.suite(), body.len());
    PyBytes::new_with(py, size, |out| {
        detached(py, size, || opener.open_into(body, out)).or_raise(py)?;
        Ok(())
    })
}

/// Opens into a buffer that is there, and says how many of its bytes are the plaintext.
#[pyfunction]
#[pyo3(signature = (data, out, arguments, /))]
pub(crate) fn open_into(py: Python<'_>, data: Bytes, out: BytesMut, arguments: &Bound<'_, PyDict>) -> PyResult<usize> {
    out.must_be_apart(py, &data)?;
    let (opener, body) = begin_open(py, &data, arguments)?;
    opened_into(py, &opener, body, out)
}

/// The output shares no memory with the body.
pub(crate) fn opened_into(
    py: Python<'_>,
    opener: &Opener<NativeCipher>,
    body: &[u8],
    mut out: BytesMut,
) -> PyResult<usize> {
    let size = envelope::opened_size_at_most(opener.suite(), body.len());
    let room = out.as_mut_slice();
    let Some(out) = room.get_mut(..size) else {
        return Err(invalid(py, format!("the plaintext has {size} bytes, `out` only {}", room.len())));
    };
    detached(py, size, || opener.open_into(body, out)).or_raise(py)
}

#[pyfunction]
#[pyo3(signature = (data, start, stop, arguments, /))]
pub(crate) fn open_range<'py>(
    py: Python<'py>,
    data: Bytes,
    start: u64,
    stop: u64,
    arguments: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyBytes>> {
    let (opener, body) = begin_open(py, &data, arguments)?;
    opened_range(py, &opener, body, start..stop)
}

pub(crate) fn opened_range<'py>(
    py: Python<'py>,
    opener: &Opener<NativeCipher>,
    body: &[u8],
    range: Range<u64>,
) -> PyResult<Bound<'py, PyBytes>> {
    let plain = py.detach(|| opener.open_range(body, range)).or_raise(py)?;
    Ok(PyBytes::new(py, &zeroize::Zeroizing::new(plain)))
}

/// What a rewrap takes, as keyword arguments.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct RewrapArguments<'py> {
    keys: Bound<'py, PyAny>,
    to: Bound<'py, PyAny>,
    provider: Option<Bound<'py, PyAny>>,
    aad: Option<Bound<'py, PyAny>>,
    keep: bool,
    in_place: bool,
    detached: bool,
    pad_to: Option<usize>,
    hosts: Vec<String>,
    max_keys: Option<usize>,
    max_header: Option<usize>,
}

impl RewrapArguments<'_> {
    pub(crate) fn asked(&self) -> Asked {
        Asked::new(self.provider.as_ref())
    }

    pub(crate) fn parse(&self) -> PyResult<RewrapOptions> {
        Ok(RewrapOptions {
            open: open_keys(&self.keys, &self.hosts)?,
            to: seal_keys(&self.to, &self.hosts)?,
            keep: if self.keep { Keep::All } else { Keep::None },
            pad: match (self.in_place, self.pad_to) {
                (true, _) => Pad::InPlace,
                (false, Some(size)) => Pad::To(size),
                (false, None) => Pad::None,
            },
            external: self.aad.as_ref().map(|aad| external(Some(aad))).transpose()?,
            max_keys: self.max_keys.unwrap_or(DEFAULT_MAX_KEYS),
            max_header: self.max_header.unwrap_or(DEFAULT_MAX_HEADER),
        })
    }
}

#[pyfunction]
#[pyo3(signature = (data, arguments, /))]
pub(crate) fn rewrap<'py>(
    py: Python<'py>,
    data: Bytes,
    arguments: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyBytes>> {
    let given: RewrapArguments<'_> = arguments.extract()?;
    let (options, input) = (given.parse()?, data.as_slice());
    let (asked, apart) = (given.asked(), given.detached);
    let rewrap = || cmkit::run(begin_rewrap(input, options, apart)?, &asked);
    let head = py.detach(rewrap).or_raise(py)?;
    Ok(PyBytes::new(py, &head))
}

/// The same, one question at a time.
pub(crate) fn rewrap_step(py: Python<'_>, data: &[u8], arguments: &Bound<'_, PyDict>) -> PyResult<Step<Vec<u8>>> {
    let given: RewrapArguments<'_> = arguments.extract()?;
    begin_rewrap(data, given.parse()?, given.detached).or_raise(py)
}

fn begin_rewrap(data: &[u8], options: RewrapOptions, detached: bool) -> Result<Step<Vec<u8>>, Error> {
    if detached { drawn::rewrap_detached(data, options) } else { drawn::rewrap(data, options) }
}

/// What a head says, without any key.
#[pyfunction]
#[pyo3(signature = (data, /))]
pub(crate) fn inspect(py: Python<'_>, data: Bytes) -> PyResult<Bound<'_, PyAny>> {
    let inspection = envelope::inspect(data.as_slice()).or_raise(py)?;
    pythonize::pythonize(py, &inspection).map_err(Into::into)
}
