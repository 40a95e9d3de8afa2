//! The deployment as a Bicep file.

use super::fill::fill;
use super::{ADMINISTRATOR, Design, ROLE, SERVER_VERSION, STORAGE_GIB, Site};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) fn write(design: &Design<'_>) -> String {
    let managed = design.plan.customer_managed;
    let accepted: String = design.accepted().into_iter().map(accept).collect();
    let metadata = if accepted.is_empty() { "" } else { METADATA };
    let parameters: String = design.sites.iter().map(|site| parameters(design, site)).collect();
    let resources: Vec<_> = design.sites.iter().map(|site| resources(design, site)).collect();
    let values = [
        ("about", if managed { ABOUT.trim_end() } else { ABOUT_SERVICE_MANAGED.trim_end() }),
        ("metadata", metadata),
        ("accepted", accepted.trim_end()),
        ("parameters", parameters.trim_end()),
        ("roleVariable", if managed && design.rbac() { ROLE_VARIABLE } else { "" }),
        ("resources", &resources.join("\n")),
        ("roleId", ROLE),
    ];
    fill(TEMPLATE, &values).trim_end().to_string() + "\n"
}

fn accept((code, reason): (&str, &str)) -> String {
    format!("    {{ code: '{code}', reason: '{reason}' }}\n")
}

fn parameters(design: &Design<'_>, site: &Site) -> String {
    let mut parameters = Vec::from([("location", &site.region), ("clusterName", &site.cluster)]);
    if design.plan.customer_managed {
        parameters.extend([("vaultName", &site.vault), ("keyName", &site.key), ("identityName", &site.identity)]);
    }
    parameters.iter().map(|(name, value)| format!("param {} string = '{value}'\n", site.camel(name))).collect()
}

fn resources(design: &Design<'_>, site: &Site) -> String {
    let (managed, rbac) = (design.plan.customer_managed, design.rbac());
    let parts = match (managed, rbac) {
        (false, _) => [CLUSTER].concat(),
        (true, true) => [IDENTITY, VAULT, LOCK, KEY, GRANT, CLUSTER].concat(),
        (true, false) => [IDENTITY, VAULT, LOCK, KEY, CLUSTER].concat(),
    };
    let names = [
        "location",
        "clusterName",
        "vaultName",
        "keyName",
        "identityName",
        "identity",
        "vault",
        "lock",
        "key",
        "grant",
        "cluster",
    ];
    let given: Vec<_> = names.iter().map(|name| (*name, site.camel(name))).collect();
    let (shards, storage) = (design.plan.shards.to_string(), STORAGE_GIB.to_string());
    let expiry = design.plan.expiry.as_ref();
    let expiry = expiry.map(|life| format!("      attributes: {{ expiryTime: '{life}' }}")).unwrap_or_default();
    let plan = design.plan;
    let mut values = Vec::from([
        ("dependsOn", if managed && rbac { DEPENDS_ON.trim_end() } else { "" }),
        ("assigned", if managed { ASSIGNED.trim_end() } else { "" }),
        ("body", if site.is_replica() { REPLICA.trim_end() } else { PRIMARY.trim_end() }),
        ("encryption", if managed { ENCRYPTION.trim_end() } else { "" }),
        ("grants", if rbac { RBAC.trim_end() } else { POLICIES.trim_end() }),
        ("rotation", if plan.rotation.is_some() { ROTATION.trim_end() } else { "" }),
        ("expiry", &expiry),
        ("after", plan.rotation.as_deref().unwrap_or_default()),
        ("sku", design.sku()),
        ("kty", design.key_type()),
        ("administrator", ADMINISTRATOR),
        ("version", SERVER_VERSION),
        ("tier", &plan.tier),
        ("storage", &storage),
        ("shards", &shards),
        ("availability", design.high_availability()),
    ]);
    values.extend(given.iter().map(|(name, value)| (*name, value.as_str())));
    fill(&parts, &values)
}

const ABOUT: &str = "\
// A cluster under a customer-managed key, and everything that it needs.
// Final for its life: that the key is yours, and the number of shards.
";

const ABOUT_SERVICE_MANAGED: &str = "\
// A cluster whose encryption key the service manages. That is final: another mode takes a replica or a restore.
";

const TEMPLATE: &str = r"@{about}
@{metadata}

@{parameters}

@description('Asked for at deployment, and kept nowhere.')
@secure()
param administratorPassword string

@{roleVariable}
@{resources}
";

const METADATA: &str = r"
metadata cmkit = {
  suppress: [
@{accepted}
  ]
}";

const ROLE_VARIABLE: &str = "\
// Key Vault Crypto Service Encryption User: read, wrap, unwrap, and nothing more.
var role = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '@{roleId}')
";

const IDENTITY: &str = r"resource @{identity} 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: @{identityName}
  location: @{location}
}

";

const VAULT: &str = r"resource @{vault} 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: @{vaultName}
  location: @{location}
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: '@{sku}' }
    @{grants}
    // Final: once on, purge protection stays on.
    enablePurgeProtection: true
    // Final: the retention is chosen when the vault is made.
    softDeleteRetentionInDays: 90
    // Closed to the public; the service comes in as a trusted Microsoft service.
    publicNetworkAccess: 'Disabled'
    networkAcls: {
      defaultAction: 'Deny'
      bypass: 'AzureServices'
    }
  }
}

";

const RBAC: &str = "enableRbacAuthorization: true\n";

const POLICIES: &str = r"enableRbacAuthorization: false
    // A deployment of the vault replaces this whole list.
    accessPolicies: [
      {
        tenantId: tenant().tenantId
        objectId: @{identity}.properties.principalId
        permissions: { keys: [ 'get', 'list', 'wrapKey', 'unwrapKey' ] }
      }
    ]
";

const LOCK: &str = r"resource @{lock} 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  scope: @{vault}
  properties: {
    level: 'CanNotDelete'
    notes: 'Without this vault the data of the cluster can not be read.'
  }
}

";

const KEY: &str = r"resource @{key} 'Microsoft.KeyVault/vaults/keys@2026-02-01' = {
  parent: @{vault}
  name: @{keyName}
  properties: {
    // Final: the type of a key.
    kty: '@{kty}'
    keySize: 4096
    keyOps: [ 'wrapKey', 'unwrapKey' ]
    @{rotation}
  }
}

";

const ROTATION: &str = r"// The cluster follows each new version by itself. Keep the old ones enabled for a while.
    rotationPolicy: {
@{expiry}
      lifetimeActions: [
        {
          trigger: { timeAfterCreate: '@{after}' }
          action: { type: 'rotate' }
        }
      ]
    }
";

const GRANT: &str = r"resource @{grant} 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(@{vault}.id, @{identity}.id, role)
  scope: @{vault}
  properties: {
    roleDefinitionId: role
    principalId: @{identity}.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

";

const CLUSTER: &str = r"resource @{cluster} 'Microsoft.DocumentDB/mongoClusters@2025-09-01' = {
  name: @{clusterName}
  location: @{location}
  @{assigned}
  properties: {
    @{body}
    @{encryption}
  }
  @{dependsOn}
}
";

const ASSIGNED: &str = r"identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${@{identity}.id}': {} }
  }
";

const PRIMARY: &str = r"createMode: 'Default'
    administrator: {
      userName: '@{administrator}'
      password: administratorPassword
    }
    serverVersion: '@{version}'
    compute: { tier: '@{tier}' }
    storage: { sizeGb: @{storage} }
    // Final under a customer-managed key: no shard can be added later.
    sharding: { shardCount: @{shards} }
    highAvailability: { targetMode: '@{availability}' }
";

const REPLICA: &str = r"createMode: 'GeoReplica'
    replicaParameters: {
      sourceResourceId: cluster.id
      sourceLocation: location
    }
";

const ENCRYPTION: &str = r"// Final: a cluster under a customer-managed key stays under one.
    encryption: {
      customerManagedKeyEncryption: {
        keyEncryptionKeyIdentity: {
          identityType: 'UserAssignedIdentity'
          userAssignedIdentityResourceId: @{identity}.id
        }
        keyEncryptionKeyUrl: @{key}.properties.keyUri
      }
    }
";

const DEPENDS_ON: &str = r"// Nothing else makes the cluster wait for its grant.
  dependsOn: [ @{grant} ]
";
