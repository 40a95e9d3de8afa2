//! Markdown for comments on pull requests and summaries of jobs: the counts, a table, and the details folded away.

use super::open::open_questions;
use super::summary::{impact, inputs, one_line, summary};
use crate::policy::{Finding, Report, Verdict, rule};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// The report as Markdown of GitHub and Azure DevOps.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "### cmkit: {}\n\nRead {}.\n", summary(report), inputs(&report.inputs));
    let failures = || report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
    if failures().next().is_some() {
        out.push_str("| level | rule | place | finding |\n| --- | --- | --- | --- |\n");
        for finding in failures() {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                finding.level.as_str(),
                code(finding),
                place(finding),
                inline(&finding.message)
            );
        }
        out.push('\n');
        failures().for_each(|finding| details(&mut out, finding));
    }
    unknowns(&mut out, report);
    accepted(&mut out, report);
    out
}

fn code(finding: &Finding) -> String {
    match rule(finding.code) {
        Some(rule) => format!("[{}]({})", finding.code, rule.source),
        None => finding.code.into(),
    }
}

fn place(finding: &Finding) -> String {
    verbatim(&super::summary::place(finding))
}

fn details(out: &mut String, finding: &Finding) {
    let title = format!("{}: {}", finding.code, inline(&finding.message));
    let _ = writeln!(out, "<details><summary>{title}</summary>\n");
    let mut item = |name: &str, text: &str| _ = writeln!(out, "- **{name}**: {text}");
    item("place", &format!("{} {}", place(finding), verbatim(&finding.pointer)));
    for (name, value) in [("expected", &finding.expected), ("found", &finding.actual)] {
        if let Some(value) = value {
            item(name, &inline(value));
        }
    }
    for related in &finding.related {
        let place = format!("{}:{}:{}", related.file, related.span.line, related.span.column);
        item("see also", &format!("{} {}", verbatim(&place), inline(&related.message)));
    }
    item("consequence", &inline(&impact(finding)));
    item("why", &inline(finding.why));
    for fix in &finding.fixes {
        let last = if fix.irreversible { " (this can't be undone)" } else { "" };
        item("fix", &format!("{}{last}", inline(&fix.description)));
    }
    out.push_str("\n</details>\n\n");
}

fn unknowns(out: &mut String, report: &Report) {
    let questions = open_questions(report);
    if questions.is_empty() {
        return;
    }
    let count = questions.iter().map(|question| question.codes.len()).sum::<usize>();
    let _ = writeln!(out, "<details><summary>{count} rules wait for what the files don't say</summary>\n");
    out.push_str("| place | unknown | what would settle it | rules |\n| --- | --- | --- | --- |\n");
    for question in questions {
        let answers = question.answers.iter().map(|answer| match answer.command {
            Some(command) => format!("{}: {}", inline(&answer.evidence.join(", ")), verbatim(command)),
            None => inline(&answer.evidence.join(", ")),
        });
        let answers: Vec<_> = answers.collect();
        let (place, message) = (place(question.finding), inline(&question.finding.message));
        let _ = writeln!(out, "| {place} | {message} | {} | {} |", answers.join("<br>"), question.codes.join(", "));
    }
    out.push_str("\n</details>\n\n");
}

fn accepted(out: &mut String, report: &Report) {
    for finding in &report.findings {
        if let Verdict::Suppressed { reason, until } = &finding.verdict {
            let until = until.as_ref().map(|until| format!(" until {}", inline(until))).unwrap_or_default();
            let (code, message) = (code(finding), inline(&finding.message));
            let _ = writeln!(out, "- accepted{until}: {code} {message} ({}): {}", place(finding), inline(reason));
        }
    }
}

/// A message, whose backticks mark what is quoted: that becomes code, the rest plain text.
fn inline(text: &str) -> String {
    let pieces = text.split('`').count();
    let mut out = String::new();
    for (at, piece) in text.split('`').enumerate() {
        // A last backtick without another one quotes nothing.
        match at % 2 == 1 && at + 1 < pieces {
            true => out.push_str(&verbatim(piece)),
            // Outside of code a name after an at sign would be called.
            false => escape(&mut out, &piece.replace('@', "@\u{200b}")),
        }
    }
    out
}

fn verbatim(text: &str) -> String {
    let mut out = String::from("<code>");
    escape(&mut out, text);
    out.push_str("</code>");
    out
}

/// Text that is neither HTML nor Markdown, nor ends a cell of a table, nor becomes a link.
fn escape(out: &mut String, text: &str) {
    let start = out.len();
    for c in one_line(text).chars() {
        match c {
            '&' | '<' | '>' | '"' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '\\' | '!' | '$' => {
                _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    if ["www.", "://"].iter().any(|link| out[start..].contains(link)) {
        let unlinked = out[start..].replace("www.", "www&#46;").replace("://", "&#58;//");
        out.truncate(start);
        out.push_str(&unlinked);
    }
}
