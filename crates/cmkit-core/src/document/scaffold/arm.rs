//! The deployment as an ARM template.

use super::fill::fill;
use super::{ADMINISTRATOR, Design, ROLE, SERVER_VERSION, STORAGE_GIB, Site};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) fn write(design: &Design<'_>) -> String {
    let resources: Vec<_> = design.sites.iter().map(|site| resources(design, site)).collect();
    let accepted: Vec<_> = design.accepted().into_iter().map(accept).collect();
    let metadata =
        if accepted.is_empty() { String::new() } else { fill(METADATA, &[("accepted", &accepted.join(",\n"))]) };
    let mut parameters: Vec<_> = design.sites.iter().flat_map(|site| site_parameters(design, site)).collect();
    parameters.push(PASSWORD.trim_end().to_string());
    let variables = if design.plan.customer_managed { variables(design) } else { String::new() };
    let about = if design.plan.customer_managed {
        "// A cluster under a customer-managed key, and everything that it needs.\n\
         // Final for its life: that the key is yours, and the number of shards."
    } else {
        "// A cluster whose encryption key the service manages. That is final: another mode takes a replica or a restore."
    };
    fill(
        TEMPLATE,
        &[
            ("about", about),
            ("metadata", metadata.trim_end()),
            ("parameters", &parameters.join(",\n")),
            ("variables", &variables),
            ("resources", &resources.join(",\n")),
        ],
    )
}

fn accept((code, reason): (&str, &str)) -> String {
    format!("        {{ \"code\": \"{code}\", \"reason\": \"{reason}\" }}")
}

fn site_parameters(design: &Design<'_>, site: &Site) -> Vec<String> {
    let parameter = |name: &str, value: &str| {
        let name = site.camel(name);
        format!("    \"{name}\": {{\n      \"type\": \"string\",\n      \"defaultValue\": \"{value}\"\n    }}")
    };
    let mut parameters = Vec::from([parameter("location", &site.region), parameter("clusterName", &site.cluster)]);
    if design.plan.customer_managed {
        parameters.push(parameter("vaultName", &site.vault));
    }
    parameters
}

fn variables(design: &Design<'_>) -> String {
    let mut variables = Vec::new();
    for site in &design.sites {
        let [identity, key, id] = ["identityName", "keyName", "identityId"].map(|name| site.camel(name));
        variables.push(format!("    \"{identity}\": \"{}\"", site.identity));
        variables.push(format!("    \"{key}\": \"{}\"", site.key));
        variables.push(format!(
            "    \"{id}\": \"[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', variables('{identity}'))]\""
        ));
    }
    if design.rbac() {
        variables.push(format!(
            "    // Key Vault Crypto Service Encryption User: read, wrap, unwrap, and nothing more.\n    \
             \"role\": \"[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{ROLE}')]\""
        ));
    }
    variables.join(",\n").trim_start().to_string()
}

fn resources(design: &Design<'_>, site: &Site) -> String {
    let names = ["location", "clusterName", "vaultName", "identityName", "keyName", "identityId"];
    let given: Vec<_> = names.iter().map(|name| (*name, site.camel(name))).collect();
    let (managed, rbac) = (design.plan.customer_managed, design.rbac());
    let after = if site.is_replica() { AFTER_PRIMARY } else { "" };
    let (key, grant) = (if managed { AFTER_KEY } else { "" }, if managed && rbac { AFTER_GRANT } else { "" });
    let depends_on = depends_on(&[key, grant, after]);
    let body = if site.is_replica() { REPLICA } else { PRIMARY };
    let parts = if managed {
        [IDENTITY, VAULT, LOCK, KEY, if rbac { GRANT } else { "" }, CLUSTER].concat()
    } else {
        SERVICE_MANAGED.to_string()
    };
    let (shards, storage, rotation) = (design.plan.shards.to_string(), STORAGE_GIB.to_string(), rotation(design));
    let mut values = Vec::from([
        ("dependsOn", depends_on.as_str()),
        ("body", body.trim_end()),
        ("policies", if rbac { RBAC.trim_end() } else { POLICIES.trim_end() }),
        ("vaultDependsOn", if rbac { "" } else { WAIT_FOR_IDENTITY.trim_end() }),
        ("rotation", &rotation),
        ("sku", design.sku()),
        ("kty", design.key_type()),
        ("administrator", ADMINISTRATOR),
        ("version", SERVER_VERSION),
        ("tier", &design.plan.tier),
        ("storage", &storage),
        ("shards", &shards),
        ("availability", design.high_availability()),
    ]);
    values.extend(given.iter().map(|(name, value)| (*name, value.as_str())));
    fill(&parts, &values).trim_end().to_string()
}

const AFTER_KEY: &str =
    "        \"[resourceId('Microsoft.KeyVault/vaults/keys', parameters('@{vaultName}'), variables('@{keyName}'))]\"";
const AFTER_GRANT: &str = "        \"[extensionResourceId(resourceId('Microsoft.KeyVault/vaults', parameters('@{vaultName}')), 'Microsoft.Authorization/roleAssignments', guid(parameters('@{vaultName}'), variables('@{identityName}'), variables('role')))]\"";
const AFTER_PRIMARY: &str = "        \"[resourceId('Microsoft.DocumentDB/mongoClusters', parameters('clusterName'))]\"";

fn depends_on(ids: &[&str]) -> String {
    let ids: Vec<_> = ids.iter().copied().filter(|id| !id.is_empty()).collect();
    if ids.is_empty() { String::new() } else { format!("\n      \"dependsOn\": [\n{}\n      ],", ids.join(",\n")) }
}

fn rotation(design: &Design<'_>) -> String {
    let Some(rotation) = &design.plan.rotation else { return String::new() };
    let expiry = design
        .plan
        .expiry
        .as_ref()
        .map(|life| format!("\n          \"attributes\": {{ \"expiryTime\": \"{life}\" }},"));
    fill(ROTATION, &[("expiry", expiry.as_deref().unwrap_or_default()), ("after", rotation)]).trim_end().to_string()
}

const TEMPLATE: &str = r#"@{about}
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  @{metadata}
  "parameters": {
@{parameters}
  },
  "variables": {
    @{variables}
  },
  "resources": [
@{resources}
  ]
}
"#;

const METADATA: &str = r#""metadata": {
    "cmkit": {
      "suppress": [
@{accepted}
      ]
    }
  },
"#;

const PASSWORD: &str = r#"    // Asked for at deployment, and kept nowhere.
    "administratorPassword": {
      "type": "securestring"
    }
"#;

const IDENTITY: &str = r#"    {
      "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
      "apiVersion": "2023-01-31",
      "name": "[variables('@{identityName}')]",
      "location": "[parameters('@{location}')]"
    },
"#;

const VAULT: &str = r#"    {
      "type": "Microsoft.KeyVault/vaults",
      "apiVersion": "2026-02-01",
      "name": "[parameters('@{vaultName}')]",
      "location": "[parameters('@{location}')]",
      @{vaultDependsOn}
      "properties": {
        "tenantId": "[subscription().tenantId]",
        "sku": { "family": "A", "name": "@{sku}" },
        @{policies}
        // Final: once on, purge protection stays on.
        "enablePurgeProtection": true,
        // Final: the retention is chosen when the vault is made.
        "softDeleteRetentionInDays": 90,
        // Closed to the public; the service comes in as a trusted Microsoft service.
        "publicNetworkAccess": "Disabled",
        "networkAcls": {
          "defaultAction": "Deny",
          "bypass": "AzureServices"
        }
      }
    },
"#;

const RBAC: &str = r#""enableRbacAuthorization": true,
"#;

const POLICIES: &str = r#""enableRbacAuthorization": false,
        // A deployment of the vault replaces this whole list.
        "accessPolicies": [
          {
            "tenantId": "[subscription().tenantId]",
            "objectId": "[reference(variables('@{identityId}'), '2023-01-31').principalId]",
            "permissions": { "keys": [ "get", "list", "wrapKey", "unwrapKey" ] }
          }
        ],
"#;

const WAIT_FOR_IDENTITY: &str = r#""dependsOn": [
        "[variables('@{identityId}')]"
      ],
"#;

const LOCK: &str = r#"    {
      "type": "Microsoft.Authorization/locks",
      "apiVersion": "2020-05-01",
      "name": "keep",
      "scope": "[resourceId('Microsoft.KeyVault/vaults', parameters('@{vaultName}'))]",
      "dependsOn": [
        "[resourceId('Microsoft.KeyVault/vaults', parameters('@{vaultName}'))]"
      ],
      "properties": {
        "level": "CanNotDelete",
        "notes": "Without this vault the cluster's data can't be read."
      }
    },
"#;

const KEY: &str = r#"    {
      "type": "Microsoft.KeyVault/vaults/keys",
      "apiVersion": "2026-02-01",
      "name": "[format('{0}/{1}', parameters('@{vaultName}'), variables('@{keyName}'))]",
      "dependsOn": [
        "[resourceId('Microsoft.KeyVault/vaults', parameters('@{vaultName}'))]"
      ],
      "properties": {
        // Final: the type of a key.
        "kty": "@{kty}",
        "keySize": 4096,
        "keyOps": [ "wrapKey", "unwrapKey" ]@{rotation}
      }
    },
"#;

const ROTATION: &str = r#",
        // The cluster follows each new version by itself. Keep the old ones enabled for a while.
        "rotationPolicy": {@{expiry}
          "lifetimeActions": [
            {
              "trigger": { "timeAfterCreate": "@{after}" },
              "action": { "type": "rotate" }
            }
          ]
        }
"#;

const GRANT: &str = r#"    {
      "type": "Microsoft.Authorization/roleAssignments",
      "apiVersion": "2022-04-01",
      "name": "[guid(parameters('@{vaultName}'), variables('@{identityName}'), variables('role'))]",
      "scope": "[resourceId('Microsoft.KeyVault/vaults', parameters('@{vaultName}'))]",
      "dependsOn": [
        "[resourceId('Microsoft.KeyVault/vaults', parameters('@{vaultName}'))]",
        "[variables('@{identityId}')]"
      ],
      "properties": {
        "roleDefinitionId": "[variables('role')]",
        "principalId": "[reference(variables('@{identityId}'), '2023-01-31').principalId]",
        "principalType": "ServicePrincipal"
      }
    },
"#;

const CLUSTER: &str = r#"    {
      "type": "Microsoft.DocumentDB/mongoClusters",
      "apiVersion": "2025-09-01",
      "name": "[parameters('@{clusterName}')]",
      "location": "[parameters('@{location}')]",@{dependsOn}
      "identity": {
        "type": "UserAssigned",
        "userAssignedIdentities": {
          "[variables('@{identityId}')]": {}
        }
      },
      "properties": {
@{body},
        // Final: a cluster under a customer-managed key stays under one.
        "encryption": {
          "customerManagedKeyEncryption": {
            "keyEncryptionKeyIdentity": {
              "identityType": "UserAssignedIdentity",
              "userAssignedIdentityResourceId": "[variables('@{identityId}')]"
            },
            "keyEncryptionKeyUrl": "[reference(resourceId('Microsoft.KeyVault/vaults/keys', parameters('@{vaultName}'), variables('@{keyName}'))).keyUri]"
          }
        }
      }
    }
"#;

const SERVICE_MANAGED: &str = r#"    {
      "type": "Microsoft.DocumentDB/mongoClusters",
      "apiVersion": "2025-09-01",
      "name": "[parameters('@{clusterName}')]",
      "location": "[parameters('@{location}')]",@{dependsOn}
      "properties": {
@{body}
      }
    }
"#;

const PRIMARY: &str = r#"        "createMode": "Default",
        "administrator": {
          "userName": "@{administrator}",
          "password": "[parameters('administratorPassword')]"
        },
        "serverVersion": "@{version}",
        "compute": { "tier": "@{tier}" },
        "storage": { "sizeGb": @{storage} },
        // Final under a customer-managed key: no shard can be added later.
        "sharding": { "shardCount": @{shards} },
        "highAvailability": { "targetMode": "@{availability}" }
"#;

const REPLICA: &str = r#"        "createMode": "GeoReplica",
        "replicaParameters": {
          "sourceResourceId": "[resourceId('Microsoft.DocumentDB/mongoClusters', parameters('clusterName'))]",
          "sourceLocation": "[parameters('location')]"
        }
"#;
