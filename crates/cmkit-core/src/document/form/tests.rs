use super::super::read as read_all;
use super::*;
use crate::policy::{self, Deployment, Options, Report, Timestamp};
use alloc::string::ToString;
use serde_json::json;

const GOOD: &str = r#"{ "cmkit": "form/1", "subscriptionId": "11111111-2222-3333-4444-555555555555", "resourceGroup": "rg-db",
    "clusterName": "orders", "location": "West US 3", "serverVersion": "8.0", "tier": "M40", "storageSizeGb": 128, "shardCount": 1, "highAvailability": "ZoneRedundantPreferred",
    "adminUsername": "ordersadmin", "adminPassword": "hunter2", "clusterPublicNetworkAccess": "Disabled", "tags": "environment=production, team=orders", "encryptionMode": "CustomerManaged",
    "keyUrl": "https://kv-orders-wus3.vault.azure.net/keys/orders-kek",
    "identityId": "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-db/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders-cmk",
    "identityLocation": "westus3", "identityPrincipalId": "77777777-0000-4000-8000-000000000001", "identityClientId": "77777777-0000-4000-8000-000000000002",
    "identityTenantId": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "identityIsolationScope": "none", "identityAllowedProviders": "none",
    "vaultName": "kv-orders-wus3", "vaultLocation": "westus3", "vaultTenantId": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "vaultSku": "premium",
    "softDelete": true, "softDeleteRetentionInDays": "90", "purgeProtection": "true", "rbacAuthorization": true, "publicNetworkAccess": "Disabled",
    "networkDefaultAction": "Deny", "networkBypass": "AzureServices", "vaultLock": "CanNotDelete", "grantRole": "e147488a-f6f5-4113-8e2d-b22465e65bf6", "grantKeyPermissions": "none",
    "grantScope": "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-db/providers/Microsoft.KeyVault/vaults/kv-orders-wus3",
    "grantPrincipalId": "77777777-0000-4000-8000-000000000001",
    "keyType": "RSA-HSM", "keySize": 4096, "keyOps": "wrapKey, unwrapKey", "keyEnabled": true, "keyNotBefore": "none", "keyExpires": "none",
    "keyExportable": false, "keyReleased": false, "keyManaged": false, "keyVersions": 1, "rotateAfter": "P18M", "rotateBeforeExpiry": "none", "rotationExpiry": "none",
    "createMode": "Default", "sourceId": "none", "sourceLocation": "none", "restoreTime": "none" }"#;

fn read(form: &serde_json::Value) -> Deployment {
    read_all(&[("form", &form.to_string())]).unwrap_or_else(|error| panic!("{error}: {form}"))
}

fn check(form: &serde_json::Value) -> Report {
    policy::check(&read(form), Timestamp::from_seconds(1_796_112_000), &Options::default())
}

fn good() -> serde_json::Value {
    serde_json::from_str(GOOD).expect("JSON")
}

#[test]
fn a_form_that_is_filled_in_well_is_clean() {
    let report = check(&good());
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert!(report.passed.len() > 35, "{:?}", report.passed);
    let form = good();
    let every = FIELDS.iter().all(|field| form.get(field.name).is_some());
    assert!(
        every && form.as_object().map(serde_json::Map::len) == Some(FIELDS.len()),
        "the form above has every field"
    );
}

/// What isn't filled in is never good: each field that is emptied takes some rule's pass away or leaves all as it is.
#[test]
fn a_field_that_is_not_filled_in_passes_nothing() {
    let full = check(&good());
    for (field, empty) in
        FIELDS.iter().skip(1).flat_map(|field| [json!(""), json!(null), json!("  ")].map(|e| (field, e)))
    {
        let mut form = good();
        form[field.name] = empty;
        let report = check(&form);
        let left_out = {
            form.as_object_mut().expect("a form").remove(field.name);
            check(&form)
        };
        assert_eq!(report.passed, left_out.passed, "{}", field.name);
        // A key that rotates passes CMK7004 whether it expires or not; without an expiry there was nothing to look at.
        let fair = |code: &&&str| full.passed.contains(code) || full.not_applicable.contains(code);
        let more: Vec<_> = report.passed.iter().filter(|code| !fair(code)).collect();
        assert!(more.is_empty(), "{}: {more:?}", field.name);
    }
    let empty = check(&json!({ "cmkit": "form/1" }));
    assert!(empty.summary.unknown > 0 && empty.summary.errors == 0);
    let harmless = ["CMK8001", "CMK9001", "CMK9002", "CMK9003", "CMK9004"];
    assert!(empty.passed.iter().all(|code| harmless.contains(code)), "{:?}", empty.passed);
}

#[test]
fn findings_point_at_fields() {
    for (field, value, code) in [
        ("purgeProtection", json!(false), "CMK1002"),
        ("vaultLocation", json!("eastus2"), "CMK6005"),
        ("keyEnabled", json!("false"), "CMK2004"),
        ("keyExpires", json!("2026-11-01"), "CMK2006"),
        ("keyExpires", json!(1_767_225_600), "CMK2006"),
    ] {
        let mut form = good();
        form[field] = value;
        let report = check(&form);
        let found = report.findings.iter().find(|finding| finding.code == code);
        let found = found.unwrap_or_else(|| panic!("{field}: no {code} in {:?}", report.findings));
        assert_eq!(found.pointer, format!("/{field}"));
    }
    let missing = check(&json!({ "encryptionMode": "CustomerManaged" }));
    assert!(missing.findings.iter().any(|finding| finding.pointer == "/keyUrl"), "{:?}", missing.findings);
}

#[test]
fn grants_are_told_or_unknown() {
    let with = |changes: serde_json::Value| {
        let mut form = good();
        for (name, value) in changes.as_object().expect("changes") {
            form[name] = value.clone();
        }
        let report = check(&form);
        let found = report.findings.iter().filter(|finding| finding.code == "CMK4101");
        found.map(|finding| (finding.code, matches!(finding.verdict, policy::Verdict::Fail))).collect::<Vec<_>>()
    };
    assert_eq!(with(json!({ "grantRole": "none" })), [("CMK4101", true)]);
    assert_eq!(with(json!({ "grantRole": "" })), [("CMK4101", false)]);
    let policies = |keys: &str| json!({ "rbacAuthorization": false, "grantRole": "none", "grantKeyPermissions": keys });
    assert!(with(policies("get wrapKey unwrapKey")).is_empty());
    assert!(with(policies("none")).iter().all(|(_, fails)| *fails));
    assert!(with(policies("")).iter().all(|(_, fails)| !fails));
}

#[test]
fn grants_name_whom_and_where_they_are_told_to() {
    let fails = |field: &str, value: &str| {
        let mut form = good();
        form[field] = json!(value);
        let report = check(&form);
        let failed = report.findings.iter().filter(|finding| finding.verdict == policy::Verdict::Fail);
        failed.map(|finding| (finding.code, finding.pointer.clone())).collect::<Vec<_>>()
    };
    let client = fails("grantPrincipalId", "77777777-0000-4000-8000-000000000002");
    assert_eq!(client, [("CMK4102", "/grantPrincipalId".to_string())]);
    let other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-other";
    assert_eq!(fails("grantScope", other), [("CMK4104", "/grantScope".to_string())]);
    assert!(fails("grantScope", "").is_empty());
}

#[test]
fn lists_are_arrays_or_text() {
    let mut form = good();
    form["keyOps"] = json!(["wrapKey", "unwrapKey"]);
    form["tags"] = json!(["environment = production", "team=orders"]);
    let (array, text) = (read(&form), read(&good()));
    assert!(array.oddities.is_empty(), "{:?}", array.oddities);
    let tags = |deployment: &Deployment| {
        let tags = deployment.clusters[0].resource.tags.known().expect("tags");
        tags.iter().map(|(name, value)| format!("{name}={}", value.literal().unwrap_or("?"))).collect::<Vec<_>>()
    };
    assert_eq!(tags(&array), ["environment=production", "team=orders"]);
    assert_eq!(tags(&array), tags(&text));
    form["tags"] = json!("none");
    assert!(read(&form).clusters[0].resource.tags.is_absent());
}

/// The region of the source settles where a restore may go; nothing else of the source is taken for known.
#[test]
fn a_restore_goes_where_its_source_is() {
    let mut form = good();
    let source = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-db/providers/Microsoft.DocumentDB/mongoClusters/old";
    form["createMode"] = json!("PointInTimeRestore");
    form["restoreTime"] = json!("2026-11-30T08:00:00Z");
    form["sourceId"] = json!(source);
    for (location, verdict) in [("westus3", "pass"), ("East US 2", "fail"), ("", "unknown")] {
        form["sourceLocation"] = json!(location);
        let report = check(&form);
        let found = report.findings.iter().find(|finding| finding.code == "CMK6015").map(|found| &found.verdict);
        let told = match found {
            None => {
                if report.passed.contains(&"CMK6015") {
                    "pass"
                } else {
                    "nothing"
                }
            }
            Some(policy::Verdict::Fail) => "fail",
            Some(_) => "unknown",
        };
        assert_eq!(told, verdict, "{location}");
        assert!(report.findings.iter().all(|finding| finding.code == "CMK6015"), "{:#?}", report.findings);
    }
}

#[test]
fn strangers_and_wrong_words_are_findings() {
    let mut form = good();
    form["purgeProtecton"] = json!(true);
    form["colour"] = json!("red");
    form["encryptionMode"] = json!("Customer");
    let oddities = read(&form).oddities;
    let told: Vec<_> = oddities.iter().map(|odd| (odd.place.pointer.as_str(), odd.expected.as_str())).collect();
    let expected = [
        ("/colour", "a field of the form"),
        ("/purgeProtecton", "`purgeProtection`"),
        ("/encryptionMode", "`ServiceManaged` or `CustomerManaged`"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn passwords_are_never_read() {
    let deployment = Deployment { files: Vec::new(), ..read(&good()) };
    assert!(!format!("{deployment:?}").contains("hunter2"));
}

#[test]
fn a_form_is_told_for_sure() {
    let kind = |text: &str| read_all(&[("x", text)]).map(|deployment| deployment.files[0].dialect);
    assert_eq!(kind(r#"{ "cmkit": "form/1" }"#).ok(), Some(policy::Dialect::Form));
    assert_eq!(kind(r#"{ "encryptionMode": "" }"#).ok(), Some(policy::Dialect::Form));
    let error = kind(r#"{ "cmkit": "form/2" }"#).expect_err("another version");
    assert!(error.message().contains("`form/2`"), "{error}");
    assert!(kind(r#"{ "encryptionMode": "x", "resource": {} }"#).is_err());
}

/// The table in the module's documentation is that of [`FIELDS`].
#[test]
fn the_documented_fields_are_the_fields() {
    let documented = include_str!("../form.rs").lines().filter(|line| line.starts_with("//! | `"));
    let row = |field: &Field| {
        let none = if field.none { ", or `none`" } else { "" };
        format!("//! | `{}` | {}{none} | {} |", field.name, field.takes, field.means)
    };
    assert_eq!(documented.collect::<Vec<_>>(), FIELDS.iter().map(row).collect::<Vec<_>>());
}
