//! Checks of a customer-managed-key configuration before it is deployed.
//!
//! [`check`] takes a [`Deployment`], as a reader of [`document`](crate::document) builds it, and a point in time, and
//! gives a [`Report`]. It reads no file format, asks no service and has no clock. What the files don't say is never
//! passed: either the service's documented default decides, or the verdict is unknown, with what would settle it.

mod access;
mod address;
mod baseline;
mod calendar;
mod change;
mod dialect;
mod explain;
mod fact;
mod finding;
mod glob;
mod index;
mod lines;
mod merge;
mod model;
mod outcome;
mod owner;
mod patch;
mod role;
mod rules;
mod scene;
mod settings;
mod suppress;
mod text;
mod time;
pub mod what_if;

pub use baseline::{Baseline, Known};
pub use calendar::{Calendar, Entry, Kind, calendar};
pub use change::{ChangePlan, ClusterPlan, Effect, Step, plan, planned};
pub use explain::{
    Cause, Cited, Explanation, Recognised, Seen, Standing, explain, explain_in, looks_like_a_code, symptoms_of,
};
pub use fact::{Dialect, Fact, File, Origin, Place, Pointer, Span, line_column};
pub use finding::{Consequence, Finding, Fix, Inputs, Level, Location, Related, Report, Summary, Verdict};
pub use model::{
    AccessPolicy, Action, Change, Cluster, Deployment, Drift, Encryption, Identity, Key, KeyVersion, Lock, Oddity,
    PolicyGrant, Resource, RoleAssignment, RoleDefinition, Rotation, Suppression, Trigger, Vault,
};
pub use patch::{Json, PatchOperation};
pub use rules::{Basis, Crosswalk, Relation, Rule, rule, rules};
pub use settings::{Acceptance, Options, Requirements, Tag};
pub(crate) use text::Piece;
pub use text::{Part, ResourceId, Text};
pub use time::{Timestamp, period_days};
pub use what_if::{Event, Selection, WhatIf, what_if};

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec::Vec;
use lines::Lines;
use outcome::{Draft, Out};
use owner::Owners;
use rules::mend::{Case, Mends};
use scene::Scene;

/// Checks a deployment against every rule, as of the time `at`.
///
/// The same deployment, time and options always give the same report. See [`Report`] for an example.
#[must_use]
pub fn check(deployment: &Deployment, at: Timestamp, options: &Options) -> Report {
    let scene = Scene::new(deployment, at, options);
    let around = Around::new(&scene);
    let mut findings = Vec::new();
    let (mut passed, mut not_applicable, mut off) = (Vec::new(), Vec::new(), Vec::new());
    for rule in rules() {
        let Some(level) = options.level(rule) else {
            off.push(rule.code);
            continue;
        };
        let mut out = Out::default();
        (rule.check)(&scene, &mut out);
        match (out.drafts.is_empty(), out.passes) {
            (true, true) => passed.push(rule.code),
            (true, false) => not_applicable.push(rule.code),
            (false, _) => {
                let made = |draft| finding(rule, level, draft, &around);
                findings.extend(out.drafts.into_iter().map(made));
            }
        }
    }
    findings.sort_by(|one, two| rank(one).cmp(&rank(two)));
    let (inputs, summary) = (Inputs::of(deployment), Summary::default());
    Report { schema: 1, at, inputs, summary, findings, passed, not_applicable, off }.counted()
}

/// Worst first: failures before unknowns before what is accepted, then by level, then in the order of the files.
fn rank(finding: &Finding) -> (u8, Level, &str, usize, &'static str) {
    let verdict = match finding.verdict {
        Verdict::Fail => 0,
        Verdict::Unknown { .. } => 1,
        Verdict::Suppressed { .. } => 2,
    };
    (verdict, finding.level, &finding.file, finding.span.start, finding.code)
}

/// What is around findings: each index is made once for all of them.
struct Around<'a> {
    scene: &'a Scene<'a>,
    owners: Owners<'a>,
    mends: Mends<'a>,
    /// Where a value is another one, as it is deployed or as a template has it, by where it stands.
    drifts: BTreeMap<(usize, &'a str), (&'a Place, &'static str)>,
    /// Of each file, and last of the settings: what is in no file is there.
    lines: Vec<Lines<'a>>,
}

impl<'a> Around<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        let files = scene.deployment.files.iter().chain(&scene.options.file);
        let at = |place: &'a Place| (place.file, place.pointer.as_str());
        let drifts = scene.deployment.drifts.iter().map(|Drift { written, live }| {
            [(at(written), (live, "what is deployed differs")), (at(live), (written, "the template has another value"))]
        });
        Self {
            scene,
            owners: Owners::new(scene.deployment),
            mends: Mends::new(scene.deployment),
            drifts: drifts.flatten().collect(),
            lines: files.map(|file| Lines::new(&file.text)).collect(),
        }
    }

    fn file_of(&self, place: &Place) -> Option<&File> {
        self.scene.deployment.files.get(place.file).or(self.scene.options.file.as_ref())
    }

    fn location(&self, place: &Place) -> Location {
        let own = self.scene.deployment.files.len();
        let lines = self.lines.get(place.file).or_else(|| self.lines.get(own));
        let Some(lines) = lines else { return Location::default() };
        let Span { start, end } = place.span;
        let ((line, column), (end_line, end_column)) = (lines.at(start), lines.at(end));
        Location { start, end, line, column, end_line, end_column }
    }
}

fn finding(rule: &'static Rule, level: Level, draft: Draft, around: &Around<'_>) -> Finding {
    let Around { scene, owners, mends, .. } = around;
    let Draft { place, message, expected, actual, source, mut related, fix, unknown } =
        dialect::spoken(draft, &scene.deployment.files);
    let owner = owners.of(&place);
    let accepted = suppress::accepted(rule, &place, owner, scene, scene.at, &mut related);
    let verdict = accepted.unwrap_or(match unknown {
        Some(command) => Verdict::Unknown { evidence: rule.evidence, command },
        None => Verdict::Fail,
    });
    let name = |place: &Place| around.file_of(place).map(|file| file.name.clone()).unwrap_or_default();
    let related_place = related.first().map(|(place, _)| place);
    let case = Case { mends, place: &place, expected: expected.as_deref(), related: related_place };
    let patch = if verdict == Verdict::Fail { rules::mend::patch(rule.code, &case) } else { Vec::new() };
    let fixes = match &verdict {
        Verdict::Unknown { .. } => Vec::new(),
        _ => {
            let words = dialect::of(&place, &scene.deployment.files);
            let description = dialect::translated(fix.as_deref().unwrap_or(rule.fix), words);
            Vec::from([Fix { description, irreversible: rule.irreversible, patch }])
        }
    };
    let drift = around.drifts.get(&(place.file, place.pointer.as_str()));
    related.extend(drift.map(|(place, message)| ((*place).clone(), (*message).to_string())));
    let related = related.into_iter().map(|(place, message)| Related {
        message,
        file: name(&place),
        span: around.location(&place),
        pointer: place.pointer.as_str().into(),
    });
    let (resource, below) = match owner {
        Some(owner) => (Some(owner.resource.to_string()), place.pointer.get(owner.above..).unwrap_or_default()),
        None => (None, place.pointer.as_str()),
    };
    Finding {
        code: rule.code,
        verdict,
        level,
        consequence: rule.consequence,
        message,
        expected,
        actual,
        source,
        fingerprint: finding::fingerprint(rule.code, &name(&place), resource.as_deref(), below),
        resource,
        file: name(&place),
        span: around.location(&place),
        related: related.collect(),
        why: rule.why,
        fixes,
        pointer: place.pointer.as_str().into(),
    }
}

#[cfg(test)]
mod tests;
