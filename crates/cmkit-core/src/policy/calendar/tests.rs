//! Dates of small deployments, worked out by hand.

use super::super::{Acceptance, Fact, KeyVersion, Level, Options, Origin, Text, Timestamp};
use super::{Calendar, calendar};
use crate::document;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Value, json};

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect(text)
}

fn deployment(key: &Value) -> super::Deployment {
    let template = json!({ "resources": [
        { "type": "Microsoft.KeyVault/vaults/keys", "apiVersion": "2026-02-01", "name": "kv-orders/kek", "properties": key,
          "metadata": { "cmkit": { "suppress": [{ "code": "CMK2003", "reason": "trial", "until": "2027-02-28" }] } } },
        { "type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01", "name": "orders", "properties": {
          "createMode": "PointInTimeRestore", "restoreParameters": { "pointInTimeUTC": "2026-11-20T10:00:00Z" },
          "encryption": { "customerManagedKeyEncryption": {
            "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }
    ] });
    document::read(&[("main.json", &format!("{template:#}"))]).expect("a template")
}

fn dates(calendar: &Calendar) -> Vec<String> {
    let date = |at: Timestamp| at.date();
    let told = calendar.entries.iter().map(|entry| {
        let late = if entry.overdue { " overdue" } else { "" };
        let kind = serde_json::to_value(entry.kind).expect("a word");
        format!("{} {}{late}", entry.at.map_or_else(|| "?".into(), date), kind.as_str().unwrap_or_default())
    });
    told.collect()
}

fn policy(trigger: &Value) -> Value {
    json!({ "attributes": { "expiryTime": "P2Y" }, "lifetimeActions": [{ "trigger": trigger, "action": { "type": "rotate" } }] })
}

#[test]
fn expiries_rotations_and_ends_in_order() {
    let key = json!({ "attributes": { "exp": time("2027-06-01").seconds() },
        "rotationPolicy": policy(&json!({ "timeBeforeExpiry": "P60D" })) });
    let calendar = calendar(&deployment(&key), time("2026-12-01"), None, &Options::default());
    assert_eq!(
        dates(&calendar),
        [
            "2026-12-25 restore_window_ends",
            "2027-03-01 suppression_ends",
            "2027-04-02 rotation",
            "2027-05-02 near_expiry",
            "2027-06-01 expiry",
            "2029-04-01 next_expiry",
        ]
    );
    let expiry = &calendar.entries[4];
    assert!(expiry.what.contains("by then the rotation policy has made a new one"), "{expiry:?}");
    assert_eq!((expiry.subject.as_str(), expiry.clusters.join(" ").as_str()), ("key `kv-orders/kek`", "orders"));
    assert_eq!(expiry.pointer, "/resources/0/properties/attributes/exp");
    assert!(expiry.line > 1);
}

#[test]
fn a_window_of_days_cuts_both_ends() {
    let key = json!({ "attributes": { "exp": time("2027-06-01").seconds() } });
    let at = |from: &str, days| dates(&calendar(&deployment(&key), time(from), Some(days), &Options::default()));
    assert_eq!(at("2027-03-02", 61), ["2027-05-02 near_expiry"]);
    assert_eq!(at("2027-03-02", 60), Vec::<String>::new());
    assert_eq!(at("2027-05-03", 365), ["2027-06-01 expiry"]);
    assert_eq!(at("2027-06-01", 0), ["2027-06-01 expiry"]);
    assert_eq!(at("2027-06-02", 365), Vec::<String>::new());
}

#[test]
fn a_date_that_a_part_is_missing_of_has_none() {
    let key = json!({ "rotationPolicy": policy(&json!({ "timeAfterCreate": "P18M" })) });
    let open = calendar(&deployment(&key), time("2027-04-01"), Some(0), &Options::default());
    assert_eq!(dates(&open), ["? rotation"]);
    let entry = &open.entries[0];
    assert_eq!(entry.what, "the rotation policy makes a new version, P18M after the current one was created");
    let command = entry.unknown.as_ref().and_then(|evidence| evidence.command.as_deref());
    assert_eq!(command, Some("az keyvault key show --vault-name kv-orders --name kek --query attributes.created"));

    let mut known = deployment(&key);
    let place = known.keys[0].resource.place.clone();
    known.keys[0].created = Fact::Known { value: time("2025-11-01").seconds(), place, origin: Origin::Live };
    assert_eq!(
        dates(&calendar(&known, time("2027-04-01"), None, &Options::default())),
        ["2027-05-02 rotation", "2029-05-01 next_expiry"]
    );
    assert_eq!(
        dates(&calendar(&known, time("2027-06-01"), None, &Options::default())),
        ["2027-05-02 rotation overdue"]
    );

    let open = json!({ "attributes": { "exp": "[parameters('exp')]" } });
    assert_eq!(dates(&calendar(&deployment(&open), time("2027-04-01"), None, &Options::default())), ["? expiry"]);
    // A rotation that counts back from an expiry which the key has not never comes: that is a finding, not a date.
    let never = json!({ "rotationPolicy": policy(&json!({ "timeBeforeExpiry": "P60D" })) });
    assert_eq!(
        dates(&calendar(&deployment(&never), time("2027-04-01"), None, &Options::default())),
        Vec::<String>::new()
    );
}

#[test]
fn deleted_keys_and_old_versions() {
    let mut deployment = deployment(&json!({ "attributes": { "exp": time("2027-06-01").seconds() } }));
    let key = &mut deployment.keys[0];
    let place = key.resource.place.clone();
    let seconds =
        |value: &str| Fact::Known { value: time(value).seconds(), place: place.clone(), origin: Origin::Live };
    let version = |created: &str| KeyVersion {
        place: place.clone(),
        version: Fact::Known { value: Text::literal("v"), place: place.clone(), origin: Origin::Live },
        enabled: Fact::Absent(place.clone()),
        created: seconds(created),
        expires: Fact::Absent(place.clone()),
    };
    let versions = Vec::from([version("2027-03-20"), version("2026-01-01")]);
    key.versions = Fact::Known { value: versions, place: place.clone(), origin: Origin::Live };
    let (from, days) = (time("2027-04-01"), Some(30));
    assert_eq!(dates(&calendar(&deployment, from, days, &Options::default())), ["2027-04-24 restore_window_ends"]);
    deployment.keys[0].purge_date = seconds("2027-04-30T12:00:00Z");
    assert_eq!(dates(&calendar(&deployment, from, days, &Options::default())), ["2027-04-30 retention_ends"]);
    assert!(calendar(&deployment, from, days, &Options::default()).entries[0].what.contains("lost for good"));
}

/// Settings tell how bad a date is and until when it is accepted; a date itself stays.
#[test]
fn dates_are_rated_by_the_settings() {
    let key = json!({ "attributes": { "exp": time("2027-06-01").seconds() } });
    let mut options = Options::default();
    options.set_level("CMK2007", None).expect("a rule that can be turned off");
    options.set_level("CMK7004", Some(Level::Note)).expect("a rule that can be turned down");
    let accept = |code: &str, until: &str| Acceptance {
        code: code.into(),
        resource: Some("kek".into()),
        reason: "the trial ends before".into(),
        until: Some(until.into()),
        ..Acceptance::default()
    };
    options.accept = Vec::from([accept("CMK2006", "2027-06-30"), accept("CMK7004", "2027-06-01")]);
    let calendar = calendar(&deployment(&key), time("2027-03-02"), None, &options);
    let told = dates(&calendar);
    let ends =
        ["2027-05-02 near_expiry", "2027-06-01 expiry", "2027-06-02 suppression_ends", "2027-07-01 suppression_ends"];
    assert_eq!(told, ends);
    let [near, end, ..] = calendar.entries.as_slice() else { panic!("{told:?}") };
    assert_eq!((near.rules.as_slice(), near.level, near.accepted.as_deref()), (&[][..], None, None));
    assert_eq!((end.rules.as_slice(), end.level), (&["CMK2006", "CMK7004"][..], Some(Level::Error)));
    assert_eq!(end.accepted.as_deref(), Some("the trial ends before"));
    // Accepted in part, or not so long, is not accepted.
    options.accept[1].until = Some("2027-05-31".into());
    let calendar = super::calendar(&deployment(&key), time("2027-03-02"), None, &options);
    let end = calendar.entries.iter().find(|entry| entry.kind == super::Kind::Expiry).expect("an expiry");
    assert_eq!(end.accepted, None);
}
