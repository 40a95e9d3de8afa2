# A cluster under a customer-managed key, with two mistakes that are often made: the key by an id with its version, and the
# grant to the client id. plan.json beside it is what `terraform show -json` makes of the plan.

data "azurerm_client_config" "current" {}

resource "azurerm_user_assigned_identity" "cmk" {
  name                = "id-orders-cmk"
  resource_group_name = "rg-orders"
  location            = "westus3"
}

resource "azurerm_key_vault" "orders" {
  name                       = "kv-orders"
  resource_group_name        = "rg-orders"
  location                   = "westus3"
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
}

resource "azurerm_key_vault_key" "orders" {
  name         = "orders-kek"
  key_vault_id = azurerm_key_vault.orders.id
  key_type     = "RSA"
  key_size     = 4096
  key_opts     = ["wrapKey", "unwrapKey"]

  rotation_policy {
    automatic {
      time_after_creation = "P18M"
    }
  }
}

resource "azurerm_role_assignment" "cmk" {
  scope                = azurerm_key_vault.orders.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.cmk.client_id
}

resource "azurerm_mongo_cluster" "orders" {
  name                   = "orders"
  resource_group_name    = "rg-orders"
  location               = "westus3"
  administrator_username = "ordersadmin"
  compute_tier           = "M40"
  high_availability_mode = "ZoneRedundantPreferred"
  shard_count            = 1
  storage_size_in_gb     = 128
  version                = "8.0"

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cmk.id]
  }

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.orders.id
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }
}
