//! How soundly access is arranged: what works today, or now and then, or more widely than it has to.

use super::super::access::{Access, added, missing, model_open, policies, role_of};
use super::super::fact::{Dialect, Fact, Origin};
use super::super::finding::{Consequence, Level};
use super::super::model::Vault;
use super::super::outcome::Out;
use super::super::scene::{Scene, show_identity, show_vault};
use super::super::text::{Part, Text};
use super::grants::{By, RIGHT_ROLE, each, fatal, list_grants};
use super::{Basis, Rule, say, weaker, word};
use alloc::format;

pub(super) const RULES: &[Rule] = &[
    Rule {
        level: Level::Warning,
        consequence: Consequence::Hygiene,
        ..fatal(
            "CMK4107",
            "the access policy allows list",
            say::AT_REST,
            "`list` is one of the four permissions that the documentation asks for",
            "add `list` to the key permissions of the identity",
            list_permission,
        )
    },
    fatal(
        "CMK4108",
        "the access policy is of the vault's tenant",
        say::VAULT_BODY,
        "a policy of another tenant than the vault's matches no token",
        "set the policy's `tenantId` to that of the vault",
        policy_tenant,
    ),
    Rule {
        level: Level::Warning,
        basis: Basis::Inferred,
        ..fatal(
            "CMK4109",
            "the access policy is for the identity alone",
            say::VAULT_BODY,
            "a policy with an `applicationId` counts for that application on behalf of the identity, not for the \
             identity itself",
            "leave `applicationId` out",
            application,
        )
    },
    Rule {
        level: Level::Warning,
        time_to_impact: "at deployment, now and then",
        basis: Basis::Practice,
        ..fatal(
            "CMK4110",
            "the cluster waits for its grant",
            say::GRANT_TROUBLE,
            "nothing else makes the cluster wait for the role assignment: made side by side, the cluster may come first \
             and fail",
            "add the role assignment to `dependsOn` of the cluster",
            ordered,
        )
    },
    Rule {
        level: Level::Warning,
        time_to_impact: "at deployment, now and then",
        basis: Basis::Practice,
        ..fatal(
            "CMK4111",
            "the grant is to a service principal, directly",
            say::RBAC,
            "a group takes up to hours to count for a managed identity; and without `principalType` the assignment \
             fails where the directory does not know the new identity yet",
            "set `principalType` to `ServicePrincipal` and assign to the identity itself",
            principal_type,
        )
    },
    Rule {
        level: Level::Note,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        basis: Basis::Inferred,
        crosswalk: &[weaker("PSRule", "AZR-000118")],
        ..fatal(
            "CMK4112",
            "the role allows no more than it has to",
            say::RBAC,
            "the identity could do more with the keys of this vault than wrap and unwrap",
            "assign Key Vault Crypto Service Encryption User instead",
            least_privilege,
        )
    },
    Rule {
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: "when the vault is deployed again",
        ..fatal(
            "CMK4113",
            "a redeployed vault keeps its access policies",
            say::GRANT_TROUBLE,
            "a deployment of the vault replaces the whole list of its access policies; one that is added by a resource \
             of its own is gone until that one is deployed after it",
            "have all policies in the vault's `accessPolicies`, or grant by Azure RBAC",
            overwritten,
        )
    },
    Rule {
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: say::WITHIN_THE_HOUR,
        ..fatal(
            "CMK4114",
            "a recovered vault gets its role assignments again",
            say::SOFT_DELETE,
            "role assignments go with the vault when it is deleted, and recovering it does not bring them back",
            "deploy the role assignment of the identity together with the recovered vault",
            recovered,
        )
    },
];

fn list_permission(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, By::Policy, |chain, access, out| {
        let Access::ByPolicy { policy, .. } = access else { return };
        match missing(policy, &["list"]) {
            Ok(missing) if missing.is_empty() => out.pass(),
            Ok(_) => {
                out.fail(policy.keys.place(), "the access policy does not allow list")
                    .expected("get, list, wrapKey, unwrapKey")
                    .actual("without list")
                    .source(&policy.keys);
            }
            Err(reason) => out.unknown(policy.keys.place(), reason, chain.vault.map(|vault| show_vault(vault).into())),
        }
    });
}

fn policy_tenant(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, By::Policy, |chain, access, out| {
        let (Access::ByPolicy { policy, .. } | Access::WeakPolicy { policy, .. }) = access else { return };
        let Some(vault) = chain.vault else { return };
        let Some(tenant) = out.known(&policy.tenant, &show_vault(vault)) else { return };
        let Some(own) = out.known(&vault.tenant, &show_vault(vault)) else { return };
        match tenant.value.same(own.value) {
            Some(true) => out.pass(),
            Some(false) => {
                out.fail(tenant.place, "the access policy is of another tenant than its vault")
                    .expected(own.shown())
                    .seen(&tenant)
                    .related(own.place, "the vault's tenant");
            }
            None => {
                let message = format!("whether `{}` is the vault's tenant is decided at deployment", tenant.value);
                out.unknown(tenant.place, message, Some(show_vault(vault).into()));
            }
        }
    });
}

fn application(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let (Some(vault), Some(id)) = (chain.vault(out), chain.identity_id(out)) else { continue };
        let principal = chain.identity.and_then(|identity| identity.principal_id.known());
        let named = |text: &Text| match text.parts() {
            [Part::Property { resource, .. }] => resource.same(id),
            _ => principal.and_then(|principal| principal.same(text)),
        };
        if let Fact::Unknown { place, reason } = &vault.access_policies {
            out.unknown(place, reason.as_str(), Some(show_vault(vault).into()));
        }
        for (policy, _) in policies(scene.deployment, &scene.index, vault) {
            let Some(object) = out.known(&policy.object, &show_vault(vault)) else { continue };
            match (named(object.value), policy.application.is_absent()) {
                (Some(true), true) => out.pass(),
                (Some(true), false) if out.word(&policy.application, &show_vault(vault)).is_some() => {
                    out.fail(policy.application.place(), "this access policy is not for the identity alone")
                        .expected("no `applicationId`")
                        .actual("an `applicationId`")
                        .source(&policy.application);
                }
                (None, false) => {
                    let message = format!("whether `{}` is identity `{id}` is not in these files", object.value);
                    out.unknown(object.place, message, Some(show_identity(chain).into()));
                }
                _ => {}
            }
        }
    }
}

fn ordered(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, By::Any, |chain, access, out| {
        let cluster = &chain.cluster.resource;
        let (first, place) = match access {
            Access::ByRole { grant, .. } => (&grant.resource.id, &grant.resource.place),
            Access::ByPolicy { policy, from } => (*from, &policy.place),
            _ => return,
        };
        // Two files are two deployments: their order is not in them. What the service answered is there already.
        if place.file != cluster.place.file || cluster.is_live() || scene.in_form(place) {
            return;
        }
        match scene.ordered(first, cluster) {
            Some(true) => out.pass(),
            Some(false) => {
                out.fail(&cluster.place, format!("cluster `{}` does not wait for its grant", chain.name()))
                    .expected("the grant in `dependsOn`")
                    .actual("not in it")
                    .related(place, "the grant");
            }
            None => {
                let message =
                    format!("whether cluster `{}` waits for its grant is decided at deployment", chain.name());
                out.unknown(&cluster.place, message, None);
            }
        }
    });
}

fn principal_type(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, By::Role, |chain, access, out| {
        let Access::ByRole { grant, .. } = access else { return };
        let fact = &grant.principal_type;
        if fact.is_absent() {
            out.fail(fact.place(), "the grant does not say that it is to a service principal")
                .expected("`principalType`: ServicePrincipal")
                .actual("left out");
            return;
        }
        match out.word(fact, &list_grants(chain)) {
            Some(kind) if kind.value.eq_ignore_ascii_case("ServicePrincipal") => out.pass(),
            Some(kind) => {
                out.fail(kind.place, "the grant is not to a service principal")
                    .expected("ServicePrincipal")
                    .seen(&kind);
            }
            None => {}
        }
    });
}

fn least_privilege(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, By::Role, |_, access, out| {
        let Access::ByRole { grant, broad } = access else { return };
        match broad {
            None => out.pass(),
            Some(role) => {
                out.fail(role_of(grant).place(), format!("the role {role} allows more than wrap and unwrap"))
                    .expected(RIGHT_ROLE)
                    .actual(role)
                    .source(role_of(grant));
            }
        }
    });
}

fn overwritten(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        if vault.resource.existing || vault.resource.is_live() {
            continue; // not deployed here
        }
        match vault.grants_by_rbac() {
            Fact::Known { value: false, .. } if own_list_is_left_alone(scene, vault) => {
                out.pass();
                continue;
            }
            Fact::Known { value: false, .. } => {}
            Fact::Unknown { place, .. } => {
                out.unknown(&place, model_open(vault), Some(show_vault(vault).into()));
                continue;
            }
            _ => continue,
        }
        let grants = added(scene.deployment, &scene.index, vault);
        let mode = vault.create_mode.or_default(word("default"));
        let Some(mode) = out.word(&mode, &show_vault(vault)) else { continue };
        if let (true, Some(link)) = (grants.is_empty(), scene.deployment.linked.first()) {
            let name = vault.resource.short_name();
            let message =
                format!("whether deployment `{}` adds access policies to vault `{name}` is not read here", link.name());
            out.unknown(vault.access_policies.place(), message, Some(show_vault(vault).into()));
            continue;
        }
        if grants.is_empty() || mode.value.eq_ignore_ascii_case("recover") {
            out.pass();
            continue;
        }
        for grant in grants {
            out.fail(&grant.resource.place, "this access policy goes away when its vault is deployed again")
                .expected("the policy in the vault's own list")
                .actual("in a resource of its own")
                .related(vault.access_policies.place(), "the list that replaces it");
        }
    }
}

fn recovered(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(vault) = chain.vault(out) else { continue };
        let mode = vault.create_mode.or_default(word("default"));
        let Some(mode) = out.word(&mode, &show_vault(vault)) else { continue };
        if !mode.value.eq_ignore_ascii_case("recover") {
            continue;
        }
        match vault.grants_by_rbac() {
            Fact::Known { value: false, .. } => continue, // policies are part of the vault
            Fact::Known { .. } => {}
            Fact::Absent(place) | Fact::Unknown { place, .. } => {
                out.unknown(&place, model_open(vault), Some(show_vault(vault).into()));
                continue;
            }
        }
        match &chain.access {
            Some(Access::ByRole { .. }) => out.pass(),
            Some(Access::NotHere { .. }) if chain.linked.is_none() => {
                let message = format!("recovered vault `{}` has no grant for the cluster", vault.resource.short_name());
                out.fail(mode.place, message).expected("the role assignment in these files").actual("none");
            }
            // What is wrong with a grant, the other rules on grants say.
            Some(access) => {
                if let Some((place, reason)) = access.open() {
                    out.unknown(place, reason, Some(list_grants(chain)));
                }
            }
            None => {
                chain.identity_id(out);
            }
        }
    }
}

/// Terraform replaces the list of a vault only where the vault's block has policies of its own.
fn own_list_is_left_alone(scene: &Scene<'_>, vault: &Vault) -> bool {
    let file = scene.deployment.files.get(vault.resource.place.file);
    let found = matches!(&vault.access_policies, Fact::Absent(_) | Fact::Known { origin: Origin::Live, .. });
    file.is_some_and(|file| file.dialect == Dialect::Terraform) && found
}
