resource "azurerm_mongo_cluster" "orders" {
  name = "orders-db"

  customer_managed_key {
    key_vault_key_id          = "https://kv-orders.vault.azure.net/keys/orders-kek"
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }
}
