//! The policy vectors of `tests/vectors/policy`: documents, and what each rule says of them.
//!
//! Here they are only loaded and checked; `tests/policy.rs` holds what comes out against what is due.

pub mod change;
pub mod samples;

use crate::case::{check_count, read_json};
use cmkit::policy::{self, Finding, Options, Report, Timestamp, Verdict};
use cmkit::{Error, document};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Documents by name: as JSON, or as text where comments and layout matter. They are read in the order of their names.
pub type Files = BTreeMap<String, Value>;

/// What one rule says of a whole deployment: the worst of what it says of anything in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleVerdict {
    /// Something is wrong.
    Fail,
    /// Something is wrong, and all of it is accepted.
    Suppressed,
    /// The files don't say.
    Unknown,
    /// Something was looked at, and all of it is good.
    Pass,
    /// There was nothing to look at.
    NotApplicable,
}

/// `rules/CODE.json`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// The code of the rule, which is also the file's name.
    pub code: String,
    /// Its cases.
    pub cases: Vec<RuleCase>,
}

/// A case of one rule; the fields are those of `tests/vectors/policy/README.md`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are documented in tests/vectors/policy/README.md, once for every language")]
pub struct RuleCase {
    pub name: String,
    pub at: String,
    pub files: Files,
    pub verdict: RuleVerdict,
    pub pointer: Option<String>,
    pub expected: Option<String>,
    pub actual: Option<String>,
    #[serde(default)]
    pub options: CaseOptions,
}

/// What a caller of the check chooses.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are documented in tests/vectors/policy/README.md, once for every language")]
pub struct CaseOptions {
    pub expiry_days: Option<i64>,
    pub settings: Option<Value>,
}

/// `deployments/NAME`: the documents of a deployment and its whole report.
#[derive(Debug)]
pub struct DeploymentCase {
    /// The folder's name.
    pub name: String,
    /// `case.json`
    pub case: CaseFile,
    /// Every other file but `report.json`.
    pub files: Files,
    folder: PathBuf,
}

/// `case.json` of a deployment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are documented in tests/vectors/policy/README.md, once for every language")]
pub struct CaseFile {
    pub shows: String,
    pub at: String,
    #[serde(default)]
    pub options: CaseOptions,
    pub same_as: Option<SameAs>,
}

/// The deployment that another one is in another form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SameAs {
    /// Its folder's name.
    pub name: String,
    /// What is another verdict for want of the same words.
    #[serde(default)]
    pub but: BTreeMap<String, But>,
}

/// A verdict that is another one in another form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct But {
    /// The verdict.
    pub verdict: RuleVerdict,
    /// Why it is another one.
    pub why: String,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/policy").join(name)
}

/// Where the table stands: how each rule is ranked, and its mend in the words of each dialect.
#[must_use]
pub fn table_path() -> PathBuf {
    folder("table.json")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name =
        |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name().into_string().expect("UTF-8");
    entries.map(name).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Reads the cases of every rule, and compares their numbers with the manifest.
///
/// # Panics
/// Where a file is not what the README says, or names no rule.
#[must_use]
pub fn rule_files() -> Vec<RuleFile> {
    let read = |name: String| {
        let stem = name.strip_suffix(".json").expect("a JSON file");
        let path = format!("policy/rules/{stem}");
        let file: RuleFile = read_json(&path);
        check_count(&path, file.cases.len());
        assert_eq!(file.code, stem, "a file is named after its rule");
        assert!(policy::rule(stem).is_some(), "`{stem}` is not the code of a rule");
        let names: BTreeSet<_> = file.cases.iter().map(|case| &case.name).collect();
        assert_eq!(names.len(), file.cases.len(), "names in {name} are not unique");
        file
    };
    names_in(&folder("rules")).into_iter().map(read).collect()
}

/// Reads every deployment.
///
/// # Panics
/// Where a folder is not what the README says.
#[must_use]
pub fn deployments() -> Vec<DeploymentCase> {
    let read = |name: String| {
        let folder = folder("deployments").join(&name);
        let text = |file: &str| fs::read_to_string(folder.join(file)).expect("a text file");
        let case = serde_json::from_str(&text("case.json")).unwrap_or_else(|error| panic!("{name}: {error}"));
        let inputs = names_in(&folder).into_iter().filter(|file| file != "case.json" && file != "report.json");
        let files = inputs.map(|file| (file.clone(), Value::String(text(&file)))).collect();
        DeploymentCase { name, case, files, folder }
    };
    let cases: Vec<_> = names_in(&folder("deployments")).into_iter().map(read).collect();
    check_count("policy/deployments/*/case", cases.len());
    cases
}

impl DeploymentCase {
    /// Where the report that is due stands.
    #[must_use]
    pub fn report_path(&self) -> PathBuf {
        self.folder.join("report.json")
    }

    /// Checks it.
    ///
    /// # Errors
    /// What the reader says of files that it refuses.
    pub fn check(&self) -> Result<Report, Error> {
        check(&self.files, &self.case.at, &self.case.options)
    }
}

/// A document as text.
#[must_use]
pub fn text_of(document: &Value) -> String {
    match document {
        Value::String(text) => text.clone(),
        document => document.to_string(),
    }
}

/// Checks documents.
///
/// # Errors
/// What the reader says of files that it refuses.
///
/// # Panics
/// Where `at` is not a time.
pub fn check(files: &Files, at: &str, chosen: &CaseOptions) -> Result<Report, Error> {
    let texts: Vec<_> = files.iter().map(|(name, document)| (name.as_str(), text_of(document))).collect();
    let files: Vec<_> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let deployment = document::read(&files)?;
    let mut options = match &chosen.settings {
        Some(settings) => document::read_settings(".cmkit.json", &settings.to_string())?,
        None => Options::default(),
    };
    options.expiry_days = chosen.expiry_days.unwrap_or(options.expiry_days);
    Ok(policy::check(&deployment, Timestamp::parse(at).expect("a time"), &options))
}

/// What a rule says in a report.
#[must_use]
pub fn verdict_of(report: &Report, code: &str) -> RuleVerdict {
    let found = report.findings.iter().filter(|finding| finding.code == code).map(verdict).min();
    let passed = || report.passed.contains(&code);
    found.unwrap_or_else(|| if passed() { RuleVerdict::Pass } else { RuleVerdict::NotApplicable })
}

/// What every rule says in a report.
#[must_use]
pub fn verdicts(report: &Report) -> BTreeMap<&'static str, RuleVerdict> {
    policy::rules().map(|rule| (rule.code, verdict_of(report, rule.code))).collect()
}

/// The verdict of one finding.
#[must_use]
pub const fn verdict(finding: &Finding) -> RuleVerdict {
    match finding.verdict {
        Verdict::Fail => RuleVerdict::Fail,
        Verdict::Suppressed { .. } => RuleVerdict::Suppressed,
        Verdict::Unknown { .. } => RuleVerdict::Unknown,
    }
}
