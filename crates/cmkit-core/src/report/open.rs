//! What the files don't say, asked once: unknown findings of one place and one reason make one question.

use crate::policy::{Finding, Report, Verdict};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What the files don't say at one place, which rules wait for it, and what would settle it.
#[derive(Clone, Debug)]
pub struct OpenQuestion<'a> {
    /// The first of the findings: file, place and message are the same in all.
    pub finding: &'a Finding,
    /// The codes of the rules that wait for it.
    pub codes: Vec<&'static str>,
    /// What would settle it, with the command that fetches it, if there is one.
    pub answers: Vec<(&'static str, Option<&'a str>)>,
}

/// The unknown findings of a report by place and reason, in the order of the report.
///
/// ```
/// use cmkit_core::{document, policy, report};
/// let cluster = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "location": "westus3", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", cluster)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let questions = report::open_questions(&report);
/// assert!(questions.len() < report.summary.unknown); // one missing vault leaves many rules open
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[must_use]
pub fn open_questions(report: &Report) -> Vec<OpenQuestion<'_>> {
    let mut questions: Vec<OpenQuestion<'_>> = Vec::new();
    let mut places = BTreeMap::new();
    for finding in &report.findings {
        let Verdict::Unknown { evidence, command } = &finding.verdict else { continue };
        let place = (finding.file.as_str(), finding.span.start, finding.span.end, finding.message.as_str());
        let at = *places.entry(place).or_insert(questions.len());
        if at == questions.len() {
            questions.push(OpenQuestion { finding, codes: Vec::new(), answers: Vec::new() });
        }
        let OpenQuestion { codes, answers, .. } = &mut questions[at];
        if !codes.contains(&finding.code) {
            codes.push(finding.code);
        }
        let answer = (*evidence, command.as_deref());
        if !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    for question in &mut questions {
        question.codes.sort_unstable();
    }
    questions
}
