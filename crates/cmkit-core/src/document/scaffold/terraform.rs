//! The deployment as a Terraform configuration for the provider `azurerm`.

use super::fill::fill;
use super::{ADMINISTRATOR, Design, ROLE, SERVER_VERSION, STORAGE_GIB, Site};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) fn write(design: &Design<'_>) -> String {
    let resources: Vec<_> = design.sites.iter().map(|site| resources(design, site)).collect();
    let resources = resources.join("\n");
    let managed = design.plan.customer_managed;
    let values = [
        ("about", if managed { ABOUT.trim_end() } else { ABOUT_SERVICE_MANAGED.trim_end() }),
        ("client", if managed { CLIENT } else { "" }),
        ("resources", resources.trim_end()),
    ];
    fill(TEMPLATE, &values)
}

fn resources(design: &Design<'_>, site: &Site) -> String {
    let (plan, rbac) = (design.plan, design.rbac());
    let parts = match (plan.customer_managed, rbac) {
        (false, _) => [CLUSTER].concat(),
        (true, true) => [IDENTITY, VAULT, LOCK, KEY, ROLES, CLUSTER].concat(),
        (true, false) => [IDENTITY, VAULT, LOCK, KEY, POLICIES, CLUSTER].concat(),
    };
    let label = if site.is_replica() { "replica" } else { "primary" };
    let (shards, storage, rbac_word) = (plan.shards.to_string(), STORAGE_GIB.to_string(), rbac.to_string());
    let expiry = plan.expiry.as_ref().map(|life| format!("    expire_after = \"{life}\"\n")).unwrap_or_default();
    let grants = if rbac {
        "azurerm_role_assignment.deployer_@{label}"
    } else {
        "azurerm_key_vault_access_policy.deployer_@{label}"
    };
    let grant = if rbac { "azurerm_role_assignment.@{label}" } else { "azurerm_key_vault_access_policy.@{label}" };
    let values = [
        ("body", if site.is_replica() { REPLICA.trim_end() } else { PRIMARY.trim_end() }),
        ("encryption", if plan.customer_managed { ENCRYPTION.trim_end() } else { "" }),
        ("rotation", if plan.rotation.is_some() { ROTATION.trim_end() } else { "" }),
        ("expiry", expiry.trim_end()),
        ("after", plan.rotation.as_deref().unwrap_or_default()),
        ("deployer", grants),
        ("grant", grant),
        ("label", label),
        ("rbac", &rbac_word),
        ("role", ROLE),
        ("sku", design.sku()),
        ("kty", design.key_type()),
        ("administrator", ADMINISTRATOR),
        ("version", SERVER_VERSION),
        ("tier", &plan.tier),
        ("storage", &storage),
        ("shards", &shards),
        ("availability", design.high_availability()),
        ("region", &site.region),
        ("cluster", &site.cluster),
        ("vault", &site.vault),
        ("key", &site.key),
        ("identity", &site.identity),
    ];
    fill(&parts, &values)
}

const ABOUT: &str = "\
# A cluster under a customer-managed key, and everything that it needs, in a resource group that exists.
# Final for its life: that the key is yours, and the number of shards. This provider replaces the cluster, with all of
# its data, when `customer_managed_key` changes: change key or identity with the Azure CLI instead.
";

const ABOUT_SERVICE_MANAGED: &str = "\
# A cluster whose encryption key the service manages, in a resource group that exists.
# That is final: another mode takes a replica or a restore.
";

const TEMPLATE: &str = r#"@{about}

terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "resource_group_name" {
  type = string
}

@{client}
# Kept in the state, and nowhere else: keep the state as you would keep the password.
resource "random_password" "administrator" {
  length      = 32
  min_lower   = 1
  min_upper   = 1
  min_numeric = 1
  special     = false
}

@{resources}
"#;

const CLIENT: &str = "data \"azurerm_client_config\" \"current\" {}\n";

const IDENTITY: &str = r#"resource "azurerm_user_assigned_identity" "@{label}" {
  name                = "@{identity}"
  resource_group_name = var.resource_group_name
  location            = "@{region}"
}

"#;

const VAULT: &str = r#"resource "azurerm_key_vault" "@{label}" {
  name                       = "@{vault}"
  resource_group_name        = var.resource_group_name
  location                   = "@{region}"
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "@{sku}"
  rbac_authorization_enabled = @{rbac}

  # Final: once on, purge protection stays on; and the retention is chosen when the vault is made.
  purge_protection_enabled   = true
  soft_delete_retention_days = 90

  # Closed to the public; the service comes in as a trusted Microsoft service. To make the key, Terraform itself has to
  # reach the vault: run it where a private endpoint of the vault is.
  public_network_access_enabled = false

  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices"
  }
}

"#;

const LOCK: &str = r#"resource "azurerm_management_lock" "@{label}" {
  name       = "keep"
  scope      = azurerm_key_vault.@{label}.id
  lock_level = "CanNotDelete"
  notes      = "Without this vault the cluster's data can't be read."
}

"#;

const KEY: &str = r#"resource "azurerm_key_vault_key" "@{label}" {
  name         = "@{key}"
  key_vault_id = azurerm_key_vault.@{label}.id
  key_type     = "@{kty}" # final
  key_size     = 4096
  key_opts     = ["wrapKey", "unwrapKey"]

  @{rotation}

  depends_on = [@{deployer}]
}

"#;

const ROTATION: &str = r#"# The cluster follows each new version by itself. Keep the old ones enabled for a while.
  rotation_policy {
@{expiry}
    automatic {
      time_after_creation = "@{after}"
    }
  }
"#;

const ROLES: &str = r#"# Key Vault Crypto Service Encryption User: read, wrap, unwrap, and nothing more.
resource "azurerm_role_assignment" "@{label}" {
  scope              = azurerm_key_vault.@{label}.id
  role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/@{role}"
  principal_id       = azurerm_user_assigned_identity.@{label}.principal_id
  principal_type     = "ServicePrincipal"
}

# Whoever deploys makes the key.
resource "azurerm_role_assignment" "deployer_@{label}" {
  scope                = azurerm_key_vault.@{label}.id
  role_definition_name = "Key Vault Crypto Officer"
  principal_id         = data.azurerm_client_config.current.object_id
}

"#;

const POLICIES: &str = r#"resource "azurerm_key_vault_access_policy" "@{label}" {
  key_vault_id    = azurerm_key_vault.@{label}.id
  tenant_id       = data.azurerm_client_config.current.tenant_id
  object_id       = azurerm_user_assigned_identity.@{label}.principal_id
  key_permissions = ["Get", "List", "WrapKey", "UnwrapKey"]
}

# Whoever deploys makes the key.
resource "azurerm_key_vault_access_policy" "deployer_@{label}" {
  key_vault_id    = azurerm_key_vault.@{label}.id
  tenant_id       = data.azurerm_client_config.current.tenant_id
  object_id       = data.azurerm_client_config.current.object_id
  key_permissions = ["Create", "Delete", "Get", "GetRotationPolicy", "List", "Recover", "SetRotationPolicy", "Update"]
}

"#;

const CLUSTER: &str = r#"resource "azurerm_mongo_cluster" "@{label}" {
  name                = "@{cluster}"
  resource_group_name = var.resource_group_name
  location            = "@{region}"
  @{body}

  @{encryption}
}
"#;

const PRIMARY: &str = r#"create_mode         = "Default"

  administrator_username = "@{administrator}"
  administrator_password = random_password.administrator.result
  version                = "@{version}"
  compute_tier           = "@{tier}"
  storage_size_in_gb     = @{storage}
  shard_count            = @{shards} # final
  high_availability_mode = "@{availability}"
"#;

const REPLICA: &str = r#"create_mode         = "GeoReplica"
  source_server_id    = azurerm_mongo_cluster.primary.id
  source_location     = azurerm_mongo_cluster.primary.location
"#;

const ENCRYPTION: &str = r#"identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.@{label}.id]
  }

  # Final: a cluster under a customer-managed key stays under one.
  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.@{label}.versionless_id
    user_assigned_identity_id = azurerm_user_assigned_identity.@{label}.id
  }

  # Nothing else makes the cluster wait for its grant.
  depends_on = [@{grant}]
"#;
