//! `JUnit` XML, for the test reports of pipelines: a suite for each file and a case for each finding, then a suite of the
//! rules that passed.

use super::summary::{place, sentence, summary};
use crate::policy::{Finding, Level, Report, Verdict, rule};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Write};

/// The report as `JUnit` XML. Errors and warnings are failures, notes are cases that pass and say something, and what the
/// files don't say or somebody accepted is skipped.
#[must_use]
pub fn junit(report: &Report) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = Counts::of(report.findings.iter());
    let tests = all.tests + report.passed.len();
    let Counts { failures, skipped, .. } = all;
    let _ = writeln!(
        out,
        r#"<testsuites name="cmkit" tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}" time="0">"#
    );
    let mut files: Vec<&str> = report.inputs.files.iter().map(String::as_str).collect();
    files.extend(report.findings.iter().map(|finding| finding.file.as_str()));
    files.sort_unstable();
    files.dedup();
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| finding.file.as_str()); // a stable sort: worst first within a file
    let mut rest = findings.as_slice();
    for file in files {
        let (inside, after) = rest.split_at(rest.iter().take_while(|finding| finding.file == file).count());
        rest = after;
        suite(&mut out, file, inside);
    }
    let passed = report.passed.len();
    let _ = writeln!(
        out,
        r#"  <testsuite name="rules that passed" tests="{passed}" failures="0" errors="0" skipped="0" time="0">"#
    );
    for code in &report.passed {
        let title = rule(code).map_or("", |rule| rule.title);
        let _ = writeln!(out, r#"    <testcase classname="cmkit" name="{code}: {}" time="0"/>"#, Xml(title));
    }
    let _ = writeln!(out, "    <system-out>{}</system-out>\n  </testsuite>\n</testsuites>", Xml(&summary(report)));
    out
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
}

impl Counts {
    fn of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Self {
        findings.fold(Self::default(), |counts, finding| Self {
            tests: counts.tests + 1,
            failures: counts.failures + usize::from(fails(finding)),
            skipped: counts.skipped + usize::from(finding.verdict != Verdict::Fail),
        })
    }
}

fn fails(finding: &Finding) -> bool {
    finding.verdict == Verdict::Fail && finding.level <= Level::Warning
}

fn suite(out: &mut String, file: &str, findings: &[&Finding]) {
    let Counts { tests, failures, skipped } = Counts::of(findings.iter().copied());
    let counts = format!(r#"tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}" time="0""#);
    let _ = writeln!(out, r#"  <testsuite name="{}" {counts}>"#, Xml(file));
    for finding in findings {
        case(out, finding);
    }
    let _ = writeln!(out, "  </testsuite>");
}

fn case(out: &mut String, finding: &Finding) {
    let about = finding.resource.as_deref().unwrap_or(&finding.file);
    let title = rule(finding.code).map_or("", |rule| rule.title);
    let name = format!("{}: {title} ({})", finding.code, finding.pointer);
    let (file, line) = (Xml(&finding.file), finding.span.line);
    let _ = writeln!(
        out,
        r#"    <testcase classname="{}" name="{}" file="{file}" line="{line}" time="0">"#,
        Xml(about),
        Xml(&name)
    );
    let message = sentence(finding);
    match &finding.verdict {
        Verdict::Unknown { evidence, command } => {
            let command = command.as_ref().map(|command| format!(": {command}")).unwrap_or_default();
            let message = format!("unknown: {message}; {evidence} would settle it{command}");
            let _ = writeln!(out, r#"      <skipped message="{}"/>"#, Xml(&message));
        }
        Verdict::Suppressed { reason, until } => {
            let until = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
            let message = format!("accepted{until}: {message}; {reason}");
            let _ = writeln!(out, r#"      <skipped message="{}"/>"#, Xml(&message));
        }
        Verdict::Fail if fails(finding) => {
            let (level, details) = (finding.level.as_str(), details(finding));
            let _ = writeln!(
                out,
                r#"      <failure type="{level}" message="{}">{}</failure>"#,
                Xml(&message),
                Xml(&details)
            );
        }
        Verdict::Fail => {
            let text = format!("{}: {message}\n{}", finding.level.as_str(), details(finding));
            let _ = writeln!(out, "      <system-out>{}</system-out>", Xml(&text));
        }
    }
    let _ = writeln!(out, "    </testcase>");
}

fn details(finding: &Finding) -> String {
    let mut text = format!("{}\n{}: {}", place(finding), finding.consequence.as_str(), finding.why);
    for fix in &finding.fixes {
        let _ = write!(text, "\nfix: {}", fix.description);
    }
    text
}

/// Text in XML 1.0: what it reads as markup is escaped, and what it forbids even then becomes U+FFFD.
struct Xml<'a>(&'a str);

impl Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(c))?,
                '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                c if c.is_control() => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
