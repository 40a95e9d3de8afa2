//! A deployment as the rules see it: a graph of clusters, identities, vaults, keys and grants, made of facts.
//!
//! Nothing here knows a file format. A reader fills the model in. Links between resources are [`Text`], so that they are
//! decidable before deployment. Each struct has an `of`: the resource with nothing else said about it.

use super::fact::{Fact, File, Place};
use super::text::{ResourceId, Text};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What every resource has.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "compute": { "tier": "M40" }, "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let resource = &deployment.clusters[0].resource;
/// assert_eq!((resource.short_name().as_str(), resource.is_live()), ("orders", false));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its id; of a resource in a template, type and name.
    pub id: ResourceId,
    /// The whole resource.
    pub place: Place,
    /// The version of the management API that it is written for.
    pub api_version: Fact<Text>,
    /// The region.
    pub location: Fact<Text>,
    /// `tags`: names and values.
    pub tags: Fact<Vec<(Text, Fact<Text>)>>,
    /// How people of other tools call it, for example `azurerm_key_vault.kv`.
    pub address: Option<String>,
    /// What is deployed before it, said or implied.
    pub depends_on: Vec<ResourceId>,
    /// The list `dependsOn`, where it is written.
    pub depends_on_place: Option<Place>,
    /// It is only referred to: nothing of it is deployed, so nothing that it leaves out is known.
    pub existing: bool,
}

impl Resource {
    /// A resource of which no more is known than what and where it is.
    #[must_use]
    pub fn of(id: ResourceId, place: Place) -> Self {
        let absent = || Fact::Absent(place.clone());
        let (api_version, location, tags) = (absent(), absent(), Fact::Absent(place.clone()));
        Self {
            id,
            api_version,
            location,
            tags,
            place,
            address: None,
            depends_on: Vec::new(),
            depends_on_place: None,
            existing: false,
        }
    }

    /// Whether the service answered it: it is deployed.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.location.is_live()
    }

    /// The name without that of its parent, as a person knows it.
    #[must_use]
    pub fn short_name(&self) -> String {
        let names = self.id.name().split('/');
        names.last().map(|name| format!("{name}")).unwrap_or_default()
    }
}

/// `Microsoft.DocumentDB/mongoClusters`: a cluster of Azure Cosmos DB for MongoDB vCore (Azure DocumentDB).
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "compute": { "tier": "M40" }, "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.clusters[0].tier.literal(), Some("M40"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cluster {
    /// What every resource has.
    pub resource: Resource,
    /// `identity.type`
    pub identity_type: Fact<Text>,
    /// The ids in `identity.userAssignedIdentities`.
    pub identities: Fact<Vec<(Text, Place)>>,
    /// `properties.encryption`: absent on a cluster with service-managed keys.
    pub encryption: Fact<Encryption>,
    /// `properties.createMode`
    pub create_mode: Fact<Text>,
    /// `properties.replicaParameters.sourceResourceId`
    pub replica_source: Fact<Text>,
    /// `properties.replicaParameters.sourceLocation`
    pub replica_source_location: Fact<Text>,
    /// `properties.restoreParameters.sourceResourceId`
    pub restore_source: Fact<Text>,
    /// `properties.restoreParameters.pointInTimeUTC`
    pub restore_time: Fact<Text>,
    /// `properties.compute.tier`
    pub tier: Fact<Text>,
    /// `properties.highAvailability.targetMode`
    pub high_availability: Fact<Text>,
    /// `properties.sharding.shardCount`
    pub shards: Fact<i64>,
    /// `properties.administrator.userName`
    pub administrator: Fact<Text>,
    /// `properties.clusterStatus`: only in what the service answered; an open list of words.
    pub status: Fact<Text>,
}

impl Cluster {
    /// The resource, with nothing else said about it.
    #[must_use]
    pub fn of(resource: Resource) -> Self {
        Self {
            identity_type: absent(&resource),
            identities: absent(&resource),
            encryption: absent(&resource),
            create_mode: absent(&resource),
            replica_source: absent(&resource),
            replica_source_location: absent(&resource),
            restore_source: absent(&resource),
            restore_time: absent(&resource),
            tier: absent(&resource),
            high_availability: absent(&resource),
            shards: absent(&resource),
            administrator: absent(&resource),
            status: absent(&resource),
            resource,
        }
    }
}

/// `properties.encryption.customerManagedKeyEncryption` of a cluster.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "compute": { "tier": "M40" }, "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let encryption = deployment.clusters[0].encryption.known().expect("a customer-managed key");
/// assert_eq!(encryption.key_url.literal(), Some("https://kv-orders.vault.azure.net/keys/kek"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Encryption {
    /// `keyEncryptionKeyUrl`
    pub key_url: Fact<Text>,
    /// `keyEncryptionKeyIdentity.identityType`
    pub identity_type: Fact<Text>,
    /// `keyEncryptionKeyIdentity.userAssignedIdentityResourceId`
    pub identity: Fact<Text>,
}

/// `Microsoft.ManagedIdentity/userAssignedIdentities`
///
/// ```
/// use cmkit_core::document;
/// let answer = r#"{ "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders",
///     "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "name": "id-orders", "principalId": "77777777-0000-4000-8000-000000000001" }"#;
/// let deployment = document::read(&[("answer.json", answer)])?;
/// assert_eq!(deployment.identities[0].principal_id.literal(), Some("77777777-0000-4000-8000-000000000001"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Identity {
    /// What every resource has.
    pub resource: Resource,
    /// `properties.principalId`: only in what the service answered.
    pub principal_id: Fact<Text>,
    /// `properties.clientId`: only in what the service answered.
    pub client_id: Fact<Text>,
    /// `properties.tenantId`: only in what the service answered.
    pub tenant: Fact<Text>,
    /// `properties.isolationScope`
    pub isolation_scope: Fact<Text>,
    /// `properties.assignmentRestrictions.providers`
    pub allowed_providers: Fact<Vec<(Text, Place)>>,
}

impl Identity {
    /// The resource, with nothing else said about it.
    #[must_use]
    pub fn of(resource: Resource) -> Self {
        Self {
            principal_id: absent(&resource),
            client_id: absent(&resource),
            tenant: absent(&resource),
            isolation_scope: absent(&resource),
            allowed_providers: absent(&resource),
            resource,
        }
    }
}

/// `Microsoft.KeyVault/vaults`
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv-orders",
///     "properties": { "enableRbacAuthorization": true } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.vaults[0].grants_by_rbac().known(), Some(&true));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Vault {
    /// What every resource has.
    pub resource: Resource,
    /// `properties.tenantId`
    pub tenant: Fact<Text>,
    /// `properties.sku.name`
    pub sku: Fact<Text>,
    /// `properties.enableSoftDelete`
    pub soft_delete: Fact<bool>,
    /// `properties.enablePurgeProtection`
    pub purge_protection: Fact<bool>,
    /// `properties.softDeleteRetentionInDays`
    pub retention_days: Fact<i64>,
    /// `properties.enableRbacAuthorization`
    pub rbac: Fact<bool>,
    /// `properties.publicNetworkAccess`
    pub public_access: Fact<Text>,
    /// `properties.networkAcls.defaultAction`
    pub default_action: Fact<Text>,
    /// `properties.networkAcls.bypass`
    pub bypass: Fact<Text>,
    /// `properties.createMode`
    pub create_mode: Fact<Text>,
    /// `properties.accessPolicies`
    pub access_policies: Fact<Vec<AccessPolicy>>,
}

impl Vault {
    /// The resource, with nothing else said about it.
    #[must_use]
    pub fn of(resource: Resource) -> Self {
        Self {
            tenant: absent(&resource),
            sku: absent(&resource),
            soft_delete: absent(&resource),
            purge_protection: absent(&resource),
            retention_days: absent(&resource),
            rbac: absent(&resource),
            public_access: absent(&resource),
            default_action: absent(&resource),
            bypass: absent(&resource),
            create_mode: absent(&resource),
            access_policies: absent(&resource),
            resource,
        }
    }
}

impl Vault {
    /// Whether role assignments count (true) or access policies (false).
    ///
    /// Where the vault doesn't say, the version of the management API decides: RBAC from 2026-02-01 on, see
    /// <https://learn.microsoft.com/azure/key-vault/general/access-control-default>.
    #[must_use]
    pub fn grants_by_rbac(&self) -> Fact<bool> {
        match (&self.rbac, self.resource.api_version.literal()) {
            (Fact::Absent(_), Some(version)) => self.rbac.or_default(version >= "2026-02-01"),
            (Fact::Absent(place), None) => {
                let reason = "the permission model depends on the apiVersion, which is not known".into();
                Fact::Unknown { place: place.clone(), reason }
            }
            (fact, _) => fact.clone(),
        }
    }
}

/// `Microsoft.KeyVault/vaults/keys`
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults/keys", "name": "kv-orders/kek",
///     "properties": { "kty": "RSA", "keySize": 3072, "rotationPolicy": { "attributes": { "expiryTime": "P2Y" },
///         "lifetimeActions": [{ "trigger": { "timeAfterCreate": "P18M" }, "action": { "type": "rotate" } }] } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.keys[0].size.known(), Some(&3072));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Key {
    /// What every resource has; the name is `vault/key`.
    pub resource: Resource,
    /// `properties.kty`
    pub kind: Fact<Text>,
    /// `properties.keySize`
    pub size: Fact<i64>,
    /// `properties.keyOps`
    pub operations: Fact<Vec<(Text, Place)>>,
    /// `properties.attributes.enabled`
    pub enabled: Fact<bool>,
    /// `properties.attributes.nbf`: seconds since 1970
    pub not_before: Fact<i64>,
    /// `properties.attributes.exp`: seconds since 1970
    pub expires: Fact<i64>,
    /// `properties.attributes.exportable`
    pub exportable: Fact<bool>,
    /// `properties.release_policy`: whether the key has one.
    pub released: Fact<bool>,
    /// The key backs a certificate: `managed` of the data plane.
    pub managed: Fact<bool>,
    /// `attributes.recoveryLevel`: what the vault's protection is, told by the key.
    pub recovery_level: Fact<Text>,
    /// `attributes.recoverableDays`: the vault's retention, told by the key.
    pub recoverable_days: Fact<i64>,
    /// `attributes.created`: seconds since 1970
    pub created: Fact<i64>,
    /// The version that these attributes are of, where it is told.
    pub version: Fact<Text>,
    /// Every version, where they were listed.
    pub versions: Fact<Vec<KeyVersion>>,
    /// `scheduledPurgeDate` of a deleted key: seconds since 1970
    pub purge_date: Fact<i64>,
    /// `properties.rotationPolicy`
    pub rotation: Fact<Rotation>,
}

impl Key {
    /// The resource, with nothing else said about it.
    #[must_use]
    pub fn of(resource: Resource) -> Self {
        Self {
            kind: absent(&resource),
            size: absent(&resource),
            operations: absent(&resource),
            enabled: absent(&resource),
            not_before: absent(&resource),
            expires: absent(&resource),
            exportable: absent(&resource),
            released: absent(&resource),
            managed: absent(&resource),
            recovery_level: absent(&resource),
            recoverable_days: absent(&resource),
            created: absent(&resource),
            version: absent(&resource),
            versions: absent(&resource),
            purge_date: absent(&resource),
            rotation: absent(&resource),
            resource,
        }
    }
}

/// One version of a key.
///
/// ```
/// use cmkit_core::document;
/// let answer = r#"[{ "kid": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef",
///     "attributes": { "enabled": true, "created": "2026-11-01T08:00:00+00:00" } }]"#;
/// let deployment = document::read(&[("answer.json", answer)])?;
/// let versions = deployment.keys[0].versions.known().expect("a list of versions");
/// assert_eq!(versions[0].enabled.known(), Some(&true));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct KeyVersion {
    /// Where it is listed.
    pub place: Place,
    /// The version's 32 hexadecimal digits.
    pub version: Fact<Text>,
    /// `attributes.enabled`
    pub enabled: Fact<bool>,
    /// `attributes.created`: seconds since 1970
    pub created: Fact<i64>,
    /// `attributes.expires`: seconds since 1970
    pub expires: Fact<i64>,
}

/// `rotationPolicy` of a key.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults/keys", "name": "kv-orders/kek",
///     "properties": { "kty": "RSA", "keySize": 3072, "rotationPolicy": { "attributes": { "expiryTime": "P2Y" },
///         "lifetimeActions": [{ "trigger": { "timeAfterCreate": "P18M" }, "action": { "type": "rotate" } }] } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let rotation = deployment.keys[0].rotation.known().expect("a rotation policy");
/// assert_eq!(rotation.expiry_time.literal(), Some("P2Y"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    /// `attributes.expiryTime`: how long each new version lives.
    pub expiry_time: Fact<Text>,
    /// The triggers of the actions `rotate`.
    pub triggers: Vec<Trigger>,
}

/// When a key is rotated.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults/keys", "name": "kv-orders/kek",
///     "properties": { "kty": "RSA", "keySize": 3072, "rotationPolicy": { "attributes": { "expiryTime": "P2Y" },
///         "lifetimeActions": [{ "trigger": { "timeAfterCreate": "P18M" }, "action": { "type": "rotate" } }] } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let rotation = deployment.keys[0].rotation.known().expect("a rotation policy");
/// assert_eq!(rotation.triggers[0].after_create.literal(), Some("P18M"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// `timeAfterCreate`
    pub after_create: Fact<Text>,
    /// `timeBeforeExpiry`
    pub before_expiry: Fact<Text>,
}

/// `Microsoft.Authorization/roleAssignments`
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.Authorization/roleAssignments", "name": "grant",
///     "properties": { "principalType": "ServicePrincipal" } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.role_assignments[0].principal_type.literal(), Some("ServicePrincipal"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RoleAssignment {
    /// What every resource has.
    pub resource: Resource,
    /// What it applies to; absent where that is the resource group of the deployment.
    pub scope: Fact<Text>,
    /// `properties.roleDefinitionId`
    pub role: Fact<Text>,
    /// The role's name, where that stands instead of its id.
    pub role_name: Fact<Text>,
    /// `properties.principalId`
    pub principal: Fact<Text>,
    /// `properties.principalType`
    pub principal_type: Fact<Text>,
    /// `properties.condition`
    pub condition: Fact<Text>,
    /// The index of the file that is a list of role assignments, whole, with this one in it.
    pub listed_in: Option<usize>,
}

impl RoleAssignment {
    /// The resource, with nothing else said about it.
    #[must_use]
    pub fn of(resource: Resource) -> Self {
        Self {
            scope: absent(&resource),
            role: absent(&resource),
            role_name: absent(&resource),
            principal: absent(&resource),
            principal_type: absent(&resource),
            condition: absent(&resource),
            listed_in: None,
            resource,
        }
    }
}

/// An access policy of a vault, whether it stands in the vault or in a resource of its own.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv-orders",
///     "properties": { "accessPolicies": [{ "tenantId": "t", "objectId": "o", "permissions": { "keys": ["get", "wrapKey"] } }] } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let policies = deployment.vaults[0].access_policies.known().expect("a list");
/// assert_eq!(policies[0].object.literal(), Some("o"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AccessPolicy {
    /// The policy.
    pub place: Place,
    /// `tenantId`
    pub tenant: Fact<Text>,
    /// `objectId`
    pub object: Fact<Text>,
    /// `applicationId`
    pub application: Fact<Text>,
    /// `permissions.keys`
    pub keys: Fact<Vec<(Text, Place)>>,
}

/// `Microsoft.KeyVault/vaults/accessPolicies`
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults/accessPolicies", "name": "kv-orders/add",
///     "properties": { "accessPolicies": [{ "tenantId": "t", "objectId": "o", "permissions": { "keys": ["get", "wrapKey"] } }] } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.policy_grants[0].access_policies.known().map(Vec::len), Some(1));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PolicyGrant {
    /// What every resource has; the name is `vault/add`, `vault/replace` or `vault/remove`.
    pub resource: Resource,
    /// `properties.accessPolicies`
    pub access_policies: Fact<Vec<AccessPolicy>>,
}

impl PolicyGrant {
    /// The resource, with nothing else said about it.
    #[must_use]
    pub fn of(resource: Resource) -> Self {
        Self { access_policies: absent(&resource), resource }
    }
}

/// A finding that somebody accepted.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv-orders", "metadata": { "cmkit": { "suppress": [
///     { "code": "CMK1009", "reason": "locked by the platform team" }] } },
///     "properties": {} }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.suppressions[0].code.literal(), Some("CMK1009"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The code of the rule.
    pub code: Fact<Text>,
    /// Why it is accepted.
    pub reason: Fact<Text>,
    /// The last day on which it is.
    pub until: Fact<Text>,
    /// Where it is written.
    pub place: Place,
    /// The resource or the whole template to which it applies.
    pub covers: Place,
}

/// `Microsoft.Authorization/locks`
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.Authorization/locks", "name": "keep",
///     "properties": { "level": "CanNotDelete" } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.locks[0].level.literal(), Some("CanNotDelete"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lock {
    /// What every resource has.
    pub resource: Resource,
    /// What it applies to; absent where that is the resource group of the deployment.
    pub scope: Fact<Text>,
    /// `properties.level`: `CanNotDelete` or `ReadOnly`
    pub level: Fact<Text>,
}

impl Lock {
    /// The resource, with nothing else said about it.
    #[must_use]
    pub fn of(resource: Resource) -> Self {
        Self { scope: absent(&resource), level: absent(&resource), resource }
    }
}

/// `Microsoft.Authorization/roleDefinitions`: a custom role.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.Authorization/roleDefinitions", "name": "wrapper",
///     "properties": { "permissions": [{ "dataActions": ["Microsoft.KeyVault/vaults/keys/wrap/action"] }] } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.role_definitions[0].data_actions.known().map(Vec::len), Some(1));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RoleDefinition {
    /// What every resource has.
    pub resource: Resource,
    /// `properties.permissions[].dataActions`
    pub data_actions: Fact<Vec<(Text, Place)>>,
    /// `properties.permissions[].notDataActions`
    pub not_data_actions: Fact<Vec<(Text, Place)>>,
}

impl RoleDefinition {
    /// The resource, with nothing else said about it.
    #[must_use]
    pub fn of(resource: Resource) -> Self {
        Self { data_actions: absent(&resource), not_data_actions: absent(&resource), resource }
    }
}

/// What a Terraform plan does to one resource.
///
/// ```
/// use cmkit_core::{document, policy::Action};
/// let plan = r#"{ "format_version": "1.2", "terraform_version": "1.9.0", "planned_values": { "root_module": {} }, "resource_changes": [
///     { "address": "azurerm_key_vault.kv", "mode": "managed", "type": "azurerm_key_vault", "name": "kv",
///       "change": { "actions": ["delete"], "before": { "name": "kv-orders" }, "after": null } }] }"#;
/// let deployment = document::read(&[("plan.json", plan)])?;
/// assert_eq!(deployment.changes[0].action, Action::Delete);
/// assert_eq!(deployment.changes[0].address, "azurerm_key_vault.kv");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Change {
    /// The resource: the one that was there, or the one that is made.
    pub id: ResourceId,
    /// Its address in Terraform.
    pub address: String,
    /// Where the plan says so.
    pub place: Place,
    /// What it does.
    pub action: Action,
    /// The arguments that force a replacement, with dots between the steps: `customer_managed_key`.
    pub forced_by: Vec<String>,
    /// `action_reason`
    pub reason: Option<String>,
    /// The arguments that differ; names alone.
    pub changed: Vec<String>,
    /// A cluster as it was.
    pub cluster: Option<Box<Cluster>>,
}

/// What is done to a resource.
///
/// ```
/// use cmkit_core::{document, policy::Action};
/// let plan = r#"{ "format_version": "1.2", "terraform_version": "1.9.0", "planned_values": { "root_module": {} }, "resource_changes": [
///     { "address": "azurerm_key_vault.kv", "mode": "managed", "type": "azurerm_key_vault", "name": "kv",
///       "change": { "actions": ["delete", "create"], "before": { "name": "kv-old" }, "after": { "name": "kv-new" } } }] }"#;
/// let deployment = document::read(&[("plan.json", plan)])?;
/// assert_eq!(deployment.changes[0].action, Action::Replace);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Nothing.
    Keep,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is destroyed and made anew, in whatever order.
    Replace,
    /// It is destroyed.
    Delete,
    /// It stays, and Terraform no longer looks after it.
    Forget,
}

/// A value that is not what its property takes.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv-orders",
///     "properties": { "softDeleteRetentionInDays": "many" } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.oddities[0].place.pointer.as_str(), "/resources/0/properties/softDeleteRetentionInDays");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Oddity {
    /// Where it stands.
    pub place: Place,
    /// What is wrong with it.
    pub message: String,
    /// What the property takes.
    pub expected: String,
    /// What stands there.
    pub actual: String,
}

/// A value that a template sets, and that is another one now.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv-orders", "apiVersion": "2023-07-01",
///     "properties": { "enableRbacAuthorization": true } }] }"#;
/// let answer = r#"{ "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-orders", "name": "kv-orders",
///     "type": "Microsoft.KeyVault/vaults", "properties": { "enableRbacAuthorization": false } }"#;
/// let deployment = document::read(&[("main.json", template), ("live.json", answer)])?;
/// assert_eq!(deployment.drifts[0].written.pointer.as_str(), "/resources/0/properties/enableRbacAuthorization");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Where the template sets it.
    pub written: Place,
    /// Where the service answers it.
    pub live: Place,
}

/// Everything that was read.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv-orders", "apiVersion": "2023-07-01",
///     "properties": { "enablePurgeProtection": true } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// assert_eq!(deployment.vaults[0].purge_protection.known(), Some(&true));
/// assert!(deployment.vaults[0].soft_delete.is_absent());
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    /// The files, for spans.
    pub files: Vec<File>,
    /// Every resource, of whatever type.
    pub resources: Vec<Resource>,
    /// The clusters.
    pub clusters: Vec<Cluster>,
    /// The user-assigned identities.
    pub identities: Vec<Identity>,
    /// The vaults.
    pub vaults: Vec<Vault>,
    /// The keys.
    pub keys: Vec<Key>,
    /// The role assignments.
    pub role_assignments: Vec<RoleAssignment>,
    /// Access policies outside their vaults.
    pub policy_grants: Vec<PolicyGrant>,
    /// Custom roles.
    pub role_definitions: Vec<RoleDefinition>,
    /// Resource locks.
    pub locks: Vec<Lock>,
    /// Accepted findings.
    pub suppressions: Vec<Suppression>,
    /// What a Terraform plan does.
    pub changes: Vec<Change>,
    /// Other places that a resource is written at, with its index among the resources: its block in the configuration.
    pub also: Vec<(Place, usize)>,
    /// Deployments whose templates were not read, as they are linked: whatever the files lack may be in there.
    pub linked: Vec<ResourceId>,
    /// Values of the wrong kind.
    pub oddities: Vec<Oddity>,
    /// Values that a template sets and the service answers otherwise.
    pub drifts: Vec<Drift>,
}

fn absent<T>(resource: &Resource) -> Fact<T> {
    Fact::Absent(resource.place.clone())
}
