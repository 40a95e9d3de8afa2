resource "azurerm_mongo_cluster" "replica" {
  name            = "orders-eus2"
  location        = "eastus2"
  create_mode     = "GeoReplica"
  source_location = "westus3"

  customer_managed_key {
    key_vault_key_id          = "https://kv-orders-eus2.vault.azure.net/keys/orders-kek"
    user_assigned_identity_id = azurerm_user_assigned_identity.replica.id
  }
}
