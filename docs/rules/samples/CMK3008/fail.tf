resource "azurerm_mongo_cluster" "orders" {
  name     = "orders"
  location = "westus3"

  customer_managed_key {
    key_vault_key_id          = "https://kv-orders.vault.azure.cn/keys/orders-kek"
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }
}
