//! The report of a check: what matters at once as objects, the rest on demand.

use crate::value::{Outcome, invalid, to_js};
use cmkit_core::policy::{self, Baseline, Finding};
use cmkit_core::report::{self, Format};
use wasm_bindgen::prelude::*;

/// A report.
#[wasm_bindgen]
pub struct Report(policy::Report);

impl Report {
    pub(crate) const fn new(report: policy::Report) -> Self {
        Self(report)
    }

    pub(crate) fn finding_at(&self, index: usize) -> Option<&Finding> {
        self.0.findings.get(index)
    }
}

#[wasm_bindgen]
impl Report {
    /// The findings, whole.
    pub fn findings(&self) -> JsValue {
        to_js(&self.0.findings)
    }

    pub fn summary(&self) -> JsValue {
        to_js(&self.0.summary)
    }

    pub fn inputs(&self) -> JsValue {
        to_js(&self.0.inputs)
    }

    pub fn passed(&self) -> JsValue {
        to_js(&self.0.passed)
    }

    #[wasm_bindgen(js_name = notApplicable)]
    pub fn not_applicable(&self) -> JsValue {
        to_js(&self.0.not_applicable)
    }

    pub fn off(&self) -> JsValue {
        to_js(&self.0.off)
    }

    /// The report in one of its formats.
    pub fn write(&self, format: &str) -> Outcome<String> {
        let found = Format::ALL.iter().find(|known| known.name() == format);
        found.map(|format| format.write(&self.0)).ok_or_else(|| invalid(format!("`{format}` is not a format")))
    }

    /// The questions that are open, each with what would settle it.
    #[wasm_bindgen(js_name = openQuestions)]
    pub fn open_questions(&self) -> JsValue {
        to_js(&report::open_questions(&self.0))
    }

    /// A baseline that accepts what this report says, as JSON text.
    pub fn baseline(&self) -> Outcome<String> {
        report::to_json(&Baseline::of(&self.0)).map_err(|error| crate::value::thrown(&error))
    }
}
