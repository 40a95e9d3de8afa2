use super::super::read as read_all;
use super::*;
use crate::policy::{self, Deployment, Options, Timestamp};
use alloc::format;
use alloc::string::{String, ToString};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};

const KID: &str = "https://kv-orders-wus3.vault.azure.net/keys/orders-kek/0123456789abcdef0123456789abcdef";
const VAULT_ID: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-sec/providers/Microsoft.KeyVault/vaults/kv-orders-wus3";
const CLUSTER_ID: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-db/providers/Microsoft.DocumentDB/mongoClusters/orders";
const IDENTITY_ID: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-db/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders-cmk";

fn read(text: &str) -> Deployment {
    read_all(&[("answer.json", text)]).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// 512 bytes, which have both `+` and `/` in standard base64.
fn modulus(first: &[u8]) -> Vec<u8> {
    let rest = (0..512 - first.len()).map(|at| u8::try_from(at * 7 % 256).expect("a byte") | 0x81);
    first.iter().copied().chain(rest).collect()
}

/// One key, as everybody tells it: 4096 bits, on an HSM, from 2025-11-23T12:13:20Z to 2029-01-01.
fn shapes() -> Vec<(&'static str, String)> {
    let standard = Base64::encode_string(&modulus(&[0xC5]));
    let url = Base64UrlUnpadded::encode_string(&modulus(&[0xC5]));
    let array: Vec<_> = modulus(&[0xC5]).iter().map(ToString::to_string).collect();
    Vec::from([
        (
            "az keyvault key show",
            format!(
                r#"{{ "attributes": {{ "created": "2025-11-23T12:13:20+00:00", "enabled": true, "expires": "2029-01-01T00:00:00+00:00",
                "exportable": false, "notBefore": "2025-11-23T12:13:20+00:00", "recoverableDays": 90, "recoveryLevel": "Recoverable",
                "updated": "2025-11-23T12:13:20+00:00" }},
                "key": {{ "crv": null, "d": null, "e": "AQAB", "keyOps": ["wrapKey", "unwrapKey"], "kid": "{KID}", "kty": "RSA-HSM", "n": "{standard}" }},
                "managed": null, "releasePolicy": null, "tags": {{}} }}"#
            ),
        ),
        (
            "the data plane",
            format!(
                r#"{{ "key": {{ "kid": "{KID}", "kty": "RSA-HSM", "key_ops": ["wrapKey", "unwrapKey"], "n": "{url}", "e": "AQAB" }},
                "attributes": {{ "enabled": true, "nbf": 1763900000, "exp": 1861920000, "created": 1763900000, "updated": 1763900000,
                "recoveryLevel": "Recoverable", "recoverableDays": 90, "exportable": false, "hsmPlatform": "2" }}, "tags": {{ "env": "prod" }} }}"#
            ),
        ),
        (
            "the management API",
            format!(
                r#"{{ "id": "{VAULT_ID}/keys/orders-kek", "name": "orders-kek", "type": "Microsoft.KeyVault/vaults/keys", "location": "westus3",
                "properties": {{ "attributes": {{ "enabled": true, "nbf": 1763900000, "exp": 1861920000, "created": 1763900000, "updated": 1763900000,
                "recoveryLevel": "Recoverable", "exportable": false }}, "kty": "RSA-HSM", "keyOps": ["wrapKey", "unwrapKey"], "keySize": 4096,
                "keyUri": "https://kv-orders-wus3.vault.azure.net/keys/orders-kek", "keyUriWithVersion": "{KID}" }} }}"#
            ),
        ),
        (
            "the management API, without an id",
            format!(
                r#"{{ "name": "orders-kek", "type": "Microsoft.KeyVault/vaults/keys", "location": "westus3",
                "properties": {{ "attributes": {{ "enabled": true, "nbf": 1763900000, "exp": 1861920000, "created": 1763900000,
                "recoveryLevel": "Recoverable", "exportable": false }}, "kty": "RSA-HSM", "keyOps": ["wrapKey", "unwrapKey"], "keySize": 4096,
                "keyUri": "https://kv-orders-wus3.vault.azure.net/keys/orders-kek", "keyUriWithVersion": "{KID}" }} }}"#
            ),
        ),
        (
            "the SDK for Python",
            format!(
                r#"{{ "id": "{KID}", "name": "orders-kek", "key_type": "RSA-HSM", "key_operations": ["wrapKey", "unwrapKey"],
                "key": {{ "kid": "{KID}", "kty": "RSA-HSM", "key_ops": ["wrapKey", "unwrapKey"], "n": "{url}" }},
                "properties": {{ "enabled": true, "not_before": "2025-11-23 12:13:20+00:00", "expires_on": "2029-01-01 00:00:00+00:00",
                "created_on": "2025-11-23 12:13:20+00:00", "exportable": false, "managed": null, "recoverable_days": 90,
                "recovery_level": "Recoverable", "vault_url": "https://kv-orders-wus3.vault.azure.net", "version": "0123456789abcdef0123456789abcdef" }} }}"#
            ),
        ),
        (
            "the SDK for JavaScript",
            format!(
                r#"{{ "key": {{ "kid": "{KID}", "kty": "RSA-HSM", "keyOps": ["wrapKey", "unwrapKey"],
                "n": {{ "type": "Buffer", "data": [{}] }} }}, "id": "{KID}", "name": "orders-kek", "keyType": "RSA-HSM", "keyOperations": ["wrapKey", "unwrapKey"],
                "properties": {{ "enabled": true, "notBefore": "2025-11-23T12:13:20.000Z", "expiresOn": "2029-01-01T00:00:00.000Z",
                "createdOn": "2025-11-23T12:13:20.000Z", "exportable": false, "recoverableDays": 90, "recoveryLevel": "Recoverable",
                "vaultUrl": "https://kv-orders-wus3.vault.azure.net", "version": "0123456789abcdef0123456789abcdef" }} }}"#,
                array.join(",")
            ),
        ),
        (
            "a template",
            r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults/keys", "name": "kv-orders-wus3/orders-kek", "apiVersion": "2023-07-01",
                "properties": { "attributes": { "enabled": true, "nbf": 1763900000, "exp": 1861920000, "exportable": false },
                "kty": "RSA-HSM", "keyOps": ["wrapKey", "unwrapKey"], "keySize": 4096 } }] }"#
                .to_string(),
        ),
    ])
}

/// Whatever the shape, one key is one fact.
#[test]
fn all_shapes_of_one_key_are_one_key() {
    for (shape, text) in shapes() {
        let deployment = read(&text);
        assert_eq!(deployment.keys.len(), 1, "{shape}");
        assert!(deployment.oddities.is_empty(), "{shape}: {:?}", deployment.oddities);
        let key = &deployment.keys[0];
        let operations = key.operations.known().expect(shape).iter().map(|(text, _)| text.to_string());
        assert_eq!(key.resource.id.name().to_string(), "kv-orders-wus3/orders-kek", "{shape}");
        assert!(key.resource.id.is("Microsoft.KeyVault/vaults/keys"), "{shape}");
        assert_eq!(key.kind.literal(), Some("RSA-HSM"), "{shape}");
        assert_eq!(key.size.known(), Some(&4096), "{shape}");
        assert_eq!(operations.collect::<Vec<_>>(), ["wrapKey", "unwrapKey"], "{shape}");
        assert_eq!(key.enabled.known(), Some(&true), "{shape}");
        assert_eq!(key.not_before.known(), Some(&1_763_900_000), "{shape}");
        assert_eq!(key.expires.known(), Some(&1_861_920_000), "{shape}");
        assert_eq!(key.exportable.known(), Some(&false), "{shape}");
        if shape == "a template" {
            continue; // what follows is the service's to tell
        }
        assert!(key.enabled.place().pointer.ends_with("/enabled"), "{shape}: {:?}", key.enabled);
        assert!(matches!(key.enabled, Fact::Known { origin: Origin::Live, .. }), "{shape}");
        assert_eq!(key.created.known(), Some(&1_763_900_000), "{shape}");
        assert_eq!(key.version.literal(), Some("0123456789abcdef0123456789abcdef"), "{shape}");
        assert_eq!(key.recovery_level.literal(), Some("Recoverable"), "{shape}");
        assert!(key.managed.is_absent() && key.purge_date.is_absent(), "{shape}");
        let resource = shape.starts_with("the management API"); // knows the policy, and no recoverable days
        assert_eq!(key.recoverable_days.known(), (!resource).then_some(&90), "{shape}");
        assert_eq!(matches!(key.rotation, Fact::Unknown { .. }), !resource, "{shape}");
    }
}

#[test]
fn sizes_come_from_the_modulus() {
    let size = |kty: &str, n: &str| {
        let text = format!(
            r#"{{ "key": {{ "kid": "{KID}", "kty": "{kty}", "n": {n} }}, "attributes": {{ "enabled": true }} }}"#
        );
        read(&text).keys[0].size.clone()
    };
    let quoted = |bytes: &[u8]| format!("\"{}\"", Base64::encode_string(bytes));
    assert_eq!(size("RSA", &quoted(&modulus(&[0, 0xC5])[..257])).known(), Some(&2048), "a sign byte is no size");
    assert_eq!(size("RSA", &quoted(&modulus(&[0xC5])[..256])).known(), Some(&2048));
    assert_eq!(size("RSA", r#"{ "0": 197, "1": 1, "2": 3 }"#).known(), Some(&24));
    for unreadable in ["null", "\"\"", "\"<base64 of 512 bytes>\"", "{ \"0\": 300 }", "{ \"1\": 3 }", "[-1]"] {
        assert!(matches!(size("RSA", unreadable), Fact::Unknown { .. }), "{unreadable}");
    }
    assert!(size("EC", "null").is_absent());
}

#[test]
fn versions_make_one_key_with_the_state_of_the_newest() {
    let item = |version: &str, created: &str, enabled: bool| {
        format!(
            r#"{{ "attributes": {{ "created": "{created}", "enabled": {enabled}, "expires": null, "recoveryLevel": "Recoverable" }},
            "kid": "https://kv.vault.azure.net/keys/kek/{}", "managed": null, "name": "kek", "tags": null }}"#,
            version.repeat(32)
        )
    };
    let (old, new) = (item("a", "2025-01-01T00:00:00+00:00", false), item("b", "2026-01-01T00:00:00+00:00", true));
    for list in [
        format!("[{old}, {new}]"),
        format!("[{new}, {old}]"),
        format!(r#"{{ "value": [{old}, {new}], "nextLink": null }}"#),
    ] {
        let deployment = read(&list);
        let [key] = deployment.keys.as_slice() else { panic!("{:?}", deployment.keys) };
        assert_eq!(key.versions.known().map(Vec::len), Some(2));
        assert_eq!((key.enabled.known(), key.version.literal()), (Some(&true), Some("b".repeat(32).as_str())));
        assert!(matches!(key.kind, Fact::Unknown { .. }) && key.expires.is_absent());
    }
    let same = read(&format!("[{old}, {}]", item("b", "2025-01-01T00:00:00+00:00", true)));
    assert!(matches!(same.keys[0].enabled, Fact::Unknown { .. }), "two versions of one second: neither is the newest");
    assert_eq!(same.keys[0].versions.known().map(Vec::len), Some(2));
    let page =
        read(&format!(r#"{{ "value": [{old}, {new}], "nextLink": "https://kv.vault.azure.net/keys?$skiptoken=x" }}"#));
    assert!(matches!((&page.keys[0].versions, &page.keys[0].enabled), (Fact::Unknown { .. }, Fact::Unknown { .. })));
    let keys = r#"[{ "attributes": { "enabled": false }, "kid": "https://kv.vault.azure.net/keys/one", "name": "one" },
        { "attributes": { "enabled": true }, "kid": "https://kv.managedhsm.azure.net/keys/two", "name": "two" }]"#;
    let keys = read(keys).keys;
    assert_eq!(keys.iter().map(|key| key.enabled.known().copied()).collect::<Vec<_>>(), [Some(false), Some(true)]);
    assert!(keys[0].versions.is_absent() && keys[1].resource.id.is("Microsoft.KeyVault/managedHSMs/keys"));
}

#[test]
fn deleted_keys_tell_when_they_are_gone() {
    let dates = ["\"2026-12-01T08:00:00+00:00\"", "1796112000"];
    for date in dates {
        let text = format!(
            r#"{{ "deletedDate": {date}, "key": {{ "kid": "{KID}", "kty": "EC" }}, "attributes": {{ "enabled": true }},
            "recoveryId": "https://kv-orders-wus3.vault.azure.net/deletedkeys/orders-kek", "scheduledPurgeDate": {date} }}"#
        );
        assert_eq!(read(&text).keys[0].purge_date.known(), Some(&1_796_112_000));
    }
}

#[test]
fn rotation_policies_tell_nothing_else() {
    let plain = r#"{ "id": "https://kv-orders-wus3.vault.azure.net/keys/orders-kek/rotationpolicy",
        "lifetimeActions": [ { "trigger": { "timeAfterCreate": "P18M" }, "action": { "type": "Rotate" } },
                             { "trigger": { "timeBeforeExpiry": "P30D" }, "action": { "type": "Notify" } } ],
        "attributes": { "expiryTime": "P2Y", "created": 1763900000, "updated": 1763900000 } }"#;
    let flat = r#"{ "createdOn": "2025-11-23T12:13:20+00:00", "expiresIn": "P2Y",
        "id": "https://kv-orders-wus3.vault.azure.net/keys/orders-kek/rotationpolicy",
        "lifetimeActions": [ { "action": "Rotate", "timeAfterCreate": "P18M", "timeBeforeExpiry": null },
                             { "action": "Notify", "timeAfterCreate": null, "timeBeforeExpiry": "P30D" } ] }"#;
    for text in [plain, flat] {
        let deployment = read(text);
        let key = &deployment.keys[0];
        assert_eq!(key.resource.id.name().to_string(), "kv-orders-wus3/orders-kek");
        let rotation = key.rotation.known().expect("a policy");
        assert_eq!(rotation.expiry_time.literal(), Some("P2Y"));
        assert_eq!(rotation.triggers.len(), 1);
        assert_eq!(rotation.triggers[0].after_create.literal(), Some("P18M"));
        assert!(matches!(key.enabled, Fact::Unknown { .. }) && matches!(key.expires, Fact::Unknown { .. }));
    }
}

#[test]
fn resources_are_read_flattened_or_not() {
    let vault = format!(
        r#"{{ "id": "{VAULT_ID}", "name": "kv-orders-wus3", "type": "Microsoft.KeyVault/vaults", "location": "westus3", "resourceGroup": "rg-sec",
        "properties": {{ "tenantId": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "sku": {{ "family": "A", "name": "premium" }}, "enableSoftDelete": true,
        "enablePurgeProtection": true, "enableRbacAuthorization": true, "publicNetworkAccess": "Disabled" }} }}"#
    );
    let identity = format!(
        r#"{{ "clientId": "77777777-0000-4000-8000-000000000002", "id": "{IDENTITY_ID}", "location": "westus3", "name": "id-orders-cmk",
        "principalId": "77777777-0000-4000-8000-000000000001", "resourceGroup": "rg-db", "systemData": null, "tags": {{}},
        "tenantId": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "type": "Microsoft.ManagedIdentity/userAssignedIdentities" }}"#
    );
    let grants = format!(
        r#"[{{ "condition": null, "id": "{VAULT_ID}/providers/Microsoft.Authorization/roleAssignments/99999999-1111-4111-8111-000000000001",
        "name": "99999999-1111-4111-8111-000000000001", "principalId": "77777777-0000-4000-8000-000000000001", "principalType": "ServicePrincipal",
        "roleDefinitionId": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6",
        "roleDefinitionName": "Key Vault Crypto Service Encryption User", "scope": "{VAULT_ID}", "type": "Microsoft.Authorization/roleAssignments" }}]"#
    );
    let raw = format!(
        r#"{{ "value": [{{ "id": "{VAULT_ID}/providers/Microsoft.Authorization/roleAssignments/99999999-1111-4111-8111-000000000002",
        "name": "99999999-1111-4111-8111-000000000002", "type": "Microsoft.Authorization/roleAssignments",
        "properties": {{ "principalId": "77777777-0000-4000-8000-000000000001", "scope": "{VAULT_ID}", "condition": null }} }}] }}"#
    );
    let roles = r#"[{ "id": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/x", "name": "x", "roleName": "Wrapper", "roleType": "CustomRole",
        "permissions": [{ "actions": [], "dataActions": ["Microsoft.KeyVault/vaults/keys/wrap/action"], "notActions": [], "notDataActions": [] },
                        { "actions": [], "dataActions": ["Microsoft.KeyVault/vaults/keys/read"] }], "type": "Microsoft.Authorization/roleDefinitions" }]"#;
    let locks = format!(
        r#"[{{ "id": "{VAULT_ID}/providers/Microsoft.Authorization/locks/keep", "level": "CanNotDelete", "name": "keep", "type": "Microsoft.Authorization/locks" }}]"#
    );
    let deployment =
        read_all(&[("1", &vault), ("2", &identity), ("3", &grants), ("4", &raw), ("5", roles), ("6", &locks)])
            .expect("answers");
    assert!(deployment.oddities.is_empty(), "{:?}", deployment.oddities);
    assert_eq!(deployment.vaults[0].purge_protection.known(), Some(&true));
    assert!(deployment.vaults[0].retention_days.is_absent() && !deployment.vaults[0].resource.existing);
    let identity = &deployment.identities[0];
    assert_eq!(identity.principal_id.literal(), Some("77777777-0000-4000-8000-000000000001"));
    assert_eq!(identity.tenant.literal(), Some("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"));
    assert_eq!(deployment.role_assignments.len(), 2);
    for grant in &deployment.role_assignments {
        assert_eq!(grant.scope.literal(), Some(VAULT_ID));
        assert_eq!(grant.principal.literal(), Some("77777777-0000-4000-8000-000000000001"));
        assert!(grant.condition.is_absent());
    }
    let name = &deployment.role_assignments[0].role_name;
    assert_eq!(name.literal(), Some("Key Vault Crypto Service Encryption User"));
    assert_eq!(deployment.role_definitions[0].data_actions.known().map(Vec::len), Some(2));
    assert_eq!(deployment.locks[0].level.literal(), Some("CanNotDelete"));
    assert_eq!(deployment.locks[0].scope.literal(), Some(VAULT_ID));
    let dialects: Vec<_> = deployment.files.iter().map(|file| file.dialect).collect();
    let (arm, cli) = (Dialect::Arm, Dialect::AzureCli);
    assert_eq!(dialects, [arm, cli, cli, arm, cli, cli]);
}

/// An answer that leaves something out does not say that it isn't there.
#[test]
fn lists_and_old_versions_hide_things() {
    let listed = format!(
        r#"[{{ "id": "{VAULT_ID}", "location": "westus3", "name": "kv-orders-wus3", "tags": {{}}, "type": "Microsoft.KeyVault/vaults" }}]"#
    );
    let vault = read(&listed).vaults.remove(0);
    assert!(matches!(vault.soft_delete, Fact::Unknown { .. }) && vault.resource.location.literal() == Some("westus3"));
    let cluster = |encryption: &str| {
        let text = format!(
            r#"{{ "id": "{CLUSTER_ID}", "name": "orders", "type": "Microsoft.DocumentDB/mongoClusters", "location": "westus3",
            "properties": {{ "clusterStatus": "Ready", "connectionString": "mongodb+srv://<user>:hunter2@orders.mongocluster.cosmos.azure.com" {encryption} }} }}"#
        );
        read(&text).clusters.remove(0)
    };
    assert!(matches!(cluster("").encryption, Fact::Unknown { .. }));
    assert!(cluster(r#", "encryption": null"#).encryption.is_absent());
    assert!(cluster(r#", "encryption": {}"#).encryption.is_absent());
    assert!(!format!("{:?}", cluster("")).contains("hunter2"));
    assert_eq!(read("[]").resources.len() + read(r#"{ "value": [] }"#).resources.len(), 0);
}

/// Whatever becomes of an answer on its way, reading and checking it ends without a panic.
#[test]
fn no_change_of_an_answer_makes_it_panic() {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).expect("31 bits") % below
    };
    let template = r#"{ "parameters": { "p": { "type": "string" }, "q": { "type": "int", "defaultValue": 2 } }, "variables": { "l": ["a", "[parameters('p')]"] },
        "resources": [{ "type": "Microsoft.Resources/deployments", "name": "[format('m{0}', copyIndex())]", "resourceGroup": "[first(variables('l'))]",
        "condition": "[and(equals(parameters('p'), 'x'), contains(variables('l'), 'a'))]", "copy": { "name": "m", "count": "[length(variables('l'))]" },
        "properties": { "template": { "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "[last(split('a/b', '/'))]",
        "tags": "[if(empty(parameters('p')), json('null'), take('abc', add(1, 1)))]", "properties": { "copy": [{ "name": "x", "count": 1 }] } }] } } }] }"#;
    let form = r#"{ "cmkit": "form/1", "encryptionMode": "CustomerManaged", "keyUrl": "https://kv.vault.azure.net/keys/k", "grantRole": "Owner",
        "keyOps": "wrapKey", "keyExpires": "2027-01-01", "identityId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.X/ids/i" }"#;
    let others = [("a template", template.to_string()), ("a form", form.to_string())];
    for (_, text) in shapes().into_iter().chain(others) {
        for _ in 0..300 {
            let mut changed = text.clone().into_bytes();
            for _ in 0..=random(3) {
                let at = random(changed.len());
                match random(3) {
                    0 => changed[at] = b"\"{}[]:,0-/en"[random(12)],
                    1 => _ = changed.drain(at..(at + random(40)).min(changed.len())),
                    _ => changed.insert(at, b"\"{}[]:,0-/en"[random(12)]),
                }
            }
            let changed = String::from_utf8(changed).expect("ASCII");
            if let Ok(deployment) = read_all(&[("answer.json", &changed)]) {
                let _ = policy::check(&deployment, Timestamp::from_seconds(0), &Options::default());
            }
        }
    }
}
