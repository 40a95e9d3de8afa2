//! The report of a check in its formats, and what else is made of one.

use crate::value::{Outcome, Thrown, invalid, to_js};
use cmkit_core::document::edit;
use cmkit_core::policy::{self, Baseline};
use cmkit_core::report::{self, Format};
use wasm_bindgen::prelude::*;

/// A report.
#[wasm_bindgen]
pub struct Report(policy::Report);

impl Report {
    pub(crate) const fn new(report: policy::Report) -> Self {
        Self(report)
    }
}

#[wasm_bindgen]
impl Report {
    /// The report in one of its formats.
    pub fn write(&self, format: &str) -> Outcome<String> {
        Ok(Format::parse(format).or_throw()?.write(&self.0))
    }

    /// The questions that are open, each with what would settle it.
    #[wasm_bindgen(js_name = openQuestions)]
    pub fn open_questions(&self) -> JsValue {
        to_js(&report::open_questions(&self.0))
    }

    /// A baseline that accepts what this report says, as JSON text.
    pub fn baseline(&self) -> Outcome<String> {
        report::to_json(&Baseline::of(&self.0)).or_throw()
    }

    /// A finding's document with a fix of the finding applied; comments and layout stay.
    pub fn fix(&self, text: &str, finding: usize, fix: usize) -> Outcome<String> {
        let found = self.0.findings.get(finding).and_then(|finding| finding.fixes.get(fix));
        let fix = found.ok_or_else(|| invalid("the finding has no such fix"))?;
        edit::apply(text, &fix.patch).or_throw()
    }
}
