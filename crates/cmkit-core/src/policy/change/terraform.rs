//! A Terraform plan: what it does to each cluster, against what the service would do.

use super::super::Options;
use super::super::model::{Action, Change, Cluster, Deployment};
use super::super::scene::MONGO_CLUSTERS;
use super::super::text::{ResourceId, Text};
use super::super::time::Timestamp;
use super::compare::{between, cluster_plan, made, names};
use super::{Alone, ClusterPlan, Effect, Step, advice};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What happens to each cluster.
pub(super) fn clusters(deployment: &Deployment, at: Timestamp, options: &Options) -> Vec<ClusterPlan> {
    let index = Index::new(deployment);
    let mut alone = Alone::new(deployment, at, options);
    let beneath = deployment
        .changes
        .iter()
        .any(|change| !matches!(change.action, Action::Create | Action::Keep) && is_beneath(&change.id));
    let mut plans = Vec::new();
    for cluster in deployment.clusters.iter().filter(|cluster| !cluster.resource.existing) {
        let change = index.of(cluster);
        let mut steps = match change {
            Some(change) if change.action == Action::Create => Vec::from([made(cluster)]),
            change => index.steps(cluster, change),
        };
        // Access that a change beneath the cluster takes away. What was wrong before shows in a check.
        let lives = change.is_none_or(|change| matches!(change.action, Action::Update | Action::Keep));
        if lives && beneath && cluster.encryption.known().is_some() {
            steps.extend(alone.broken(cluster));
        }
        plans.push(cluster_plan(cluster, located(steps, deployment)));
    }
    // What is deleted is not in the planned values.
    for change in &deployment.changes {
        let Some(cluster) = &change.cluster else { continue };
        if change.action == Action::Delete || change.action == Action::Forget {
            plans.push(cluster_plan(cluster, located(index.steps(cluster, Some(change)), deployment)));
        }
    }
    plans
}

fn located(steps: Vec<Step>, deployment: &Deployment) -> Vec<Step> {
    steps.into_iter().map(|step| step.located(deployment)).collect()
}

/// The changes of a deployment, found by address.
struct Index<'a> {
    by_address: BTreeMap<(usize, &'a str), &'a Change>,
    /// What goes, of the things that clusters stand on.
    going: Vec<&'a Change>,
}

impl<'a> Index<'a> {
    fn new(deployment: &'a Deployment) -> Self {
        let changes = deployment.changes.iter();
        let goes =
            |change: &&Change| matches!(change.action, Action::Delete | Action::Replace) && is_beneath(&change.id);
        Self {
            by_address: changes.clone().map(|change| ((change.place.file, change.address.as_str()), change)).collect(),
            going: changes.filter(goes).collect(),
        }
    }

    /// What the plan does to a cluster.
    fn of(&self, cluster: &Cluster) -> Option<&'a Change> {
        let address = cluster.resource.address.as_deref()?;
        self.by_address.get(&(cluster.resource.place.file, address)).copied()
    }

    /// The steps for a cluster that is there before: its own change, and what is taken from under it.
    fn steps(&self, after: &Cluster, change: Option<&Change>) -> Vec<Step> {
        let before = change.and_then(|change| change.cluster.as_deref());
        let mut steps: Vec<_> = change.into_iter().flat_map(|change| own(change, before, after)).collect();
        if change.is_none_or(|change| matches!(change.action, Action::Update | Action::Keep)) {
            steps.extend(self.going.iter().filter_map(|change| taken(change, before.unwrap_or(after))));
        }
        steps
    }
}

fn is_beneath(id: &ResourceId) -> bool {
    id.kind().starts_with("microsoft.keyvault/vaults")
        || id.is(IDENTITIES)
        || id.is("Microsoft.Authorization/roleAssignments")
}

fn own(change: &Change, before: Option<&Cluster>, after: &Cluster) -> Vec<Step> {
    let name = after.resource.short_name();
    match (change.action, before) {
        (Action::Create | Action::Keep, _) => Vec::new(),
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
        (Action::Replace, Some(before)) => {
            let open = between(before, after).into_iter().filter(|step| step.effect == Effect::Unknown);
            [replaced(change, before, after)].into_iter().chain(open).collect()
        }
        // Without a before there is no such action in a plan.
        (Action::Update | Action::Delete | Action::Replace, None) => {
            let message = format!("what cluster `{name}` was before is not in the plan");
            Vec::from([Step::new(Effect::Unknown, &change.place, message, "the plan leaves it out").code("CMK6101")])
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
    let verb = if change.action == Action::Replace { "replaces" } else { "deletes" };
    let encryption = cluster.encryption.known()?;
    let (code, what, uses) = if change.id.is(IDENTITIES) {
        let identity = encryption.identity.known().and_then(ResourceId::parse);
        ("CMK6108", "identity", identity.and_then(|identity| identity.same(&change.id)))
    } else if change.id.is(KEYS) || change.id.is(VAULTS) {
        let (vault, key) = encryption.key_url.known().map(names).unwrap_or_default();
        let mut pieces = change.id.name().split('/').into_iter();
        let mut same = |one: Option<Text>| one?.same(&pieces.next()?);
        match (change.id.is(VAULTS), same(vault)) {
            (true, same) => ("CMK6107", "vault", same),
            (false, Some(false)) => return None,
            (false, in_vault) => {
                let same = same(key);
                ("CMK6106", "key", if same == Some(false) { same } else { in_vault.and(same) })
            }
        }
    } else {
        return None;
    };
    let (goes, name) = (change.id.name(), cluster.resource.short_name());
    match uses {
        Some(false) => None,
        None => {
            let message =
                format!("Terraform {verb} {what} `{goes}`; whether cluster `{name}` is under it is not in the plan");
            Some(Step::new(Effect::Unknown, &change.place, message, "one of the two is known after apply").code(code))
        }
        Some(true) => {
            let message = format!("Terraform {verb} {what} `{goes}` under cluster `{name}`");
            let (reason, risk) = match what {
                "key" => (
                    "the key that wraps the cluster's data goes; the provider also purges deleted keys unless it is told \
                     not to, and a new key of the same name opens nothing",
                    advice::AFTER_PURGE,
                ),
                "vault" => (
                    "the key that wraps the cluster's data goes with its vault, and so do the grants on it",
                    advice::AFTER_PURGE,
                ),
                _ => (
                    "the cluster acts as this identity to reach its key; a new one of the same name has another principal \
                     id, which no grant names",
                    advice::INACCESSIBLE,
                ),
            };
            let step = Step::new(Effect::CutsOff, &change.place, message, reason).code(code).risk(risk);
            Some(step.way(advice::make_before_destroy(what)))
        }
    }
}

const IDENTITIES: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
const KEYS: &str = "Microsoft.KeyVault/vaults/keys";
const VAULTS: &str = "Microsoft.KeyVault/vaults";

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing that shows".into() } else { names.join(", ") }
}

/// The clusters that are there before a plan is applied, and what the plan does to them.
pub(in super::super) fn living(deployment: &Deployment) -> Vec<(&Cluster, Vec<Step>)> {
    if deployment.changes.is_empty() {
        return Vec::new();
    }
    let index = Index::new(deployment);
    let mut living = Vec::new();
    for cluster in deployment.clusters.iter().filter(|cluster| !cluster.resource.existing) {
        let change = index.of(cluster);
        if change.is_none_or(|change| change.action != Action::Create) {
            living.push((cluster, index.steps(cluster, change)));
        }
    }
    let gone = deployment.changes.iter().filter(|change| change.action == Action::Delete);
    for change in gone.filter(|change| change.id.is(MONGO_CLUSTERS)) {
        if let Some(cluster) = &change.cluster {
            living.push((cluster, index.steps(cluster, Some(change))));
        }
    }
    living
}
