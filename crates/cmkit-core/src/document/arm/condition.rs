//! Conditions of resources: what is deployed only perhaps is no evidence that it is there.
//!
//! Whatever holds for every cluster is taken for granted: the question is always what happens when the cluster is there.

use super::super::join::facts::{Alike, Facts, Meet};
use super::super::logic::truth;
use super::super::scope::{Node, Scope, Worth};
use crate::policy::{Deployment, Fact, Key, Origin, Place, ResourceId, Text};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A condition that the files don't decide.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    expression: Text,
    reason: String,
}

/// A resource and the conditions that it is deployed under.
pub(super) struct Conditional {
    pub(super) id: ResourceId,
    pub(super) place: Place,
    pub(super) conditions: Vec<Condition>,
}

/// Whether a resource is deployed.
pub(super) enum Answer {
    Always,
    Never,
    Perhaps(Condition),
}

/// Whether a resource is deployed, as far as its `condition` tells. The default of a parameter is as good as ever where
/// it says yes; where it says no, somebody made the resource for the other case.
pub(super) fn of<'a>(node: &Node<'a>, scope: &Scope<'a>) -> Answer {
    let Some(condition) = node.member("condition").filter(|_| !scope.plain) else { return Answer::Always };
    let (worth, origin) = scope.worth(&condition);
    let written = || match condition.value.as_str() {
        Some(text) => Text::opaque(text.trim_start_matches('[').trim_end_matches(']')),
        None => scope.open(&format!("the condition at {}", condition.pointer())),
    };
    let value = match worth {
        Worth::Node(ref node) if matches!(node.value.kind, super::super::json::Kind::Bool(_)) => truth(&worth),
        Worth::Text(_) => truth(&worth),
        _ => None,
    };
    match (value, origin, worth) {
        (Some(true), ..) => Answer::Always,
        (Some(false), Origin::Template, _) => Answer::Never,
        (Some(false), ..) => {
            let expression = written();
            let reason = format!("it is deployed only if `{}`, which is false by default", shown(&expression));
            Answer::Perhaps(Condition { expression, reason })
        }
        (None, _, worth) => {
            let expression = if let Worth::Text(text) = worth { text } else { written() };
            let reason = format!("it is deployed only if `{}`", shown(&expression));
            Answer::Perhaps(Condition { expression, reason })
        }
    }
}

/// Makes unknown what is told of resources that may not be deployed though a cluster is.
pub(super) fn doubt(deployment: &mut Deployment, conditional: &[Conditional]) {
    let entry = |id: &ResourceId, place: &Place| (place.file, place.pointer.clone(), format!("{id}"));
    let all: BTreeMap<_, _> = conditional.iter().map(|one| (entry(&one.id, &one.place), &one.conditions)).collect();
    let under = |id: &ResourceId, place: &Place| all.get(&entry(id, place)).map_or(&[][..], |all| all.as_slice());
    let has = |all: &[Condition], one: &Condition| {
        all.iter().any(|other| other.expression.same(&one.expression) == Some(true))
    };
    let clusters = deployment.clusters.iter().filter(|cluster| !cluster.resource.existing);
    let mut clusters = clusters.map(|cluster| under(&cluster.resource.id, &cluster.resource.place));
    let mut granted = clusters.next().map(<[_]>::to_vec).unwrap_or_default();
    clusters.for_each(|other| granted.retain(|one| has(other, one)));
    let reason = |id: &ResourceId, place: &Place| {
        let open = under(id, place).iter().find(|one| !has(&granted, one));
        open.map(|condition| condition.reason.clone())
    };
    deployment.vaults.iter_mut().for_each(|one| doubt_all(one, &reason));
    deployment.identities.iter_mut().for_each(|one| doubt_all(one, &reason));
    deployment.keys.iter_mut().for_each(|one: &mut Key| doubt_all(one, &reason));
    // Of a grant, what it grants is in doubt: whom and what it is for still tells which question it would answer.
    for grant in &mut deployment.role_assignments {
        if let Some(reason) = reason(&grant.resource.id, &grant.resource.place) {
            unknown(&mut grant.role, &reason);
        }
    }
    for grant in &mut deployment.policy_grants {
        let Some(reason) = reason(&grant.resource.id, &grant.resource.place) else { continue };
        if let Fact::Known { value, .. } = &mut grant.access_policies {
            value.iter_mut().for_each(|policy| unknown(&mut policy.keys, &reason));
        }
    }
}

fn doubt_all<T: Facts>(one: &mut T, reason: &impl Fn(&ResourceId, &Place) -> Option<String>) {
    struct Doubt(String);
    impl Meet for Doubt {
        fn meet<T: Alike + Clone>(&mut self, _: &'static str, one: &mut Fact<T>, _: &Fact<T>) {
            unknown(one, &self.0);
        }
    }
    let Some(reason) = reason(&one.resource().id, &one.resource().place) else { return };
    unknown(&mut one.resource_mut().location, &reason);
    let same = one.clone();
    one.each(&same, &mut Doubt(reason));
}

fn unknown<T>(fact: &mut Fact<T>, reason: &str) {
    *fact = Fact::Unknown { place: fact.place().clone(), reason: reason.into() };
}

/// An expression without the braces of an open text.
fn shown(text: &Text) -> String {
    let shown = format!("{text}");
    let inner = shown.strip_prefix('{').and_then(|shown| shown.strip_suffix('}'));
    inner.map_or(shown.clone(), Into::into)
}
