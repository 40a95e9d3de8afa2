//! A rule as a page of Markdown, and all of them as a list: written from the table of rules alone, so that what is read on
//! a page is what is checked.

mod evidence;
mod list;
mod other_tools;

use crate::policy::what_if::Event;
use crate::policy::{Basis, Dialect, Level, Rule, symptoms_of};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

pub use list::rule_list;

/// The samples on the page of a rule.
///
/// ```
/// use cmkit_core::{policy, report};
/// let sample = report::Sample::File { title: "off", language: "json", text: "{}" };
/// let samples = report::Samples { failing: &[sample], ..Default::default() };
/// let page = report::rule_page(policy::rule("CMK1002").expect("a rule"), &samples);
/// assert!(page.contains("off"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples<'a> {
    /// The `.cmkit.json` that they are checked with, where there is one.
    pub settings: Option<&'a str>,
    /// The time that they are checked for, where it matters.
    pub at: Option<&'a str>,
    /// What the rule says of those that fail.
    pub says: &'a [&'a str],
    /// What breaks the rule.
    pub failing: &'a [Sample<'a>],
    /// What keeps it.
    pub passing: &'a [Sample<'a>],
}

/// One sample, or why there is none.
///
/// ```
/// use cmkit_core::report::Sample;
/// let sample = Sample::File { title: "no purge protection", language: "json", text: "{}" };
/// assert_ne!(sample, Sample::None { title: "Terraform", reason: "it can't be made there" });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample<'a> {
    /// A file.
    File {
        /// What it is: `ARM template`, `Terraform`.
        title: &'a str,
        /// The language, as a fence of Markdown takes it: `json`, `hcl`.
        language: &'a str,
        /// What is in it.
        text: &'a str,
    },
    /// There can't be one.
    None {
        /// What it would be.
        title: &'a str,
        /// Why, in a sentence.
        reason: &'a str,
    },
}

/// The page of a rule.
///
/// ```
/// use cmkit_core::{policy, report::{Sample, Samples, rule_page}};
/// let rule = policy::rule("CMK1002").expect("a rule");
/// let failing = [Sample::File { title: "ARM template", language: "json", text: "{ }\n" }];
/// let page = rule_page(rule, &Samples { failing: &failing, ..Samples::default() });
/// assert!(page.starts_with("# CMK1002: purge protection is on\n"));
/// assert!(page.contains("## Fails\n\nARM template:\n\n```json\n{ }\n```\n"));
/// ```
#[must_use]
pub fn rule_page(rule: &Rule, samples: &Samples<'_>) -> String {
    let mut out = format!("# {}: {}\n\n{}\n\n{}\n", rule.code, rule.title, synopsis(rule), sentence(rule.why));
    if let Some(basis) = basis(rule.basis) {
        let _ = write!(out, "\n{basis}\n");
    }
    section(&mut out, "How to mend it", &mend(rule));
    if let Some(text) = samples.settings {
        section(&mut out, "Settings of the samples", &block("`.cmkit.json`", "json", text));
    }
    let said = samples.says.iter().map(|message| format!("- {message}")).collect::<Vec<_>>().join("\n");
    let said = if said.is_empty() { said } else { format!("`cmkit check` says:\n\n{said}") };
    for (title, said, samples) in [("Fails", said, samples.failing), ("Passes", String::new(), samples.passing)] {
        if !samples.is_empty() {
            let said = Some(said).filter(|said| !said.is_empty());
            let blocks: Vec<_> = samples.iter().map(show).chain(said).collect();
            section(&mut out, title, &blocks.join("\n\n"));
        }
    }
    if let Some(at) = samples.at {
        let _ = write!(out, "\nThis is so on {at}: `cmkit check --at {at}`.\n");
    }
    section(&mut out, "Evidence", &evidence::section(rule.evidence));
    seen_as(&mut out, rule);
    if !rule.crosswalk.is_empty() {
        section(&mut out, "Other tools", &other_tools::table(rule.crosswalk));
    }
    section(&mut out, "Source", &format!("<{}>", rule.source));
    out
}

/// How bad it is, what happens, and when.
fn synopsis(rule: &Rule) -> String {
    let level = match rule.level {
        Level::Error => "An **error**",
        Level::Warning => "A **warning**",
        Level::Note => "A **note**",
    };
    let when = match rule.time_to_impact {
        "none by itself" => "without an impact by itself",
        when => when,
    };
    format!("{level}: {}, {when}.", rule.consequence.as_str())
}

/// What a person should know of a rule that does not rest on a documented sentence.
const fn basis(basis: Basis) -> Option<&'static str> {
    match basis {
        Basis::Documented => None,
        Basis::Inferred => {
            Some("This rule is inferred from what is documented, not documented itself, so it is never an error.")
        }
        Basis::Practice => Some("This rule rests on practice, not on documentation, so it is never an error."),
        Basis::Settings => Some("This rule applies only where the settings, `.cmkit.json`, ask for it."),
    }
}

fn mend(rule: &Rule) -> String {
    let mut text = sentence(rule.fix);
    if rule.irreversible {
        text.push_str(" This can't be undone, or can't be made later.");
    }
    let terraform = rule.fix_in(Dialect::Terraform);
    if terraform != rule.fix {
        let _ = write!(text, "\n\nIn Terraform: {terraform}.");
    }
    if rule.has_mend() {
        let option = if rule.irreversible { " --irreversible" } else { "" };
        let _ = write!(text, "\n\nIn an ARM template `cmkit fix{option} FILE` does it where it is safe.");
    }
    text
}

fn section(out: &mut String, title: &str, text: &str) {
    let _ = write!(out, "\n## {title}\n\n{text}\n");
}

fn show(sample: &Sample<'_>) -> String {
    match sample {
        Sample::File { title, language, text } => block(title, language, text),
        Sample::None { title, reason } => format!("{title}: none. {}", sentence(reason)),
    }
}

/// A fenced file; the fence is longer than any in the file.
fn block(title: &str, language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{title}:\n\n{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// How people meet it: the errors that it explains, the events that turn on it.
fn seen_as(out: &mut String, rule: &Rule) {
    let symptoms: Vec<_> =
        symptoms_of(rule.code).map(|symptom| format!("- `{}`: {}", symptom.id, symptom.meaning)).collect();
    if !symptoms.is_empty() {
        section(out, "Seen as", &format!("`cmkit explain` leads here from\n\n{}", symptoms.join("\n")));
    }
    let events = Event::ALL.iter().filter(|event| event.rules().contains(&rule.code));
    let events: Vec<_> = events.map(|event| format!("`cmkit what-if FILES --event {event}`")).collect();
    match events.as_slice() {
        [] => {}
        [one] => section(out, "What if", &format!("{one} tells what it comes to.")),
        more => section(out, "What if", &format!("These tell what it comes to:\n\n- {}", more.join("\n- "))),
    }
}

/// A sentence from a phrase of the table.
fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if phrase.ends_with(['.', ':']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests;
