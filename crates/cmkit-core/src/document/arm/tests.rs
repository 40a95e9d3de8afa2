use super::super::read;
use super::*;
use crate::Code;
use crate::policy::{self, Options, Timestamp};

const GOLDEN: &str = include_str!("../../../../../examples/deploy/golden.json");
const FAULTY: &str = include_str!("../../../../../examples/deploy/faulty.json");

fn template(resources: &str) -> Deployment {
    let text = format!(
        r#"{{ "parameters": {{ "open": {{ "type": "string" }}, "no": {{ "type": "bool", "defaultValue": false }} }},
        "resources": {resources} }}"#
    );
    read(&[("main.json", &text)]).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn ids(deployment: &Deployment) -> Vec<String> {
    deployment.resources.iter().map(|resource| format!("{} {}", resource.id.kind(), resource.id.name())).collect()
}

#[test]
fn children_are_found_nested_and_flat() {
    let nested = template(
        r#"[{ "type": "Microsoft.KeyVault/vaults", "name": "kv", "resources": [
            { "type": "keys", "name": "one" }, { "type": "Microsoft.KeyVault/vaults/keys", "name": "kv/two" } ] }]"#,
    );
    let expected = [
        "microsoft.keyvault/vaults kv",
        "microsoft.keyvault/vaults/keys kv/one",
        "microsoft.keyvault/vaults/keys kv/two",
    ];
    assert_eq!(ids(&nested), expected);
    assert_eq!(nested.keys.len(), 2);
    assert!(nested.keys[0].resource.depends_on.iter().any(|id| id.is("Microsoft.KeyVault/vaults")));
}

#[test]
fn symbolic_names_and_existing_resources() {
    let deployment = template(
        r#"{ "vault": { "existing": true, "type": "Microsoft.KeyVault/vaults", "name": "kv" },
            "key": { "type": "Microsoft.KeyVault/vaults/keys", "name": "[format('{0}/{1}', 'kv', 'kek')]", "dependsOn": ["vault"],
                     "properties": { "rotationPolicy": { "attributes": { "expiryTime": "[reference('vault').sku.name]" } } } } }"#,
    );
    assert!(deployment.vaults[0].resource.existing);
    assert!(matches!(deployment.vaults[0].soft_delete, Fact::Unknown { .. }));
    assert_eq!(deployment.keys[0].resource.depends_on.len(), 2, "one said, one implied by the reference");
    assert_eq!(deployment.keys[0].resource.depends_on[0].name().to_string(), "kv");
    let expiry = &deployment.keys[0].rotation.known().expect("a policy").expiry_time;
    assert_eq!(expiry.known().expect("known to be open").to_string(), "{kv.sku.name}");
}

#[test]
fn what_is_never_deployed_is_not_there() {
    let deployment = template(
        r#"[{ "type": "Microsoft.KeyVault/vaults", "name": "a", "condition": false },
            { "type": "Microsoft.KeyVault/vaults", "name": "b", "condition": "[parameters('no')]" }]"#,
    );
    assert_eq!(ids(&deployment), ["microsoft.keyvault/vaults b"]);
}

#[test]
fn role_assignments_find_their_scope() {
    let deployment = template(
        r#"[{ "type": "Microsoft.KeyVault/vaults/providers/roleAssignments", "name": "kv/Microsoft.Authorization/x" },
            { "type": "Microsoft.Authorization/roleAssignments", "name": "y", "scope": "[format('Microsoft.KeyVault/vaults/{0}', 'kv')]" },
            { "type": "Microsoft.Authorization/roleAssignments", "name": "z" },
            { "type": "Microsoft.Authorization/roleAssignments", "name": "w",
              "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv/providers/Microsoft.Authorization/roleAssignments/w" }]"#,
    );
    let scope = |index: usize| {
        let scope = deployment.role_assignments[index].scope.known()?;
        ResourceId::parse(scope).map(|id| format!("{} {}", id.kind(), id.name()))
    };
    assert_eq!(scope(0).as_deref(), Some("microsoft.keyvault/vaults kv"));
    assert_eq!(scope(1).as_deref(), Some("microsoft.keyvault/vaults kv"));
    assert_eq!(scope(2), None);
    assert_eq!(scope(3).as_deref(), Some("microsoft.keyvault/vaults kv"));
}

/// The golden template cut into modules, as Bicep compiles them, is still golden.
#[test]
fn modules_hand_values_to_each_other() {
    let golden = json::tests::plain(&json::parse(GOLDEN).expect("JSON"));
    let module = |name: &str, resources: &[usize], parameters: serde_json::Value, outputs: serde_json::Value| {
        let mut inner = golden.clone();
        for (parameter, _) in parameters.as_object().expect("parameters") {
            inner["parameters"][parameter] = serde_json::json!({ "type": "string" });
        }
        inner["resources"] = resources.iter().map(|index| golden["resources"][*index].clone()).collect();
        inner["outputs"] = outputs;
        serde_json::json!({ "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": name,
            "properties": { "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" },
                            "parameters": parameters, "template": inner } })
    };
    let output = |value: &str| serde_json::json!({ "type": "string", "value": value });
    let from = |module: &str, name: &str| {
        let value =
            format!("[reference(resourceId('Microsoft.Resources/deployments', '{module}')).outputs.{name}.value]");
        serde_json::json!({ "value": value })
    };
    let none = || serde_json::json!({});
    let mut grant =
        module("grant", &[3], serde_json::json!({ "principalId": from("identity", "principalId") }), none());
    grant["properties"]["template"]["resources"][0]["properties"]["principalId"] = "[parameters('principalId')]".into();
    grant["properties"]["template"]["resources"][0].as_object_mut().expect("a grant").remove("dependsOn");
    let mut cluster = module("cluster", &[4], serde_json::json!({ "keyUrl": from("vault", "keyUrl") }), none());
    let body = &mut cluster["properties"]["template"]["resources"][0];
    body["properties"]["encryption"]["customerManagedKeyEncryption"]["keyEncryptionKeyUrl"] =
        "[parameters('keyUrl')]".into();
    body.as_object_mut().expect("a cluster").remove("dependsOn");
    cluster["dependsOn"] = serde_json::json!(["[resourceId('Microsoft.Resources/deployments', 'grant')]"]);
    let key = "[reference(resourceId('Microsoft.KeyVault/vaults/keys', parameters('vaultName'), variables('keyName'))).keyUri]";
    let principal = "[reference(variables('identityId'), '2023-01-31').principalId]";
    let vault = module("vault", &[1, 2, 5], none(), serde_json::json!({ "keyUrl": output(key) }));
    let identity = module("identity", &[0], none(), serde_json::json!({ "principalId": output(principal) }));
    let main = serde_json::json!({ "resources": [cluster, grant, vault, identity] });

    let deployment = read(&[("main.json", &main.to_string())]).expect("a template");
    let report = policy::check(&deployment, Timestamp::from_seconds(0).plus_days(20_000), &Options::default());
    assert!(report.findings.is_empty() && report.passed.len() > 40, "{:#?}", report.findings);
}

#[test]
fn a_resource_by_itself_is_read() {
    let vault = r#"{ "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv", "name": "kv",
        "type": "Microsoft.KeyVault/vaults", "location": "westus3", "properties": { "enablePurgeProtection": true } }"#;
    let deployment = read(&[("kv.json", vault)]).expect("a resource");
    assert_eq!(
        deployment.vaults[0].resource.id.scope().map(ToString::to_string).as_deref(),
        Some("/subscriptions/s/resourceGroups/g")
    );
}

#[test]
fn parameter_files_give_values_and_secrets_stay_out() {
    let main = r#"{ "parameters": { "kty": { "type": "string" }, "secret": { "type": "secureString", "defaultValue": "hunter2" } },
        "resources": [{ "type": "Microsoft.KeyVault/vaults/keys", "name": "kv/kek",
            "properties": { "kty": "[parameters('kty')]", "keySize": "[parameters('secret')]" } }] }"#;
    let values = r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "parameters": { "KTY": { "value": "RSA" }, "secret": { "value": "hunter3" } } }"#;
    let deployment = read(&[("main.json", main), ("main.parameters.json", values)]).expect("a template");
    assert_eq!(deployment.keys[0].kind.literal(), Some("RSA"));
    let Deployment { keys, oddities, .. } = deployment;
    assert!(!format!("{keys:?} {oddities:?}").contains("hunter"));
}

/// Hostile input: whatever stands in a file, reading and checking it ends without a panic.
#[test]
fn no_byte_of_a_template_makes_it_panic() {
    for at in 0..FAULTY.len() {
        for byte in *b"\"[0" {
            let mut changed = FAULTY.as_bytes().to_vec();
            changed[at] = byte;
            let text = core::str::from_utf8(&changed).expect("ASCII");
            if let Ok(deployment) = read(&[("main.json", text)]) {
                let _ = policy::check(&deployment, Timestamp::from_seconds(0), &Options::default());
            }
        }
    }
}

#[test]
fn templates_nested_without_end_are_cut_off() {
    let open =
        r#"{ "resources": [{ "type": "Microsoft.Resources/deployments", "name": "d", "properties": { "template": "#;
    for (depth, code) in [(12, None), (100, Some(Code::TooLarge))] {
        let text = format!("{}{}{}", open.repeat(depth), r#"{ "resources": [] }"#, "} }] }".repeat(depth));
        assert_eq!(read(&[("main.json", &text)]).err().map(|error| error.code()), code);
    }
}
