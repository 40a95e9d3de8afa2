//! Which resource a place belongs to.

use super::fact::Place;
use super::model::{Deployment, Resource};
use alloc::collections::BTreeMap;
use core::fmt;

/// Types as they are written; ids keep them in lower case.
const TYPES: &[&str] = &[
    "Microsoft.Authorization/locks",
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleDefinitions",
    "Microsoft.DocumentDB/mongoClusters",
    "Microsoft.KeyVault/vaults",
    "Microsoft.KeyVault/vaults/accessPolicies",
    "Microsoft.KeyVault/vaults/keys",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Resources/deployments",
];

/// A resource around a place.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) resource: &'a Resource,
    /// How much of the place's pointer leads to the resource; the rest leads on in it.
    pub(super) above: usize,
}

/// The resources of a deployment by where they stand.
pub(super) struct Owners<'a>(BTreeMap<(usize, &'a str), &'a Resource>);

impl<'a> Owners<'a> {
    pub(super) fn new(deployment: &'a Deployment) -> Self {
        let resources = &deployment.resources;
        let at = |place: &'a Place| (place.file, place.pointer.as_str());
        let also = deployment.also.iter().filter_map(|(place, index)| Some((at(place), resources.get(*index)?)));
        Self(resources.iter().map(|resource| (at(&resource.place), resource)).chain(also).collect())
    }

    /// The innermost resource around a place.
    pub(super) fn of(&self, place: &Place) -> Option<Owner<'a>> {
        let mut pointer = place.pointer.as_str();
        loop {
            if let Some(resource) = self.0.get(&(place.file, pointer)) {
                return Some(Owner { resource, above: pointer.len() });
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }
}

/// Type and name, as a person knows them.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = TYPES.iter().find(|kind| self.id.is(kind)).copied();
        write!(f, "{} {}", kind.unwrap_or_else(|| self.id.kind()), self.id.name())
    }
}
