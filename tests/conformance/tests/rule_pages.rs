//! `docs/rules`: a page a rule, written from the table and the samples. The pages are current, and every sample has the
//! verdict that it claims.

use cmkit::policy::{self, Verdict};
use cmkit::report::{Samples, rule_list, rule_page};
use cmkit_conformance::policy::samples::{AT, LANGUAGES, RuleSamples, pages, reason};
use cmkit_conformance::policy::{RuleVerdict, check, rule_files};
use cmkit_conformance::{Verdict as Judgement, hcl};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

#[test]
fn samples_have_the_verdict_that_they_claim() {
    let mut judgement = Judgement::default();
    for rule in policy::rules() {
        let samples = RuleSamples::of(rule);
        for language in LANGUAGES {
            for due in [RuleVerdict::Fail, RuleVerdict::Pass] {
                judgement.judge(&format!("{} {language:?} {due:?}", rule.code), "verdict", || {
                    let found = samples.verdict(language, due, AT)?;
                    match (found, reason(rule.code, language, due)) {
                        (Some(found), None) if found == due => Ok(()),
                        (None, Some(_)) => Ok(()),
                        (Some(_), Some(_)) => Err("a sample, and a reason why there is none".into()),
                        (None, None) => Err("neither a sample nor a reason why there is none".into()),
                        (Some(found), None) => Err(format!("it is {found:?}")),
                    }
                });
            }
        }
        judgement.judge(rule.code, "files", || match samples.strays().as_slice() {
            [] => Ok(()),
            strays => Err(format!("{strays:?} are no samples")),
        });
    }
    judgement.finish();
}

/// With `CMKIT_BLESS=1` the pages are written instead.
#[test]
fn pages_are_current() {
    let mut due: BTreeMap<String, String> =
        policy::rules().map(|rule| (format!("{}.md", rule.code), RuleSamples::of(rule).page())).collect();
    due.insert("README.md".into(), index());
    if std::env::var_os("CMKIT_BLESS").is_some() {
        due.iter().for_each(|(name, text)| fs::write(pages().join(name), text).expect("written"));
    }
    let there: BTreeSet<String> = fs::read_dir(pages())
        .expect("docs/rules")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| name.ends_with(".md"))
        .collect();
    assert_eq!(there, due.keys().cloned().collect(), "a page a rule, and the index");
    let stale = |(name, text): &(&String, &String)| {
        fs::read_to_string(pages().join(name)).expect("a page").replace("\r\n", "\n") != **text
    };
    let stale: Vec<_> = due.iter().filter(stale).map(|(name, _)| name).collect();
    assert!(stale.is_empty(), "{stale:?}: write them anew with CMKIT_BLESS=1 and read them");
}

/// What a page gives to fetch evidence is what the check asks for.
#[test]
fn the_commands_of_the_pages_are_those_of_the_check() {
    let mut missing = BTreeSet::new();
    for file in rule_files() {
        let page = rule_page(policy::rule(&file.code).expect("a rule"), &Samples::default());
        for case in &file.cases {
            let report = check(&case.files, &case.at, &case.options).expect("a report");
            for finding in report.findings.iter().filter(|finding| finding.code == file.code) {
                let Verdict::Unknown { command: Some(command), .. } = &finding.verdict else { continue };
                let words = command.split(" --").next().unwrap_or_default();
                if !page.contains(&format!("\n{words} --")) {
                    missing.insert(format!("{}: {words}", file.code));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The plan of the Terraform example, which the guide checks. With `CMKIT_BLESS=1` it is written instead.
#[test]
fn the_plan_of_the_example_is_that_of_its_configuration() {
    let example = pages().join("../../examples/terraform");
    let configuration = fs::read_to_string(example.join("main.tf")).expect("a configuration");
    let plan = hcl::plan(&configuration).expect("HCL");
    let due = serde_json::to_string_pretty(&plan).expect("JSON") + "\n";
    if std::env::var_os("CMKIT_BLESS").is_some() {
        fs::write(example.join("plan.json"), &due).expect("written");
    }
    let there = fs::read_to_string(example.join("plan.json")).expect("a plan").replace("\r\n", "\n");
    assert_eq!(there, due, "write it anew with CMKIT_BLESS=1");
}

/// `cmkit rules --markdown`, with a link for each code.
fn index() -> String {
    policy::rules().fold(format!("{INTRODUCTION}\n{}", rule_list()), |list, rule| {
        list.replace(&format!("| {0} |", rule.code), &format!("| [{0}]({0}.md) |", rule.code))
    })
}

const INTRODUCTION: &str = "\
# Rules

What `cmkit check` holds a deployment against. Each page says what a rule is about, why, and how to mend what breaks it, with
samples that break it and keep it. These pages are written from the table of rules and tested: every sample has the verdict
that it claims. `cmkit explain CODE` shows the same at the command line, `cmkit rules --json` is the table for scripts.

Samples show what their rule looks at. What a deployment needs beside that is left out; `cmkit new` writes a whole one.

An error breaks the deployment, or the cluster later. A warning may, or rests on less than documentation. A note is advice.
";
