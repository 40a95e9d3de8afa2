//! What the files don't say, asked once: unknown findings of one place and one reason make one question.

use crate::policy::{Finding, Report, Verdict};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use serde::Serialize;

/// What the files don't say at one place, which rules wait for it, and what would settle it.
///
/// ```
/// use cmkit_core::{document, policy, report};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let found = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let questions: Vec<report::OpenQuestion> = report::open_questions(&found);
/// assert!(questions.iter().any(|question| question.codes.contains(&"CMK1002")));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct OpenQuestion<'a> {
    /// The first of the findings: file, place and message are the same in all.
    pub finding: &'a Finding,
    /// The codes of the rules that wait for it.
    pub codes: Vec<&'static str>,
    /// What would settle it.
    pub answers: Vec<Answer<'a>>,
}

/// What would settle an open question.
///
/// ```
/// use cmkit_core::report::Answer;
/// let answer = Answer { evidence: vec!["the vault"], command: Some("az keyvault show --name kv-orders") };
/// assert_eq!(answer.to_string(), "the vault would settle it: az keyvault show --name kv-orders");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer<'a> {
    /// The evidence that it takes; several that one command fetches.
    pub evidence: Vec<&'static str>,
    /// The command that fetches it, if there is one.
    pub command: Option<&'a str>,
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} would settle it", self.evidence.join(", "))?;
        self.command.map_or(Ok(()), |command| write!(f, ": {command}"))
    }
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
        let command = command.as_deref();
        match answers.iter_mut().find(|answer| answer.command == command) {
            Some(answer) if answer.evidence.contains(evidence) => {}
            Some(answer) => answer.evidence.push(evidence),
            None => answers.push(Answer { evidence: [*evidence].into(), command }),
        }
    }
    for question in &mut questions {
        question.codes.sort_unstable();
    }
    questions
}
