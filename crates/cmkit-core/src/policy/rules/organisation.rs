//! What an organisation requires beyond what the service does. Nothing here applies unless the settings ask for it.

use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::model::{Cluster, Resource, Rotation, Trigger};
use super::super::outcome::Out;
use super::super::scene::{Scene, Show, show_cluster, show_key, show_vault};
use super::super::settings::Tag;
use super::super::text::Text;
use super::super::time::period_days;
use super::placement::normal;
use super::{Basis, Rule, key, lifecycle, say};
use alloc::format;
use alloc::vec::Vec;

pub(super) const KEY: &[Rule] = &[
    Rule {
        code: "CMK2101",
        title: "the key is as large as the organisation requires",
        level: Level::Error,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::KEY,
        why: "the settings require a least size of keys (`require.keySize`)",
        fix: "make a new version of the key with a `keySize` that is large enough",
        irreversible: false,
        source: say::KEYS,
        basis: Basis::Settings,
        crosswalk: &[],
        check: key_size,
    },
    Rule {
        code: "CMK2102",
        title: "the key is in hardware",
        level: Level::Error,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::KEY,
        why: "the settings require keys that are protected by a hardware security module (`require.hsm`)",
        fix: "set `kty` to `RSA-HSM`, in a vault with the SKU `premium`; it is a new key, to which the cluster is moved",
        irreversible: true,
        source: say::KEYS,
        basis: Basis::Settings,
        crosswalk: &[],
        check: hsm,
    },
];

pub(super) const PLACEMENT: &[Rule] = &[
    Rule {
        code: "CMK6201",
        title: "cluster and vault are in a region that the organisation allows",
        level: Level::Error,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: "the regions of cluster and vault",
        why: "the settings name the regions that data and keys may be in (`require.regions`)",
        fix: "deploy to one of the allowed regions; a region is chosen once",
        irreversible: true,
        source: say::CLUSTER_BODY,
        basis: Basis::Settings,
        crosswalk: &[],
        check: regions,
    },
    Rule {
        code: "CMK6202",
        title: "a cluster with such a tag is under a customer-managed key",
        level: Level::Error,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::CLUSTER,
        why: "the settings require a customer-managed key for clusters with this tag (`require.cmk`)",
        fix: "add `encryption` before the cluster is made; later it takes a restored copy",
        irreversible: true,
        source: say::HOW_TO,
        basis: Basis::Settings,
        crosswalk: &[],
        check: tagged,
    },
];

pub(super) const LIFECYCLE: &[Rule] = &[Rule {
    code: "CMK7101",
    title: "the key rotates as often as the organisation requires",
    level: Level::Error,
    consequence: Consequence::Hygiene,
    time_to_impact: say::NEVER,
    evidence: "the key's rotation policy as deployed",
    why: "the settings name the most days between two rotations (`require.rotationDays`)",
    fix: "add a `rotate` action that comes in time",
    irreversible: false,
    source: say::ROTATION,
    basis: Basis::Settings,
    crosswalk: &[],
    check: rotation,
}];

fn key_size(scene: &Scene<'_>, out: &mut Out) {
    let Some(least) = scene.options.require.key_size else { return };
    for (key, size) in key::sizes(scene, out) {
        match out.known(&size, &show_key(key)) {
            Some(bits) if *bits.value >= least => out.pass(),
            Some(bits) => {
                let message = format!("key `{}` has {} bits", key.resource.short_name(), bits.value);
                out.fail(bits.place, message).expected(format!("{least} or more")).seen(&bits);
            }
            None => {}
        }
    }
}

fn hsm(scene: &Scene<'_>, out: &mut Out) {
    if !scene.options.require.hsm {
        return;
    }
    for key in scene.keys(out) {
        match out.word(&key.kind, &show_key(key)) {
            Some(kind) if kind.value.to_ascii_uppercase().ends_with("-HSM") => out.pass(),
            Some(kind) => {
                let message = format!("key `{}` is not in hardware", key.resource.short_name());
                out.fail(kind.place, message).expected("RSA-HSM").seen(&kind);
            }
            None => {}
        }
    }
}

fn regions(scene: &Scene<'_>, out: &mut Out) {
    let allowed = &scene.options.require.regions;
    if allowed.is_empty() {
        return;
    }
    let vaults = scene.vaults(out);
    let mut region = |resource: &Resource, what: &str, command: Show<'_>| match out.word(&resource.location, &command) {
        Some(region) if allowed.iter().any(|one| normal(one) == normal(region.value)) => out.pass(),
        Some(region) => {
            let message = format!("{what} `{}` is in a region that is not allowed", resource.short_name());
            out.fail(region.place, message).expected(allowed.join(" or ")).seen(&region);
        }
        None => {}
    };
    for cluster in deployed(scene) {
        region(&cluster.resource, "cluster", show_cluster(cluster));
    }
    for vault in vaults {
        region(&vault.resource, "vault", show_vault(vault));
    }
}

fn deployed<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Cluster> {
    scene.deployment.clusters.iter().filter(|cluster| !cluster.resource.existing)
}

fn tagged(scene: &Scene<'_>, out: &mut Out) {
    let required = &scene.options.require.cmk;
    if required.is_empty() {
        return;
    }
    for cluster in deployed(scene) {
        let command = show_cluster(cluster);
        match (bears(&cluster.resource, required), &cluster.encryption) {
            (Some(None), _) => {} // no such tag
            (_, Fact::Known { .. }) => out.pass(),
            (_, Fact::Unknown { place, reason }) => out.unknown(place, reason.as_str(), Some(command.into())),
            (Some(Some(tag)), Fact::Absent(place)) => {
                let name = cluster.resource.short_name();
                out.fail(
                    place,
                    format!("cluster `{name}` is not under a customer-managed key, which its tag requires"),
                )
                .expected("`encryption`")
                .actual("left out")
                .by_default()
                .related(tag.place(), "this tag");
            }
            (None, Fact::Absent(_)) => {
                let message = "whether the cluster has a tag that requires a customer-managed key is not in the files";
                out.unknown(cluster.resource.tags.place(), message, Some(command.into()));
            }
        }
    }
}

/// The value of the first tag that is required and there, if there is one; `None` where the files don't decide it.
///
/// Azure takes the names of tags in any letter case. Values are taken so too: it asks for more, never for less.
fn bears<'r>(resource: &'r Resource, required: &[Tag]) -> Option<Option<&'r Fact<Text>>> {
    let tags = match &resource.tags {
        Fact::Known { value, .. } => value,
        Fact::Absent(_) => return Some(None),
        Fact::Unknown { .. } => return None,
    };
    let mut open = false;
    for (name, value) in tags {
        for tag in required {
            let named = name.same(&Text::literal(tag.name.as_str()));
            let valued = tag.values.is_empty().then_some(true).or_else(|| {
                let value = value.literal()?;
                Some(tag.values.iter().any(|wanted| wanted.eq_ignore_ascii_case(value)))
            });
            match (named, valued) {
                (Some(false), _) | (_, Some(false)) => {}
                (Some(true), Some(true)) => return Some(Some(value)),
                _ => open = true,
            }
        }
    }
    (!open).then_some(None)
}

fn rotation(scene: &Scene<'_>, out: &mut Out) {
    let Some(most) = scene.options.require.rotation_days else { return };
    for key in scene.keys(out) {
        let name = key.resource.short_name();
        let command = lifecycle::show_policy(key);
        let expected = format!("every {most} days or more often");
        let none = Rotation { expiry_time: Fact::Absent(key.rotation.place().clone()), triggers: Vec::new() };
        let rotation = match &key.rotation {
            Fact::Absent(_) => &none,
            rotation => match out.known(rotation, &command) {
                Some(seen) => seen.value,
                None => continue,
            },
        };
        let periods: Vec<_> = rotation.triggers.iter().map(|trigger| period(rotation, trigger)).collect();
        let shortest = periods.iter().flatten().min_by_key(|(days, _)| *days);
        match shortest {
            Some((days, _)) if *days <= most => out.pass(),
            _ if periods.iter().any(Option::is_none) => {
                let message = format!("how often key `{name}` rotates is not in the files");
                out.unknown(key.rotation.place(), message, Some(command.into()));
            }
            Some((days, fact)) => {
                let message = format!("key `{name}` rotates every {days} days");
                out.fail(fact.place(), message)
                    .expected(expected)
                    .actual(fact.literal().unwrap_or_default())
                    .source(fact);
            }
            None => {
                let message = format!("key `{name}` never rotates by itself");
                out.fail(key.rotation.place(), message).expected(expected).actual("never");
            }
        }
    }
}

/// The days between two rotations by a trigger, and the period that makes them so.
fn period<'r>(rotation: &'r Rotation, trigger: &'r Trigger) -> Option<(i64, &'r Fact<Text>)> {
    let days = |fact: &Fact<Text>| fact.literal().and_then(period_days);
    if !trigger.after_create.is_absent() {
        return Some((days(&trigger.after_create)?, &trigger.after_create));
    }
    Some((days(&rotation.expiry_time)? - days(&trigger.before_expiry)?, &rotation.expiry_time))
}
