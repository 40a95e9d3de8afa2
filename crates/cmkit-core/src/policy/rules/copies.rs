//! Copies of a cluster: replicas and restores. Each is a cluster of its own, with a key choice of its own.

use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::model::Cluster;
use super::super::outcome::Out;
use super::super::scene::{Chain, MONGO_CLUSTERS, Scene, shell, show_cluster};
use super::super::text::{ResourceId, Text};
use super::super::time::Timestamp;
use super::placement::same_region;
use super::{Basis, Rule, say, word};
use alloc::format;
use alloc::vec::Vec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK6008",
        title: "a replica says what it copies",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "a replica needs the id and the region of its primary",
        fix: "give `replicaParameters` with `sourceResourceId` and `sourceLocation`",
        irreversible: false,
        source: say::CLUSTER_BODY,
        basis: Basis::Documented,
        crosswalk: &[],
        check: replica_source,
    },
    Rule {
        code: "CMK6009",
        title: "a replica has a key in its own region",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the region of the replica's vault",
        why: "a replica in another region is a cluster of its own there: it needs a vault and an identity in that \
              region, not those of its primary",
        fix: "give the replica a vault, a key and an identity in its own region",
        irreversible: true,
        source: say::LIMITS,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: replica_vault,
    },
    Rule {
        code: "CMK6010",
        title: "replicas are not on a burstable tier",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "free and burstable tiers can't replicate",
        fix: "use tier M30 or above for the primary and its replica",
        irreversible: false,
        source: say::LIMITS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: replica_tier,
    },
    Rule {
        code: "CMK6011",
        title: "a restore says what it restores, and when",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "a restore needs the id of its source and a point in time, at most 35 days back",
        fix: "give `restoreParameters` with `sourceResourceId` and `pointInTimeUTC`",
        irreversible: false,
        source: say::HOW_TO,
        basis: Basis::Documented,
        crosswalk: &[],
        check: restore,
    },
];

/// The clusters that are made in one of these ways; a way that isn't known is an unknown outcome.
pub(super) fn made<'a>(scene: &Scene<'a>, out: &mut Out, modes: &[&str]) -> Vec<&'a Cluster> {
    let mut made = Vec::new();
    for cluster in scene.deployment.clusters.iter().filter(|cluster| !cluster.resource.existing) {
        let mode = cluster.create_mode.or_default(word("Default"));
        let seen = out.word(&mode, &show_cluster(cluster));
        if seen.is_some_and(|seen| modes.iter().any(|mode| seen.value.eq_ignore_ascii_case(mode))) {
            made.push(cluster);
        }
    }
    made
}

pub(super) const REPLICA: &[&str; 2] = &["GeoReplica", "Replica"];
pub(super) const RESTORE: &[&str; 1] = &["PointInTimeRestore"];

pub(super) fn replicas<'a>(scene: &Scene<'a>, out: &mut Out) -> Vec<&'a Cluster> {
    made(scene, out, REPLICA)
}

fn required(cluster: &Cluster, fact: &Fact<Text>, name: &str, out: &mut Out) {
    if let Fact::Absent(place) = fact {
        let message = format!("cluster `{}` has no `{name}`", cluster.resource.short_name());
        out.fail(place, message).expected(format!("`{name}`")).actual("left out");
    } else if out.known(fact, &show_cluster(cluster)).is_some() {
        out.pass();
    }
}

fn replica_source(scene: &Scene<'_>, out: &mut Out) {
    for cluster in replicas(scene, out) {
        required(cluster, &cluster.replica_source, "replicaParameters.sourceResourceId", out);
        required(cluster, &cluster.replica_source_location, "replicaParameters.sourceLocation", out);
    }
}

/// The cluster that another is a copy of; one that is not in the files is an unknown outcome.
pub(super) fn source<'a>(scene: &Scene<'a>, copy: &Cluster, source: &Fact<Text>, out: &mut Out) -> Option<&'a Cluster> {
    if source.is_absent() {
        return None; // CMK6008's, and CMK6011's
    }
    let seen = out.known(source, &show_cluster(copy))?;
    let id = ResourceId::parse(seen.value);
    let found = id.as_ref().and_then(|id| {
        let mut named = scene.index.clusters.get(id.name()).iter().map(|at| &scene.deployment.clusters[*at]);
        named.find(|cluster| cluster.resource.id.same(id) == Some(true))
    });
    if found.is_none() {
        let name = shell(id.as_ref().map(ResourceId::name), "CLUSTER");
        let message = format!("the source of cluster `{}` is not in these files", copy.resource.short_name());
        let show = format!("az resource show --resource-group GROUP --resource-type {MONGO_CLUSTERS} --name {name}");
        out.unknown(seen.place, message, Some(show));
    }
    found
}

fn replica_vault(scene: &Scene<'_>, out: &mut Out) {
    scene.chains(out);
    for replica in replicas(scene, out) {
        let Some(chain) = scene.chain_of(replica) else { continue };
        let here = &replica.resource.location;
        let vault = chain.vault.and_then(|vault| vault.resource.location.known());
        match here.known().zip(vault).and_then(|(here, vault)| same_region(here, vault)) {
            Some(true) => out.pass(),
            Some(false) => {} // CMK6005's
            None => {
                let Some(primary) = source(scene, replica, &replica.replica_source, out) else { continue };
                let Some(first) = scene.chain_of(primary) else {
                    out.pass();
                    continue;
                };
                apart(chain, first, out);
            }
        }
    }
}

/// Whether a replica keeps its key apart from that of its primary, where they are in two regions.
fn apart(chain: &Chain<'_>, first: &Chain<'_>, out: &mut Out) {
    let Some(here) = out.known(&chain.cluster.resource.location, &show_cluster(chain.cluster)) else { return };
    let Some(there) = out.known(&first.cluster.resource.location, &show_cluster(first.cluster)) else { return };
    let shared = chain.address.vault.as_ref().zip(first.address.vault.as_ref()).and_then(|(one, two)| one.same(two));
    match (shared, same_region(here.value, there.value)) {
        (Some(true), Some(false)) => {
            let message = format!("replica `{}` uses the vault of its primary, in another region", chain.name());
            out.fail(chain.url_place(), message)
                .expected(format!("a vault in {}", here.value))
                .actual(chain.encryption.key_url.literal().unwrap_or("the primary's vault"))
                .source(&chain.encryption.key_url)
                .related(first.url_place(), "the primary's key");
        }
        (Some(false), _) | (_, Some(true)) => out.pass(),
        (None, _) => {
            chain.vault(out);
        }
        (_, None) => {
            let message =
                format!("whether `{}` and `{}` are one region is decided at deployment", here.value, there.value);
            out.unknown(here.place, message, Some(show_cluster(chain.cluster).into()));
        }
    }
}

fn replica_tier(scene: &Scene<'_>, out: &mut Out) {
    for replica in replicas(scene, out) {
        let primary = source(scene, replica, &replica.replica_source, out);
        for cluster in [Some(replica), primary].into_iter().flatten().filter(|cluster| !cluster.tier.is_absent()) {
            let Some(tier) = out.word(&cluster.tier, &show_cluster(cluster)) else { continue };
            if BURSTABLE.iter().any(|small| tier.value.eq_ignore_ascii_case(small)) {
                let name = cluster.resource.short_name();
                out.fail(tier.place, format!("cluster `{name}` can't replicate on tier {}", tier.value))
                    .expected("M30 or above")
                    .seen(&tier)
                    .related(replica.create_mode.place(), "the replica");
            } else {
                out.pass();
            }
        }
    }
}

/// The tiers below M30.
pub(super) const BURSTABLE: &[&str] = &["Free", "M10", "M20", "M25"];

fn restore(scene: &Scene<'_>, out: &mut Out) {
    for cluster in made(scene, out, RESTORE) {
        required(cluster, &cluster.restore_source, "restoreParameters.sourceResourceId", out);
        required(cluster, &cluster.restore_time, "restoreParameters.pointInTimeUTC", out);
        if cluster.restore_time.is_absent() {
            continue;
        }
        let Some(point) = out.word(&cluster.restore_time, &show_cluster(cluster)) else { continue };
        let message = match Timestamp::parse(point.value) {
            Err(_) => "the point to restore to is not a time",
            Ok(time) if time > scene.at => "the point to restore to is in the future",
            Ok(time) if time.plus_days(35) < scene.at => "the point to restore to is more than 35 days back",
            Ok(_) => continue,
        };
        out.fail(point.place, message).expected("a time in the last 35 days").seen(&point);
    }
}
