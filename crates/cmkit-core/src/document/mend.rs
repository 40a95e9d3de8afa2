//! Mends documents: the patches of a check's findings, applied one by one, each only if it mends.
//!
//! A patch is kept when the next check no longer has its finding and has no error more; so one mend can uncover the next,
//! and none can break what was whole. Nothing is written anywhere: texts in, texts out.

use super::json::{self, Value};
use super::{edit, read};
use crate::error::Error;
use crate::policy::{Deployment, Dialect, File, Finding, Fix, Json, Level, PatchOperation, Report, Verdict};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// Mends are tried so often at most, each with a check after it.
const MAX_TRIES: usize = 4096;

/// Which findings to mend.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    let (mut done, mut unfit): (Vec<Finding>, Vec<Finding>) = (Vec::new(), Vec::new());
    for _ in 0..MAX_TRIES {
        let chosen = |finding: &&Finding| {
            let ready = mendable(finding).is_some_and(|fix| choice.irreversible || !fix.irreversible);
            let file = deployment.files.iter().find(|file| file.name == finding.file);
            ready && choice.asks(finding) && !unfit.contains(finding) && !file.is_some_and(generated)
        };
        let Some(finding) = report.findings.iter().find(chosen).cloned() else { break };
        let tried = attempt(&finding, &names, &texts).and_then(|tried| Some((look(&tried).ok()?, tried)));
        match tried {
            Some(((after, mended), tried)) if better(&finding, &report, &after) => {
                (report, deployment, texts) = (after, mended, tried);
                done.push(finding);
            }
            _ => unfit.push(finding),
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

/// The texts with the finding's patch applied.
fn attempt(finding: &Finding, names: &[&str], texts: &[String]) -> Option<Vec<String>> {
    let patch = &mendable(finding)?.patch;
    let index = names.iter().position(|name| *name == finding.file)?;
    let document = json::parse(&texts[index]).ok()?;
    if !patch.iter().all(|operation| allowed(&document, operation)) {
        return None;
    }
    let mut texts = texts.to_vec();
    texts[index] = edit::apply(&texts[index], patch).ok()?;
    Some(texts)
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

/// The finding is gone, and no error came.
fn better(finding: &Finding, before: &Report, after: &Report) -> bool {
    let failed = |report: &Report, wanted: &dyn Fn(&Finding) -> bool| {
        report.findings.iter().filter(|one| one.verdict == Verdict::Fail && wanted(one)).count()
    };
    let same = |one: &Finding| one.code == finding.code;
    let error = |one: &Finding| one.level == Level::Error;
    failed(after, &same) < failed(before, &same) && failed(after, &error) <= failed(before, &error)
}

/// `az bicep build` signs what it writes.
fn generated(file: &File) -> bool {
    let arm = file.dialect == Dialect::Arm && file.text.contains("_generator");
    let signed = |document: Value<'_>| document.get("metadata").is_some_and(|data| data.get("_generator").is_some());
    arm && json::parse(&file.text).is_ok_and(signed)
}
