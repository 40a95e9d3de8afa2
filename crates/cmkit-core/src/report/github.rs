//! Workflow commands of GitHub Actions, which become annotations of a pull request's lines. GitHub shows ten of each
//! level and step, so the worst stand first.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use super::open::open_questions;
use super::summary::{one_line, sentence, summary};
use crate::policy::{Finding, Level, Report, Verdict};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// The report as workflow commands, and its counts. What the files don't say is a notice, what is accepted is only counted.
#[must_use]
pub fn github(report: &Report) -> String {
    let mut out = String::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        let command = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let fixes = finding.fixes.iter().map(|fix| format!("\nfix: {}", fix.description));
        let title = format!("{} ({})", finding.code, finding.consequence.as_str());
        annotate(
            &mut out,
            command,
            finding,
            &title,
            &format!("{}\nwhy: {}{}", sentence(finding), finding.why, fixes.collect::<String>()),
        );
    }
    for question in open_questions(report) {
        let answers = question.answers.iter().map(|answer| format!("\n{answer}"));
        let title = format!("unknown ({})", question.codes.join(" "));
        let message = format!("{}{}", question.finding.message, answers.collect::<String>());
        annotate(&mut out, "notice", question.finding, &title, &message);
    }
    let _ = writeln!(out, "cmkit: {}", summary(report));
    out
}

fn annotate(out: &mut String, command: &str, finding: &Finding, title: &str, message: &str) {
    let span = &finding.span;
    let _ = write!(out, "::{command} file={},line={},endLine={}", property(&finding.file), span.line, span.end_line);
    if span.line == span.end_line {
        let _ = write!(out, ",col={},endColumn={}", span.column, span.end_column);
    }
    let lines: Vec<_> = message.lines().map(one_line).collect();
    let _ = writeln!(out, ",title={}::{}", property(title), data(&lines.join("\n")));
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command, which ends at a comma or at `::`.
fn property(text: &str) -> String {
    data(&one_line(text)).replace(':', "%3A").replace(',', "%2C")
}
