//! What [`check`] adds to the rules: whose a finding is.

use super::{Finding, Options, Report, Timestamp, check};
use crate::document;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const FAULTY: &str = include_str!("../../../../examples/deploy/faulty.json");

fn report(name: &str, text: &str) -> Report {
    let deployment = document::read(&[(name, text)]).unwrap_or_else(|error| panic!("{error}: {text}"));
    check(&deployment, Timestamp::parse("2026-12-01").expect("a time"), &Options::default())
}

fn fingerprints(report: &Report) -> BTreeSet<&str> {
    report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect()
}

fn about<'r>(report: &'r Report, code: &str) -> &'r Finding {
    report.findings.iter().find(|finding| finding.code == code).expect(code)
}

/// A vault, its key and a cluster, in the given order and with some space before.
fn template(order: [usize; 3], space: &str) -> String {
    let vault = r#"{ "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv-orders",
        "properties": { "softDeleteRetentionInDays": 7 } }"#;
    let key = r#"{ "type": "Microsoft.KeyVault/vaults/keys", "apiVersion": "2023-07-01", "name": "kv-orders/kek",
        "properties": { "kty": "EC", "keySize": 2048 } }"#;
    let cluster = r#"{ "type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01", "name": "orders",
        "properties": { "encryption": { "customerManagedKeyEncryption": {
        "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }"#;
    let resources: Vec<_> = order.iter().map(|index| [vault, key, cluster][*index]).collect();
    format!(r#"{space}{{ "resources": [{}] }}"#, resources.join(", "))
}

#[test]
fn a_finding_names_its_resource() {
    let report = report("main.json", &template([0, 1, 2], ""));
    assert_eq!(about(&report, "CMK1004").resource.as_deref(), Some("Microsoft.KeyVault/vaults kv-orders"));
    assert_eq!(about(&report, "CMK2001").resource.as_deref(), Some("Microsoft.KeyVault/vaults/keys kv-orders/kek"));
    assert_eq!(about(&report, "CMK6002").resource.as_deref(), Some("Microsoft.DocumentDB/mongoClusters orders"));
}

#[test]
fn a_fingerprint_outlives_lines_and_the_order_of_resources() {
    let before = report("main.json", &template([0, 1, 2], ""));
    let after = report("./main.json", &template([2, 1, 0], "\n\n"));
    assert!(before.findings.len() > 6 && before.findings[0].span != after.findings[0].span);
    assert_eq!(fingerprints(&before), fingerprints(&after));
    let elsewhere = report("other.json", &template([0, 1, 2], ""));
    assert!(fingerprints(&before).is_disjoint(&fingerprints(&elsewhere)));
}

#[test]
fn fingerprints_tell_codes_and_places_apart() {
    let report = report("faulty.json", FAULTY);
    let place = |finding: &Finding| (finding.code, finding.pointer.to_string());
    let places: BTreeSet<_> = report.findings.iter().map(place).collect();
    assert_eq!(places.len(), fingerprints(&report).len());
    assert!(report.findings.iter().all(|finding| finding.fingerprint.len() == 32));
}
