//! Timelines: every event on the golden template as text, and the boundaries on small deployments.

use super::super::{Deployment, Timestamp, rule};
use super::{Event, Fate, Outcome, Outlook, Selection, WhatIf, what_if};
use crate::document;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;
use serde_json::{Value, json};

const GOLDEN: &str = include_str!("../../../../../examples/deploy/golden.json");
const AT: &str = "2026-12-01";

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect(text)
}

fn read(template: &Value) -> Deployment {
    document::read(&[("main.json", &template.to_string())]).expect("a template")
}

fn ask(deployment: &Deployment, event: Event, at: &str) -> WhatIf {
    what_if(deployment, event, time(at), &Selection::default()).expect("an answer")
}

/// A cluster, its vault and its key.
fn small(vault: &Value, key: &Value) -> Value {
    json!({ "resources": [
        { "type": "Microsoft.KeyVault/vaults", "apiVersion": "2026-02-01", "name": "kv-a", "properties": vault },
        { "type": "Microsoft.KeyVault/vaults/keys", "apiVersion": "2026-02-01", "name": "kv-a/kek", "properties": key },
        cluster("orders", "kv-a", "kek", "id")
    ] })
}

fn cluster(name: &str, vault: &str, key: &str, identity: &str) -> Value {
    json!({ "type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01", "name": name, "properties": {
        "encryption": { "customerManagedKeyEncryption": {
            "keyEncryptionKeyUrl": format!("https://{vault}.vault.azure.net/keys/{key}"),
            "keyEncryptionKeyIdentity": { "identityType": "UserAssignedIdentity", "userAssignedIdentityResourceId":
                format!("[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '{identity}')]") } } } } })
}

fn only(answer: &WhatIf) -> &Outlook {
    assert_eq!((answer.sections.len(), answer.sections[0].clusters.len()), (1, 1), "{answer:?}");
    &answer.sections[0].clusters[0]
}

fn told(answer: &WhatIf) -> String {
    let mut out = String::new();
    for section in &answer.sections {
        let _ = writeln!(out, "{} `{}` {}", section.kind, section.name, answer.event.happens());
        for cluster in &section.clusters {
            let _ = writeln!(out, "cluster {}: {:?}, data {:?}", cluster.cluster, cluster.outcome, cluster.data);
            for step in &cluster.steps {
                let _ = writeln!(out, "  {} [{:?}] {}", step.when, step.basis, step.what);
            }
            for (number, action) in cluster.recovery.iter().enumerate() {
                let command = action.command.as_deref().unwrap_or("-");
                let _ = writeln!(out, "  {}. {}\n     {command}", number + 1, action.what);
            }
            for (mark, remark) in
                cluster.meanwhile.iter().map(|r| ('~', r)).chain(cluster.traps.iter().map(|r| ('!', r)))
            {
                let _ = writeln!(out, "  {mark} [{:?}] {}", remark.basis, remark.what);
            }
        }
    }
    for remark in &answer.remarks {
        let _ = writeln!(out, "{remark}");
    }
    out
}

/// Every event on the golden template, told to the last word. After a wanted change, the file is what this test prints.
#[test]
fn the_golden_template_through_every_event() {
    let deployment = document::read(&[("golden.json", GOLDEN)]).expect("the golden template");
    let told: Vec<_> =
        Event::ALL.iter().map(|event| format!("== {event}\n{}", told(&ask(&deployment, *event, AT)))).collect();
    let told = told.join("\n");
    assert!(told == include_str!("golden.txt"), "{told}");
}

#[test]
fn cited_rules_and_pages_exist() {
    for event in Event::ALL {
        for code in event.rules() {
            assert!(rule(code).is_some(), "{event}: {code}");
        }
        assert!(!event.rules().is_empty() && !event.sources().is_empty());
        assert!(event.sources().iter().all(|page| page.starts_with("https://learn.microsoft.com/")));
        assert_eq!(Event::parse(event.as_str()).expect("a name"), event);
        assert_eq!(json!(event), json!(event.as_str()));
    }
    assert!(Event::parse("key-lost").unwrap_err().message().contains("key-disabled"));
}

/// Until when deleted keys and vaults can be brought back, by what the files say of the vault.
#[test]
fn the_end_of_the_data() {
    let until = |text: &str| Fate::RecoverableUntil { until: time(text) };
    let purgeable = |text: &str| Fate::Purgeable { until: Some(time(text)) };
    let open = |evidence: &str| {
        let command = "az keyvault show --name kv-a --query properties".to_string();
        Fate::Unknown { evidence: evidence.into(), command: Some(command) }
    };
    let all = "the vault's soft delete, purge protection and retention";
    let cases = [
        (json!({ "enablePurgeProtection": true, "softDeleteRetentionInDays": 90 }), until("2027-03-01")),
        (json!({ "enablePurgeProtection": true, "softDeleteRetentionInDays": 7 }), until("2026-12-08")),
        (json!({ "enablePurgeProtection": true }), until("2027-03-01")),
        (json!({ "softDeleteRetentionInDays": 7 }), purgeable("2026-12-08")),
        (json!({ "enablePurgeProtection": false }), purgeable("2027-03-01")),
        (json!({}), purgeable("2027-03-01")),
        (json!({ "enableSoftDelete": false }), Fate::Lost { at: time(AT) }),
        (json!({ "enablePurgeProtection": "[parameters('open')]" }), open(all)),
        (json!({ "enableSoftDelete": "[parameters('open')]", "softDeleteRetentionInDays": 7 }), open(all)),
        (
            json!({ "enablePurgeProtection": true, "softDeleteRetentionInDays": "[parameters('open')]" }),
            open("the vault's retention (7 to 90 days)"),
        ),
    ];
    for (vault, fate) in cases {
        for event in [Event::KeyDeleted, Event::VaultDeleted] {
            let answer = ask(&read(&small(&vault, &json!({}))), event, AT);
            let outlook = only(&answer);
            assert_eq!(outlook.data, fate, "{event}: {vault}");
            assert_eq!(outlook.outcome, Outcome::Inaccessible);
            let noticed = outlook.steps.iter().find(|step| step.when == "by T+60 min");
            assert_eq!(noticed.and_then(|step| step.until), Some(time("2026-12-01T01:00:00Z")));
            let last = outlook.steps.iter().rfind(|step| step.what.contains("lost for good"));
            match &fate {
                Fate::RecoverableUntil { until } | Fate::Purgeable { until: Some(until) } => {
                    assert_eq!(last.and_then(|step| step.until), Some(*until), "{event}: {vault}");
                }
                Fate::Unknown { .. } => assert!(outlook.steps.iter().any(|step| step.unknown.is_some())),
                _ => {}
            }
        }
    }
}

/// A vault that isn't in the files, told by its key as Key Vault answers it.
#[test]
fn the_key_tells_the_vault() {
    for (level, days, fate) in [
        ("Recoverable", None, Fate::RecoverableUntil { until: time("2027-03-01") }),
        ("Recoverable+ProtectedSubscription", Some(90), Fate::RecoverableUntil { until: time("2027-03-01") }),
        ("CustomizedRecoverable", Some(7), Fate::RecoverableUntil { until: time("2026-12-08") }),
        ("Recoverable+Purgeable", Some(90), Fate::Purgeable { until: Some(time("2027-03-01")) }),
        ("CustomizedRecoverable+Purgeable", None, Fate::Purgeable { until: None }),
        ("Purgeable", None, Fate::Lost { at: time(AT) }),
    ] {
        let mut deployment = read(&small(&json!({}), &json!({})));
        deployment.vaults.clear();
        let key = &mut deployment.keys[0];
        let (place, origin) = (key.resource.place.clone(), super::super::Origin::Live);
        let text = super::super::Text::literal(level);
        key.recovery_level = super::super::Fact::Known { value: text, place: place.clone(), origin };
        if let Some(value) = days {
            key.recoverable_days = super::super::Fact::Known { value, place, origin };
        }
        assert_eq!(only(&ask(&deployment, Event::KeyDeleted, AT)).data, fate, "{level}");
    }
}

#[test]
fn a_purge() {
    for (vault, outcome, lost) in [
        (json!({ "enablePurgeProtection": true }), Outcome::Unchanged, false),
        (json!({}), Outcome::Inaccessible, true),
        (json!({ "enablePurgeProtection": "[parameters('open')]" }), Outcome::Unknown, false),
    ] {
        let answer = ask(&read(&small(&vault, &json!({}))), Event::KeyPurged, AT);
        let outlook = only(&answer);
        assert_eq!((outlook.outcome, outlook.data == Fate::Lost { at: time(AT) }), (outcome, lost), "{vault}");
    }
}

#[test]
fn an_expiry() {
    let rotating = json!({ "attributes": { "expiryTime": "P1Y" },
        "lifetimeActions": [{ "trigger": { "timeBeforeExpiry": "P30D" }, "action": { "type": "rotate" } }] });
    let exp = time("2027-03-01").seconds();
    let expiring = json!({ "attributes": { "exp": exp } });
    let answer = ask(&read(&small(&json!({}), &expiring)), Event::KeyExpires, AT);
    let outlook = only(&answer);
    assert_eq!(outlook.outcome, Outcome::Inaccessible);
    assert_eq!(outlook.steps[1].until, Some(time("2027-03-01T01:00:00Z")));
    let order: Vec<_> =
        outlook.recovery.iter().map(|action| action.what.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(order, ["first:", "wait", "only"]);
    assert!(outlook.recovery[2].command.as_deref().is_some_and(|command| command.contains("key rotate")));
    assert!(outlook.meanwhile[0].what.contains("proves nothing"));

    // After the expiry: the way back is the same, and leads from today on.
    let answer = ask(&read(&small(&json!({}), &expiring)), Event::KeyExpires, "2027-06-01");
    let command = only(&answer).recovery[0].command.clone().expect("a command");
    assert!(command.ends_with("--expires 2029-05-31T00:00:00Z"), "{command}");

    let key = json!({ "attributes": { "exp": exp }, "rotationPolicy": rotating });
    let answer = ask(&read(&small(&json!({}), &key)), Event::KeyExpires, AT);
    assert_eq!(only(&answer).outcome, Outcome::Unchanged);
    assert_eq!(
        (only(&answer).steps[0].when.as_str(), only(&answer).steps[0].from),
        ("T-30 d", Some(time("2027-01-30")))
    );
    // The day of the rotation is past and the key still has that expiry: it did not happen.
    let answer = ask(&read(&small(&json!({}), &key)), Event::KeyExpires, "2027-01-31");
    assert_eq!(only(&answer).outcome, Outcome::Inaccessible);

    assert_eq!(only(&ask(&read(&small(&json!({}), &json!({}))), Event::KeyExpires, AT)).outcome, Outcome::Unchanged);
    let open = json!({ "attributes": { "exp": "[parameters('open')]" } });
    assert_eq!(only(&ask(&read(&small(&json!({}), &open)), Event::KeyExpires, AT)).outcome, Outcome::Inaccessible);
}

#[test]
fn a_version() {
    use super::super::{Fact, KeyVersion, Origin, Text};
    let deployment = |versions: &[(&str, &str)]| {
        let mut deployment = read(&small(&json!({}), &json!({})));
        let key = &mut deployment.keys[0];
        let place = key.resource.place.clone();
        let known = |value| Fact::Known { value, place: place.clone(), origin: Origin::Live };
        let listed = versions.iter().map(|(version, created)| KeyVersion {
            place: place.clone(),
            version: Fact::Known { value: Text::literal(*version), place: place.clone(), origin: Origin::Live },
            enabled: Fact::Absent(place.clone()),
            created: known(time(created).seconds()),
            expires: Fact::Absent(place.clone()),
        });
        key.versions = Fact::Known { value: listed.collect(), place: place.clone(), origin: Origin::Live };
        deployment
    };
    let outcome = |versions: &[(&str, &str)], version: Option<&str>, at: &str| {
        let selection = Selection { version: version.map(Into::into), ..Selection::default() };
        let answer = what_if(&deployment(versions), Event::VersionDisabled, time(at), &selection).expect("an answer");
        let restores = only(&answer).traps.iter().any(|trap| trap.what.contains("restore points"));
        (only(&answer).outcome, restores)
    };
    let two = [("v1", "2026-01-01"), ("v2", "2026-12-01")];
    assert_eq!(outcome(&two, None, "2026-12-01T23:59:59Z"), (Outcome::AtRisk, true));
    assert_eq!(outcome(&two, None, "2026-12-02"), (Outcome::Unchanged, true));
    assert_eq!(outcome(&two, Some("v1"), "2027-01-04T23:59:59Z"), (Outcome::Unchanged, true));
    assert_eq!(outcome(&two, Some("v1"), "2027-01-05"), (Outcome::Unchanged, false));
    assert_eq!(outcome(&two, Some("V2"), "2027-01-05"), (Outcome::Inaccessible, false));
    assert_eq!(outcome(&two, None, "2026-11-30"), (Outcome::Inaccessible, false), "the second isn't there yet");
    assert_eq!(outcome(&two[..1], None, "2027-01-05"), (Outcome::Inaccessible, false));
    assert_eq!(outcome(&[], None, AT), (Outcome::Unknown, false));
    assert_eq!(outcome(&[], Some("v1"), AT), (Outcome::Unknown, false));
}

#[test]
fn a_rotation_leaves_the_cluster_alone() {
    let policy = json!({ "rotationPolicy": { "attributes": { "expiryTime": "P2Y" }, "lifetimeActions": [] } });
    let answer = ask(&read(&small(&json!({}), &policy)), Event::Rotated, AT);
    let outlook = only(&answer);
    assert_eq!((outlook.outcome, &outlook.data), (Outcome::Unchanged, &Fate::Safe));
    let when: Vec<_> = outlook.steps.iter().map(|step| step.when.as_str()).collect();
    assert_eq!(when, ["T+0", "by T+24 h or more", "from T+24 h on", "T+35 d", "T+730 d"]);
    assert!(outlook.recovery.is_empty());

    let mut pinned = small(&json!({}), &json!({}));
    let url =
        &mut pinned["resources"][2]["properties"]["encryption"]["customerManagedKeyEncryption"]["keyEncryptionKeyUrl"];
    *url = json!("https://kv-a.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef");
    let answer = ask(&read(&pinned), Event::Rotated, AT);
    assert!(only(&answer).recovery[0].what.contains("CMK3001"), "{:?}", only(&answer));
}

#[test]
fn grants_count_by_the_vaults_model() {
    for (rbac, role, policy) in [
        (json!(true), Outcome::Inaccessible, Outcome::Unchanged),
        (json!(false), Outcome::Unchanged, Outcome::Inaccessible),
        (json!("[parameters('open')]"), Outcome::Unknown, Outcome::Unknown),
    ] {
        let deployment = read(&small(&json!({ "enableRbacAuthorization": rbac }), &json!({})));
        assert_eq!(only(&ask(&deployment, Event::RoleRemoved, AT)).outcome, role, "{rbac}");
        assert_eq!(only(&ask(&deployment, Event::PolicyRemoved, AT)).outcome, policy, "{rbac}");
    }
}

#[test]
fn who_shares_what() {
    let mut template = small(&json!({}), &json!({}));
    let resources = template["resources"].as_array_mut().expect("resources");
    resources.push(cluster("billing", "kv-a", "kek", "other"));
    resources.push(cluster("stock", "kv-a", "second", "id"));
    resources.push(cluster("away", "kv-away", "kek", "id-away"));
    resources.push(json!({ "type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01", "name": "plain",
        "properties": {} }));
    resources.push(cluster("open", "', parameters('x'), '", "kek", "id"));
    let at = resources.len() - 1;
    resources[at]["properties"]["encryption"]["customerManagedKeyEncryption"]["keyEncryptionKeyUrl"] =
        json!("[concat('https://', parameters('x'), '.vault.azure.net/keys/kek')]");
    let deployment = read(&template);
    let shared = |event: Event, name: &str| {
        let answer = ask(&deployment, event, AT);
        let section = answer.sections.iter().find(|section| section.name == name).expect(name);
        let clusters: Vec<_> = section.clusters.iter().map(|cluster| cluster.cluster.clone()).collect();
        let unknown: Vec<_> = section.others.iter().filter(|o| o.unknown).map(|o| o.cluster.clone()).collect();
        assert_eq!(clusters.len() + section.others.len(), 6, "{section:?}");
        (clusters.join(" "), unknown.join(" "))
    };
    assert_eq!(shared(Event::KeyDisabled, "kv-a/kek"), ("orders billing".into(), "open".into()));
    assert_eq!(shared(Event::VaultDeleted, "kv-a"), ("orders billing stock".into(), "open".into()));
    assert_eq!(shared(Event::IdentityDeleted, "id"), ("orders stock open".into(), String::new()));
    assert_eq!(shared(Event::RoleRemoved, "id on kv-a"), ("orders stock".into(), "open".into()));

    let named = |set: fn(&mut Selection), event: Event| {
        let mut selection = Selection::default();
        set(&mut selection);
        let answer = what_if(&deployment, event, time(AT), &selection);
        answer.map(|answer| answer.sections.iter().map(|section| section.name.clone()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(
        named(|s| s.key = Some("KEK".into()), Event::KeyDisabled).unwrap(),
        "kv-a/kek kv-away/kek {parameters('x')}/kek"
    );
    assert_eq!(named(|s| s.key = Some("kv-a/second".into()), Event::KeyDisabled).unwrap(), "kv-a/second");
    assert_eq!(named(|s| s.vault = Some("kv-a".into()), Event::KeyDisabled).unwrap(), "kv-a/kek kv-a/second");
    assert_eq!(named(|s| s.cluster = Some("away".into()), Event::VaultDeleted).unwrap(), "kv-away");
    assert_eq!(named(|s| s.identity = Some("other".into()), Event::VaultDeleted).unwrap(), "kv-a");
    let error = named(|s| s.key = Some("kex".into()), Event::KeyDisabled).unwrap_err();
    assert!(error.message().contains("`kv-a/second`"), "{error}");
}

#[test]
fn replicas() {
    let mut template = small(&json!({}), &json!({}));
    let mut replica = cluster("orders-west", "kv-west", "kek", "id-west");
    replica["properties"]["createMode"] = json!("GeoReplica");
    replica["properties"]["replicaParameters"] = json!({ "sourceLocation": "westus3",
        "sourceResourceId": "[resourceId('Microsoft.DocumentDB/mongoClusters', 'orders')]" });
    template["resources"].as_array_mut().expect("resources").push(replica);
    let deployment = read(&template);
    let answer = ask(&deployment, Event::Promoted, AT);
    let clusters: BTreeSet<_> = answer.sections[0].clusters.iter().map(|cluster| cluster.cluster.as_str()).collect();
    assert_eq!((answer.sections.len(), clusters), (1, BTreeSet::from(["orders", "orders-west"])));
    assert!(
        answer.sections[0]
            .clusters
            .iter()
            .all(|cluster| cluster.outcome == Outcome::AtRisk && !cluster.already.is_empty())
    );
    assert!(told(&answer).contains("it stays under its own key `kv-west/kek`"));

    let lost = ask(&deployment, Event::KeyDisabled, AT);
    assert!(lost.sections[0].clusters[0].meanwhile.iter().any(|r| r.what.contains("`orders-west` keeps its own key")));
    assert!(!lost.sections[1].clusters[0].meanwhile.iter().any(|r| r.what.contains("replica")));
    assert_eq!(
        ask(&read(&small(&json!({}), &json!({}))), Event::Promoted, AT).remarks,
        ["no cluster in these files is a replica"]
    );
}

#[test]
fn what_is_not_said_is_not_made_up() {
    let mut template = small(&json!({}), &json!({}));
    template["resources"][2]["properties"]["encryption"]["customerManagedKeyEncryption"]["keyEncryptionKeyUrl"] =
        json!("[parameters('url')]");
    for event in Event::ALL {
        let answer = ask(&read(&template), event, AT);
        if !matches!(event, Event::IdentityDeleted | Event::Promoted) {
            assert_eq!(answer.sections[0].name, format!("the {} of orders", answer.sections[0].kind), "{event}");
        }
        assert!(answer.sections.len() <= 1);
    }
    let plain = json!({ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01",
        "name": "plain", "properties": {} }] });
    assert!(ask(&read(&plain), Event::KeyDeleted, AT).remarks[0].contains("no key vault has a part"));
}
