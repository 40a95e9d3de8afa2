//! What a finding is about: the resource around its place, found without looking at every other one.

use super::super::super::fact::{Fact, Place};
use super::super::super::model::{
    AccessPolicy, Cluster, Deployment, Identity, Key, PolicyGrant, Resource, RoleAssignment, Vault,
};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cell::OnceCell;

/// A value that resources share is only looked for among so many.
const MAX_SHARING: usize = 1000;

/// Resources of the kinds that are mended.
#[derive(Default)]
pub(super) struct Near<'d> {
    pub(super) clusters: Vec<&'d Cluster>,
    pub(super) identities: Vec<&'d Identity>,
    pub(super) vaults: Vec<&'d Vault>,
    pub(super) keys: Vec<&'d Key>,
    pub(super) role_assignments: Vec<&'d RoleAssignment>,
    pub(super) policy_grants: Vec<&'d PolicyGrant>,
}

impl<'d> Near<'d> {
    /// The access policies of vaults and of resources of their own.
    pub(super) fn policies(&self) -> impl Iterator<Item = &'d AccessPolicy> {
        let vaults = self.vaults.iter().map(|vault| &vault.access_policies);
        let grants = self.policy_grants.iter().map(|grant| &grant.access_policies);
        vaults.chain(grants).filter_map(|policies: &'d Fact<_>| policies.known()).flatten()
    }
}

/// The mends of one deployment.
pub(in super::super::super) struct Mends<'d> {
    pub(super) deployment: &'d Deployment,
    index: OnceCell<Index<'d>>,
}

#[derive(Default)]
struct Index<'d> {
    /// By file and pointer.
    by_place: BTreeMap<usize, BTreeMap<&'d str, Near<'d>>>,
    all: Near<'d>,
    /// The files that the service answered.
    live: BTreeSet<usize>,
}

impl<'d> Mends<'d> {
    pub(in super::super::super) const fn new(deployment: &'d Deployment) -> Self {
        Self { deployment, index: OnceCell::new() }
    }

    /// The resource around a place; around a value that is nobody's own, all that might share it.
    pub(super) fn near(&self, place: &Place) -> &Near<'d> {
        let index = self.index();
        let Some(by_pointer) = index.by_place.get(&place.file) else { return &index.all };
        let mut pointer = place.pointer.as_str();
        loop {
            match (by_pointer.get(pointer), pointer.rfind('/')) {
                (Some(near), _) => return near,
                (None, Some(end)) => pointer = &pointer[..end],
                (None, None) => return &index.all,
            }
        }
    }

    /// Whether a file is what the service answered: evidence, and not a source.
    pub(super) fn is_live(&self, file: usize) -> bool {
        self.index().live.contains(&file)
    }

    fn index(&self) -> &Index<'d> {
        self.index.get_or_init(|| Index::of(self.deployment))
    }
}

impl<'d> Index<'d> {
    fn of(deployment: &'d Deployment) -> Self {
        let mut index = Self::default();
        let Deployment { clusters, identities, vaults, keys, role_assignments, policy_grants, .. } = deployment;
        for one in clusters {
            index.at(&one.resource).clusters.push(one);
        }
        for one in identities {
            index.at(&one.resource).identities.push(one);
        }
        for one in vaults {
            index.at(&one.resource).vaults.push(one);
        }
        for one in keys {
            index.at(&one.resource).keys.push(one);
        }
        for one in role_assignments {
            index.at(&one.resource).role_assignments.push(one);
            if one.principal.is_live() {
                index.live.insert(one.resource.place.file);
            }
        }
        for one in policy_grants {
            index.at(&one.resource).policy_grants.push(one);
        }
        let live = deployment.resources.iter().filter(|one| one.is_live() || one.tags.is_live());
        index.live.extend(live.map(|one| one.place.file));
        if deployment.resources.len() <= MAX_SHARING {
            index.all = Near {
                clusters: clusters.iter().collect(),
                identities: identities.iter().collect(),
                vaults: vaults.iter().collect(),
                keys: keys.iter().collect(),
                role_assignments: role_assignments.iter().collect(),
                policy_grants: policy_grants.iter().collect(),
            };
        }
        index
    }

    fn at(&mut self, resource: &'d Resource) -> &mut Near<'d> {
        let by_pointer = self.by_place.entry(resource.place.file).or_default();
        by_pointer.entry(resource.place.pointer.as_str()).or_default()
    }
}
