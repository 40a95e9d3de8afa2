//! Columns of values as Arrow lays them out: offsets and data come in as buffers and go out as buffers, with no object of
//! Python for a value.

use crate::buffer::Bytes;
use crate::drawn::Values;
use crate::error::{Raise, invalid};
use crate::message::detached;
use crate::record::{DataKey, aad_bytes, seal_in};
use cmkit::envelope::COMPACT_OVERHEAD;
use cmkit::{Code, Error};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::{Zeroize, Zeroizing};

/// A column of text or bytes whose buffers begin with its first value.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Column {
    size: usize,
    /// A bit for each value; all are there where there are no bits.
    validity: Option<Bytes>,
    offsets: Bytes,
    /// Whether an offset has 8 bytes, not 4.
    wide: bool,
    data: Option<Bytes>,
}

impl Column {
    /// The same for reading, once its buffers are large enough for what it says of itself.
    fn read(&self, py: Python<'_>) -> PyResult<Buffers<'_>> {
        let values = Buffers {
            size: self.size,
            validity: self.validity.as_ref().map(Bytes::as_slice),
            offsets: self.offsets.as_slice(),
            wide: self.wide,
            data: self.data.as_ref().map_or(&[], Bytes::as_slice),
        };
        let bits = values.validity.is_none_or(|bits| bits.len() >= self.size.div_ceil(8));
        let offsets = values.offsets.len() / values.width() > self.size || self.size == 0;
        match bits && offsets {
            true => Ok(values),
            false => Err(invalid(py, "the column's buffers are shorter than the column")),
        }
    }
}

struct Buffers<'a> {
    size: usize,
    validity: Option<&'a [u8]>,
    offsets: &'a [u8],
    wide: bool,
    data: &'a [u8],
}

impl<'a> Buffers<'a> {
    fn width(&self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    /// A value, nothing for a null. Offsets may come from anywhere, so none is trusted.
    fn get(&self, index: usize) -> Result<Option<&'a [u8]>, Error> {
        if self.validity.is_some_and(|bits| bits[index / 8] >> (index % 8) & 1 == 0) {
            return Ok(None);
        }
        let value = self.offset(index).zip(self.offset(index + 1)).and_then(|(start, end)| self.data.get(start..end));
        let outside = || Error::new(Code::Malformed, "the offsets of the column are not within its data");
        value.map(Some).ok_or_else(outside)
    }

    fn offset(&self, index: usize) -> Option<usize> {
        match self.wide {
            true => i64::from_ne_bytes(*self.offsets.as_chunks().0.get(index)?).try_into().ok(),
            false => i32::from_ne_bytes(*self.offsets.as_chunks().0.get(index)?).try_into().ok(),
        }
    }
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Arguments<'py> {
    column: Column,
    /// The place of the column's first value in a longer one, for what is said of a fault.
    first: usize,
    namespace: String,
    aad: Option<Bound<'py, PyAny>>,
    /// The aad of each value, in place of one for all.
    rows: Option<Column>,
    deterministic: bool,
}

/// Seals each value of a column; gives its offsets and its data.
#[pyfunction]
#[pyo3(signature = (key, arguments, /))]
pub(crate) fn seal_column<'py>(
    py: Python<'py>,
    key: &Bound<'py, DataKey>,
    arguments: Arguments<'py>,
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    let deterministic = arguments.deterministic;
    let seal = |values: &Values<'_>, value: &[u8]| seal_in(values, value, deterministic);
    arguments.each(py, key, |value| value.len() + COMPACT_OVERHEAD, seal)
}

/// Opens each value of a column; gives its offsets and its data.
#[pyfunction]
#[pyo3(signature = (key, arguments, /))]
pub(crate) fn open_column<'py>(
    py: Python<'py>,
    key: &Bound<'py, DataKey>,
    arguments: Arguments<'py>,
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    arguments.each(py, key, |value| value.len().saturating_sub(COMPACT_OVERHEAD), open_in)
}

fn open_in(values: &Values<'_>, value: &[u8]) -> Result<Vec<u8>, Error> {
    values.open(value)
}

impl Arguments<'_> {
    /// Lays the column out by the size that each value will have, then does the work in place; one fault ends all.
    fn each<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, DataKey>,
        size_of: impl Fn(&[u8]) -> usize,
        work: impl Fn(&Values<'_>, &[u8]) -> Result<Vec<u8>, Error> + Send + Sync,
    ) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
        let (key, column, aad) = (key.get().key(py)?, self.column.read(py)?, aad_bytes(self.aad.as_ref())?);
        let namespace = self.namespace.as_str();
        let values_of = |aad: &[u8]| Values::new(&key, namespace, aad);
        let (rows, alike) = (self.rows.as_ref().map(|rows| rows.read(py)).transpose()?, values_of(aad.as_slice()));
        let alike = alike.or_raise(py)?;
        if rows.as_ref().is_some_and(|rows| rows.size != column.size) {
            return Err(invalid(py, "the column of `aad` has another length than the column"));
        }
        let (first, mut total) = (self.first, 0);
        let offsets = PyBytes::new_with(py, (column.size + 1) * column.width(), |out| {
            for (index, offset) in out.chunks_exact_mut(column.width()).enumerate() {
                match column.wide {
                    true => offset.copy_from_slice(&(total as i64).to_ne_bytes()),
                    false => offset.copy_from_slice(&narrow(total).or_raise(py)?.to_ne_bytes()),
                }
                if index < column.size {
                    total += column.get(index).or_raise(py)?.map_or(0, &size_of);
                }
            }
            Ok(())
        })?;
        let fill = |mut out: &mut [u8]| {
            for index in 0..column.size {
                let Some(value) = column.get(index)? else { continue };
                let one = || match &rows {
                    Some(rows) => work(&values_of(rows.get(index)?.ok_or_else(no_aad)?)?, value),
                    None => work(&alike, value),
                };
                let done = Zeroizing::new(one().map_err(|error| fault(first + index, error))?);
                let place = out.split_off_mut(..done.len()).expect("values have the sizes they were laid out by");
                place.copy_from_slice(&done);
            }
            Ok(())
        };
        let data = PyBytes::new_with(py, total, |out| {
            let done = detached(py, self.column.size * COMPACT_OVERHEAD, || fill(out));
            done.inspect_err(|_| out.zeroize()).or_raise(py)
        })?;
        Ok((offsets, data))
    }
}

fn narrow(offset: usize) -> Result<i32, Error> {
    let too_large = |_| Error::new(Code::TooLarge, "the column would be over 2 GiB: take a type with large offsets");
    i32::try_from(offset).map_err(too_large)
}

fn no_aad() -> Error {
    Error::new(Code::InvalidArgument, "its `aad` is null")
}

/// The same error, with the place of the value.
fn fault(place: usize, error: Error) -> Error {
    Error::new(error.code(), format!("value {place} of the column: {}", error.message()))
}
