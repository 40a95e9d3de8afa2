//! What a Terraform plan does to clusters that hold data. Without a before there is nothing to say.

use super::super::change::{Effect, Step, living};
use super::super::finding::{Consequence, Level};
use super::super::outcome::Out;
use super::super::scene::Scene;
use super::{Basis, Rule, say};

const PLAN: &str = "the plan, as `terraform show -json` writes it";

const fn destroys(
    code: &'static str,
    title: &'static str,
    why: &'static str,
    fix: &'static str,
    source: &'static str,
    check: fn(&Scene<'_>, &mut Out),
) -> Rule {
    Rule {
        code,
        title,
        level: Level::Error,
        consequence: Consequence::DestroysCluster,
        time_to_impact: "when the plan is applied",
        evidence: PLAN,
        why,
        fix,
        irreversible: false,
        source,
        basis: Basis::Documented,
        crosswalk: &[],
        check,
    }
}

pub(super) const RULES: &[Rule] = &[
    destroys(
        "CMK6101",
        "a cluster keeps its mode",
        "the mode, service-managed or customer-managed, is chosen when a cluster is made; Terraform gets to the other one \
         by destroying the cluster with its data",
        "leave the cluster as it is, and make a replica or a restored copy in the other mode",
        say::LIMITS,
        mode,
    ),
    destroys(
        "CMK6102",
        "a cluster under a customer-managed key keeps its number of shards",
        "no shard can be added to a cluster under a customer-managed key; Terraform gets there by destroying the cluster \
         with its data",
        "make a new cluster with all the shards that it will need, and copy the data",
        say::LIMITS,
        shards,
    ),
    destroys(
        "CMK6103",
        "nothing replaces a cluster that is there",
        "a replacement deletes the cluster with its data and makes an empty one",
        "keep what forces the replacement as it was, and set `prevent_destroy` in the cluster's `lifecycle`",
        say::HOW_TO,
        replacement,
    ),
    destroys(
        "CMK6104",
        "key and identity of a cluster change in place",
        "the service changes them on the living cluster; the provider azurerm replaces the cluster, and its data is gone",
        "set `ignore_changes` for the key in the cluster's `lifecycle`, change the key with `az rest --method patch`, sending \
         all encryption parameters, then run `terraform apply -refresh-only`",
        say::HOW_TO,
        swap,
    ),
    destroys(
        "CMK6105",
        "no cluster is deleted",
        "the data goes with the cluster; its backups end 7 days later",
        "set `prevent_destroy` in the cluster's `lifecycle`; to part from Terraform only, use a `removed` block with \
         `destroy = false`",
        "https://learn.microsoft.com/azure/documentdb/how-to-restore-cluster",
        deletion,
    ),
    Rule {
        consequence: Consequence::DataLoss,
        ..destroys(
            "CMK6106",
            "no key goes from under a cluster",
            "without its key the data of a living cluster can't be read; once the key is purged, never again",
            "make the new key beside the old one, change the cluster to it in place, and delete the old one last",
            say::SOFT_DELETE,
            key,
        )
    },
    Rule {
        consequence: Consequence::DataLoss,
        ..destroys(
            "CMK6107",
            "no vault goes from under a cluster",
            "the key goes with its vault, and recovering a vault does not bring its role assignments back",
            "make the new vault and key beside the old ones, change the cluster to them in place, and delete the old ones last",
            say::SOFT_DELETE,
            vault,
        )
    },
    Rule {
        consequence: Consequence::Outage,
        ..destroys(
            "CMK6108",
            "no identity goes from under a cluster",
            "an identity that is made anew under the same name has another principal id, which no grant names",
            "make the new identity beside the old one, grant it the key, and change the cluster to it in place",
            say::TROUBLE,
            identity,
        )
    },
];

/// The clusters that are there before, and whether the plan does to one of them what a rule forbids.
fn look(scene: &Scene<'_>, out: &mut Out, code: &str, expected: &str) {
    for (_, steps) in living(scene.deployment) {
        let mut good = true;
        for step in steps.iter().filter(|step| step.code == Some(code)) {
            let Step { effect, place: Some(place), message, reason, safe_way, .. } = step else { continue };
            good = false;
            if *effect == Effect::Unknown {
                out.unknown(place, alloc::format!("{message}: {reason}"), None);
                continue;
            }
            let draft = out.fail(place, alloc::format!("{message}: {reason}")).expected(expected);
            if let Some(first) = safe_way.first() {
                draft.fix(first.as_str());
            }
        }
        if good {
            out.pass();
        }
    }
}

fn mode(scene: &Scene<'_>, out: &mut Out) {
    look(scene, out, "CMK6101", "the mode that the cluster was made with");
}

fn shards(scene: &Scene<'_>, out: &mut Out) {
    look(scene, out, "CMK6102", "the number of shards that the cluster was made with");
}

fn replacement(scene: &Scene<'_>, out: &mut Out) {
    look(scene, out, "CMK6103", "an update in place, or no change");
}

fn swap(scene: &Scene<'_>, out: &mut Out) {
    look(scene, out, "CMK6104", "an update in place");
}

fn deletion(scene: &Scene<'_>, out: &mut Out) {
    look(scene, out, "CMK6105", "the cluster in the configuration");
}

fn key(scene: &Scene<'_>, out: &mut Out) {
    look(scene, out, "CMK6106", "the key as long as a cluster is under it");
}

fn vault(scene: &Scene<'_>, out: &mut Out) {
    look(scene, out, "CMK6107", "the vault as long as a cluster is under it");
}

fn identity(scene: &Scene<'_>, out: &mut Out) {
    look(scene, out, "CMK6108", "the identity as long as a cluster acts as it");
}
