//! The input itself: values of the wrong kind, nothing to check, and suppressions.

use super::super::fact::{Fact, Place, Pointer, Span};
use super::super::finding::{Consequence, Level};
use super::super::model::Vault;
use super::super::outcome::Out;
use super::super::scene::{MONGO_CLUSTERS, Scene, show_cluster, show_vault};
use super::super::suppress;
use super::super::text::Text;
use super::{Basis, Rule, say};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK9001",
        title: "values are of the kind that their property takes",
        level: Level::Error,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: say::CLUSTER,
        why: "the management API refuses values of another kind, or reads something else into them",
        fix: "write a value that the property takes",
        irreversible: false,
        source: say::CLUSTER_BODY,
        basis: Basis::Documented,
        crosswalk: &[],
        check: kinds,
    },
    Rule {
        code: "CMK9002",
        title: "there is a cluster to check",
        level: Level::Warning,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: "the template that deploys the cluster, given together with these files",
        why: "whether a vault is fit for a customer-managed key shows only with the cluster that uses it; nothing was \
              checked",
        fix: "give all files of the deployment at once",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Practice,
        crosswalk: &[],
        check: something,
    },
    Rule {
        code: "CMK9003",
        title: "suppressions are complete",
        level: Level::Error,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::CLUSTER,
        why: "a suppression that is not complete suppresses nothing, nor does one of an error by which data is lost",
        fix: "write `code`, `reason` and, better, `until`; mend what can't be suppressed",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Practice,
        crosswalk: &[],
        check: suppress::well_formed,
    },
    Rule {
        code: "CMK9004",
        title: "suppressions of the settings are used",
        level: Level::Note,
        consequence: Consequence::Hygiene,
        time_to_impact: say::NEVER,
        evidence: say::CLUSTER,
        why: "a suppression that nothing needs any more would silently accept the next finding that it fits",
        fix: "take the entry out of the settings",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Settings,
        crosswalk: &[],
        check: suppress::used,
    },
];

fn kinds(scene: &Scene<'_>, out: &mut Out) {
    for odd in &scene.deployment.oddities {
        out.fail(&odd.place, odd.message.as_str()).expected(&odd.expected).actual(&odd.actual);
    }
    for cluster in scene.deployment.clusters.iter().filter(|cluster| !cluster.resource.existing) {
        let show = || Some(show_cluster(cluster).into());
        let mut one_of = |fact, words| one_of(scene, fact, words, show, out);
        one_of(&cluster.create_mode, &["Default", "PointInTimeRestore", "GeoReplica", "Replica"]);
        one_of(&cluster.high_availability, &["Disabled", "SameZone", "ZoneRedundantPreferred"]);
    }
    for identity in &scene.deployment.identities {
        one_of(scene, &identity.isolation_scope, &["None", "Regional"], || None, out); // unknown it is CMK4006's
    }
    let used: BTreeSet<_> = scene.vaults(&mut Out::default()).into_iter().map(core::ptr::from_ref).collect();
    for vault in scene.deployment.vaults.iter().filter(|vault| !vault.resource.existing) {
        let Vault { public_access, default_action, bypass, sku, create_mode, .. } = vault;
        // What isn't known of a vault that no cluster uses is nobody's question.
        let show = || used.contains(&core::ptr::from_ref(vault)).then(|| show_vault(vault).into());
        let mut one_of = |fact, words| one_of(scene, fact, words, show, out);
        one_of(public_access, &["Enabled", "Disabled", "SecuredByPerimeter"]);
        one_of(default_action, &["Allow", "Deny"]);
        one_of(bypass, &["AzureServices", "None"]);
        one_of(sku, &["standard", "premium"]);
        one_of(create_mode, &["default", "recover"]);
    }
}

fn one_of(scene: &Scene<'_>, fact: &Fact<Text>, words: &[&str], show: impl Fn() -> Option<String>, out: &mut Out) {
    let Some(value) = fact.literal() else {
        let odd = || scene.deployment.oddities.iter().any(|odd| odd.place == *fact.place());
        if let (false, Some(command)) = (fact.is_absent() || odd(), show()) {
            out.word(fact, &command);
        }
        return;
    };
    if words.iter().any(|word| word.eq_ignore_ascii_case(value)) {
        out.pass();
        return;
    }
    let property = fact.place().pointer.rsplit('/').next().unwrap_or_default();
    let shown: String = value.chars().take(64).collect();
    out.fail(fact.place(), format!("`{property}` can't be `{shown}`"))
        .expected(words.join(", "))
        .actual(shown)
        .source(fact);
}

fn something(scene: &Scene<'_>, out: &mut Out) {
    if scene.deployment.clusters.is_empty() {
        let place = Place { file: 0, pointer: Pointer::default(), span: Span { start: 0, end: 0 } };
        out.unknown(&place, format!("no `{MONGO_CLUSTERS}` in these files"), None);
    } else {
        out.pass();
    }
}
