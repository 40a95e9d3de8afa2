//! Mends documents: the patches of a check's findings, applied as far as they mend.
//!
//! Patches are kept when the next check no longer has their findings and has no error more; so one mend can uncover the
//! next, and none can break what was whole. Nothing is written anywhere: texts in, texts out.

use super::json::{self, Value};
use super::{edit, read};
use crate::error::Error;
use crate::policy::{Deployment, Dialect, File, Finding, Fix, Json, Level, PatchOperation, Report, Verdict};
use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

/// So many rounds at most, each with a check or two after it.
const MAX_TRIES: usize = 4096;

/// Which findings to mend.
///
/// ```
/// use cmkit_core::document::mend::Choice;
/// let choice = Choice { only: vec!["CMK3001".into()], ..Choice::default() };
/// assert!(!choice.irreversible); // what can't be undone has to be asked for
/// ```
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Only these codes; all, if there are none.
    pub only: Vec<String>,
    /// Also what can't be undone.
    pub irreversible: bool,
}

impl Choice {
    fn asks(&self, finding: &Finding) -> bool {
        self.only.is_empty() || self.only.iter().any(|code| code.eq_ignore_ascii_case(finding.code))
    }
}

/// What came of it.
///
/// ```
/// use cmkit_core::document::mend;
/// use cmkit_core::policy::{self, Options, Timestamp};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///   "apiVersion": "2024-07-01", "properties": { "encryption": { "customerManagedKeyEncryption": { } } } }] }"#;
/// let at = Timestamp::parse("2026-12-01")?;
/// let check = |deployment: &_| policy::check(deployment, at, &Options::default());
/// let mended = mend::mend(&[("main.json", template)], &mend::Choice::default(), check)?;
/// assert!(mended.done.iter().any(|finding| finding.code == "CMK6003"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mended {
    /// Every document, mended or not, in the order in which they were given.
    pub texts: Vec<String>,
    /// The findings that are mended, in the order in which that was done.
    pub done: Vec<Finding>,
    /// The findings that were chosen and still stand.
    pub left: Vec<(Finding, Reason)>,
}

/// Why a finding was left.
///
/// ```
/// use cmkit_core::document::mend;
/// use cmkit_core::policy::{self, Options, Timestamp};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///   "apiVersion": "2024-07-01", "properties": { "encryption": { "customerManagedKeyEncryption": { } } } }] }"#;
/// let at = Timestamp::parse("2026-12-01")?;
/// let check = |deployment: &_| policy::check(deployment, at, &Options::default());
/// let mended = mend::mend(&[("main.json", template)], &mend::Choice::default(), check)?;
/// assert!(mended.left.iter().any(|(_, reason)| *reason == mend::Reason::Decide));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// There is more than one way, or the files don't tell it: a person has to decide.
    Decide,
    /// The mend can't be undone, and such mends were not asked for.
    Irreversible,
    /// The file is written by another program from a source of its own.
    Generated,
    /// The change that would mend it breaks something else, or doesn't fit where it has to stand.
    Unfit,
}

/// Mends what `check` finds in the documents, each a name and its text.
///
/// ```
/// use cmkit_core::document::mend;
/// use cmkit_core::policy::{self, Options, Timestamp};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///   "apiVersion": "2024-07-01", "properties": { "encryption": { "customerManagedKeyEncryption": { } } } }] }"#;
/// let at = Timestamp::parse("2026-12-01")?;
/// let check = |deployment: &_| policy::check(deployment, at, &Options::default());
/// let mended = mend::mend(&[("main.json", template)], &mend::Choice::default(), check)?;
/// assert!(mended.texts[0].contains(r#""apiVersion": "2025-09-01""#));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
///
/// # Errors
/// What [`read`] gives for a document that can't be read.
pub fn mend(
    documents: &[(&str, &str)],
    choice: &Choice,
    check: impl Fn(&Deployment) -> Report,
) -> Result<Mended, Error> {
    let names: Vec<_> = documents.iter().map(|(name, _)| *name).collect();
    let mut texts: Vec<_> = documents.iter().map(|(_, text)| (*text).to_owned()).collect();
    let look = |texts: &[String]| {
        let documents: Vec<_> = names.iter().copied().zip(texts.iter().map(String::as_str)).collect();
        read(&documents).map(|deployment| (check(&deployment), deployment))
    };
    let (mut report, mut deployment) = look(&texts)?;
    let (mut done, mut unfit) = (Vec::new(), BTreeSet::new());
    for _ in 0..MAX_TRIES {
        let chosen = |finding: &&Finding| {
            let ready = mendable(finding).is_some_and(|fix| choice.irreversible || !fix.irreversible);
            let file = || deployment.files.iter().find(|file| file.name == finding.file);
            ready && choice.asks(finding) && !unfit.contains(&key(finding)) && !file().is_some_and(generated)
        };
        let chosen: Vec<_> = report.findings.iter().filter(chosen).cloned().collect();
        let Some(first) = chosen.first() else { break };
        // All at once; where that doesn't come out, one by one.
        let mut kept = None;
        for chosen in [chosen.as_slice(), core::slice::from_ref(first)] {
            let (tried, mended) = attempt(chosen, &names, &texts);
            let looked = if mended.is_empty() { None } else { look(&tried).ok() };
            if let Some(looked) = looked.filter(|(after, _)| better(&mended, &report, after)) {
                kept = Some((looked, tried, mended));
                break;
            }
        }
        match kept {
            Some(((after, read), tried, mended)) => {
                (report, deployment, texts) = (after, read, tried);
                done.extend(mended);
            }
            None => {
                unfit.insert(key(first));
            }
        }
    }
    let failed = |finding: &&Finding| finding.verdict == Verdict::Fail && choice.asks(finding);
    let left = report.findings.iter().filter(failed).map(|finding| {
        let file = deployment.files.iter().find(|file| file.name == finding.file);
        let reason = match mendable(finding) {
            None => Reason::Decide,
            Some(_) if file.is_some_and(generated) => Reason::Generated,
            Some(fix) if fix.irreversible && !choice.irreversible => Reason::Irreversible,
            Some(_) => Reason::Unfit,
        };
        (finding.clone(), reason)
    });
    Ok(Mended { left: left.collect(), texts, done })
}

fn mendable(finding: &Finding) -> Option<&Fix> {
    let failed = finding.verdict == Verdict::Fail;
    finding.fixes.iter().find(|fix| failed && !fix.patch.is_empty())
}

/// What a finding is known by while the texts around it change.
fn key(finding: &Finding) -> (&'static str, String, String) {
    (finding.code, finding.file.clone(), finding.pointer.clone())
}

/// The texts with the patches of the findings applied, and the findings for which that went well. Of two that touch one
/// value, only the first is taken.
#[expect(clippy::indexing_slicing, reason = "every name has its text")]
fn attempt(findings: &[Finding], names: &[&str], texts: &[String]) -> (Vec<String>, Vec<Finding>) {
    let (mut texts, mut mended) = (texts.to_vec(), Vec::new());
    let mut touched: Vec<(usize, &str)> = Vec::new();
    for finding in findings {
        let patch = mendable(finding).map_or(&[][..], |fix| &fix.patch);
        let Some(index) = names.iter().position(|name| *name == finding.file) else { continue };
        let own = |path: &str| !touched.iter().any(|(file, other)| *file == index && overlap(path, other));
        let free = patch.iter().all(|operation| own(operation.path()));
        let fits = || json::parse(&texts[index]).is_ok_and(|text| patch.iter().all(|step| allowed(&text, step)));
        if !free || !fits() {
            continue;
        }
        if let Ok(text) = edit::apply(&texts[index], patch) {
            texts[index] = text;
            touched.extend(patch.iter().map(|operation| (index, operation.path())));
            mended.push(finding.clone());
        }
    }
    (texts, mended)
}

/// Whether one path is the other, or leads to it. Appending to one list twice is no clash.
fn overlap(one: &str, two: &str) -> bool {
    let inside = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    !(one == two && one.ends_with("/-")) && (inside(one, two) || inside(two, one))
}

/// A parameter's default has to be one of the values that the parameter allows.
fn allowed(document: &Value<'_>, operation: &PatchOperation) -> bool {
    let PatchOperation::Replace { path, value } = operation else { return true };
    let parameter = path.strip_prefix("/parameters/").and_then(|path| path.strip_suffix("/defaultValue"));
    let declared = parameter.and_then(|name| document.get("parameters")?.get(name)?.get("allowedValues")?.as_array());
    let same = |one: &Value<'_>| match value {
        Json::String(text) => one.as_str() == Some(text),
        Json::Bool(value) => one.kind == json::Kind::Bool(*value),
        Json::Number(value) => matches!(one.kind, json::Kind::Number(digits) if digits.parse() == Ok(*value)),
        _ => false,
    };
    declared.is_none_or(|values| values.iter().any(same))
}

/// The findings are gone, and no error came.
fn better(mended: &[Finding], before: &Report, after: &Report) -> bool {
    let failed = |report: &Report, wanted: &dyn Fn(&Finding) -> bool| {
        report.findings.iter().filter(|one| one.verdict == Verdict::Fail && wanted(one)).count()
    };
    let gone = |code: &str| {
        let same = |one: &Finding| one.code == code;
        let mended = mended.iter().filter(|one| same(one)).count();
        failed(after, &same) + mended <= failed(before, &same)
    };
    let error = |one: &Finding| one.level == Level::Error;
    mended.iter().all(|one| gone(one.code)) && failed(after, &error) <= failed(before, &error)
}

/// `az bicep build` signs what it writes.
fn generated(file: &File) -> bool {
    let arm = file.dialect == Dialect::Arm && file.text.contains("_generator");
    let signed = |document: Value<'_>| document.get("metadata").is_some_and(|data| data.get("_generator").is_some());
    arm && json::parse(&file.text).is_ok_and(signed)
}
