//! A baseline: the findings that were there when checking began, so that new ones stand out.

use super::finding::{Finding, Level, Report, Verdict};
use super::rank;
use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

/// Findings that were there when checking began.
///
/// ```
/// use cmkit_core::{document, policy::{self, Baseline, Options}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "location": "westus3", "properties": { } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let mut report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &Options::default());
/// let baseline = Baseline::of(&report);
/// baseline.accept(&mut report);
/// assert_eq!((report.summary.notes, report.summary.suppressed), (0, 1));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Baseline {
    /// The version of this shape: 1.
    pub schema: u32,
    /// The findings, in the order of a report.
    pub findings: Vec<Known>,
}

/// A finding of a baseline. It is told by its fingerprint and its verdict; the rest is for people.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let baseline = policy::Baseline::of(&report);
/// assert!(baseline.findings.iter().any(|known| known.code == "CMK3001" && !known.unknown));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Known {
    /// The code of the rule.
    pub code: String,
    /// It was not settled, rather than wrong. Something unknown that turns out to be wrong is a new finding.
    pub unknown: bool,
    /// The file.
    pub file: String,
    /// The resource.
    pub resource: Option<String>,
    /// [`Finding::fingerprint`]
    pub fingerprint: String,
}

impl Baseline {
    /// The findings of a report that a baseline can accept: all but what is accepted already and failures of rules that
    /// are [fixed](super::Rule::is_fixed).
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let known = |finding: &Finding| {
            Some(Known {
                code: finding.code.to_owned(),
                unknown: is_unknown(finding)?,
                file: finding.file.clone(),
                resource: finding.resource.clone(),
                fingerprint: finding.fingerprint.clone(),
            })
        };
        Self { schema: 1, findings: report.findings.iter().filter_map(known).collect() }
    }

    /// Accepts what was there, each entry once, and counts the entries that fit nothing any more as
    /// [stale](super::Summary::stale).
    pub fn accept(&self, report: &mut Report) {
        let mut left: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        for known in &self.findings {
            *left.entry((&known.fingerprint, known.unknown)).or_default() += 1;
        }
        let Report { summary, findings, .. } = report;
        for finding in findings.iter_mut() {
            let Some(unknown) = is_unknown(finding) else { continue };
            let Some(times) = left.get_mut(&(finding.fingerprint.as_str(), unknown)).filter(|times| **times > 0) else {
                continue;
            };
            *times -= 1;
            let count = match (unknown, finding.level) {
                (true, _) => &mut summary.unknown,
                (false, Level::Error) => &mut summary.errors,
                (false, Level::Warning) => &mut summary.warnings,
                (false, Level::Note) => &mut summary.notes,
            };
            *count = count.saturating_sub(1);
            summary.suppressed += 1;
            finding.verdict = Verdict::Suppressed { reason: "in the baseline".into(), until: None };
        }
        summary.stale = left.values().sum();
        findings.sort_by(|one, two| rank(one).cmp(&rank(two)));
    }
}

/// Whether a finding is unknown or failed; none where a baseline has no say.
fn is_unknown(finding: &Finding) -> Option<bool> {
    match finding.verdict {
        Verdict::Unknown { .. } => Some(true),
        Verdict::Fail if super::rule(finding.code).is_some_and(super::Rule::is_fixed) => None,
        Verdict::Fail => Some(false),
        Verdict::Suppressed { .. } => None,
    }
}
