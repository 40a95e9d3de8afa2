//! The vault's network: whether the service can reach the key.
//!
//! Two shapes are documented: public access from all networks, and public access disabled with the bypass for trusted
//! Microsoft services. The service never comes through a private endpoint of the customer.

use super::super::fact::{Origin, Place};
use super::super::finding::{Consequence, Level};
use super::super::model::Vault;
use super::super::outcome::Out;
use super::super::scene::{Scene, show_vault};
use super::{Basis, Rule, say, word};
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
        crosswalk: &[],
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
        basis: Basis::Documented,
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
        basis: Basis::Documented,
        crosswalk: &[],
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
        crosswalk: &[],
        check: closed,
    },
];

/// The shape of a vault's network.
struct Shape<'v> {
    access: Access,
    bypass: Option<bool>,
    /// What decides it.
    place: &'v Place,
    shown: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Access {
    All,
    Selected,
    Closed,
    Perimeter,
}

/// Reads the shape; where a setting is open, says so once.
fn shape<'v>(vault: &'v Vault, out: &mut Out) -> Option<Shape<'v>> {
    let command = show_vault(vault);
    let public = vault.public_access.or_default(word("Enabled"));
    let public = out.word(&public, &command)?.value.to_ascii_lowercase();
    let action = vault.default_action.or_default(word("Allow"));
    let closed = public == "disabled";
    let (access, place) = match public.as_str() {
        "disabled" => (Access::Closed, vault.public_access.place()),
        "securedbyperimeter" => (Access::Perimeter, vault.public_access.place()),
        _ if out.word(&action, &command)?.value.eq_ignore_ascii_case("Deny") => {
            (Access::Selected, vault.default_action.place())
        }
        _ => (Access::All, vault.public_access.place()),
    };
    let bypass = vault.bypass.or_default(word("AzureServices"));
    let needs_bypass = matches!(access, Access::Closed | Access::Selected);
    let bypass = if needs_bypass { Some(out.word(&bypass, &command)?) } else { None };
    let shown = match &bypass {
        Some(bypass) if closed => format!("public access disabled, bypass {}", bypass.shown()),
        Some(bypass) => format!("selected networks, bypass {}", bypass.shown()),
        None => public.clone(),
    };
    let place = bypass.as_ref().filter(|b| b.origin != Origin::Service).map_or(place, |_| vault.bypass.place());
    let bypass = bypass.map(|bypass| bypass.value.eq_ignore_ascii_case("AzureServices"));
    Some(Shape { access, bypass, place, shown })
}

fn reachable(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(out) {
        let Some(shape) = shape(vault, out) else { continue };
        if shape.bypass != Some(false) {
            out.pass();
            continue;
        }
        let message = format!("the service can't reach vault `{}`", vault.resource.short_name());
        out.fail(shape.place, message)
            .expected("bypass AzureServices, or public access from all networks")
            .actual(shape.shown);
    }
}

fn bypass_written(scene: &Scene<'_>, out: &mut Out) {
    for vault in scene.vaults(&mut Out::default()) {
        let shape = shape(vault, &mut Out::default());
        let open = |shape: &Shape<'_>| shape.access == Access::Closed && shape.bypass == Some(true);
        let Some(shape) = shape.filter(open) else { continue };
        if vault.bypass.is_absent() {
            let message = format!("closed vault `{}` leaves its bypass out", vault.resource.short_name());
            out.fail(shape.place, message).expected("`networkAcls.bypass`: AzureServices").actual("left out");
        } else {
            out.pass();
        }
    }
}

/// A rule on the shape alone. What isn't known is the outcome of [`reachable`].
fn shapes(scene: &Scene<'_>, out: &mut Out, wrong: Access, words: &str, expected: &str) {
    for vault in scene.vaults(&mut Out::default()) {
        match shape(vault, &mut Out::default()) {
            // Without the bypass it is CMK5001's.
            Some(shape) if shape.access == wrong && shape.bypass != Some(false) => {
                let message = format!("vault `{}` {words}", vault.resource.short_name());
                out.fail(shape.place, message).expected(expected).actual(shape.shown);
            }
            Some(shape) if shape.access != wrong => out.pass(),
            _ => {}
        }
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
