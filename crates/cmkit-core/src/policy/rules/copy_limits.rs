//! What copies can't have, and where they have to be.

use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::model::Cluster;
use super::super::outcome::{Out, decided};
use super::super::scene::{Scene, show_cluster};
use super::super::text::{Part, ResourceId, Text};
use super::copies::{REPLICA, RESTORE, made, replicas, source};
use super::placement::same_region;
use super::{Basis, Rule, say, word};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::ToString;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK6012",
        title: "a replica has no high availability",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "replicas can't have high availability; it is switched on again after a promotion",
        fix: "set `highAvailability.targetMode` of the replica to `Disabled`, or leave it out",
        irreversible: false,
        source: say::LIMITS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: replica_availability,
    },
    Rule {
        code: "CMK6013",
        title: "a cluster has one replica",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the replicas of the cluster",
        why: "a cluster takes one replica, in one other region",
        fix: "keep one replica",
        irreversible: false,
        source: say::LIMITS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: one_replica,
    },
    Rule {
        code: "CMK6014",
        title: "a replica is in the resource group of its primary",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the resource ids of replica and primary",
        why: "a replica is made in the subscription and the resource group of its primary, in whatever region",
        fix: "deploy the replica to the resource group of its primary",
        irreversible: false,
        source: say::HOW_TO,
        basis: Basis::Documented,
        crosswalk: &[],
        check: replica_group,
    },
    Rule {
        code: "CMK6015",
        title: "a restored cluster is where its source is",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "region and resource id of the source",
        why: "a restore makes a cluster in the region, the subscription and the resource group of its source, and \
              nowhere else",
        fix: "deploy to the region and the resource group of the source",
        irreversible: false,
        source: say::HOW_TO,
        basis: Basis::Documented,
        crosswalk: &[],
        check: restore_place,
    },
    Rule {
        code: "CMK6016",
        title: "the createMode is one that the service takes today",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "the API has a createMode `Replica`, and the service does not accept it yet",
        fix: "use `GeoReplica`, with a replica in another region",
        irreversible: false,
        source: say::CLUSTER_BODY,
        basis: Basis::Practice,
        crosswalk: &[],
        check: accepted_mode,
    },
    Rule {
        code: "CMK6017",
        title: "a restore names its administrator",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "a restored cluster takes the administrator's name in its request, next to the source and the point in \
              time",
        fix: "give `administrator.userName`",
        irreversible: false,
        source: say::HOW_TO,
        basis: Basis::Documented,
        crosswalk: &[],
        check: restore_administrator,
    },
];

fn replica_availability(scene: &Scene<'_>, out: &mut Out) {
    for replica in replicas(scene, out) {
        let mode = replica.high_availability.or_default(word("Disabled"));
        match out.word(&mode, &show_cluster(replica)) {
            Some(mode) if mode.value.eq_ignore_ascii_case("Disabled") => out.pass(),
            Some(mode) => {
                let message = format!("replica `{}` is to have high availability", replica.resource.short_name());
                out.fail(mode.place, message).expected("Disabled").seen(&mode);
            }
            None => {}
        }
    }
}

fn one_replica(scene: &Scene<'_>, out: &mut Out) {
    let mut of: BTreeMap<_, &Cluster> = BTreeMap::new();
    for replica in replicas(scene, out) {
        if replica.replica_source.is_absent() {
            continue; // CMK6008's
        }
        let Some(id) = out.known(&replica.replica_source, &show_cluster(replica)) else { continue };
        // Ids with and without their group are the same resource.
        let name = ResourceId::parse(id.value).map_or_else(|| id.value.to_string(), |id| id.name().to_string());
        let Some(first) = of.get(&name.to_ascii_lowercase()) else {
            of.insert(name.to_ascii_lowercase(), replica);
            if matches!(id.value.parts(), [Part::Opaque(_)]) {
                out.unknown(id.place, decided(id.value), Some(show_cluster(replica).into()));
            } else {
                out.pass();
            }
            continue;
        };
        out.fail(&replica.resource.place, format!("cluster `{name}` gets a second replica"))
            .expected("one replica")
            .actual(replica.resource.short_name())
            .related(&first.resource.place, "the first");
    }
}

/// Whether a copy goes to the group of its source. A template goes to a group that it doesn't name: there only an id of
/// that same group decides.
fn same_group(copy: &Cluster, source: &Text) -> Option<bool> {
    let there = ResourceId::parse(source)?;
    match (copy.resource.id.scope(), there.scope()) {
        (_, None) => Some(true), // by its name alone: of this deployment
        (Some(here), Some(there)) => one_group(here, there),
        (None, Some(there)) => {
            let own = "/subscriptions/{subscription().subscriptionId}/resourceGroups/{resourceGroup().name}";
            there.to_string().eq_ignore_ascii_case(own).then_some(true)
        }
    }
}

/// Whether two ids are of one group. Groups of other names are two, whatever the subscriptions are.
fn one_group(one: &Text, two: &Text) -> Option<bool> {
    let (first, second) = (one.split('/'), two.split('/'));
    let apart = first.iter().zip(&second).any(|(one, two)| one.same(two) == Some(false));
    if apart && first.len() == second.len() { Some(false) } else { one.same(two) }
}

fn group(copy: &Cluster, source: &Fact<Text>, out: &mut Out) {
    let Some(id) = out.known(source, &show_cluster(copy)) else { return };
    let name = copy.resource.short_name();
    match same_group(copy, id.value) {
        Some(true) => out.pass(),
        Some(false) => {
            let here = copy.resource.id.scope().map(ToString::to_string).unwrap_or_default();
            out.fail(id.place, format!("cluster `{name}` is not in the resource group of its source"))
                .expected(here)
                .actual(id.value)
                .source(source);
        }
        None => {
            let message =
                format!("whether cluster `{name}` goes to the resource group of its source is decided at deployment");
            out.unknown(id.place, message, Some(show_cluster(copy).into()));
        }
    }
}

fn replica_group(scene: &Scene<'_>, out: &mut Out) {
    for replica in replicas(scene, out).into_iter().filter(|replica| !replica.replica_source.is_absent()) {
        group(replica, &replica.replica_source, out);
    }
}

fn restore_place(scene: &Scene<'_>, out: &mut Out) {
    for copy in made(scene, out, RESTORE).into_iter().filter(|copy| !copy.restore_source.is_absent()) {
        group(copy, &copy.restore_source, out);
        let Some(first) = source(scene, copy, &copy.restore_source, out) else { continue };
        let Some(here) = out.known(&copy.resource.location, &show_cluster(copy)) else { continue };
        let Some(there) = out.known(&first.resource.location, &show_cluster(first)) else { continue };
        match same_region(here.value, there.value) {
            Some(true) => out.pass(),
            Some(false) => {
                let message = format!("cluster `{}` is not in the region of its source", copy.resource.short_name());
                out.fail(here.place, message)
                    .expected(there.shown())
                    .seen(&here)
                    .related(there.place, "the region of the source");
            }
            None => {
                let message =
                    format!("whether `{}` and `{}` are one region is decided at deployment", here.value, there.value);
                out.unknown(here.place, message, Some(show_cluster(copy).into()));
            }
        }
    }
}

fn accepted_mode(scene: &Scene<'_>, out: &mut Out) {
    for cluster in scene.deployment.clusters.iter().filter(|cluster| !cluster.resource.existing) {
        let mode = cluster.create_mode.or_default(word("Default"));
        match out.word(&mode, &show_cluster(cluster)) {
            Some(mode) if mode.value.eq_ignore_ascii_case(REPLICA[1]) && !cluster.resource.is_live() => {
                let message =
                    format!("cluster `{}` is made in a way that is not accepted yet", cluster.resource.short_name());
                out.fail(mode.place, message).expected("GeoReplica").seen(&mode);
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}

fn restore_administrator(scene: &Scene<'_>, out: &mut Out) {
    for cluster in made(scene, out, RESTORE) {
        if cluster.administrator.is_absent() && !cluster.resource.is_live() {
            let message = format!("restored cluster `{}` has no administrator", cluster.resource.short_name());
            out.fail(cluster.administrator.place(), message).expected("`administrator.userName`").actual("left out");
        } else if out.known(&cluster.administrator, &show_cluster(cluster)).is_some() {
            out.pass();
        }
    }
}
