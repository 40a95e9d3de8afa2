//! A deployment as the rules see it: a graph of facts about clusters, identities, vaults, keys and grants.
//!
//! Nothing here knows a file format. A reader fills the model in; each fact says where it stands, or that it is absent,
//! or why it isn't known. Links between resources are [`Text`], so that they are decidable before deployment.

use super::text::{ResourceId, Text};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A stretch of bytes in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Line and column of a byte, both from 1; columns count characters.
#[must_use]
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[line_start..].chars().filter(|c| *c != '\u{feff}').count();
    (before.matches('\n').count() + 1, column + 1)
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name, as the caller gave it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The index of the file in [`Deployment::files`].
    pub file: usize,
    /// JSON Pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) into the file.
    pub pointer: String,
    /// The bytes.
    pub span: Span,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is written in the file.
    Template,
    /// It is the default value of a parameter: a deployment may set another one.
    Parameter,
    /// The service's own default for a property that the file leaves out.
    Service,
}

/// A fact of the deployment.
///
/// ```
/// use cmkit_core::policy::{Fact, Origin, Place};
/// let absent: Fact<bool> = Fact::Absent(Place { file: 0, pointer: "/resources/0".into(), span: Default::default() });
/// let Fact::Known { value, origin, .. } = absent.or_default(true) else { panic!("a default makes it known") };
/// assert_eq!((value, origin), (true, Origin::Service));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Fact<T> {
    /// The value is known.
    Known {
        /// The value.
        value: T,
        /// Where it stands; for a default, the object that leaves it out.
        place: Place,
        /// Where it comes from.
        origin: Origin,
    },
    /// The file leaves it out; the place is that of the object which would have it.
    Absent(Place),
    /// Something stands there that can't be known from the files.
    Unknown {
        /// Where it stands.
        place: Place,
        /// Why it can't be known, in words.
        reason: String,
    },
}

impl<T> Fact<T> {
    /// The value, if it is known.
    #[must_use]
    pub const fn known(&self) -> Option<&T> {
        if let Self::Known { value, .. } = self { Some(value) } else { None }
    }

    /// Where it stands, or would.
    #[must_use]
    pub const fn place(&self) -> &Place {
        match self {
            Self::Known { place, .. } | Self::Absent(place) | Self::Unknown { place, .. } => place,
        }
    }

    /// Whether the file leaves it out.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent(_))
    }

    /// Puts the service's default where the file says nothing.
    #[must_use]
    pub fn or_default(&self, default: T) -> Self
    where
        T: Clone,
    {
        match self {
            Self::Absent(place) => Self::Known { value: default, place: place.clone(), origin: Origin::Service },
            fact => fact.clone(),
        }
    }
}

impl Fact<Text> {
    /// The text, if all of it is known.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.known().and_then(Text::as_literal)
    }
}

/// What every resource has.
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
    /// What is deployed before it, said or implied.
    pub depends_on: Vec<ResourceId>,
    /// It is only referred to: nothing of it is deployed, so nothing that it leaves out is known.
    pub existing: bool,
}

impl Resource {
    /// The name without that of its parent, as a person knows it.
    #[must_use]
    pub fn short_name(&self) -> String {
        let names = self.id.name().split('/');
        names.last().map(|name| format!("{name}")).unwrap_or_default()
    }
}

/// `Microsoft.DocumentDB/mongoClusters`: a cluster of Azure Cosmos DB for MongoDB vCore (Azure DocumentDB).
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
}

/// `properties.encryption.customerManagedKeyEncryption` of a cluster.
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

/// `Microsoft.KeyVault/vaults`
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
    /// `properties.rotationPolicy`
    pub rotation: Fact<Rotation>,
}

/// `rotationPolicy` of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    /// `attributes.expiryTime`: how long each new version lives.
    pub expiry_time: Fact<Text>,
    /// The triggers of the actions `rotate`.
    pub triggers: Vec<Trigger>,
}

/// When a key is rotated.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// `timeAfterCreate`
    pub after_create: Fact<Text>,
    /// `timeBeforeExpiry`
    pub before_expiry: Fact<Text>,
}

/// `Microsoft.Authorization/roleAssignments`
#[derive(Clone, Debug)]
pub struct RoleAssignment {
    /// What every resource has.
    pub resource: Resource,
    /// What it applies to; absent where that is the resource group of the deployment.
    pub scope: Fact<Text>,
    /// `properties.roleDefinitionId`
    pub role: Fact<Text>,
    /// `properties.principalId`
    pub principal: Fact<Text>,
    /// `properties.principalType`
    pub principal_type: Fact<Text>,
    /// `properties.condition`
    pub condition: Fact<Text>,
}

/// An access policy of a vault, whether it stands in the vault or in a resource of its own.
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
#[derive(Clone, Debug)]
pub struct PolicyGrant {
    /// What every resource has; the name is `vault/add`, `vault/replace` or `vault/remove`.
    pub resource: Resource,
    /// `properties.accessPolicies`
    pub access_policies: Fact<Vec<AccessPolicy>>,
}

/// A finding that somebody accepted.
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

/// A value that is not what its property takes.
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
    /// Accepted findings.
    pub suppressions: Vec<Suppression>,
    /// Values of the wrong kind.
    pub oddities: Vec<Oddity>,
}
