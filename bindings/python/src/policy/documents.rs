//! Documents as they cross, and every question about them.

use super::report::Report;
use super::to_python;
use crate::error::Raise;
use cmkit::Error;
use cmkit::document;
use cmkit::document::mend::{self, Choice, Mended, Reason};
use cmkit::policy::{self, Baseline, Deployment, Event, Options, Selection, Timestamp};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use serde::Serialize;
use std::borrow::Cow;

/// A pair of a name and a text, or the bytes of a file.
#[derive(FromPyObject)]
pub(crate) struct Named(PyBackedStr, Content);

#[derive(FromPyObject)]
enum Content {
    #[pyo3(transparent)]
    Text(PyBackedStr),
    #[pyo3(transparent)]
    File(PyBackedBytes),
}

impl Named {
    fn text(&self) -> Result<(&str, Cow<'_, str>), Error> {
        let Self(name, content) = self;
        let text = match content {
            Content::Text(text) => Cow::Borrowed(&**text),
            Content::File(bytes) => Cow::Owned(document::decode(name, bytes.to_vec())?),
        };
        Ok((name, text))
    }
}

type Texts<'a> = Vec<(&'a str, Cow<'a, str>)>;

fn texts(documents: &[Named]) -> Result<Texts<'_>, Error> {
    documents.iter().map(Named::text).collect()
}

fn pairs<'a>(texts: &'a Texts<'_>) -> Vec<(&'a str, &'a str)> {
    texts.iter().map(|(name, text)| (*name, text.as_ref())).collect()
}

fn read(documents: &[Named]) -> Result<Deployment, Error> {
    document::read(&pairs(&texts(documents)?))
}

/// How documents are judged: the time in seconds since 1970, settings and a baseline, where there are any.
#[derive(FromPyObject)]
pub(crate) struct Judgement(i64, Option<Named>, Option<Named>);

impl Judgement {
    const fn at(&self) -> Timestamp {
        Timestamp::from_seconds(self.0)
    }

    fn options(&self) -> Result<Options, Error> {
        let Some(settings) = &self.1 else { return Ok(Options::default()) };
        let (name, text) = settings.text()?;
        document::read_settings(name, &text)
    }

    fn baseline(&self) -> Result<Option<Baseline>, Error> {
        let Some(baseline) = &self.2 else { return Ok(None) };
        let (name, text) = baseline.text()?;
        document::read_baseline(name, &text).map(Some)
    }
}

fn judge(deployment: &Deployment, at: Timestamp, options: &Options, baseline: Option<&Baseline>) -> policy::Report {
    let mut report = policy::check(deployment, at, options);
    if let Some(baseline) = baseline {
        baseline.accept(&mut report);
    }
    report
}

/// The time that a text names, in seconds since 1970-01-01 UTC.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(crate) fn parse_time(py: Python<'_>, text: &str) -> PyResult<i64> {
    Ok(Timestamp::parse(text).or_raise(py)?.seconds())
}

#[pyfunction]
#[pyo3(signature = (documents, judgement, /))]
pub(crate) fn check(py: Python<'_>, documents: Vec<Named>, judgement: Judgement) -> PyResult<Report> {
    let check = || {
        let (options, baseline) = (judgement.options()?, judgement.baseline()?);
        let deployment = read(&documents)?;
        let report = judge(&deployment, judgement.at(), &options, baseline.as_ref());
        Ok(Report::new(report, deployment.files))
    };
    py.detach(check).or_raise(py)
}

/// What a text means, held against documents where there are any.
#[pyfunction]
#[pyo3(signature = (text, documents, judgement, /))]
pub(crate) fn explain<'py>(
    py: Python<'py>,
    text: &str,
    documents: Option<Vec<Named>>,
    judgement: Judgement,
) -> PyResult<Bound<'py, PyAny>> {
    let explain = || match documents {
        None => Ok(policy::explain(text)),
        Some(documents) => {
            let options = judgement.options()?;
            Ok(policy::explain_in(text, &read(&documents)?, judgement.at(), &options))
        }
    };
    to_python(py, &py.detach(explain).or_raise(py)?)
}

/// Which of several is meant.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Chosen {
    key: Option<String>,
    version: Option<String>,
    vault: Option<String>,
    identity: Option<String>,
    cluster: Option<String>,
}

#[pyfunction]
#[pyo3(signature = (documents, event, at, chosen, /))]
pub(crate) fn what_if<'py>(
    py: Python<'py>,
    documents: Vec<Named>,
    event: &str,
    at: i64,
    chosen: Chosen,
) -> PyResult<Bound<'py, PyAny>> {
    let Chosen { key, version, vault, identity, cluster } = chosen;
    let mut selection = Selection::default();
    (selection.key, selection.version, selection.vault) = (key, version, vault);
    (selection.identity, selection.cluster) = (identity, cluster);
    let ask = || {
        let event = Event::parse(event)?;
        policy::what_if(&read(&documents)?, event, Timestamp::from_seconds(at), &selection)
    };
    to_python(py, &py.detach(ask).or_raise(py)?)
}

#[pyfunction]
#[pyo3(signature = (documents, days, judgement, /))]
pub(crate) fn calendar<'py>(
    py: Python<'py>,
    documents: Vec<Named>,
    days: Option<i64>,
    judgement: Judgement,
) -> PyResult<Bound<'py, PyAny>> {
    let ask = || {
        let options = judgement.options()?;
        Ok(policy::calendar(&read(&documents)?, judgement.at(), days, &options))
    };
    to_python(py, &py.detach(ask).or_raise(py)?)
}

/// What a change from documents to others does, or, without others, what the Terraform plans among them do.
#[pyfunction]
#[pyo3(signature = (before, after, judgement, /))]
pub(crate) fn plan<'py>(
    py: Python<'py>,
    before: Vec<Named>,
    after: Option<Vec<Named>>,
    judgement: Judgement,
) -> PyResult<Bound<'py, PyAny>> {
    let ask = || {
        let options = judgement.options()?;
        let before = read(&before)?;
        Ok(match after {
            Some(after) => policy::plan(&before, &read(&after)?, judgement.at(), &options),
            None => policy::planned(&before, judgement.at(), &options),
        })
    };
    to_python(py, &py.detach(ask).or_raise(py)?)
}

#[derive(Serialize)]
struct Fixed<'a> {
    texts: &'a [String],
    done: &'a [policy::Finding],
    left: Vec<Left<'a>>,
}

#[derive(Serialize)]
struct Left<'a> {
    finding: &'a policy::Finding,
    reason: Reason,
}

#[pyfunction]
#[pyo3(signature = (documents, only, irreversible, judgement, /))]
pub(crate) fn fix<'py>(
    py: Python<'py>,
    documents: Vec<Named>,
    only: Vec<String>,
    irreversible: bool,
    judgement: Judgement,
) -> PyResult<Bound<'py, PyAny>> {
    let mend = || {
        let (options, baseline) = (judgement.options()?, judgement.baseline()?);
        let check = |deployment: &Deployment| judge(deployment, judgement.at(), &options, baseline.as_ref());
        mend::mend(&pairs(&texts(&documents)?), &Choice { only, irreversible }, check)
    };
    let Mended { texts, done, left } = py.detach(mend).or_raise(py)?;
    let left = left.iter().map(|(finding, reason)| Left { finding, reason: *reason }).collect();
    to_python(py, &Fixed { texts: &texts, done: &done, left })
}
