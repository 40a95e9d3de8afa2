//! The vault's own settings: deletion, retention, SKU and permission model.

use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::outcome::Out;
use super::super::scene::{Scene, show_vault};
use super::{Basis, Rule, say};
use alloc::format;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK1001",
        title: "soft delete is on",
        level: Level::Error,
        consequence: Consequence::DataLoss,
        time_to_impact: say::WHEN_DELETED,
        evidence: say::VAULT,
        why: "without soft delete a deleted key is gone at once, and every cluster under it with it",
        fix: "set `enableSoftDelete` to true, or leave it out: it is on by default",
        irreversible: true,
        source: say::SOFT_DELETE,
        basis: Basis::Documented,
        crosswalk: &[],
        check: soft_delete,
    },
    Rule {
        code: "CMK1002",
        title: "purge protection is on",
        level: Level::Error,
        consequence: Consequence::DataLoss,
        time_to_impact: say::WHEN_DELETED,
        evidence: say::VAULT,
        why: "without purge protection whoever may purge can destroy a deleted key before its retention ends; data \
              under a purged key can never be read again",
        fix: "set `enablePurgeProtection` to true",
        irreversible: true,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[],
        check: purge_protection,
    },
    Rule {
        code: "CMK1003",
        title: "purge protection is never written as false",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::VAULT,
        why: "the management API refuses a literal false: purge protection can only be turned on, and it has to be on \
              for a customer-managed key",
        fix: "set `enablePurgeProtection` to true",
        irreversible: true,
        source: say::VAULT_BODY,
        basis: Basis::Documented,
        crosswalk: &[],
        check: purge_protection_false,
    },
    Rule {
        code: "CMK1004",
        title: "deleted keys are retained for 90 days",
        level: Level::Warning,
        consequence: Consequence::DataLoss,
        time_to_impact: say::WHEN_DELETED,
        evidence: say::VAULT,
        why: "the retention is the time there is to notice that a key is gone and to bring it back; it is chosen when \
              the vault is made and can't be raised later",
        fix: "set `softDeleteRetentionInDays` to 90, or leave it out, before the vault is made",
        irreversible: true,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[],
        check: retention,
    },
    Rule {
        code: "CMK1005",
        title: "the retention is one that vaults take",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::VAULT,
        why: "a vault takes 7 to 90 days and refuses anything else",
        fix: "set `softDeleteRetentionInDays` to 90",
        irreversible: true,
        source: say::SOFT_DELETE,
        basis: Basis::Documented,
        crosswalk: &[],
        check: retention_range,
    },
    Rule {
        code: "CMK1006",
        title: "an HSM key lives in a premium vault",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::VAULT,
        why: "only premium vaults hold HSM-protected keys; a standard vault refuses to make one",
        fix: "set `sku.name` to `premium`, or make an `RSA` key",
        irreversible: false,
        source: say::KEYS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: sku,
    },
    Rule {
        code: "CMK1007",
        title: "the vault grants by Azure RBAC",
        level: Level::Note,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::VAULT,
        why: "whoever may write the vault can give themselves an access policy; role assignments keep the two rights \
              apart, and a redeployed vault does not overwrite them",
        fix: "set `enableRbacAuthorization` to true and give the identity the role Key Vault Crypto Service Encryption \
              User in the same deployment: policies stop to count at that moment",
        irreversible: false,
        source: say::RBAC,
        basis: Basis::Documented,
        crosswalk: &[],
        check: prefers_rbac,
    },
    Rule {
        code: "CMK1008",
        title: "the permission model is written out",
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: "when the template's apiVersion is raised",
        evidence: say::VAULT,
        why: "left out, the model depends on the apiVersion: access policies before 2026-02-01, RBAC from then on. \
              Raising the apiVersion of such a template voids the grants of the other model",
        fix: "write `enableRbacAuthorization`, true or false",
        irreversible: false,
        source: say::RBAC_DEFAULT,
        basis: Basis::Documented,
        crosswalk: &[],
        check: model_written,
    },
];

fn soft_delete(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        let fact = vault.soft_delete.or_default(true);
        match out.known(&fact, &show_vault(vault)) {
            Some(on) if *on.value => out.pass(),
            Some(off) => {
                let message = format!("soft delete is off in vault `{}`", vault.resource.short_name());
                out.fail(off.place, message).expected(true).actual(off.shown());
            }
            None => {}
        }
    }
}

fn purge_protection(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        let name = vault.resource.short_name();
        match &vault.purge_protection {
            Fact::Absent(place) => {
                let message = format!("vault `{name}` has no purge protection: it is off by default");
                out.fail(place, message).expected("`enablePurgeProtection`: true").actual("left out");
            }
            fact => match out.known(fact, &show_vault(vault)) {
                Some(on) if *on.value => out.pass(),
                _ => {} // false is CMK1003's
            },
        }
    }
}

fn purge_protection_false(scene: &Scene<'_>, out: &mut Out) {
    let known = scene.vaults(&mut Out::default()).into_iter().map(|vault| (vault, &vault.purge_protection));
    for (vault, fact) in known {
        match fact {
            Fact::Known { value: false, place, .. } => {
                let message = format!("`enablePurgeProtection` is false in vault `{}`", vault.resource.short_name());
                out.fail(place, message).expected(true).actual(false);
            }
            Fact::Known { .. } => out.pass(),
            Fact::Absent(_) | Fact::Unknown { .. } => {}
        }
    }
}

fn retention(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        let fact = vault.retention_days.or_default(90);
        match out.known(&fact, &show_vault(vault)) {
            Some(days) if (7..90).contains(days.value) => {
                let message = format!("vault `{}` keeps deleted keys for too short", vault.resource.short_name());
                out.fail(days.place, message).expected("90 days").actual(format!("{} days", days.shown()));
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}

fn retention_range(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(&mut Out::default()) {
        if let Fact::Known { value: days, place, .. } = &vault.retention_days {
            if (7..=90).contains(days) {
                out.pass();
            } else {
                let message = format!("vault `{}` can't retain for {days} days", vault.resource.short_name());
                out.fail(place, message).expected("7 to 90").actual(days);
            }
        }
    }
}

fn sku(scene: &Scene<'_>, out: &mut Out) {
    for chain in &scene.chains {
        let (Some(vault), Some(key)) = (chain.vault, chain.key) else { continue };
        if !key.kind.literal().is_some_and(|kind| kind.to_ascii_uppercase().ends_with("-HSM")) {
            continue;
        }
        match out.word(&vault.sku, &show_vault(vault)) {
            Some(sku) if sku.value.eq_ignore_ascii_case("premium") => out.pass(),
            Some(sku) => {
                let message = format!("vault `{}` can't hold an HSM key", vault.resource.short_name());
                out.fail(sku.place, message)
                    .expected("premium")
                    .actual(sku.shown())
                    .related(key.kind.place(), "the key is to be protected by an HSM");
            }
            None => {}
        }
    }
}

fn prefers_rbac(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(&mut Out::default()) {
        match &vault.rbac {
            Fact::Known { value: false, place, .. } => {
                let message = format!("vault `{}` grants by access policies", vault.resource.short_name());
                out.fail(place, message).expected(true).actual(false);
            }
            Fact::Known { .. } => out.pass(),
            Fact::Absent(_) | Fact::Unknown { .. } => {} // CMK1008's
        }
    }
}

fn model_written(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        let Fact::Absent(place) = &vault.rbac else {
            if out.known(&vault.rbac, &show_vault(vault)).is_some() {
                out.pass();
            }
            continue;
        };
        let model = match vault.grants_by_rbac().known() {
            Some(true) => "Azure RBAC, by this apiVersion",
            Some(false) => "access policies, by this apiVersion",
            None => "not known, nor is the apiVersion",
        };
        let message = format!("vault `{}` leaves the permission model to the apiVersion", vault.resource.short_name());
        let related = vault.resource.api_version.place();
        out.fail(place, message)
            .expected("`enableRbacAuthorization`: true or false")
            .actual(model)
            .related(related, "the version that decides");
    }
}
