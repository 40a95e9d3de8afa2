resource "azurerm_mongo_cluster" "orders" {
  name         = "orders"
  compute_tier = "M40"
}
