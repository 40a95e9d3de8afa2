//! The words of a file: rules speak of properties as ARM calls them, findings as the file does.
//!
//! Only what stands in back-ticks is put in other words, so a text stays one text. What has no other name in a dialect
//! keeps its own.

use super::fact::{Dialect, File, Place};
use super::outcome::Draft;
use alloc::string::String;

/// A finding's texts in the words of its file, but for the mend, which not every finding shows.
pub(super) fn spoken(mut draft: Draft, files: &[File]) -> Draft {
    let own = of(&draft.place, files);
    if own != Dialect::Arm {
        draft.message = translated(&draft.message, own);
        draft.expected = draft.expected.map(|text| translated(&text, own));
        draft.actual = draft.actual.map(|text| translated(&text, own));
    }
    for (place, message) in &mut draft.related {
        let other = of(place, files);
        if other != Dialect::Arm {
            *message = translated(message, other);
        }
    }
    draft
}

/// Whose words the file of a place speaks.
pub(super) fn of(place: &Place, files: &[File]) -> Dialect {
    files.get(place.file).map(|file| file.dialect).unwrap_or_default()
}

/// A text with its names in the words of a dialect.
pub(super) fn translated(text: &str, dialect: Dialect) -> String {
    let (names, phrases): (Names, Names) = match dialect {
        Dialect::Terraform => (AZURERM, AZURERM_PHRASES),
        Dialect::AzureCli => (AZURE_CLI, &[]),
        Dialect::Form => (FORM, FORM_PHRASES),
        Dialect::Arm => return text.into(),
    };
    let mut text = String::from(text);
    for (arm, own) in phrases {
        if text.contains(arm) {
            text = text.replace(arm, own);
        }
    }
    let mut spoken = String::with_capacity(text.len());
    for (index, piece) in text.split('`').enumerate() {
        if index > 0 {
            spoken.push('`');
        }
        let name = piece.strip_prefix("properties.").unwrap_or(piece);
        let own = names.iter().filter(|_| index % 2 == 1).find(|(arm, _)| *arm == name);
        spoken.push_str(own.map_or(piece, |(_, own)| own));
    }
    spoken
}

type Names = &'static [(&'static str, &'static str)];

/// Where a value has another form too.
const AZURERM_PHRASES: Names = &[
    ("`publicNetworkAccess` to `Disabled`", "`public_network_access_enabled` to `false`"),
    ("`publicNetworkAccess` to `Enabled`", "`public_network_access_enabled` to `true`"),
    (
        "set `enableSoftDelete` to true, or leave it out: it is on by default",
        "leave it to the provider, which turns soft delete on",
    ),
    ("a `Microsoft.Authorization/locks`", "an `azurerm_management_lock`"),
    (
        "`keyEncryptionKeyUrl` and `keyEncryptionKeyIdentity` with `identityType` and `userAssignedIdentityResourceId`",
        "`customer_managed_key` with `key_vault_key_id` and `user_assigned_identity_id`",
    ),
    ("`replicaParameters` with `sourceResourceId` and `sourceLocation`", "`source_server_id` and `source_location`"),
    (
        "`restoreParameters` with `sourceResourceId` and `pointInTimeUTC`",
        "`restore` with `source_id` and `point_in_time_utc`",
    ),
    ("a `rotate` action", "an `automatic` block"),
    ("in a template use `keyUri`, not `keyUriWithVersion`", "use the key's `versionless_id`, not its `id`"),
];

/// ARM's names, and those of the provider azurerm.
const AZURERM: Names = &[
    ("Microsoft.Authorization/locks", "azurerm_management_lock"),
    ("Microsoft.DocumentDB/mongoClusters", "azurerm_mongo_cluster"),
    ("[subscription().tenantId]", "data.azurerm_client_config.current.tenant_id"),
    ("accessPolicies", "access_policy"),
    ("administrator.userName", "administrator_username"),
    ("applicationId", "application_id"),
    ("attributes.exp", "expiration_date"),
    ("attributes.nbf", "not_before_date"),
    ("clientId", "client_id"),
    ("compute.tier", "compute_tier"),
    ("createMode", "create_mode"),
    ("defaultAction", "default_action"),
    ("dependsOn", "depends_on"),
    ("enablePurgeProtection", "purge_protection_enabled"),
    ("enableRbacAuthorization", "rbac_authorization_enabled"),
    ("enableSoftDelete", "soft_delete_enabled"),
    ("encryption", "customer_managed_key"),
    ("encryption.customerManagedKeyEncryption", "customer_managed_key"),
    ("expiryTime", "expire_after"),
    ("highAvailability.targetMode", "high_availability_mode"),
    ("identity.userAssignedIdentities", "identity.identity_ids"),
    ("isolationScope", "isolation_scope"),
    ("keyEncryptionKeyIdentity", "customer_managed_key"),
    ("keyEncryptionKeyUrl", "customer_managed_key.key_vault_key_id"),
    ("keyOps", "key_opts"),
    ("keySize", "key_size"),
    ("keyUri", "versionless_id"),
    ("keyUriWithVersion", "id"),
    ("kty", "key_type"),
    ("networkAcls", "network_acls"),
    ("networkAcls.bypass", "network_acls.bypass"),
    ("networkAcls.defaultAction", "network_acls.default_action"),
    ("objectId", "object_id"),
    ("permissions.keys", "key_permissions"),
    ("pointInTimeUTC", "restore.point_in_time_utc"),
    ("principalId", "principal_id"),
    ("principalType", "principal_type"),
    ("publicNetworkAccess", "public_network_access_enabled"),
    ("reference(...).keyUri", "versionless_id"),
    ("reference(...).principalId", "principal_id"),
    ("replicaParameters", "source_server_id"),
    ("replicaParameters.sourceLocation", "source_location"),
    ("replicaParameters.sourceResourceId", "source_server_id"),
    ("resourceId(...)", "id"),
    ("restoreParameters", "restore"),
    ("restoreParameters.pointInTimeUTC", "restore.point_in_time_utc"),
    ("restoreParameters.sourceResourceId", "restore.source_id"),
    ("roleDefinitionId", "role_definition_id"),
    ("rotate", "automatic"),
    ("rotationPolicy", "rotation_policy"),
    ("rotationPolicy.attributes.expiryTime", "rotation_policy.expire_after"),
    ("sharding.shardCount", "shard_count"),
    ("sku.name", "sku_name"),
    ("softDeleteRetentionInDays", "soft_delete_retention_days"),
    ("sourceLocation", "source_location"),
    ("sourceResourceId", "source_server_id"),
    ("tenantId", "tenant_id"),
    ("timeAfterCreate", "time_after_creation"),
    ("timeBeforeExpiry", "time_before_expiry"),
    ("userAssignedIdentityResourceId", "customer_managed_key.user_assigned_identity_id"),
];

/// What the Azure CLI shows of a key is the data plane's; the rest has ARM's names.
const AZURE_CLI: Names = &[
    ("attributes.exp", "attributes.expires"),
    ("attributes.nbf", "attributes.notBefore"),
    ("keyOps", "key.keyOps"),
    ("keyUri", "key.kid"),
    ("kty", "key.kty"),
    ("release_policy", "releasePolicy"),
];

/// What a form asks in other words.
const FORM_PHRASES: Names = &[("in a template use `keyUri`, not `keyUriWithVersion`", "leave its last part out")];

/// ARM's names, and the fields of a form.
const FORM: Names = &[
    ("Microsoft.Authorization/locks", "vaultLock"),
    ("accessPolicies", "grantKeyPermissions"),
    ("administrator.userName", "adminUsername"),
    ("assignmentRestrictions", "identityAllowedProviders"),
    ("assignmentRestrictions.providers", "identityAllowedProviders"),
    ("attributes.enabled", "keyEnabled"),
    ("attributes.exp", "keyExpires"),
    ("attributes.exportable", "keyExportable"),
    ("attributes.nbf", "keyNotBefore"),
    ("clientId", "identityClientId"),
    ("compute.tier", "tier"),
    ("defaultAction", "networkDefaultAction"),
    ("enablePurgeProtection", "purgeProtection"),
    ("enableRbacAuthorization", "rbacAuthorization"),
    ("enableSoftDelete", "softDelete"),
    ("encryption", "encryptionMode"),
    ("encryption.customerManagedKeyEncryption", "encryptionMode"),
    ("expiryTime", "rotationExpiry"),
    ("highAvailability.targetMode", "highAvailability"),
    ("identity.userAssignedIdentities", "identityId"),
    ("isolationScope", "identityIsolationScope"),
    ("keyEncryptionKeyIdentity", "identityId"),
    ("keyEncryptionKeyUrl", "keyUrl"),
    ("keyUri", "keyUrl"),
    ("kty", "keyType"),
    ("networkAcls", "networkDefaultAction"),
    ("networkAcls.bypass", "networkBypass"),
    ("networkAcls.defaultAction", "networkDefaultAction"),
    ("permissions.keys", "grantKeyPermissions"),
    ("pointInTimeUTC", "restoreTime"),
    ("principalId", "identityPrincipalId"),
    ("reference(...).principalId", "identityPrincipalId"),
    ("release_policy", "keyReleased"),
    ("replicaParameters", "sourceId"),
    ("replicaParameters.sourceLocation", "sourceLocation"),
    ("replicaParameters.sourceResourceId", "sourceId"),
    ("restoreParameters", "sourceId"),
    ("restoreParameters.pointInTimeUTC", "restoreTime"),
    ("restoreParameters.sourceResourceId", "sourceId"),
    ("roleDefinitionId", "grantRole"),
    ("rotationPolicy", "rotateAfter"),
    ("rotationPolicy.attributes.expiryTime", "rotationExpiry"),
    ("sharding.shardCount", "shardCount"),
    ("sku.name", "vaultSku"),
    ("sourceResourceId", "sourceId"),
    ("tenantId", "vaultTenantId"),
    ("timeAfterCreate", "rotateAfter"),
    ("timeBeforeExpiry", "rotateBeforeExpiry"),
    ("userAssignedIdentityResourceId", "identityId"),
];

#[cfg(test)]
mod tests;
