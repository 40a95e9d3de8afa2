//! Key URLs.

use super::*;

pub(super) fn reference_cases() -> Vec<(Vec<Change>, &'static str)> {
    let plain = "https://kv-orders.vault.azure.net/keys/orders-kek";
    let url =
        |url: &str| Vec::from([set("/parameters/vaultName/defaultValue", json!("kv-orders")), set(URL, json!(url))]);
    Vec::from([
        (url(plain), ""),
        (url("https://KV-Orders.vault.azure.net/keys/Orders-KEK"), ""),
        (url("[concat('https://', parameters('vaultName'), '.vault.azure.net/keys/', variables('keyName'))]"), ""),
        (url("[concat(reference(parameters('vaultName')).vaultUri, 'keys/orders-kek')]"), ""),
        (url(&format!("{plain}/{VERSION}")), "CMK3001"),
        (
            url(
                "[reference(resourceId('Microsoft.KeyVault/vaults/keys', parameters('vaultName'), 'orders-kek')).keyUriWithVersion]",
            ),
            "CMK3001",
        ),
        (url(&format!("[concat('{plain}/', parameters('keyVersion'))]")), "CMK3001"),
        (url("https://kv-orders.vault.azure.net/secrets/orders-kek"), "CMK3002"),
        (url("https://kv-orders.vault.azure.net/certificates/orders-kek"), "CMK3002"),
        (
            url("/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-orders/keys/orders-kek"),
            "CMK3003",
        ),
        (url("[resourceId('Microsoft.KeyVault/vaults/keys', parameters('vaultName'), 'orders-kek')]"), "CMK3003"),
        (url("http://kv-orders.vault.azure.net/keys/orders-kek"), "CMK3004"),
        (url("https://kv-orders.vault.azure.net/keys/orders-kek?api-version=7.4"), "CMK3004"),
        (url("https://kv-orders.vault.azure.net/keys/orders-kek/1"), "CMK3004"),
        (url("https://kv-orders.privatelink.vaultcore.azure.net/keys/orders-kek"), "CMK3005"),
        (url("https://kv-orders.vault.azure.net:443/keys/orders-kek"), "CMK3007"),
        (url("https://kv-orders.vault.azure.net/keys/orders-kek/"), "CMK3007"),
        (
            and(
                url("https://kv-orders.vault.azure.cn/keys/orders-kek"),
                [set("/parameters/location/defaultValue", json!("westus3"))],
            ),
            "CMK3008",
        ),
        (
            and(
                url("https://kv-orders.vault.azure.cn/keys/orders-kek"),
                [set("/parameters/location/defaultValue", json!("China North 3"))],
            ),
            "",
        ),
    ])
}
