//! Every rule, by mutation: a change to the golden template, and exactly the codes that then appear.

mod form;
mod grants;
mod input;
mod key;
mod lifecycle;
mod network;
mod placement;
mod reference;
mod told;
mod vault;

use super::super::{Level, Options, Report, Timestamp, Verdict, check};
use super::{Basis, mend, rules};
use crate::document::{self, json};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

const GOLDEN: &str = include_str!("../../../../../examples/deploy/golden.json");
const AT: &str = "2026-12-01";

/// A change: a path whose first step names a resource (or nothing, for the template), and the new value; none removes.
type Change = (&'static str, Option<Value>);

fn golden() -> Value {
    json::tests::plain(&json::parse(GOLDEN).expect("the golden template"))
}

fn change(template: &mut Value, (path, value): &Change) {
    let resources = ["identity", "vault", "key", "grant", "cluster", "lock"];
    let mut steps = path.split('/');
    let first = steps.next().expect("a step");
    let mut node = match resources.iter().position(|name| *name == first) {
        Some(index) => &mut template["resources"][index],
        None => template,
    };
    let steps: Vec<_> = steps.collect();
    let Some((last, before)) = steps.split_last() else {
        *node = value.clone().unwrap_or_else(|| json!({ "type": "Microsoft.Nothing/here", "name": "removed" }));
        return;
    };
    for step in before {
        node = match node {
            Value::Array(values) => &mut values[step.parse::<usize>().expect("an index")],
            object => object.as_object_mut().expect(path).entry(*step).or_insert_with(|| json!({})),
        };
    }
    match (node, value) {
        (Value::Array(values), Some(value)) if *last == "-" => values.push(value.clone()),
        (Value::Array(values), Some(value)) => values[last.parse::<usize>().expect("an index")] = value.clone(),
        (Value::Array(values), None) => drop(values.remove(last.parse::<usize>().expect("an index"))),
        (object, Some(value)) => drop(object.as_object_mut().expect(path).insert((*last).into(), value.clone())),
        (object, None) => drop(object.as_object_mut().expect(path).remove(*last).expect(path)),
    }
}

fn report(template: &Value) -> Report {
    let text = serde_json::to_string_pretty(template).expect("text");
    let deployment = document::read(&[("main.json", &text)]).unwrap_or_else(|error| panic!("{error}: {text}"));
    check(&deployment, Timestamp::parse(AT).expect("a time"), &Options::default())
}

/// The codes that appear, in order and each once; `?` marks an unknown, `~` one that is accepted.
fn codes(report: &Report) -> String {
    let code = |finding: &super::super::Finding| match finding.verdict {
        Verdict::Fail => finding.code.to_string(),
        Verdict::Unknown { .. } => format!("{}?", finding.code),
        Verdict::Suppressed { .. } => format!("{}~", finding.code),
    };
    let codes: BTreeSet<_> = report.findings.iter().map(code).collect();
    codes.into_iter().collect::<Vec<_>>().join(" ")
}

fn set(path: &'static str, value: Value) -> Change {
    (path, Some(value))
}

const fn remove(path: &'static str) -> Change {
    (path, None)
}

/// The golden template under access policies.
fn by_policy(permissions: &Value) -> Vec<Change> {
    let policy = json!({ "tenantId": "[subscription().tenantId]", "permissions": { "keys": permissions },
        "objectId": "[reference(variables('identityId'), '2023-01-31').principalId]" });
    Vec::from([
        set("vault/properties/enableRbacAuthorization", json!(false)),
        set("vault/properties/accessPolicies", json!([policy])),
        remove("grant"),
    ])
}

fn and(mut changes: Vec<Change>, more: impl IntoIterator<Item = Change>) -> Vec<Change> {
    changes.extend(more);
    changes
}

const URL: &str = "cluster/properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyUrl";
const IDENTITY: &str = "cluster/properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyIdentity";
const IDENTITY_ID: &str = "cluster/properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyIdentity/userAssignedIdentityResourceId";
const IDENTITY_TYPE: &str =
    "cluster/properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyIdentity/identityType";
const VERSION: &str = "0123456789abcdef0123456789abcdef";

/// Cases in which the vault can't be told, so that much else is unknown: only these codes have to be among the rest.
fn among_others() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    Vec::from([
        (one(set(URL, json!("https://portal.azure.com/#blade/keys/orders-kek"))), "CMK3004"),
        (one(set(URL, json!("orders-kek"))), "CMK3004"),
        (one(set(URL, json!("https://kv-orders.vault.azure.net"))), "CMK3004"),
        (one(set(URL, json!("https://example.com/keys/orders-kek"))), "CMK3005"),
        (one(set(URL, json!("https://hsm-orders.managedhsm.azure.net/keys/orders-kek"))), "CMK3006"),
        (one(set(URL, json!("[parameters('keyUrl')]"))), "CMK3001?"),
        (one(remove(URL)), "CMK6002"),
        (one(set(URL, json!(7))), "CMK9001"),
        (placement::shared(), "CMK6009"),
        (
            Vec::from([
                set("/parameters/vaultName/defaultValue", json!("kv-orders")),
                set(URL, json!("https://kv-order.vault.azure.net/keys/orders-kek")),
            ]),
            "CMK3009",
        ),
        (
            Vec::from([
                set("/parameters/vaultName/defaultValue", json!("kv-orders")),
                set(URL, json!("https://kv-orders.vault.azure.net/keys/order-kek")),
            ]),
            "CMK3010",
        ),
        (
            Vec::from([
                set("identity/existing", json!(true)),
                set("vault/properties/createMode", json!("recover")),
                remove("grant"),
            ]),
            "CMK4114",
        ),
        (one(set("cluster/properties/encryption", json!("[parameters('open')]"))), "CMK6001?"),
    ])
}

fn exact_cases() -> Vec<(Vec<Change>, &'static str)> {
    [
        vault::vault_cases(),
        key::key_cases(),
        reference::reference_cases(),
        grants::identity_cases(),
        grants::grant_cases(),
        network::network_cases(),
        placement::placement_cases(),
        lifecycle::lifecycle_cases(),
        input::input_cases(),
    ]
    .concat()
}

fn run(changes: &[Change]) -> Report {
    let mut template = golden();
    changes.iter().for_each(|one| change(&mut template, one));
    report(&template)
}

fn names(changes: &[Change]) -> String {
    changes.iter().map(|(path, value)| format!("{path} = {}; ", value.clone().unwrap_or_default())).collect()
}

#[test]
fn the_golden_template_has_no_findings() {
    assert_eq!(codes(&report(&golden())), "");
    let deployment = document::read(&[("golden.json", GOLDEN)]).expect("the golden template");
    let report = check(&deployment, Timestamp::parse(AT).expect("a time"), &Options::default());
    assert!(report.findings.is_empty() && report.passed.len() > 40, "{report:?}");
}

#[test]
fn a_change_brings_exactly_these_codes() {
    let wrong: Vec<_> = exact_cases()
        .iter()
        .map(|(changes, expected)| (names(changes), codes(&run(changes)), *expected))
        .filter(|(_, found, expected)| found != expected)
        .map(|(changes, found, expected)| format!("{changes}\n  expected {expected}\n  found    {found}\n"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn a_change_brings_these_codes_among_others() {
    for (changes, expected) in among_others() {
        let found = codes(&run(&changes));
        assert!(found.split(' ').any(|code| code == expected), "{}: {found}", names(&changes));
    }
}

/// Rules that a template can break. What a plan does is tried on plans, see the tests of `change`.
fn of_templates() -> impl Iterator<Item = &'static str> {
    let own = rules().filter(|rule| rule.basis != Basis::Settings && !rule.code.starts_with("CMK61"));
    own.map(|rule| rule.code)
}

/// No check that can't fail, none that can't pass, and none that guesses.
#[test]
fn every_rule_fails_in_a_case_passes_in_another_and_is_unknown_in_a_third() {
    let (mut failed, mut passed, mut unknown) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let reports = exact_cases().into_iter().chain(among_others()).map(|(changes, _)| run(&changes));
    for report in reports.chain(told::cases().into_iter().map(|(tell, _)| told::run(tell))) {
        passed.extend(report.passed.iter().copied());
        for finding in &report.findings {
            match finding.verdict {
                Verdict::Fail => failed.insert(finding.code),
                Verdict::Unknown { .. } => unknown.insert(finding.code),
                Verdict::Suppressed { .. } => false,
            };
        }
    }
    // What only settings ask for has tests of its own. Without a cluster there is nothing to fail; what a suppression
    // says is in the file or wrong.
    let but = |but: &'static str, seen: BTreeSet<&'static str>| {
        let own = of_templates();
        let missing = own.filter(|code| *code != but && !seen.contains(code));
        missing.collect::<Vec<_>>()
    };
    assert_eq!(but("CMK9002", failed), [""; 0], "never fail");
    assert_eq!(but("", passed), [""; 0], "never pass");
    assert_eq!(but("CMK9003", unknown), [""; 0], "never unknown");
}

/// Whether there is a customer-managed key decides whether there is anything to look at.
#[test]
fn an_encryption_that_is_not_known_leaves_every_rule_on_it_unknown() {
    let report = run(&[set("cluster/properties/encryption", json!("[parameters('open')]"))]);
    let unknown: BTreeSet<_> = report.findings.iter().map(|finding| finding.code).collect();
    let own = of_templates();
    let others = own.filter(|code| !unknown.contains(code));
    assert_eq!(
        others.collect::<Vec<_>>().join(" "),
        "CMK6008 CMK6010 CMK6011 CMK6012 CMK6013 CMK6014 CMK6015 CMK6016 CMK6017 CMK9001 CMK9002 CMK9003"
    );
    assert!(report.findings.iter().all(|finding| matches!(finding.verdict, Verdict::Unknown { .. })));
}

#[test]
fn every_finding_points_into_its_file() {
    for (changes, _) in exact_cases() {
        let mut template = golden();
        changes.iter().for_each(|one| change(&mut template, one));
        for finding in report(&template).findings {
            assert!(template.pointer(&finding.pointer).is_some(), "{}: {}", finding.code, finding.pointer);
            assert!(finding.span.line > 0 && finding.span.start <= finding.span.end);
            assert!(!finding.message.ends_with('.'), "{}", finding.message);
            if let Verdict::Unknown { evidence, .. } = finding.verdict {
                assert!(!evidence.is_empty());
            } else {
                assert!(!finding.fixes.is_empty() && finding.expected.is_some(), "{}", finding.code);
            }
        }
    }
}

#[test]
fn the_table_is_in_order_and_well_written() {
    let rules: Vec<_> = rules().collect();
    for pair in rules.windows(2) {
        assert!(pair[0].code < pair[1].code, "{} before {}", pair[0].code, pair[1].code);
    }
    for rule in rules {
        assert!(rule.code.len() == 7 && rule.code.starts_with("CMK"), "{}", rule.code);
        for text in [rule.title, rule.why, rule.fix, rule.evidence, rule.time_to_impact] {
            assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text}", rule.code);
        }
        let sure = rule.basis == Basis::Documented
            || rule.level != Level::Error
            || rule.basis == Basis::Settings
            || rule.code.starts_with("CMK9");
        assert!(sure, "{} is an error that is not documented", rule.code);
        for other in rule.crosswalk {
            let tools = ["Checkov", "Trivy", "PSRule", "Azure Policy", "KICS"];
            assert!(tools.contains(&other.tool) && !other.id.is_empty(), "{}: {other:?}", rule.code);
        }
    }
}

/// A mend takes its finding away, and brings no error; each entry of the table is tried by some case.
#[test]
fn every_mend_mends() {
    use crate::document::mend::{Choice, mend as mend_all};
    let check = |deployment: &_| check(deployment, Timestamp::parse(AT).expect("a time"), &Options::default());
    let everything = Choice { irreversible: true, ..Choice::default() };
    let mut tried = BTreeSet::new();
    for (changes, _) in exact_cases().into_iter().chain(among_others()) {
        let mut template = golden();
        changes.iter().for_each(|one| change(&mut template, one));
        let text = serde_json::to_string_pretty(&template).expect("text");
        let before = report(&template);
        let mended = mend_all(&[("main.json", &text)], &everything, check).expect("a deployment");
        for finding in before.findings.iter().filter(|f| f.verdict == Verdict::Fail && !f.fixes[0].patch.is_empty()) {
            tried.insert(finding.code);
            assert!(mended.done.contains(finding), "{}: {} {finding:?}", names(&changes), finding.code);
        }
        let after = check(&document::read(&[("main.json", &mended.texts[0])]).expect("a deployment"));
        assert!(after.summary.errors <= before.summary.errors, "{}", names(&changes));
        for finding in &mended.done {
            let gone = after.findings.iter().all(|f| f.code != finding.code || f.verdict != Verdict::Fail);
            assert!(gone, "{}: {}", names(&changes), finding.code);
        }
        assert!(!mended.texts[0].contains("\"enablePurgeProtection\": false"), "{}", names(&changes));
        let cautious = mend_all(&[("main.json", &text)], &Choice::default(), check).expect("a deployment");
        assert!(cautious.done.iter().all(|finding| !finding.fixes[0].irreversible), "{}", names(&changes));
    }
    let never: Vec<_> = mend::codes().filter(|code| !tried.contains(code)).collect();
    assert!(never.is_empty(), "never tried: {never:?}");
}
