//! The cluster's own body, as far as a customer-managed key is about it: its name and its size.

use super::super::finding::{Consequence, Level};
use super::super::outcome::Out;
use super::super::scene::{Scene, show_cluster};
use super::copies::BURSTABLE;
use super::names::{self, Grammar};
use super::{Basis, Rule, say, word};
use alloc::format;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK6018",
        title: "the cluster's name is one that clusters take",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the cluster's name",
        why: "a cluster is named with 3 to 40 lower-case letters, digits and single hyphens",
        fix: "choose such a name before the cluster is made",
        irreversible: true,
        source: say::CLUSTER_BODY,
        basis: Basis::Documented,
        crosswalk: &[],
        check: name,
    },
    Rule {
        code: "CMK6019",
        title: "high availability is on a tier that has it",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "free and burstable tiers have no high availability",
        fix: "use tier M30 or above, or set `highAvailability.targetMode` to `Disabled`",
        irreversible: false,
        source: say::LIMITS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: availability_tier,
    },
    Rule {
        code: "CMK6020",
        title: "the number of shards is chosen",
        level: Level::Note,
        consequence: Consequence::DestroysCluster,
        time_to_impact: "when the cluster outgrows its shards",
        evidence: say::CLUSTER,
        why: "a cluster under a customer-managed key can't get more physical shards later; the number is chosen \
              once, when it is made",
        fix: "write `sharding.shardCount`, with the growth to come in mind",
        irreversible: true,
        source: say::LIMITS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: shards,
    },
];

fn name(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let resource = &chain.cluster.resource;
        names::check(resource.id.name(), &Grammar::CLUSTER, "cluster", &resource.place, out);
    }
}

fn availability_tier(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let cluster = chain.cluster;
        let mode = cluster.high_availability.or_default(word("Disabled"));
        let Some(mode) = out.word(&mode, &show_cluster(cluster)) else { continue };
        if mode.value.eq_ignore_ascii_case("Disabled") || cluster.tier.is_absent() {
            out.pass();
            continue;
        }
        match out.word(&cluster.tier, &show_cluster(cluster)) {
            Some(tier) if BURSTABLE.iter().any(|small| tier.value.eq_ignore_ascii_case(small)) => {
                let message = format!("cluster `{}` can't have high availability on tier {}", chain.name(), tier.value);
                out.fail(tier.place, message)
                    .expected("M30 or above")
                    .seen(&tier)
                    .related(mode.place, "high availability is asked for here");
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}

fn shards(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let cluster = chain.cluster;
        let copied = !cluster.replica_source.is_absent() || !cluster.restore_source.is_absent();
        if copied || cluster.resource.is_live() {
            continue; // as many as the source has, or has now
        }
        if cluster.shards.is_absent() {
            let message = format!("cluster `{}` leaves its number of shards to the default, for good", chain.name());
            out.fail(cluster.shards.place(), message).expected("`sharding.shardCount`").actual("left out").by_default();
        } else if out.known(&cluster.shards, &show_cluster(cluster)).is_some() {
            out.pass();
        }
    }
}
