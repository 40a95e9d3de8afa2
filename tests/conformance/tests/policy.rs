//! The policy vectors: every rule in the smallest documents that show it, and whole deployments with their reports.

use cmkit::policy::{self, Basis, Consequence, Crosswalk, Dialect, Level, Report, Rule};
use cmkit_conformance::policy::{
    RuleCase, RuleVerdict, SameAs, check, deployments, rule_files, table_path, verdict, verdict_of, verdicts,
};
use cmkit_conformance::{Verdict, due};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Rules that have no failing, no passing or no unknown case, and why there can't be one.
const WITHOUT: &[(&str, RuleVerdict, &str)] = &[
    ("CMK9001", RuleVerdict::Unknown, "what can't be read as any kind of value is not of the wrong kind"),
    ("CMK6103", RuleVerdict::Unknown, "a plan says of each resource what it does"),
    ("CMK6104", RuleVerdict::Unknown, "a plan says of each resource what it does"),
    ("CMK6105", RuleVerdict::Unknown, "a plan says of each resource what it does"),
    ("CMK9002", RuleVerdict::Fail, "files without a cluster are not wrong, they are not all"),
    ("CMK9003", RuleVerdict::Unknown, "a suppression whose parts are expressions is not complete"),
    ("CMK9004", RuleVerdict::Unknown, "settings have no expressions"),
];

#[test]
fn rules_say_what_is_due() {
    let mut judgement = Verdict::default();
    for file in rule_files() {
        for case in &file.cases {
            judgement.judge(&format!("{}: {}", file.code, case.name), "verdict", || run(&file.code, case));
        }
    }
    judgement.finish();
}

fn run(code: &str, case: &RuleCase) -> Result<(), String> {
    let report = check(&case.files, &case.at, &case.options).map_err(|error| error.to_string())?;
    due("verdict", &verdict_of(&report, code), &case.verdict)?;
    let place = |file: &str, pointer: &str| match case.files.len() {
        1 => pointer.to_owned(),
        _ => format!("{file}#{pointer}"),
    };
    let fits = |finding: &&policy::Finding| {
        let is = |due: &Option<String>, found: Option<&String>| due.is_none() || due.as_ref() == found;
        finding.code == code
            && verdict(finding) == case.verdict
            && is(&case.pointer, Some(&place(&finding.file, &finding.pointer)))
            && is(&case.expected, finding.expected.as_ref())
            && is(&case.actual, finding.actual.as_ref())
    };
    let RuleCase { pointer, expected, actual, .. } = case;
    if [pointer, expected, actual].into_iter().any(Option::is_some) && !report.findings.iter().any(|f| fits(&f)) {
        let found: Vec<_> = report.findings.iter().filter(|finding| finding.code == code).collect();
        return Err(format!("no finding at {pointer:?} with {expected:?}, {actual:?}; there are {found:#?}"));
    }
    Ok(())
}

#[test]
fn every_rule_has_a_failing_a_passing_and_an_unknown_case() {
    let files = rule_files();
    let shown: BTreeSet<_> =
        files.iter().flat_map(|file| file.cases.iter().map(|case| (file.code.as_str(), case.verdict))).collect();
    let mut missing = Vec::new();
    for rule in policy::rules() {
        for verdict in [RuleVerdict::Fail, RuleVerdict::Pass, RuleVerdict::Unknown] {
            let excused = WITHOUT.iter().any(|(code, without, _)| (*code, *without) == (rule.code, verdict));
            let is_shown = shown.contains(&(rule.code, verdict));
            if is_shown == excused {
                missing.push(format!("{} {verdict:?}: shown {is_shown}, excused {excused}", rule.code));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// What `table.json` says of a rule, in its order.
#[derive(Serialize)]
struct Entry {
    code: &'static str,
    level: Level,
    consequence: Consequence,
    time_to_impact: &'static str,
    basis: Basis,
    irreversible: bool,
    mend: bool,
    crosswalk: &'static [Crosswalk],
    fix: BTreeMap<&'static str, String>,
}

const DIALECTS: [(&str, Dialect); 4] = [
    ("arm", Dialect::Arm),
    ("azure_cli", Dialect::AzureCli),
    ("form", Dialect::Form),
    ("terraform", Dialect::Terraform),
];

impl From<&Rule> for Entry {
    fn from(rule: &Rule) -> Self {
        let &Rule { code, level, consequence, time_to_impact, basis, irreversible, crosswalk, .. } = rule;
        let fixes = DIALECTS.into_iter().map(|(name, dialect)| (name, rule.fix_in(dialect)));
        let fix = fixes.filter(|(name, fix)| *name == "arm" || fix != rule.fix).collect();
        Self { code, level, consequence, time_to_impact, basis, irreversible, mend: rule.has_mend(), crosswalk, fix }
    }
}

/// With `CMKIT_BLESS=1` the table is written instead.
#[test]
fn the_table_ranks_rules_as_is_due() {
    let entries: Vec<Entry> = policy::rules().map(Entry::from).collect();
    let found = serde_json::to_string_pretty(&entries).expect("JSON") + "\n";
    if std::env::var_os("CMKIT_BLESS").is_some() {
        fs::write(table_path(), &found).expect("written");
    }
    let expected = fs::read_to_string(table_path()).expect("table.json");
    assert!(found == expected, "{}", first_difference(&expected, &found));
}

/// With `CMKIT_BLESS=1` the reports are written instead; they are worth something once somebody has read them.
#[test]
fn deployments_have_their_reports() {
    let bless = std::env::var_os("CMKIT_BLESS").is_some();
    let mut judgement = Verdict::default();
    for case in deployments() {
        judgement.judge(&case.name, "report", || {
            let report = case.check().map_err(|error| error.to_string())?;
            let text = serde_json::to_string_pretty(&report).expect("JSON") + "\n";
            if bless {
                fs::write(case.report_path(), &text).expect("written");
            }
            let expected = fs::read_to_string(case.report_path()).map_err(|error| error.to_string())?;
            if text == expected { Ok(()) } else { Err(first_difference(&expected, &text)) }
        });
    }
    judgement.finish();
}

fn first_difference(expected: &str, found: &str) -> String {
    let lines = expected.lines().zip(found.lines()).enumerate();
    let mut different = lines.filter(|(_, (expected, found))| expected != found);
    match different.next() {
        Some((line, (expected, found))) => format!("line {}: {found}, due {expected}", line + 1),
        None => "one is longer".to_owned(),
    }
}

/// One deployment in several forms: what a rule says does not depend on who wrote it down.
#[test]
fn deployments_in_another_form_have_the_same_verdicts() {
    let cases = deployments();
    let reports: BTreeMap<&str, Report> =
        cases.iter().map(|case| (case.name.as_str(), case.check().expect("a report"))).collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let Some(SameAs { name, but }) = &case.case.same_as else { continue };
        let (one, two) = (verdicts(&reports[name.as_str()]), verdicts(&reports[case.name.as_str()]));
        for (code, verdict) in one {
            let (found, due) = (two[code], but.get(code).map_or(verdict, |other| other.verdict));
            if found != due {
                wrong.push(format!("{}: {code} {found:?}, due {due:?}; {verdict:?} in {name}", case.name));
            }
        }
        let needless =
            but.iter().filter(|(code, other)| verdicts(&reports[name.as_str()])[code.as_str()] == other.verdict);
        wrong.extend(needless.map(|(code, _)| format!("{}: {code} is the same in {name}", case.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
