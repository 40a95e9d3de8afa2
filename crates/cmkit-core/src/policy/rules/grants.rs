//! Grants: whether the identity may use the key, and if not, why not.
//!
//! One mistake is one finding: of these rules at most one fails for a cluster.

use super::super::access::Access;
use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::outcome::Out;
use super::super::scene::{Chain, Scene, shell, show_vault};
use super::{Basis, Rule, say};
use alloc::format;
use alloc::string::String;

pub(super) const RIGHT_ROLE: &str = "Key Vault Crypto Service Encryption User";

/// An entry of this family: without it provisioning fails.
pub(super) const fn fatal(
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
        basis: Basis::Documented,
        crosswalk: &[],
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
];

/// The command that lists the grants of a chain's identity.
pub(super) fn list_grants(chain: &Chain<'_>) -> String {
    match chain.vault.map(|vault| (vault, vault.grants_by_rbac())) {
        Some((vault, Fact::Known { value: false, .. })) => {
            format!("{} --query properties.accessPolicies", show_vault(vault))
        }
        _ => {
            let vault = shell(chain.address.vault.as_ref(), "VAULT");
            format!(
                "az role assignment list --include-inherited --scope $(az keyvault show --name {vault} --query id -o tsv)"
            )
        }
    }
}

/// Which grants a rule is about.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum By {
    Any,
    Role,
    Policy,
}

/// Runs a rule over the access of every chain; where it isn't known, that is the outcome. A rule about grants of the
/// model that the vault does not use has nothing to look at.
pub(super) fn each(scene: &Scene<'_>, out: &mut Out, by: By, mut tell: impl FnMut(&Chain<'_>, &Access<'_>, &mut Out)) {
    for chain in scene.chains(out) {
        let Some(id) = chain.identity_id(out) else { continue };
        if chain.vault(out).is_none() && !chain.address.in_hsm() {
            match chain.by_role.as_ref().map(|role| (role, role.open())) {
                Some((Access::ByRole { .. }, _)) => {}
                Some((_, Some((place, reason)))) => out.unknown(place, reason, Some(list_grants(chain))),
                _ => {
                    let reason =
                        format!("the grants on the vault are not in these files, those of `{id}` are not known");
                    out.unknown(chain.url_place(), reason, Some(list_grants(chain)));
                }
            }
        }
        let model = chain.vault.and_then(|vault| vault.grants_by_rbac().known().copied());
        let open = chain.access.as_ref().and_then(Access::open);
        match (&chain.access, open) {
            (_, Some(_)) if model == Some(by == By::Policy) && by != By::Any => {}
            (_, Some((place, reason))) => out.unknown(place, reason, Some(list_grants(chain))),
            (Some(access), None) => tell(chain, access, out),
            (None, _) => {}
        }
    }
}

fn granted(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, By::Any, |chain, access, out| match access {
        Access::ByRole { .. } | Access::ByPolicy { .. } => out.pass(),
        Access::Missing { rbac } => {
            let id = chain.identity_id.as_ref().map(|id| id.name().clone()).unwrap_or_default();
            let expected = if *rbac { RIGHT_ROLE } else { "an access policy with get, list, wrapKey, unwrapKey" };
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
    each(scene, out, By::Any, |chain, access, out| match access {
        Access::WrongId { principal, what } => {
            let id = chain.identity_id.as_ref().map(|id| id.name().clone()).unwrap_or_default();
            out.fail(principal.place(), format!("the grant for identity `{id}` names it wrongly"))
                .expected("the identity's `principalId`")
                .actual(what)
                .source(principal);
        }
        Access::ByRole { .. } | Access::ByPolicy { .. } | Access::WeakRole { .. } | Access::WeakPolicy { .. } => {
            out.pass();
        }
        _ => {}
    });
}

fn right_role(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, By::Role, |_, access, out| match access {
        Access::WeakRole { given, role } => {
            out.fail(given.place(), format!("the role {role} does not allow to wrap and unwrap"))
                .expected(RIGHT_ROLE)
                .actual(role)
                .source(given);
        }
        Access::ByRole { .. } => out.pass(),
        _ => {}
    });
}

fn right_scope(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, By::Role, |chain, access, out| match access {
        Access::Elsewhere { on, scope } => {
            let vault = chain.address.vault.clone().unwrap_or_default();
            out.fail(on.place(), format!("the grant does not cover the key in vault `{vault}`"))
                .expected(format!("vault `{vault}`, the key, or their resource group"))
                .actual(scope)
                .source(on)
                .related(chain.url_place(), "the key");
        }
        Access::ByRole { .. } | Access::WeakRole { .. } => out.pass(),
        _ => {}
    });
}

fn right_model(scene: &Scene<'_>, out: &mut Out) {
    each(scene, out, By::Any, |chain, access, out| match access {
        Access::WrongModel { place, rbac } => {
            let [uses, given] = ["Azure RBAC", "access policies"];
            let (uses, given) = if *rbac { (uses, given) } else { (given, uses) };
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
    each(scene, out, By::Policy, |_, access, out| match access {
        Access::WeakPolicy { policy, missing } => {
            out.fail(policy.keys.place(), format!("the access policy does not allow {}", missing.join(" and ")))
                .expected("get, list, wrapKey, unwrapKey")
                .actual(format!("without {}", missing.join(", ")))
                .source(&policy.keys);
        }
        Access::ByPolicy { .. } => out.pass(),
        _ => {}
    });
}
