//! Phrases that several formats share: the counts of a report, what was read, and what a finding says in one line.

use crate::policy::{Consequence, Finding, Inputs, Report, rule};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The counts in one line: `8 errors, 2 warnings; 31 rules passed, 27 not applicable, as of 2026-12-01T00:00:00Z`.
#[must_use]
pub fn summary(report: &Report) -> String {
    let summary = &report.summary;
    let levels = [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")];
    let mut parts: Vec<_> = levels.iter().filter(|(n, _)| *n > 0).map(|(n, what)| count(*n, what)).collect();
    for (number, what) in
        [(summary.unknown, "unknown"), (summary.suppressed, "accepted"), (summary.stale, "stale in the baseline")]
    {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    let found = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
    let passed = count(summary.passed, "rule");
    format!("{found}; {passed} passed, {} not applicable, as of {}", summary.not_applicable, report.at)
}

/// What was read, in one line: `3 files with 2 clusters, 1 vault, 1 key`.
#[must_use]
pub fn inputs(inputs: &Inputs) -> String {
    let Inputs { files, clusters, identities, vaults, keys } = inputs;
    let parts = [(*clusters, "cluster"), (*vaults, "vault"), (*keys, "key")];
    let mut parts: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| count(*n, what)).collect();
    match identities {
        0 => {}
        1 => parts.push("1 identity".to_owned()),
        many => parts.push(format!("{many} identities")),
    }
    let with = if parts.is_empty() { "nothing of a key in them".to_owned() } else { parts.join(", ") };
    format!("{} with {with}", count(files.len(), "file"))
}

/// What happens if nothing is done, and how soon: `data loss, when the key or the vault is deleted`.
#[must_use]
pub fn impact(finding: &Finding) -> String {
    let consequence = finding.consequence.as_str();
    match (finding.consequence, rule(finding.code)) {
        (Consequence::Hygiene, _) | (_, None) => consequence.to_owned(),
        (_, Some(rule)) => format!("{consequence}, {}", rule.time_to_impact),
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The message with what should stand there and what does.
pub(super) fn sentence(finding: &Finding) -> String {
    let Finding { message, expected, actual, .. } = finding;
    match (expected, actual) {
        (Some(expected), Some(actual)) if actual == "left out" => {
            format!("{message}: expected {expected}; it is left out")
        }
        (Some(expected), Some(actual)) => format!("{message}: expected {expected}, found {actual}"),
        (Some(expected), None) => format!("{message}: expected {expected}"),
        (None, Some(actual)) => format!("{message}: found {actual}"),
        (None, None) => message.clone(),
    }
}

/// `FILE:LINE:COLUMN`
pub(super) fn place(finding: &Finding) -> String {
    format!("{}:{}:{}", finding.file, finding.span.line, finding.span.column)
}

/// One line that no terminal and no log takes for anything else: control characters, and those that turn the direction
/// of the text, become spaces or U+FFFD.
pub(super) fn one_line(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}
