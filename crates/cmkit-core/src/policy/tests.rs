//! What [`check`] adds to the rules: whose a finding is, what the settings make of it, and what was there before.

use super::{
    Acceptance, Baseline, Basis, Finding, Level, Options, Origin, Report, Requirements, Tag, Timestamp, Verdict, check,
    rule, rules,
};
use crate::document;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const FAULTY: &str = include_str!("../../../../examples/deploy/faulty.json");

const GOLDEN: &str = include_str!("../../../../examples/deploy/golden.json");

fn report(name: &str, text: &str) -> Report {
    report_with(name, text, &Options::default())
}

fn report_with(name: &str, text: &str, options: &Options) -> Report {
    let deployment = document::read(&[(name, text)]).unwrap_or_else(|error| panic!("{error}: {text}"));
    check(&deployment, Timestamp::parse("2026-12-01").expect("a time"), options)
}

/// The codes of the findings; `?` marks an unknown, `~` one that is accepted.
fn codes(report: &Report) -> String {
    let code = |finding: &Finding| match finding.verdict {
        Verdict::Fail => finding.code.to_string(),
        Verdict::Unknown { .. } => format!("{}?", finding.code),
        Verdict::Suppressed { .. } => format!("{}~", finding.code),
    };
    report.findings.iter().map(code).collect::<Vec<_>>().join(" ")
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

/// Copies in one graph are looked at once, and each is told at its own place.
#[test]
fn copies_in_one_graph_have_findings_of_their_own() {
    let identity = r#""keyEncryptionKeyIdentity": { "userAssignedIdentityResourceId":
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id" }, "keyEncryptionKeyUrl""#;
    let first = template([0, 1, 2], "").replace(r#""keyEncryptionKeyUrl""#, identity);
    let second = first.replacen(r#""properties": {"#, r#""tags": {}, "properties": {"#, 1);
    let documents = [("one.json", first.as_str()), ("two.json", second.as_str())];
    let check = |documents: &[(&str, &str)]| {
        let deployment = document::read(documents).expect("a deployment");
        let report = check(&deployment, Timestamp::parse("2026-12-01").expect("a time"), &Options::default());
        let grants = report.findings.into_iter().filter(|finding| finding.code == "CMK4101");
        grants.map(|finding| (finding.file, finding.pointer, finding.verdict)).collect::<Vec<_>>()
    };
    let alone: Vec<_> = documents.iter().flat_map(|document| check(&[*document])).collect();
    assert_eq!((alone.len(), alone[0].0.as_str(), alone[1].0.as_str()), (2, "one.json", "two.json"));
    assert_eq!(check(&documents), alone);
}

#[test]
fn a_finding_says_where_its_value_comes_from() {
    let written = report("main.json", &template([0, 1, 2], ""));
    assert_eq!(about(&written, "CMK1004").source, Some(Origin::Template));
    // The service's default, told or implied; and what has none.
    let default = report("main.json", &template([0, 1, 2], "").replace(r#""kty": "EC", "keySize": 2048"#, ""));
    assert_eq!(about(&default, "CMK2003").source, Some(Origin::Service));
    assert_eq!(about(&default, "CMK1002").source, Some(Origin::Service));
    assert_eq!(about(&default, "CMK7001").source, None);
    assert!(default.findings.iter().all(|one| one.source.is_none() || one.actual.is_some()));
    let days = r#"{ "parameters": { "days": { "type": "int", "defaultValue": 7 } }, "resources""#;
    let parameter = template([0, 1, 2], "").replace(r#"Days": 7"#, r#"Days": "[parameters('days')]""#);
    let parameter = report("main.json", &parameter.replace(r#"{ "resources""#, days));
    assert_eq!(about(&parameter, "CMK1004").source, Some(Origin::Parameter));
    let answer = r#"{ "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-orders", "name": "kv-orders",
        "type": "Microsoft.KeyVault/vaults", "properties": { "softDeleteRetentionInDays": 7 } }"#;
    let documents = [("main.json", template([1, 2, 1], "")), ("live.json", answer.to_string())];
    let documents: Vec<_> = documents.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let deployment = document::read(&documents).expect("a deployment");
    let live = check(&deployment, Timestamp::parse("2026-12-01").expect("a time"), &Options::default());
    assert_eq!(about(&live, "CMK1004").source, Some(Origin::Live));
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
    let place = |finding: &Finding| (finding.code, finding.pointer.clone());
    let places: BTreeSet<_> = report.findings.iter().map(place).collect();
    assert_eq!(places.len(), fingerprints(&report).len());
    assert!(report.findings.iter().all(|finding| finding.fingerprint.len() == 32));
}

/// The codes of a report that only settings ask for.
fn asked_for(report: &Report) -> String {
    let is_asked = |code: &&str| rule(code.trim_end_matches('?')).is_some_and(|rule| rule.basis == Basis::Settings);
    codes(report).split(' ').filter(is_asked).collect::<Vec<_>>().join(" ")
}

/// The codes that the golden template has with some text of it replaced, under these requirements.
fn required(requirements: &Requirements, from: &str, to: &str) -> String {
    let mut options = Options::default();
    options.require = requirements.clone();
    assert!(GOLDEN.contains(from), "{from}");
    asked_for(&report_with("main.json", &GOLDEN.replace(from, to), &options))
}

#[test]
fn each_requirement_passes_fails_and_is_unknown() {
    let none = Requirements::default();
    let size = |bits| Requirements { key_size: Some(bits), ..none.clone() };
    let hsm = || Requirements { hsm: true, ..none.clone() };
    let days = |days| Requirements { rotation_days: Some(days), ..none.clone() };
    let regions =
        |names: &[&str]| Requirements { regions: names.iter().map(ToString::to_string).collect(), ..none.clone() };
    let tag = |values: &[&str]| {
        let values = values.iter().map(ToString::to_string).collect();
        Requirements { cmk: Vec::from([Tag { name: "Data-Classification".into(), values }]), ..none.clone() }
    };
    let (encryption, plain) = ("\"encryption\":", "\"nothing\":");
    let tagged = |tags: &str| format!(r#""name": "[parameters('clusterName')]", "tags": {tags}"#);
    let name = r#""name": "[parameters('clusterName')]""#;
    let untagged = GOLDEN.replace(encryption, plain);
    let with_tags = |requirements: &Requirements, tags: &str| {
        let mut options = Options::default();
        options.require = requirements.clone();
        asked_for(&report_with("main.json", &untagged.replace(name, &tagged(tags)), &options))
    };
    let location = "\"location\": \"[parameters('location')]\"";
    for (found, expected) in [
        (required(&none, "4096", "3072"), ""),
        (required(&size(4096), "4096", "4096"), ""),
        (required(&size(4096), "4096", "3072"), "CMK2101"),
        (required(&size(3072), "4096", "3072"), ""),
        (required(&size(3072), "4096", "\"[parameters('open')]\""), "CMK2101?"),
        (required(&hsm(), "\"RSA\"", "\"RSA\""), "CMK2102"),
        (required(&hsm(), "\"RSA\"", "\"[parameters('open')]\""), "CMK2102?"),
        (required(&hsm(), "\"RSA\"", "\"RSA-HSM\""), ""),
        (required(&days(548), "P18M", "P18M"), ""),
        (required(&days(365), "P18M", "P18M"), "CMK7101"),
        (required(&days(365), "\"rotate\"", "\"notify\""), "CMK7101"),
        (required(&days(365), "\"P18M\"", "\"[parameters('open')]\""), "CMK7101?"),
        (required(&regions(&["westus3"]), location, "\"location\": \"West US 3\""), ""),
        (required(&regions(&["North Europe", "West US 3"]), location, "\"location\": \"westus3\""), ""),
        (required(&regions(&["northeurope"]), location, "\"location\": \"westus3\""), "CMK6201 CMK6201"),
        (required(&tag(&[]), encryption, plain), ""),
        (with_tags(&tag(&["confidential"]), r#"{ "data-classification": "Confidential" }"#), "CMK6202"),
        (with_tags(&tag(&[]), r#"{ "data-classification": "x" }"#), "CMK6202"),
        (with_tags(&tag(&["confidential"]), r#"{ "data-classification": "public" }"#), ""),
        (with_tags(&tag(&["confidential"]), r#"{ "owner": "confidential" }"#), ""),
        (with_tags(&tag(&["confidential"]), r#""[parameters('tags')]""#), "CMK6202?"),
        (required(&tag(&["confidential"]), name, &tagged(r#"{ "data-classification": "confidential" }"#)), ""),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn levels_and_thresholds() {
    let mut options = Options::default();
    options.set_level("CMK2003", Some(Level::Error)).expect("a level");
    let text = GOLDEN.replace("4096", "3072");
    assert_eq!(report_with("main.json", &text, &options).summary.errors, 1);
    options.set_level("CMK2003", None).expect("off");
    let report = report_with("main.json", &text, &options);
    assert_eq!((codes(&report).as_str(), report.off.as_slice()), ("", ["CMK2003"].as_slice()));
    assert!(!report.passed.contains(&"CMK2003") && !report.not_applicable.contains(&"CMK2003"));

    let with =
        |options: &Options, from: &str, to: &str| codes(&report_with("main.json", &GOLDEN.replace(from, to), options));
    let short = ("\"softDeleteRetentionInDays\": 90", "\"softDeleteRetentionInDays\": 30");
    assert_eq!(with(&options, short.0, short.1), "CMK1004");
    options.retention_days = 30;
    assert_eq!(with(&options, short.0, short.1), "");
    options.rotation_days = 500;
    assert_eq!(with(&options, "P18M", "P18M"), "CMK7005");
    let expires = r#""keySize": 4096, "attributes": { "exp": 1800000000 }"#; // 2027-01-15
    let mut options = Options::default();
    assert_eq!(with(&options, "\"keySize\": 4096", expires), "CMK7008");
    options.expiry_days = 60;
    assert_eq!(with(&options, "\"keySize\": 4096", expires), "CMK2007 CMK7008");
}

#[test]
fn errors_by_which_data_is_lost_are_fixed() {
    let fixed: Vec<_> = rules().filter(|rule| rule.is_fixed()).map(|rule| rule.code).collect();
    assert!(["CMK1001", "CMK1002", "CMK9001", "CMK9003"].iter().all(|code| fixed.contains(code)), "{fixed:?}");
    assert!(!fixed.contains(&"CMK2003") && !fixed.contains(&"CMK9004"));
    let mut options = Options::default();
    for (code, level) in [("CMK1002", None), ("CMK1002", Some(Level::Warning)), ("CMK9001", None), ("CMK0000", None)] {
        assert!(options.set_level(code, level).is_err(), "{code} {level:?}");
    }
    assert!(options.set_level("CMK1002", Some(Level::Error)).is_ok());
    assert_eq!(report_with("main.json", GOLDEN, &options).off, Vec::<&str>::new());
}

fn accept(code: &str, change: impl FnOnce(&mut Acceptance)) -> Options {
    let mut acceptance = Acceptance { code: code.into(), reason: "set by policy".into(), ..Acceptance::default() };
    change(&mut acceptance);
    let mut options = Options::default();
    options.accept.push(acceptance);
    options
}

#[test]
fn acceptances_fit_by_file_resource_and_pointer_until_they_end() {
    let run = |code: &str, change: fn(&mut Acceptance)| {
        codes(&report_with("infra/main.json", &template([0, 1, 2], ""), &accept(code, change)))
    };
    let accepted = |code: &str, change: fn(&mut Acceptance)| run(code, change).contains(&format!("{code}~"));
    let fits: &[fn(&mut Acceptance)] = &[
        |a| a.file = Some("infra/*.json".into()),
        |a| a.resource = Some("KV-Orders".into()),
        |a| a.resource = Some("Microsoft.KeyVault/vaults kv-orders".into()),
        |a| {
            let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-orders";
            a.resource = Some(id.into());
        },
        |a| (a.file, a.pointer) = (Some("main.json".into()), Some("/resources/0".into())),
        |a| {
            (a.resource, a.pointer) = (Some("kv-orders".into()), Some("/properties/softDeleteRetentionInDays".into()));
        },
        |a| (a.file, a.until) = (Some("main.json".into()), Some("2026-12-01".into())),
    ];
    assert!(fits.iter().all(|change| accepted("CMK1004", *change)));
    let misses: &[fn(&mut Acceptance)] = &[
        |a| (a.file, a.resource) = (Some("infra/*.json".into()), Some("kv-other".into())),
        |a| a.resource = Some("Microsoft.KeyVault/vaults/keys kv-orders".into()),
        |a| (a.file, a.pointer) = (Some("main.json".into()), Some("/resources/0/prop".into())),
        |a| (a.resource, a.pointer) = (Some("kv-orders".into()), Some("/resources/0".into())),
    ];
    for change in misses {
        let found = run("CMK1004", *change);
        assert!(found.contains("CMK9004") && !found.contains('~'), "{found}");
    }
    // Not of this file, so of no concern here.
    assert!(!run("CMK1004", |a| a.file = Some("other.json".into())).contains("CMK9004"));
    // An unknown can be accepted too.
    assert!(accepted("CMK6005", |a| a.resource = Some("orders".into())));

    let options = accept("CMK1004", |a| a.resource = Some("kv-orders".into()));
    let report = report_with("main.json", &template([0, 1, 2], ""), &options);
    let related = &about(&report, "CMK1004").related[0];
    assert_eq!((related.message.as_str(), related.pointer.as_str()), ("suppressed here", "/suppress/0"));

    let ended = accept("CMK1004", |a| (a.resource, a.until) = (Some("kv-orders".into()), Some("2026-11-30".into())));
    let report = report_with("main.json", &template([0, 1, 2], ""), &ended);
    let finding = about(&report, "CMK1004");
    assert_eq!((&finding.verdict, finding.related[0].pointer.as_str()), (&Verdict::Fail, "/suppress/0"));
    assert_eq!(finding.related[0].message, "this suppression ended on 2026-11-30");
}

#[test]
fn what_is_fixed_or_incomplete_is_not_accepted() {
    for (code, reason, until) in
        [("CMK1002", "x", None), ("CMK1004", " ", None), ("CMK1004", "x", Some("soon")), ("CMK", "x", None)]
    {
        let options = accept(code, |a| {
            (a.reason, a.until, a.resource) = (reason.into(), until.map(Into::into), Some("kv-orders".into()));
        });
        let found = codes(&report_with("main.json", &template([0, 1, 2], ""), &options));
        assert!(found.contains("CMK9003") && !found.contains('~') && !found.contains("CMK9004"), "{code}: {found}");
    }
    let inline =
        r#""metadata": { "cmkit": { "suppress": [{ "code": "CMK1002", "reason": "a test" }] } }, "name": "kv-orders","#;
    let report = report("main.json", &template([0, 1, 2], "").replace(r#""name": "kv-orders","#, inline));
    assert_eq!(about(&report, "CMK1002").verdict, Verdict::Fail);
    assert_eq!(about(&report, "CMK9003").message, "`CMK1002` can't be suppressed: data can be lost by it");
}

#[test]
fn a_baseline_accepts_what_was_there_once_each() {
    let accepted = |baseline: &Baseline, text: &str| {
        let mut report = report("main.json", text);
        baseline.accept(&mut report);
        report
    };
    let new =
        |report: &Report| codes(report).split(' ').filter(|code| !code.ends_with('~')).collect::<Vec<_>>().join(" ");
    let baseline = Baseline::of(&report("main.json", &template([0, 1, 2], "")));
    // Reordered: nothing new but what no baseline takes.
    let after = accepted(&baseline, &template([2, 0, 1], "\n"));
    assert_eq!((new(&after).as_str(), after.findings[0].code), ("CMK1002", "CMK1002"));
    let summary = after.summary;
    assert_eq!((summary.errors, summary.warnings, summary.notes, summary.unknown), (1, 0, 0, 0));
    assert_eq!((summary.stale, summary.suppressed), (0, baseline.findings.len()));
    // One mended, and a new one.
    let changed = template([0, 1, 2], "").replace("InDays\": 7", "InDays\": 90");
    let changed = changed.replace("\"EC\"", "\"EC\", \"attributes\": { \"enabled\": false }");
    let changed = accepted(&baseline, &changed);
    assert_eq!((new(&changed).as_str(), changed.summary.stale), ("CMK1002 CMK2004", 1));
    // Something unknown that turns out wrong is new.
    let open = GOLDEN.replace("\"keySize\": 4096", "\"keySize\": \"[parameters('open')]\"");
    let baseline = Baseline::of(&report("main.json", &open));
    assert_eq!(new(&accepted(&baseline, &open)), "");
    assert_eq!(new(&accepted(&baseline, &open.replace("\"[parameters('open')]\"", "1024"))), "CMK2002");
}
