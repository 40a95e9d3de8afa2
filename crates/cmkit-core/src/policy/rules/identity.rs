//! The identity of the cluster: its type, its spelling, and whether the cluster may use it.

use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::outcome::{Out, decided};
use super::super::scene::{MONGO_CLUSTERS, Scene, Show, show_cluster, show_identity};
use super::super::text::{Part, ResourceId};
use super::placement::same_region;
use super::{Basis, Rule, say, word};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK4001",
        title: "the cluster has a user-assigned identity",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "the service reaches the key as a user-assigned identity, which exists and is granted before the cluster \
              is made; a system-assigned one is refused with CannotSetResourceIdentity",
        fix: "set `identity.type` to `UserAssigned` and list the identity in `identity.userAssignedIdentities`",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[],
        check: kind,
    },
    Rule {
        code: "CMK4002",
        title: "the identity of the key is spelled `UserAssignedIdentity`",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "the cluster's `identity.type` is `UserAssigned`, the key's `identityType` is `UserAssignedIdentity`; the \
              two are easily swapped",
        fix: "set `identityType` to `UserAssignedIdentity`",
        irreversible: false,
        source: say::CLUSTER_BODY,
        basis: Basis::Documented,
        crosswalk: &[],
        check: spelling,
    },
    Rule {
        code: "CMK4003",
        title: "the identity of the key is given by its resource id",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "the service looks the identity up by its resource id; a client id, an object id or a name is not one",
        fix: "give `/subscriptions/.../providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME`",
        irreversible: false,
        source: say::CLUSTER_BODY,
        basis: Basis::Documented,
        crosswalk: &[],
        check: resource_id,
    },
    Rule {
        code: "CMK4004",
        title: "the identity of the key is assigned to the cluster",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "the cluster can only act as an identity that is in its `identity.userAssignedIdentities`",
        fix: "add the identity to `identity.userAssignedIdentities`",
        irreversible: false,
        source: say::CLUSTER_BODY,
        basis: Basis::Documented,
        crosswalk: &[],
        check: assigned,
    },
    Rule {
        code: "CMK4005",
        title: "the identity may be assigned to clusters",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::IDENTITY,
        why: "an identity with `assignmentRestrictions` serves the listed resource providers only",
        fix: "add `Microsoft.DocumentDB` to `assignmentRestrictions.providers`, or leave the restriction out",
        irreversible: false,
        source: say::IDENTITY_BODY,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: assignable,
    },
    Rule {
        code: "CMK4006",
        title: "a regional identity is in the cluster's region",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::IDENTITY,
        why: "an identity with `isolationScope` `Regional` serves resources of its own region only",
        fix: "leave `isolationScope` out, or make an identity in the cluster's region",
        irreversible: true,
        source: say::IDENTITY_BODY,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: isolated,
    },
];

fn kind(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let expected = "UserAssigned";
        let fact = &chain.cluster.identity_type;
        if let Fact::Absent(place) = fact {
            let message = format!("cluster `{}` has a customer-managed key and no identity", chain.name());
            out.fail(place, message).expected("`identity` of type UserAssigned").actual("left out");
            continue;
        }
        match out.word(fact, &show_cluster(chain.cluster)) {
            Some(kind) if kind.value.eq_ignore_ascii_case(expected) => out.pass(),
            Some(kind) => {
                let message = format!("cluster `{}` has an identity of type `{}`", chain.name(), kind.value);
                out.fail(kind.place, message).expected(expected).seen(&kind);
            }
            None => {}
        }
    }
}

fn spelling(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let fact = &chain.encryption.identity_type;
        if fact.is_absent() {
            continue; // CMK6002's
        }
        match out.word(fact, &show_cluster(chain.cluster)) {
            Some(kind) if kind.value.eq_ignore_ascii_case("UserAssignedIdentity") => out.pass(),
            Some(kind) => {
                let message = format!("`{}` is not a type of identity for a key", kind.value);
                out.fail(kind.place, message).expected("UserAssignedIdentity").seen(&kind);
            }
            None => {}
        }
    }
}

fn resource_id(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let fact = &chain.encryption.identity;
        if fact.is_absent() {
            continue; // CMK6002's
        }
        let Some(id) = out.known(fact, &show_cluster(chain.cluster)) else { continue };
        match chain.identity_id(out) {
            Some(id) if id.is("Microsoft.ManagedIdentity/userAssignedIdentities") => out.pass(),
            None if matches!(id.value.parts(), [Part::Opaque(_)]) => {}
            _ => {
                let message = format!("cluster `{}` names its key's identity by something else", chain.name());
                out.fail(id.place, message)
                    .expected("the resource id of a user-assigned identity")
                    .actual(id.value)
                    .source(fact);
            }
        }
    }
}

fn assigned(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(id) = chain.identity_id(out) else { continue };
        let kind = chain.cluster.identity_type.literal();
        let other = |kind: &str| !kind.to_ascii_lowercase().contains("userassigned");
        if chain.cluster.identity_type.is_absent() || kind.is_some_and(other) {
            continue; // CMK4001's
        }
        let listed: Vec<_> = match &chain.cluster.identities {
            Fact::Absent(_) => Vec::new(),
            fact => match out.known(fact, &show_cluster(chain.cluster)) {
                Some(listed) => listed.value.iter().map(|(text, _)| text).collect(),
                None => continue,
            },
        };
        let same = |text: &&_| ResourceId::parse(text).and_then(|listed| listed.same(id));
        if listed.iter().any(|text| same(text) == Some(true)) {
            out.pass();
        } else if let Some(open) = listed.iter().find(|text| same(text).is_none() && text.as_literal().is_none()) {
            let message = format!("whether `{open}` is identity `{}` is decided at deployment", id.name());
            out.unknown(chain.cluster.identities.place(), message, Some(show_cluster(chain.cluster).into()));
        } else {
            let message = format!("cluster `{}` has not been given its key's identity", chain.name());
            let names: Vec<_> = listed.iter().map(ToString::to_string).collect();
            out.fail(chain.cluster.identities.place(), message)
                .expected(format!("`{}` in the map", id.name()))
                .actual(if names.is_empty() { "no identity".to_string() } else { names.join(", ") })
                .source(&chain.cluster.identities)
                .related(chain.encryption.identity.place(), "the key is used as this identity");
        }
    }
}

fn assignable(scene: &Scene<'_>, out: &mut Out) {
    for identity in scene.identities(out) {
        if identity.allowed_providers.is_absent() {
            out.pass();
            continue;
        }
        let show = Show::Identity(Some(identity.resource.id.name()));
        let Some(providers) = out.known(&identity.allowed_providers, &show) else { continue };
        let allows = |provider: &str| {
            provider.eq_ignore_ascii_case("Microsoft.DocumentDB") || provider.eq_ignore_ascii_case(MONGO_CLUSTERS)
        };
        if providers.value.iter().any(|(text, _)| text.as_literal().is_some_and(allows)) {
            out.pass();
        } else if let Some((open, place)) = providers.value.iter().find(|(text, _)| text.as_literal().is_none()) {
            out.unknown(place, decided(open), Some(show.into()));
        } else {
            let message = format!("identity `{}` may not be assigned to clusters", identity.resource.short_name());
            let listed: Vec<String> = providers.value.iter().map(|(text, _)| text.to_string()).collect();
            out.fail(providers.place, message)
                .expected("Microsoft.DocumentDB in the list")
                .actual(listed.join(", "))
                .source(&identity.allowed_providers);
        }
    }
}

fn isolated(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(identity) = chain.identity(out) else { continue };
        let scope = identity.isolation_scope.or_default(word("None"));
        let Some(scope) = out.word(&scope, &show_identity(chain)) else { continue };
        if !scope.value.eq_ignore_ascii_case("Regional") {
            out.pass();
            continue;
        }
        let Some(here) = out.known(&chain.cluster.resource.location, &show_cluster(chain.cluster)) else { continue };
        let Some(there) = out.known(&identity.resource.location, &show_identity(chain)) else { continue };
        match same_region(here.value, there.value) {
            Some(true) => out.pass(),
            Some(false) => {
                let name = identity.resource.short_name();
                let message = format!("regional identity `{name}` is not in the region of cluster `{}`", chain.name());
                out.fail(scope.place, message)
                    .expected("None, or an identity in the cluster's region")
                    .seen(&scope)
                    .related(there.place, "the identity's region");
            }
            None => {
                let message =
                    format!("whether `{}` and `{}` are one region is decided at deployment", here.value, there.value);
                out.unknown(there.place, message, Some(show_identity(chain).into()));
            }
        }
    }
}
