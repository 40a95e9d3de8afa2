//! How to seal and to open, as keyword arguments, and what begins with them: a head that is made, a head that is opened.

use crate::buffer::Bytes;
use crate::drawn;
use crate::error::{Raise, invalid};
use crate::keys::{open_keys, seal_keys};
use crate::provider::Asked;
use cmkit::envelope::{
    Binding, DEFAULT_MAX_HEADER, DEFAULT_MAX_KEYS, DEFAULT_MAX_MESSAGE, Expect, ExternalContext, OpenOptions, Opener,
    SealOptions, Sealer, Suite,
};
use cmkit::operation::Step;
use cmkit::{Error, NativeCipher, steps};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};

/// Makes the head of a message. Its size is known where a data key is to be shared within limits.
pub(crate) fn begin_seal(
    py: Python<'_>,
    size: Option<u64>,
    arguments: &Bound<'_, PyDict>,
) -> PyResult<Sealer<NativeCipher>> {
    let (options, asked) = arguments.extract::<SealArguments<'_>>()?.parse(py)?;
    let begin = || match &asked {
        // A cache seals several messages under one data key; asking it like any provider would not. One without a known
        // size gets a key of its own.
        Asked::Cache(cache) => cache.begin_seal(&options, size.unwrap_or(u64::MAX)),
        asked => cmkit::run(drawn::seal(options.clone())?, asked),
    };
    py.detach(begin).or_raise(py)
}

/// The same, one question at a time.
pub(crate) fn seal_step(py: Python<'_>, arguments: &Bound<'_, PyDict>) -> PyResult<Step<Sealer<NativeCipher>>> {
    let (options, _) = arguments.extract::<SealArguments<'_>>()?.parse(py)?;
    drawn::seal(options).or_raise(py)
}

/// How to open, and the head where it is kept apart.
pub(crate) struct Opening {
    options: OpenOptions,
    asked: Asked,
    head: Option<Bytes>,
}

impl Opening {
    pub(crate) fn new(arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        let given: OpenArguments<'_> = arguments.extract()?;
        let options = OpenOptions {
            keys: open_keys(&given.keys, &given.hosts)?,
            external: external(given.aad.as_ref())?,
            expect: Expect { namespace: given.namespace, context: pairs(given.context.as_ref())? },
            max_header: given.max_header.unwrap_or(DEFAULT_MAX_HEADER),
        };
        Ok(Self { options, asked: Asked::new(given.provider.as_ref()), head: given.head })
    }

    pub(crate) fn is_detached(&self) -> bool {
        self.head.is_some()
    }

    /// Opens the head: the one that is kept apart, or the one that `attached` finds.
    pub(crate) fn begin<H: AsRef<[u8]>>(
        &self,
        py: Python<'_>,
        attached: impl FnOnce(usize) -> Result<H, Error> + Send,
    ) -> PyResult<Opener<NativeCipher>> {
        let Self { options, asked, head } = self;
        let detached = head.as_ref().map(Bytes::as_slice);
        let begin = || match detached {
            Some(head) => cmkit::begin_open_detached(head, options, asked),
            None => cmkit::begin_open(attached(options.max_header)?.as_ref(), options, asked),
        };
        py.detach(begin).or_raise(py)
    }

    /// The same, one question at a time.
    pub(crate) fn step(&self, py: Python<'_>, data: &[u8]) -> PyResult<Step<Opener<NativeCipher>>> {
        let step = match &self.head {
            Some(head) => steps::open_detached(head.as_slice(), &self.options),
            None => steps::open(data, &self.options),
        };
        step.or_raise(py)
    }
}

/// How to seal, as keyword arguments.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct SealArguments<'py> {
    keys: Bound<'py, PyAny>,
    provider: Option<Bound<'py, PyAny>>,
    context: Option<Bound<'py, PyMapping>>,
    aad: Option<Bound<'py, PyAny>>,
    namespace: Option<String>,
    content_type: Option<String>,
    suite: Bound<'py, PyAny>,
    pad_to: Option<usize>,
    hosts: Vec<String>,
    max_keys: Option<usize>,
    max_header: Option<usize>,
    max_message: Option<u64>,
}

impl SealArguments<'_> {
    fn parse(self, py: Python<'_>) -> PyResult<(SealOptions, Asked)> {
        let options = SealOptions {
            keys: seal_keys(&self.keys, &self.hosts)?,
            binding: Binding {
                context: pairs(self.context.as_ref())?,
                external: external(self.aad.as_ref())?,
                namespace: self.namespace,
                content_type: self.content_type,
            },
            suite: suite(py, &self.suite)?,
            pad_to: self.pad_to,
            max_keys: self.max_keys.unwrap_or(DEFAULT_MAX_KEYS),
            max_header: self.max_header.unwrap_or(DEFAULT_MAX_HEADER),
            max_message: self.max_message.unwrap_or(DEFAULT_MAX_MESSAGE),
        };
        Ok((options, Asked::new(self.provider.as_ref())))
    }
}

pub(crate) fn suite(py: Python<'_>, suite: &Bound<'_, PyAny>) -> PyResult<Suite> {
    let name = suite.cast::<PyString>()?.to_str()?;
    match name {
        "16k" => Ok(Suite::Chunk16K),
        "256k" => Ok(Suite::Chunk256K),
        _ => Err(invalid(py, format!("`{name}` is not a suite: `16k` or `256k`, the size of a chunk"))),
    }
}

/// Names and values of text, in their order.
pub(crate) fn pairs(context: Option<&Bound<'_, PyMapping>>) -> PyResult<Vec<(String, String)>> {
    context.map_or_else(|| Ok(Vec::new()), |context| context.items()?.extract())
}

/// External context: bytes, text as UTF-8, or names and values.
pub(crate) fn external(aad: Option<&Bound<'_, PyAny>>) -> PyResult<ExternalContext> {
    let Some(aad) = aad else { return Ok(ExternalContext::default()) };
    if let Ok(text) = aad.cast::<PyString>() {
        return Ok(ExternalContext::Bytes(text.to_str()?.as_bytes().to_vec()));
    }
    if let Ok(named) = aad.cast::<PyMapping>() {
        return Ok(ExternalContext::Pairs(pairs(Some(named))?));
    }
    match aad.extract::<Bytes>() {
        Ok(bytes) => Ok(ExternalContext::Bytes(bytes.as_slice().to_vec())),
        Err(_) => Err(PyTypeError::new_err("`aad` is bytes, text, or a mapping of names to values")),
    }
}

/// How to open, as keyword arguments.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct OpenArguments<'py> {
    keys: Bound<'py, PyAny>,
    provider: Option<Bound<'py, PyAny>>,
    aad: Option<Bound<'py, PyAny>>,
    namespace: Option<String>,
    context: Option<Bound<'py, PyMapping>>,
    head: Option<Bytes>,
    hosts: Vec<String>,
    max_header: Option<usize>,
}
