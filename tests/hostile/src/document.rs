//! Foreign documents: whatever is read is checked, and every place that a finding names lies in the text.

use crate::text;
use cmkit_core::document::event::read_key_events;
use cmkit_core::document::json::{Kind, Value, parse};
use cmkit_core::{document, policy};

/// The moment of every check: 2026-12-01.
const AT: policy::Timestamp = policy::Timestamp::from_seconds(1_796_083_200);
const TEMPLATE: &str = include_str!("../../fuzz/seeds/arm/faulty.json");

/// One document through everything that the command does with it: a template, a plan, output of a tool, a form.
pub fn whole(data: &[u8]) {
    check(&[("input.json", text(data))]);
}

/// Up to four documents, divided by lines of `----`, joined into one deployment.
pub fn several(data: &[u8]) {
    let names = ["a.json", "b.json", "c.json", "d.json"];
    let files: Vec<_> = names.into_iter().zip(text(data).splitn(names.len(), "\n----\n")).collect();
    check(&files);
}

fn check(files: &[(&str, &str)]) {
    let Ok(deployment) = document::read(files) else { return };
    let report = policy::check(&deployment, AT, &policy::Options::default());
    for finding in &report.findings {
        let file = deployment.files.iter().find(|file| file.name == finding.file);
        let text = file.map_or("", |file| file.text.as_str());
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len(), "{finding:?}");
        assert!(text.get(finding.span.start..finding.span.end).is_some(), "a span inside a character: {finding:?}");
    }
    assert_eq!(report, policy::check(&deployment, AT, &policy::Options::default()), "the same answer twice");
}

/// Notifications about keys: whatever is read names a key with its version, and what follows from it is of that key.
pub fn key_events(data: &[u8]) {
    let Ok(notice) = read_key_events(text(data), &[]) else { return };
    for event in notice.events {
        assert!(event.key.version().is_some(), "{event:?}");
        assert!(event.rewrap_to.is_none_or(|to| to.version().is_none() && to.same_key(&event.key)));
    }
}

/// The reader of JSON with comments: spans that hold, and what it takes it takes again.
pub fn json(data: &[u8]) {
    if let Ok(value) = parse(text(data)) {
        spans(&value, text(data));
    }
}

fn spans(value: &Value<'_>, text: &str) {
    let own = text.get(value.span.start..value.span.end).expect("a span of the text");
    match &value.kind {
        Kind::Array(values) => values.iter().for_each(|value| spans(value, text)),
        Kind::Object(members) => members.iter().for_each(|member| {
            assert!(text.get(member.name_span.start..member.name_span.end).is_some());
            spans(&member.value, text);
        }),
        _ => assert_eq!(parse(own).expect("a value by itself").kind, value.kind),
    }
}

/// Settings and baselines: whatever is read serves a check of a fixed deployment, and findings about the settings point
/// into them.
pub fn settings(data: &[u8]) {
    let text = text(data);
    let deployment = document::read(&[("infra/main.json", TEMPLATE)]).expect("a template");
    if let Ok(baseline) = document::read_baseline("baseline.json", text) {
        let mut report = policy::check(&deployment, AT, &policy::Options::default());
        let findings = report.findings.len();
        baseline.accept(&mut report);
        assert_eq!(findings, report.findings.len(), "a baseline hides nothing");
    }
    let Ok(options) = document::read_settings(".cmkit.json", text) else { return };
    let report = policy::check(&deployment, AT, &options);
    for finding in report.findings.iter().filter(|finding| finding.file == ".cmkit.json") {
        assert!(text.get(finding.span.start..finding.span.end).is_some(), "a span outside the text: {finding:?}");
    }
}
