//! What else a key is: its name, what it belongs to, and whether it is still there.

use super::super::finding::{Consequence, Level};
use super::super::outcome::Out;
use super::super::scene::{Scene, show_key};
use super::super::time::Timestamp;
use super::names::{self, Grammar};
use super::{Basis, Rule, same, say};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK2010",
        title: "the key's name is one that keys take",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the key's name",
        why: "a key is named with 1 to 127 letters, digits and hyphens",
        fix: "choose such a name before the key is made",
        irreversible: true,
        source: say::OBJECTS,
        basis: Basis::Documented,
        crosswalk: &[same("PSRule", "AZR-000122")],
        check: name,
    },
    Rule {
        code: "CMK2011",
        title: "the key backs no certificate",
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: "when the certificate is deleted or renewed",
        evidence: say::KEY,
        why: "a key that Key Vault manages for a certificate lives and dies with that certificate",
        fix: "make a key of its own for the cluster",
        irreversible: true,
        source: say::OBJECTS,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: unmanaged,
    },
    Rule {
        code: "CMK2012",
        title: "the key has no release policy",
        level: Level::Warning,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::KEY,
        why: "a release policy lets the key leave the vault to whoever attests as it says; a copy elsewhere outlives \
              any revocation",
        fix: "leave `release_policy` out; it can't be taken from an existing key",
        irreversible: true,
        source: say::KEY_DETAILS,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: unreleased,
    },
    Rule {
        code: "CMK2013",
        title: "the key is not deleted",
        level: Level::Error,
        consequence: Consequence::DataLoss,
        time_to_impact: say::WITHIN_THE_HOUR,
        evidence: say::KEY,
        why: "without the key the cluster is inaccessible; once the key is purged, its data can never be read again",
        fix: "recover the key: `az keyvault key recover`",
        irreversible: false,
        source: say::TROUBLE,
        basis: Basis::Documented,
        crosswalk: &[],
        check: present,
    },
];

fn name(scene: &Scene<'_>, out: &mut Out) {
    let mut seen = BTreeSet::new();
    for chain in scene.chains(out) {
        let Some(name) = &chain.address.key else {
            chain.key(out);
            continue;
        };
        // A wrong name in a literal URL is CMK3004's.
        if chain.address.fault.is_some() || !seen.insert(name.to_string()) {
            continue;
        }
        let place = chain.key.map_or_else(|| chain.url_place(), |key| &key.resource.place);
        names::check(name, &Grammar::KEY, "key", place, out);
    }
}

fn unmanaged(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        match out.known(&key.managed.or_default(false), &show_key(key)) {
            Some(managed) if *managed.value => {
                let message = format!("key `{}` belongs to a certificate", key.resource.short_name());
                out.fail(managed.place, message)
                    .expected("a key of its own")
                    .actual("managed for a certificate")
                    .source(&key.managed);
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}

fn unreleased(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        match out.known(&key.released.or_default(false), &show_key(key)) {
            Some(released) if *released.value => {
                let message = format!("key `{}` has a release policy", key.resource.short_name());
                out.fail(released.place, message)
                    .expected("no release policy")
                    .actual("a release policy")
                    .source(&key.released);
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}

fn present(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        if key.purge_date.is_absent() {
            out.pass();
            continue;
        }
        let Some(purge) = out.known(&key.purge_date, &show_key(key)) else { continue };
        let day = Timestamp::from_seconds(*purge.value).date();
        let name = key.resource.short_name();
        let message = if *purge.value > scene.at.seconds() {
            format!("key `{name}` is deleted, and gone for good on {day}")
        } else {
            format!("key `{name}` is deleted, and gone for good since {day}")
        };
        out.fail(purge.place, message)
            .expected("a key that is not deleted")
            .actual(format!("purged on {day}"))
            .source(&key.purge_date);
    }
}
