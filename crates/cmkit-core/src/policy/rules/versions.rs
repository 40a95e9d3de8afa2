//! What time does to the versions of a key: how long the old ones are needed, and which end a fixed expiry makes.

use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::model::{Key, KeyVersion};
use super::super::outcome::Out;
use super::super::scene::{Scene, Show, show_key};
use super::super::time::Timestamp;
use super::lifecycle::{days, policies};
use super::{Basis, Rule, say};
use alloc::format;
use alloc::vec::Vec;

const DAY: i64 = 24 * 3600;
/// How long backups are kept.
const BACKUP_DAYS: i64 = 35;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK7008",
        title: "the rotation comes before the key's expiry",
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: "within 60 minutes of the expiry",
        evidence: "the key's attributes and rotation policy as deployed",
        why: "a version with an expiry of its own that the policy only rotates after that date expires first, and \
              the cluster is inaccessible until then",
        fix: "rotate at least 7 days before `attributes.exp`, or leave the expiry out",
        irreversible: false,
        source: say::ROTATION,
        basis: Basis::Documented,
        crosswalk: &[],
        check: before_expiry,
    },
    Rule {
        code: "CMK7009",
        title: "the former version stays enabled for a day",
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: "within 60 minutes, until the service has moved on",
        evidence: "the versions of the key",
        why: "the service finds a new version by itself, and needs the former one until it has wrapped its key anew; \
              how long that takes is not published, 24 hours is a safe measure",
        fix: "enable the former version again, and wait a day before disabling it",
        irreversible: false,
        source: say::ROTATION,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: former,
    },
    Rule {
        code: "CMK7010",
        title: "versions stay enabled as long as backups need them",
        level: Level::Warning,
        consequence: Consequence::DataLoss,
        time_to_impact: "when a backup is restored",
        evidence: "the versions of the key",
        why: "backups of the last 35 days were made under the versions that were current then; a restore may need \
              them",
        fix: "keep a version enabled until it has been out of use for 35 days",
        irreversible: false,
        source: say::HOW_TO,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: backups,
    },
];

fn before_expiry(scene: &Scene<'_>, out: &mut Out) {
    for (key, rotation) in policies(scene, out) {
        if key.expires.is_absent() {
            continue;
        }
        let Some(end) = out.known(&key.expires, &show_key(key)) else { continue };
        if *end.value <= scene.at.seconds() {
            continue; // CMK2006's
        }
        // A version that is not made yet is made with the deployment.
        let created = match &key.created {
            Fact::Known { value, .. } => *value,
            Fact::Absent(_) => scene.at.seconds(),
            Fact::Unknown { place, reason } => {
                out.unknown(place, reason.as_str(), Some(show_key(key).into()));
                continue;
            }
        };
        for trigger in rotation.triggers.iter().filter(|trigger| !trigger.after_create.is_absent()) {
            let Some(after) = days(&trigger.after_create, key, out) else { continue };
            let at = created.saturating_add(after.saturating_mul(DAY));
            if at.saturating_add(7 * DAY) <= *end.value {
                out.pass();
                continue;
            }
            let (name, rotated) = (key.resource.short_name(), Timestamp::from_seconds(at).date());
            out.fail(
                trigger.after_create.place(),
                format!("key `{name}` rotates on {rotated}, too late for its expiry"),
            )
            .expected(format!("7 days before {}", Timestamp::from_seconds(*end.value).date()))
            .actual(rotated)
            .source(&trigger.after_create)
            .related(end.place, "the expiry");
        }
    }
}

/// A version and when the next one came; newest first.
struct Past<'k> {
    version: &'k KeyVersion,
    replaced: i64,
}

/// The versions that a key had before its present one. A key that is made here has none.
fn past<'k>(key: &'k Key, out: &mut Out) -> Option<Vec<Past<'k>>> {
    let list = list_versions(key);
    let made_here = !key.resource.existing && !key.version.is_live() && !key.enabled.is_live() && !key.kind.is_live();
    if key.versions.is_absent() && made_here {
        return Some(Vec::new());
    }
    if key.versions.is_absent() {
        let message = format!("the versions of key `{}` are not in these files", key.resource.short_name());
        out.unknown(key.versions.place(), message, Some(list.into()));
        return None;
    }
    let mut versions = Vec::new();
    let listed = out.known(&key.versions, &list)?.value;
    if listed.len() < 2 {
        return Some(Vec::new()); // there is no former one, whenever this one was made
    }
    for version in listed {
        versions.push((*out.known(&version.created, &list)?.value, version));
    }
    versions.sort_by_key(|(created, _)| core::cmp::Reverse(*created));
    let pairs = versions.windows(2).map(|pair| Past { version: pair[1].1, replaced: pair[0].0 });
    Some(pairs.collect())
}

const fn list_versions(key: &Key) -> Show<'_> {
    Show::Key(key, "list-versions")
}

/// The versions that are disabled within so many days after they were replaced.
fn disabled(scene: &Scene<'_>, out: &mut Out, days: core::ops::Range<i64>, words: &str) {
    for key in scene.keys(out) {
        let Some(past) = past(key, out) else { continue };
        let mut good = true;
        for Past { version, replaced } in past {
            let Some(enabled) = out.known(&version.enabled.or_default(true), &list_versions(key)).map(|on| *on.value)
            else {
                good = false;
                continue;
            };
            let since = scene.at.seconds().saturating_sub(replaced);
            if enabled || since < days.start * DAY || since >= days.end * DAY {
                continue;
            }
            good = false;
            let replaced = Timestamp::from_seconds(replaced).date();
            let message =
                format!("a version of key `{}` that was replaced on {replaced} is disabled", key.resource.short_name());
            out.fail(version.enabled.place(), message)
                .expected(format!("enabled {words}"))
                .actual("disabled")
                .source(&version.enabled);
        }
        if good {
            out.pass();
        }
    }
}

fn former(scene: &Scene<'_>, out: &mut Out) {
    disabled(scene, out, 0..1, "for 24 hours after it was replaced");
}

fn backups(scene: &Scene<'_>, out: &mut Out) {
    disabled(scene, out, 1..BACKUP_DAYS, "for 35 days after it was replaced"); // the first day is CMK7009's
}
