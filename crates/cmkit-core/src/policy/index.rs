//! Resources by name: each is found in one step, however many there are.
//!
//! Names with open parts are found by their spelling, which is how [`Text::same`] compares them.

use super::model::{Deployment, Lock, RoleAssignment};
use super::text::{Part, ResourceId, Text};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Positions in a list, by name.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, Vec<usize>>);

impl Names {
    pub(super) fn of<'t>(names: impl IntoIterator<Item = &'t Text>) -> Self {
        let mut index = Self::default();
        names.into_iter().enumerate().for_each(|(position, name)| index.add(name, position));
        index
    }

    fn add(&mut self, name: &Text, position: usize) {
        self.0.entry(spelling(name)).or_default().push(position);
    }

    /// The positions under a name, in the order of the list.
    pub(super) fn get(&self, name: &Text) -> &[usize] {
        self.0.get(&spelling(name)).map_or(&[], Vec::as_slice)
    }
}

fn spelling(name: &Text) -> String {
    name.to_string().to_ascii_lowercase()
}

/// Every list of a deployment that rules look things up in.
pub(super) struct Index {
    pub(super) resources: Names,
    pub(super) clusters: Names,
    pub(super) vaults: Names,
    /// By `vault/key`.
    pub(super) keys: Names,
    pub(super) identities: Names,
    /// Access policies outside their vaults, by vault.
    pub(super) policy_grants: Names,
    /// Custom roles, by the last part of their id.
    pub(super) role_definitions: Names,
    locks: Locks,

    grants: Grants,
}

impl Index {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let vaults: Vec<_> = deployment.policy_grants.iter().map(|grant| first(grant.resource.id.name())).collect();
        let last = |id: &ResourceId| id.name().split('/').pop().unwrap_or_default();
        let roles: Vec<_> = deployment.role_definitions.iter().map(|role| last(&role.resource.id)).collect();
        Self {
            resources: Names::of(deployment.resources.iter().map(|one| one.id.name())),
            clusters: Names::of(deployment.clusters.iter().map(|one| one.resource.id.name())),
            vaults: Names::of(deployment.vaults.iter().map(|one| one.resource.id.name())),
            keys: Names::of(deployment.keys.iter().map(|one| one.resource.id.name())),
            identities: Names::of(deployment.identities.iter().map(|one| one.resource.id.name())),
            policy_grants: Names::of(&vaults),
            role_definitions: Names::of(&roles),
            locks: Locks::new(&deployment.locks),
            grants: Grants::new(&deployment.role_assignments),
        }
    }

    /// The locks that may be on a vault, in order.
    pub(super) fn locks(&self, vault: &Text) -> BTreeSet<usize> {
        if vault.as_literal().is_none() {
            return (0..self.locks.count).collect(); // one open name is as good as another
        }
        self.locks.vaults.get(vault).iter().chain(&self.locks.wide).copied().collect()
    }

    /// The role assignments that may be to an identity, in order: those that name one of `names` (itself, or what is
    /// mistaken for it), and those that don't say. Without a `principal`, any object id may be its own.
    pub(super) fn role_assignments(&self, names: &[&Text], principal: Option<&Text>) -> BTreeSet<usize> {
        self.grants.to(names, principal)
    }
}

fn first(name: &Text) -> Text {
    name.split('/').into_iter().next().unwrap_or_default()
}

/// Locks by the vault that they are on; the others may be on anything.
#[derive(Default)]
struct Locks {
    vaults: Names,
    wide: Vec<usize>,
    count: usize,
}

impl Locks {
    fn new(locks: &[Lock]) -> Self {
        let mut index = Self { count: locks.len(), ..Self::default() };
        for (position, lock) in locks.iter().enumerate() {
            let on = lock.scope.known().and_then(ResourceId::parse);
            match on.filter(|id| id.is("Microsoft.KeyVault/vaults") && id.name().as_literal().is_some()) {
                Some(vault) => index.vaults.add(vault.name(), position),
                None => index.wide.push(position),
            }
        }
        index
    }
}

/// Role assignments by whom they name.
#[derive(Default)]
struct Grants {
    /// By the name of the resource, or the object id.
    known: Names,
    /// Those with an object id that stands there as such.
    ids: Vec<usize>,
    open: Vec<usize>,
    count: usize,
}

impl Grants {
    fn new(assignments: &[RoleAssignment]) -> Self {
        let mut grants = Self { count: assignments.len(), ..Self::default() };
        for (position, assignment) in assignments.iter().enumerate() {
            let Some(principal) = assignment.principal.known() else {
                grants.open.push(position);
                continue;
            };
            match principal.parts() {
                [Part::Property { resource, .. }] if resource.name().as_literal().is_some() => {
                    grants.known.add(resource.name(), position);
                }
                [Part::Literal(_)] => match ResourceId::parse(principal) {
                    Some(id) => grants.known.add(id.name(), position),
                    None => {
                        grants.known.add(principal, position);
                        grants.ids.push(position);
                    }
                },
                _ => grants.open.push(position),
            }
        }
        grants
    }

    fn to(&self, names: &[&Text], principal: Option<&Text>) -> BTreeSet<usize> {
        if names.iter().any(|name| name.as_literal().is_none()) {
            return (0..self.count).collect(); // one open name is as good as another
        }
        let named = names.iter().copied().chain(principal).flat_map(|name| self.known.get(name));
        let ids = if principal.is_some() { &[] } else { self.ids.as_slice() };
        named.chain(&self.open).chain(ids).copied().collect()
    }
}
