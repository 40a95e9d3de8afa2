//! The vault's own settings: deletion, retention, SKU and permission model.

use super::super::access::model_open;
use super::super::fact::{Fact, Origin};
use super::super::finding::{Consequence, Level};
use super::super::model::{Key, Vault};
use super::super::outcome::{Out, Seen};
use super::super::scene::{Scene, shell, show_key, show_vault};
use super::{Basis, Rule, same, say, weaker};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

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
        crosswalk: &[
            weaker("Checkov", "CKV_AZURE_42"),
            same("Checkov", "CKV_AZURE_111"),
            weaker("PSRule", "AZR-000124"),
            same("Azure Policy", "1e66c121-a66a-4b1f-9b83-0fd99bf0fc2d"),
            weaker("KICS", "7c25f361-7c66-44bf-9b69-022acd5eb4bd"),
        ],
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
        crosswalk: &[
            weaker("Checkov", "CKV_AZURE_42"),
            same("Checkov", "CKV_AZURE_110"),
            same("Trivy", "AZU-0016"),
            same("PSRule", "AZR-000125"),
            same("Azure Policy", "0b60c0b2-2dc2-4e1c-b5c9-abbed971de53"),
        ],
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
        crosswalk: &[same("PSRule", "AZR-000388"), same("Azure Policy", "12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5")],
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

/// What a rule knows of a vault: from the vault itself, or else from what the key tells of it.
struct Told<T> {
    name: String,
    fact: Fact<T>,
    command: String,
}

/// A fact of each vault; `from_key` is what the key tells where the vault does not.
fn told<T: Clone>(
    scene: &Scene<'_>,
    out: &mut Out,
    from_vault: impl Fn(&Vault) -> Fact<T>,
    from_key: impl Fn(&Key) -> Option<Fact<T>>,
) -> Vec<Told<T>> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for chain in scene.chains(out) {
        let key = || chain.key.and_then(&from_key);
        let own = chain.vault.map(|vault| (vault, from_vault(vault)));
        let (vault, fact) = match (own, key()) {
            (Some((vault, fact @ Fact::Known { .. })), _) => (Some(vault), fact),
            (Some((vault, fact @ Fact::Absent(_))), _) => (Some(vault), fact),
            (vault, Some(fact)) => (vault.map(|(vault, _)| vault), fact),
            (Some((vault, fact)), None) => (Some(vault), fact),
            (None, None) => {
                chain.vault(out);
                continue;
            }
        };
        let name = vault.map_or_else(
            || chain.address.vault.as_ref().map(ToString::to_string).unwrap_or_default(),
            |vault| vault.resource.short_name(),
        );
        if seen.insert((fact.place().file, fact.place().pointer.clone(), name.clone())) {
            let command = format!("az keyvault show --name {}", shell(chain.address.vault.as_ref(), "VAULT"));
            all.push(Told { name, fact, command });
        }
    }
    all
}

/// A fact that the recovery level of a key tells.
fn level<T>(key: &Key, read: impl Fn(&str) -> T) -> Option<Fact<T>> {
    let Fact::Known { place, origin, .. } = &key.recovery_level else { return None };
    let value = read(&key.recovery_level.literal()?.to_ascii_lowercase());
    Some(Fact::Known { value, place: place.clone(), origin: *origin })
}

fn soft_delete(scene: &Scene<'_>, out: &mut Out) {
    let from_key = |key: &Key| level(key, |level| level.contains("recoverable"));
    for told in told(scene, out, |vault| vault.soft_delete.or_default(true), from_key) {
        match out.known(&told.fact, &told.command) {
            Some(on) if *on.value => out.pass(),
            Some(off) => {
                let message = format!("soft delete is off in vault `{}`", told.name);
                out.fail(off.place, message).expected(true).seen(&off);
            }
            None => {}
        }
    }
}

fn purge_protection(scene: &Scene<'_>, out: &mut Out) {
    let from_key = |key: &Key| level(key, |level| !level.contains("purgeable"));
    for told in told(scene, out, |vault| vault.purge_protection.clone(), from_key) {
        let name = &told.name;
        if let Fact::Absent(place) = &told.fact {
            let message = format!("vault `{name}` has no purge protection: it is off by default");
            out.fail(place, message).expected("`enablePurgeProtection`: true").actual("left out").by_default();
            continue;
        }
        match out.known(&told.fact, &told.command) {
            Some(on) if *on.value => out.pass(),
            Some(off) if off.origin == Origin::Live || scene.in_form(off.place) => {
                out.fail(off.place, format!("vault `{name}` has no purge protection"))
                    .expected("on")
                    .actual("off")
                    .source(&told.fact);
            }
            _ => {} // written as false it is CMK1003's
        }
    }
}

fn purge_protection_false(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        let fact = &vault.purge_protection;
        if fact.is_absent() || fact.is_live() || scene.in_form(fact.place()) {
            continue; // CMK1002's
        }
        match out.known(&vault.purge_protection, &show_vault(vault)) {
            Some(on) if *on.value => out.pass(),
            Some(off) => {
                let message = format!("`enablePurgeProtection` is false in vault `{}`", vault.resource.short_name());
                out.fail(off.place, message).expected(true).seen(&off);
            }
            None => {}
        }
    }
}

/// For how many days a vault keeps what is deleted, at least and at most. A key tells the number, or what its recovery
/// level says of it.
fn kept(scene: &Scene<'_>, out: &mut Out) -> Vec<Told<(i64, i64)>> {
    let from_key = |key: &Key| match &key.recoverable_days {
        days @ Fact::Known { .. } => Some(days.clone().map(|days| (days, days))),
        _ => match level(key, |level| (level.starts_with("customized"), level.starts_with("recoverable")))? {
            Fact::Known { value: (true, _), place, origin } => Some(Fact::Known { value: (7, 89), place, origin }),
            Fact::Known { value: (_, true), place, origin } => Some(Fact::Known { value: (90, 90), place, origin }),
            _ => None,
        },
    };
    told(scene, out, |vault| vault.retention_days.or_default(90).map(|days| (days, days)), from_key)
}

fn retention(scene: &Scene<'_>, out: &mut Out) {
    let due = scene.options.retention_days;
    for told in kept(scene, out) {
        let Some(Seen { value: (least, most), place, origin }) = out.known(&told.fact, &told.command) else { continue };
        let number = || Seen { value: least, place, origin }.shown();
        let days = if least == most { format!("{} days", number()) } else { format!("{least} to {most} days") };
        if (7..due).contains(most) {
            let message = format!("vault `{}` keeps deleted keys for too short", told.name);
            out.fail(place, message).expected(format!("{due} days")).actual(days).source(&told.fact);
        } else if (7..due).contains(least) {
            let message = format!("vault `{}` keeps deleted keys for {days}", told.name);
            out.unknown(place, message, Some(told.command));
        } else {
            out.pass();
        }
    }
}

fn retention_range(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        match out.known(&vault.retention_days.or_default(90), &show_vault(vault)) {
            Some(days) if (7..=90).contains(days.value) => out.pass(),
            Some(days) => {
                let message = format!("vault `{}` can't retain for {} days", vault.resource.short_name(), days.value);
                out.fail(days.place, message).expected("7 to 90").seen(&days);
            }
            None => {}
        }
    }
}

fn sku(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(key) = chain.key(out) else { continue };
        let Some(kind) = out.word(&key.kind, &show_key(key)) else { continue };
        if !kind.value.to_ascii_uppercase().ends_with("-HSM") {
            continue;
        }
        let Some(vault) = chain.vault(out) else { continue };
        match out.word(&vault.sku, &show_vault(vault)) {
            Some(sku) if sku.value.eq_ignore_ascii_case("premium") => out.pass(),
            Some(sku) => {
                let message = format!("vault `{}` can't hold an HSM key", vault.resource.short_name());
                out.fail(sku.place, message)
                    .expected("premium")
                    .seen(&sku)
                    .related(kind.place, "the key is to be protected by an HSM");
            }
            None => {}
        }
    }
}

fn prefers_rbac(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        match vault.grants_by_rbac() {
            Fact::Known { origin: Origin::Service, .. } => {} // CMK1008's
            Fact::Known { value: false, place, .. } => {
                let message = format!("vault `{}` grants by access policies", vault.resource.short_name());
                out.fail(&place, message).expected(true).actual(false).source(&vault.rbac);
            }
            Fact::Known { .. } => out.pass(),
            Fact::Absent(place) | Fact::Unknown { place, .. } => {
                out.unknown(&place, model_open(vault), Some(show_vault(vault).into()));
            }
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
        if vault.resource.is_live() {
            continue; // no template, no apiVersion to raise
        }
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
            .by_default()
            .related(related, "the version that decides");
    }
}
