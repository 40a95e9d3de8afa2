//! Sentences for screen readers, logs and mails: no drawing, one finding a paragraph.

use super::open::open_questions;
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
        match &finding.verdict {
            Verdict::Fail => failure(&mut out, finding),
            Verdict::Suppressed { reason, until } => {
                let until = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
                line(&mut out, &format!("accepted{until}"), &format!("{} {}", finding.code, finding.message));
                line(&mut out, "place", &place(finding));
                line(&mut out, "reason", reason);
                out.push('\n');
            }
            Verdict::Unknown { .. } => {}
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
    out.push('\n');
}

/// `name: text`; nothing where there is no text.
fn line(out: &mut String, name: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "{}: {}", one_line(name), one_line(text));
    }
}
