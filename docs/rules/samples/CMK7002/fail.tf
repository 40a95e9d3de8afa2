resource "azurerm_key_vault" "orders" {
  name = "kv-orders"
}

resource "azurerm_key_vault_key" "orders" {
  name         = "orders-kek"
  key_vault_id = azurerm_key_vault.orders.id
  key_type     = "RSA"
  key_size     = 4096
  key_opts     = ["wrapKey", "unwrapKey"]

  rotation_policy {
    automatic {
      time_after_creation = "P5D"
    }
  }
}

resource "azurerm_mongo_cluster" "orders" {
  name = "orders"

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.orders.versionless_id
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }
}
