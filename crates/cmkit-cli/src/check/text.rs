//! A report for people: each finding in its source, unknowns that one command settles together, then one line that
//! sums up.

use annotate_snippets::{AnnotationKind, Element, Group, Level as Shown, Renderer, Snippet};
use cmkit::policy::{File, Finding, Level, Location, Report, Verdict};
use std::fmt::Write;
use std::ops::Range;

pub(super) fn render(report: &Report, sources: &[File]) -> String {
    let mut out = String::new();
    let (settled, open): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|finding| !matches!(finding.verdict, Verdict::Unknown { .. }));
    for finding in settled {
        match &finding.verdict {
            Verdict::Suppressed { reason, until } => {
                let until = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
                let Finding { code, message, file, span, .. } = finding;
                let _ = writeln!(out, "accepted{until}: {code} {message} ({file}:{}): {reason}\n", span.line);
            }
            _ => push(&mut out, &failure(finding, sources)),
        }
    }
    for group in together(&open) {
        push(&mut out, &unknown(&group, sources));
    }
    out.push_str(&summary(report));
    out
}

fn push(out: &mut String, groups: &[Group<'_>]) {
    out.push_str(&Renderer::styled().render(groups));
    out.push_str("\n\n");
}

fn level(level: Level) -> Shown<'static> {
    match level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
        Level::Note => Shown::NOTE,
    }
}

fn failure<'a>(finding: &'a Finding, sources: &'a [File]) -> Vec<Group<'a>> {
    let label = label(finding, sources);
    let mut elements = snippets(finding, label, sources);
    elements.push(Shown::NOTE.message(format!("{}: {}", finding.consequence.as_str(), finding.why)).into());
    for fix in &finding.fixes {
        let once = if fix.irreversible { " (final: it can't be changed afterwards)" } else { "" };
        elements.push(Shown::HELP.message(format!("{}{once}", fix.description)).into());
    }
    let title = level(finding.level).primary_title(&finding.message).id(finding.code);
    vec![Group::with_title(title).elements(elements)]
}

/// Expected and actual value; what is plainly underlined isn't said again.
fn label(finding: &Finding, sources: &[File]) -> String {
    let Some(expected) = &finding.expected else { return String::new() };
    let text = sources.iter().find(|file| file.name == finding.file).map_or("", |file| file.text.as_str());
    let underlined = text.get(range(finding.span, text)).unwrap_or_default();
    match finding.actual.as_deref() {
        Some("left out") => format!("expected {expected}; it is left out"),
        Some(actual) if !underlined.trim_matches('"').eq(actual) => format!("expected {expected}, found {actual}"),
        _ => format!("expected {expected}"),
    }
}

/// Unknowns that stand at one place for one reason, and that one command settles.
fn together<'a>(open: &[&'a Finding]) -> Vec<Vec<&'a Finding>> {
    let alike = |one: &Finding, two: &Finding| {
        let command = |f: &Finding| match &f.verdict {
            Verdict::Unknown { command, .. } => command.clone(),
            Verdict::Fail | Verdict::Suppressed { .. } => None,
        };
        (&one.file, one.span, &one.message) == (&two.file, two.span, &two.message) && command(one) == command(two)
    };
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in open {
        match groups.iter_mut().find(|group| alike(group[0], finding)) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn unknown<'a>(group: &[&'a Finding], sources: &'a [File]) -> Vec<Group<'a>> {
    let first = group[0];
    let mut codes: Vec<_> = group.iter().map(|finding| finding.code).collect();
    codes.dedup();
    let mut elements = snippets(first, String::new(), sources);
    elements.push(Shown::NOTE.message(format!("not settled: {}", codes.join(", "))).into());
    if let Verdict::Unknown { evidence, command } = &first.verdict {
        let command = command.as_ref().map(|command| format!(": {command}")).unwrap_or_default();
        elements.push(Shown::HELP.message(format!("{evidence} would settle it{command}")).into());
    }
    let title = Shown::INFO.with_name("unknown").primary_title(&first.message);
    vec![Group::with_title(title).elements(elements)]
}

/// The finding and its related places, file by file.
fn snippets<'a>(finding: &'a Finding, label: String, sources: &'a [File]) -> Vec<Element<'a>> {
    let mut files: Vec<&str> = vec![&finding.file];
    files.extend(finding.related.iter().map(|related| related.file.as_str()));
    files.dedup();
    let mut label = Some(label);
    let snippet = |file: &str| {
        let File { name, text, .. } = sources.iter().find(|known| known.name == file)?;
        let label = if file == finding.file { label.take() } else { None };
        let primary = label.map(|label| AnnotationKind::Primary.span(range(finding.span, text)).label(label));
        let related = finding.related.iter().filter(|related| related.file == file);
        let related = related
            .map(|related| AnnotationKind::Context.span(range(related.span, text)).label(related.message.as_str()));
        Some(Snippet::source(text.as_str()).path(name.as_str()).annotations(primary.into_iter().chain(related)).into())
    };
    files.into_iter().filter_map(snippet).collect()
}

/// The bytes to underline.
fn range(span: Location, text: &str) -> Range<usize> {
    let end = span.end.min(text.len());
    span.start.min(end)..end
}

fn summary(report: &Report) -> String {
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let summary = &report.summary;
    let mut parts = Vec::new();
    for (number, what) in [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")] {
        if number > 0 {
            parts.push(count(number, what));
        }
    }
    if summary.unknown > 0 {
        parts.push(format!("{} unknown", summary.unknown));
    }
    if summary.suppressed > 0 {
        parts.push(format!("{} accepted", summary.suppressed));
    }
    let found = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
    let passed = count(summary.passed, "rule");
    format!("{found}; {passed} passed, {} not applicable, as of {}\n", summary.not_applicable, report.at)
}
