//! A Terraform plan: what it does to each cluster, against what the service would do.

use super::super::Options;
use super::super::model::{Action, Change, Cluster, Deployment};
use super::super::scene::MONGO_CLUSTERS;
use super::super::text::{ResourceId, Text};
use super::super::time::Timestamp;
use super::compare::{between, cluster_plan, made, names, remade};
use super::{ClusterPlan, Effect, Step, advice, broken};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What happens to each cluster.
pub(super) fn clusters(deployment: &Deployment, at: Timestamp, options: &Options) -> Vec<ClusterPlan> {
    let planned = deployment.clusters.iter().enumerate().filter(|(_, cluster)| !cluster.resource.existing);
    let mut plans = Vec::new();
    for (index, cluster) in planned {
        let change = change_of(deployment, cluster);
        let mut steps = match change {
            Some(change) if change.action == Action::Create => Vec::from([made(cluster)]),
            change => steps_of(deployment, cluster, change),
        };
        // Access that a change beneath the cluster takes away. What was wrong before shows in a check.
        let lives = change.is_none_or(|change| change.action == Action::Update);
        let beneath = deployment.changes.iter().any(|change| change.action != Action::Create && is_beneath(&change.id));
        if lives && beneath && cluster.encryption.known().is_some() {
            steps.extend(broken(deployment, index, at, options));
        }
        plans.push(cluster_plan(cluster, located(steps, deployment)));
    }
    // What is deleted is not in the planned values.
    for change in &deployment.changes {
        let Some(cluster) = &change.cluster else { continue };
        if change.action == Action::Delete || change.action == Action::Forget {
            plans.push(cluster_plan(cluster, located(steps_of(deployment, cluster, Some(change)), deployment)));
        }
    }
    plans
}

fn located(steps: Vec<Step>, deployment: &Deployment) -> Vec<Step> {
    steps.into_iter().map(|step| step.located(deployment)).collect()
}

/// What the plan does to the cluster of an address.
fn change_of<'a>(deployment: &'a Deployment, cluster: &Cluster) -> Option<&'a Change> {
    let address = cluster.resource.address.as_deref()?;
    let file = cluster.resource.place.file;
    deployment.changes.iter().find(|change| change.address == address && change.place.file == file)
}

fn is_beneath(id: &ResourceId) -> bool {
    id.kind().starts_with("microsoft.keyvault/vaults")
        || id.is("Microsoft.ManagedIdentity/userAssignedIdentities")
        || id.is("Microsoft.Authorization/roleAssignments")
}

/// The steps for a cluster that is there before: its own change, and what is taken from under it.
fn steps_of(deployment: &Deployment, after: &Cluster, change: Option<&Change>) -> Vec<Step> {
    if change.is_some_and(|change| change.action == Action::Create) {
        return Vec::new();
    }
    let before = change.and_then(|change| change.cluster.as_deref());
    let mut steps: Vec<_> = change.into_iter().flat_map(|change| own(change, before, after)).collect();
    let survives = change.is_none_or(|change| change.action == Action::Update);
    if survives {
        steps.extend(deployment.changes.iter().filter_map(|change| taken(change, before.unwrap_or(after))));
    }
    steps
}

fn own(change: &Change, before: Option<&Cluster>, after: &Cluster) -> Vec<Step> {
    let name = after.resource.short_name();
    match (change.action, before) {
        (Action::Create, _) => Vec::new(),
        (Action::Forget, _) => {
            let message = format!("Terraform no longer looks after cluster `{name}`");
            Vec::from([Step::new(Effect::InPlace, &change.place, message, "the cluster and its data stay")])
        }
        (Action::Update, Some(before)) => {
            let mut steps = between(before, after);
            if steps.is_empty() {
                let message = format!("cluster `{name}` changes {}", quoted(&change.changed));
                steps.push(Step::new(
                    Effect::InPlace,
                    &change.place,
                    message,
                    "Terraform updates the cluster in place",
                ));
            }
            steps
        }
        (Action::Delete, Some(before)) => {
            let reason = match change.reason.as_deref() {
                Some("delete_because_no_resource_config") => "its block is no longer in the configuration",
                Some("delete_because_no_module") => "its module is no longer in the configuration",
                Some(reason) if reason.starts_with("delete_because") => "its address is no longer in the configuration",
                _ => "the plan destroys it",
            };
            let step = Step::new(Effect::Deletes, &change.place, format!("Terraform deletes cluster `{name}`"), reason);
            Vec::from([step.code("CMK6105").risk(advice::ALL).way(advice::keep_beside_terraform(before))])
        }
        (Action::Replace, Some(before)) => Vec::from([replaced(change, before, after)]),
        // A cluster of another provider, whose body before is not read.
        (Action::Update | Action::Delete | Action::Replace, None) => {
            let (effect, code, what) = match change.action {
                Action::Update => (Effect::Unknown, None, "updates"),
                Action::Delete => (Effect::Deletes, Some("CMK6105"), "deletes"),
                _ => (Effect::Destroys, Some("CMK6103"), "replaces"),
            };
            let message = format!("Terraform {what} cluster `{name}`");
            let mut step = Step::new(effect, &change.place, message, "what it was before is not read from this plan");
            step.code = code;
            if effect != Effect::Unknown {
                step = step.risk(advice::ALL).way(advice::keep_beside_terraform(after));
            }
            Vec::from([step])
        }
    }
}

/// A replacement, by what forces it.
fn replaced(change: &Change, before: &Cluster, after: &Cluster) -> Step {
    let name = after.resource.short_name();
    let service = between(before, after);
    let find = |effect: Effect, code: Option<&str>| {
        service.iter().find(|step| step.effect == effect && (code.is_none() || step.code == code))
    };
    let forced = |words: &[&str]| {
        change.forced_by.iter().any(|path| words.iter().any(|word| path.split('.').next() == Some(word)))
    };
    let asked = change.reason.as_deref().is_some_and(|reason| {
        matches!(reason, "replace_by_request" | "replace_by_triggers" | "replace_because_tainted")
    });
    let destroys = |code, reason: String, way| {
        let message = format!("Terraform destroys cluster `{name}` and makes an empty one");
        Step::new(Effect::Destroys, &change.place, message, reason).code(code).risk(advice::ALL).way(way)
    };
    if let Some(mode) = find(Effect::Impossible, Some("CMK6101")) {
        return destroys("CMK6101", format!("{}: {}", mode.message, mode.reason), advice::other_mode(before, after));
    }
    if let Some(shards) = find(Effect::Impossible, Some("CMK6102")) {
        return destroys("CMK6102", format!("{}: {}", shards.message, shards.reason), advice::other_shards(before));
    }
    if find(Effect::Resend, None).is_some() || (forced(&["customer_managed_key", "identity"]) && !asked) {
        let reason = "key and identity of a cluster are changed in place by the service; the provider azurerm does not \
                      update them, and replaces the cluster";
        return destroys("CMK6104", reason.into(), advice::swap_beside_terraform(before, after));
    }
    let cause = match (change.reason.as_deref(), change.forced_by.as_slice()) {
        (Some("replace_because_tainted"), _) => "the cluster is marked as tainted".into(),
        (Some("replace_by_request"), _) => "it was asked for with `-replace`".into(),
        (Some("replace_by_triggers"), _) => "`replace_triggered_by` asks for it".into(),
        (_, []) => "the plan does not say what forces it".into(),
        (_, paths) => format!("the provider can't change {} in place", quoted(paths)),
    };
    destroys("CMK6103", cause, advice::keep_beside_terraform(before))
}

/// A key, a vault or an identity that goes while a living cluster uses it.
fn taken(change: &Change, cluster: &Cluster) -> Option<Step> {
    let verb = match change.action {
        Action::Delete => "deletes",
        Action::Replace => "replaces",
        Action::Create | Action::Update | Action::Forget => return None,
    };
    let encryption = cluster.encryption.known()?;
    let (vault, key) = encryption.key_url.known().map(names)?;
    let same =
        |one: Option<&Text>, two: Option<Text>| one.zip(two).is_some_and(|(one, two)| one.same(&two) == Some(true));
    let mut pieces = change.id.name().split('/').into_iter();
    let (first, second) = (pieces.next(), pieces.next());
    let name = cluster.resource.short_name();
    let step = |code, what: &str, reason: &str| {
        let message = format!("Terraform {verb} {what} `{}` under cluster `{name}`", change.id.name());
        Step::new(Effect::CutsOff, &change.place, message, reason).code(code).way(advice::make_before_destroy(what))
    };
    if change.id.is("Microsoft.KeyVault/vaults/keys")
        && same(vault.as_ref(), first.clone())
        && same(key.as_ref(), second)
    {
        let reason = "the key that wraps the cluster's data goes; the provider also purges deleted keys unless it is told \
                      not to, and a new key of the same name opens nothing";
        return Some(step("CMK6106", "key", reason).risk(advice::AFTER_PURGE));
    }
    if change.id.is("Microsoft.KeyVault/vaults") && same(vault.as_ref(), first) {
        let reason = "the key that wraps the cluster's data goes with its vault, and so do the grants on it";
        return Some(step("CMK6107", "vault", reason).risk(advice::AFTER_PURGE));
    }
    let identity = encryption.identity.known().and_then(ResourceId::parse)?;
    if identity.same(&change.id) == Some(true) {
        let mut resource = super::super::model::Resource::of(change.id.clone(), change.place.clone());
        resource.address = Some(change.address.clone());
        let mut step = match change.action {
            Action::Replace => remade(&resource),
            _ => step("CMK6108", "identity", "the cluster acts as this identity to reach its key")
                .risk(advice::INACCESSIBLE),
        };
        step.message = format!("Terraform {verb} identity `{}` under cluster `{name}`", change.id.name());
        return Some(step.code("CMK6108"));
    }
    None
}

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing that shows".into() } else { names.join(", ") }
}

/// The clusters that are there before a plan is applied, and what the plan does to them.
pub(in super::super) fn living(deployment: &Deployment) -> Vec<(&Cluster, Vec<Step>)> {
    if deployment.changes.is_empty() {
        return Vec::new();
    }
    let mut living = Vec::new();
    for cluster in deployment.clusters.iter().filter(|cluster| !cluster.resource.existing) {
        let change = change_of(deployment, cluster);
        if change.is_none_or(|change| change.action != Action::Create) {
            living.push((cluster, steps_of(deployment, cluster, change)));
        }
    }
    let gone = deployment.changes.iter().filter(|change| change.action == Action::Delete);
    for change in gone.filter(|change| change.id.is(MONGO_CLUSTERS)) {
        if let Some(cluster) = &change.cluster {
            living.push((cluster, steps_of(deployment, cluster, Some(change))));
        }
    }
    living
}
