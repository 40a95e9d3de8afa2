resource "azurerm_user_assigned_identity" "cmk" {
  name = "id-orders"
}

resource "azurerm_key_vault" "orders" {
  name                       = "kv-orders"
  rbac_authorization_enabled = true
}

resource "azurerm_key_vault_key" "orders" {
  name         = "orders-kek"
  key_vault_id = azurerm_key_vault.orders.id
  key_type     = "RSA"
  key_size     = 4096
  key_opts     = ["wrapKey", "unwrapKey"]
}

resource "azurerm_role_assignment" "cmk" {
  scope                = azurerm_key_vault.orders.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.cmk.principal_id
}

resource "azurerm_mongo_cluster" "orders" {
  name = "orders"

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.orders.versionless_id
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }

  depends_on = [azurerm_role_assignment.cmk]
}
