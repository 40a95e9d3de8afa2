//! The arguments of vaults, keys and access policies, as the model has them.
//!
//! The provider always turns soft delete on, never sends purge protection as false, and opens a vault unless it is told
//! to close it. `rbac_authorization_enabled` was `enable_rbac_authorization` before version 5; left out, it sends false.

use super::at::At;
use super::body::{convert, within};
use crate::policy::{AccessPolicy, Fact, Key, Origin, PolicyGrant, Resource, Rotation, Text, Trigger, Vault};
use alloc::vec::Vec;

/// `azurerm_key_vault`
pub(super) fn vault(resource: Resource, at: &At<'_, '_>) -> Vault {
    let firewall = at.get("network_acls").or_computed().block();
    Vault {
        tenant: at.get("tenant_id").text(),
        sku: at.get("sku_name").text(),
        purge_protection: match at.get("purge_protection_enabled").boolean() {
            Fact::Known { value: false, place, .. } => Fact::Absent(place),
            fact => fact,
        },
        retention_days: at.get("soft_delete_retention_days").integer(),
        rbac: rbac(at),
        public_access: match at.get("public_network_access_enabled").boolean() {
            Fact::Known { value, place, origin } => {
                Fact::Known { value: Text::literal(if value { "Enabled" } else { "Disabled" }), place, origin }
            }
            Fact::Absent(place) => Fact::Absent(place),
            Fact::Unknown { place, reason } => Fact::Unknown { place, reason },
        },
        default_action: within(&firewall, |block| block.get("default_action").text()),
        bypass: within(&firewall, |block| block.get("bypass").text()),
        access_policies: access_policies(at),
        ..Vault::of(resource)
    }
}

fn rbac(at: &At<'_, '_>) -> Fact<bool> {
    let [new, old] = ["rbac_authorization_enabled", "enable_rbac_authorization"].map(|name| at.get(name).or_computed());
    match (new.boolean(), old.boolean()) {
        (known @ Fact::Known { .. }, _) | (_, known @ Fact::Known { .. }) => known,
        (Fact::Absent(_), Fact::Absent(_)) => at.default(false),
        (Fact::Absent(_), open) | (open, _) => open,
    }
}

/// The policies in the vault's own block. Without such a block the provider leaves the list alone, and what a plan shows
/// of it is what was found.
fn access_policies(at: &At<'_, '_>) -> Fact<Vec<AccessPolicy>> {
    let list = at.get("access_policy");
    let own = list.is_set();
    match list.or_computed().list(|policy| access_policy(&policy)) {
        Fact::Known { value, place, .. } if own == Some(false) => Fact::Known { value, place, origin: Origin::Live },
        fact => fact,
    }
}

fn access_policy(at: &At<'_, '_>) -> AccessPolicy {
    AccessPolicy {
        place: at.place().clone(),
        tenant: at.get("tenant_id").text(),
        object: at.get("object_id").text(),
        application: at.get("application_id").text(),
        keys: at.get("key_permissions").texts(),
    }
}

/// `azurerm_key_vault_access_policy`
pub(super) fn policy_grant(resource: Resource, at: &At<'_, '_>) -> PolicyGrant {
    PolicyGrant { resource, access_policies: at.known(Vec::from([access_policy(at)])) }
}

/// `azurerm_key_vault_key`
pub(super) fn key(resource: Resource, at: &At<'_, '_>) -> Key {
    Key {
        kind: at.get("key_type").text(),
        size: at.get("key_size").integer(),
        operations: at.get("key_opts").texts(),
        not_before: at.get("not_before_date").seconds(),
        expires: at.get("expiration_date").seconds(),
        version: at.get("version").or_computed().text(),
        rotation: convert(&at.get("rotation_policy").block(), rotation),
        enabled: at.get("enabled").boolean(),
        ..Key::of(resource)
    }
}

fn rotation(at: &At<'_, '_>) -> Rotation {
    let automatic = at.get("automatic").block();
    let trigger = automatic.known().map(|block| Trigger {
        after_create: block.get("time_after_creation").text(),
        before_expiry: block.get("time_before_expiry").text(),
    });
    Rotation { expiry_time: at.get("expire_after").text(), triggers: trigger.into_iter().collect() }
}
