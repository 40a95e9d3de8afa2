resource "azurerm_mongo_cluster" "orders" {
  name     = "orders"
  location = "westus3"

  customer_managed_key {
    key_vault_key_id          = "https://kv-orders.vault.azure.net/keys/orders-kek"
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }
}

resource "azurerm_mongo_cluster" "restored" {
  name                   = "orders-restored"
  location               = "westus3"
  create_mode            = "PointInTimeRestore"
  administrator_username = "ordersadmin"

  restore {
    source_id         = azurerm_mongo_cluster.orders.id
    point_in_time_utc = "2026-11-20T08:30:00Z"
  }

  customer_managed_key {
    key_vault_key_id          = "https://kv-orders.vault.azure.net/keys/orders-kek"
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }
}
