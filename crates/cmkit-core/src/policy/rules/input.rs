//! The input itself: values of the wrong kind, nothing to check, and suppressions.

use super::super::fact::{Fact, Place, Span};
use super::super::finding::{Consequence, Level};
use super::super::model::{Cluster, Vault};
use super::super::outcome::Out;
use super::super::scene::{MONGO_CLUSTERS, Scene};
use super::super::suppress;
use super::super::text::Text;
use super::{Basis, Rule, say};
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
        basis: Basis::Documented,
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
        why: "a suppression that is not complete suppresses nothing",
        fix: "write `code`, `reason` and, better, `until`",
        irreversible: false,
        source: say::AT_REST,
        basis: Basis::Documented,
        crosswalk: &[],
        check: suppress::well_formed,
    },
];

fn kinds(scene: &Scene<'_>, out: &mut Out) {
    for odd in &scene.deployment.oddities {
        out.fail(&odd.place, odd.message.as_str()).expected(&odd.expected).actual(&odd.actual);
    }
    for Cluster { create_mode, high_availability, .. } in &scene.deployment.clusters {
        one_of(create_mode, &["Default", "PointInTimeRestore", "GeoReplica", "Replica"], out);
        one_of(high_availability, &["Disabled", "SameZone", "ZoneRedundantPreferred"], out);
    }
    for Vault { public_access, default_action, bypass, sku, create_mode, .. } in &scene.deployment.vaults {
        one_of(public_access, &["Enabled", "Disabled", "SecuredByPerimeter"], out);
        one_of(default_action, &["Allow", "Deny"], out);
        one_of(bypass, &["AzureServices", "None"], out);
        one_of(sku, &["standard", "premium"], out);
        one_of(create_mode, &["default", "recover"], out);
    }
}

fn one_of(fact: &Fact<Text>, words: &[&str], out: &mut Out) {
    let Some(value) = fact.literal() else { return };
    if words.iter().any(|word| word.eq_ignore_ascii_case(value)) {
        out.pass();
        return;
    }
    let property = fact.place().pointer.rsplit('/').next().unwrap_or_default();
    let shown: String = value.chars().take(64).collect();
    out.fail(fact.place(), format!("`{property}` can't be `{shown}`")).expected(words.join(", ")).actual(shown);
}

fn something(scene: &Scene<'_>, out: &mut Out) {
    if scene.deployment.clusters.is_empty() {
        let place = Place { file: 0, pointer: String::new(), span: Span { start: 0, end: 0 } };
        out.unknown(&place, format!("no `{MONGO_CLUSTERS}` in these files"), None);
    } else {
        out.pass();
    }
}
