use super::super::{json, read};
use crate::policy::{self, Deployment, Fact, Options, Report, Timestamp, Verdict};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const GOLDEN: &str = include_str!("../../../../../examples/deploy/golden.json");
const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers";
const VERSION: &str = "0123456789abcdef0123456789abcdef";

fn read_all(texts: &[&str]) -> Deployment {
    let names: Vec<_> = (0..texts.len()).map(|at| format!("{at}.json")).collect();
    let files: Vec<_> = names.iter().map(String::as_str).zip(texts.iter().copied()).collect();
    read(&files).unwrap_or_else(|error| panic!("{error}"))
}

fn check(texts: &[&str]) -> Report {
    policy::check(&read_all(texts), Timestamp::from_seconds(1_796_112_000), &Options::default())
}

fn show(version: &str, created: &str, enabled: bool) -> String {
    format!(
        r#"{{ "attributes": {{ "created": "{created}", "enabled": {enabled}, "expires": null }},
        "key": {{ "kid": "https://kv.vault.azure.net/keys/kek/{version}", "kty": "RSA", "keyOps": ["wrapKey"], "n": null }} }}"#
    )
}

fn versions() -> String {
    let item = |version: &str, created: &str| {
        format!(
            r#"{{ "attributes": {{ "created": "{created}", "enabled": true }}, "kid": "https://kv.vault.azure.net/keys/kek/{version}" }}"#
        )
    };
    let (old, new) = (item(&"a".repeat(32), "2025-01-01"), item(VERSION, "2026-01-01"));
    format!("[{old}, {new}]")
}

const POLICY: &str = r#"{ "id": "https://kv.vault.azure.net/keys/kek/rotationpolicy", "attributes": { "expiryTime": "P2Y" },
    "lifetimeActions": [{ "trigger": { "timeAfterCreate": "P18M" }, "action": { "type": "Rotate" } }] }"#;

/// In whatever order three answers come, they make one key.
#[test]
fn answers_about_one_key_are_one_key() {
    let (show, versions) = (show(VERSION, "2026-01-01", true), versions());
    let texts = [show.as_str(), versions.as_str(), POLICY];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let deployment = read_all(&order.map(|at| texts[at]));
        let [key] = deployment.keys.as_slice() else { panic!("{order:?}: {:?}", deployment.keys) };
        assert_eq!(key.kind.literal(), Some("RSA"), "{order:?}");
        assert_eq!((key.enabled.known(), key.version.literal()), (Some(&true), Some(VERSION)), "{order:?}");
        assert!(key.expires.is_absent(), "{order:?}: {:?}", key.expires);
        assert_eq!(key.versions.known().map(Vec::len), Some(2), "{order:?}");
        assert_eq!(key.rotation.known().map(|rotation| rotation.triggers.len()), Some(1), "{order:?}");
    }
}

/// An old version is not the key; two answers that contradict each other are no evidence.
#[test]
fn the_newest_version_is_the_key() {
    let versions = versions();
    let old = show(&"a".repeat(32), "2025-01-01", false);
    for texts in [[old.as_str(), versions.as_str()], [versions.as_str(), old.as_str()]] {
        let key = read_all(&texts).keys.remove(0);
        assert_eq!((key.enabled.known(), key.version.literal()), (Some(&true), Some(VERSION)));
    }
    let (yes, no) = (show(VERSION, "2026-01-01", true), show(VERSION, "2026-01-01", false));
    assert!(matches!(read_all(&[&yes, &no]).keys[0].enabled, Fact::Unknown { .. }));
}

fn vault(name: &str, properties: &str) -> String {
    format!(
        r#"{{ "id": "{GROUP}/Microsoft.KeyVault/vaults/{name}", "name": "{name}", "type": "Microsoft.KeyVault/vaults",
        "location": "westus3", "properties": {{ "tenantId": "t", "accessPolicies": [], {properties} }} }}"#
    )
}

fn template(resources: &str) -> String {
    format!(
        r#"{{ "parameters": {{ "open": {{ "type": "string" }}, "flag": {{ "type": "bool" }} }}, "resources": {resources} }}"#
    )
}

#[test]
fn references_take_everything_from_the_answer() {
    let main = template(
        r#"{ "kv": { "existing": true, "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "KV" } }"#,
    );
    let vault = vault("kv", r#""enablePurgeProtection": true"#);
    for texts in [[main.as_str(), vault.as_str()], [vault.as_str(), main.as_str()]] {
        let deployment = read_all(&texts);
        let [vault] = deployment.vaults.as_slice() else { panic!("{:?}", deployment.vaults) };
        assert_eq!(vault.purge_protection.known(), Some(&true));
        assert!(vault.soft_delete.is_absent() && !vault.resource.existing);
        assert_eq!(vault.resource.location.literal(), Some("westus3"));
    }
    let making = template(
        r#"[{ "type": "Microsoft.KeyVault/vaults", "name": "kv", "properties": { "enableSoftDelete": true } }]"#,
    );
    for texts in [[main.as_str(), making.as_str()], [making.as_str(), main.as_str()]] {
        let deployment = read_all(&texts);
        let [vault] = deployment.vaults.as_slice() else { panic!("{:?}", deployment.vaults) };
        assert_eq!(vault.soft_delete.known(), Some(&true));
    }
}

/// What a template sets counts; what it leaves out is as it is; what it doesn't tell yet is not known.
#[test]
fn deployments_change_what_they_set() {
    let main = template(
        r#"[{ "type": "Microsoft.KeyVault/vaults", "name": "kv", "location": "West US 3", "properties": {
            "enableSoftDelete": true, "enableRbacAuthorization": "[parameters('flag')]", "publicNetworkAccess": "Enabled" } }]"#,
    );
    let live = vault(
        "kv",
        r#""enableSoftDelete": false, "enablePurgeProtection": true, "enableRbacAuthorization": true, "publicNetworkAccess": "Disabled""#,
    );
    let deployment = read_all(&[&main, &live]);
    let [vault] = deployment.vaults.as_slice() else { panic!("{:?}", deployment.vaults) };
    assert_eq!(vault.soft_delete.known(), Some(&true));
    assert_eq!(vault.purge_protection.known(), Some(&true));
    assert!(matches!(vault.rbac, Fact::Unknown { .. }), "{:?}", vault.rbac);
    assert_eq!(vault.public_access.literal(), Some("Enabled"));
    assert!(vault.access_policies.is_absent(), "a deployment without access policies takes them away");
    assert!(matches!(vault.resource.location, Fact::Known { origin: policy::Origin::Live, .. }));
    assert_eq!(deployment.resources.len(), 1);

    let key = template(
        r#"[{ "type": "Microsoft.KeyVault/vaults/keys", "name": "kv/kek", "properties": { "attributes": { "enabled": true } } }]"#,
    );
    let disabled = show(VERSION, "2026-01-01", false);
    let deployment = read_all(&[&key, &disabled]);
    assert_eq!(deployment.keys.len(), 1);
    assert_eq!(deployment.keys[0].enabled.known(), Some(&false), "a key that is there is left as it is");
}

/// Two identities of one name in two groups: a template that names neither group doesn't say which it means.
#[test]
fn what_fits_two_answers_is_joined_with_none() {
    let main = template(r#"[{ "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "name": "id" }]"#);
    let identity = |group: &str, principal: &str| {
        format!(
            r#"{{ "id": "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id",
            "principalId": "{principal}", "type": "Microsoft.ManagedIdentity/userAssignedIdentities" }}"#
        )
    };
    let one = read_all(&[&main, &identity("g", "p")]);
    assert_eq!((one.identities.len(), one.identities[0].principal_id.literal()), (1, Some("p")));
    let two = read_all(&[&main, &identity("g", "p"), &identity("h", "q")]);
    assert_eq!((two.identities.len(), two.identities[0].principal_id.is_absent()), (3, true));
}

/// A grant that was listed by principal id, an identity that tells it, and a template that has neither.
#[test]
fn a_live_grant_is_evidence_for_a_template() {
    let mut golden = json::tests::plain(&json::parse(GOLDEN).expect("JSON"));
    let resources = golden["resources"].as_array_mut().expect("resources");
    resources.retain(|one| one["type"] != "Microsoft.Authorization/roleAssignments");
    golden["parameters"]["vaultName"]["defaultValue"] = "kv-orders".into();
    let main = golden.to_string();
    let before = check(&[&main]);
    let access = |report: &Report| {
        let found = report.findings.iter().find(|finding| finding.code == "CMK4101");
        found.map(|finding| finding.verdict.clone())
    };
    assert_eq!(access(&before), Some(Verdict::Fail));

    let deployment = read_all(&[&main]);
    let (vault_name, identity_name) = (&deployment.vaults[0].resource.id, &deployment.identities[0].resource.id);
    let vault_id = format!("{GROUP}/Microsoft.KeyVault/vaults/{vault_name}");
    let identity = format!(
        r#"{{ "id": "{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/{identity_name}", "principalId": "p-1", "clientId": "c-1",
        "location": "westus3", "type": "Microsoft.ManagedIdentity/userAssignedIdentities" }}"#
    );
    let grant = format!(
        r#"[{{ "id": "{vault_id}/providers/Microsoft.Authorization/roleAssignments/r", "principalId": "p-1", "scope": "{vault_id}", "condition": null,
        "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6",
        "principalType": "ServicePrincipal", "type": "Microsoft.Authorization/roleAssignments" }}]"#
    );
    let after = check(&[&main, &identity, &grant]);
    assert!(after.passed.contains(&"CMK4101"), "{:#?}", after.findings);
    // The grant alone: nobody says whose principal id it has.
    assert!(!check(&[&main, &grant]).passed.contains(&"CMK4101"));
}

/// The same expression in two templates is not the same text; in one template it is.
#[test]
fn open_names_are_those_of_their_file() {
    let vault = r#"{ "type": "Microsoft.KeyVault/vaults", "name": "[parameters('vault')]", "location": "westus3" }"#;
    let cluster = r#"{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "c", "location": "westus3", "properties": { "encryption": {
        "customerManagedKeyEncryption": { "keyEncryptionKeyUrl": "[concat('https://', parameters('vault'), '.vault.azure.net/keys/k')]" } } } }"#;
    let file = |resources: &str| {
        format!(r#"{{ "parameters": {{ "vault": {{ "type": "string" }} }}, "resources": [{resources}] }}"#)
    };
    let together = check(&[&file(&format!("{vault}, {cluster}"))]);
    assert!(together.passed.contains(&"CMK6005"), "{:?}", together.findings);
    let (one, two) = (file(vault), file(cluster));
    let apart = check(&[&one, &two]);
    assert!(!apart.passed.contains(&"CMK6005"));
    let shown = format!("{:?}", apart.findings);
    assert!(shown.contains("parameters('vault') in 1.json"), "{shown}");
    let values = r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "parameters": { "vault": { "value": "kv" } } }"#;
    assert!(check(&[&one, &two, values]).passed.contains(&"CMK6005"), "both are given the same name");
}

#[test]
fn parameter_files_find_their_template() {
    let template = |kind: &str, more: &str| {
        format!(
            r#"{{ "parameters": {{ "name": {{ "type": "string" }} {more} }},
            "resources": [{{ "type": "{kind}", "name": "[parameters('name')]" }}] }}"#
        )
    };
    let values = |values: &str| {
        format!(
            r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "parameters": {{ {values} }} }}"#
        )
    };
    let vault = template("Microsoft.KeyVault/vaults", "");
    let identity = template("Microsoft.ManagedIdentity/userAssignedIdentities", r#", "other": { "type": "string" }"#);
    let names = |files: &[(&str, &str)]| {
        let deployment = read(files).expect("documents");
        (deployment.vaults[0].resource.id.to_string(), deployment.identities[0].resource.id.to_string())
    };
    let (a, b) = (values(r#""name": { "value": "a" }"#), values(r#""name": { "value": "b" }"#));
    let by_name =
        [("x/kv.json", vault.as_str()), ("x/id.json", &identity), ("x/kv.parameters.json", &a), ("x/id.dev.json", &b)];
    assert_eq!(names(&by_name), ("a".into(), "b".into()));
    let both = values(r#""name": { "value": "a" }, "other": { "value": "o" }"#);
    let by_parameters = [("kv.json", vault.as_str()), ("id.json", &identity), ("dev.json", &both)];
    assert_eq!(names(&by_parameters), ("{parameters('name') in kv.json}".into(), "a".into()));
    let torn = [("kv.json", vault.as_str()), ("kv.dev.json", &a), ("kv.prod.json", &b)];
    let torn = read(&torn).expect("documents");
    assert_eq!(torn.vaults[0].resource.id.to_string(), "{parameters('name')}", "two files, two values");
}

/// A form that counts one version is wrong where the service lists two.
#[test]
fn a_list_of_versions_counts_more_than_a_form() {
    let form = r#"{ "cmkit": "form/1", "encryptionMode": "CustomerManaged", "keyUrl": "https://kv.vault.azure.net/keys/kek",
        "keyVersions": 1 }"#;
    let deployment = read_all(&[form, &versions()]);
    let [key] = deployment.keys.as_slice() else { panic!("{:?}", deployment.keys) };
    assert_eq!(key.versions.known().map(Vec::len), Some(2));
}

/// A finding says where the value is another one: what the template sets counts, but of a key that is there already.
#[test]
fn findings_tell_of_drift() {
    let template = r#"{ "resources": [
        { "type": "Microsoft.KeyVault/vaults", "name": "kv", "properties": { "softDeleteRetentionInDays": 30, "sku": { "name": "premium" } } },
        { "type": "Microsoft.KeyVault/vaults/keys", "name": "kv/kek", "properties": { "kty": "RSA", "keySize": 4096 } },
        { "type": "Microsoft.DocumentDB/mongoClusters", "name": "c", "properties": { "encryption": { "customerManagedKeyEncryption": {
            "keyEncryptionKeyUrl": "https://kv.vault.azure.net/keys/kek" } } } }] }"#;
    let live = |kind: &str, name: &str, properties: &str| {
        format!(r#"{{ "id": "{GROUP}/{kind}", "type": "Microsoft.KeyVault/{name}", "properties": {properties} }}"#)
    };
    let vault = live(
        "Microsoft.KeyVault/vaults/kv",
        "vaults",
        r#"{ "softDeleteRetentionInDays": 7, "sku": { "name": "Premium" } }"#,
    );
    let key = live("Microsoft.KeyVault/vaults/kv/keys/kek", "vaults/keys", r#"{ "kty": "RSA", "keySize": 3072 }"#);
    let report = check(&[template, &vault, &key]);
    let told = |code: &str| {
        let found = report.findings.iter().find(|finding| finding.code == code).expect(code);
        let [related] = found.related.as_slice() else { panic!("{found:?}") };
        (found.actual.clone().unwrap_or_default(), related.message.as_str(), related.file.as_str())
    };
    assert_eq!(told("CMK1004"), ("30 days".into(), "what is deployed differs", "1.json"));
    assert_eq!(told("CMK2003"), ("3072".into(), "the template has another value", "0.json"));
    assert_eq!(read_all(&[template, &vault, &key]).drifts.len(), 2, "letter case is no drift");
}
