//! The report of a check in its formats, and what else is made of one.

use super::to_python;
use crate::error::{Raise, invalid};
use cmkit::document::edit;
use cmkit::policy::{self, Baseline, File, Inputs, Summary};
use cmkit::report::{self, Format};
use pyo3::prelude::*;
use serde::Serialize;

/// A report, of which only what is asked for becomes Python's.
#[pyclass(frozen, module = "cmkit._cmkit")]
pub(crate) struct Report {
    report: policy::Report,
    files: Vec<File>,
}

impl Report {
    pub(crate) const fn new(report: policy::Report, files: Vec<File>) -> Self {
        Self { report, files }
    }
}

/// All but the findings.
#[derive(Serialize)]
struct Head<'a> {
    schema: u32,
    at: policy::Timestamp,
    inputs: &'a Inputs,
    summary: &'a Summary,
    passed: &'a [&'static str],
    not_applicable: &'a [&'static str],
    off: &'a [&'static str],
}

#[pymethods]
impl Report {
    /// All but the findings.
    fn head<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // Destructured whole, so that a new member is not forgotten.
        let policy::Report { schema, at, inputs, summary, findings: _, passed, not_applicable, off } = &self.report;
        to_python(py, &Head { schema: *schema, at: *at, inputs, summary, passed, not_applicable, off })
    }

    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.report.findings)
    }

    /// The report in one of its formats.
    fn to(&self, py: Python<'_>, format: &str) -> PyResult<String> {
        let format = Format::parse(format).or_raise(py)?;
        Ok(py.detach(|| format.write(&self.report)))
    }

    /// One finding as sentences, each in a line of its own.
    fn describe(&self, py: Python<'_>, finding: usize) -> PyResult<String> {
        let finding = self.report.findings.get(finding).ok_or_else(|| invalid(py, "there is no such finding"))?;
        Ok(report::paragraph(finding))
    }

    /// The questions that are open, each with what would settle it.
    fn questions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &report::open_questions(&self.report))
    }

    /// A baseline that accepts what this report says, as JSON text.
    fn baseline(&self, py: Python<'_>) -> PyResult<String> {
        report::to_json(&Baseline::of(&self.report)).or_raise(py)
    }

    /// A finding's document with a fix of the finding applied; comments and layout stay.
    fn fix(&self, py: Python<'_>, finding: usize, fix: usize) -> PyResult<String> {
        let found = self.report.findings.get(finding);
        let patch = found.and_then(|finding| Some((&finding.file, &finding.fixes.get(fix)?.patch)));
        let (name, patch) = patch.ok_or_else(|| invalid(py, "the finding has no such fix"))?;
        let file = self.files.iter().find(|file| file.name == *name);
        let file = file.ok_or_else(|| invalid(py, format!("`{name}` is not one of the documents")))?;
        edit::apply(&file.text, patch).or_raise(py)
    }
}
