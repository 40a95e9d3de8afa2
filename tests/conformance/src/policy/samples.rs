//! The samples of `docs/rules/samples`: for each rule what breaks it and what keeps it, in ARM and in Terraform, or why
//! there can't be such a sample.
//!
//! `{fail,pass}.json` is an ARM template or what the service answers, `{fail,pass}.tf` a Terraform configuration,
//! `{fail,pass}.plan.json` a plan. Answers that belong together have a word before the ending: `fail.key.json`.
//! `settings.json` is the `.cmkit.json` that all samples of the rule are checked with.

use super::{CaseOptions, Files, RuleVerdict, check, names_in, verdict, verdict_of};
use crate::hcl;
use cmkit::policy::{Report, Rule};
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
    document: Value,
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
            "identity.json" => "The identity, as the service answers",
            "vault.json" => "The vault, as the service answers",
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

    fn read(name: String, path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a text file");
        let document = match name.ends_with(".tf") {
            true => hcl::plan(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            false => Value::String(text.clone()),
        };
        Self { name, text, document }
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
            let path = folder.join(&name);
            SampleFile::read(name, &path)
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
        Ok(self.report(language, due, at)?.map(|report| verdict_of(&report, self.rule.code)))
    }

    fn report(&self, language: Language, due: RuleVerdict, at: &str) -> Result<Option<Report>, String> {
        let own = |file: &&SampleFile| file.is(language, due);
        let files: Files =
            self.files.iter().filter(own).map(|file| (file.own_name().to_owned(), file.document.clone())).collect();
        if files.is_empty() {
            return Ok(None);
        }
        let settings = self.settings.as_deref().map(|text| serde_json::from_str(text).expect("JSON"));
        let options = CaseOptions { settings, ..CaseOptions::default() };
        check(&files, at, &options).map(Some).map_err(|error| error.to_string())
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
        let says = self.says();
        let says: Vec<_> = says.iter().map(String::as_str).collect();
        let samples = Samples {
            says: &says,
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

    /// What the rule says of each failing sample, without repeating itself.
    fn says(&self) -> Vec<String> {
        let mut said: Vec<String> = Vec::new();
        for report in LANGUAGES.into_iter().filter_map(|language| self.report(language, RuleVerdict::Fail, AT).ok()?) {
            let own = report.findings.into_iter().filter(|finding| finding.code == self.rule.code);
            for finding in own.filter(|finding| verdict(finding) == RuleVerdict::Fail) {
                if !said.contains(&finding.message) {
                    said.push(finding.message);
                }
            }
        }
        said
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
    let is =
        |(codes, own, verdicts, _): &&Reason| codes.contains(&code) && *own == language && verdicts.contains(&verdict);
    REASONS.iter().find(is).map(|(.., reason)| *reason)
}

type Reason = (&'static [&'static str], Language, &'static [RuleVerdict], &'static str);

const FAIL: &[RuleVerdict] = &[RuleVerdict::Fail];
const BOTH: &[RuleVerdict] = &[RuleVerdict::Fail, RuleVerdict::Pass];

const REASONS: &[Reason] = &[
    (&["CMK1001"], Language::Terraform, FAIL, "the provider turns soft delete on and has no argument to turn it off"),
    (&["CMK1003"], Language::Terraform, FAIL, "the provider never sends `false`; it leaves the property out"),
    (&["CMK1005"], Language::Terraform, FAIL, "the provider refuses such a number before there is a plan"),
    (&["CMK1008"], Language::Terraform, FAIL, "the provider always sends the model; left out, it sends `false`"),
    (&["CMK1010"], Language::Arm, FAIL, "1025 policies are too long to print"),
    (&["CMK1010"], Language::Terraform, FAIL, "1025 blocks `access_policy` are too long to print"),
    (&["CMK2004"], Language::Terraform, FAIL, "the provider makes keys enabled and has no argument for it"),
    (&["CMK2009"], Language::Terraform, FAIL, "the provider has no argument for it"),
    (&["CMK2010"], Language::Terraform, FAIL, "the provider refuses such a name before there is a plan"),
    (&["CMK2011", "CMK2013"], Language::Terraform, FAIL, "it shows in Key Vault's answer alone"),
    (&["CMK2012"], Language::Terraform, FAIL, "the provider has no argument for it"),
    (&["CMK3002"], Language::Terraform, FAIL, "the provider refuses the id of anything but a key"),
    (&["CMK4002"], Language::Terraform, FAIL, "the provider writes this word itself"),
    (&["CMK4005"], Language::Terraform, FAIL, "the provider has no argument for it"),
    (
        &["CMK4114"],
        Language::Terraform,
        BOTH,
        "whether a deleted vault is recovered stands in the provider's `features`, not in a plan",
    ),
    (&["CMK5004"], Language::Terraform, FAIL, "the provider knows access that is enabled or disabled, no perimeter"),
    (&["CMK6002"], Language::Terraform, FAIL, "both arguments of `customer_managed_key` are required"),
    (&["CMK6016"], Language::Terraform, FAIL, "the provider refuses any other word before there is a plan"),
    (
        &["CMK6101", "CMK6102", "CMK6103", "CMK6104", "CMK6105", "CMK6106", "CMK6107", "CMK6108"],
        Language::Arm,
        BOTH,
        "a template says what should be there, not what becomes of what is; `cmkit plan BEFORE AFTER` compares two",
    ),
    (&["CMK7007"], Language::Terraform, FAIL, "the provider refuses such a period before there is a plan"),
    (&["CMK7009", "CMK7010"], Language::Terraform, FAIL, "former versions of a key are in no plan"),
    (&["CMK8001", "CMK8002", "CMK8003"], Language::Terraform, BOTH, "the provider does not tell a cluster's status"),
    (&["CMK9001"], Language::Terraform, FAIL, "Terraform refuses a value of another kind before there is a plan"),
    (&["CMK9002"], Language::Arm, FAIL, "files without a cluster are not wrong, they are not all there is: an unknown"),
    (
        &["CMK9002"],
        Language::Terraform,
        FAIL,
        "files without a cluster are not wrong, they are not all there is: an unknown",
    ),
    (&["CMK9003"], Language::Terraform, BOTH, "suppressions stand in ARM templates and in `.cmkit.json`"),
];
