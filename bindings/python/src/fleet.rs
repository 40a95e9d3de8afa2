//! Many objects: which keys they need, and their rewrap. Files are named by paths, or come from iterables of them.

use crate::buffer::Bytes;
use crate::error::{Raise, invalid, raised_as_error};
use crate::message::RewrapArguments;
use crate::policy::to_python;
use crate::provider::Asked;
use crate::pyfile::PyFile;
use cmkit::fleet::{self, FleetOptions, FleetProgress, Protection};
use cmkit::inventory::{self, InventoryOptions};
use cmkit::key::KeyUri;
use cmkit::{Error, key};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Objects counted by the keys that open them.
#[pyclass(frozen, module = "cmkit._cmkit")]
pub(crate) struct Inventory {
    options: InventoryOptions,
    counted: Mutex<inventory::Inventory>,
}

impl Inventory {
    fn with<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut inventory::Inventory) -> T + Send) -> T {
        py.detach(|| work(&mut self.counted.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

#[pymethods]
impl Inventory {
    #[new]
    #[pyo3(signature = (*, names=None, all_records=false))]
    fn new(names: Option<usize>, all_records: bool) -> Self {
        let defaults = InventoryOptions::default();
        let options = InventoryOptions { names: names.unwrap_or(defaults.names), all_records };
        Self { options, counted: Mutex::new(inventory::Inventory::new(&options)) }
    }

    fn add(&self, py: Python<'_>, name: &str, head: Bytes) {
        let head = head.as_slice();
        self.with(py, |counted| counted.add(name, head));
    }

    #[pyo3(signature = (paths, progress=None))]
    fn add_files(&self, py: Python<'_>, paths: Bound<'_, PyAny>, progress: Option<Py<PyAny>>) -> PyResult<()> {
        let paths = Paths::of(&paths)?;
        let counted = py.detach(|| {
            let mut turn = |done: u64| turn(progress.as_ref(), |progress, py| progress.call1(py, (done,)));
            let mut listed = paths.listed();
            let counted = inventory::Inventory::of_files(&mut listed, &self.options, &mut turn);
            listed.whole().and(counted)
        });
        let counted = counted.or_raise(py)?;
        self.with(py, |all| all.merge(counted));
        Ok(())
    }

    #[pyo3(signature = (file, progress=None))]
    fn add_json_lines(&self, py: Python<'_>, file: Bound<'_, PyAny>, progress: Option<Py<PyAny>>) -> PyResult<()> {
        let mut file = PyFile::new(file);
        let counted = py.detach(|| {
            let mut turn = |done: u64| turn(progress.as_ref(), |progress, py| progress.call1(py, (done,)));
            inventory::Inventory::of_json_lines(&mut file, &self.options, &mut turn)
        });
        let counted = counted.or_raise(py)?;
        self.with(py, |all| all.merge(counted));
        Ok(())
    }

    fn link_record(&self, py: Python<'_>, record: Bytes, dek_id: &str) -> PyResult<()> {
        // An id has the form of a version: 16 bytes in hexadecimal digits.
        let id = key::KeyVersion::parse(dek_id).map_err(|_| invalid(py, "`dek_id` has 32 hexadecimal digits"))?;
        let record = record.as_slice();
        self.with(py, |counted| counted.link_record(record, *id.as_bytes())).or_raise(py)
    }

    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let report = self.with(py, |counted| counted.report());
        to_python(py, &report)
    }

    #[pyo3(signature = (keys, hosts))]
    fn may_disable<'py>(&self, py: Python<'py>, keys: Vec<String>, hosts: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let keys = keys.iter().map(|key| KeyUri::parse_on(key, &hosts)).collect::<Result<Vec<_>, _>>().or_raise(py)?;
        let disabling = self.with(py, |counted| counted.may_disable(&keys)).or_raise(py)?;
        to_python(py, &disabling)
    }
}

/// What a rewrap would do, as keyword arguments say it.
#[pyfunction]
#[pyo3(signature = (paths, progress, arguments, /))]
pub(crate) fn plan_rewrap<'py>(
    py: Python<'py>,
    paths: Bound<'py, PyAny>,
    progress: Option<Py<PyAny>>,
    arguments: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let (options, asked) = fleet_options(py, arguments)?;
    let paths = Paths::of(&paths)?;
    let plan = py.detach(|| {
        let mut turn = |done: u64| turn(progress.as_ref(), |progress, py| progress.call1(py, (done,)));
        let mut listed = paths.listed();
        let plan = fleet::plan_rewrap(&mut listed, &options, &asked, &mut turn);
        listed.whole().and(plan)
    });
    to_python(py, &plan.or_raise(py)?)
}

#[pyfunction]
#[pyo3(signature = (paths, progress, arguments, /))]
pub(crate) fn rewrap_files<'py>(
    py: Python<'py>,
    paths: Bound<'py, PyAny>,
    progress: Option<Py<PyAny>>,
    arguments: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let (options, asked) = fleet_options(py, arguments)?;
    let paths = Paths::of(&paths)?;
    let report = py.detach(|| {
        let mut turn = |FleetProgress { done, passed_over, failed, .. }: FleetProgress| {
            turn(progress.as_ref(), |progress, py| progress.call1(py, (done, passed_over, failed)))
        };
        let mut listed = paths.listed();
        let report = fleet::rewrap_files(&mut listed, &options, &asked, &mut turn);
        listed.whole().and(report)
    });
    to_python(py, &report.or_raise(py)?)
}

/// What a rewrap of many takes besides what that of one takes.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct FleetArguments {
    rate: Option<f64>,
    software: bool,
    at_once: Option<usize>,
    journal: Option<PathBuf>,
    open_each: bool,
    names: Option<usize>,
}

fn fleet_options(py: Python<'_>, arguments: &Bound<'_, PyDict>) -> PyResult<(FleetOptions, Asked)> {
    let rewrap: RewrapArguments<'_> = arguments.extract()?;
    let given: FleetArguments = arguments.extract()?;
    if given.rate.is_some_and(|rate| !rate.is_finite() || rate <= 0.0) {
        return Err(invalid(py, "`rate` is a number of calls in a second"));
    }
    let defaults = FleetOptions::new(rewrap.parse()?);
    let options = FleetOptions {
        rate: given.rate,
        protection: if given.software { Protection::Software } else { Protection::Hsm },
        at_once: given.at_once.unwrap_or(defaults.at_once),
        journal: given.journal,
        open_each: given.open_each,
        names: given.names.unwrap_or(defaults.names),
        ..defaults
    };
    Ok((options, rewrap.asked()))
}

/// One path, or an iterable of them.
enum Paths {
    One(PathBuf),
    Many(Py<PyAny>),
}

impl Paths {
    fn of(paths: &Bound<'_, PyAny>) -> PyResult<Self> {
        let is_path = paths.is_instance_of::<PyString>() || paths.hasattr("__fspath__")?;
        if is_path { paths.extract().map(Self::One) } else { Ok(Self::Many(paths.try_iter()?.into_any().unbind())) }
    }

    fn listed(self) -> Listed {
        Listed { rest: Some(self), raised: None }
    }
}

/// Paths as they are asked for; what Python raises in between ends them.
struct Listed {
    rest: Option<Paths>,
    raised: Option<PyErr>,
}

impl Iterator for Listed {
    type Item = PathBuf;

    fn next(&mut self) -> Option<PathBuf> {
        match self.rest.take()? {
            Paths::One(path) => Some(path),
            Paths::Many(iterator) => {
                let next = Python::attach(|py| {
                    let next = iterator.bind(py).try_iter()?.next().transpose()?;
                    next.map(|path| path.extract()).transpose()
                });
                self.rest = Some(Paths::Many(iterator));
                next.unwrap_or_else(|raised| {
                    (self.rest, self.raised) = (None, Some(raised));
                    None
                })
            }
        }
    }
}

impl Listed {
    fn whole(self) -> Result<(), Error> {
        self.raised.map_or(Ok(()), |raised| Err(raised_as_error(raised)))
    }
}

/// Python's turn: for Ctrl-C, and for who wants to know. What it raises ends the work.
fn turn(
    progress: Option<&Py<PyAny>>,
    call: impl FnOnce(&Py<PyAny>, Python<'_>) -> PyResult<Py<PyAny>>,
) -> Result<(), Error> {
    let turn = |py: Python<'_>| {
        py.check_signals()?;
        progress.map_or(Ok(()), |progress| call(progress, py).map(drop))
    };
    Python::attach(turn).map_err(raised_as_error)
}
