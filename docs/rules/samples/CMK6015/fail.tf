resource "azurerm_mongo_cluster" "orders" {
  name                = "orders"
  location            = "westus3"
  resource_group_name = "rg-orders"

  customer_managed_key {
    key_vault_key_id          = "https://kv-orders.vault.azure.net/keys/orders-kek"
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }
}

resource "azurerm_mongo_cluster" "restored" {
  name                = "orders-restored"
  location            = "eastus2"
  create_mode         = "PointInTimeRestore"
  resource_group_name = "rg-orders"

  restore {
    source_id         = azurerm_mongo_cluster.orders.id
    point_in_time_utc = "2026-11-20T08:30:00Z"
  }

  customer_managed_key {
    key_vault_key_id          = "https://kv-orders.vault.azure.net/keys/orders-kek"
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }
}
