//! Logging commands of Azure Pipelines, which become issues of the run.
//!
//! <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>

use super::open::open_questions;
use super::summary::{one_line, sentence, summary};
use crate::policy::{Finding, Level, Report, Verdict};
use alloc::format;
use alloc::string::String;
use core::fmt::Write;

/// The report as logging commands. There are errors and warnings only: notes are plain lines, and what the files don't
/// say is a warning.
///
/// A task with findings is completed with issues; that it fails is for the exit code to say, which knows on what to fail.
#[must_use]
pub fn azure_devops(report: &Report) -> String {
    let mut out = String::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        let fixes = finding.fixes.iter().map(|fix| format!("; fix: {}", fix.description));
        let message = format!("{}{}", sentence(finding), fixes.collect::<String>());
        match finding.level {
            Level::Error => issue(&mut out, "error", finding, finding.code, &message),
            Level::Warning => issue(&mut out, "warning", finding, finding.code, &message),
            Level::Note => {
                let place = format!("{}:{}:{}", finding.file, finding.span.line, finding.span.column);
                let _ = writeln!(out, "note {}: {} ({})", finding.code, data(&message), data(&place));
            }
        }
    }
    for question in open_questions(report) {
        let answers = question.answers.iter().map(|answer| format!("; {answer}"));
        let message = format!("unknown: {}{}", question.finding.message, answers.collect::<String>());
        issue(&mut out, "warning", question.finding, &question.codes.join(" "), &message);
    }
    let counts = &report.summary;
    if counts.errors + counts.warnings + counts.unknown > 0 {
        let _ = writeln!(out, "##vso[task.complete result=SucceededWithIssues;]{}", summary(report));
    } else {
        let _ = writeln!(out, "cmkit: {}", summary(report));
    }
    out
}

fn issue(out: &mut String, level: &str, finding: &Finding, code: &str, message: &str) {
    let (path, span) = (property(&finding.file), &finding.span);
    let (line, column, code) = (span.line, span.column, property(code));
    let _ = writeln!(
        out,
        "##vso[task.logissue type={level};sourcepath={path};linenumber={line};columnnumber={column};code={code};]{}",
        data(message)
    );
}

/// The text of a command. The agent reads `%AZP25` as a percent sign.
fn data(text: &str) -> String {
    one_line(text).replace('%', "%AZP25")
}

/// A property of a command, which ends at a semicolon or at `]`.
fn property(text: &str) -> String {
    data(text).replace(';', "%3B").replace(']', "%5D")
}
