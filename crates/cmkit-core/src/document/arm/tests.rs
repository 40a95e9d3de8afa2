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

/// Loops whose turns are known are so many resources; of others nothing is known, and no turn is another loop's.
#[test]
fn loops_are_followed_where_their_count_is_known() {
    let deployment = template(
        r#"[{ "type": "Microsoft.KeyVault/vaults", "name": "[concat('kv', copyIndex(1))]", "copy": { "name": "vaults", "count": 2 },
              "resources": [{ "type": "keys", "name": "[format('kek{0}', copyIndex('vaults'))]" }] },
            { "type": "Microsoft.X/ids", "name": "id", "dependsOn": ["vaults"] },
            { "type": "Microsoft.X/none", "name": "n", "copy": { "name": "none", "count": 0 } }]"#,
    );
    let expected = [
        "microsoft.keyvault/vaults kv1",
        "microsoft.keyvault/vaults/keys kv1/kek0",
        "microsoft.keyvault/vaults kv2",
        "microsoft.keyvault/vaults/keys kv2/kek1",
        "microsoft.x/ids id",
    ];
    assert_eq!(ids(&deployment), expected);
    assert_eq!(deployment.resources[4].depends_on.len(), 2, "it waits for the whole loop");
    for count in ["\"[parameters('open')]\"", "100000000", "-1e9"] {
        let deployment = template(&format!(
            r#"[{{ "type": "Microsoft.KeyVault/vaults", "name": "[concat('kv', copyIndex())]", "copy": {{ "name": "a", "count": {count} }} }},
                {{ "type": "Microsoft.X/ids", "name": "[concat('kv', copyIndex())]", "copy": {{ "name": "b", "count": {count} }} }}]"#
        ));
        let expected = ["microsoft.keyvault/vaults kv{copyIndex('a', '0')}", "microsoft.x/ids kv{copyIndex('b', '0')}"];
        assert_eq!(ids(&deployment), expected, "{count}");
    }
    let symbolic = template(
        r#"{ "kv": { "type": "Microsoft.KeyVault/vaults", "name": "[concat('kv', copyIndex())]", "copy": { "name": "kv", "count": 2 } },
             "key": { "type": "Microsoft.KeyVault/vaults/keys", "name": "kv/kek", "properties": {
                "kty": "[reference('kv[1]').vaultUri]", "curveName": "x", "keySize": "[reference('kv').vaultUri]" } } }"#,
    );
    assert_eq!(symbolic.keys[0].kind.literal(), Some("https://kv1.vault.azure.net/"));
    assert!(symbolic.keys[0].size.known().is_none(), "two vaults have that name");
}

#[test]
fn loops_make_members() {
    let vault = |count: &str, input: &str| {
        let deployment = template(&format!(
            r#"[{{ "type": "Microsoft.KeyVault/vaults", "name": "[concat('kv', copyIndex('outer'))]", "copy": {{ "name": "outer", "count": 2 }},
                "properties": {{ "copy": [{{ "name": "accessPolicies", "count": {count}, "input": {input} }}] }} }}]"#
        ));
        assert!(deployment.vaults[1].soft_delete.is_absent());
        deployment.vaults[1].access_policies.clone()
    };
    let each =
        r#"{ "objectId": "[format('{0}-{1}-{2}', copyIndex('outer'), copyIndex('accessPolicies', 5), copyIndex())]" }"#;
    let Fact::Known { value, place, .. } = vault("3", each) else { panic!("three policies") };
    let objects: Vec<_> = value.iter().filter_map(|policy| policy.object.literal()).collect();
    assert_eq!(objects, ["1-5-0", "1-6-1", "1-7-2"]);
    assert_eq!(place.pointer.as_str(), "/resources/0/properties/copy/0");
    assert_eq!(value[0].object.place().pointer.as_str(), "/resources/0/properties/copy/0/input/objectId");
    assert!(vault("0", "{}").known().is_some_and(Vec::is_empty));
    for open in ["\"[parameters('open')]\"", "100000000", "-1", "\"many\""] {
        assert!(matches!(vault(open, "{}"), Fact::Unknown { .. }), "{open}");
    }
}

#[test]
fn functions_make_objects() {
    let deployment = template(
        r#"[{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "c",
              "tags": "[union(createObject('env', 'test', 'team', 'orders'), createObject('env', 'prod'))]",
              "identity": "[createObject('type', 'UserAssigned', 'userAssignedIdentities', createObject(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'id'), createObject()))]",
              "properties": "[union(createObject('sharding', createObject('shardCount', 2)), createObject('createMode', parameters('mode')))]" },
            { "type": "Microsoft.KeyVault/vaults", "name": "kv", "properties": {
              "accessPolicies": "[createArray(createObject('objectId', reference('id').principalId, 'permissions', createObject('keys', createArray('get', 'list'))))]",
              "networkAcls": "[union(createObject('bypass', 'None'), parameters('acls'))]" } }]"#,
    );
    let cluster = &deployment.clusters[0];
    let tags = cluster.resource.tags.known().expect("tags").iter();
    let tags: Vec<_> = tags.map(|(name, value)| format!("{name}={}", value.literal().unwrap_or("?"))).collect();
    assert_eq!(tags, ["env=prod", "team=orders"]);
    assert_eq!(cluster.identity_type.literal(), Some("UserAssigned"));
    let identities = cluster.identities.known().expect("a map");
    assert!(identities[0].0.to_string().ends_with("/userAssignedIdentities/id"), "{identities:?}");
    assert_eq!(cluster.shards.known(), Some(&2));
    assert!(
        cluster.encryption.is_absent() && cluster.create_mode.literal().is_none() && !cluster.create_mode.is_absent()
    );
    let policies = deployment.vaults[0].access_policies.known().expect("policies");
    assert_eq!(policies[0].keys.known().map(Vec::len), Some(2));
    let object = policies[0].object.known().map(ToString::to_string);
    assert!(object.as_deref().is_some_and(|object| object.contains("principalId")), "{object:?}");
    assert!(matches!(deployment.vaults[0].bypass, Fact::Unknown { .. }), "parameters decide it");
}

/// What may not be deployed is no evidence, unless the cluster itself is deployed under the same condition.
#[test]
fn conditions_put_resources_in_doubt() {
    let vault = |condition: &str, cluster: &str| {
        let deployment = template(&format!(
            r#"[{{ "type": "Microsoft.KeyVault/vaults", "name": "kv", "location": "westus3", "condition": {condition}, "properties": {{ "enablePurgeProtection": true }} }},
                {{ "type": "Microsoft.Authorization/roleAssignments", "name": "r", "condition": {condition},
                   "properties": {{ "roleDefinitionId": "x", "principalId": "p" }} }},
                {{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "c", "condition": {cluster}, "location": "westus3" }}]"#
        ));
        let vault = deployment.vaults.into_iter().next()?;
        assert_eq!(vault.resource.location.known().is_some(), vault.purge_protection.known().is_some());
        assert_eq!(deployment.role_assignments[0].role.known().is_some(), vault.soft_delete.is_absent());
        assert_eq!(deployment.role_assignments[0].principal.literal(), Some("p"));
        Some(match vault.purge_protection {
            Fact::Unknown { reason, .. } => reason,
            fact => format!("{}", fact.known().expect("a value")),
        })
    };
    let (open, no) = ("\"[parameters('open')]\"", "\"[parameters('no')]\"");
    let equals = "\"[equals(parameters('open'), 'x')]\"";
    let equals_reason = "it is deployed only if `equals(parameters('open'), 'x')`";
    for (condition, cluster, expected) in [
        ("true", "true", Some("true")),
        ("\"[equals(1, 2)]\"", "true", None),
        ("\"[not(parameters('no'))]\"", "true", Some("true")),
        (open, "true", Some("it is deployed only if `parameters('open')`")),
        (no, "true", Some("it is deployed only if `parameters('no')`, which is false by default")),
        (open, open, Some("true")),
        (equals, equals, Some("true")),
        (equals, open, Some(equals_reason)),
    ] {
        assert_eq!(vault(condition, cluster).as_deref(), expected, "{condition} {cluster}");
    }
    // The condition of a module is that of all that is in it.
    let module = template(
        r#"[{ "type": "Microsoft.Resources/deployments", "name": "m", "condition": "[parameters('open')]", "properties": {
            "expressionEvaluationOptions": { "scope": "inner" },
            "template": { "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv", "properties": { "enableSoftDelete": true } }] } } },
            { "type": "Microsoft.KeyVault/vaults", "name": "other", "properties": { "enableSoftDelete": true } }]"#,
    );
    assert!(matches!(module.vaults[0].soft_delete, Fact::Unknown { .. }));
    assert_eq!(module.vaults[1].soft_delete.known(), Some(&true));
}

/// A module in another group has its resources there, and its group's region is not the deployment's.
#[test]
fn modules_go_to_their_group() {
    let text = r#"{ "parameters": { "kv": { "type": "string", "defaultValue": "kv" } }, "resources": [
        { "type": "Microsoft.Resources/deployments", "name": "m", "resourceGroup": "rg-sec", "properties": {
            "expressionEvaluationOptions": { "scope": "inner" }, "template": { "resources": [
                { "type": "Microsoft.KeyVault/vaults", "name": "kv", "location": "[resourceGroup().location]",
                  "properties": { "createMode": "[resourceGroup().name]", "tenantId": "[resourceId('Microsoft.X/a', 'n')]" } },
                { "type": "Microsoft.Authorization/roleAssignments", "name": "r" }] } } },
        { "type": "Microsoft.KeyVault/vaults", "existing": true, "name": "kv2", "resourceGroup": "rg-two" },
        { "type": "Microsoft.KeyVault/vaults", "name": "kv3", "location": "[resourceGroup().location]" }] }"#;
    let deployment = read(&[("main.json", text)]).expect("a template");
    let group = |name: &str| format!("/subscriptions/{{subscription().subscriptionId}}/resourceGroups/{name}");
    let scope = |at: usize| deployment.vaults[at].resource.id.scope().map(ToString::to_string);
    assert_eq!((scope(0), scope(1), scope(2)), (Some(group("rg-sec")), Some(group("rg-two")), None));
    let vault = &deployment.vaults[0];
    assert_eq!(vault.create_mode.literal(), Some("rg-sec"));
    assert_eq!(vault.tenant.known().map(ToString::to_string), Some(group("rg-sec") + "/providers/Microsoft.X/a/n"));
    let (there, here) = (vault.resource.location.known(), deployment.vaults[2].resource.location.known());
    assert_eq!(there.zip(here).map(|(there, here)| there.same(here)), Some(None), "two groups, two regions perhaps");
    let grant = &deployment.role_assignments[0];
    assert_eq!(grant.scope.known().map(ToString::to_string), Some(group("rg-sec")));
}

/// A value that an expression makes `null` is left out; a choice that is open is unknown.
#[test]
fn choices_are_made_where_they_are_decided() {
    let encryption = |condition: &str| {
        let deployment = template(&format!(
            r#"[{{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "c", "properties": {{
                "encryption": "[if({condition}, createObject('customerManagedKeyEncryption', 1), json('null'))]" }} }}]"#
        ));
        deployment.clusters[0].encryption.clone()
    };
    assert!(encryption("equals('a', 'b')").is_absent());
    for open in ["parameters('open')", "true()"] {
        assert!(matches!(encryption(open), Fact::Unknown { .. }), "{open}");
    }
}

/// A template that is only linked to says nothing; what it would give back is unknown.
#[test]
fn linked_templates_stay_open() {
    let deployment = template(
        r#"[{ "type": "Microsoft.Resources/deployments", "name": "m", "properties": { "templateLink": { "uri": "https://example.com/x.json" } } },
            { "type": "Microsoft.KeyVault/vaults", "name": "kv", "location": "[reference('m').outputs.region.value]" }]"#,
    );
    let location = deployment.vaults[0].resource.location.known().expect("open text");
    assert_eq!((location.as_literal(), location.to_string().as_str()), (None, "{m.outputs.region.value}"));
}

#[test]
fn loops_in_loops_end() {
    let open = r#"{ "type": "Microsoft.Resources/deployments", "name": "[concat('d', copyIndex())]", "copy": { "name": "a", "count": 100 },
        "properties": { "template": { "resources": [ "#;
    let vault = r#"{ "type": "Microsoft.KeyVault/vaults", "name": "[concat('kv', copyIndex())]", "copy": { "name": "b", "count": 100 } }"#;
    let deployment = template(&format!("[{}{vault}{}]", open.repeat(4), "] } } }".repeat(4)));
    assert!(deployment.resources.len() < 20_000, "{}", deployment.resources.len());
}
