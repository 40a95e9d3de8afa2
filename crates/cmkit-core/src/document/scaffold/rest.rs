//! The deployment as requests to the management API, in the form that REST clients of editors send (`.http`).

use super::fill::fill;
use super::{ADMINISTRATOR, Design, Grant, ROLE, SERVER_VERSION, STORAGE_GIB, Site, names};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

#[expect(clippy::indexing_slicing, reason = "a design has a primary site")]
pub(super) fn write(design: &Design<'_>) -> String {
    let sites: String = design.sites.iter().map(|site| requests(design, site)).collect();
    let about = if design.plan.customer_managed { ABOUT } else { ABOUT_SERVICE_MANAGED };
    let manage = names::management(&design.sites[0].region);
    fill(TEMPLATE, &[("about", about.trim_end()), ("sites", sites.trim_end()), ("manage", manage)])
}

fn requests(design: &Design<'_>, site: &Site) -> String {
    let managed = design.plan.customer_managed;
    let parts = match (managed, design.plan.grant) {
        (false, _) => [CLUSTER].concat(),
        (true, Grant::Rbac) => [IDENTITY, VAULT, LOCK, KEY, GRANT, CLUSTER].concat(),
        (true, Grant::Policy) => [IDENTITY, VAULT, LOCK, KEY, CLUSTER].concat(),
    };
    let body = cluster(design, site);
    let key = key(design);
    let vault = vault(design);
    let label = site.camel("identity");
    let values = [
        ("body", body.as_str()),
        ("vaultBody", &vault),
        ("keyBody", &key),
        ("password", "{{password}}"),
        ("id", "/subscriptions/{{subscription}}/resourceGroups/{{group}}"),
        ("tenant", "{{tenant}}"),
        ("principal", "{{@{label}.response.body.properties.principalId}}"),
        ("label", &label),
        ("role", ROLE),
        ("region", &site.region),
        ("cluster", &site.cluster),
        ("vault", &site.vault),
        ("key", &site.key),
        ("identity", &site.identity),
    ];
    fill(&parts, &values)
}

/// The body of a vault; `@{tenant}` and `@{principal}` are left to fill in.
pub(super) fn vault(design: &Design<'_>) -> String {
    let grants = if design.rbac() { RBAC } else { POLICIES };
    fill(VAULT_BODY, &[("grants", grants.trim_end()), ("sku", design.sku())]).trim_end().to_string()
}

/// The body of a key.
pub(super) fn key(design: &Design<'_>) -> String {
    let expiry = design.plan.expiry.as_ref();
    let expiry = expiry.map(|life| format!("\n      \"attributes\": {{ \"expiryTime\": \"{life}\" }},"));
    let rotation = design.plan.rotation.as_ref().map(|after| {
        fill(ROTATION, &[("expiry", expiry.as_deref().unwrap_or_default()), ("after", after)]).trim_end().to_string()
    });
    let rotation = rotation.unwrap_or_default();
    fill(KEY_BODY, &[("rotation", &rotation), ("kty", design.key_type())]).trim_end().to_string()
}

/// The body of a cluster; `@{id}` (of the resource group) and `@{password}` are left to fill in.
#[expect(clippy::indexing_slicing, reason = "a design has a primary site")]
pub(super) fn cluster(design: &Design<'_>, site: &Site) -> String {
    let primary = &design.sites[0];
    let url = site.key_url();
    let (shards, storage) = (design.plan.shards.to_string(), STORAGE_GIB.to_string());
    let properties = if site.is_replica() { REPLICA } else { PRIMARY };
    let mut parts = Vec::from([properties.trim_end()]);
    let identity = if design.plan.customer_managed {
        parts.push(ENCRYPTION.trim_end());
        CLUSTER_IDENTITY.trim_end()
    } else {
        ""
    };
    let values = [
        ("assigned", identity),
        ("properties", &parts.join(",\n")),
        ("url", &url),
        ("identity", &site.identity),
        ("region", &site.region),
        ("primary", &primary.cluster),
        ("primaryRegion", &primary.region),
        ("administrator", ADMINISTRATOR),
        ("version", SERVER_VERSION),
        ("tier", &design.plan.tier),
        ("storage", &storage),
        ("shards", &shards),
        ("availability", design.high_availability()),
    ];
    fill(CLUSTER_BODY, &values).trim_end().to_string()
}

const ABOUT: &str = "\
# A cluster under a customer-managed key, and everything that it needs: send the requests in this order.
# Final for its life: that the key is yours, the number of shards, and the vault's retention and purge protection.
";

const ABOUT_SERVICE_MANAGED: &str = "\
# A cluster whose encryption key the service manages. That is final: another mode takes a replica or a restore.
";

const TEMPLATE: &str = r"@{about}
# The token comes from `az account get-access-token --query accessToken -o tsv`.

@manage = @{manage}
@subscription = 00000000-0000-0000-0000-000000000000
@tenant = 00000000-0000-0000-0000-000000000000
@group = rg-cluster
@token = {{$processEnv AZURE_TOKEN}}
@password = {{$processEnv CLUSTER_PASSWORD}}

@{sites}
";

const IDENTITY: &str = r#"### The identity. Its answer has the principalId that is granted the key.
# @name @{label}
PUT {{manage}}@{id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/@{identity}?api-version=2023-01-31
Authorization: Bearer {{token}}
Content-Type: application/json

{
  "location": "@{region}"
}

"#;

const VAULT: &str = r"### The vault. Final: purge protection, and the retention.
PUT {{manage}}@{id}/providers/Microsoft.KeyVault/vaults/@{vault}?api-version=2026-02-01
Authorization: Bearer {{token}}
Content-Type: application/json

@{vaultBody}

";

const LOCK: &str = r#"### A lock, so that nobody deletes the vault by mistake.
PUT {{manage}}@{id}/providers/Microsoft.KeyVault/vaults/@{vault}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01
Authorization: Bearer {{token}}
Content-Type: application/json

{
  "properties": {
    "level": "CanNotDelete",
    "notes": "Without this vault the cluster's data can't be read."
  }
}

"#;

const KEY: &str = r"### The key. The management API makes it without a way through the vault's firewall.
PUT {{manage}}@{id}/providers/Microsoft.KeyVault/vaults/@{vault}/keys/@{key}?api-version=2026-02-01
Authorization: Bearer {{token}}
Content-Type: application/json

@{keyBody}

";

const GRANT: &str = r#"### The grant: Key Vault Crypto Service Encryption User on the vault. It can take ten minutes to count.
PUT {{manage}}@{id}/providers/Microsoft.KeyVault/vaults/@{vault}/providers/Microsoft.Authorization/roleAssignments/{{$guid}}?api-version=2022-04-01
Authorization: Bearer {{token}}
Content-Type: application/json

{
  "properties": {
    "roleDefinitionId": "/subscriptions/{{subscription}}/providers/Microsoft.Authorization/roleDefinitions/@{role}",
    "principalId": "@{principal}",
    "principalType": "ServicePrincipal"
  }
}

"#;

const CLUSTER: &str = r"### The cluster.
PUT {{manage}}@{id}/providers/Microsoft.DocumentDB/mongoClusters/@{cluster}?api-version=2025-09-01
Authorization: Bearer {{token}}
Content-Type: application/json

@{body}

";

const VAULT_BODY: &str = r#"{
  "location": "@{region}",
  "properties": {
    "tenantId": "@{tenant}",
    "sku": { "family": "A", "name": "@{sku}" },
    @{grants}
    "enablePurgeProtection": true,
    "softDeleteRetentionInDays": 90,
    "publicNetworkAccess": "Disabled",
    "networkAcls": { "defaultAction": "Deny", "bypass": "AzureServices" }
  }
}
"#;

const RBAC: &str = r#""enableRbacAuthorization": true,
"#;

const POLICIES: &str = r#""enableRbacAuthorization": false,
    "accessPolicies": [
      {
        "tenantId": "@{tenant}",
        "objectId": "@{principal}",
        "permissions": { "keys": [ "get", "list", "wrapKey", "unwrapKey" ] }
      }
    ],
"#;

const KEY_BODY: &str = r#"{
  "properties": {
    "kty": "@{kty}",
    "keySize": 4096,
    "keyOps": [ "wrapKey", "unwrapKey" ]@{rotation}
  }
}
"#;

const ROTATION: &str = r#",
    "rotationPolicy": {@{expiry}
      "lifetimeActions": [
        { "trigger": { "timeAfterCreate": "@{after}" }, "action": { "type": "rotate" } }
      ]
    }
"#;

const CLUSTER_BODY: &str = r#"{
  "location": "@{region}",
  @{assigned}
  "properties": {
@{properties}
  }
}
"#;

const CLUSTER_IDENTITY: &str = r#""identity": {
    "type": "UserAssigned",
    "userAssignedIdentities": {
      "@{id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/@{identity}": {}
    }
  },
"#;

const PRIMARY: &str = r#"    "createMode": "Default",
    "administrator": { "userName": "@{administrator}", "password": "@{password}" },
    "serverVersion": "@{version}",
    "compute": { "tier": "@{tier}" },
    "storage": { "sizeGb": @{storage} },
    "sharding": { "shardCount": @{shards} },
    "highAvailability": { "targetMode": "@{availability}" }
"#;

const REPLICA: &str = r#"    "createMode": "GeoReplica",
    "replicaParameters": {
      "sourceResourceId": "@{id}/providers/Microsoft.DocumentDB/mongoClusters/@{primary}",
      "sourceLocation": "@{primaryRegion}"
    }
"#;

const ENCRYPTION: &str = r#"    "encryption": {
      "customerManagedKeyEncryption": {
        "keyEncryptionKeyIdentity": {
          "identityType": "UserAssignedIdentity",
          "userAssignedIdentityResourceId": "@{id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/@{identity}"
        },
        "keyEncryptionKeyUrl": "@{url}"
      }
    }
"#;
