//! Data keys, their records, and the values under them.

use crate::buffer::Bytes;
use crate::drawn::{self, Values};
use crate::error::{Raise, invalid};
use crate::keys::{open_keys, seal_keys};
use crate::message::detached;
use crate::options::pairs;
use crate::provider::Asked;
use cmkit::Error;
use cmkit::envelope::{self, DEFAULT_MAX_HEADER, DEFAULT_MAX_KEYS, Expect, NewRecord, OpenKeys, RecordOptions};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMapping, PyString, PyTuple};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The data key of a key record. Closed, it is forgotten as soon as nothing uses it.
#[pyclass(frozen, module = "cmkit")]
pub(crate) struct DataKey {
    key: Mutex<Option<Arc<envelope::DataKey>>>,
    record: Py<PyBytes>,
}

impl DataKey {
    pub(crate) fn new(py: Python<'_>, key: Arc<envelope::DataKey>, record: &[u8]) -> Self {
        Self { key: Mutex::new(Some(key)), record: PyBytes::new(py, record).unbind() }
    }

    pub(crate) fn key(&self, py: Python<'_>) -> PyResult<Arc<envelope::DataKey>> {
        self.lock().clone().ok_or_else(|| invalid(py, "the data key is closed"))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<envelope::DataKey>>> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a new record takes, as keyword arguments.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct NewRecordArguments<'py> {
    keys: Bound<'py, PyAny>,
    context: Option<Bound<'py, PyMapping>>,
    namespace: Option<String>,
    deterministic: bool,
    pad_to: Option<usize>,
    hosts: Vec<String>,
    max_keys: Option<usize>,
    max_header: Option<usize>,
}

impl NewRecordArguments<'_> {
    pub(crate) fn parse(self) -> PyResult<RecordOptions> {
        Ok(RecordOptions {
            keys: seal_keys(&self.keys, &self.hosts)?,
            context: pairs(self.context.as_ref())?,
            namespace: self.namespace,
            deterministic: self.deterministic,
            pad_to: self.pad_to,
            max_keys: self.max_keys.unwrap_or(DEFAULT_MAX_KEYS),
            max_header: self.max_header.unwrap_or(DEFAULT_MAX_HEADER),
        })
    }
}

/// What opening a record takes, as keyword arguments.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct RecordArguments<'py> {
    keys: Bound<'py, PyAny>,
    namespace: Option<String>,
    context: Option<Bound<'py, PyMapping>>,
    hosts: Vec<String>,
}

impl RecordArguments<'_> {
    pub(crate) fn parse(self) -> PyResult<(OpenKeys, Expect)> {
        let expect = Expect { namespace: self.namespace, context: pairs(self.context.as_ref())? };
        Ok((open_keys(&self.keys, &self.hosts)?, expect))
    }
}

#[pymethods]
impl DataKey {
    #[staticmethod]
    #[pyo3(signature = (keys, *, provider=None, context=None, namespace=None, deterministic=false, pad_to=None, hosts=Vec::new(), max_keys=None, max_header=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn generate(
        py: Python<'_>,
        keys: &Bound<'_, PyAny>,
        provider: Option<&Bound<'_, PyAny>>,
        context: Option<&Bound<'_, PyMapping>>,
        namespace: Option<String>,
        deterministic: bool,
        pad_to: Option<usize>,
        hosts: Vec<String>,
        max_keys: Option<usize>,
        max_header: Option<usize>,
    ) -> PyResult<Self> {
        let (keys, context) = (keys.clone(), context.cloned());
        let given = NewRecordArguments { keys, context, namespace, deterministic, pad_to, hosts, max_keys, max_header };
        let options = given.parse()?;
        let asked = Asked::new(provider);
        let generate = || cmkit::run(drawn::generate_record(options)?, &asked);
        let NewRecord { key, record } = py.detach(generate).or_raise(py)?;
        Ok(Self::new(py, key, &record))
    }

    #[staticmethod]
    #[pyo3(signature = (record, *, keys, provider=None, namespace=None, context=None, hosts=Vec::new()))]
    fn open(
        py: Python<'_>,
        record: Bytes,
        keys: &Bound<'_, PyAny>,
        provider: Option<&Bound<'_, PyAny>>,
        namespace: Option<String>,
        context: Option<&Bound<'_, PyMapping>>,
        hosts: Vec<String>,
    ) -> PyResult<Self> {
        let (keys, context) = (keys.clone(), context.cloned());
        let (keys, expect) = RecordArguments { keys, namespace, context, hosts }.parse()?;
        let (asked, record) = (Asked::new(provider), record.as_slice());
        let key = py.detach(|| cmkit::open_record(record, &keys, expect, &asked)).or_raise(py)?;
        Ok(Self::new(py, key, record))
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, _args: &Bound<'_, PyTuple>) {
        self.close();
    }

    fn __repr__(&self) -> &'static str {
        "DataKey([redacted])"
    }

    /// Forgets the data key.
    fn close(&self) {
        self.lock().take();
    }

    #[getter]
    fn closed(&self) -> bool {
        self.lock().is_none()
    }

    #[getter]
    fn record(&self, py: Python<'_>) -> Py<PyBytes> {
        self.record.clone_ref(py)
    }

    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.key(py)?.id().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    #[getter]
    fn deterministic(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.key(py)?.is_deterministic())
    }

    #[getter]
    fn namespace(&self, py: Python<'_>) -> PyResult<Option<String>> {
        Ok(self.key(py)?.namespace().map(Into::into))
    }

    #[getter]
    fn context<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let context = PyDict::new(py);
        for (name, value) in self.key(py)?.context() {
            context.set_item(name, value)?;
        }
        Ok(context)
    }

    #[pyo3(signature = (value, *, namespace, aad=None, deterministic=false))]
    fn seal_value<'py>(
        &self,
        py: Python<'py>,
        value: Bytes,
        namespace: &str,
        aad: Option<&Bound<'py, PyAny>>,
        deterministic: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (key, aad, value) = (self.key(py)?, aad_bytes(aad)?, value.as_slice());
        let sealed = detached(py, value.len(), || seal_one(&key, namespace, aad.as_slice(), value, deterministic));
        Ok(PyBytes::new(py, &sealed.or_raise(py)?))
    }

    #[pyo3(signature = (value, *, namespace, aad=None))]
    fn open_value<'py>(
        &self,
        py: Python<'py>,
        value: Bytes,
        namespace: &str,
        aad: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (key, aad, value) = (self.key(py)?, aad_bytes(aad)?, value.as_slice());
        let plain = detached(py, value.len(), || cmkit::open_value(&key, namespace, aad.as_slice(), value));
        Ok(PyBytes::new(py, &zeroize::Zeroizing::new(plain.or_raise(py)?)))
    }

    /// Each value of a list, all with the same aad; `None` stays `None`.
    #[pyo3(signature = (values, *, namespace, aad=None, deterministic=false))]
    fn seal_values<'py>(
        &self,
        py: Python<'py>,
        values: Vec<Option<Bytes>>,
        namespace: &str,
        aad: Option<&Bound<'py, PyAny>>,
        deterministic: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let (key, aad) = (self.key(py)?, aad_bytes(aad)?);
        let column = Values::new(&key, namespace, aad.as_slice()).or_raise(py)?;
        each(py, &values, |value| seal_in(&column, value, deterministic))
    }

    /// Opens each value of a list; `None` stays `None`.
    #[pyo3(signature = (values, *, namespace, aad=None))]
    fn open_values<'py>(
        &self,
        py: Python<'py>,
        values: Vec<Option<Bytes>>,
        namespace: &str,
        aad: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let (key, aad) = (self.key(py)?, aad_bytes(aad)?);
        let column = Values::new(&key, namespace, aad.as_slice()).or_raise(py)?;
        each(py, &values, |value| column.open(value))
    }
}

fn seal_one(
    key: &envelope::DataKey,
    namespace: &str,
    aad: &[u8],
    value: &[u8],
    deterministic: bool,
) -> Result<Vec<u8>, Error> {
    seal_in(&Values::new(key, namespace, aad)?, value, deterministic)
}

pub(crate) fn seal_in(values: &Values<'_>, value: &[u8], deterministic: bool) -> Result<Vec<u8>, Error> {
    if deterministic { values.seal_deterministic(value) } else { values.seal(value) }
}

/// All of them without the GIL; one fault ends all.
fn each<'py>(
    py: Python<'py>,
    values: &[Option<Bytes>],
    work: impl Fn(&[u8]) -> Result<Vec<u8>, Error> + Send + Sync,
) -> PyResult<Bound<'py, PyList>> {
    let one = |value: &Option<Bytes>| value.as_ref().map(|value| work(value.as_slice())).transpose();
    let done = py.detach(|| values.iter().map(one).collect::<Result<Vec<_>, _>>()).or_raise(py)?;
    PyList::new(py, done.iter().map(|value| value.as_ref().map(|value| PyBytes::new(py, value))))
}

/// External context of a value: bytes, or text as UTF-8.
pub(crate) enum Aad<'py> {
    Text(&'py str),
    Bytes(Bytes),
}

pub(crate) fn aad_bytes<'a>(aad: Option<&'a Bound<'_, PyAny>>) -> PyResult<Aad<'a>> {
    let Some(aad) = aad else { return Ok(Aad::Text("")) };
    match aad.cast::<PyString>() {
        Ok(text) => Ok(Aad::Text(text.to_str()?)),
        Err(_) => Ok(Aad::Bytes(aad.extract()?)),
    }
}

impl Aad<'_> {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes.as_slice(),
        }
    }
}

/// Which of several data keys a value is under.
#[pyfunction]
#[pyo3(signature = (keys, value, /))]
pub(crate) fn find_data_key<'py>(
    py: Python<'py>,
    keys: Vec<Bound<'py, DataKey>>,
    value: Bytes,
) -> PyResult<Bound<'py, DataKey>> {
    let held = keys.iter().map(|key| key.get().key(py)).collect::<PyResult<Vec<_>>>()?;
    let found = envelope::find_data_key(&held, value.as_slice()).or_raise(py)?;
    let index = held.iter().position(|key| Arc::ptr_eq(key, found)).unwrap_or_default();
    Ok(keys[index].clone())
}
