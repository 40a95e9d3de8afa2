//! Identities and their grants.

use super::*;

pub(super) fn identity_cases() -> Vec<(Vec<Change>, &'static str)> {
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
        (
            Vec::from([
                set("/parameters/location/defaultValue", json!("westus3")),
                set("identity/properties", json!({ "isolationScope": "Regional" })),
            ]),
            "",
        ),
        (
            Vec::from([
                set("/parameters/location/defaultValue", json!("westus3")),
                set("identity/location", json!("eastus2")),
                set("identity/properties", json!({ "isolationScope": "regional" })),
            ]),
            "CMK4006 CMK6006",
        ),
        (one(set("identity/properties", json!({ "isolationScope": "[parameters('open')]" }))), "CMK4006?"),
        (one(set("cluster/identity", json!({ "type": "None" }))), "CMK4001"),
    ])
}

pub(super) fn grant_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    let role = |guid: &str| json!(format!("/providers/Microsoft.Authorization/roleDefinitions/{guid}"));
    let principal = |text: &str| Vec::from([set("grant/properties/principalId", json!(text))]);
    let named = || set("/parameters/vaultName/defaultValue", json!("kv-orders"));
    let all = || json!(["get", "list", "wrapKey", "unwrapKey"]);
    Vec::from([
        (one(remove("grant")), "CMK4101"),
        (one(set("grant/properties/principalId", json!("[parameters('open')]"))), OPEN_ROLE),
        (principal("77777777-0000-4000-8000-000000000001"), OPEN_ROLE),
        // With every name known, grants are looked up by name.
        (and(principal("77777777-0000-4000-8000-000000000001"), [named()]), OPEN_ROLE),
        (and(principal("[parameters('open')]"), [named()]), OPEN_ROLE),
        (and(principal("[reference(variables('identityId')).clientId]"), [named()]), "CMK4102"),
        (and(principal("[reference('orders', '2025-09-01', 'Full').identity.principalId]"), [named()]), "CMK4102"),
        (and(one(remove("grant")), [named()]), "CMK4101"),
        (one(named()), ""),
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
        (role_named("key vault crypto service encryption user"), ""),
        (role_named("Key Vault Crypto Officer"), "CMK4112"),
        (role_named("Contributor"), "CMK4103"),
        (role_named("Somebody's own"), OPEN_ROLE),
        (custom_role(&["Microsoft.KeyVault/vaults/keys/*"], &[]), "CMK4112"),
        (custom_role(&["Microsoft.KeyVault/*"], &["Microsoft.KeyVault/vaults/keys/unwrap/action"]), "CMK4103"),
        (custom_role(&[KEY_READ, KEY_WRAP, KEY_UNWRAP], &[]), ""),
        (custom_role(&[KEY_READ, KEY_WRAP], &[]), "CMK4103"),
        (custom_role(&[KEY_READ, "[parameters('open')]"], &[]), OPEN_ROLE),
        (one(set("vault/properties/createMode", json!("recover"))), ""),
        (one(set("vault/properties/createMode", json!("[parameters('open')]"))), "CMK4114? CMK9001?"),
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

pub(super) fn policy_resource() -> Value {
    json!({ "type": "Microsoft.KeyVault/vaults/accessPolicies", "apiVersion": "2026-02-01",
        "name": "[concat(parameters('vaultName'), '/add')]",
        "properties": { "accessPolicies": [{ "tenantId": "[subscription().tenantId]",
            "objectId": "[reference(variables('identityId')).principalId]",
            "permissions": { "keys": ["get", "list", "wrapKey", "unwrapKey"] } }] } })
}

const KEY_READ: &str = "Microsoft.KeyVault/vaults/keys/read";
const KEY_WRAP: &str = "Microsoft.KeyVault/vaults/keys/wrap/action";
const KEY_UNWRAP: &str = "Microsoft.KeyVault/vaults/keys/unwrap/action";

/// The grant of a custom role.
fn custom_role(given: &[&str], taken: &[&str]) -> Vec<Change> {
    let permissions = json!([{ "actions": ["*"], "dataActions": given, "notDataActions": taken }]);
    let role = json!({ "type": "Microsoft.Authorization/roleDefinitions", "apiVersion": "2022-04-01",
        "name": "[guid('wrapper')]", "properties": { "roleName": "Wrapper", "permissions": permissions } });
    let id = json!("[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid('wrapper'))]");
    Vec::from([set("grant/properties/roleDefinitionId", id), set("/resources/-", role)])
}

/// The grant of a role by its name, as some tools write it.
fn role_named(name: &str) -> Vec<Change> {
    Vec::from([remove("grant/properties/roleDefinitionId"), set("grant/properties/roleDefinitionName", json!(name))])
}

const OPEN_IDENTITY: &str = "CMK4003? CMK4004? CMK4005? CMK4006? CMK4101? CMK4102? CMK4103? CMK4104? CMK4105? CMK4106? CMK4107? \
     CMK4108? CMK4109? CMK4110? CMK4111? CMK4112? CMK6006?";

const NO_IDENTITY: &str = "CMK4004 CMK4005? CMK4006? CMK4101? CMK4102? CMK4103? CMK4104? CMK4105? CMK4110? CMK4111? CMK4112? \
     CMK6006?";

/// An open grant by a role.
const OPEN_ROLE: &str = "CMK4101? CMK4102? CMK4103? CMK4104? CMK4105? CMK4110? CMK4111? CMK4112?";

/// An open access policy.
const OPEN_POLICY: &str = "CMK1007 CMK1010? CMK4101? CMK4102? CMK4105? CMK4106? CMK4107? CMK4108? CMK4109? CMK4110?";
