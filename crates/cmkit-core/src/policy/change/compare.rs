//! Two deployments, before and after: what the service has to do to get from the one to the other.

use super::super::Options;
use super::super::fact::{Fact, Place};
use super::super::model::{Cluster, Deployment, Identity, Resource};
use super::super::text::{ResourceId, Text};
use super::super::time::Timestamp;
use super::{Alone, ClusterPlan, Effect, Step, advice};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What happens to each cluster.
pub(super) fn clusters(before: &Deployment, after: &Deployment, at: Timestamp, options: &Options) -> Vec<ClusterPlan> {
    let mut left: Vec<&Cluster> = before.clusters.iter().filter(|cluster| !cluster.resource.existing).collect();
    let deployed = after.clusters.iter().filter(|cluster| !cluster.resource.existing);
    let mut plans = Vec::new();
    let (mut then, mut now) = (Alone::new(before, at, options), Alone::new(after, at, options));
    let many = deployed.clone().count() > 1 || left.len() > 1;
    for cluster in deployed {
        let same = |one: &&Cluster| match one.resource.id.same(&cluster.resource.id) {
            Some(same) => same,
            // One cluster on each side, and a name that is decided at deployment.
            None => !many,
        };
        let steps = match left.iter().position(same) {
            None => Vec::from([made(cluster)]),
            Some(found) => {
                let was = left.remove(found);
                let mut steps = between(was, cluster);
                if was.encryption.known().is_some() {
                    steps.extend(beneath(cluster, before, after));
                    let broke = then.broken(was);
                    let breaks = now.broken(cluster).into_iter();
                    steps.extend(breaks.filter(|breaks| broke.iter().all(|broke| broke.code != breaks.code)));
                }
                steps
            }
        };
        plans.push(cluster_plan(cluster, steps.into_iter().map(|step| step.located(after)).collect()));
    }
    for cluster in left {
        plans.push(cluster_plan(cluster, Vec::from([removed(cluster).located(before)])));
    }
    plans
}

pub(super) fn cluster_plan(cluster: &Cluster, steps: Vec<Step>) -> ClusterPlan {
    let resource = &cluster.resource;
    ClusterPlan { name: resource.short_name(), address: resource.address.clone(), effect: Effect::NoChange, steps }
}

pub(super) fn made(cluster: &Cluster) -> Step {
    let mode = if cluster.encryption.known().is_some() { "customer-managed" } else { "service-managed" };
    let message = format!("cluster `{}` is made, under a {mode} key", cluster.resource.short_name());
    Step::new(Effect::Create, &cluster.resource.place, message, "the choice of mode is final")
}

fn removed(cluster: &Cluster) -> Step {
    let message = format!("cluster `{}` is in the files before, and not in those after", cluster.resource.short_name());
    let reason = "a deployment of the whole (in complete mode, or of a stack) deletes what it no longer has, with its \
                  data; an incremental one leaves it alone";
    Step::new(Effect::Deletes, &cluster.resource.place, message, reason).risk(advice::ALL).way(advice::keep(cluster))
}

/// What the service does to a cluster so that it becomes as it is to be.
pub(super) fn between(before: &Cluster, after: &Cluster) -> Vec<Step> {
    let name = after.resource.short_name();
    let mut steps = Vec::new();
    if differ(&before.resource.location, &after.resource.location, same_region) == Some(true) {
        let message = format!("cluster `{name}` changes its region");
        let reason = "a cluster stays in the region that it was made in; in another one it is another cluster";
        let place = after.resource.location.place();
        steps.push(Step::new(Effect::Impossible, place, message, reason).way(advice::other_region(before)));
    }
    match (&before.encryption, &after.encryption) {
        (Fact::Known { value: was, .. }, Fact::Known { value: is, .. }) => {
            let parts: [(_, _, Same, _); 2] = [
                (&was.key_url, &is.key_url, same_key, "key"),
                (&was.identity, &is.identity, same_id, "identity of its key"),
            ];
            for (was, is, same, what) in parts {
                match differ(was, is, same) {
                    Some(false) => {}
                    Some(true) => steps.push(swapped(before, after, what, is.place())),
                    None => {
                        let message = format!("whether cluster `{name}` changes the {what} is not in the files");
                        steps.push(Step::new(
                            Effect::Unknown,
                            is.place(),
                            message,
                            "one of the two is decided at deployment",
                        ));
                    }
                }
            }
        }
        (Fact::Absent(_), Fact::Known { .. }) | (Fact::Known { .. }, Fact::Absent(_)) => {
            let (from, to) = ("a service-managed key", "a customer-managed key");
            let (from, to) = if after.encryption.is_absent() { (to, from) } else { (from, to) };
            let message = format!("cluster `{name}` goes from {from} to {to}");
            let reason = "the mode is chosen when a cluster is made, and is final; a copy can have the other one";
            let step = Step::new(Effect::Impossible, after.encryption.place(), message, reason);
            steps.push(step.code("CMK6101").way(advice::other_mode(before, after)));
        }
        (Fact::Absent(_), Fact::Absent(_)) => steps.extend(identity_added(before, after)),
        (Fact::Unknown { .. }, _) | (_, Fact::Unknown { .. }) => {
            let message = format!("whether cluster `{name}` keeps its mode is not in the files");
            let reason = "its encryption is decided at deployment";
            steps.push(Step::new(Effect::Unknown, after.encryption.place(), message, reason).code("CMK6101"));
        }
    }
    steps.extend(shards(before, after));
    for (was, is, what) in [
        (&before.tier, &after.tier, "tier"),
        (&before.high_availability, &after.high_availability, "high availability"),
    ] {
        // What the files after leave out stays as it is.
        if !is.is_absent() && differ(was, is, Text::same) == Some(true) {
            let message = format!("cluster `{name}` changes its {what}");
            steps.push(Step::new(Effect::InPlace, is.place(), message, "the service does this to a living cluster"));
        }
    }
    steps
}

fn swapped(before: &Cluster, after: &Cluster, what: &str, place: &Place) -> Step {
    let message = format!("cluster `{}` changes the {what}", after.resource.short_name());
    let reason = "the service changes key and identity in place; the request has all encryption parameters, also those \
                  that stay, and the former key has to stay enabled until the cluster has moved to the new one";
    Step::new(Effect::Resend, place, message, reason).way(advice::swap(before, after))
}

fn identity_added(before: &Cluster, after: &Cluster) -> Option<Step> {
    let has = |cluster: &Cluster| cluster.identity_type.literal().is_some_and(|kind| kind.contains("UserAssigned"));
    let (was, is) = (has(before), has(after));
    let none = before.identity_type.is_absent() || before.identity_type.literal() == Some("None");
    (none && !was && is).then(|| {
        let message = format!("cluster `{}` gets an identity", after.resource.short_name());
        let reason = "the management API has answered this with an internal error on living clusters; without a \
                      customer-managed key the cluster has no use for it";
        let way = Vec::from(["leave `identity` out".to_string()]);
        Step::new(Effect::Impossible, after.identity_type.place(), message, reason).way(way)
    })
}

fn shards(before: &Cluster, after: &Cluster) -> Option<Step> {
    let name = after.resource.short_name();
    let place = after.shards.place();
    let managed = before.encryption.known().is_some();
    let (was, is) = match (&before.shards, &after.shards) {
        (Fact::Known { value: was, .. }, Fact::Known { value: is, .. }) => (was, is),
        (Fact::Unknown { reason, .. }, _) | (_, Fact::Unknown { reason, .. }) if managed => {
            let message = format!("whether cluster `{name}` keeps its number of shards is not in the files");
            return Some(Step::new(Effect::Unknown, place, message, reason.as_str()).code("CMK6102"));
        }
        // What is left out stays as it is.
        _ => return None,
    };
    if is > was && managed {
        let message = format!("cluster `{name}` gets {is} shards instead of {was}");
        let reason = "a cluster under a customer-managed key can't be given another shard";
        let step = Step::new(Effect::Impossible, place, message, reason).code("CMK6102");
        return Some(step.way(advice::other_shards(before)));
    }
    (is != was).then(|| {
        let message = format!("cluster `{name}` gets {is} shards instead of {was}");
        let (effect, reason) = if is > was {
            (Effect::InPlace, "the service adds shards to a living cluster under a service-managed key")
        } else {
            (Effect::Unknown, "whether a cluster can have fewer shards is not documented")
        };
        Step::new(effect, place, message, reason)
    })
}

/// Vault, key and identity under a cluster.
fn beneath(cluster: &Cluster, before: &Deployment, after: &Deployment) -> Vec<Step> {
    let Some(encryption) = cluster.encryption.known() else { return Vec::new() };
    let mut steps = Vec::new();
    let (vault, key) = encryption.key_url.known().map(names).unwrap_or_default();
    let is_vault = |resource: &Resource| vault.as_ref().is_some_and(|v| v.same(resource.id.name()) == Some(true));
    let is_key = |resource: &Resource| match (resource.id.name().split('/').as_slice(), &vault, &key) {
        ([in_vault, name], Some(vault), Some(key)) => {
            in_vault.same(vault) == Some(true) && name.same(key) == Some(true)
        }
        _ => false,
    };
    let was = before.vaults.iter().find(|vault| is_vault(&vault.resource));
    let is = after.vaults.iter().find(|vault| is_vault(&vault.resource));
    match (was, is) {
        (Some(was), Some(is)) => {
            let name = is.resource.short_name();
            if was.purge_protection.known() == Some(&true) && is.purge_protection.known() == Some(&false) {
                let reason = "purge protection can't be turned off again: the management API refuses it";
                let message = format!("vault `{name}` loses its purge protection");
                let way = Vec::from(["leave `enablePurgeProtection` true".to_string()]);
                steps.push(Step::new(Effect::Impossible, is.purge_protection.place(), message, reason).way(way));
            }
            if differ(&was.resource.location, &is.resource.location, same_region) == Some(true) {
                let reason = "a vault stays in its region: in another one it is another vault, without this key";
                let message = format!("vault `{name}` changes its region");
                let step = Step::new(Effect::Impossible, is.resource.location.place(), message, reason);
                steps.push(step.way(advice::make_before_destroy("vault")));
            }
            if differ(&was.tenant, &is.tenant, Text::same) == Some(true) {
                let message = format!("vault `{name}` moves to another tenant");
                let reason = "its grants and the cluster's identity stay behind in the former one";
                let step = Step::new(Effect::CutsOff, is.tenant.place(), message, reason);
                steps.push(step.risk(advice::INACCESSIBLE).way(advice::make_before_destroy("vault")));
            }
        }
        (Some(was), None) => steps.push(gone(&was.resource, "vault", encryption.key_url.place())),
        (None, _) => {}
    }
    if let Some(was) = before.keys.iter().find(|key| is_key(&key.resource))
        && !after.keys.iter().any(|key| is_key(&key.resource))
    {
        steps.push(gone(&was.resource, "key", encryption.key_url.place()));
    }
    let id = encryption.identity.known().and_then(ResourceId::parse);
    let find = |deployment: &Deployment| -> Option<Identity> {
        let id = id.as_ref()?;
        deployment.identities.iter().find(|identity| identity.resource.id.same(id) == Some(true)).cloned()
    };
    if let (Some(was), Some(is)) = (find(before), find(after))
        && let (Some(one), Some(two)) = (was.principal_id.literal(), is.principal_id.literal())
        && !one.eq_ignore_ascii_case(two)
    {
        steps.push(remade(&is.resource));
    }
    steps
}

/// What is no longer in the files may be deleted, or only left out.
fn gone(resource: &Resource, what: &str, place: &Place) -> Step {
    let message = format!("{what} `{}` is not in the files after", resource.short_name());
    let reason = format!(
        "if it is deleted, the cluster loses its key within 60 minutes; a deployment in incremental mode leaves the {what} alone"
    );
    let way = Vec::from([format!("keep the {what} in the files as long as a cluster or a backup is under it")]);
    Step::new(Effect::Unknown, place, message, reason).risk(advice::AFTER_PURGE).way(way)
}

fn remade(identity: &Resource) -> Step {
    let message = format!("identity `{}` is made anew under the same name", identity.short_name());
    let reason = "it gets another principal id, which no grant names: the cluster loses its key";
    let way = Vec::from([
        "keep the identity; if it is gone already, grant the new one the key".to_string(),
        "send all encryption parameters of the cluster again, so that it takes the new identity up".to_string(),
    ]);
    Step::new(Effect::CutsOff, &identity.place, message, reason).risk(advice::INACCESSIBLE).way(way)
}

/// The names of vault and key in a key URL.
pub(super) fn names(url: &Text) -> (Option<Text>, Option<Text>) {
    let pieces = url.split('/');
    let vault = pieces.get(2).and_then(|host| host.split('.').into_iter().next());
    let key =
        pieces.get(4).filter(|_| pieces.get(3).is_some_and(|piece| piece.same(&Text::literal("keys")) == Some(true)));
    (vault, key.cloned())
}

fn same_region(one: &Text, two: &Text) -> Option<bool> {
    let normal = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    match (one.as_literal(), two.as_literal()) {
        (Some(one), Some(two)) => Some(normal(one) == normal(two)),
        _ => one.same(two),
    }
}

/// Whether two URLs are of one key, whatever version they name.
fn same_key(one: &Text, two: &Text) -> Option<bool> {
    let ((Some(vault), Some(key)), (Some(other_vault), Some(other_key))) = (names(one), names(two)) else {
        return one.same(two);
    };
    match (vault.same(&other_vault), key.same(&other_key)) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn same_id(one: &Text, two: &Text) -> Option<bool> {
    match (ResourceId::parse(one), ResourceId::parse(two)) {
        (Some(one), Some(two)) => one.same(&two),
        _ => one.same(two),
    }
}

type Same = fn(&Text, &Text) -> Option<bool>;

/// Whether two facts differ; `None` where that is not known.
fn differ(was: &Fact<Text>, is: &Fact<Text>, same: Same) -> Option<bool> {
    match (was, is) {
        (Fact::Known { value: was, .. }, Fact::Known { value: is, .. }) => same(was, is).map(|same| !same),
        (Fact::Absent(_), Fact::Absent(_)) => Some(false),
        (Fact::Absent(_), Fact::Known { .. }) | (Fact::Known { .. }, Fact::Absent(_)) => Some(true),
        (Fact::Unknown { .. }, _) | (_, Fact::Unknown { .. }) => None,
    }
}
