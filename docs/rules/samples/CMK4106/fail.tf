data "azurerm_client_config" "current" {}

resource "azurerm_user_assigned_identity" "cmk" {
  name = "id-orders"
}

resource "azurerm_key_vault" "orders" {
  name                       = "kv-orders"
  rbac_authorization_enabled = false

  access_policy {
    tenant_id       = data.azurerm_client_config.current.tenant_id
    object_id       = azurerm_user_assigned_identity.cmk.principal_id
    key_permissions = ["Get", "List"]
  }
}

resource "azurerm_key_vault_key" "orders" {
  name         = "orders-kek"
  key_vault_id = azurerm_key_vault.orders.id
  key_type     = "RSA"
  key_size     = 4096
  key_opts     = ["wrapKey", "unwrapKey"]
}

resource "azurerm_mongo_cluster" "orders" {
  name = "orders"

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.orders.versionless_id
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }
}
