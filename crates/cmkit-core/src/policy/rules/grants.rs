//! Grants: whether the identity may use the key, and how soundly that is arranged.

use super::super::access::{Access, access, adds_to, missing, policies};
use super::super::finding::{Consequence, Level};
use super::super::model::Fact;
use super::super::outcome::Out;
use super::super::scene::{Chain, Scene, shell, show_vault};
use super::super::text::{Part, Text};
use super::{Rule, say, word};
use alloc::format;
use alloc::string::String;

const RIGHT_ROLE: &str = "Key Vault Crypto Service Encryption User";

const fn fatal(
    code: &'static str,
    title: &'static str,
    source: &'static str,
    why: &'static str,
    fix: &'static str,
    check: fn(&Scene<'_>, &mut Out),
) -> Rule {
    Rule {
        code,
        title,
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::GRANTS,
        why,
        fix,
        irreversible: false,
        source,
        check,
    }
}

pub(super) const RULES: &[Rule] = &[
    fatal(
        "CMK4101",
        "the identity may use the key",
        say::AT_REST,
        "without a grant the service can't wrap its own key; provisioning ends in `Failed`, and the cluster has to be \
         deleted and made again",
        "assign Key Vault Crypto Service Encryption User on the vault to the identity's principalId",
        granted,
    ),
    fatal(
        "CMK4102",
        "the grant names the identity by its object id",
        say::AT_REST,
        "role assignments and access policies take the identity's object id (`principalId`); its client id and its \
         resource id name nobody there",
        "use `reference(...).principalId` of the identity",
        right_id,
    ),
    fatal(
        "CMK4103",
        "the role allows to read, wrap and unwrap",
        say::RBAC,
        "roles of the control plane, even Owner, allow nothing with keys; most vault roles are for something else",
        "assign Key Vault Crypto Service Encryption User (e147488a-f6f5-4113-8e2d-b22465e65bf6)",
        right_role,
    ),
    fatal(
        "CMK4104",
        "the grant is on the key or above it",
        say::RBAC,
        "a grant counts for its scope and what is below; on another vault or another key it does nothing here",
        "set the `scope` of the role assignment to the vault or the key",
        right_scope,
    ),
    fatal(
        "CMK4105",
        "the grant is of the vault's permission model",
        say::RBAC,
        "a vault under Azure RBAC ignores its access policies, and one under access policies ignores role assignments \
         for keys",
        "grant by the model that the vault uses",
        right_model,
    ),
    fatal(
        "CMK4106",
        "the access policy allows get, wrapKey and unwrapKey",
        say::AT_REST,
        "the service reads the key, wraps with it and unwraps with it",
        "give the identity the key permissions `get`, `list`, `wrapKey` and `unwrapKey`",
        right_permissions,
    ),
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
];

/// The command that lists the grants of a chain's identity.
fn list_grants(chain: &Chain<'_>) -> String {
    match chain.vault.map(|vault| (vault, vault.grants_by_rbac())) {
        Some((vault, Fact::Known { value: false, .. })) => {
            format!("{} --query properties.accessPolicies", show_vault(vault))
        }
        _ => {
            let vault = shell(chain.address.vault.as_ref(), "VAULT");
            format!(
                "az role assignment list --assignee PRINCIPAL_ID --include-inherited --scope $(az keyvault show --name {vault} --query id -o tsv)"
            )
        }
    }
}

/// Runs a rule over the access of every chain.
fn each(scene: &Scene<'_>, out: &mut Out, mut tell: impl FnMut(&Chain<'_>, Access<'_>, &mut Out)) {
    for chain in &scene.chains {
        if let Some(access) = access(scene, chain) {
            tell(chain, access, out);
        }
    }
}

fn granted(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |chain, access, out| match access {
        Access::ByRole { .. } | Access::ByPolicy { .. } => out.pass(),
        Access::Open { place, reason } => out.unknown(place, reason, Some(list_grants(chain))),
        Access::Missing { rbac } => {
            let id = chain.identity_id.as_ref().map(|id| id.name().clone()).unwrap_or_default();
            let expected = if rbac { RIGHT_ROLE } else { "an access policy with get, list, wrapKey, unwrapKey" };
            let draft = out.fail(chain.encryption.identity.place(), format!("identity `{id}` may not use the key"));
            draft.expected(expected).actual("no grant").related(chain.url_place(), "the key");
            if !rbac {
                draft.fix("add an access policy with `get`, `list`, `wrapKey` and `unwrapKey` for the identity");
            }
        }
        _ => {} // the nearer misses have rules of their own
    });
}

fn right_id(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |chain, access, out| match access {
        Access::WrongId { place, what } => {
            let id = chain.identity_id.as_ref().map(|id| id.name().clone()).unwrap_or_default();
            out.fail(place, format!("the grant for identity `{id}` names it wrongly"))
                .expected("the identity's `principalId`")
                .actual(what);
        }
        Access::ByRole { .. } | Access::ByPolicy { .. } | Access::WeakRole { .. } | Access::WeakPolicy { .. } => {
            out.pass();
        }
        _ => {}
    });
}

fn right_role(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |_, access, out| match access {
        Access::WeakRole { place, role } => {
            out.fail(place, format!("the role {role} does not allow to wrap and unwrap"))
                .expected(RIGHT_ROLE)
                .actual(role);
        }
        Access::ByRole { .. } => out.pass(),
        _ => {}
    });
}

fn right_scope(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |chain, access, out| match access {
        Access::Elsewhere { place, scope } => {
            let vault = chain.address.vault.clone().unwrap_or_default();
            out.fail(place, format!("the grant does not cover the key in vault `{vault}`"))
                .expected(format!("vault `{vault}`, the key, or their resource group"))
                .actual(scope)
                .related(chain.url_place(), "the key");
        }
        Access::ByRole { .. } | Access::WeakRole { .. } => out.pass(),
        _ => {}
    });
}

fn right_model(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |chain, access, out| match access {
        Access::WrongModel { place, rbac } => {
            let [uses, given] = ["Azure RBAC", "access policies"];
            let (uses, given) = if rbac { (uses, given) } else { (given, uses) };
            let draft = out.fail(place, format!("the grant goes by {given}, the vault by {uses}"));
            draft.expected(format!("a grant by {uses}")).actual(format!("a grant by {given}"));
            if let Some(vault) = chain.vault {
                draft.related(vault.rbac.place(), "the vault's permission model");
            }
        }
        Access::ByRole { .. } | Access::ByPolicy { .. } => out.pass(),
        _ => {}
    });
}

fn right_permissions(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |_, access, out| match access {
        Access::WeakPolicy { policy, missing } => {
            out.fail(policy.keys.place(), format!("the access policy does not allow {}", missing.join(" and ")))
                .expected("get, list, wrapKey, unwrapKey")
                .actual(format!("without {}", missing.join(", ")));
        }
        Access::ByPolicy { .. } => out.pass(),
        _ => {}
    });
}

fn list_permission(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |_, access, out| {
        let Access::ByPolicy { policy, .. } = access else { return };
        if missing(policy, &["list"]).is_ok_and(|missing| missing.is_empty()) {
            out.pass();
        } else {
            out.fail(policy.keys.place(), "the access policy does not allow list")
                .expected("get, list, wrapKey, unwrapKey")
                .actual("without list");
        }
    });
}

fn policy_tenant(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |chain, access, out| {
        let (Access::ByPolicy { policy, .. } | Access::WeakPolicy { policy, .. }) = access else { return };
        let (Some(vault), Some(tenant)) = (chain.vault, policy.tenant.known()) else { return };
        let Some(own) = vault.tenant.known() else { return };
        match tenant.same(own) {
            Some(true) => out.pass(),
            Some(false) => {
                out.fail(policy.tenant.place(), "the access policy is of another tenant than its vault")
                    .expected(own)
                    .actual(tenant)
                    .related(vault.tenant.place(), "the vault's tenant");
            }
            None => {
                let message = format!("whether `{tenant}` is the vault's tenant is decided at deployment");
                out.unknown(policy.tenant.place(), message, Some(show_vault(vault)));
            }
        }
    });
}

fn application(scene: &Scene<'_>, out: &mut Out) {
    for chain in &scene.chains {
        let (Some(vault), Some(id)) = (chain.vault, &chain.identity_id) else { continue };
        let principal = chain.identity.and_then(|identity| identity.principal_id.known());
        let names = |text: &Text| match text.parts() {
            [Part::Property { resource, .. }] => resource.same(id) == Some(true),
            _ => principal.is_some_and(|principal| principal.same(text) == Some(true)),
        };
        for (policy, _) in policies(scene, vault) {
            if !policy.object.known().is_some_and(names) {
                continue;
            }
            if policy.application.is_absent() {
                out.pass();
            } else {
                out.fail(policy.application.place(), "this access policy is not for the identity alone")
                    .expected("no `applicationId`")
                    .actual("an `applicationId`");
            }
        }
    }
}

fn ordered(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |chain, access, out| {
        let cluster = &chain.cluster.resource;
        let (first, place) = match access {
            Access::ByRole { grant, .. } => (&grant.resource.id, &grant.resource.place),
            Access::ByPolicy { policy, from } => (from, &policy.place),
            _ => return,
        };
        if place.file != cluster.place.file {
            return; // two deployments: their order is not in the files
        }
        if scene.ordered(first, cluster) {
            out.pass();
        } else {
            out.fail(&cluster.place, format!("cluster `{}` does not wait for its grant", chain.name()))
                .expected("the grant in `dependsOn`")
                .actual("not in it")
                .related(place, "the grant");
        }
    });
}

fn principal_type(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |_, access, out| {
        let Access::ByRole { grant, .. } = access else { return };
        let fact = &grant.principal_type;
        match fact.known() {
            Some(kind) if kind.same(&word("ServicePrincipal")) == Some(true) => out.pass(),
            Some(kind) => {
                out.fail(fact.place(), "the grant is not to a service principal")
                    .expected("ServicePrincipal")
                    .actual(kind);
            }
            None if fact.is_absent() => {
                out.fail(fact.place(), "the grant does not say that it is to a service principal")
                    .expected("`principalType`: ServicePrincipal")
                    .actual("left out");
            }
            None => {}
        }
    });
}

fn least_privilege(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, |_, access, out| {
        let Access::ByRole { grant, broad } = access else { return };
        match broad {
            None => out.pass(),
            Some(role) => {
                out.fail(grant.role.place(), format!("the role {role} allows more than wrap and unwrap"))
                    .expected(RIGHT_ROLE)
                    .actual(role);
            }
        }
    });
}

fn overwritten(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(&mut Out::default()) {
        if vault.resource.existing || vault.grants_by_rbac().known() != Some(&false) {
            continue;
        }
        let recovers = vault.create_mode.literal().is_some_and(|mode| mode.eq_ignore_ascii_case("recover"));
        let grants = scene.deployment.policy_grants.iter().filter(|grant| adds_to(grant, vault) && !recovers);
        let mut any = false;
        for grant in grants {
            any = true;
            out.fail(&grant.resource.place, "this access policy goes away when its vault is deployed again")
                .expected("the policy in the vault's own list")
                .actual("in a resource of its own")
                .related(vault.access_policies.place(), "the list that replaces it");
        }
        if !any {
            out.pass();
        }
    }
}
