//! A rule as a page of Markdown, and all of them as a list: written from the table of rules alone, so that what is read on
//! a page is what is checked.

use crate::policy::what_if::Event;
use crate::policy::{Basis, Crosswalk, Relation, Rule, rules, symptoms_of};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// The samples on the page of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples<'a> {
    /// Files that break the rule.
    pub failing: &'a [Sample<'a>],
    /// Files that keep it.
    pub passing: &'a [Sample<'a>],
}

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// What it is: `ARM template`, `Terraform`.
    pub title: &'a str,
    /// The language, as a fence of Markdown takes it: `json`, `hcl`.
    pub language: &'a str,
    /// The file.
    pub text: &'a str,
}

/// The page of a rule.
///
/// ```
/// use cmkit_core::{policy, report::{Sample, Samples, rule_page}};
/// let rule = policy::rule("CMK1002").expect("a rule");
/// let failing = [Sample { title: "ARM template", language: "json", text: "{ }\n" }];
/// let page = rule_page(rule, &Samples { failing: &failing, passing: &[] });
/// assert!(page.starts_with("# CMK1002: purge protection is on\n"));
/// assert!(page.contains("## Fails\n\nARM template:\n\n```json\n{ }\n```\n"));
/// ```
#[must_use]
pub fn rule_page(rule: &Rule, samples: &Samples<'_>) -> String {
    let mut out = format!("# {}: {}\n\n", rule.code, rule.title);
    facts(&mut out, rule);
    section(&mut out, "What it looks at", &sentence(rule.evidence));
    section(&mut out, "Why", &sentence(rule.why));
    let last = if rule.irreversible { " This can't be undone, or can't be made later." } else { "" };
    section(&mut out, "How to mend it", &format!("{}{last}", sentence(rule.fix)));
    for (title, samples) in [("Fails", samples.failing), ("Passes", samples.passing)] {
        if !samples.is_empty() {
            let blocks: Vec<_> = samples.iter().map(block).collect();
            section(&mut out, title, &blocks.join("\n\n"));
        }
    }
    seen_as(&mut out, rule);
    other_tools(&mut out, rule.crosswalk);
    out
}

/// Every rule in a table, by code.
///
/// ```
/// let list = cmkit_core::report::rule_list();
/// assert!(list.contains("| CMK1001 | error | data loss | soft delete is on |\n"));
/// ```
#[must_use]
pub fn rule_list() -> String {
    let mut out = String::from("| rule | level | consequence | what is right |\n| --- | --- | --- | --- |\n");
    for rule in rules() {
        let (code, level, consequence) = (rule.code, rule.level.as_str(), rule.consequence.as_str());
        let _ = writeln!(out, "| {code} | {level} | {consequence} | {} |", cell(rule.title));
    }
    out
}

fn facts(out: &mut String, rule: &Rule) {
    out.push_str("| | |\n| --- | --- |\n");
    let basis = match rule.basis {
        Basis::Documented => "documented",
        Basis::Inferred => "inferred from what is documented: a warning at most",
        Basis::Practice => "seen in practice: a warning at most",
        Basis::Settings => "asked for in the settings; without them it does not apply",
    };
    for (name, value) in [
        ("level", rule.level.as_str()),
        ("consequence", rule.consequence.as_str()),
        ("time to impact", rule.time_to_impact),
        ("basis", basis),
        ("source", rule.source),
    ] {
        let value = if name == "source" { format!("<{value}>") } else { cell(value) };
        let _ = writeln!(out, "| {name} | {value} |");
    }
}

fn section(out: &mut String, title: &str, text: &str) {
    let _ = write!(out, "\n## {title}\n\n{text}\n");
}

/// A fenced file; the fence is longer than any in the file.
fn block(sample: &Sample<'_>) -> String {
    let Sample { title, language, text } = sample;
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
    if !events.is_empty() {
        section(out, "What if", &format!("{} tells what it comes to.", events.join(", ")));
    }
}

fn other_tools(out: &mut String, crosswalk: &[Crosswalk]) {
    if crosswalk.is_empty() {
        return;
    }
    let mut table = String::from("| tool | rule | how it relates |\n| --- | --- | --- |");
    for Crosswalk { tool, id, relation } in crosswalk {
        let relation = match relation {
            Relation::Same => "asks for the same",
            Relation::Weaker => "asks for less, or looks at less",
            Relation::Conflicts => "**conflicts**: see below",
        };
        let _ = write!(table, "\n| {} | {} | {relation} |", cell(tool), cell(id));
    }
    for Crosswalk { tool, id, .. } in crosswalk.iter().filter(|one| one.relation == Relation::Conflicts) {
        let _ = write!(table, "\n\n{tool} {id}: {}", sentence(conflict(id)));
    }
    section(out, "Other tools", &table);
}

/// What following a rule of another tool does to a customer-managed key.
fn conflict(id: &str) -> &'static str {
    let known = CONFLICTS.iter().find(|(ids, _)| ids.iter().any(|known| id.contains(known)));
    known.map_or("followed to the letter, it breaks a customer-managed key", |(_, why)| why)
}

const CONFLICTS: &[(&[&str], &str)] = &[
    (
        &[
            "CKV_AZURE_40",
            "AZU-0014",
            "AVD-AZU-0014",
            "152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0",
            "49a22571-d204-4c91-a7b6-09b1a586fbc9",
            "4d080822-5ee2-49a4-8984-68f3d4c890fc",
        ],
        "it asks for an expiry on every key. An expiry that is reached makes the cluster inaccessible, and rotating then is no \
         way back. An expiry is safe only with a rotation that comes before it",
    ),
    (
        &["CKV_AZURE_112", "587c79fe-dd04-4a5e-9d0b-f89598c7261b"],
        "it asks for a key in an HSM. It fails plain RSA keys, which the service takes, and passes EC keys in an HSM, which it \
         does not",
    ),
    (
        &["CKV_AZURE_109", "AZU-0013", "AVD-AZU-0013", "55615ac9-af46-4a59-874e-391cc3dfb490", "AZR-000355"],
        "it asks for a firewall that denies, and does not look at the bypass. Denying without the bypass for trusted services \
         passes it, and cuts the cluster off from its key",
    ),
    (
        &["CKV_AZURE_189", "405c5871-3e91-4644-8a63-58e19d68ff5b"],
        "it takes a vault that is open to selected networks for closed. That is not one of the two shapes that the service \
         supports",
    ),
    (
        &["CKV2_AZURE_32"],
        "it asks for a private endpoint. The service does not come through it: a vault that is reached only that way can't hold \
         the key",
    ),
];

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
