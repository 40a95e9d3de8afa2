//! The samples of `docs/rules/samples`: for each rule what breaks it and what keeps it, in ARM and in Terraform, or why
//! there can't be such a sample.
//!
//! `{fail,pass}.json` is an ARM template or what the service answers, `{fail,pass}.tf` a Terraform configuration,
//! `{fail,pass}.plan.json` a plan. Answers that belong together have a word before the ending: `fail.key.json`.
//! `settings.json` is the `.cmkit.json` that all samples of the rule are checked with.

use super::{CaseOptions, Files, RuleVerdict, check, names_in, verdict_of};
use crate::hcl;
use cmkit::policy::Rule;
use cmkit::report::{Sample, Samples, rule_page};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The time that samples are checked for.
pub const AT: &str = "2026-12-01";

/// The language of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Templates of the Azure Resource Manager, and what the service answers.
    Arm,
    /// Configurations and plans of Terraform.
    Terraform,
}

/// Every language.
pub const LANGUAGES: [Language; 2] = [Language::Arm, Language::Terraform];

impl Language {
    const fn title(self) -> &'static str {
        match self {
            Self::Arm => "ARM template",
            Self::Terraform => "Terraform",
        }
    }
}

/// The samples of one rule.
#[derive(Debug)]
pub struct RuleSamples {
    /// The rule.
    pub rule: &'static Rule,
    settings: Option<String>,
    files: Vec<SampleFile>,
}

#[derive(Debug)]
struct SampleFile {
    name: String,
    text: String,
}

impl SampleFile {
    fn is(&self, language: Language, verdict: RuleVerdict) -> bool {
        let is_terraform = self.name.ends_with(".tf") || self.name.ends_with(".plan.json");
        self.name.starts_with(stem(verdict)) && is_terraform == (language == Language::Terraform)
    }

    /// The name as a person would have given it, without the verdict.
    fn own_name(&self) -> &str {
        let rest = self.name.split_once('.').map_or("", |(_, rest)| rest);
        if rest.contains('.') { rest } else { "main.json" }
    }

    fn title(&self) -> &'static str {
        match self.own_name() {
            "cluster.json" => "The cluster, as the service answers",
            "key.json" => "The key, as Key Vault answers",
            "versions.json" => "The versions of the key, as Key Vault answers",
            "plan.json" => "Terraform, a plan as `terraform show -json` writes it",
            _ if self.name.ends_with(".tf") => Language::Terraform.title(),
            _ if self.text.contains("\"resources\"") => Language::Arm.title(),
            _ => "The cluster, as the service answers",
        }
    }

    fn language(&self) -> &'static str {
        match self.name.ends_with(".tf") {
            true => "hcl",
            false if self.text.contains(" // ") => "jsonc",
            false => "json",
        }
    }

    fn document(&self) -> Value {
        if self.name.ends_with(".tf") {
            hcl::plan(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.name))
        } else {
            Value::String(self.text.clone())
        }
    }
}

/// `docs/rules`
#[must_use]
pub fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules")
}

impl RuleSamples {
    /// Reads them.
    #[must_use]
    pub fn of(rule: &'static Rule) -> Self {
        let folder = pages().join("samples").join(rule.code);
        let names = if folder.is_dir() { names_in(&folder) } else { Vec::new() };
        let read = |name: String| {
            let text = fs::read_to_string(folder.join(&name)).expect("a text file");
            SampleFile { name, text }
        };
        let (settings, files): (Vec<_>, Vec<_>) =
            names.into_iter().map(read).partition(|file| file.name == "settings.json");
        Self { rule, settings: settings.into_iter().next().map(|file| file.text), files }
    }

    /// What the rule says of a sample at a time; `None` if there is no such sample.
    ///
    /// # Errors
    /// What the reader says of it.
    pub fn verdict(&self, language: Language, due: RuleVerdict, at: &str) -> Result<Option<RuleVerdict>, String> {
        let own = |file: &&SampleFile| file.is(language, due);
        let files: Files =
            self.files.iter().filter(own).map(|file| (file.own_name().to_owned(), file.document())).collect();
        if files.is_empty() {
            return Ok(None);
        }
        let settings = self.settings.as_deref().map(|text| serde_json::from_str(text).expect("JSON"));
        let options = CaseOptions { settings, ..CaseOptions::default() };
        let report = check(&files, at, &options).map_err(|error| error.to_string())?;
        Ok(Some(verdict_of(&report, self.rule.code)))
    }

    /// The names of files that are none of those that the module's head names.
    #[must_use]
    pub fn strays(&self) -> Vec<&str> {
        let known = |file: &SampleFile| {
            let in_its_place = |verdict| LANGUAGES.iter().any(|language| file.is(*language, verdict));
            let ends = file.name.ends_with(".json") || file.name.ends_with(".tf");
            ends && (in_its_place(RuleVerdict::Fail) || in_its_place(RuleVerdict::Pass))
        };
        self.files.iter().filter(|file| !known(file)).map(|file| file.name.as_str()).collect()
    }

    /// The page of the rule, with all of them.
    #[must_use]
    pub fn page(&self) -> String {
        let [failing, passing] = [RuleVerdict::Fail, RuleVerdict::Pass].map(|verdict| {
            let of = |language| self.shown(language, verdict);
            LANGUAGES.into_iter().flat_map(of).collect::<Vec<_>>()
        });
        let samples = Samples {
            settings: self.settings.as_deref(),
            at: self.depends_on_the_time().then_some(AT),
            failing: &failing,
            passing: &passing,
        };
        rule_page(self.rule, &samples)
    }

    fn shown(&self, language: Language, verdict: RuleVerdict) -> Vec<Sample<'_>> {
        if let Some(reason) = reason(self.rule.code, language, verdict) {
            return vec![Sample::None { title: language.title(), reason }];
        }
        let own = self.files.iter().filter(|file| file.is(language, verdict));
        own.map(|file| Sample::File { title: file.title(), language: file.language(), text: &file.text }).collect()
    }

    /// Whether another day has another verdict.
    fn depends_on_the_time(&self) -> bool {
        let at = |at| {
            let of = |language| [RuleVerdict::Fail, RuleVerdict::Pass].map(|due| self.verdict(language, due, at));
            LANGUAGES.map(of)
        };
        let now = at(AT);
        ["2020-01-01", "2060-01-01"].into_iter().any(|other| at(other) != now)
    }
}

/// What the files of a verdict are called.
const fn stem(verdict: RuleVerdict) -> &'static str {
    match verdict {
        RuleVerdict::Fail => "fail.",
        _ => "pass.",
    }
}

/// Why there is no sample of a verdict in a language.
#[must_use]
pub fn reason(code: &str, language: Language, verdict: RuleVerdict) -> Option<&'static str> {
    let is = |(codes, own, verdicts, _): &&Reason| {
        codes.contains(&code) && *own == language && verdicts.contains(&verdict)
    };
    REASONS.iter().find(is).map(|(.., reason)| *reason)
}

type Reason = (&'static [&'static str], Language, &'static [RuleVerdict], &'static str);

const FAIL: &[RuleVerdict] = &[RuleVerdict::Fail];
const PASS: &[RuleVerdict] = &[RuleVerdict::Pass];
const BOTH: &[RuleVerdict] = &[RuleVerdict::Fail, RuleVerdict::Pass];

const REASONS: &[Reason] = &[
    (&["CMK1001"], Language::Terraform, FAIL, "the provider turns soft delete on and has no argument to turn it off"),
    (&["CMK1003"], Language::Terraform, FAIL, "the provider leaves the property out instead of sending `false`"),
];
