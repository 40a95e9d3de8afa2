//! What time does to the key: rotation, and the arithmetic of rotation policies.

use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::model::{Key, Rotation, Trigger};
use super::super::outcome::Out;
use super::super::scene::{Scene, Show, show_key};
use super::super::text::Text;
use super::super::time::{Timestamp, period_days};
use super::{Basis, Rule, conflicts, same, say};
use alloc::format;
use alloc::vec::Vec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK7001",
        title: "the key rotates by itself",
        level: Level::Warning,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: "the key's rotation policy as deployed",
        why: "the service moves to a new version by itself and re-wraps its own key, never the data; what has to be \
              done by hand is forgotten",
        fix: "add a `rotationPolicy` with a `rotate` action, for example `timeAfterCreate` `P18M`",
        irreversible: false,
        source: say::ROTATION,
        basis: Basis::Documented,
        crosswalk: &[same("PSRule", "AZR-000123"), same("Azure Policy", "d8cf8476-a2ec-4916-896e-992351803c44")],
        check: rotates,
    },
    Rule {
        code: "CMK7002",
        title: "the rotation keeps its distances",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the key's rotation policy as deployed",
        why: "Key Vault takes a rotation at the earliest 7 days after creation and at the latest 7 days before expiry",
        fix: "rotate at least 7 days after creation and at least 7 days before `expiryTime` ends",
        irreversible: false,
        source: say::ROTATION,
        basis: Basis::Documented,
        crosswalk: &[],
        check: distances,
    },
    Rule {
        code: "CMK7003",
        title: "a rotation before expiry has an expiry",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the key's rotation policy as deployed",
        why: "`timeBeforeExpiry` counts back from an expiry; a policy without `expiryTime` gives new versions none",
        fix: "set `rotationPolicy.attributes.expiryTime`, or rotate by `timeAfterCreate`",
        irreversible: false,
        source: say::ROTATION,
        basis: Basis::Documented,
        crosswalk: &[],
        check: expiry_time,
    },
    Rule {
        code: "CMK7004",
        title: "a key that expires rotates before",
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: "within 60 minutes of the expiry",
        evidence: "the key's attributes and rotation policy as deployed",
        why: "an expiry with no rotation ahead of it is a date on which the cluster becomes inaccessible",
        fix: "add a `rotate` action that comes before the expiry, or leave the expiry out",
        irreversible: false,
        source: say::TROUBLE,
        basis: Basis::Documented,
        crosswalk: &[
            conflicts("Checkov", "CKV_AZURE_40"),
            conflicts("Trivy", "AZU-0014"),
            conflicts("Azure Policy", "152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0"),
            conflicts("Azure Policy", "49a22571-d204-4c91-a7b6-09b1a586fbc9"),
            conflicts("KICS", "4d080822-5ee2-49a4-8984-68f3d4c890fc"),
        ],
        check: expires_unrotated,
    },
    Rule {
        code: "CMK7005",
        title: "the key rotates at least every two years",
        level: Level::Warning,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: "the key's rotation policy as deployed",
        why: "two years is the longest that is recommended between rotations",
        fix: "rotate by `timeAfterCreate` `P2Y` or less",
        irreversible: false,
        source: say::ROTATION,
        basis: Basis::Documented,
        crosswalk: &[],
        check: interval,
    },
    Rule {
        code: "CMK7006",
        title: "the first version rotates too",
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: say::NEVER,
        evidence: "the key's attributes and rotation policy as deployed",
        why: "a policy's `expiryTime` only counts for versions made later; a first version without an expiry of its own \
              never comes to `timeBeforeExpiry`, so the rotation never starts",
        fix: "set `attributes.exp` on the key, or rotate by `timeAfterCreate`",
        irreversible: false,
        source: say::ROTATION,
        basis: Basis::Documented,
        crosswalk: &[],
        check: first_version,
    },
    Rule {
        code: "CMK7007",
        title: "periods are ISO 8601 durations",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the key's rotation policy as deployed",
        why: "Key Vault takes periods such as `P90D`, `P18M` or `P2Y`",
        fix: "write a period such as `P18M`",
        irreversible: false,
        source: say::ROTATION,
        basis: Basis::Documented,
        crosswalk: &[],
        check: periods,
    },
];

/// The keys with a rotation policy that rotates; a policy that isn't known is an unknown outcome.
pub(super) fn policies<'a>(scene: &Scene<'a>, out: &mut Out) -> Vec<(&'a Key, &'a Rotation)> {
    let mut rotating = Vec::new();
    for key in scene.keys(out) {
        if key.rotation.is_absent() {
            continue;
        }
        let seen = out.known(&key.rotation, &show_policy(key));
        rotating.extend(seen.filter(|seen| !seen.value.triggers.is_empty()).map(|seen| (key, seen.value)));
    }
    rotating
}

/// The days of a period: none where it is left out, is not a period (CMK7007's) or isn't known, which is an outcome.
pub(super) fn days(fact: &Fact<Text>, key: &Key, out: &mut Out) -> Option<i64> {
    if fact.is_absent() {
        return None;
    }
    period_days(out.word(fact, &show_policy(key))?.value)
}

fn rotates(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        let triggers = match &key.rotation {
            Fact::Absent(_) => 0,
            rotation => match out.known(rotation, &show_policy(key)) {
                Some(seen) => seen.value.triggers.len(),
                None => continue,
            },
        };
        if triggers > 0 {
            out.pass();
        } else if key.expires.is_absent() {
            let message = format!("key `{}` never rotates by itself", key.resource.short_name());
            out.fail(key.rotation.place(), message).expected("a `rotate` action").actual("none");
        } // with an expiry it is CMK7004's
    }
}

pub(super) const fn show_policy(key: &Key) -> Show<'_> {
    Show::Key(key, "rotation-policy show")
}

fn distances(scene: &Scene<'_>, out: &mut Out) {
    for (key, rotation) in policies(scene, out) {
        let name = key.resource.short_name();
        let life = days(&rotation.expiry_time, key, out);
        for trigger in &rotation.triggers {
            let (after, before) = (days(&trigger.after_create, key, out), days(&trigger.before_expiry, key, out));
            let wrong = match (after, before, life) {
                (Some(after), ..) if after < 7 => {
                    Some((&trigger.after_create, format!("key `{name}` rotates less than 7 days after creation")))
                }
                (Some(after), _, Some(life)) if life - after < 7 => Some((
                    &trigger.after_create,
                    format!("key `{name}` rotates {} days before its versions expire", life - after),
                )),
                (None, Some(before), _) if before < 7 => {
                    Some((&trigger.before_expiry, format!("key `{name}` rotates less than 7 days before expiry")))
                }
                (None, Some(before), Some(life)) if life - before < 7 => Some((
                    &trigger.before_expiry,
                    format!("key `{name}` rotates {} days after creation", life - before),
                )),
                (None, None, _) => None,
                _ => {
                    out.pass();
                    None
                }
            };
            if let Some((fact, message)) = wrong {
                let draft = out.fail(fact.place(), message);
                draft.expected("7 days from both ends of a version's life");
                draft.actual(fact.literal().unwrap_or_default()).source(fact);
                if life.is_some() {
                    draft.related(rotation.expiry_time.place(), "the life of each version");
                }
            }
        }
    }
}

fn expiry_time(scene: &Scene<'_>, out: &mut Out) {
    for (key, rotation) in policies(scene, out) {
        for trigger in rotation.triggers.iter().filter(|trigger| !trigger.before_expiry.is_absent()) {
            if rotation.expiry_time.is_absent() {
                let message = format!("key `{}` rotates before an expiry that it has not", key.resource.short_name());
                out.fail(trigger.before_expiry.place(), message)
                    .expected("`rotationPolicy.attributes.expiryTime`")
                    .actual("left out");
            } else if out.known(&rotation.expiry_time, &show_policy(key)).is_some() {
                out.pass();
            }
        }
    }
}

fn expires_unrotated(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        if key.expires.is_absent() {
            continue; // never expires
        }
        let triggers = match &key.rotation {
            Fact::Absent(_) => 0,
            rotation => match out.known(rotation, &show_policy(key)) {
                Some(seen) => seen.value.triggers.len(),
                None => continue,
            },
        };
        if triggers > 0 {
            out.pass();
            continue;
        }
        match out.known(&key.expires, &show_key(key)) {
            Some(end) if *end.value > scene.at.seconds() => {
                let day = Timestamp::from_seconds(*end.value).date();
                let message = format!("key `{}` expires on {day} and does not rotate", key.resource.short_name());
                out.fail(end.place, message).expected("a `rotate` action before the expiry").actual("none");
            }
            _ => {} // past it is CMK2006's
        }
    }
}

fn interval(scene: &Scene<'_>, out: &mut Out) {
    for (key, rotation) in policies(scene, out) {
        for trigger in &rotation.triggers {
            let after = days(&trigger.after_create, key, out);
            let life = days(&rotation.expiry_time, key, out);
            let before = days(&trigger.before_expiry, key, out).zip(life).map(|(days, life)| life - days);
            let Some(every) = after.or(before) else { continue };
            if every <= scene.options.rotation_days {
                out.pass();
                continue;
            }
            let fact = if after.is_some() { &trigger.after_create } else { &rotation.expiry_time };
            let message = format!("key `{}` rotates every {every} days", key.resource.short_name());
            let most = period(scene.options.rotation_days);
            out.fail(fact.place(), message)
                .expected(format!("{most} or less"))
                .actual(fact.literal().unwrap_or_default())
                .source(fact);
        }
    }
}

/// Days as a period: 730 are `P2Y`.
pub(super) fn period(days: i64) -> alloc::string::String {
    if days % 365 == 0 { format!("P{}Y", days / 365) } else { format!("P{days}D") }
}

fn first_version(scene: &Scene<'_>, out: &mut Out) {
    for (key, rotation) in policies(scene, out) {
        if rotation.expiry_time.is_absent() {
            continue; // CMK7003's
        }
        let counting_back = |t: &&Trigger| t.after_create.is_absent() && !t.before_expiry.is_absent();
        let Some(trigger) = rotation.triggers.iter().find(counting_back) else { continue };
        if key.expires.is_absent() {
            let message = format!("the first version of key `{}` never rotates", key.resource.short_name());
            out.fail(trigger.before_expiry.place(), message)
                .expected("`attributes.exp` on the key")
                .actual("left out")
                .related(&key.resource.place, "this key");
        } else if out.known(&key.expires, &show_key(key)).is_some() {
            out.pass();
        }
    }
}

fn periods(scene: &Scene<'_>, out: &mut Out) {
    for (key, rotation) in policies(scene, out) {
        let triggers = rotation.triggers.iter().flat_map(|trigger| [&trigger.after_create, &trigger.before_expiry]);
        for fact in triggers.chain([&rotation.expiry_time]).filter(|fact| !fact.is_absent()) {
            let Some(period) = out.word(fact, &show_policy(key)) else { continue };
            if period_days(period.value).is_some() {
                out.pass();
            } else {
                out.fail(period.place, format!("`{}` is not a period", period.value))
                    .expected("an ISO 8601 duration such as P18M")
                    .seen(&period);
            }
        }
    }
}
