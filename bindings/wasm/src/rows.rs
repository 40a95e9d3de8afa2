//! A report as numbers and one text, which JavaScript reads many times as fast as objects that are made field by field.
//!
//! `pkg/npm/src/rows.ts` reads what is written here, in the same order. A text is the number of its UTF-16 units, and
//! stands in the one text after those before it; one that may be missing is that number and one, or nought.

use cmkit_core::policy::{Consequence, Finding, Fix, Level, Location, Origin, Related, Report, Verdict};
use cmkit_core::report::to_json;
use js_sys::{Array, Uint32Array};
use wasm_bindgen::JsValue;

/// `[text, numbers]`
pub(crate) fn rows(report: &Report) -> JsValue {
    let mut rows = Rows::default();
    rows.report(report);
    Array::of2(&rows.text.into(), &Uint32Array::from(rows.numbers.as_slice())).into()
}

#[derive(Default)]
struct Rows {
    numbers: Vec<u32>,
    text: String,
}

impl Rows {
    fn report(&mut self, report: &Report) {
        // Destructured whole, so that a new member is not forgotten.
        let Report { schema: _, at, inputs, summary, findings, passed, not_applicable, off } = report;
        self.text(&at.to_string());
        self.numbers([inputs.clusters, inputs.identities, inputs.vaults, inputs.keys]);
        self.numbers([summary.errors, summary.warnings, summary.notes, summary.unknown]);
        self.numbers([summary.suppressed, summary.stale, summary.passed, summary.not_applicable]);
        self.texts(inputs.files.iter().map(String::as_str));
        for codes in [passed, not_applicable, off] {
            self.text(&codes.join(" "));
        }
        self.number(findings.len());
        for finding in findings {
            self.finding(finding);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let Finding { code, verdict, level, consequence, message, expected, actual, resource, .. } = finding;
        let Finding { source, pointer, file, span, fingerprint, related, why: _, fixes, .. } = finding;
        self.text(code);
        // The evidence is the rule's, as is the reason why.
        let (verdict, first, second) = match verdict {
            Verdict::Fail => (0, None, None),
            Verdict::Unknown { evidence: _, command } => (1, command.as_deref(), None),
            Verdict::Suppressed { reason, until } => (2, Some(reason.as_str()), until.as_deref()),
        };
        let level = match level {
            Level::Error => 0,
            Level::Warning => 1,
            Level::Note => 2,
        };
        let consequence = match consequence {
            Consequence::ProvisioningFails => 0,
            Consequence::Outage => 1,
            Consequence::DataLoss => 2,
            Consequence::DestroysCluster => 3,
            _ => 4,
        };
        let source = match source {
            None => 0,
            Some(Origin::Template) => 1,
            Some(Origin::Parameter) => 2,
            Some(Origin::Service) => 3,
            Some(Origin::Live) => 4,
        };
        self.numbers([verdict, level, consequence, source]);
        self.text(message);
        for text in [expected.as_deref(), actual.as_deref(), resource.as_deref(), first, second] {
            self.optional(text);
        }
        self.place(pointer, file, span);
        self.text(fingerprint);
        self.number(related.len());
        for Related { message, file, pointer, span } in related {
            self.text(message);
            self.place(pointer, file, span);
        }
        self.number(fixes.len());
        for Fix { description, irreversible, patch } in fixes {
            self.text(description);
            self.number(usize::from(*irreversible));
            let patch = if patch.is_empty() { None } else { to_json(patch).ok() };
            self.optional(patch.as_deref());
        }
    }

    fn place(&mut self, pointer: &str, file: &str, span: &Location) {
        let Location { start, end, line, column, end_line, end_column } = *span;
        self.text(pointer);
        self.text(file);
        self.numbers([start, end, line, column, end_line, end_column]);
    }

    fn texts<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) {
        self.number(texts.len());
        texts.for_each(|text| self.text(text));
    }

    fn text(&mut self, text: &str) {
        self.number(units(text));
        self.text.push_str(text);
    }

    fn optional(&mut self, text: Option<&str>) {
        self.number(text.map_or(0, |text| units(text) + 1));
        self.text.push_str(text.unwrap_or_default());
    }

    fn number(&mut self, number: usize) {
        // Memory ends at 4 GiB here.
        self.numbers.push(number as u32);
    }

    fn numbers<const N: usize>(&mut self, numbers: [usize; N]) {
        numbers.into_iter().for_each(|number| self.number(number));
    }
}

/// The length of a text in JavaScript.
fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}
