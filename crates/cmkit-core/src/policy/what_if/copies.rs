//! Replicas: each a cluster of its own with a key of its own, which a promotion does not change.

use super::super::model::Cluster;
use super::super::rules::Basis;
use super::super::scene::{Chain, MONGO_CLUSTERS, Scene, shell};
use super::already;
use super::outlook::{Outcome, Outlook};
use super::retention::shown;
use super::target::{Target, is_replica, primary};
use alloc::format;
use alloc::string::String;

/// What a promotion does to the replica, or to the primary that it replaces.
pub(super) fn promoted(
    target: &Target<'_>,
    cluster: &Cluster,
    chain: Option<&Chain<'_>>,
    scene: &Scene<'_>,
) -> Outlook {
    let name = cluster.resource.short_name();
    let is_replica = matches!(target, Target::Replica(replica, _) if core::ptr::eq(*replica, cluster));
    let errors = already(scene, cluster);
    let outcome = if errors.is_empty() { Outcome::Unchanged } else { Outcome::AtRisk };
    let outlook = Outlook::of(name, outcome);
    let outlook = if is_replica {
        outlook
            .now(scene.at, format!("the replica takes over the writes; it stays under {}", under(cluster, chain)))
            .inferred()
            .then_do("check both clusters before: what takes the new primary's key away takes the service down", None)
            .then_do("promote", promote(cluster))
            .then_do("turn high availability on again: a replica has none, and a promotion does not add it", None)
            .trap("a forced promotion can lose the last writes that had not reached the replica", Basis::Documented)
            .trap(
                "firewall rules and private endpoints are not inherited: the new primary has its own",
                Basis::Documented,
            )
    } else {
        outlook
            .now(scene.at, format!("the primary becomes the replica; it stays under {}", under(cluster, chain)))
            .inferred()
            .trap("it still needs its own key: while that is gone, nothing is replicated to it", Basis::Inferred)
    };
    let outlook = outlook.trap(
        "keys are not exchanged: don't retire the key of the old primary as long as that cluster or its restore points are \
         needed",
        Basis::Inferred,
    );
    Outlook { already: errors, ..outlook }
}

fn under(cluster: &Cluster, chain: Option<&Chain<'_>>) -> String {
    match chain {
        Some(chain) => {
            let (vault, key) = (chain.address.vault.as_ref(), chain.address.key.as_ref());
            format!("its own key `{}/{}`", shown(vault, "VAULT"), shown(key, "KEY"))
        }
        None if cluster.encryption.is_absent() && !cluster.resource.existing => "its service-managed key".into(),
        None => "its own key, which these files don't name".into(),
    }
}

fn promote(replica: &Cluster) -> String {
    let name = shell(Some(replica.resource.id.name()), "CLUSTER");
    format!(
        "az rest --method post --body '{{\"promoteOption\":\"Forced\",\"mode\":\"Switchover\"}}' --url \
         \"/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/{MONGO_CLUSTERS}/{name}/promote?api-version=2025-09-01\""
    )
}

/// What an outage of a cluster means for its replica or its primary in the same files.
pub(super) fn beside(mut outlook: Outlook, cluster: &Cluster, scene: &Scene<'_>, target: &Target<'_>) -> Outlook {
    if outlook.outcome != Outcome::Inaccessible {
        return outlook;
    }
    let replicas = scene.deployment.clusters.iter().filter(|other| is_replica(other));
    for replica in replicas.filter(|other| primary(scene, other).is_some_and(|one| core::ptr::eq(one, cluster))) {
        let name = replica.resource.short_name();
        let chain = scene.chain_of(replica);
        let remark = match chain.map_or(Some(false), |chain| target.touches(chain)) {
            Some(true) => format!("its replica `{name}` depends on the same {} and goes down with it", target.kind()),
            Some(false) => format!(
                "its replica `{name}` keeps its own key and is not reached: promoting it keeps the service up (`what-if --event \
                 promoted`)"
            ),
            None => {
                format!("whether its replica `{name}` depends on the same {} is decided at deployment", target.kind())
            }
        };
        outlook = outlook.meanwhile(remark, Basis::Inferred);
    }
    outlook
}
