//! SARIF 2.1.0, for code scanning: regions of single properties, fingerprints that outlive an edit, rules with their help.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

mod log;
mod uri;

use super::json::document;
use super::summary::{one_line, sentence};
use crate::policy::{Basis, Consequence, Finding, Level, Location, Report, Rule, Verdict, rule};
use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use log::{
    Artifact, ArtifactLocation, Configuration, Driver, Fingerprints, Invocation, Log, LogicalLocation, Message,
    PhysicalLocation, Place, Region, ReportingDescriptor, ResultProperties, RuleProperties, Run, RunProperties,
    SarifResult, Suppression, Tool,
};

/// The report as a SARIF log.
///
/// Failures are results of kind `fail`, what is accepted too, with a suppression; what the files don't say is of kind
/// `open` and, as the standard has it, of level `none`. The only time in it is the report's.
#[must_use]
pub fn sarif(report: &Report) -> String {
    let codes: BTreeSet<_> = report.findings.iter().map(|finding| finding.code).collect();
    let index: BTreeMap<_, _> = codes.iter().enumerate().map(|(index, code)| (*code, index)).collect();
    let driver = Driver {
        name: "cmkit",
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: codes.iter().filter_map(|code| rule(code)).map(descriptor).collect(),
    };
    let mut files: Vec<&str> = report.inputs.files.iter().map(String::as_str).collect();
    files.extend(report.findings.iter().map(|finding| finding.file.as_str()));
    files.sort_unstable();
    files.dedup();
    let artifact = |file: &&str| Artifact { location: location_of(file), mime_type: "application/json" };
    document(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver },
            invocations: [Invocation { execution_successful: true }],
            artifacts: files.iter().map(artifact).collect(),
            column_kind: "unicodeCodePoints",
            results: report.findings.iter().map(|finding| result(finding, &index)).collect(),
            properties: RunProperties {
                at: report.at,
                summary: &report.summary,
                passed: &report.passed,
                not_applicable: &report.not_applicable,
                off: &report.off,
            },
        }],
    })
}

fn descriptor(rule: &'static Rule) -> ReportingDescriptor {
    let Rule {
        code, title, level, consequence, time_to_impact, evidence, why, fix, irreversible, source, basis, ..
    } = rule;
    let last = if *irreversible { " (this can't be undone)" } else { "" };
    let impact = format!("{}, {time_to_impact}", consequence.as_str());
    ReportingDescriptor {
        id: code,
        name: pascal_case(title),
        short_description: Message::plain(title),
        full_description: Message::plain(why),
        help: Message {
            markdown: Some(format!(
                "{why}\n\n* **if nothing is done**: {impact}\n* **fix**: {fix}{last}\n* **settled by**: {evidence}\n\n[documentation]({source})"
            )),
            text: format!(
                "{why}.\nIf nothing is done: {impact}.\nFix: {fix}{last}.\nSettled by: {evidence}.\nDocumentation: {source}"
            ),
        },
        help_uri: source,
        default_configuration: Configuration { level: level.as_str() },
        properties: RuleProperties {
            tags: ["security", "azure", "encryption", "customer-managed-key"],
            precision: match basis {
                Basis::Documented | Basis::Settings => "very-high",
                Basis::Inferred => "high",
                Basis::Practice => "medium",
            },
            security_severity: severity(*level, *consequence),
            consequence: *consequence,
            time_to_impact,
            basis: *basis,
            irreversible: *irreversible,
        },
    }
}

/// What code scanning sorts by, from 0 to 10: losing data is critical, losing access high. What only fails to deploy or
/// only reads badly endangers nothing and has none.
const fn severity(level: Level, consequence: Consequence) -> Option<&'static str> {
    Some(match (consequence, level) {
        (Consequence::DataLoss | Consequence::DestroysCluster, Level::Error) => "9.5",
        (Consequence::DataLoss | Consequence::DestroysCluster, Level::Warning) => "6.5",
        (Consequence::Outage, Level::Error) => "8.0",
        (Consequence::Outage, Level::Warning) => "5.0",
        (Consequence::DataLoss | Consequence::DestroysCluster | Consequence::Outage, Level::Note) => "3.0",
        _ => return None,
    })
}

fn result<'a>(finding: &'a Finding, index: &BTreeMap<&str, usize>) -> SarifResult<'a> {
    let (kind, level) = match finding.verdict {
        Verdict::Unknown { .. } => ("open", "none"),
        Verdict::Fail | Verdict::Suppressed { .. } => ("fail", finding.level.as_str()),
    };
    let related = finding.related.iter().zip(1..).map(|(related, id)| Place {
        id: Some(id),
        message: Some(Message::plain(&related.message)),
        ..place(&related.file, related.span, &related.pointer)
    });
    let suppressions = match &finding.verdict {
        Verdict::Suppressed { reason, until } => {
            let until = until.as_ref().map(|until| format!(" (until {until})")).unwrap_or_default();
            // Accepted in the file itself, or in the settings or a baseline beside it.
            let here = finding.related.iter().any(|related| related.file == finding.file);
            let kind = if here { "inSource" } else { "external" };
            Some([Suppression { kind, status: "accepted", justification: format!("{reason}{until}") }])
        }
        Verdict::Fail | Verdict::Unknown { .. } => None,
    };
    let (evidence, command) = match &finding.verdict {
        Verdict::Unknown { evidence, command } => (Some(*evidence), command.as_deref()),
        Verdict::Fail | Verdict::Suppressed { .. } => (None, None),
    };
    SarifResult {
        rule_id: finding.code,
        rule_index: index.get(finding.code).copied(),
        kind,
        level,
        message: Message::plain(&sentence(finding)),
        locations: [place(&finding.file, finding.span, &finding.pointer)],
        related_locations: related.collect(),
        partial_fingerprints: Fingerprints { cmkit: &finding.fingerprint },
        suppressions,
        properties: ResultProperties {
            resource: finding.resource.as_deref(),
            expected: finding.expected.as_deref(),
            actual: finding.actual.as_deref(),
            fixes: &finding.fixes,
            evidence,
            command,
        },
    }
}

fn place<'a>(file: &str, span: Location, pointer: &'a str) -> Place<'a> {
    // A place without a line is no place: regions count from 1.
    let region = (span.line > 0).then(|| Region {
        start_line: span.line,
        start_column: span.column,
        end_line: span.end_line,
        end_column: span.end_column,
        byte_offset: span.start,
        byte_length: span.end.saturating_sub(span.start),
    });
    let logical = LogicalLocation { fully_qualified_name: pointer, kind: "property" };
    Place {
        id: None,
        physical_location: PhysicalLocation { artifact_location: location_of(file), region },
        logical_locations: (!pointer.is_empty()).then_some([logical]),
        message: None,
    }
}

fn location_of(file: &str) -> ArtifactLocation {
    ArtifactLocation { uri: uri::of(file) }
}

impl Message {
    /// Plain text, in which `[text](address)` would be a link.
    fn plain(text: &str) -> Self {
        Self { text: one_line(text).replace("](", "] ("), markdown: None }
    }
}

/// `the key URL has no version` as an identifier: `TheKeyUrlHasNoVersion`.
fn pascal_case(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase()
            + &if word.chars().all(|c| c.is_ascii_uppercase()) { rest.to_ascii_lowercase() } else { rest.to_owned() }
    };
    words.map(capital).collect::<Vec<_>>().concat()
}
