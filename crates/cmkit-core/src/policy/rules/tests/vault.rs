//! Vaults.

use super::*;

pub(super) fn vault_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    Vec::from([
        (one(set("vault/properties/enableSoftDelete", json!(true))), ""),
        (one(set("vault/properties/enableSoftDelete", json!(false))), "CMK1001"),
        (one(set("vault/properties/enableSoftDelete", json!("[parameters('open')]"))), "CMK1001?"),
        (one(remove("vault/properties/enablePurgeProtection")), "CMK1002"),
        (one(set("vault/properties/enablePurgeProtection", json!(null))), "CMK1002"),
        (one(set("vault/properties/enablePurgeProtection", json!("[parameters('open')]"))), "CMK1002? CMK1003?"),
        (one(set("vault/properties/enablePurgeProtection", json!(false))), "CMK1003"),
        (one(set("vault/properties/enablePurgeProtection", json!("True"))), ""),
        (one(remove("vault/properties/softDeleteRetentionInDays")), ""),
        (one(set("vault/properties/softDeleteRetentionInDays", json!(7))), "CMK1004"),
        (one(set("vault/properties/softDeleteRetentionInDays", json!(89))), "CMK1004"),
        (one(set("vault/properties/softDeleteRetentionInDays", json!(6))), "CMK1005"),
        (one(set("vault/properties/softDeleteRetentionInDays", json!(91))), "CMK1005"),
        (one(set("key/properties/kty", json!("RSA-HSM"))), "CMK1006"),
        (
            Vec::from([
                set("key/properties/kty", json!("RSA-HSM")),
                set("vault/properties/sku/name", json!("premium")),
            ]),
            "",
        ),
        (by_policy(&json!(["get", "list", "wrapKey", "unwrapKey"])), "CMK1007"),
        (one(remove("vault/properties/enableRbacAuthorization")), "CMK1008"),
        (
            Vec::from([
                remove("vault/properties/enableRbacAuthorization"),
                set("vault/apiVersion", json!("2023-07-01")),
            ]),
            "CMK1008 CMK4105",
        ),
        (one(remove("lock")), "CMK1009"),
        (one(set("lock/properties/level", json!("ReadOnly"))), ""),
        (one(set("lock/properties/level", json!("NotSpecified"))), "CMK1009"),
        (one(set("lock/properties/level", json!("[parameters('open')]"))), "CMK1009?"),
        (one(remove("lock/scope")), ""),
        (one(set("lock/scope", json!("[resourceId('Microsoft.KeyVault/vaults', 'kv-other')]"))), "CMK1009?"),
        (one(set("lock/scope", json!("[resourceId('Microsoft.Storage/storageAccounts', 'x')]"))), "CMK1009"),
        (many_policies(1024), "CMK1007"),
        (many_policies(1025), "CMK1007 CMK1010"),
        (one(set("/parameters/vaultName/defaultValue", json!("kv-orders"))), ""),
        (one(set("/parameters/vaultName/defaultValue", json!("kv--orders"))), "CMK1011"),
        (one(set("/parameters/vaultName/defaultValue", json!("1kv"))), "CMK1011"),
        (one(set("/parameters/vaultName/defaultValue", json!("kv_orders"))), "CMK3005"),
        (
            one(set("/parameters/vaultName/defaultValue", json!("[format('kv-orders-eu{0}', uniqueString('x'))]"))),
            "CMK1011",
        ),
        (one(set("/parameters/vaultName/defaultValue", json!("[format('kv-orders-e{0}', uniqueString('x'))]"))), ""),
        (one(set("/parameters/vaultName", json!({ "type": "string" }))), "CMK1011?"),
        (one(set("vault/properties", json!("[parameters('vaultProperties')]"))), UNKNOWN_VAULT),
        (one(remove("vault")), NO_VAULT),
    ])
}

/// So many access policies, of which the first is the cluster's.
fn many_policies(count: usize) -> Vec<Change> {
    let mut changes = by_policy(&json!(["get", "list", "wrapKey", "unwrapKey"]));
    let (_, policies) = &mut changes[1];
    let policies = policies.as_mut().and_then(Value::as_array_mut).expect("policies");
    let other = json!({ "tenantId": "[subscription().tenantId]", "objectId": VERSION, "permissions": {} });
    policies.resize(count, other);
    changes
}

const UNKNOWN_VAULT: &str = "CMK1001? CMK1002? CMK1003? CMK1004? CMK1005? CMK1007? CMK1008? CMK1010? CMK4101? CMK4102? CMK4103? \
     CMK4104? CMK4105? CMK4106? CMK4107? CMK4108? CMK4109? CMK4110? CMK4111? CMK4112? CMK4113? CMK4114? \
     CMK5001? CMK5002? CMK5003? CMK5004? CMK5005? CMK6007? CMK9001?";

const NO_VAULT: &str = "CMK1001? CMK1002? CMK1003? CMK1004? CMK1005? CMK1007? CMK1008? CMK1009? CMK1010? CMK3008? CMK3009? \
     CMK4101? CMK4102? CMK4103? CMK4104? CMK4105? CMK4106? CMK4107? CMK4108? CMK4109? CMK4110? CMK4111? \
     CMK4112? CMK4113? CMK4114? CMK5001? CMK5002? CMK5003? CMK5004? CMK5005? CMK6005? CMK6007?";
