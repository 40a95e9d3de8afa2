//! What holds of all policy vectors, whatever their verdicts are: order and letter case don't matter, and whoever knows less
//! is told nothing better.

use cmkit_conformance::policy::change::{Chance, Json, less, recase, shuffle};
use cmkit_conformance::policy::{
    CaseOptions, Files, RuleVerdict, check, deployments, rule_files, text_of, verdict_of, verdicts,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rules on how something is written: a value of the wrong kind, a suppression, an access policy in a resource of its own,
/// and how many of them. Taking that away takes the mistake away, and not what showed it. A suppression that nothing needed
/// may be needed once less is known.
const ON_FORM: &[&str] = &["CMK1010", "CMK4113", "CMK9001", "CMK9003", "CMK9004"];

const SEEDS: Range<u64> = 1..3;

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
    let mut seen = BTreeSet::new();
    let new = of_rules.chain(whole).filter(|(_, files, at, _)| seen.insert((format!("{files:?}"), at.clone())));
    let documents = new.map(|(name, files, at, options)| {
        let report = check(&files, &at, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
        Documents { name, verdicts: verdicts(&report), files, at, options }
    });
    documents.collect()
}

/// Judges all documents on every core, and fails with the smallest of what is found.
fn judge(faults: impl Fn(&Documents) -> Vec<String> + Sync) {
    let all = all();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let faults = &faults;
    let mut found: Vec<String> = std::thread::scope(|scope| {
        let parts = (0..cores).map(|part| all.iter().skip(part).step_by(cores));
        let threads: Vec<_> =
            parts.map(|part| scope.spawn(move || part.flat_map(faults).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    found.sort_by_key(String::len);
    let shown: Vec<_> = found.iter().take(40).map(String::as_str).collect();
    assert!(found.is_empty(), "{} faults, the smallest of them:\n{}", found.len(), shown.join("\n\n"));
}

fn changed(files: &Files, change: impl Fn(&mut Json)) -> Files {
    let document = |value: &Value| {
        let mut document = Json::parse(&text_of(value));
        change(&mut document);
        Value::String(document.text())
    };
    files.iter().map(|(name, value)| (name.clone(), document(value))).collect()
}

fn stays_the_same(what: &str, seeds: Range<u64>, change: impl Fn(&Files, u64) -> Files + Sync) {
    judge(|Documents { name, files, at, options, verdicts: due }| {
        let of_seed = |seed| {
            let files = change(files, seed);
            let found = match check(&files, at, options) {
                Ok(report) => verdicts(&report),
                Err(error) => return Vec::from([format!("{name}, {what} {seed}: {error}")]),
            };
            let other = due.iter().filter(|(code, due)| found[*code] != **due);
            let tell = |(code, due): (&&str, &RuleVerdict)| {
                format!("{name}, {what} {seed}: {code} {:?}, due {due:?}\n{files:?}", found[code])
            };
            other.map(tell).collect::<Vec<_>>()
        };
        seeds.clone().flat_map(of_seed).collect()
    });
}

#[test]
fn order_does_not_matter() {
    stays_the_same("order of seed", SEEDS, |files, seed| changed(files, |file| shuffle(file, &mut Chance::new(seed))));
}

#[test]
fn the_order_of_files_does_not_matter() {
    stays_the_same("files backwards,", 0..1, |files, _| {
        let named = files.iter().rev().enumerate();
        named.map(|(index, (name, document))| (format!("{index:03}-{name}"), document.clone())).collect()
    });
}

#[test]
fn letter_case_does_not_matter_where_azure_ignores_it() {
    stays_the_same("letter case of seed", SEEDS, |files, seed| {
        changed(files, |file| recase(file, &mut Chance::new(seed)))
    });
}

#[test]
fn whoever_knows_less_is_told_nothing_better() {
    let runs = AtomicUsize::new(0);
    judge(|documents| {
        let is_bad = |verdict| matches!(verdict, RuleVerdict::Fail | RuleVerdict::Unknown | RuleVerdict::Suppressed);
        let bad = documents.verdicts.iter().filter(|(code, verdict)| is_bad(**verdict) && !ON_FORM.contains(code));
        let bad: Vec<_> = bad.collect();
        let mut faults = Vec::new();
        for less in less(&documents.files).into_iter().filter(|_| !bad.is_empty()) {
            // Where nothing is left to read, nothing is told.
            let Ok(report) = check(&less.files, &documents.at, &documents.options) else { continue };
            runs.fetch_add(1, Ordering::Relaxed);
            for (code, before) in &bad {
                if verdict_of(&report, code) == RuleVerdict::Pass {
                    faults.push(format!("{}: {code} {before:?} passes, {}", documents.name, less.what));
                }
            }
        }
        faults
    });
    let runs = runs.into_inner();
    assert!(runs > 5_000, "{runs}");
}
