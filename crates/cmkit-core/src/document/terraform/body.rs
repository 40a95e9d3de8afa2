//! The arguments of clusters, identities, roles and locks, as the model has them.
//!
//! One function a type, and nothing decided. Where the provider's own default differs from that of the service, the model
//! gets what the provider sends.

use super::at::At;
use crate::policy::{Cluster, Encryption, Fact, Identity, Lock, Resource, RoleAssignment, RoleDefinition, Text};
use alloc::vec::Vec;

/// `azurerm_mongo_cluster`
pub(super) fn cluster(resource: Resource, at: &At<'_, '_>) -> Cluster {
    let identity = at.get("identity").block();
    let restore = at.get("restore").block();
    Cluster {
        identity_type: within(&identity, |block| block.get("type").text()),
        identities: within(&identity, |block| block.get("identity_ids").texts()),
        encryption: convert(&at.get("customer_managed_key").block(), |block| Encryption {
            key_url: key_url(&block.get("key_vault_key_id")),
            // The provider knows no other.
            identity_type: block.default(Text::literal("UserAssignedIdentity")),
            identity: block.get("user_assigned_identity_id").text(),
        }),
        create_mode: at.get("create_mode").text(),
        replica_source: at.get("source_server_id").text(),
        replica_source_location: at.get("source_location").text(),
        restore_source: within(&restore, |block| block.get("source_id").text()),
        restore_time: within(&restore, |block| block.get("point_in_time_utc").text()),
        tier: at.get("compute_tier").or_computed().text(),
        high_availability: at.get("high_availability_mode").text(),
        shards: at.get("shard_count").or_computed().integer(),
        administrator: at.get("administrator_username").text(),
        ..Cluster::of(resource)
    }
}

/// An expression of which only a vault's address is told is the start of a key's: what follows is not in a plan.
fn key_url(at: &At<'_, '_>) -> Fact<Text> {
    match at.text() {
        Fact::Known { value, place, origin } if matches!(&value.split('/')[..], [_, _, _, path] if path.parts().is_empty()) =>
        {
            let value = value.then(Text::opaque("a path that the plan does not tell"));
            Fact::Known { value, place, origin }
        }
        fact => fact,
    }
}

/// `azurerm_user_assigned_identity`
pub(super) fn identity(resource: Resource, at: &At<'_, '_>, tenant: Option<&Text>) -> Identity {
    let own = at.get("tenant_id").or_computed().text();
    Identity {
        principal_id: at.get("principal_id").or_computed().text(),
        client_id: at.get("client_id").or_computed().text(),
        // A new identity is in the tenant that is deployed to.
        tenant: match (own, tenant) {
            (Fact::Absent(_), Some(tenant)) => at.known(tenant.clone()),
            (own, _) => own,
        },
        isolation_scope: at.get("isolation_scope").text(),
        ..Identity::of(resource)
    }
}

/// `azurerm_role_assignment`
pub(super) fn role_assignment(resource: Resource, at: &At<'_, '_>) -> RoleAssignment {
    RoleAssignment {
        scope: at.get("scope").text(),
        // Of id and name, whichever is not set follows from the other.
        role: at.get("role_definition_id").or_computed().text(),
        role_name: at.get("role_definition_name").or_computed().text(),
        principal: at.get("principal_id").text(),
        principal_type: at.get("principal_type").or_computed().text(),
        condition: at.get("condition").text(),
        listed_in: None,
        resource,
    }
}

/// `azurerm_role_definition`
pub(super) fn role_definition(resource: Resource, at: &At<'_, '_>) -> RoleDefinition {
    let all = |name: &str| {
        let permissions = at.get("permissions");
        let lists = permissions.list(|block| block.get(name).texts());
        match lists {
            Fact::Known { value, place, origin } => {
                let mut actions = Vec::new();
                for list in value {
                    match list {
                        Fact::Known { value, .. } => actions.extend(value),
                        Fact::Absent(_) => {}
                        open @ Fact::Unknown { .. } => return open,
                    }
                }
                Fact::Known { value: actions, place, origin }
            }
            Fact::Absent(place) => Fact::Absent(place),
            Fact::Unknown { place, reason } => Fact::Unknown { place, reason },
        }
    };
    RoleDefinition { data_actions: all("data_actions"), not_data_actions: all("not_data_actions"), resource }
}

/// `azurerm_management_lock`
pub(super) fn lock(resource: Resource, at: &At<'_, '_>) -> Lock {
    Lock { scope: at.get("scope").text(), level: at.get("lock_level").text(), resource }
}

/// A fact of a block that may not be there.
pub(super) fn within<'p, 'a, T>(block: &Fact<At<'p, 'a>>, read: impl FnOnce(&At<'p, 'a>) -> Fact<T>) -> Fact<T> {
    match block {
        Fact::Known { value, .. } => read(value),
        Fact::Absent(place) => Fact::Absent(place.clone()),
        Fact::Unknown { place, reason } => Fact::Unknown { place: place.clone(), reason: reason.clone() },
    }
}

/// A block as one value.
pub(super) fn convert<'p, 'a, T>(block: &Fact<At<'p, 'a>>, read: impl FnOnce(&At<'p, 'a>) -> T) -> Fact<T> {
    within(block, |at| at.known(read(at)))
}
