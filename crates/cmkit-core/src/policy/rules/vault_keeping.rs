//! What keeps a vault from harm, how much it holds, and what it is called.

use super::super::access::{added, covers_vault, policies};
use super::super::fact::{Fact, Place};
use super::super::finding::{Consequence, Level};
use super::super::model::PolicyGrant;
use super::super::outcome::Out;
use super::super::scene::{Chain, Scene, shell, show_vault};
use super::names::{self, Grammar};
use super::{Basis, Rule, same, say};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK1009",
        title: "the vault is locked against deletion",
        level: Level::Note,
        consequence: Consequence::DataLoss,
        time_to_impact: say::WHEN_DELETED,
        evidence: "the locks on the vault and above it",
        why: "deleting the vault takes the key from every cluster under it; a lock has to be taken off first, on \
              purpose",
        fix: "add a `Microsoft.Authorization/locks` of level `CanNotDelete` to the vault",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[],
        check: locked,
    },
    Rule {
        code: "CMK1010",
        title: "the vault has at most 1024 access policies",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::VAULT,
        why: "a vault takes no more than 1024 access policies; the one for the cluster may be the one too many",
        fix: "grant by Azure RBAC, or take policies out that nobody needs",
        irreversible: false,
        source: say::VAULT_BODY,
        basis: Basis::Documented,
        crosswalk: &[],
        check: few_policies,
    },
    Rule {
        code: "CMK1011",
        title: "the vault's name is one that vaults take",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the vault's name",
        why: "a vault is named with 3 to 24 letters, digits and single hyphens, from a letter to a letter or digit; \
              the name is part of the key URL",
        fix: "choose such a name before the vault is made",
        irreversible: true,
        source: say::NAMES,
        basis: Basis::Documented,
        crosswalk: &[same("PSRule", "AZR-000120")],
        check: name,
    },
];

/// The chains with a vault, each vault once.
fn each_vault<'s>(scene: &'s Scene<'_>, out: &mut Out, mut tell: impl FnMut(&'s Chain<'_>, &mut Out)) {
    let mut seen = BTreeSet::new();
    for chain in scene.chains(out) {
        if chain.vault(out).is_some_and(|vault| seen.insert(core::ptr::from_ref(vault))) {
            tell(chain, out);
        }
    }
}

fn locked(scene: &Scene<'_>, out: &mut Out) {
    each_vault(scene, out, |chain, out| {
        let Some(vault) = chain.vault else { return };
        let mut open = false;
        for at in scene.index.locks(vault.resource.id.name()) {
            let lock = &scene.deployment.locks[at];
            let level = match &lock.level {
                Fact::Absent(_) => Some(false),
                fact => fact
                    .literal()
                    .map(|level| ["CanNotDelete", "ReadOnly"].iter().any(|l| l.eq_ignore_ascii_case(level))),
            };
            match (covers_vault(&lock.scope, chain), level) {
                (Some(true), Some(true)) => return out.pass(),
                (Some(false), _) | (_, Some(false)) => {}
                _ => open = true,
            }
        }
        let name = vault.resource.short_name();
        if open || vault.resource.existing || vault.resource.is_live() || chain.linked.is_some() {
            let message = chain.lack(&format!("whether vault `{name}` is locked"));
            out.unknown(&vault.resource.place, message, Some(list_locks(chain)));
        } else {
            out.fail(&vault.resource.place, format!("vault `{name}` can be deleted without further ado"))
                .expected("a lock of level CanNotDelete")
                .actual("no lock");
        }
    });
}

fn list_locks(chain: &Chain<'_>) -> String {
    let vault = shell(chain.address.vault.as_ref(), "VAULT");
    format!("az lock list --resource-group GROUP --resource-type Microsoft.KeyVault/vaults --resource {vault}")
}

fn few_policies(scene: &Scene<'_>, out: &mut Out) {
    const MOST: usize = 1024;
    each_vault(scene, out, |chain, out| {
        let Some(vault) = chain.vault else { return };
        if !vault.access_policies.is_absent() && out.known(&vault.access_policies, &show_vault(vault)).is_none() {
            return;
        }
        let count = policies(scene.deployment, &scene.index, vault).count();
        if count <= MOST {
            let open = |grant: &&PolicyGrant| matches!(grant.access_policies, Fact::Unknown { .. });
            match added(scene.deployment, &scene.index, vault).into_iter().find(open) {
                Some(grant) => _ = out.known(&grant.access_policies, &show_vault(vault)),
                None => out.pass(),
            }
        } else {
            let message = format!("vault `{}` has {count} access policies", vault.resource.short_name());
            out.fail(vault.access_policies.place(), message)
                .expected(format!("at most {MOST}"))
                .actual(count)
                .source(&vault.access_policies);
        }
    });
}

fn name(scene: &Scene<'_>, out: &mut Out) {
    let mut seen = BTreeSet::new();
    for chain in scene.chains(out) {
        let Some(name) = &chain.address.vault else {
            chain.vault(out);
            continue;
        };
        // A wrong host in a literal URL is CMK3005's.
        if chain.address.fault.is_some() || !seen.insert(name.to_string()) {
            continue;
        }
        let place: &Place = chain.vault.map_or_else(|| chain.url_place(), |vault| &vault.resource.place);
        names::check(name, &Grammar::VAULT, "vault", place, out);
    }
}
