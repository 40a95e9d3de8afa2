//! Every rule, by mutation: a change to the golden template, and exactly the codes that then appear.

use super::super::{Options, Report, Timestamp, Verdict, check};
use super::{Basis, mend, rules};
use crate::document::{self, json};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

const GOLDEN: &str = include_str!("../../../../../examples/deploy/golden.json");
const AT: &str = "2026-12-01";

/// A change: a path whose first step names a resource (or nothing, for the template), and the new value; none removes.
type Change = (&'static str, Option<Value>);

fn golden() -> Value {
    json::tests::plain(&json::parse(GOLDEN).expect("the golden template"))
}

fn change(template: &mut Value, (path, value): &Change) {
    let resources = ["identity", "vault", "key", "grant", "cluster"];
    let mut steps = path.split('/');
    let first = steps.next().expect("a step");
    let mut node = match resources.iter().position(|name| *name == first) {
        Some(index) => &mut template["resources"][index],
        None => template,
    };
    let steps: Vec<_> = steps.collect();
    let Some((last, before)) = steps.split_last() else {
        *node = value.clone().unwrap_or_else(|| json!({ "type": "Microsoft.Nothing/here", "name": "removed" }));
        return;
    };
    for step in before {
        node = match node {
            Value::Array(values) => &mut values[step.parse::<usize>().expect("an index")],
            object => object.as_object_mut().expect(path).entry(*step).or_insert_with(|| json!({})),
        };
    }
    match (node, value) {
        (Value::Array(values), Some(value)) if *last == "-" => values.push(value.clone()),
        (Value::Array(values), Some(value)) => values[last.parse::<usize>().expect("an index")] = value.clone(),
        (Value::Array(values), None) => drop(values.remove(last.parse::<usize>().expect("an index"))),
        (object, Some(value)) => drop(object.as_object_mut().expect(path).insert((*last).into(), value.clone())),
        (object, None) => drop(object.as_object_mut().expect(path).remove(*last).expect(path)),
    }
}

fn report(template: &Value) -> Report {
    let text = serde_json::to_string_pretty(template).expect("text");
    let deployment = document::read(&[("main.json", &text)]).unwrap_or_else(|error| panic!("{error}: {text}"));
    check(&deployment, Timestamp::parse(AT).expect("a time"), &Options::default())
}

/// The codes that appear, in order and each once; `?` marks an unknown, `~` one that is accepted.
fn codes(report: &Report) -> String {
    let code = |finding: &super::super::Finding| match finding.verdict {
        Verdict::Fail => finding.code.to_string(),
        Verdict::Unknown { .. } => format!("{}?", finding.code),
        Verdict::Suppressed { .. } => format!("{}~", finding.code),
    };
    let codes: BTreeSet<_> = report.findings.iter().map(code).collect();
    codes.into_iter().collect::<Vec<_>>().join(" ")
}

fn set(path: &'static str, value: Value) -> Change {
    (path, Some(value))
}

const fn remove(path: &'static str) -> Change {
    (path, None)
}

/// The golden template under access policies.
fn by_policy(permissions: &Value) -> Vec<Change> {
    let policy = json!({ "tenantId": "[subscription().tenantId]", "permissions": { "keys": permissions },
        "objectId": "[reference(variables('identityId'), '2023-01-31').principalId]" });
    Vec::from([
        set("vault/properties/enableRbacAuthorization", json!(false)),
        set("vault/properties/accessPolicies", json!([policy])),
        remove("grant"),
    ])
}

fn and(mut changes: Vec<Change>, more: impl IntoIterator<Item = Change>) -> Vec<Change> {
    changes.extend(more);
    changes
}

const URL: &str = "cluster/properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyUrl";
const IDENTITY: &str = "cluster/properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyIdentity";
const IDENTITY_ID: &str = "cluster/properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyIdentity/userAssignedIdentityResourceId";
const IDENTITY_TYPE: &str =
    "cluster/properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyIdentity/identityType";
const VERSION: &str = "0123456789abcdef0123456789abcdef";

fn vault_cases() -> Vec<(Vec<Change>, &'static str)> {
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
        (one(set("vault/properties", json!("[parameters('vaultProperties')]"))), UNKNOWN_VAULT),
        (one(remove("vault")), NO_VAULT),
    ])
}

const UNKNOWN_VAULT: &str = "CMK1001? CMK1002? CMK1003? CMK1004? CMK1005? CMK1007? CMK1008? CMK4101? CMK4102? CMK4103? CMK4104? \
     CMK4105? CMK4106? CMK4107? CMK4108? CMK4109? CMK4110? CMK4111? CMK4112? CMK4113? CMK5001? CMK5002? \
     CMK5003? CMK5004? CMK5005? CMK6007? CMK9001?";

const NO_VAULT: &str = "CMK1001? CMK1002? CMK1003? CMK1004? CMK1005? CMK1007? CMK1008? CMK3008? CMK4101? CMK4102? CMK4103? \
     CMK4104? CMK4105? CMK4106? CMK4107? CMK4108? CMK4109? CMK4110? CMK4111? CMK4112? CMK4113? CMK5001? \
     CMK5002? CMK5003? CMK5004? CMK5005? CMK6005? CMK6007?";

const OPEN_IDENTITY: &str = "CMK4003? CMK4004? CMK4005? CMK4101? CMK4102? CMK4103? CMK4104? CMK4105? CMK4106? CMK4107? CMK4108? \
     CMK4109? CMK4110? CMK4111? CMK4112? CMK6006?";

const NO_IDENTITY: &str =
    "CMK4004 CMK4005? CMK4101? CMK4102? CMK4103? CMK4104? CMK4105? CMK4110? CMK4111? CMK4112? CMK6006?";

/// An open grant by a role.
const OPEN_ROLE: &str = "CMK4101? CMK4102? CMK4103? CMK4104? CMK4105? CMK4110? CMK4111? CMK4112?";

/// An open access policy.
const OPEN_POLICY: &str = "CMK1007 CMK4101? CMK4102? CMK4105? CMK4106? CMK4107? CMK4108? CMK4109? CMK4110?";

fn key_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    Vec::from([
        (one(set("key/properties/kty", json!("EC"))), "CMK2001"),
        (one(set("key/properties/kty", json!("oct-HSM"))), "CMK1006 CMK2001"),
        (one(remove("key/properties/kty")), "CMK1006? CMK2001?"),
        (one(set("key/properties/keySize", json!(1024))), "CMK2002"),
        (one(set("key/properties/keySize", json!(3072))), "CMK2003"),
        (one(remove("key/properties/keySize")), "CMK2003"),
        (one(set("key/properties/attributes", json!({ "enabled": true }))), ""),
        (one(set("key/properties/attributes", json!({ "enabled": false }))), "CMK2004"),
        (one(set("key/properties/attributes", json!({ "nbf": 1_796_083_200 }))), ""),
        (one(set("key/properties/attributes", json!({ "nbf": 1_796_083_201 }))), "CMK2005"),
        (one(set("key/properties/attributes", json!({ "nbf": "[parameters('open')]" }))), "CMK2005?"),
        (one(set("key/properties/attributes", json!({ "exp": 1_796_083_200 }))), "CMK2006"),
        (one(set("key/properties/attributes", json!({ "exp": 1_796_083_201 }))), "CMK2007"),
        (one(set("key/properties/attributes", json!({ "exp": 1_798_675_199 }))), "CMK2007"),
        (one(set("key/properties/attributes", json!({ "exp": 1_798_675_200 }))), ""),
        (one(set("key/properties/attributes", json!({ "exp": "[parameters('open')]" }))), "CMK2006? CMK2007?"),
        (one(remove("key/properties/keyOps")), ""),
        (one(set("key/properties/keyOps", json!(["WrapKey", "UnwrapKey", "sign"]))), ""),
        (one(set("key/properties/keyOps", json!(["wrapKey"]))), "CMK2008"),
        (one(set("key/properties/keyOps", json!(["wrapKey", "[parameters('open')]"]))), "CMK2008?"),
        (one(set("key/properties/attributes", json!({ "exportable": true }))), "CMK2009"),
        (one(remove("key")), NO_KEY),
    ])
}

const NO_KEY: &str = "CMK1006? CMK2001? CMK2002? CMK2003? CMK2004? CMK2005? CMK2006? CMK2007? CMK2008? CMK2009? CMK7001? \
     CMK7002? CMK7003? CMK7004? CMK7005? CMK7006? CMK7007?";

fn reference_cases() -> Vec<(Vec<Change>, &'static str)> {
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

/// A replica in another region, with its primary's vault, which is not in the files.
fn shared() -> Vec<Change> {
    Vec::from([
        set("/parameters/location/defaultValue", json!("westus3")),
        set("/resources/-", replica("eastus2")),
        remove("vault"),
    ])
}

/// Cases in which the vault can't be told, so that much else is unknown: only these codes have to be among the rest.
fn among_others() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    Vec::from([
        (one(set(URL, json!("https://portal.azure.com/#blade/keys/orders-kek"))), "CMK3004"),
        (one(set(URL, json!("orders-kek"))), "CMK3004"),
        (one(set(URL, json!("https://kv-orders.vault.azure.net"))), "CMK3004"),
        (one(set(URL, json!("https://example.com/keys/orders-kek"))), "CMK3005"),
        (one(set(URL, json!("https://hsm-orders.managedhsm.azure.net/keys/orders-kek"))), "CMK3006"),
        (one(set(URL, json!("[parameters('keyUrl')]"))), "CMK3001?"),
        (one(remove(URL)), "CMK6002"),
        (one(set(URL, json!(7))), "CMK9001"),
        (shared(), "CMK6009"),
        (one(set("cluster/properties/encryption", json!("[parameters('open')]"))), "CMK6001?"),
    ])
}

fn identity_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    let other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/other";
    Vec::from([
        (one(set("cluster/identity", json!({ "type": "SystemAssigned" }))), "CMK4001"),
        (one(set("cluster/identity/type", json!("SystemAssigned, UserAssigned"))), "CMK4001"),
        (one(set("cluster/identity/type", json!("[parameters('open')]"))), "CMK4001?"),
        (one(remove("cluster/identity")), "CMK4001"),
        (one(set(IDENTITY_TYPE, json!("UserAssigned"))), "CMK4002"),
        (one(set(IDENTITY_TYPE, json!("[parameters('open')]"))), "CMK4002?"),
        (one(set(IDENTITY_ID, json!("77777777-0000-4000-8000-000000000002"))), "CMK4003"),
        (one(set(IDENTITY_ID, json!("[reference(variables('identityId')).clientId]"))), "CMK4003"),
        (one(set(IDENTITY_ID, json!("[parameters('open')]"))), OPEN_IDENTITY),
        (one(set(IDENTITY_ID, json!(other))), NO_IDENTITY),
        (one(set("cluster/identity/userAssignedIdentities", json!({ other: {} }))), "CMK4004"),
        (one(set("cluster/identity/userAssignedIdentities", json!({}))), "CMK4004"),
        (one(set("cluster/identity/userAssignedIdentities", json!({ "[parameters('open')]": {} }))), "CMK4004?"),
        (
            one(set(
                "identity/properties",
                json!({ "assignmentRestrictions": { "providers": ["microsoft.documentdb"] } }),
            )),
            "",
        ),
        (
            one(set(
                "identity/properties",
                json!({ "assignmentRestrictions": { "providers": ["Microsoft.Compute"] } }),
            )),
            "CMK4005",
        ),
    ])
}

fn grant_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    let role = |guid: &str| json!(format!("/providers/Microsoft.Authorization/roleDefinitions/{guid}"));
    let principal = |text: &str| Vec::from([set("grant/properties/principalId", json!(text))]);
    let all = || json!(["get", "list", "wrapKey", "unwrapKey"]);
    Vec::from([
        (one(remove("grant")), "CMK4101"),
        (one(set("grant/properties/principalId", json!("[parameters('open')]"))), OPEN_ROLE),
        (principal("77777777-0000-4000-8000-000000000001"), OPEN_ROLE),
        (
            principal(
                "[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'other')).principalId]",
            ),
            "CMK4101",
        ),
        (principal("[reference(variables('identityId')).clientId]"), "CMK4102"),
        (principal("[variables('identityId')]"), "CMK4102"),
        (principal("[reference('orders', '2025-09-01', 'Full').identity.principalId]"), "CMK4102"),
        (one(set("grant/properties/roleDefinitionId", role("b24988ac-6180-42a0-ab88-20f7382dd24c"))), "CMK4103"),
        (one(set("grant/properties/roleDefinitionId", role("f25e0fa2-a7c8-4377-a976-54943a77a395"))), "CMK4103"),
        (one(set("grant/properties/roleDefinitionId", role("aaaaaaaa-0000-4000-8000-000000000001"))), OPEN_ROLE),
        (one(set("grant/properties/roleDefinitionId", role("14b46e9e-c2b7-41b4-b07b-48a6ebf60603"))), "CMK4112"),
        (one(set("grant/scope", json!("[resourceId('Microsoft.KeyVault/vaults', 'kv-other')]"))), OPEN_ROLE),
        (
            Vec::from([
                set("/parameters/vaultName/defaultValue", json!("kv-orders")),
                set("grant/scope", json!("[resourceId('Microsoft.KeyVault/vaults', 'kv-other')]")),
            ]),
            "CMK4104",
        ),
        (one(set("grant/scope", json!("[resourceId('Microsoft.Storage/storageAccounts', 'x')]"))), "CMK4104"),
        (
            one(set(
                "grant/scope",
                json!("[resourceId('Microsoft.KeyVault/vaults/keys', parameters('vaultName'), 'orders-kek')]"),
            )),
            "",
        ),
        (one(set("grant/scope", json!("[format('Microsoft.KeyVault/vaults/{0}', parameters('vaultName'))]"))), ""),
        (one(set("grant/scope", json!("[resourceGroup().id]"))), ""),
        (one(remove("grant/scope")), ""),
        (one(set("grant/properties/condition", json!("@Resource[x] StringEquals 'y'"))), OPEN_ROLE),
        (one(set("vault/properties/enableRbacAuthorization", json!(false))), "CMK1007 CMK4105"),
        (and(by_policy(&all()), [set("vault/properties/enableRbacAuthorization", json!(true))]), "CMK4105"),
        (by_policy(&json!(["get", "list", "wrapKey"])), "CMK1007 CMK4106"),
        (by_policy(&json!(["all"])), "CMK1007"),
        (by_policy(&json!(["Get", "WrapKey", "UnwrapKey"])), "CMK1007 CMK4107"),
        (
            and(by_policy(&all()), [set("vault/properties/accessPolicies/0/tenantId", json!(VERSION))]),
            "CMK1007 CMK4108?",
        ),
        (
            and(
                by_policy(&all()),
                [
                    set("vault/properties/tenantId", json!("11111111-2222-3333-4444-555555555555")),
                    set("vault/properties/accessPolicies/0/tenantId", json!("21111111-2222-3333-4444-555555555555")),
                ],
            ),
            "CMK1007 CMK4108 CMK6007?",
        ),
        (
            and(by_policy(&all()), [set("vault/properties/accessPolicies/0/applicationId", json!(VERSION))]),
            "CMK1007 CMK4101 CMK4109",
        ),
        (and(by_policy(&all()), [set("vault/properties/accessPolicies", json!("[parameters('open')]"))]), OPEN_POLICY),
        (
            one(set(
                "cluster/dependsOn",
                json!(["[resourceId('Microsoft.KeyVault/vaults/keys', parameters('vaultName'), 'orders-kek')]"]),
            )),
            "CMK4110",
        ),
        (one(remove("cluster/dependsOn")), "CMK4110"),
        (
            one(set(
                "cluster/dependsOn",
                json!(["[resourceId('Microsoft.Authorization/roleAssignments', parameters('open'))]"]),
            )),
            "CMK4110?",
        ),
        (one(remove("grant/properties/principalType")), "CMK4111"),
        (one(set("grant/properties/principalType", json!("Group"))), "CMK4111"),
        (
            and(
                by_policy(&all()),
                [
                    set("grant", policy_resource()),
                    set("vault/properties/accessPolicies", json!([])),
                    set(
                        "cluster/dependsOn/-",
                        json!(
                            "[resourceId('Microsoft.KeyVault/vaults/accessPolicies', parameters('vaultName'), 'add')]"
                        ),
                    ),
                ],
            ),
            "CMK1007 CMK4113",
        ),
    ])
}

fn policy_resource() -> Value {
    json!({ "type": "Microsoft.KeyVault/vaults/accessPolicies", "apiVersion": "2026-02-01",
        "name": "[concat(parameters('vaultName'), '/add')]",
        "properties": { "accessPolicies": [{ "tenantId": "[subscription().tenantId]",
            "objectId": "[reference(variables('identityId')).principalId]",
            "permissions": { "keys": ["get", "list", "wrapKey", "unwrapKey"] } }] } })
}

fn network_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    Vec::from([
        (one(set("vault/properties/networkAcls/bypass", json!("None"))), "CMK5001"),
        (
            Vec::from([
                set("vault/properties/publicNetworkAccess", json!("Enabled")),
                set("vault/properties/networkAcls/bypass", json!("None")),
            ]),
            "CMK5001",
        ),
        (one(set("vault/properties/networkAcls", json!("[parameters('acls')]"))), "CMK5001? CMK5002? CMK9001?"),
        (one(remove("vault/properties/networkAcls")), "CMK5002"),
        (one(set("vault/properties/publicNetworkAccess", json!("Enabled"))), "CMK5003"),
        (one(set("vault/properties/publicNetworkAccess", json!("disabled"))), ""),
        (one(set("vault/properties/publicNetworkAccess", json!("SecuredByPerimeter"))), "CMK5004"),
        (
            Vec::from([
                remove("vault/properties/publicNetworkAccess"),
                set("vault/properties/networkAcls", json!({ "defaultAction": "Allow", "bypass": "None" })),
            ]),
            "CMK5005",
        ),
    ])
}

fn replica(location: &str) -> Value {
    let mut replica = golden()["resources"][4].clone();
    replica["name"] = json!("orders-replica");
    replica["location"] = json!(location);
    replica["properties"]["createMode"] = json!("GeoReplica");
    replica["properties"]["replicaParameters"] = json!({ "sourceLocation": "westus3",
        "sourceResourceId": "[resourceId('Microsoft.DocumentDB/mongoClusters', parameters('clusterName'))]" });
    replica
}

fn placement_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    let west = || set("/parameters/location/defaultValue", json!("westus3"));
    let restore = |time: &str| {
        Vec::from([
            set("cluster/properties/createMode", json!("PointInTimeRestore")),
            set(
                "cluster/properties/restoreParameters",
                json!({ "pointInTimeUTC": time, "sourceResourceId":
                "[resourceId('Microsoft.DocumentDB/mongoClusters', 'old')]" }),
            ),
        ])
    };
    Vec::from([
        (one(remove("cluster/properties/encryption")), "CMK6001"),
        (one(set("cluster/properties/encryption", json!({}))), "CMK6001"),
        (one(remove(IDENTITY_TYPE)), "CMK6002"),
        (one(remove(IDENTITY)), "CMK6002"),
        (one(set("cluster/apiVersion", json!("2024-07-01"))), "CMK6003"),
        (one(set("cluster/apiVersion", json!("2025-04-01-preview"))), "CMK6003"),
        (one(remove("cluster/apiVersion")), "CMK6003? CMK6004?"),
        (one(set("cluster/apiVersion", json!("2025-07-01-preview"))), "CMK6004"),
        (one(set("cluster/apiVersion", json!("2026-06-01"))), ""),
        (Vec::from([west(), set("vault/location", json!("East US 2"))]), "CMK6005"),
        (Vec::from([west(), set("vault/location", json!("West US 3"))]), ""),
        (one(set("vault/location", json!("eastus2"))), "CMK3008? CMK6005?"),
        (Vec::from([west(), set("identity/location", json!("eastus2"))]), "CMK6006"),
        (one(set("vault/properties/tenantId", json!("11111111-2222-3333-4444-555555555555"))), "CMK6007?"),
        (
            Vec::from([
                set("vault/properties/tenantId", json!("11111111-2222-3333-4444-555555555555")),
                set("identity/properties", json!({ "tenantId": "21111111-2222-3333-4444-555555555555" })),
            ]),
            "CMK6007",
        ),
        (Vec::from([west(), set("/resources/-", replica("westus3"))]), ""),
        (Vec::from([west(), set("/resources/-", replica("eastus2"))]), "CMK6005 CMK6006"),
        (
            Vec::from([
                west(),
                set("/resources/-", replica("westus3")),
                remove("/resources/5/properties/replicaParameters"),
            ]),
            "CMK6008",
        ),
        (
            Vec::from([
                west(),
                set("/resources/-", replica("westus3")),
                set("cluster/properties/compute/tier", json!("M25")),
            ]),
            "CMK6010",
        ),
        (
            one(set("cluster/properties/createMode", json!("[parameters('open')]"))),
            "CMK6008? CMK6009? CMK6010? CMK6011? CMK9001?",
        ),
        (restore("[parameters('open')]"), "CMK6011?"),
        (restore("2026-11-20T08:30:00Z"), ""),
        (restore("2026-10-01T08:30:00Z"), "CMK6011"),
        (restore("2026-12-01T08:30:00Z"), "CMK6011"),
        (restore("yesterday"), "CMK6011"),
        (one(set("cluster/properties/createMode", json!("PointInTimeRestore"))), "CMK6011"),
    ])
}

fn lifecycle_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    let policy = |life: Option<&str>, trigger: Value| {
        let action = json!({ "trigger": trigger, "action": { "type": "Rotate" } });
        set(
            "key/properties/rotationPolicy",
            json!({ "attributes": { "expiryTime": life }, "lifetimeActions": [action] }),
        )
    };
    let far = || set("key/properties/attributes", json!({ "exp": 1_861_920_000 }));
    Vec::from([
        (one(remove("key/properties/rotationPolicy")), "CMK7001"),
        (one(set("key/properties/rotationPolicy/lifetimeActions/0/action/type", json!("notify"))), "CMK7001"),
        (
            one(set("key/properties/rotationPolicy", json!("[parameters('open')]"))),
            "CMK7001? CMK7002? CMK7003? CMK7005? CMK7006? CMK7007?",
        ),
        (one(policy(None, json!({ "timeAfterCreate": "P7D" }))), ""),
        (one(policy(None, json!({ "timeAfterCreate": "P6D" }))), "CMK7002"),
        (one(policy(Some("P90D"), json!({ "timeAfterCreate": "P83D" }))), ""),
        (one(policy(Some("P90D"), json!({ "timeAfterCreate": "P84D" }))), "CMK7002"),
        (Vec::from([far(), policy(Some("P90D"), json!({ "timeBeforeExpiry": "P30D" }))]), ""),
        (Vec::from([far(), policy(Some("P90D"), json!({ "timeBeforeExpiry": "P6D" }))]), "CMK7002"),
        (Vec::from([far(), policy(Some("P28D"), json!({ "timeBeforeExpiry": "P22D" }))]), "CMK7002"),
        (Vec::from([far(), policy(None, json!({ "timeBeforeExpiry": "P30D" }))]), "CMK7003"),
        (Vec::from([far(), remove("key/properties/rotationPolicy")]), "CMK7004"),
        (one(policy(None, json!({ "timeAfterCreate": "P2Y" }))), ""),
        (one(policy(None, json!({ "timeAfterCreate": "P25M" }))), "CMK7005"),
        (Vec::from([far(), policy(Some("P3Y"), json!({ "timeBeforeExpiry": "P30D" }))]), "CMK7005"),
        (one(policy(Some("P90D"), json!({ "timeBeforeExpiry": "P30D" }))), "CMK7006"),
        (one(policy(None, json!({ "timeAfterCreate": "18 months" }))), "CMK7007"),
        (one(policy(None, json!({ "timeAfterCreate": "[parameters('open')]" }))), "CMK7002? CMK7005? CMK7007?"),
    ])
}

fn input_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    let accept = |suppression: Value| set("vault/metadata", json!({ "cmkit": { "suppress": [suppression] } }));
    let open = || remove("vault/properties/networkAcls");
    let accepted = |until: Value| json!({ "code": "CMK5002", "reason": "set by policy", "until": until });
    Vec::from([
        (one(set("vault/properties/networkAcls/bypass", json!("Azure Services"))), "CMK5001 CMK9001"),
        (one(set("vault/properties/sku/name", json!("basic"))), "CMK9001"),
        (one(set("vault/properties/enableSoftDelete", json!(1))), "CMK1001? CMK9001"),
        (one(set("vault/properties/networkAcls", json!([]))), "CMK5001? CMK5002? CMK9001"),
        (one(set("cluster/properties/createMode", json!("Restore"))), "CMK9001"),
        (one(remove("cluster")), "CMK9002?"),
        (Vec::from([open(), accept(accepted(json!("2026-12-01")))]), "CMK5002~"),
        (Vec::from([open(), accept(accepted(json!(null)))]), "CMK5002~"),
        (Vec::from([open(), accept(accepted(json!("2026-11-30")))]), "CMK5002"),
        (Vec::from([open(), accept(accepted(json!("soon")))]), "CMK5002 CMK9003"),
        (Vec::from([open(), accept(json!({ "code": "CMK5002" }))]), "CMK5002 CMK9003"),
        (Vec::from([open(), accept(json!({ "code": "CMK0000", "reason": "x" }))]), "CMK5002 CMK9003"),
        (
            Vec::from([open(), set("key/metadata", json!({ "cmkit": { "suppress": [accepted(json!(null))] } }))]),
            "CMK5002",
        ),
        (
            Vec::from([open(), set("/metadata", json!({ "cmkit": { "suppress": [accepted(json!(null))] } }))]),
            "CMK5002~",
        ),
    ])
}

fn exact_cases() -> Vec<(Vec<Change>, &'static str)> {
    [
        vault_cases(),
        key_cases(),
        reference_cases(),
        identity_cases(),
        grant_cases(),
        network_cases(),
        placement_cases(),
        lifecycle_cases(),
        input_cases(),
    ]
    .concat()
}

fn run(changes: &[Change]) -> Report {
    let mut template = golden();
    changes.iter().for_each(|one| change(&mut template, one));
    report(&template)
}

fn names(changes: &[Change]) -> String {
    changes.iter().map(|(path, value)| format!("{path} = {}; ", value.clone().unwrap_or_default())).collect()
}

#[test]
fn the_golden_template_has_no_findings() {
    assert_eq!(codes(&report(&golden())), "");
    let deployment = document::read(&[("golden.json", GOLDEN)]).expect("the golden template");
    let report = check(&deployment, Timestamp::parse(AT).expect("a time"), &Options::default());
    assert!(report.findings.is_empty() && report.passed.len() > 40, "{report:?}");
}

#[test]
fn a_change_brings_exactly_these_codes() {
    let wrong: Vec<_> = exact_cases()
        .iter()
        .map(|(changes, expected)| (names(changes), codes(&run(changes)), *expected))
        .filter(|(_, found, expected)| found != expected)
        .map(|(changes, found, expected)| format!("{changes}\n  expected {expected}\n  found    {found}\n"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn a_change_brings_these_codes_among_others() {
    for (changes, expected) in among_others() {
        let found = codes(&run(&changes));
        assert!(found.split(' ').any(|code| code == expected), "{}: {found}", names(&changes));
    }
}

/// No check that can't fail, none that can't pass, and none that guesses.
#[test]
fn every_rule_fails_in_a_case_passes_in_another_and_is_unknown_in_a_third() {
    let (mut failed, mut passed, mut unknown) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (changes, _) in exact_cases().into_iter().chain(among_others()) {
        let report = run(&changes);
        passed.extend(report.passed.iter().copied());
        for finding in &report.findings {
            match finding.verdict {
                Verdict::Fail => failed.insert(finding.code),
                Verdict::Unknown { .. } => unknown.insert(finding.code),
                Verdict::Suppressed { .. } => false,
            };
        }
    }
    // What only settings ask for has tests of its own. Without a cluster there is nothing to fail; what a suppression says is in the file or wrong.
    let but = |but: &'static str, seen: BTreeSet<&'static str>| {
        let missing = rules()
            .filter(|rule| rule.basis != Basis::Settings)
            .map(|rule| rule.code)
            .filter(|code| *code != but && !seen.contains(code));
        missing.collect::<Vec<_>>()
    };
    assert_eq!(but("CMK9002", failed), [""; 0], "never fail");
    assert_eq!(but("", passed), [""; 0], "never pass");
    assert_eq!(but("CMK9003", unknown), [""; 0], "never unknown");
}

/// Whether there is a customer-managed key decides whether there is anything to look at.
#[test]
fn an_encryption_that_is_not_known_leaves_every_rule_on_it_unknown() {
    let report = run(&[set("cluster/properties/encryption", json!("[parameters('open')]"))]);
    let unknown: BTreeSet<_> = report.findings.iter().map(|finding| finding.code).collect();
    let others = rules()
        .filter(|rule| rule.basis != Basis::Settings)
        .map(|rule| rule.code)
        .filter(|code| !unknown.contains(code));
    assert_eq!(others.collect::<Vec<_>>().join(" "), "CMK6008 CMK6010 CMK6011 CMK9001 CMK9002 CMK9003");
    assert!(report.findings.iter().all(|finding| matches!(finding.verdict, Verdict::Unknown { .. })));
}

#[test]
fn every_finding_points_into_its_file() {
    for (changes, _) in exact_cases() {
        let mut template = golden();
        changes.iter().for_each(|one| change(&mut template, one));
        for finding in report(&template).findings {
            assert!(template.pointer(&finding.pointer).is_some(), "{}: {}", finding.code, finding.pointer);
            assert!(finding.span.line > 0 && finding.span.start <= finding.span.end);
            assert!(!finding.message.ends_with('.'), "{}", finding.message);
            if let Verdict::Unknown { evidence, .. } = finding.verdict {
                assert!(!evidence.is_empty());
            } else {
                assert!(!finding.fixes.is_empty() && finding.expected.is_some(), "{}", finding.code);
            }
        }
    }
}

#[test]
fn the_table_is_in_order_and_well_written() {
    let rules: Vec<_> = rules().collect();
    for pair in rules.windows(2) {
        assert!(pair[0].code < pair[1].code, "{} before {}", pair[0].code, pair[1].code);
    }
    for rule in rules {
        assert!(rule.code.len() == 7 && rule.code.starts_with("CMK"), "{}", rule.code);
        for text in [rule.title, rule.why, rule.fix, rule.evidence, rule.time_to_impact] {
            assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text}", rule.code);
        }
    }
}

/// A mend takes its finding away, and brings no error; each entry of the table is tried by some case.
#[test]
fn every_mend_mends() {
    use crate::document::mend::{Choice, mend as mend_all};
    let check = |deployment: &_| check(deployment, Timestamp::parse(AT).expect("a time"), &Options::default());
    let everything = Choice { irreversible: true, ..Choice::default() };
    let mut tried = BTreeSet::new();
    for (changes, _) in exact_cases().into_iter().chain(among_others()) {
        let mut template = golden();
        changes.iter().for_each(|one| change(&mut template, one));
        let text = serde_json::to_string_pretty(&template).expect("text");
        let before = report(&template);
        let mended = mend_all(&[("main.json", &text)], &everything, check).expect("a deployment");
        for finding in before.findings.iter().filter(|f| f.verdict == Verdict::Fail && !f.fixes[0].patch.is_empty()) {
            tried.insert(finding.code);
            assert!(mended.done.contains(finding), "{}: {} {finding:?}", names(&changes), finding.code);
        }
        let after = check(&document::read(&[("main.json", &mended.texts[0])]).expect("a deployment"));
        assert!(after.summary.errors <= before.summary.errors, "{}", names(&changes));
        for finding in &mended.done {
            let gone = after.findings.iter().all(|f| f.code != finding.code || f.verdict != Verdict::Fail);
            assert!(gone, "{}: {}", names(&changes), finding.code);
        }
        assert!(!mended.texts[0].contains("\"enablePurgeProtection\": false"), "{}", names(&changes));
        let cautious = mend_all(&[("main.json", &text)], &Choice::default(), check).expect("a deployment");
        assert!(cautious.done.iter().all(|finding| !finding.fixes[0].irreversible), "{}", names(&changes));
    }
    let never: Vec<_> = mend::codes().filter(|code| !tried.contains(code)).collect();
    assert!(never.is_empty(), "never tried: {never:?}");
}
