//! Facts that no template has: what the service and the data plane of Key Vault tell.

use super::*;
use crate::policy::{Deployment, Fact, KeyVersion, Origin, Place, ResourceId, Text};

/// A change to what was read from the golden template.
type Tell = fn(&mut Deployment);

pub(super) fn run(tell: Tell) -> Report {
    let mut deployment = document::read(&[("golden.json", GOLDEN)]).expect("the golden template");
    tell(&mut deployment);
    check(&deployment, Timestamp::parse(AT).expect("a time"), &Options::default())
}

fn live<T>(value: T) -> Fact<T> {
    Fact::Known { value, place: place(), origin: Origin::Live }
}

fn place() -> Place {
    Place { file: 0, pointer: "/resources/2".into(), span: Default::default() }
}

fn open<T>() -> Fact<T> {
    Fact::Unknown { place: place(), reason: "it was not fetched".into() }
}

const DAY: i64 = 24 * 3600;
const NOW: i64 = 1_796_083_200;

/// The present version, made so many days ago, and the one before it.
fn versions(days: i64, former: bool) -> Fact<Vec<KeyVersion>> {
    let version = |created: i64, enabled: bool| KeyVersion {
        place: place(),
        version: live(Text::literal(VERSION)),
        enabled: live(enabled),
        created: live(created),
        expires: Fact::Absent(place()),
    };
    live(Vec::from([version(NOW - 400 * DAY, former), version(NOW - days * DAY, true)]))
}

fn id(group: &str, name: &str) -> Text {
    Text::literal(format!(
        "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.DocumentDB/mongoClusters/{name}"
    ))
}

/// A replica that is there, of a primary in a group.
fn replica_of(deployment: &mut Deployment, group: &str) {
    let mut replica = deployment.clusters[0].clone();
    replica.resource.id = ResourceId::parse(&id("here", "replica")).expect("an id");
    replica.create_mode = live(Text::literal("GeoReplica"));
    replica.high_availability = Fact::Absent(place());
    replica.replica_source = live(id(group, "orders"));
    replica.replica_source_location = live(Text::literal("westus3"));
    deployment.clusters.push(replica);
}

/// The vault's protection, told by its key.
fn recovery(deployment: &mut Deployment, level: &str, days: Option<i64>) {
    deployment.vaults.clear();
    deployment.keys[0].recovery_level = live(Text::literal(level));
    deployment.keys[0].recoverable_days = days.map_or_else(|| Fact::Absent(place()), live);
}

pub(super) fn cases() -> Vec<(Tell, &'static str)> {
    let cases: &[(Tell, &'static str)] = &[
        (|d| d.keys[0].managed = live(true), "CMK2011"),
        (|d| d.keys[0].managed = live(false), ""),
        (|d| d.keys[0].managed = open(), "CMK2011?"),
        (|d| d.keys[0].purge_date = live(NOW + DAY), "CMK2013"),
        (|d| d.keys[0].purge_date = live(NOW - DAY), "CMK2013"),
        (|d| d.keys[0].purge_date = open(), "CMK2013?"),
        (|d| d.keys[0].versions = versions(0, true), ""),
        (|d| d.keys[0].versions = versions(0, false), "CMK7009"),
        (|d| d.keys[0].versions = versions(1, false), "CMK7010"),
        (|d| d.keys[0].versions = versions(34, false), "CMK7010"),
        (|d| d.keys[0].versions = versions(35, false), ""),
        (|d| d.keys[0].versions = open(), "CMK7009? CMK7010?"),
        (|d| d.keys[0].kind = live(Text::literal("RSA")), "CMK7009? CMK7010?"),
        (|d| replica_of(d, "HERE"), ""),
        (|d| replica_of(d, "there"), "CMK6014"),
        (|d| d.clusters[0].status = live(Text::literal("Ready")), ""),
        (|d| d.clusters[0].status = live(Text::literal("Napping")), ""),
        (|d| d.clusters[0].status = live(Text::literal("Inaccessible")), "CMK8001"),
        (|d| d.clusters[0].status = live(Text::literal("failed")), "CMK8002"),
        (|d| d.clusters[0].status = open(), "CMK8001? CMK8002? CMK8003?"),
        (
            |d| {
                d.clusters[0].status = live(Text::literal("Inaccessible"));
                d.keys[0].expires = live(NOW);
            },
            "CMK2006 CMK8001 CMK8003",
        ),
        (
            |d| {
                d.clusters[0].status = live(Text::literal("Inaccessible"));
                d.keys[0].expires = open();
            },
            "CMK2006? CMK2007? CMK7008? CMK8001 CMK8003?",
        ),
    ];
    cases.to_vec()
}

#[test]
fn what_is_told_brings_exactly_these_codes() {
    for (index, (tell, expected)) in cases().into_iter().enumerate() {
        let found = codes(&run(tell));
        let sorted: BTreeSet<_> = expected.split(' ').collect();
        assert_eq!(found, sorted.into_iter().collect::<Vec<_>>().join(" "), "case {index}");
    }
}

#[test]
fn a_key_tells_how_its_vault_is_protected() {
    let cases: &[(Tell, &str)] = &[
        (|d| recovery(d, "Recoverable", None), ""),
        (|d| recovery(d, "Recoverable+Purgeable", Some(90)), "CMK1002"),
        (|d| recovery(d, "Purgeable", None), "CMK1001 CMK1002 CMK1004?"),
        (|d| recovery(d, "CustomizedRecoverable", Some(7)), "CMK1004"),
        (|d| recovery(d, "CustomizedRecoverable+Purgeable", Some(7)), "CMK1002 CMK1004"),
    ];
    for (tell, expected) in cases {
        let found = codes(&run(*tell));
        let mine = ["CMK1001", "CMK1002", "CMK1004"];
        let found: Vec<_> = found.split(' ').filter(|code| mine.contains(&code.trim_end_matches('?'))).collect();
        assert_eq!(found.join(" "), *expected);
    }
}
