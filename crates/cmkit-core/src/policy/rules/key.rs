//! The key itself: what it is, and whether it can be used now.

use super::super::fact::Fact;
use super::super::finding::{Consequence, Level};
use super::super::model::Key;
use super::super::outcome::{Out, decided};
use super::super::scene::{Scene, show_key};
use super::super::time::Timestamp;
use super::{Basis, Rule, conflicts, same, say, weaker};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK2001",
        title: "the key is an RSA key",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::KEY,
        why: "the service wraps its own key with yours, which takes RSA; elliptic curve keys can't wrap",
        fix: "set `kty` to `RSA` or `RSA-HSM`",
        irreversible: true,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[
            conflicts("Checkov", "CKV_AZURE_112"),
            weaker("Azure Policy", "75c4f823-d65c-4f29-a733-01d0077fdbcb"),
            conflicts("Azure Policy", "587c79fe-dd04-4a5e-9d0b-f89598c7261b"),
        ],
        check: kind,
    },
    Rule {
        code: "CMK2002",
        title: "the key has 2048, 3072 or 4096 bits",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::KEY,
        why: "the service takes these sizes only",
        fix: "set `keySize` to 4096",
        irreversible: true,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[weaker("Azure Policy", "82067dbb-e53b-4e06-b631-546d197452d9")],
        check: size,
    },
    Rule {
        code: "CMK2003",
        title: "the key has 4096 bits",
        level: Level::Note,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::KEY,
        why: "4096 bits are the recommended size, and the key is used so rarely that its cost does not show",
        fix: "set `keySize` to 4096; a new version of the key can have another size",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[],
        check: recommended_size,
    },
    Rule {
        code: "CMK2004",
        title: "the key is enabled",
        level: Level::Error,
        consequence: Consequence::Outage,
        time_to_impact: say::WITHIN_THE_HOUR,
        evidence: say::KEY,
        why: "a disabled key unwraps nothing: a new cluster fails, a living one becomes inaccessible",
        fix: "set `attributes.enabled` to true, or leave it out",
        irreversible: false,
        source: say::TROUBLE,
        basis: Basis::Documented,
        crosswalk: &[],
        check: enabled,
    },
    Rule {
        code: "CMK2005",
        title: "the activation date is past",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::KEY,
        why: "a key that is not active yet can't wrap",
        fix: "leave `attributes.nbf` out, or set it to a time before the deployment",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[],
        check: active,
    },
    Rule {
        code: "CMK2006",
        title: "the key has not expired",
        level: Level::Error,
        consequence: Consequence::Outage,
        time_to_impact: say::WITHIN_THE_HOUR,
        evidence: say::KEY,
        why: "the service treats an expired key as lost: the cluster becomes inaccessible, even though Key Vault itself \
              would still unwrap",
        fix: "move the expiry into the future first, wait until the cluster is ready, and only then rotate",
        irreversible: false,
        source: say::TROUBLE,
        basis: Basis::Documented,
        crosswalk: &[],
        check: expired,
    },
    Rule {
        code: "CMK2007",
        title: "the key does not expire soon",
        level: Level::Warning,
        consequence: Consequence::Outage,
        time_to_impact: "within 60 minutes of the expiry",
        evidence: say::KEY,
        why: "when the current version expires before a newer one is in use, the cluster becomes inaccessible",
        fix: "rotate the key now, or move its expiry out",
        irreversible: false,
        source: say::TROUBLE,
        basis: Basis::Documented,
        crosswalk: &[same("Azure Policy", "5ff38825-c5d8-47c5-b70e-069a21955146")],
        check: near_expiry,
    },
    Rule {
        code: "CMK2008",
        title: "the key may wrap and unwrap",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::KEY,
        why: "wrapping and unwrapping are all that the service does with the key; the vault refuses what `keyOps` \
              leaves out",
        fix: "have `wrapKey` and `unwrapKey` in `keyOps`, or leave `keyOps` out",
        irreversible: false,
        source: say::KEY_DETAILS,
        basis: Basis::Documented,
        crosswalk: &[],
        check: operations,
    },
    Rule {
        code: "CMK2009",
        title: "the key can't be exported",
        level: Level::Warning,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::KEY,
        why: "an exportable key can leave the vault under its release policy; a copy elsewhere outlives any revocation",
        fix: "leave `attributes.exportable` out; it can't be taken back from an existing key",
        irreversible: true,
        source: say::KEY_DETAILS,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: exportable,
    },
];

fn kind(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        match out.word(&key.kind, &show_key(key)) {
            Some(kind) if is_rsa(kind.value) => out.pass(),
            Some(kind) => {
                let message = format!("key `{}` is of type `{}`", key.resource.short_name(), kind.value);
                out.fail(kind.place, message).expected("RSA or RSA-HSM").seen(&kind);
            }
            None => {}
        }
    }
}

fn is_rsa(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("RSA") || kind.eq_ignore_ascii_case("RSA-HSM")
}

/// The sizes in bits of the keys that have one; 2048 is the default.
pub(super) fn sizes<'a>(scene: &Scene<'a>, out: &mut Out) -> Vec<(&'a Key, Fact<i64>)> {
    let mut sizes = Vec::new();
    for key in scene.keys(out) {
        match key.kind.literal() {
            Some(kind) if !is_rsa(kind) => {} // CMK2001's
            _ => sizes.push((key, key.size.or_default(2048))),
        }
    }
    sizes
}

fn size(scene: &Scene<'_>, out: &mut Out) {
    for (key, size) in sizes(scene, out) {
        match out.known(&size, &show_key(key)) {
            Some(bits) if matches!(bits.value, 2048 | 3072 | 4096) => out.pass(),
            Some(bits) => {
                let message = format!("key `{}` has {} bits", key.resource.short_name(), bits.value);
                out.fail(bits.place, message).expected("2048, 3072 or 4096").seen(&bits);
            }
            None => {}
        }
    }
}

fn recommended_size(scene: &Scene<'_>, out: &mut Out) {
    for (key, size) in sizes(scene, out) {
        let Some(bits) = out.known(&size, &show_key(key)) else { continue };
        match bits.value {
            2048 | 3072 => {
                let message = format!("key `{}` has {} bits", key.resource.short_name(), bits.value);
                out.fail(bits.place, message).expected(4096).seen(&bits);
            }
            4096 => out.pass(),
            _ => {} // CMK2002's
        }
    }
}

fn enabled(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        match out.known(&key.enabled.or_default(true), &show_key(key)) {
            Some(on) if *on.value => out.pass(),
            Some(off) => {
                let message = format!("key `{}` is disabled", key.resource.short_name());
                out.fail(off.place, message).expected(true).seen(&off);
            }
            None => {}
        }
    }
}

fn active(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        if key.not_before.is_absent() {
            out.pass();
            continue;
        }
        match out.known(&key.not_before, &show_key(key)) {
            Some(from) if *from.value <= scene.at.seconds() => out.pass(),
            Some(from) => {
                let message = format!("key `{}` is not active before {}", key.resource.short_name(), day(*from.value));
                out.fail(from.place, message)
                    .expected(format!("at most {} ({})", scene.at.seconds(), scene.at))
                    .seen(&from);
            }
            None => {}
        }
    }
}

fn day(seconds: i64) -> String {
    Timestamp::from_seconds(seconds).date()
}

fn expired(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        if key.expires.is_absent() {
            out.pass(); // without an expiry a key never expires
            continue;
        }
        match out.known(&key.expires, &show_key(key)) {
            Some(end) if *end.value > scene.at.seconds() => out.pass(),
            Some(end) => {
                let message = format!("key `{}` expired on {}", key.resource.short_name(), day(*end.value));
                out.fail(end.place, message)
                    .expected(format!("after {} ({}), or left out", scene.at.seconds(), scene.at))
                    .seen(&end);
            }
            None => {}
        }
    }
}

fn near_expiry(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        if key.expires.is_absent() {
            out.pass();
            continue;
        }
        let Some(end) = out.known(&key.expires, &show_key(key)) else { continue };
        let days = scene.at.days_until(Timestamp::from_seconds(*end.value));
        if *end.value <= scene.at.seconds() {
            continue; // CMK2006's
        }
        if days >= scene.options.expiry_days {
            out.pass();
            continue;
        }
        let left = if days == 1 { "1 day".to_string() } else { format!("{days} days") };
        let message = format!("key `{}` expires in {left}, on {}", key.resource.short_name(), day(*end.value));
        out.fail(end.place, message)
            .expected(format!("at least {} days away", scene.options.expiry_days))
            .actual(left)
            .source(&key.expires);
    }
}

fn operations(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        if key.operations.is_absent() {
            out.pass(); // all that its type can do
            continue;
        }
        let Some(listed) = out.known(&key.operations, &show_key(key)) else { continue };
        let has =
            |operation: &str| listed.value.iter().any(|(text, _)| text.same(&super::word(operation)) == Some(true));
        let missing: Vec<_> = ["wrapKey", "unwrapKey"].into_iter().filter(|operation| !has(operation)).collect();
        if missing.is_empty() {
            out.pass();
        } else if let Some((open, place)) = listed.value.iter().find(|(text, _)| text.as_literal().is_none()) {
            out.unknown(place, decided(open), Some(show_key(key).into()));
        } else {
            let message = format!("key `{}` may not {}", key.resource.short_name(), missing.join(" and "));
            let listed: Vec<_> = listed.value.iter().map(|(text, _)| text.to_string()).collect();
            out.fail(key.operations.place(), message)
                .expected("wrapKey, unwrapKey")
                .actual(listed.join(", "))
                .source(&key.operations);
        }
    }
}

fn exportable(scene: &Scene<'_>, out: &mut Out) {
    for key in scene.keys(out) {
        match out.known(&key.exportable.or_default(false), &show_key(key)) {
            Some(can) if *can.value => {
                let message = format!("key `{}` is exportable", key.resource.short_name());
                out.fail(can.place, message).expected(false).seen(&can);
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}
