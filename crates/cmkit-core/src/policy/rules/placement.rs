//! Where things are and in which mode: regions, tenants, API versions, replicas and restores.

use super::super::finding::{Consequence, Level};
use super::super::model::{Cluster, Fact, Resource};
use super::super::outcome::Out;
use super::super::scene::{Chain, Scene, show_cluster, show_identity, show_vault};
use super::super::text::{ResourceId, Text};
use super::super::time::Timestamp;
use super::{Rule, say};
use alloc::format;
use alloc::string::String;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK6001",
        title: "the cluster is encrypted under a customer-managed key",
        level: Level::Note,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::CLUSTER,
        why: "data is always encrypted; without a key of yours the service manages its own. The mode is chosen once: \
              later it takes a replica or a restored copy to change it",
        fix: "if the data should be under your own key, add `encryption` before the cluster is made",
        irreversible: true,
        source: say::HOW_TO,
        check: mode,
    },
    Rule {
        code: "CMK6002",
        title: "the encryption block is complete",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "key and identity go together: the service needs all of them, also to change one",
        fix: "give `keyEncryptionKeyUrl` and `keyEncryptionKeyIdentity` with `identityType` and \
              `userAssignedIdentityResourceId`",
        irreversible: false,
        source: say::HOW_TO,
        check: complete,
    },
    Rule {
        code: "CMK6003",
        title: "the apiVersion knows customer-managed keys",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "versions before 2025-07-01-preview know neither `encryption` nor `identity`; a block that is dropped \
              leaves a cluster with service-managed keys, for good",
        fix: "use apiVersion `2025-09-01` or newer",
        irreversible: false,
        source: say::CLUSTER_BODY,
        check: api_version,
    },
    Rule {
        code: "CMK6004",
        title: "the apiVersion is a stable one",
        level: Level::Warning,
        consequence: Consequence::Hygiene,
        time_to_impact: "when the preview is retired",
        evidence: say::CLUSTER,
        why: "previews come and go; in 2025-07-01-preview the encryption of a cluster can't even be updated",
        fix: "use apiVersion `2025-09-01` or newer",
        irreversible: false,
        source: say::CLUSTER_BODY,
        check: preview,
    },
    Rule {
        code: "CMK6005",
        title: "cluster and vault are in the same region",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the regions of cluster and vault",
        why: "the service takes a vault in the cluster's own region only",
        fix: "make a vault in the cluster's region, with a key of its own",
        irreversible: true,
        source: say::LIMITS,
        check: vault_region,
    },
    Rule {
        code: "CMK6006",
        title: "cluster and identity are in the same region",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the regions of cluster and identity",
        why: "the service takes an identity in the cluster's own region only",
        fix: "make an identity in the cluster's region, and grant it the key",
        irreversible: true,
        source: say::LIMITS,
        check: identity_region,
    },
    Rule {
        code: "CMK6007",
        title: "vault and identity are in the same tenant",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the tenant ids of vault and deployment",
        why: "cluster, identity and vault have to share one Microsoft Entra tenant: the vault trusts tokens of its own \
              tenant only",
        fix: "set the vault's `tenantId` to `[subscription().tenantId]`",
        irreversible: false,
        source: say::LIMITS,
        check: tenant,
    },
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
        check: restore,
    },
];

fn mode(scene: &Scene<'_>, out: &mut Out) {
    for cluster in scene.deployment.clusters.iter().filter(|cluster| !cluster.resource.existing) {
        match &cluster.encryption {
            Fact::Absent(place) => {
                let name = cluster.resource.short_name();
                let message = format!("cluster `{name}` is encrypted under a service-managed key");
                out.fail(place, message).expected("`encryption`, if the key should be yours").actual("left out");
            }
            encryption => {
                if out.known(encryption, &show_cluster(cluster)).is_some() {
                    out.pass();
                }
            }
        }
    }
}

fn complete(scene: &Scene<'_>, out: &mut Out) {
    for chain in &scene.chains {
        let parts = [
            (&chain.encryption.key_url, "keyEncryptionKeyUrl"),
            (&chain.encryption.identity_type, "identityType"),
            (&chain.encryption.identity, "userAssignedIdentityResourceId"),
        ];
        for (fact, name) in parts {
            match fact {
                Fact::Absent(place) => {
                    let message = format!("the encryption of cluster `{}` has no `{name}`", chain.name());
                    out.fail(place, message).expected(format!("`{name}`")).actual("left out");
                }
                fact => {
                    if out.known(fact, &show_cluster(chain.cluster)).is_some() {
                        out.pass();
                    }
                }
            }
        }
    }
}

fn api_version(scene: &Scene<'_>, out: &mut Out) {
    for chain in &scene.chains {
        let resource = &chain.cluster.resource;
        if resource.api_version.is_absent() {
            continue; // a resource by itself, not a template
        }
        match out.word(&resource.api_version, &show_cluster(chain.cluster)) {
            Some(version) if version.value >= "2025-07-01" => out.pass(),
            Some(version) => {
                let message = format!("this apiVersion of cluster `{}` knows no customer-managed keys", chain.name());
                out.fail(version.place, message).expected("2025-09-01 or newer").actual(version.shown());
            }
            None => {}
        }
    }
}

fn preview(scene: &Scene<'_>, out: &mut Out) {
    for chain in &scene.chains {
        let api_version = &chain.cluster.resource.api_version;
        match api_version.literal() {
            Some(version) if version >= "2025-07-01" && version.ends_with("-preview") => {
                let message = format!("cluster `{}` is written for a preview", chain.name());
                out.fail(api_version.place(), message).expected("2025-09-01 or newer").actual(version);
            }
            Some(version) if version >= "2025-07-01" => out.pass(),
            _ => {}
        }
    }
}

/// A region as ARM compares them: `East US 2` is `eastus2`.
pub(super) fn normal(location: &str) -> String {
    location.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
}

fn same_region(one: &Text, two: &Text) -> Option<bool> {
    match (one.as_literal(), two.as_literal()) {
        (Some(one), Some(two)) => Some(normal(one) == normal(two)),
        _ => one.same(two),
    }
}

/// Compares a cluster's region with that of something it uses.
fn region(chain: &Chain<'_>, other: &Resource, what: &str, command: &str, out: &mut Out) {
    let cluster = &chain.cluster.resource;
    let Some(here) = out.known(&cluster.location, &show_cluster(chain.cluster)) else { return };
    let Some(there) = out.known(&other.location, command) else { return };
    match same_region(here.value, there.value) {
        Some(true) => out.pass(),
        Some(false) => {
            let message = format!("{what} `{}` is not in the region of cluster `{}`", other.short_name(), chain.name());
            out.fail(there.place, message)
                .expected(here.shown())
                .actual(there.shown())
                .related(here.place, "the cluster's region");
        }
        None => {
            let message =
                format!("whether `{}` and `{}` are one region is decided at deployment", here.value, there.value);
            out.unknown(there.place, message, Some(command.into()));
        }
    }
}

fn vault_region(scene: &Scene<'_>, out: &mut Out) {
    for chain in &scene.chains {
        match chain.vault {
            _ if shared_vault(scene, chain).is_some() => {} // CMK6009's
            None => chain.vault_missing(out),
            Some(vault) => region(chain, &vault.resource, "vault", &show_vault(vault), out),
        }
    }
}

fn identity_region(scene: &Scene<'_>, out: &mut Out) {
    for chain in &scene.chains {
        if let Some(identity) = chain.identity {
            region(chain, &identity.resource, "identity", &show_identity(chain), out);
        } else if let Some(id) = &chain.identity_id {
            let message = format!("identity `{}` is not in these files", id.name());
            out.unknown(chain.encryption.identity.place(), message, Some(show_identity(chain)));
        }
    }
}

fn tenant(scene: &Scene<'_>, out: &mut Out) {
    for chain in &scene.chains {
        let Some(vault) = chain.vault else {
            chain.vault_missing(out);
            continue;
        };
        let Some(there) = out.known(&vault.tenant, &show_vault(vault)) else { continue };
        let own = Text::opaque("tenant().tenantId");
        let here = chain.identity.and_then(|identity| identity.tenant.known()).unwrap_or(&own);
        match there.value.same(here) {
            Some(true) => out.pass(),
            Some(false) => {
                let message = format!("vault `{}` is in another tenant", vault.resource.short_name());
                out.fail(there.place, message).expected(here).actual(there.shown());
            }
            None => {
                let message = format!("whether `{}` is the tenant of this deployment is not in the files", there.value);
                out.unknown(there.place, message, Some("az account show --query tenantId".into()));
            }
        }
    }
}

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
fn shared_vault<'s, 'a>(scene: &'s Scene<'a>, chain: &Chain<'a>) -> Option<&'s Chain<'a>> {
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
