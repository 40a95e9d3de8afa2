//! What an error, a sentence of the portal or a line of the vault's audit log comes from: ranked causes, tied to rules; and
//! what a rule is about.
//!
//! [`explain`] knows nothing but the text. [`explain_in`] holds the causes against a deployment: those that its files show go
//! first, those that they rule out go last. It recognises what is known to be said, and says so where it recognises nothing.

mod causes;
mod log;
mod nearest;
mod reading;
mod symptoms;

pub use nearest::looks_like_a_code;
pub use reading::Seen;

use super::finding::{Finding, Report, Verdict};
use super::model::Deployment;
use super::rules::{Rule, rule};
use super::time::Timestamp;
use super::{Options, check};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use causes::Entry;
use log::LOG;
use reading::Reading;
use serde::Serialize;
use symptoms::{GENERAL, SPECIFIC, Symptom};

/// What a text means.
///
/// ```
/// use cmkit_core::policy;
/// let explanation = policy::explain("Operation unwrapKey is not allowed on a disabled key.");
/// assert_eq!(explanation.symptoms[0].id, "KeyDisabled");
/// assert_eq!(explanation.causes[0].rules, ["CMK2004"]);
/// assert_eq!(policy::explain("cmk3001").rule.map(|rule| rule.code), Some("CMK3001"));
/// assert!(policy::explain("good morning").symptoms.is_empty());
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The version of this shape: 1.
    pub schema: u32,
    /// The rule, where the text is the code of one.
    pub rule: Option<&'static Rule>,
    /// What the files say of that rule, where there are files.
    pub standing: Standing,
    /// The findings of that rule in the files.
    pub findings: Vec<Cited>,
    /// What was recognised, the most specific first.
    pub symptoms: Vec<Recognised>,
    /// What else the text says.
    pub seen: Vec<Seen>,
    /// The causes, the likeliest first.
    pub causes: Vec<Cause>,
    /// What follows from the text and the files together.
    pub remarks: Vec<String>,
    /// Where nothing was recognised: the codes of the rules that are nearest.
    pub nearest: Vec<&'static str>,
}

/// Something that was recognised in a text.
///
/// ```
/// use cmkit_core::policy::explain;
/// let explanation = explain("Operation unwrapKey is not allowed on a disabled key.");
/// assert_eq!(explanation.symptoms[0].id, "KeyDisabled");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// Its name: Azure's code, where it has one.
    pub id: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// The public page, or the thread where it was seen.
    pub source: &'static str,
}

/// Something that may be behind it.
///
/// ```
/// use cmkit_core::policy::explain;
/// let explanation = explain("Operation unwrapKey is not allowed on a disabled key.");
/// assert_eq!(explanation.causes[0].rules, ["CMK2004"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// What is wrong.
    pub what: &'static str,
    /// The codes of the rules that decide it from files.
    pub rules: &'static [&'static str],
    /// What to look at.
    pub look: &'static str,
    /// The command that shows it.
    pub command: Option<String>,
    /// What the files say of it.
    pub standing: Standing,
    /// Where they say it.
    pub findings: Vec<Cited>,
}

/// What the files say of a cause or a rule.
///
/// ```
/// use cmkit_core::policy::{Standing, explain};
/// assert_eq!(explain("CMK4101").standing, Standing::default()); // no files, no word on them
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They show it.
    Shown,
    /// They don't say; the findings tell what would settle it.
    Unknown,
    /// Nothing in files can tell it, or there are none.
    #[default]
    NotLooked,
    /// They rule it out, as far as they are what is deployed.
    RuledOut,
}

/// A finding that tells for a cause.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let explanation = policy::explain_in("CMK3001", &deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// assert_eq!((explanation.findings[0].file.as_str(), explanation.findings[0].line), ("main.json", 3));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cited {
    /// The code of the rule.
    pub code: &'static str,
    /// What it says.
    pub message: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What would settle it, where the files don't say.
    pub evidence: Option<&'static str>,
    /// The command that fetches that.
    pub command: Option<String>,
}

/// Explains the code of a rule, or any text. See [`Explanation`] for an example.
#[must_use]
pub fn explain(text: &str) -> Explanation {
    explained(text, None)
}

/// Explains a text as [`explain`] does, and holds its causes against a deployment, checked as of the time `at` with these
/// options.
///
/// ```
/// use cmkit_core::{document, policy::{self, Standing}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults/keys", "apiVersion": "2026-02-01",
///     "name": "kv-orders/kek", "properties": { "attributes": { "enabled": false } } },
///   { "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders", "apiVersion": "2025-09-01", "properties": {
///     "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let at = policy::Timestamp::parse("2026-12-01")?;
/// let explanation = policy::explain_in("the cluster is Inaccessible", &deployment, at, &policy::Options::default());
/// assert_eq!(explanation.causes[0].standing, Standing::Shown);
/// assert_eq!(explanation.causes[0].findings[0].code, "CMK2004");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[must_use]
pub fn explain_in(text: &str, deployment: &Deployment, at: Timestamp, options: &Options) -> Explanation {
    let report = check(deployment, at, options);
    let mut explanation = explained(text, Some(&report));
    explanation.remarks.extend(caller(&explanation.seen, deployment));
    explanation.remarks.extend(turned_off(&explanation, &report));
    let names = names(deployment);
    for command in explanation.causes.iter_mut().filter_map(|cause| cause.command.as_mut()) {
        for (word, name) in &names {
            *command = command.replace(&format!("name {word}"), &format!("name {name}"));
        }
    }
    explanation
}

/// The names that stand for the words of commands, where the files have but one of a kind.
fn names(deployment: &Deployment) -> Vec<(&'static str, String)> {
    let only = |word: &'static str, names: &mut dyn Iterator<Item = Option<&str>>| {
        let name = names.next()??.rsplit('/').next().filter(|name| is_plain(name))?.to_string();
        names.next().is_none().then_some((word, name))
    };
    let Deployment { vaults, keys, identities, clusters, .. } = deployment;
    let found = [
        only("VAULT", &mut vaults.iter().map(|vault| vault.resource.id.name().as_literal())),
        only("KEY", &mut keys.iter().map(|key| key.resource.id.name().as_literal())),
        only("IDENTITY", &mut identities.iter().map(|identity| identity.resource.id.name().as_literal())),
        only("CLUSTER", &mut clusters.iter().map(|cluster| cluster.resource.id.name().as_literal())),
    ];
    found.into_iter().flatten().collect()
}

/// Whether a shell takes the name as it is.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn explained(text: &str, report: Option<&Report>) -> Explanation {
    let said =
        |rules: &[&str], kept: &[&str]| report.map_or_else(Default::default, |report| standing(rules, kept, report));
    let rule = rule(&text.trim().to_ascii_uppercase());
    let (standing, findings) = rule.map_or_else(Default::default, |rule| said(&[rule.code], &[rule.code]));
    let reading = Reading::of(if rule.is_some() { "" } else { text });
    let found = recognised(&reading);
    let mut causes: Vec<Cause> = Vec::new();
    for entry in found.iter().flat_map(|symptom| symptom.causes) {
        let Entry { what, rules, kept, look, command } = entry;
        if causes.iter().all(|cause| cause.what != *what) {
            let command = command.map(|command| named(command, &reading));
            let (standing, findings) = said(rules, kept);
            causes.push(Cause { what, rules, look, command, standing, findings });
        }
    }
    causes.sort_by_key(|cause| cause.standing);
    let nearest = if rule.is_none() && found.is_empty() { nearest::codes(text, &reading) } else { Vec::new() };
    let symptoms = found.iter().map(|Symptom { id, meaning, source, .. }| Recognised { id, meaning, source }).collect();
    let (seen, remarks) = (reading.seen, Vec::new());
    Explanation { schema: 1, rule, standing, findings, symptoms, seen, causes, remarks, nearest }
}

/// The symptoms that may come from the breach of a rule.
///
/// ```
/// let ids: Vec<_> = cmkit_core::policy::symptoms_of("CMK2008").map(|symptom| symptom.id).collect();
/// assert!(ids.contains(&"KeyOperationForbidden"));
/// ```
pub fn symptoms_of(code: &str) -> impl Iterator<Item = Recognised> {
    let named = move |symptom: &&Symptom| symptom.causes.iter().any(|cause| cause.rules.contains(&code));
    SPECIFIC.iter().filter(named).map(|Symptom { id, meaning, source, .. }| Recognised { id, meaning, source })
}

/// What was recognised; what says little only where there is nothing better.
fn recognised(reading: &Reading) -> Vec<&'static Symptom> {
    let occurs = |symptom: &&Symptom| symptom.marks.iter().any(|pieces| pieces.iter().all(|mark| reading.has(mark)));
    let found: Vec<_> = SPECIFIC.iter().chain(LOG).filter(occurs).collect();
    if found.is_empty() { GENERAL.iter().filter(occurs).collect() } else { found }
}

/// The command with the names that the text has.
fn named(command: &str, reading: &Reading) -> String {
    let mut command = command.to_string();
    for (name, word) in [("vault", "VAULT"), ("key", "KEY")] {
        if let Some(value) = reading.value(name).filter(|value| is_plain(value)) {
            command = command.replace(&format!("name {word}"), &format!("name {value}"));
        }
    }
    command
}

/// What the findings of these rules come to. What passes rules a cause out only where it decides it.
fn standing(rules: &[&str], kept: &[&str], report: &Report) -> (Standing, Vec<Cited>) {
    let of = |wanted: fn(&Verdict) -> bool| {
        let findings = report.findings.iter().filter(|f| rules.contains(&f.code) && wanted(&f.verdict));
        findings.map(cite).collect::<Vec<_>>()
    };
    let shown = of(|verdict| !matches!(verdict, Verdict::Unknown { .. }));
    if !shown.is_empty() {
        return (Standing::Shown, shown);
    }
    if !kept.is_empty() && kept.iter().all(|code| report.passed.contains(code)) {
        return (Standing::RuledOut, Vec::new());
    }
    let open = of(|verdict| matches!(verdict, Verdict::Unknown { .. }));
    (if open.is_empty() { Standing::NotLooked } else { Standing::Unknown }, open)
}

fn cite(finding: &Finding) -> Cited {
    let (evidence, command) = match &finding.verdict {
        Verdict::Unknown { evidence, command } => (Some(*evidence), command.clone()),
        _ => (None, None),
    };
    let Finding { code, message, file, span, .. } = finding;
    Cited { code, message: message.clone(), file: file.clone(), line: span.line, evidence, command }
}

/// The rules that were not asked, as the settings turn them off.
fn turned_off(explanation: &Explanation, report: &Report) -> Option<String> {
    let asked = explanation.causes.iter().flat_map(|cause| cause.rules).chain(explanation.rule.map(|rule| &rule.code));
    let mut off: Vec<_> = asked.copied().filter(|code| report.off.contains(code)).collect();
    off.sort_unstable();
    off.dedup();
    let told = format!("not looked for in the files, as the settings turn it off: {}", off.join(", "));
    (!off.is_empty()).then_some(told)
}

/// Whether the caller of a refused request is an identity of the files.
fn caller(seen: &[Seen], deployment: &Deployment) -> Option<String> {
    let caller = &seen.iter().find(|seen| seen.name == "caller")?.value;
    let known: Vec<_> = deployment.identities.iter().filter_map(|i| Some((i, i.principal_id.literal()?))).collect();
    match known.iter().find(|(_, principal)| principal.eq_ignore_ascii_case(caller)) {
        Some((identity, _)) => Some(format!("the caller `{caller}` is identity `{}`", identity.resource.short_name())),
        None if known.is_empty() => None,
        None => Some(format!(
            "the caller `{caller}` is no identity of these files whose object id is known: it may be a person, a pipeline or \
             another service, and not the cluster"
        )),
    }
}

#[cfg(test)]
mod tests;
