//! What holds of all policy vectors, whatever their verdicts are: order and letter case don't matter, and whoever knows less
//! is told nothing better.

use cmkit_conformance::policy::change::{Chance, Json, less, recase, shuffle};
use cmkit_conformance::policy::{CaseOptions, Files, RuleVerdict, check, deployments, rule_files, text_of, verdicts};
use serde_json::Value;
use std::collections::BTreeMap;

/// Rules on how something is written. Taking that away takes the mistake away, and not what showed it. A suppression that
/// nothing needed may be needed once less is known.
const ON_FORM: &[&str] = &["CMK9001", "CMK9003", "CMK9004"];

const SEEDS: std::ops::Range<u64> = 1..6;

struct Documents {
    name: String,
    files: Files,
    at: String,
    options: CaseOptions,
    verdicts: BTreeMap<&'static str, RuleVerdict>,
}

fn all() -> Vec<Documents> {
    let of_rules = rule_files().into_iter().flat_map(|file| {
        let name = move |case: &str| format!("{}: {case}", file.code);
        file.cases.into_iter().map(move |case| (name(&case.name), case.files, case.at, case.options))
    });
    let whole = deployments().into_iter().map(|case| (case.name, case.files, case.case.at, case.case.options));
    let documents = of_rules.chain(whole).map(|(name, files, at, options)| {
        let report = check(&files, &at, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
        Documents { name, verdicts: verdicts(&report), files, at, options }
    });
    documents.collect()
}

fn changed(files: &Files, change: impl Fn(&mut Json)) -> Files {
    let document = |value: &Value| {
        let mut document = Json::parse(&text_of(value));
        change(&mut document);
        Value::String(document.text())
    };
    files.iter().map(|(name, value)| (name.clone(), document(value))).collect()
}

/// Fails with the smallest of what was found.
fn none(mut faults: Vec<String>) {
    faults.sort_by_key(String::len);
    let shown: Vec<_> = faults.iter().take(40).map(String::as_str).collect();
    assert!(faults.is_empty(), "{} faults, the smallest of them:\n{}", faults.len(), shown.join("\n\n"));
}

fn stays_the_same(what: &str, change: impl Fn(&Files, u64) -> Files) {
    let mut faults = Vec::new();
    for documents in all() {
        for seed in SEEDS {
            let files = change(&documents.files, seed);
            let found = match check(&files, &documents.at, &documents.options) {
                Ok(report) => verdicts(&report),
                Err(error) => {
                    faults.push(format!("{}, {what} {seed}: {error}", documents.name));
                    continue;
                }
            };
            for (code, due) in &documents.verdicts {
                if found[code] != *due {
                    let (name, found) = (&documents.name, found[code]);
                    faults.push(format!("{name}, {what} {seed}: {code} {found:?}, due {due:?}\n{files:?}"));
                }
            }
        }
    }
    none(faults);
}

#[test]
fn order_does_not_matter() {
    stays_the_same("order of seed", |files, seed| changed(files, |file| shuffle(file, &mut Chance::new(seed))));
}

#[test]
fn the_order_of_files_does_not_matter() {
    stays_the_same("files backwards, seed", |files, _| {
        let named = files.iter().rev().enumerate();
        named.map(|(index, (name, document))| (format!("{index:03}-{name}"), document.clone())).collect()
    });
}

#[test]
fn letter_case_does_not_matter_where_azure_ignores_it() {
    stays_the_same("letter case of seed", |files, seed| changed(files, |file| recase(file, &mut Chance::new(seed))));
}

#[test]
fn whoever_knows_less_is_told_nothing_better() {
    let (mut faults, mut runs) = (Vec::new(), 0);
    for documents in all() {
        for less in less(&documents.files) {
            // Where nothing is left to read, nothing is told.
            let Ok(report) = check(&less.files, &documents.at, &documents.options) else { continue };
            runs += 1;
            let found = verdicts(&report);
            for (code, before) in documents.verdicts.iter().filter(|(code, _)| !ON_FORM.contains(code)) {
                let was_bad = matches!(before, RuleVerdict::Fail | RuleVerdict::Unknown | RuleVerdict::Suppressed);
                if was_bad && found[code] == RuleVerdict::Pass {
                    faults.push(format!("{}: {code} {before:?} passes, {}", documents.name, less.what));
                }
            }
        }
    }
    println!("{runs} runs");
    assert!(runs > 5_000, "{runs}");
    none(faults);
}
