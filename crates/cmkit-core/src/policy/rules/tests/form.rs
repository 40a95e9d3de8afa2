//! Mends of forms: what a portal applies to its form with one click.

use super::super::super::{Finding, Level, Report, check};
use super::super::{mend, rules};
use super::{Options, Timestamp, Verdict, document};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Value, json};

const GOOD: &str = include_str!("../../../../../../tests/vectors/policy/deployments/form-good/form.json");

/// What to write into a good form so that a code fails.
fn mistakes() -> Vec<(&'static str, Value)> {
    let replica = json!({ "createMode": "GeoReplica", "highAvailability": "SameZone" });
    let by_policy = |keys: Value| json!({ "rbacAuthorization": false, "grantKeyPermissions": keys });
    let url = |end: &str| json!({ "keyUrl": format!("https://kv-orders-wus3.vault.azure.net{end}") });
    let versioned = "/keys/orders-kek/0123456789abcdef0123456789abcdef";
    let other = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-other";
    [
        ("CMK1001", json!({ "softDelete": false })),
        ("CMK1002", json!({ "purgeProtection": false })),
        ("CMK1002", json!({ "purgeProtection": "false" })),
        ("CMK1002", json!({ "PURGEPROTECTION": false, "purgeProtection": null })),
        ("CMK1004", json!({ "softDeleteRetentionInDays": 30 })),
        ("CMK1005", json!({ "softDeleteRetentionInDays": "120" })),
        ("CMK1009", json!({ "vaultLock": "none" })),
        ("CMK2002", json!({ "keySize": 1024 })),
        ("CMK2003", json!({ "keySize": "2048" })),
        ("CMK2004", json!({ "keyEnabled": false })),
        ("CMK2005", json!({ "keyNotBefore": "2027-01-01" })),
        ("CMK2008", json!({ "keyOps": "sign, wrapKey" })),
        ("CMK2008", json!({ "keyOps": ["unwrapKey"] })),
        ("CMK2008", json!({ "keyOps": [] })),
        ("CMK2009", json!({ "keyExportable": true })),
        ("CMK3001", url(versioned)),
        ("CMK3007", url(":443/keys/orders-kek")),
        ("CMK4005", json!({ "identityAllowedProviders": "Microsoft.Compute" })),
        ("CMK4005", json!({ "identityAllowedProviders": ["Microsoft.Compute"] })),
        ("CMK4101", json!({ "grantRole": "none" })),
        ("CMK4101", json!({ "rbacAuthorization": false, "grantRole": "none", "grantKeyPermissions": "none" })),
        ("CMK4102", json!({ "grantPrincipalId": "77777777-0000-4000-8000-000000000002" })),
        ("CMK4103", json!({ "grantRole": "Key Vault Reader" })),
        ("CMK4104", json!({ "grantScope": other })),
        ("CMK4105", json!({ "grantRole": "none", "grantKeyPermissions": "get wrapKey unwrapKey" })),
        ("CMK4105", by_policy(json!("none"))),
        ("CMK4106", by_policy(json!("get, list"))),
        ("CMK4106", by_policy(json!(["get", "list"]))),
        ("CMK4107", by_policy(json!("get, wrapKey, unwrapKey"))),
        ("CMK5001", json!({ "networkBypass": "None" })),
        ("CMK6012", replica),
        ("CMK7001", json!({ "rotateAfter": "none", "rotationExpiry": "none" })),
        ("CMK7001", json!({ "rotateAfter": "none", "rotationExpiry": "P2Y" })),
        ("CMK7005", json!({ "rotateAfter": "P3Y", "rotationExpiry": "none" })),
    ]
    .into()
}

/// What a form has no way to get wrong, so that it needs no mend there.
const NOT_IN_FORMS: &[(&str, &str)] = &[
    ("CMK1003", "a form's `purgeProtection` of false is CMK1002's"),
    ("CMK1008", "a permission model that is not filled in is not known"),
    ("CMK4001", "a form has one identity, of the right type"),
    ("CMK4002", "a form has one identity, of the right type"),
    ("CMK4004", "the form's identity is the one that the cluster gets"),
    ("CMK4108", "the policy is of the vault's own tenant"),
    ("CMK4109", "a form's access policy has no application"),
    ("CMK4110", "the portal grants before it makes the cluster"),
    ("CMK4111", "a form grants to a service principal"),
    ("CMK5002", "a bypass that is not filled in is not known"),
    ("CMK6002", "what is not filled in is not known"),
    ("CMK6003", "a form has no apiVersion"),
    ("CMK6004", "a form has no apiVersion"),
];

fn look(form: &str) -> Report {
    let deployment = document::read(&[("form.json", form)]).unwrap_or_else(|error| panic!("{error}: {form}"));
    check(&deployment, Timestamp::parse("2026-12-01").expect("a time"), &Options::default())
}

fn failed(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail)
}

fn with(changes: &Value) -> String {
    let mut form: Value = serde_json::from_str(GOOD).expect("JSON");
    for (field, value) in changes.as_object().expect("changes") {
        form[field] = value.clone();
    }
    form.as_object_mut().expect("a form").retain(|_, value| !value.is_null());
    serde_json::to_string_pretty(&form).expect("text")
}

/// Each mend is one click: its patch alone, on the form's own JSON, takes its finding away and brings no error.
#[test]
fn every_mend_of_a_form_mends() {
    let mut tried = BTreeSet::new();
    for (code, changes) in mistakes() {
        let form = with(&changes);
        let before = look(&form);
        let Some(finding) = failed(&before).find(|finding| finding.code == code) else {
            panic!("{code} {changes}: {:#?}", before.findings)
        };
        let fix = &finding.fixes[0];
        assert!(!fix.patch.is_empty(), "{code} {changes} has no patch");
        assert_eq!(Some(fix.irreversible), super::super::rule(code).map(|rule| rule.irreversible), "{code}");
        let mended =
            document::edit::apply(&form, &fix.patch).unwrap_or_else(|error| panic!("{code} {changes}: {error}"));
        let after = look(&mended);
        let new = |finding: &&Finding| {
            let error = finding.level == Level::Error;
            finding.code == code || error && !failed(&before).any(|old| old.code == finding.code)
        };
        let new: Vec<_> = failed(&after).filter(new).collect();
        assert!(new.is_empty(), "{code} {changes}: {mended} {new:#?}");
        assert!(after.summary.unknown <= before.summary.unknown, "{code} {changes}: {mended}");
        tried.insert(code);
    }
    let codes: BTreeSet<_> = mend::form_codes().collect();
    assert_eq!(tried, codes);
}

/// What a template has a mend for, a form has one for too, or can't get wrong.
#[test]
fn forms_can_be_mended_where_templates_can() {
    let known: BTreeSet<_> = mend::form_codes().chain(NOT_IN_FORMS.iter().map(|(code, _)| *code)).collect();
    let lacking: Vec<_> = rules().filter(|rule| rule.has_mend() && !known.contains(rule.code)).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

#[test]
fn patches_speak_the_forms_own_words() {
    let patch = |code: &str, changes: Value| {
        let report = look(&with(&changes));
        let found = failed(&report).find(|finding| finding.code == code);
        found.map(|finding| serde_json::to_value(&finding.fixes[0].patch).expect("a patch"))
    };
    let replace = |path: &str, value: Value| Some(json!([{ "op": "replace", "path": path, "value": value }]));
    // Text stays text, and a list stays the kind of list that it is.
    assert_eq!(patch("CMK2003", json!({ "keySize": "2048" })), replace("/keySize", json!("4096")));
    assert_eq!(patch("CMK2003", json!({ "keySize": 2048 })), replace("/keySize", json!(4096)));
    let operations = json!({ "keyOps": "sign wrapKey" });
    assert_eq!(patch("CMK2008", operations), replace("/keyOps", json!("sign, wrapKey, unwrapKey")));
    let operations = json!({ "keyOps": ["sign", "wrapKey"] });
    assert_eq!(patch("CMK2008", operations), replace("/keyOps", json!(["sign", "wrapKey", "unwrapKey"])));
    // The longest interval that the settings allow.
    let interval = json!({ "rotateAfter": "P3Y", "rotationExpiry": "none" });
    assert_eq!(patch("CMK7005", interval), replace("/rotateAfter", json!("P2Y")));
    // Versions that would expire before they are rotated: that is a person's to decide.
    assert_eq!(patch("CMK7001", json!({ "rotateAfter": "none", "rotationExpiry": "P1Y" })), Some(json!([])));
}
