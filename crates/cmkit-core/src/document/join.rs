//! One graph from several documents: what different documents say of one resource becomes one resource.
//!
//! A document deploys a resource, refers to it, or is the service's answer about it. References take everything from the
//! document that has it. What a deployment sets is what counts, what it leaves out is as it is now; what it sets to
//! something that isn't known yet stays unknown. A resource that two documents deploy stays two resources.

#![expect(clippy::indexing_slicing, reason = "an index has the numbers of the list that it was made from")]

pub(super) mod facts;

use crate::policy::{Deployment, Dialect, Drift, Fact, Key, Origin, Resource, ResourceId, Text};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use facts::{Alike, Facts, Meet};

/// Joins what is deployed or referred to with what the service answered.
pub(super) fn join(deployment: &mut Deployment, answers: Deployment) {
    let dialects: Vec<_> = deployment.files.iter().map(|file| file.dialect).collect();
    let Deployment { clusters, identities, vaults, keys, .. } = answers;
    kind(&mut deployment.clusters, clusters, &dialects, &mut deployment.drifts);
    kind(&mut deployment.identities, identities, &dialects, &mut deployment.drifts);
    kind(&mut deployment.vaults, vaults, &dialects, &mut deployment.drifts);
    kind(&mut deployment.keys, keys, &dialects, &mut deployment.drifts);
    deployment.role_assignments.extend(answers.role_assignments);
    deployment.policy_grants.extend(answers.policy_grants);
    deployment.role_definitions.extend(answers.role_definitions);
    deployment.locks.extend(answers.locks);
    deployment.suppressions.extend(answers.suppressions);
    if answers.resources.is_empty() {
        return;
    }
    let known = Index::of(&deployment.resources, |resource| &resource.id);
    let new = |resource: &Resource| known.same(&resource.id, |at| &deployment.resources[at].id).is_empty();
    let new: Vec<_> = answers.resources.into_iter().filter(new).collect();
    deployment.resources.extend(new);
}

/// Joins the resources of one type.
fn kind<T: Facts>(deployed: &mut Vec<T>, answers: Vec<T>, dialects: &[Dialect], drifts: &mut Vec<Drift>) {
    refer(deployed);
    if answers.is_empty() {
        return;
    }
    let answers = gather(answers);
    let index = Index::of(&answers, |one| &one.resource().id);
    let mut taken = BTreeSet::new();
    for one in deployed.iter_mut() {
        // Two answers that fit, of two resource groups perhaps: which one is meant isn't known.
        let [at] = index.same(&one.resource().id, |at| &answers[at].resource().id)[..] else { continue };
        taken.insert(at);
        let dialect = dialects.get(one.resource().place.file).copied().unwrap_or_default();
        let existing = one.resource().existing;
        let mut rule = if existing || dialect == Dialect::Form {
            Rule::Refers
        } else if T::MADE_ONCE && dialect == Dialect::Arm {
            Rule::Answered(drifts)
        } else {
            Rule::Deploys(drifts)
        };
        if existing {
            let depends_on = one.resource().depends_on.clone();
            let resource = answers[at].resource().clone();
            *one.resource_mut() = Resource { depends_on, ..resource };
        } else {
            let Resource { id, location, .. } = answers[at].resource().clone();
            let resource = one.resource_mut();
            resource.id = id;
            confirm(&mut resource.location, location);
        }
        one.each(&answers[at], &mut rule);
    }
    let left = answers.into_iter().enumerate().filter(|(at, _)| !taken.contains(at));
    deployed.extend(left.map(|(_, one)| one));
}

/// A region is the same for good: one that the service confirms is live.
fn confirm(location: &mut Fact<Text>, answered: Fact<Text>) {
    match (&mut *location, answered) {
        (Fact::Known { value, origin, .. }, Fact::Known { value: live, .. }) if value.alike(&live) => {
            *origin = Origin::Live;
        }
        (Fact::Known { value, .. }, live @ Fact::Known { .. }) if value.as_literal().is_none() => *location = live,
        (Fact::Absent(_) | Fact::Unknown { .. }, live @ Fact::Known { .. }) => *location = live,
        _ => {}
    }
}

/// References to what another document deploys are that.
fn refer<T: Facts>(deployed: &mut Vec<T>) {
    if !deployed.iter().any(|one| one.resource().existing) {
        return;
    }
    let index = Index::of(deployed, |one| &one.resource().id);
    let made = |one: &T| {
        let same = index.same(&one.resource().id, |at| &deployed[at].resource().id);
        same.into_iter().any(|at| !deployed[at].resource().existing)
    };
    let keep: Vec<_> = deployed.iter().map(|one| !one.resource().existing || !made(one)).collect();
    let mut keep = keep.into_iter();
    deployed.retain(|_| keep.next().unwrap_or(true));
}

/// Joins answers about one resource.
fn gather<T: Facts>(answers: Vec<T>) -> Vec<T> {
    let mut joined: Vec<T> = Vec::new();
    let mut index = Index::default();
    for mut answer in answers {
        let same = index.same(&answer.resource().id, |at| &joined[at].resource().id);
        let Some(at) = same.first().copied() else {
            index.add(&answer.resource().id, joined.len());
            joined.push(answer);
            continue;
        };
        let one = &mut joined[at];
        let (id, other) = (&one.resource().id, answer.resource());
        if id.scope().is_none() && other.id.scope().is_some() || one.resource().existing && !other.existing {
            let resource = one.resource().clone();
            *one.resource_mut() = other.clone();
            one.resource_mut().place = resource.place;
            if one.resource().location.known().is_none() {
                one.resource_mut().location = resource.location;
            }
        }
        T::newest(one, &mut answer);
        one.each(&answer, &mut Rule::Answers);
    }
    joined
}

/// How two facts of one property become one; what a template sets otherwise than it is drifts.
enum Rule<'d> {
    /// The first document only refers to the resource, or describes what is there: the answer counts where it tells.
    Refers,
    /// The first document deploys the resource: what it sets counts.
    Deploys(&'d mut Vec<Drift>),
    /// The first document would have made the resource, which is there already, and leaves it as it is.
    Answered(&'d mut Vec<Drift>),
    /// Both are answers.
    Answers,
}

/// Properties that nobody sets: the service tells them.
const TOLD: &[&str] = &["principal_id", "client_id", "status", "created", "version", "versions", "purge_date"];
/// Properties that a deployment resets by leaving them out, or can't change.
const RESET: &[&str] = &["access_policies", "encryption", "identity_type", "identities"];

impl Meet for Rule<'_> {
    fn meet<T: Alike + Clone>(&mut self, name: &'static str, one: &mut Fact<T>, other: &Fact<T>) {
        if let (Self::Deploys(drifts) | Self::Answered(drifts), Fact::Known { value, place: written, .. }) =
            (&mut *self, &*one)
            && let Fact::Known { value: second, place: live, .. } = other
            && !value.alike(second)
        {
            drifts.push(Drift { written: written.clone(), live: live.clone() });
        }
        match (self, &*one, other) {
            (Self::Answers, Fact::Known { value, place, .. }, Fact::Known { value: second, .. })
                if !value.alike(second) =>
            {
                let reason = "two answers of the service differ in it: give the newer one".to_string();
                *one = Fact::Unknown { place: place.clone(), reason };
            }
            // What a form counts, a list tells one by one.
            (Self::Refers, Fact::Known { .. }, other @ Fact::Known { .. }) if name == "versions" => {
                *one = other.clone();
            }
            (Self::Answers, Fact::Unknown { .. }, other @ (Fact::Known { .. } | Fact::Absent(_)))
            | (Self::Answers, Fact::Absent(_), other @ Fact::Known { .. })
            | (Self::Refers, Fact::Unknown { .. }, other @ (Fact::Known { .. } | Fact::Absent(_)))
            | (Self::Refers, Fact::Absent(_), other @ Fact::Known { .. })
            | (Self::Answered(_), _, other @ (Fact::Known { .. } | Fact::Absent(_))) => *one = other.clone(),
            (Self::Answered(_), Fact::Known { .. } | Fact::Absent(_), other @ Fact::Unknown { .. }) => {
                *one = other.clone();
            }
            (Self::Deploys(_), Fact::Absent(_), other @ Fact::Known { .. }) if !RESET.contains(&name) => {
                *one = other.clone();
            }
            (Self::Deploys(_), Fact::Unknown { .. }, other @ Fact::Known { .. }) if TOLD.contains(&name) => {
                *one = other.clone();
            }
            _ => {}
        }
    }
}

/// Where resources are, by type and name.
#[derive(Default)]
struct Index(BTreeMap<(String, String), Vec<usize>>);

impl Index {
    fn of<T>(list: &[T], id: impl Fn(&T) -> &ResourceId) -> Self {
        let mut index = Self::default();
        list.iter().enumerate().for_each(|(at, one)| index.add(id(one), at));
        index
    }

    fn add(&mut self, id: &ResourceId, at: usize) {
        self.0.entry(Self::entry(id)).or_default().push(at);
    }

    /// Those that are surely the same resource.
    fn same<'i>(&self, id: &ResourceId, get: impl Fn(usize) -> &'i ResourceId) -> Vec<usize> {
        let found = self.0.get(&Self::entry(id)).into_iter().flatten().copied();
        found.filter(|at| get(*at).same(id) == Some(true)).collect()
    }

    /// Texts that are the same are written the same, letter case aside.
    fn entry(id: &ResourceId) -> (String, String) {
        (id.kind().to_string(), id.name().to_string().to_ascii_lowercase())
    }
}

/// Of two versions of a key, the newer one is the key; the older one tells what all versions share.
fn newest(one: &mut Key, other: &mut Key) {
    let (Some(first), Some(second)) = (one.version.literal(), other.version.literal()) else { return };
    if first.eq_ignore_ascii_case(second) {
        return;
    }
    let (Some(first), Some(second)) = (one.created.known().copied(), other.created.known().copied()) else {
        return; // what differs becomes unknown
    };
    if second > first {
        core::mem::swap(one, other);
    }
    if second != first {
        let (versions, rotation) = (other.versions.clone(), other.rotation.clone());
        *other = Key { versions, rotation, resource: other.resource.clone(), ..one.clone() };
    }
}

#[cfg(test)]
mod tests;
