//! Copies of a cluster: replicas and restores. Each is a cluster of its own, with a key choice of its own.

use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::model::Cluster;
use super::super::outcome::Out;
use super::super::scene::{Chain, Scene, show_cluster};
use super::super::text::{ResourceId, Text};
use super::super::time::Timestamp;
use super::placement::same_region;
use super::{Basis, Rule, say};
use alloc::format;

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
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the region of the replica's vault",
        why: "a replica in another region is a cluster of its own there: it needs a vault and an identity in that \
              region, not those of its primary",
        fix: "give the replica a vault, a key and an identity in its own region",
        irreversible: true,
        source: say::LIMITS,
        basis: Basis::Documented,
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

fn is_mode(cluster: &Cluster, modes: &[&str]) -> bool {
    cluster.create_mode.literal().is_some_and(|mode| modes.iter().any(|known| mode.eq_ignore_ascii_case(known)))
}

fn is_replica(cluster: &Cluster) -> bool {
    is_mode(cluster, &["GeoReplica", "Replica"])
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
    for cluster in scene.deployment.clusters.iter().filter(|cluster| is_replica(cluster)) {
        required(cluster, &cluster.replica_source, "replicaParameters.sourceResourceId", out);
        required(cluster, &cluster.replica_source_location, "replicaParameters.sourceLocation", out);
    }
}

/// The primary of a replica, where both are in the files.
fn primary<'a>(scene: &Scene<'a>, replica: &Cluster) -> Option<&'a Cluster> {
    let source = ResourceId::parse(replica.replica_source.known()?)?;
    scene.deployment.clusters.iter().find(|cluster| cluster.resource.id.same(&source) == Some(true))
}

/// The primary's chain, where a replica in another region uses the vault of its primary.
pub(super) fn shared_vault<'s, 'a>(scene: &'s Scene<'a>, chain: &Chain<'a>) -> Option<&'s Chain<'a>> {
    let primary = primary(scene, chain.cluster).filter(|_| is_replica(chain.cluster))?;
    let first = scene.chains.iter().find(|chain| core::ptr::eq(chain.cluster, primary))?;
    let (here, there) = (chain.cluster.resource.location.known()?, primary.resource.location.known()?);
    let shared = chain.address.vault.as_ref()?.same(first.address.vault.as_ref()?) == Some(true);
    (shared && same_region(here, there) == Some(false)).then_some(first)
}

fn replica_vault(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains.iter().filter(|chain| is_replica(chain.cluster)) {
        if let Some(first) = shared_vault(scene, chain) {
            let message = format!("replica `{}` uses the vault of its primary, in another region", chain.name());
            out.fail(chain.url_place(), message)
                .expected(format!("a vault in {}", chain.cluster.resource.location.literal().unwrap_or("its region")))
                .actual(chain.encryption.key_url.literal().unwrap_or("the primary's vault"))
                .related(first.url_place(), "the primary's key");
        } else if primary(scene, chain.cluster).is_some() {
            out.pass();
        }
    }
}

fn replica_tier(scene: &Scene<'_>, out: &mut Out) {
    for replica in scene.deployment.clusters.iter().filter(|cluster| is_replica(cluster)) {
        for cluster in [Some(replica), primary(scene, replica)].into_iter().flatten() {
            let Some(tier) = cluster.tier.literal() else { continue };
            if ["Free", "M10", "M20", "M25"].iter().any(|small| tier.eq_ignore_ascii_case(small)) {
                let message = format!("cluster `{}` can't replicate on tier {tier}", cluster.resource.short_name());
                out.fail(cluster.tier.place(), message)
                    .expected("M30 or above")
                    .actual(tier)
                    .related(replica.create_mode.place(), "the replica");
            } else {
                out.pass();
            }
        }
    }
}

fn restore(scene: &Scene<'_>, out: &mut Out) {
    for cluster in scene.deployment.clusters.iter().filter(|cluster| is_mode(cluster, &["PointInTimeRestore"])) {
        required(cluster, &cluster.restore_source, "restoreParameters.sourceResourceId", out);
        required(cluster, &cluster.restore_time, "restoreParameters.pointInTimeUTC", out);
        let Some(point) = cluster.restore_time.literal() else { continue };
        let message = match Timestamp::parse(point) {
            Err(_) => "the point to restore to is not a time",
            Ok(time) if time > scene.at => "the point to restore to is in the future",
            Ok(time) if time.plus_days(35) < scene.at => "the point to restore to is more than 35 days back",
            Ok(_) => continue,
        };
        out.fail(cluster.restore_time.place(), message).expected("a time in the last 35 days").actual(point);
    }
}
