//! Settings and baselines: whatever is read serves a check of a fixed deployment, and findings about the settings point
//! into them.
#![no_main]

use cmkit_core::{document, policy};
use libfuzzer_sys::fuzz_target;

const TEMPLATE: &str = include_str!("../seeds/arm/faulty.json");

fuzz_target!(|text: &str| {
    let deployment = document::read(&[("infra/main.json", TEMPLATE)]).expect("a template");
    let at = policy::Timestamp::from_seconds(1_796_083_200); // 2026-12-01
    if let Ok(baseline) = document::read_baseline("baseline.json", text) {
        let mut report = policy::check(&deployment, at, &policy::Options::default());
        let findings = report.findings.len();
        baseline.accept(&mut report);
        assert_eq!(findings, report.findings.len(), "a baseline hides nothing");
    }
    let Ok(options) = document::read_settings(".cmkit.json", text) else { return };
    let report = policy::check(&deployment, at, &options);
    for finding in report.findings.iter().filter(|finding| finding.file == ".cmkit.json") {
        assert!(text.get(finding.span.start..finding.span.end).is_some(), "a span outside the text: {finding:?}");
    }
});
