resource "azurerm_resource_group" "orders" {
  name     = "rg-orders"
  location = "westus3"
}

resource "azapi_resource" "orders" {
  type      = "Microsoft.DocumentDB/mongoClusters@2024-07-01"
  name      = "orders"
  parent_id = azurerm_resource_group.orders.id

  body = {
    properties = {
      encryption = {
        customerManagedKeyEncryption = {
          keyEncryptionKeyUrl = "https://kv-orders.vault.azure.net/keys/orders-kek"
        }
      }
    }
  }
}
