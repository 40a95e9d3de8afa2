//! A report for people: each finding in its source, unknowns that one command settles together, then what was read and
//! how much of what was found.

use super::source::{Sources, snippets};
use annotate_snippets::{Group, Level as Shown, Renderer, normalize_untrusted_str};
use anstream::adapter::strip_str;
use cmkit::policy::{Consequence, File, Finding, Level, Report, Verdict, rule};
use cmkit::report::{OpenQuestion, impact, inputs, open_questions, summary};
use std::fmt::Write;

pub(super) fn render(report: &Report, files: &[File]) -> String {
    let sources = Sources::new(files);
    let mut out = String::new();
    for finding in &report.findings {
        match &finding.verdict {
            Verdict::Fail => push(&mut out, &failure(finding, &sources)),
            Verdict::Suppressed { reason, until } => {
                let until = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
                let Finding { code, message, file, span, .. } = finding;
                let line = format!("accepted{until}: {code} {message} ({file}:{}): {reason}", span.line);
                let _ = writeln!(out, "{}\n", normalize_untrusted_str(&line));
            }
            Verdict::Unknown { .. } => {}
        }
    }
    for question in open_questions(report) {
        push(&mut out, &unknown(&question, &sources));
    }
    totals(&mut out, report);
    let _ = writeln!(out, "{}\nread {}", summary(report), inputs(&report.inputs));
    out
}

fn push(out: &mut String, groups: &[Group<'_>]) {
    // A part of a long line has its place above it; the renderer draws the empty name of one more file between.
    let drawn = Renderer::styled().render(groups);
    let is_nameless = |line: &&str| line.contains(":::") && strip_str(line).to_string().trim() == ":::";
    for line in drawn.lines().filter(|line| !is_nameless(line)) {
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
}

fn level(level: Level) -> Shown<'static> {
    match level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
        Level::Note => Shown::NOTE,
    }
}

fn failure<'a>(finding: &'a Finding, sources: &Sources<'a>) -> Vec<Group<'a>> {
    let rule = rule(finding.code);
    let mut elements = snippets(finding, label(finding, sources), sources);
    elements.push(Shown::NOTE.message(format!("{}: {}", impact(finding), finding.why)).into());
    for fix in &finding.fixes {
        let once = if fix.irreversible { " (final: it can't be changed afterwards)" } else { "" };
        elements.push(Shown::HELP.message(format!("{}{once}", fix.description)).into());
    }
    if let Some(rule) = rule {
        elements.push(Shown::HELP.message(format!("see {}", rule.source)).into());
    }
    let title = level(finding.level).primary_title(&finding.message).id(finding.code);
    vec![Group::with_title(title).elements(elements)]
}

/// Expected and actual value; what is plainly underlined isn't said again.
fn label(finding: &Finding, sources: &Sources<'_>) -> String {
    let Some(expected) = &finding.expected else { return String::new() };
    let underlined = sources.underlined(finding).trim_matches('"');
    let label = match finding.actual.as_deref() {
        Some("left out") => format!("expected {expected}; it is left out"),
        Some(actual) if underlined != actual => format!("expected {expected}, found {actual}"),
        _ => format!("expected {expected}"),
    };
    normalize_untrusted_str(&label)
}

fn unknown<'a>(question: &OpenQuestion<'a>, sources: &Sources<'a>) -> Vec<Group<'a>> {
    let OpenQuestion { finding, codes, answers } = question;
    let mut elements = snippets(finding, String::new(), sources);
    elements.push(Shown::NOTE.message(format!("not settled: {}", codes.join(", "))).into());
    elements.extend(answers.iter().map(|answer| Shown::HELP.message(answer.to_string()).into()));
    let title = Shown::INFO.with_name("unknown").primary_title(&finding.message);
    vec![Group::with_title(title).elements(elements)]
}

/// How much of what, worst first, where there is more than one line could say.
fn totals(out: &mut String, report: &Report) {
    const CONSEQUENCES: [Consequence; 5] = [
        Consequence::DataLoss,
        Consequence::DestroysCluster,
        Consequence::Outage,
        Consequence::ProvisioningFails,
        Consequence::Hygiene,
    ];
    let column = |finding: &Finding| match (&finding.verdict, finding.level) {
        (Verdict::Fail, Level::Error) => Some(0),
        (Verdict::Fail, Level::Warning) => Some(1),
        (Verdict::Fail, Level::Note) => Some(2),
        (Verdict::Unknown { .. }, _) => Some(3),
        (Verdict::Suppressed { .. }, _) => None,
    };
    let rows = CONSEQUENCES.map(|consequence| {
        let mut row = [0; 4];
        let alike = report.findings.iter().filter(|finding| finding.consequence == consequence);
        alike.filter_map(column).for_each(|column| row[column] += 1);
        (consequence, row)
    });
    let rows: Vec<_> = rows.into_iter().filter(|(_, row)| row.iter().sum::<usize>() > 0).collect();
    if rows.len() < 2 {
        return;
    }
    let _ = writeln!(out, "{:20}  errors  warnings  notes  unknown", "");
    for (consequence, [errors, warnings, notes, unknown]) in rows {
        let name = consequence.as_str();
        let _ = writeln!(out, "{name:20}  {errors:>6}  {warnings:>8}  {notes:>5}  {unknown:>7}");
    }
    out.push('\n');
}
