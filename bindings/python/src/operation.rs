//! An operation under way: what it asks, the reply, and what comes of it. For providers that are awaited.

use crate::buffer::{Bytes, BytesMut};
use crate::drawn;
use crate::error::{Raise, invalid};
use crate::message::{opened, opened_into, opened_range, rewrap_step, sealed, sealed_into};
use crate::options::{Opening, seal_step};
use crate::provider::{Asked, python_request, reply_of};
use crate::record::{DataKey, NewRecordArguments, RecordArguments};
use cmkit::envelope::{self, NewRecord};
use cmkit::operation::Step;
use cmkit::{Error, NativeCipher, steps};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroize;

/// What an operation makes.
enum Product {
    Sealer(Box<envelope::Sealer<NativeCipher>>),
    Opener { opener: Box<envelope::Opener<NativeCipher>>, detached: bool },
    Head(Vec<u8>),
    DataKey { key: Arc<envelope::DataKey>, record: Vec<u8> },
}

/// An operation: it asks until it is done. Dropped half-way, it has done nothing.
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct Operation(Mutex<Option<Step<Product>>>);

impl Operation {
    fn begin<T: 'static>(step: Step<T>, product: impl FnOnce(T) -> Product + Send + 'static) -> Self {
        Self(Mutex::new(Some(step.map(product))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Step<Product>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, py: Python<'_>) -> PyResult<Step<Product>> {
        self.lock().take().ok_or_else(|| invalid(py, "the operation is over"))
    }

    /// The product, where the operation is done and makes one of this kind.
    fn product<T>(&self, py: Python<'_>, wanted: impl FnOnce(Product) -> Option<T>) -> PyResult<T> {
        let product = match self.take(py)? {
            Step::Done(product) => wanted(product),
            Step::Ask(_) => None,
        };
        product.ok_or_else(|| invalid(py, "the operation has not come to this"))
    }

    fn sealer(&self, py: Python<'_>) -> PyResult<Box<envelope::Sealer<NativeCipher>>> {
        self.product(py, |product| if let Product::Sealer(sealer) = product { Some(sealer) } else { None })
    }

    fn opener(&self, py: Python<'_>) -> PyResult<(Box<envelope::Opener<NativeCipher>>, bool)> {
        self.product(py, |product| match product {
            Product::Opener { opener, detached } => Some((opener, detached)),
            _ => None,
        })
    }
}

#[pymethods]
impl Operation {
    #[staticmethod]
    #[pyo3(signature = (arguments, /))]
    fn seal(py: Python<'_>, arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        Ok(Self::begin(seal_step(py, arguments)?, |sealer| Product::Sealer(Box::new(sealer))))
    }

    #[staticmethod]
    #[pyo3(signature = (data, arguments, /))]
    fn open(py: Python<'_>, data: Bytes, arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        let opening = Opening::new(arguments)?;
        let detached = opening.is_detached();
        let step = opening.step(py, data.as_slice())?;
        Ok(Self::begin(step, move |opener| Product::Opener { opener: Box::new(opener), detached }))
    }

    #[staticmethod]
    #[pyo3(signature = (data, arguments, /))]
    fn rewrap(py: Python<'_>, data: Bytes, arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        Ok(Self::begin(rewrap_step(py, data.as_slice(), arguments)?, Product::Head))
    }

    #[staticmethod]
    #[pyo3(signature = (arguments, /))]
    fn generate_record(py: Python<'_>, arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        let options = arguments.extract::<NewRecordArguments<'_>>()?.parse()?;
        let step = drawn::generate_record(options).or_raise(py)?;
        Ok(Self::begin(step, |NewRecord { key, record }| Product::DataKey { key, record }))
    }

    #[staticmethod]
    #[pyo3(signature = (record, arguments, /))]
    fn open_record(py: Python<'_>, record: Bytes, arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (keys, expect) = arguments.extract::<RecordArguments<'_>>()?.parse()?;
        let record = record.as_slice().to_vec();
        let step = steps::open_record(&record, &keys, expect).or_raise(py)?;
        Ok(Self::begin(step, |key| Product::DataKey { key, record }))
    }

    /// What is asked; nothing once the operation is done.
    fn request<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(Step::Ask(ask)) = &*self.lock() else { return Ok(None) };
        let request = python_request(py, ask.request()).map_err(Error::provider).or_raise(py)?;
        Ok(Some(request))
    }

    /// Goes on with the reply to what was asked.
    #[pyo3(signature = (reply, /))]
    fn resume(&self, py: Python<'_>, reply: &Bound<'_, PyAny>) -> PyResult<()> {
        let Step::Ask(ask) = self.take(py)? else { return Err(invalid(py, "the operation asks nothing")) };
        let reply = reply_of(ask.request(), reply).or_raise(py)?;
        let step = py.detach(|| ask.resume(reply)).or_raise(py)?;
        *self.lock() = Some(step);
        Ok(())
    }

    /// Asks a provider that answers at once, to the end.
    #[pyo3(signature = (provider, /))]
    fn run(&self, py: Python<'_>, provider: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let (step, asked) = (self.take(py)?, Asked::new(provider));
        let product = py.detach(|| cmkit::run(step, &asked)).or_raise(py)?;
        *self.lock() = Some(Step::Done(product));
        Ok(())
    }

    #[pyo3(signature = (data, /))]
    fn sealed<'py>(&self, py: Python<'py>, data: Bytes) -> PyResult<Bound<'py, PyBytes>> {
        sealed(py, *self.sealer(py)?, data.as_slice())
    }

    #[pyo3(signature = (data, out, /))]
    fn sealed_into(&self, py: Python<'_>, data: Bytes, out: BytesMut) -> PyResult<usize> {
        out.must_be_apart(py, &data)?;
        sealed_into(py, *self.sealer(py)?, data.as_slice(), out)
    }

    #[pyo3(signature = (data, /))]
    fn opened<'py>(&self, py: Python<'py>, data: Bytes) -> PyResult<Bound<'py, PyBytes>> {
        let (opener, detached) = self.opener(py)?;
        opened(py, &opener, body(&opener, detached, &data))
    }

    #[pyo3(signature = (data, out, /))]
    fn opened_into(&self, py: Python<'_>, data: Bytes, out: BytesMut) -> PyResult<usize> {
        out.must_be_apart(py, &data)?;
        let (opener, detached) = self.opener(py)?;
        opened_into(py, &opener, body(&opener, detached, &data), out)
    }

    #[pyo3(signature = (data, start, stop, /))]
    fn opened_range<'py>(&self, py: Python<'py>, data: Bytes, start: u64, stop: u64) -> PyResult<Bound<'py, PyBytes>> {
        let (opener, detached) = self.opener(py)?;
        opened_range(py, &opener, body(&opener, detached, &data), start..stop)
    }

    fn head<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let head = self.product(py, |product| if let Product::Head(head) = product { Some(head) } else { None })?;
        Ok(PyBytes::new(py, &head))
    }

    fn data_key(&self, py: Python<'_>) -> PyResult<DataKey> {
        self.product(py, |product| match product {
            Product::DataKey { key, record } => Some(DataKey::new(py, key, &record)),
            _ => None,
        })
    }
}

fn body<'a>(opener: &envelope::Opener<NativeCipher>, detached: bool, data: &'a Bytes) -> &'a [u8] {
    // The data may have become shorter while the provider was awaited.
    let start = if detached { 0 } else { opener.head_size() };
    data.as_slice().get(start..).unwrap_or_default()
}

/// Wipes what was opened for somebody who did not wait for it.
#[pyfunction]
#[pyo3(signature = (out, /))]
pub(crate) fn wipe(mut out: BytesMut) {
    out.as_mut_slice().zeroize();
}
