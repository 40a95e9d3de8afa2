//! The key URL of the cluster. People paste all sorts of things there.

use super::super::finding::{Consequence, Level};
use super::super::outcome::Out;
use super::super::scene::{Chain, Scene, show_cluster};
use super::super::text::Text;
use super::{Basis, Rule, say};
use crate::key::{Cloud, KeyUriProblem, Service};
use alloc::format;
use alloc::string::{String, ToString};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK3001",
        title: "the key URL has no version",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "the service follows the newest version of the key by itself, and takes only URLs without one",
        fix: "drop the version from `keyEncryptionKeyUrl`; in a template use `keyUri`, not `keyUriWithVersion`",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[],
        check: versionless,
    },
    Rule {
        code: "CMK3002",
        title: "the key URL names a key",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "secrets and certificates have URLs of the same form, and can't wrap",
        fix: "use the URL of a key: `https://VAULT.vault.azure.net/keys/NAME`",
        irreversible: false,
        source: say::OBJECTS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: collection,
    },
    Rule {
        code: "CMK3003",
        title: "the key URL is not an ARM resource id",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "the service calls the key by its address in the vault, not by its resource id",
        fix: "use the URL of the key: `https://VAULT.vault.azure.net/keys/NAME`",
        irreversible: false,
        source: say::HOW_TO,
        basis: Basis::Documented,
        crosswalk: &[],
        check: resource_id,
    },
    Rule {
        code: "CMK3004",
        title: "the key URL is a complete key identifier",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "a key identifier is https, the vault's host, `keys` and the key's name, and nothing else",
        fix: "use the URL of the key: `https://VAULT.vault.azure.net/keys/NAME`",
        irreversible: false,
        source: say::OBJECTS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: complete,
    },
    Rule {
        code: "CMK3005",
        title: "the host of the key URL is a vault",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "a vault answers at its own host under the suffix of its cloud, and nowhere else",
        fix: "use the vault's own host: `VAULT.vault.azure.net`",
        irreversible: false,
        source: say::OBJECTS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: host,
    },
    Rule {
        code: "CMK3006",
        title: "the key is in Key Vault, not in a managed HSM",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "the service documents keys in Azure Key Vault only; managed HSMs have their own roles and firewall",
        fix: "keep the key in a vault, of SKU premium if it has to be protected by an HSM",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[],
        check: managed_hsm,
    },
    Rule {
        code: "CMK3007",
        title: "the key URL is written in its plain form",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "Key Vault itself tolerates a port 443 and a slash at the end; whether the service does is not documented",
        fix: "write the plain form",
        irreversible: false,
        source: say::OBJECTS,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: plain,
    },
    Rule {
        code: "CMK3008",
        title: "vault and cluster are in the same cloud",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "sovereign clouds share neither identities nor networks with the public one",
        fix: "use a vault of the cluster's own cloud",
        irreversible: false,
        source: say::OBJECTS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: cloud,
    },
];

fn versionless(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(url) = chain.url(out) else { continue };
        let address = &chain.address;
        if address.versioned {
            let plain = match (&address.uri, &address.vault, &address.key) {
                (Some(uri), ..) => uri.versionless().to_string(),
                (None, Some(vault), Some(key)) => format!("https://{vault}.vault.azure.net/keys/{key}"),
                _ => "the URL without its last part".to_string(),
            };
            out.fail(chain.url_place(), format!("the key URL of cluster `{}` names one version", chain.name()))
                .expected(plain)
                .actual(url)
                .source(&chain.encryption.key_url);
        } else if address.uri.is_some() || address.key.is_some() {
            out.pass();
        } else if address.fault.is_none() {
            open(chain, url, out);
        }
    }
}

/// The key URL is decided at deployment.
fn open(chain: &Chain<'_>, url: &Text, out: &mut Out) {
    let message = format!("the key URL is decided at deployment: `{url}`");
    out.unknown(chain.url_place(), message, Some(show_cluster(chain.cluster).into()));
}

/// Whether a template's own `resourceId(...)` stands where the URL should, though it is not literally known.
fn is_resource_id(url: &Text) -> bool {
    url.as_literal().is_none() && url.split('/').iter().any(|piece| piece.as_literal() == Some("providers"))
}

/// A rule on one kind of fault of the key URL.
fn faults(scene: &Scene<'_>, out: &mut Out, mine: fn(KeyUriProblem) -> bool) {
    for chain in scene.chains(out) {
        let Some(url) = chain.url(out) else { continue };
        match &chain.address.fault {
            Some(fault) if mine(fault.problem) => {
                let actual: String = url.to_string().chars().take(200).collect();
                out.fail(chain.url_place(), format!("the key URL of cluster `{}`: {}", chain.name(), fault.message))
                    .expected("https://VAULT.vault.azure.net/keys/NAME")
                    .actual(actual)
                    .source(&chain.encryption.key_url)
                    .fix(fault.mend.as_str());
            }
            Some(_) => {} // another rule's
            None if chain.address.sound => out.pass(),
            None if is_resource_id(url) => {} // CMK3003's
            None => open(chain, url, out),
        }
    }
}

fn collection(scene: &Scene<'_>, out: &mut Out) {
    faults(scene, out, |problem| problem == KeyUriProblem::Collection);
}

fn resource_id(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(url) = chain.url(out).filter(|url| is_resource_id(url)) else { continue };
        out.fail(chain.url_place(), format!("the key URL of cluster `{}` is an ARM resource id", chain.name()))
            .expected("https://VAULT.vault.azure.net/keys/NAME")
            .actual(url)
            .source(&chain.encryption.key_url)
            .fix("use `reference(...).keyUri` of the key");
    }
    faults(scene, out, |problem| problem == KeyUriProblem::ResourceId);
}

fn complete(scene: &Scene<'_>, out: &mut Out) {
    faults(scene, out, |problem| {
        use KeyUriProblem::{Collection, Host, ResourceId};
        !matches!(problem, Collection | Host | ResourceId)
    });
}

fn host(scene: &Scene<'_>, out: &mut Out) {
    faults(scene, out, |problem| problem == KeyUriProblem::Host);
}

fn managed_hsm(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(url) = chain.url(out) else { continue };
        match chain.address.service {
            Some(Service::ManagedHsm(_)) => {
                let host = url.split('/').get(2).map(ToString::to_string).unwrap_or_default();
                out.fail(chain.url_place(), format!("the key of cluster `{}` is in a managed HSM", chain.name()))
                    .expected("a key in Azure Key Vault")
                    .actual(host)
                    .source(&chain.encryption.key_url);
            }
            Some(Service::KeyVault(_)) => out.pass(),
            Some(Service::Custom) => {}
            None if chain.address.fault.is_some() || is_resource_id(url) => {} // another rule's
            None => open(chain, url, out),
        }
    }
}

fn plain(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(url) = chain.url(out) else { continue };
        match (&chain.address.uri, url.as_literal()) {
            (Some(uri), Some(url)) if uri.to_string().eq_ignore_ascii_case(url) => out.pass(),
            (Some(uri), Some(url)) => {
                let message = format!("the key URL of cluster `{}` has more than it takes", chain.name());
                let plain = uri.versionless();
                out.fail(chain.url_place(), message)
                    .expected(&plain)
                    .actual(url)
                    .source(&chain.encryption.key_url)
                    .fix(format!("write `{plain}`"));
            }
            _ if chain.address.fault.is_some() || is_resource_id(url) => {} // another rule's
            _ if chain.address.sound && !url.to_string().contains(":443") && !url.to_string().ends_with('/') => {
                out.pass();
            }
            _ => open(chain, url, out),
        }
    }
}

fn cloud(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(url) = chain.url(out) else { continue };
        if chain.address.fault.is_some() || is_resource_id(url) {
            continue; // another rule's
        }
        let location = &chain.cluster.resource.location;
        if let (Some(Service::KeyVault(vault) | Service::ManagedHsm(vault)), Some(known)) =
            (chain.address.service, location.literal())
        {
            let cluster = cloud_of(&super::placement::normal(known));
            if cluster == vault {
                out.pass();
            } else {
                let message = format!("cluster `{}` is in another cloud than its vault", chain.name());
                out.fail(chain.url_place(), message)
                    .expected(format!("a vault in {}", cloud_name(cluster)))
                    .actual(format!("{url}, in {}", cloud_name(vault)))
                    .source(&chain.encryption.key_url)
                    .related(location.place(), "the cluster's region");
            }
            continue;
        }
        // One region is in one cloud, whichever it is.
        let there = chain.vault.and_then(|vault| vault.resource.location.known());
        let near = location.known().zip(there).and_then(|(here, there)| super::placement::same_region(here, there));
        if near == Some(true) {
            out.pass();
        } else if chain.address.service.is_none() {
            open(chain, url, out);
        } else {
            out.word(location, &show_cluster(chain.cluster));
        }
    }
}

/// Clouds name their regions apart from each other.
fn cloud_of(location: &str) -> Cloud {
    match location {
        "germanycentral" | "germanynortheast" => Cloud::Germany,
        _ if location.starts_with("china") => Cloud::China,
        _ if location.starts_with("usgov") || location.starts_with("usdod") => Cloud::UsGovernment,
        _ => Cloud::Public,
    }
}

fn cloud_name(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Public => "the public cloud",
        Cloud::China => "Azure China",
        Cloud::UsGovernment => "Azure US Government",
        Cloud::Germany => "Azure Germany",
    }
}
