//! The vault's network: whether the service can reach the key.
//!
//! Two shapes are documented: public access from all networks, and public access disabled with the bypass for trusted
//! Microsoft services. The service never comes through a private endpoint of the customer.

use super::super::fact::{Origin, Place};
use super::super::finding::{Consequence, Level};
use super::super::model::Vault;
use super::super::outcome::Out;
use super::super::scene::{Scene, show_vault};
use super::{Basis, Rule, conflicts, say, weaker, word};
use alloc::format;
use alloc::string::String;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK5001",
        title: "the service can reach the vault",
        level: Level::Error,
        consequence: Consequence::Outage,
        time_to_impact: say::WITHIN_THE_HOUR,
        evidence: say::VAULT,
        why: "behind a closed firewall without the bypass for trusted services the key is out of the service's reach; \
              a private endpoint does not help, since the service does not come through it",
        fix: "set `networkAcls.bypass` to `AzureServices`",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[
            conflicts("Checkov", "CKV_AZURE_109"),
            conflicts("Checkov", "CKV2_AZURE_32"),
            conflicts("Trivy", "AZU-0013"),
            conflicts("PSRule", "AZR-000355"),
            conflicts("Azure Policy", "55615ac9-af46-4a59-874e-391cc3dfb490"),
        ],
        check: reachable,
    },
    Rule {
        code: "CMK5002",
        title: "a closed vault writes its bypass out",
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: say::WITHIN_THE_HOUR,
        evidence: say::VAULT,
        why: "the cluster lives by the bypass; left to a default, nobody who edits the firewall sees that",
        fix: "write `networkAcls.bypass`: `AzureServices`",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Practice,
        crosswalk: &[],
        check: bypass_written,
    },
    Rule {
        code: "CMK5003",
        title: "the vault is not open to selected networks",
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: say::WITHIN_THE_HOUR,
        evidence: say::VAULT,
        why: "the documentation supports a vault that is open to all networks or one that is closed with the bypass; \
              selected networks with the bypass is neither",
        fix: "set `publicNetworkAccess` to `Disabled` and keep the bypass",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Inferred,
        crosswalk: &[conflicts("Checkov", "CKV_AZURE_189")],
        check: selected_networks,
    },
    Rule {
        code: "CMK5004",
        title: "no perimeter closes the vault",
        level: Level::Error,
        consequence: Consequence::Outage,
        time_to_impact: say::WITHIN_THE_HOUR,
        evidence: say::VAULT,
        why: "an enforced network security perimeter overrides the bypass for trusted services",
        fix: "keep the vault out of the perimeter, or let the service in by an access rule of the perimeter",
        irreversible: false,
        source: say::NETWORK,
        basis: Basis::Documented,
        crosswalk: &[],
        check: perimeter,
    },
    Rule {
        code: "CMK5005",
        title: "the vault is closed to the public",
        level: Level::Note,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::VAULT,
        why: "both documented shapes work; of the two, the closed one with the bypass is recommended",
        fix: "set `publicNetworkAccess` to `Disabled`, and `networkAcls` to `bypass` `AzureServices` and \
              `defaultAction` `Deny`",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[weaker("Azure Policy", "405c5871-3e91-4644-8a63-58e19d68ff5b")],
        check: closed,
    },
];

/// To whom a vault is open.
#[derive(Clone, Copy, PartialEq)]
enum Access {
    All,
    Selected,
    Closed,
    Perimeter,
}

/// The access to a vault and what decides it; where a setting is open, that is the outcome.
fn access<'v>(vault: &'v Vault, out: &mut Out) -> Option<(Access, &'v Place)> {
    let command = show_vault(vault);
    let public = vault.public_access.or_default(word("Enabled"));
    let public = out.word(&public, &command)?.value.to_ascii_lowercase();
    let place = vault.public_access.place();
    match public.as_str() {
        "disabled" => return Some((Access::Closed, place)),
        "securedbyperimeter" => return Some((Access::Perimeter, place)),
        _ => {}
    }
    let action = vault.default_action.or_default(word("Allow"));
    let selected = out.word(&action, &command)?.value.eq_ignore_ascii_case("Deny");
    Some(if selected { (Access::Selected, vault.default_action.place()) } else { (Access::All, place) })
}

/// Whether trusted services pass the firewall of a vault that has one, where that stands, and the whole shape in words.
fn bypass<'v>(vault: &'v Vault, access: (Access, &'v Place), out: &mut Out) -> Option<(bool, &'v Place, String)> {
    let fact = vault.bypass.or_default(word("AzureServices"));
    let bypass = out.word(&fact, &show_vault(vault))?;
    let (access, decides) = access;
    let place = if bypass.origin == Origin::Service { decides } else { vault.bypass.place() };
    let walls = if access == Access::Closed { "public access disabled" } else { "selected networks" };
    let shown = format!("{walls}, bypass {}", bypass.shown());
    Some((bypass.value.eq_ignore_ascii_case("AzureServices"), place, shown))
}

fn reachable(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        let Some(access) = access(vault, out) else { continue };
        if matches!(access.0, Access::All | Access::Perimeter) {
            out.pass(); // a perimeter is CMK5004's
            continue;
        }
        match bypass(vault, access, out) {
            Some((false, place, shown)) => {
                let message = format!("the service can't reach vault `{}`", vault.resource.short_name());
                out.fail(place, message)
                    .expected("bypass AzureServices, or public access from all networks")
                    .actual(shown)
                    .source(&vault.bypass);
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}

fn bypass_written(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        let Some((Access::Closed, place)) = access(vault, out) else { continue };
        if vault.bypass.is_absent() && !vault.resource.is_live() {
            let message = format!("closed vault `{}` leaves its bypass out", vault.resource.short_name());
            out.fail(place, message).expected("`networkAcls.bypass`: AzureServices").actual("left out").by_default();
        } else if bypass(vault, (Access::Closed, place), out).is_some_and(|(open, ..)| open) {
            out.pass(); // closed to the service it is CMK5001's
        }
    }
}

/// A rule on the access alone.
fn shapes(scene: &Scene<'_>, out: &mut Out, wrong: Access, words: &str, expected: &str) {
    for vault in scene.vaults(out) {
        let Some(access) = access(vault, out) else { continue };
        if access.0 != wrong {
            out.pass();
            continue;
        }
        let (place, shown) = match access {
            (Access::Selected | Access::Closed, _) => match bypass(vault, access, out) {
                Some((true, place, shown)) => (place, shown),
                _ => continue, // without the bypass it is CMK5001's
            },
            (Access::All, place) => (place, String::from("enabled")),
            (Access::Perimeter, place) => (place, String::from("secured by perimeter")),
        };
        let message = format!("vault `{}` {words}", vault.resource.short_name());
        let public = vault.public_access.or_default(word("Enabled"));
        let decides = if wrong == Access::Selected { &vault.default_action } else { &public };
        out.fail(place, message).expected(expected).actual(shown).source(decides);
    }
}

fn selected_networks(scene: &Scene<'_>, out: &mut Out) {
    shapes(scene, out, Access::Selected, "is open to selected networks", "Disabled with the bypass, or all networks");
}

fn perimeter(scene: &Scene<'_>, out: &mut Out) {
    shapes(scene, out, Access::Perimeter, "is closed by a network security perimeter", "Disabled, with the bypass");
}

fn closed(scene: &Scene<'_>, out: &mut Out) {
    shapes(scene, out, Access::All, "is open to all networks", "Disabled, with the bypass");
}
