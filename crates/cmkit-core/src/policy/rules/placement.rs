//! Where things are and in which mode: regions, tenants and API versions.

use super::super::fact::{Dialect, Fact};
use super::super::finding::{Consequence, Level};
use super::super::model::Resource;
use super::super::outcome::{Out, Seen};
use super::super::scene::{Chain, Scene, Show, show_cluster, show_identity, show_vault};
use super::super::text::Text;
use super::{Basis, Rule, say, weaker};
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
        basis: Basis::Documented,
        crosswalk: &[
            weaker("Checkov", "CKV_AZURE_100"),
            weaker("Azure Policy", "1f905d99-2ab7-462c-a6b0-f709acca6c8f"),
        ],
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
        basis: Basis::Documented,
        crosswalk: &[],
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
        basis: Basis::Documented,
        crosswalk: &[],
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
        basis: Basis::Practice,
        crosswalk: &[],
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
        basis: Basis::Documented,
        crosswalk: &[],
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
        basis: Basis::Documented,
        crosswalk: &[],
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
        basis: Basis::Documented,
        crosswalk: &[],
        check: tenant,
    },
];

fn mode(scene: &Scene<'_>, out: &mut Out) {
    for cluster in scene.deployment.clusters.iter().filter(|cluster| !cluster.resource.existing) {
        match &cluster.encryption {
            Fact::Absent(place) => {
                let name = cluster.resource.short_name();
                let message = format!("cluster `{name}` is encrypted under a service-managed key");
                out.fail(place, message)
                    .expected("`encryption`, if the key should be yours")
                    .actual("left out")
                    .by_default();
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
    for chain in scene.chains(out) {
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

/// The apiVersion of a cluster. A resource by itself has none, nor has what other tools write.
fn version<'c>(scene: &Scene<'_>, chain: &Chain<'c>, out: &mut Out) -> Option<Seen<'c, str>> {
    let resource = &chain.cluster.resource;
    let dialect = scene.deployment.files.get(resource.place.file).map(|file| file.dialect).unwrap_or_default();
    let told = dialect == Dialect::Arm && !resource.place.pointer.is_empty();
    if resource.api_version.is_absent() && !told {
        return None;
    }
    out.word(&resource.api_version, &show_cluster(chain.cluster))
}

fn api_version(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        match version(scene, chain, out) {
            Some(version) if version.value >= "2025-07-01" => out.pass(),
            Some(version) => {
                let message = format!("this apiVersion of cluster `{}` knows no customer-managed keys", chain.name());
                out.fail(version.place, message).expected("2025-09-01 or newer").seen(&version);
            }
            None => {}
        }
    }
}

fn preview(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        match version(scene, chain, out) {
            Some(version) if version.value < "2025-07-01" => {} // CMK6003's
            Some(version) if version.value.ends_with("-preview") => {
                let message = format!("cluster `{}` is written for a preview", chain.name());
                out.fail(version.place, message).expected("2025-09-01 or newer").seen(&version);
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}

/// A region as ARM compares them: `East US 2` is `eastus2`.
pub(super) fn normal(location: &str) -> String {
    location.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
}

pub(super) fn same_region(one: &Text, two: &Text) -> Option<bool> {
    match (one.as_literal(), two.as_literal()) {
        (Some(one), Some(two)) => Some(normal(one) == normal(two)),
        _ => one.same(two),
    }
}

/// Compares a cluster's region with that of something it uses.
fn region(chain: &Chain<'_>, other: &Resource, what: &str, command: Show<'_>, out: &mut Out) {
    let cluster = &chain.cluster.resource;
    let Some(here) = out.known(&cluster.location, &show_cluster(chain.cluster)) else { return };
    let Some(there) = out.known(&other.location, &command) else { return };
    match same_region(here.value, there.value) {
        Some(true) => out.pass(),
        Some(false) => {
            let message = format!("{what} `{}` is not in the region of cluster `{}`", other.short_name(), chain.name());
            out.fail(there.place, message)
                .expected(here.shown())
                .seen(&there)
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
    for chain in scene.chains(out) {
        if let Some(vault) = chain.vault(out) {
            region(chain, &vault.resource, "vault", show_vault(vault), out);
        }
    }
}

fn identity_region(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        if let Some(identity) = chain.identity(out) {
            region(chain, &identity.resource, "identity", show_identity(chain), out);
        }
    }
}

fn tenant(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(vault) = chain.vault(out) else { continue };
        let Some(there) = out.known(&vault.tenant, &show_vault(vault)) else { continue };
        let own = Text::opaque("tenant().tenantId");
        let here = chain.identity.and_then(|identity| identity.tenant.known()).unwrap_or(&own);
        match there.value.same(here) {
            Some(true) => out.pass(),
            Some(false) => {
                let message = format!("vault `{}` is in another tenant", vault.resource.short_name());
                out.fail(there.place, message).expected(here).seen(&there);
            }
            None => {
                let message = format!("whether `{}` is the tenant of this deployment is not in the files", there.value);
                out.unknown(there.place, message, Some("az account show --query tenantId".into()));
            }
        }
    }
}
