//! An explanation as Markdown, for issues and run books.

use super::rule_page::{Samples, rule_page};
use crate::policy::{Cause, Cited, Explanation, Standing};
use alloc::format;
use alloc::string::String;
use core::fmt::Write;

/// The explanation as Markdown: the page of a rule, or what was recognised and its causes in order.
///
/// ```
/// use cmkit_core::{policy, report};
/// let page = report::explanation(&policy::explain("ForbiddenByFirewall"));
/// assert!(page.starts_with("# ForbiddenByFirewall\n"));
/// assert!(report::explanation(&policy::explain("good morning")).contains("not recognised"));
/// ```
#[must_use]
pub fn explanation(explanation: &Explanation) -> String {
    let Explanation { schema: _, rule, standing, findings, symptoms, seen, causes, remarks, nearest } = explanation;
    if let Some(rule) = rule {
        let mut out = rule_page(rule, &Samples::default());
        if let Some(said) = said(*standing) {
            let _ = write!(out, "\n## In these files\n\n{said}\n\n");
            cited(&mut out, findings, "");
        }
        return out;
    }
    let mut out = String::new();
    for symptom in symptoms {
        let _ = writeln!(out, "# {}\n\n{}.\n\nSource: <{}>\n", symptom.id, symptom.meaning, symptom.source);
    }
    if symptoms.is_empty() {
        out.push_str("This is not recognised: it is no error, sentence or log line that is known here.\n");
        if !nearest.is_empty() {
            let _ = writeln!(out, "\nThe nearest rules: {}.", nearest.join(", "));
        }
        return out;
    }
    for seen in seen {
        let _ = writeln!(out, "- {}: {}", seen.name, verbatim(&seen.value));
    }
    for remark in remarks {
        let _ = writeln!(out, "- {}", quoted(remark));
    }
    if !(seen.is_empty() && remarks.is_empty()) {
        out.push('\n');
    }
    out.push_str("## Causes, the likeliest first\n\n");
    for (number, cause) in causes.iter().enumerate() {
        one(&mut out, number + 1, cause);
    }
    out
}

fn one(out: &mut String, number: usize, cause: &Cause) {
    let Cause { what, rules, look, command, standing, findings } = cause;
    let said = said(*standing).map(|said| format!(" **{said}**")).unwrap_or_default();
    let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
    let _ = writeln!(out, "{number}. {what}{rules}.{said}");
    cited(out, findings, "   ");
    let _ = writeln!(out, "   Look at {look}.");
    if let Some(command) = command {
        let _ = writeln!(out, "\n   ```sh\n   {command}\n   ```\n");
    }
}

fn said(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Shown => Some("Your files show it."),
        Standing::Unknown => Some("Your files don't say."),
        Standing::RuledOut => Some("Your files rule it out, as far as they are what is deployed."),
        Standing::NotLooked => None,
    }
}

fn cited(out: &mut String, findings: &[Cited], indent: &str) {
    for Cited { code, message, file, line, evidence, command } in findings {
        let place = verbatim(&format!("{file}:{line}"));
        let settles = match (evidence, command) {
            (Some(evidence), Some(command)) => format!("; {evidence} would settle it: {}", verbatim(command)),
            (Some(evidence), None) => format!("; {evidence} would settle it"),
            (None, _) => String::new(),
        };
        let _ = writeln!(out, "{indent}- {code} at {place}: {}{settles}", quoted(message));
    }
}

/// A message, whose backticks mark what is quoted from the files.
fn quoted(text: &str) -> String {
    let pieces = text.split('`').count();
    let mut out = String::new();
    for (at, piece) in text.split('`').enumerate() {
        match at % 2 == 1 && at + 1 < pieces {
            true => out.push_str(&verbatim(piece)),
            false => escape(&mut out, piece),
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

/// Text of somebody's files is neither HTML nor Markdown.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            c if c.is_ascii_punctuation() && !",.:;()/-{}'=".contains(c) => _ = write!(out, "&#{};", u32::from(c)),
            c => out.push(c),
        }
    }
}
