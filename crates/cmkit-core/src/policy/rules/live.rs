//! What the service says of a living cluster, and in which order to act on it.

use super::super::finding::{Consequence, Level};
use super::super::outcome::{Out, Seen};
use super::super::scene::{Chain, Scene, show_cluster, show_key};
use super::super::time::Timestamp;
use super::{Basis, Rule, say};
use alloc::format;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK8001",
        title: "the cluster has access to its key",
        level: Level::Error,
        consequence: Consequence::Outage,
        time_to_impact: "now",
        evidence: "the cluster's `clusterStatus`",
        why: "an inaccessible cluster refuses every connection until the service reaches the key again, within 60 \
              minutes after it can",
        fix: "mend what the other findings say of key, vault, grant and network, and wait up to 60 minutes",
        irreversible: false,
        source: say::TROUBLE,
        basis: Basis::Documented,
        crosswalk: &[],
        check: accessible,
    },
    Rule {
        code: "CMK8002",
        title: "the cluster was made",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: "now",
        evidence: "the cluster's `clusterStatus`",
        why: "a cluster whose provisioning failed can't be mended: it has to be deleted and made again once its \
              requirements are met",
        fix: "mend what the other findings say, delete the cluster, and make it again",
        irreversible: true,
        source: say::TROUBLE,
        basis: Basis::Documented,
        crosswalk: &[],
        check: made,
    },
    Rule {
        code: "CMK8003",
        title: "an expired key is extended before anything else",
        level: Level::Error,
        consequence: Consequence::Outage,
        time_to_impact: "now",
        evidence: "the cluster's `clusterStatus` and the key's attributes",
        why: "while the cluster is inaccessible over an expired key, neither a rotation nor another key helps: the \
              service has to open its own key with the expired version first",
        fix: "move the expiry of this very version into the future, wait until the cluster is ready, and only then \
              rotate or change the key",
        irreversible: false,
        source: say::TROUBLE,
        basis: Basis::Documented,
        crosswalk: &[],
        check: extended_first,
    },
];

/// The status of a living cluster. The list of words is open: others than these say nothing here.
fn status<'c>(chain: &Chain<'c>, out: &mut Out) -> Option<Seen<'c, str>> {
    let cluster = chain.cluster;
    if cluster.status.is_absent() && !cluster.resource.is_live() {
        return None; // not made yet
    }
    out.word(&cluster.status, &show_cluster(cluster))
}

fn accessible(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        match status(chain, out) {
            Some(status) if status.value.eq_ignore_ascii_case("Inaccessible") => {
                let message = format!("cluster `{}` has lost access to its key", chain.name());
                out.fail(status.place, message).expected("Ready").seen(&status);
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}

fn made(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        match status(chain, out) {
            Some(status) if status.value.eq_ignore_ascii_case("Failed") => {
                let message = format!("cluster `{}` could not be made", chain.name());
                out.fail(status.place, message).expected("Ready").seen(&status);
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}

fn extended_first(scene: &Scene<'_>, out: &mut Out) {
    for chain in scene.chains(out) {
        let Some(status) = status(chain, out) else { continue };
        if !status.value.eq_ignore_ascii_case("Inaccessible") {
            out.pass();
            continue;
        }
        let Some(key) = chain.key(out) else { continue };
        if key.expires.is_absent() {
            out.pass();
            continue;
        }
        match out.known(&key.expires, &show_key(key)) {
            Some(end) if *end.value <= scene.at.seconds() => {
                let day = Timestamp::from_seconds(*end.value).date();
                let message = format!("cluster `{}` is inaccessible, and its key expired on {day}", chain.name());
                out.fail(end.place, message)
                    .expected(format!("after {} ({})", scene.at.seconds(), scene.at))
                    .seen(&end)
                    .related(status.place, "the cluster's status");
            }
            Some(_) => out.pass(),
            None => {}
        }
    }
}
