//! Sentences for screen readers, logs and mails: no drawing, one finding a paragraph.

use super::open::{Answer, open_questions};
use super::summary::{impact, inputs, one_line, place, summary};
use crate::policy::{Finding, Report, Verdict, rule};
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

/// The report as sentences: findings, then what the files don't say, then what was read and the counts.
#[must_use]
pub fn plain(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        // What is unknown is asked once, below.
        if !matches!(finding.verdict, Verdict::Unknown { .. }) {
            out.push_str(&paragraph(finding));
            out.push('\n');
        }
    }
    for question in open_questions(report) {
        line(&mut out, "unknown", &question.finding.message);
        line(&mut out, "place", &place(question.finding));
        line(&mut out, "not settled", &question.codes.join(", "));
        for answer in question.answers {
            line(&mut out, "answer", &answer.to_string());
        }
        out.push('\n');
    }
    line(&mut out, "read", &inputs(&report.inputs));
    line(&mut out, "found", &summary(report));
    out
}

/// One finding as sentences, each in a line of its own.
///
/// ```
/// use cmkit_core::{document, policy, report};
/// let form = r#"{ "cmkit": "form/1", "encryptionMode": "CustomerManaged", "purgeProtection": false,
///     "keyUrl": "https://kv.vault.azure.net/keys/kek" }"#;
/// let deployment = document::read(&[("form.json", form)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let said = report::paragraph(&report.findings[0]);
/// assert!(said.starts_with("error CMK1002: vault `kv` has no purge protection\nplace: form.json:1:"), "{said}");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[must_use]
pub fn paragraph(finding: &Finding) -> String {
    let mut out = String::new();
    match &finding.verdict {
        Verdict::Fail => failure(&mut out, finding),
        Verdict::Suppressed { reason, until } => {
            let until = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
            line(&mut out, &format!("accepted{until}"), &format!("{} {}", finding.code, finding.message));
            line(&mut out, "place", &place(finding));
            line(&mut out, "reason", reason);
        }
        Verdict::Unknown { evidence, command } => {
            line(&mut out, &format!("unknown {}", finding.code), &finding.message);
            line(&mut out, "place", &place(finding));
            line(&mut out, "answer", &Answer { evidence: [*evidence].into(), command: command.as_deref() }.to_string());
        }
    }
    out
}

fn failure(out: &mut String, finding: &Finding) {
    line(out, &format!("{} {}", finding.level.as_str(), finding.code), &finding.message);
    line(out, "place", &place(finding));
    line(out, "property", &finding.pointer);
    line(out, "expected", finding.expected.as_deref().unwrap_or_default());
    line(out, "found", finding.actual.as_deref().unwrap_or_default());
    for related in &finding.related {
        line(
            out,
            "see also",
            &format!("{}:{}:{}: {}", related.file, related.span.line, related.span.column, related.message),
        );
    }
    line(out, "consequence", &impact(finding));
    line(out, "why", finding.why);
    for fix in &finding.fixes {
        let last = if fix.irreversible { "; this can't be undone" } else { "" };
        line(out, "fix", &format!("{}{last}", fix.description));
    }
    line(out, "documentation", rule(finding.code).map_or("", |rule| rule.source));
}

/// `name: text`; nothing where there is no text.
fn line(out: &mut String, name: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "{}: {}", one_line(name), one_line(text));
    }
}
