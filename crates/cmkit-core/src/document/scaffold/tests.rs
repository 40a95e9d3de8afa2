use super::*;
use crate::document;
use crate::policy::{Deployment, Options, Report, Timestamp, Verdict, check};
use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec;
use serde_json::Value;

/// Every shape of a plan that there is: mode, grant, rotation, HSM, replica.
fn plans() -> Vec<Plan> {
    let base = || Plan::new("orders", "West US 3");
    vec![
        base(),
        Plan { hsm: true, shards: 4, tier: "M80".into(), ..base() },
        Plan { grant: Grant::Policy, ..base() },
        Plan { rotation: None, ..base() },
        Plan { rotation: Some("P90D".into()), expiry: Some("P1Y".into()), ..base() },
        Plan { replica_region: Some("eastus2".into()), ..base() },
        Plan { replica_region: Some("eastus2".into()), grant: Grant::Policy, rotation: None, ..base() },
        Plan { customer_managed: false, ..base() },
        Plan { customer_managed: false, replica_region: Some("eastus2".into()), ..base() },
        Plan { customer_managed: false, tier: "Free".into(), ..base() },
        Plan { vault: Some("kv1".into()), key: Some("k".into()), identity: Some("id_1".into()), ..base() },
    ]
}

fn report(deployment: &Deployment) -> Report {
    check(deployment, Timestamp::parse("2026-12-01").expect("a time"), &Options::default())
}

/// The codes of findings that nobody accepted.
fn codes(report: &Report) -> Vec<&'static str> {
    let open = report.findings.iter().filter(|finding| !matches!(finding.verdict, Verdict::Suppressed { .. }));
    open.map(|finding| finding.code).collect()
}

#[test]
fn an_arm_template_passes_the_check() {
    for plan in plans() {
        let template = scaffold(&plan, Target::Arm).expect("a plan");
        let deployment = document::read(&[("main.json", &template)]).unwrap_or_else(|e| panic!("{e}: {template}"));
        let report = report(&deployment);
        assert_eq!(codes(&report), Vec::<&str>::new(), "{plan:?}: {:?}\n{template}", report.findings);
        let clusters = 1 + usize::from(plan.replica_region.is_some());
        assert_eq!(deployment.clusters.len(), clusters);
        assert_eq!(deployment.vaults.len(), if plan.customer_managed { clusters } else { 0 });
        let accepted = report.findings.iter().map(|finding| finding.code);
        let expected: Vec<_> =
            Design::of(&plan).expect("a plan").accepted().into_iter().map(|(code, _)| code).collect();
        assert!(
            accepted.clone().all(|code| expected.contains(&code)) && expected.len() <= accepted.count(),
            "{plan:?}"
        );
    }
}

/// The facts of a deployment that every language has to carry.
#[test]
fn an_arm_template_carries_the_plan() {
    let plan = Plan {
        hsm: true,
        shards: 3,
        tier: "M60".into(),
        expiry: Some("P2Y".into()),
        replica_region: Some("North Europe".into()),
        ..Plan::new("orders", "westeurope")
    };
    let template = scaffold(&plan, Target::Arm).expect("a plan");
    let deployment = document::read(&[("main.json", &template)]).expect("a template");
    let Deployment { clusters, vaults, keys, identities, role_assignments, locks: _, .. } = &deployment;
    assert_eq!((clusters[0].tier.literal(), clusters[0].shards.known()), (Some("M60"), Some(&3)));
    assert_eq!(clusters[0].high_availability.literal(), Some("ZoneRedundantPreferred"));
    assert_eq!(clusters[1].create_mode.literal(), Some("GeoReplica"));
    assert_eq!(clusters[1].replica_source_location.literal(), Some("westeurope"));
    let regions = |regions: Vec<Option<&str>>| assert_eq!(regions, [Some("westeurope"), Some("northeurope")]);
    regions(clusters.iter().map(|cluster| cluster.resource.location.literal()).collect());
    regions(vaults.iter().map(|vault| vault.resource.location.literal()).collect());
    regions(identities.iter().map(|identity| identity.resource.location.literal()).collect());
    assert!(vaults.iter().all(|vault| vault.sku.literal() == Some("premium")));
    assert!(keys.iter().all(|key| key.kind.literal() == Some("RSA-HSM") && key.size.known() == Some(&4096)));
    let rotation = keys[0].rotation.known().expect("a policy");
    assert_eq!(rotation.expiry_time.literal(), Some("P2Y"));
    assert_eq!(rotation.triggers[0].after_create.literal(), Some("P18M"));
    assert_eq!(role_assignments.len(), 2);
    let locks = deployment.resources.iter().filter(|one| one.id.is("Microsoft.Authorization/locks")).count();
    assert_eq!(locks, 2);
    assert!(template.contains("\"securestring\"") && template.contains("Final"));
}

const GROUP: &str = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg";
const TENANT: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const PRINCIPAL: &str = "77777777-0000-4000-8000-000000000001";

/// A PUT as our reader takes it: the resource's type, name and version stand in the URL.
fn resource(path: &str, body: &str) -> Value {
    let mut body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    let (path, version) = path.split_once("?api-version=").expect("a version");
    let (scope, rest) = path.rsplit_once("/providers/").expect("a provider");
    let steps: Vec<_> = rest.split('/').collect();
    let names: Vec<_> = steps.iter().skip(2).step_by(2).copied().collect();
    let kinds: Vec<_> = steps.iter().skip(1).step_by(2).copied().collect();
    body["type"] = format!("{}/{}", steps[0], kinds.join("/")).into();
    body["name"] = names.join("/").into();
    body["apiVersion"] = version.into();
    body["id"] = path.into();
    if scope.contains("/providers/") {
        body["scope"] = scope.into();
    }
    body
}

/// One template of all resources, each after the ones before it, and what the service would tell of the identity.
fn check_bodies(plan: &Plan, mut resources: Vec<Value>) {
    let mut earlier = Vec::new();
    for resource in &mut resources {
        if resource["type"] == "Microsoft.ManagedIdentity/userAssignedIdentities" {
            resource["properties"] = serde_json::json!({ "principalId": PRINCIPAL, "tenantId": TENANT });
        }
        resource["dependsOn"] = earlier.clone().into();
        earlier.push(resource["id"].clone());
    }
    let text = serde_json::json!({ "resources": resources }).to_string();
    let deployment = document::read(&[("bodies.json", &text)]).expect("resources");
    let report = report(&deployment);
    let accepted: BTreeSet<_> = Design::of(plan).expect("a plan").accepted().iter().map(|(code, _)| *code).collect();
    assert_eq!(
        codes(&report).into_iter().collect::<BTreeSet<_>>(),
        accepted,
        "{plan:?}: {:?}\n{text}",
        report.findings
    );
    if plan.customer_managed {
        for code in ["CMK1002", "CMK1004", "CMK2001", "CMK3001", "CMK4004", "CMK4101", "CMK5001", "CMK6003", "CMK6005"]
        {
            assert!(report.passed.contains(&code), "{plan:?}: {code} has nothing to look at\n{text}");
        }
    }
}

#[test]
fn requests_pass_the_check() {
    for plan in plans() {
        let text = scaffold(&plan, Target::Rest).expect("a plan");
        let given = text
            .replace("{{subscription}}", "11111111-2222-4333-8444-555555555555")
            .replace("{{group}}", "rg")
            .replace("{{tenant}}", TENANT)
            .replace("{{identity.response.body.properties.principalId}}", PRINCIPAL)
            .replace("{{replicaIdentity.response.body.properties.principalId}}", PRINCIPAL)
            .replace("{{$guid}}", "99999999-1111-4111-8111-000000000001");
        let requests = given.split("\n###").skip(1).map(|request| {
            let (head, body) = request.split_once("\n\n").expect("a body");
            let line = head.lines().find(|line| line.starts_with("PUT ")).expect("a request line");
            resource(line.strip_prefix("PUT {{manage}}").expect("our host"), body)
        });
        check_bodies(&plan, requests.collect());
        assert!(text.contains("@manage = https://management.azure.com\n") && !text.contains("@{"), "{text}");
        assert!(text.contains("\"password\": \"{{password}}\""));
    }
}

/// The arguments of one command, by name.
fn arguments(command: &str) -> Vec<(String, String)> {
    let words: Vec<_> = command.split_whitespace().filter(|word| *word != "\\").collect();
    let mut arguments: Vec<(String, String)> = Vec::new();
    for word in words {
        match (word.strip_prefix("--"), arguments.last_mut()) {
            (Some(name), _) => arguments.push((name.to_owned(), String::new())),
            (None, Some((_, value))) => {
                value.push_str(if value.is_empty() { "" } else { " " });
                value.push_str(word.trim_matches('"'));
            }
            (None, None) => {}
        }
    }
    arguments
}

/// The script's commands as resources: those of `az rest` by their bodies, the others by their arguments.
fn resources_of_script(script: &str) -> Vec<Value> {
    let script = script.replace("\\\n", " ");
    let (mut resources, mut vault) = (Vec::new(), String::new());
    let mut cluster = String::new();
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        let arguments = arguments(line);
        let get = |name: &str| arguments.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
        let words: Vec<_> = line.split_whitespace().take(4).collect();
        match words.as_slice() {
            ["az", "identity", "create", ..] => {
                let path =
                    format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{}", get("name"));
                let body = serde_json::json!({ "location": get("location") });
                resources.push(resource(&format!("{path}?api-version=2023-01-31"), &body.to_string()));
            }
            ["az", "keyvault", "create", ..] => {
                vault = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/{}", get("name"));
                let word = |name: &str| get(name).parse::<bool>().expect(name);
                let body = serde_json::json!({ "location": get("location"), "properties": {
                    "tenantId": TENANT, "sku": { "name": get("sku") }, "accessPolicies": [],
                    "enableRbacAuthorization": word("enable-rbac-authorization"),
                    "enablePurgeProtection": word("enable-purge-protection"),
                    "softDeleteRetentionInDays": get("retention-days").parse::<u32>().expect("days"),
                    "publicNetworkAccess": get("public-network-access"),
                    "networkAcls": { "defaultAction": get("default-action"), "bypass": get("bypass") } } });
                resources.push(resource(&format!("{vault}?api-version=2026-02-01"), &body.to_string()));
            }
            ["az", "lock", "create", ..] => {
                assert_eq!((get("resource").as_str(), get("lock-type").as_str()), ("$vault_id", "CanNotDelete"));
                let path =
                    format!("{vault}/providers/Microsoft.Authorization/locks/{}?api-version=2020-05-01", get("name"));
                resources.push(resource(&path, "{ \"properties\": { \"level\": \"CanNotDelete\" } }"));
            }
            ["az", "role", "assignment", "create"] => {
                let path = format!(
                    "{vault}/providers/Microsoft.Authorization/roleAssignments/99999999-1111-4111-8111-000000000001"
                );
                assert_eq!((get("scope").as_str(), get("assignee-object-id").as_str()), ("$vault_id", "$principal"));
                let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{}", get("role"));
                let body = serde_json::json!({ "properties": { "roleDefinitionId": role, "principalId": PRINCIPAL,
                    "principalType": get("assignee-principal-type") } });
                resources.push(resource(&format!("{path}?api-version=2022-04-01"), &body.to_string()));
            }
            ["az", "keyvault", "set-policy", ..] => {
                assert_eq!(get("object-id"), "$principal");
                let keys: Vec<_> = get("key-permissions").split(' ').map(ToString::to_string).collect();
                let policy =
                    serde_json::json!({ "tenantId": TENANT, "objectId": PRINCIPAL, "permissions": { "keys": keys } });
                let vault =
                    resources.iter_mut().rfind(|one| one["type"] == "Microsoft.KeyVault/vaults").expect("a vault");
                vault["properties"]["accessPolicies"] = serde_json::json!([policy]);
            }
            ["az", "rest", "--method", "put"] => {
                let path =
                    get("url").replace("$manage", "").replace("$vault_id", &vault).replace("$cluster_id", &cluster);
                let body: String = lines.by_ref().take_while(|line| *line != "JSON").collect();
                let body = body.replace("$group_id", GROUP).replace("$password", "not a secret");
                resources.push(resource(&path, &body));
            }
            [word, ..] if word.starts_with("cluster_id=") => {
                cluster = word.trim_start_matches("cluster_id=").replace("$group_id", GROUP);
            }
            _ => {}
        }
    }
    resources
}

#[test]
fn a_script_makes_what_passes_the_check() {
    for plan in plans() {
        let script = scaffold(&plan, Target::AzureCli).expect("a plan");
        let resources = resources_of_script(&script);
        let sites = 1 + usize::from(plan.replica_region.is_some());
        assert_eq!(
            resources.len(),
            sites
                * if !plan.customer_managed {
                    1
                } else if plan.grant == Grant::Rbac {
                    6
                } else {
                    5
                }
        );
        check_bodies(&plan, resources);
        assert!(script.starts_with("#!") && script.contains("read -rsp") && !script.contains("@{"), "{script}");
    }
}

/// The properties and values of a file, whatever its syntax: `name: value`, `name = value`.
fn facts(text: &str) -> Vec<String> {
    let plain = |line: &str| {
        let line = line.split(" # ").next().unwrap_or_default().replace(['\'', '"', ','], "");
        line.split_whitespace().collect::<Vec<_>>().join(" ").replace(" =", ":")
    };
    text.lines().map(plain).filter(|line| !line.starts_with("//") && !line.starts_with('#')).collect()
}

fn assert_facts(text: &str, expected: &[&str], absent: &[&str]) {
    let facts = facts(text);
    for fact in expected {
        assert!(facts.iter().any(|line| line == fact), "no `{fact}` in\n{text}");
    }
    for fact in absent {
        assert!(!text.contains(fact), "`{fact}` in\n{text}");
    }
    for (open, close) in [('{', '}'), ('[', ']'), ('(', ')')] {
        assert_eq!(text.matches(open).count(), text.matches(close).count(), "{open}{close}: {text}");
    }
    assert!(
        !text.contains("@{") && !text.contains("\n\n\n") && text.ends_with('\n') && !text.ends_with("\n\n"),
        "{text}"
    );
}

#[test]
fn bicep_carries_the_same_facts() {
    for plan in plans() {
        let text = scaffold(&plan, Target::Bicep).expect("a plan");
        let design = Design::of(&plan).expect("a plan");
        let shards = format!("sharding: {{ shardCount: {} }}", plan.shards);
        let tier = format!("compute: {{ tier: {} }}", plan.tier);
        let mode = format!("highAvailability: {{ targetMode: {} }}", design.high_availability());
        assert_facts(
            &text,
            &[
                "@secure()",
                "param administratorPassword string",
                "password: administratorPassword",
                &shards,
                &tier,
                &mode,
            ],
            &[],
        );
        for site in &design.sites {
            let region = format!("param {} string: {}", site.camel("location"), site.region);
            let cluster = format!("param {} string: {}", site.camel("clusterName"), site.cluster);
            let kind = format!("resource {} Microsoft.DocumentDB/mongoClusters@2025-09-01: {{", site.camel("cluster"));
            assert_facts(&text, &[&region, &cluster, &kind], &[]);
        }
        if plan.replica_region.is_some() {
            assert_facts(
                &text,
                &["createMode: GeoReplica", "sourceResourceId: cluster.id", "sourceLocation: location"],
                &[],
            );
        }
        if !plan.customer_managed {
            assert_facts(
                &text,
                &["{ code: CMK6001 reason: a service-managed key was chosen }"],
                &["encryption:", "identity"],
            );
            continue;
        }
        let kty = format!("kty: {}", design.key_type());
        let sku = format!("sku: {{ family: A name: {} }}", design.sku());
        let rbac = format!("enableRbacAuthorization: {}", design.rbac());
        assert_facts(
            &text,
            &[
                "enablePurgeProtection: true",
                "softDeleteRetentionInDays: 90",
                "publicNetworkAccess: Disabled",
                "defaultAction: Deny",
                "bypass: AzureServices",
                "tenantId: tenant().tenantId",
                "level: CanNotDelete",
                "keySize: 4096",
                "keyOps: [ wrapKey unwrapKey ]",
                "type: UserAssigned",
                "identityType: UserAssignedIdentity",
                &kty,
                &sku,
                &rbac,
            ],
            &["enablePurgeProtection: false", "keyUriWithVersion", "clientId"],
        );
        for site in &design.sites {
            let id = format!("userAssignedIdentities: {{ ${{{}.id}}: {{}} }}", site.camel("identity"));
            let used = format!("userAssignedIdentityResourceId: {}.id", site.camel("identity"));
            let url = format!("keyEncryptionKeyUrl: {}.properties.keyUri", site.camel("key"));
            let parent = format!("parent: {}", site.camel("vault"));
            assert_facts(&text, &[&id, &used, &url, &parent], &[]);
            let principal = site.camel("identity");
            if design.rbac() {
                let to = format!("principalId: {principal}.properties.principalId");
                let wait = format!("dependsOn: [ {} ]", site.camel("grant"));
                assert_facts(&text, &[&to, &wait, "principalType: ServicePrincipal", "roleDefinitionId: role"], &[]);
                assert!(text.contains(ROLE));
            } else {
                let to = format!("objectId: {principal}.properties.principalId");
                assert_facts(
                    &text,
                    &[&to, "permissions: { keys: [ get list wrapKey unwrapKey ] }"],
                    &["roleAssignments"],
                );
            }
        }
        match &plan.rotation {
            Some(after) => {
                let trigger = format!("trigger: {{ timeAfterCreate: {after} }}");
                assert_facts(&text, &[&trigger, "action: { type: rotate }"], &[]);
            }
            None => assert_facts(&text, &[], &["rotationPolicy"]),
        }
        if let Some(life) = &plan.expiry {
            assert_facts(&text, &[&format!("attributes: {{ expiryTime: {life} }}")], &[]);
        }
    }
}

#[test]
fn terraform_carries_the_same_facts() {
    for plan in plans() {
        let text = scaffold(&plan, Target::Terraform).expect("a plan");
        let design = Design::of(&plan).expect("a plan");
        let shards = format!("shard_count: {}", plan.shards);
        let tier = format!("compute_tier: {}", plan.tier);
        let mode = format!("high_availability_mode: {}", design.high_availability());
        let password = "administrator_password: random_password.administrator.result";
        assert_facts(&text, &[password, &shards, &tier, &mode, "version: ~> 5.0"], &[]);
        for (site, label) in design.sites.iter().zip(["primary", "replica"]) {
            let (region, cluster) = (format!("location: {}", site.region), format!("name: {}", site.cluster));
            let kind = format!("resource azurerm_mongo_cluster {label} {{");
            assert_facts(&text, &[&region, &cluster, &kind], &[]);
            if !plan.customer_managed {
                assert_facts(&text, &[], &["customer_managed_key {", "azurerm_key_vault", "identity"]);
                continue;
            }
            let names = [&site.vault, &site.key, &site.identity].map(|name| format!("name: {name}"));
            let key = format!("key_vault_key_id: azurerm_key_vault_key.{label}.versionless_id");
            let used = format!("user_assigned_identity_id: azurerm_user_assigned_identity.{label}.id");
            let ids = format!("identity_ids: [azurerm_user_assigned_identity.{label}.id]");
            let (sku, kty) = (format!("sku_name: {}", design.sku()), format!("key_type: {}", design.key_type()));
            let rbac = format!("rbac_authorization_enabled: {}", design.rbac());
            assert_facts(
                &text,
                &[
                    &names[0],
                    &names[1],
                    &names[2],
                    &key,
                    &used,
                    &ids,
                    &sku,
                    &kty,
                    &rbac,
                    "purge_protection_enabled: true",
                    "soft_delete_retention_days: 90",
                    "public_network_access_enabled: false",
                    "default_action: Deny",
                    "bypass: AzureServices",
                    "lock_level: CanNotDelete",
                    "key_size: 4096",
                    "key_opts: [wrapKey unwrapKey]",
                    "type: UserAssigned",
                ],
                &["client_id", "resource_versionless_id"],
            );
            if design.rbac() {
                let to = format!("principal_id: azurerm_user_assigned_identity.{label}.principal_id");
                let wait = format!("depends_on: [azurerm_role_assignment.{label}]");
                assert_facts(&text, &[&to, &wait, "principal_type: ServicePrincipal"], &["access_policy"]);
                assert!(text.contains(ROLE));
            } else {
                let to = format!("object_id: azurerm_user_assigned_identity.{label}.principal_id");
                let wait = format!("depends_on: [azurerm_key_vault_access_policy.{label}]");
                assert_facts(
                    &text,
                    &[&to, &wait, "key_permissions: [Get List WrapKey UnwrapKey]"],
                    &["role_assignment"],
                );
            }
        }
        match (&plan.rotation, plan.customer_managed) {
            (Some(after), true) => assert_facts(&text, &[&format!("time_after_creation: {after}")], &[]),
            _ => assert_facts(&text, &[], &["rotation_policy"]),
        }
        if let Some(life) = &plan.expiry {
            assert_facts(&text, &[&format!("expire_after: {life}")], &[]);
        }
    }
}

#[test]
fn what_the_services_refuse_is_refused_with_the_reason() {
    let base = || Plan::new("orders", "westus3");
    for (plan, reason) in [
        (Plan { name: "Orders".into(), ..base() }, "no name for a cluster"),
        (Plan { name: "or".into(), ..base() }, "no name for a cluster"),
        (Plan { name: "a--b".into(), ..base() }, "no name for a cluster"),
        (Plan { name: "a".repeat(39), replica_region: Some("eastus2".into()), ..base() }, "no name for a cluster"),
        (Plan { vault: Some("1kv".into()), ..base() }, "no name for a vault"),
        (Plan { vault: Some("kv--1".into()), ..base() }, "no name for a vault"),
        (Plan { vault: Some("k".repeat(25)), ..base() }, "no name for a vault"),
        (Plan { key: Some("a_b".into()), ..base() }, "no name for a key"),
        (Plan { identity: Some("'; --".into()), ..base() }, "no name for an identity"),
        (Plan { region: "west'us".into(), ..base() }, "no region"),
        (Plan { region: String::new(), ..base() }, "no region"),
        (Plan { replica_region: Some("West US 3".into()), ..base() }, "in the primary's region"),
        (Plan { tier: "M41".into(), ..base() }, "not a tier"),
        (Plan { tier: "M25".into(), replica_region: Some("eastus2".into()), ..base() }, "can't replicate"),
        (Plan { tier: "M25".into(), shards: 2, ..base() }, "one shard only"),
        (Plan { shards: 0, ..base() }, "at least one shard"),
        (Plan { rotation: Some("18 months".into()), ..base() }, "no rotation"),
        (Plan { rotation: Some("P6D".into()), ..base() }, "7 days after"),
        (Plan { rotation: Some("P3Y".into()), ..base() }, "every two years"),
        (Plan { rotation: Some("P90D".into()), expiry: Some("P90D".into()), ..base() }, "7 days before"),
        (Plan { rotation: None, expiry: Some("P90D".into()), ..base() }, "give a rotation too"),
        (Plan { customer_managed: false, hsm: true, ..base() }, "service-managed"),
        (Plan { customer_managed: false, vault: Some("kv1".into()), ..base() }, "service-managed"),
    ] {
        let error = scaffold(&plan, Target::Arm).expect_err(reason);
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().contains(reason), "{}", error.message());
    }
}

/// Other clouds have other hosts; long names make names that still fit.
#[test]
fn regions_and_lengths() {
    let china = scaffold(&Plan::new("orders", "China North 3"), Target::Rest).expect("a plan");
    assert!(china.contains("https://kv-orders.vault.azure.cn/keys/orders-kek"));
    assert!(china.contains("@manage = https://management.chinacloudapi.cn\n"));
    let long =
        Plan { replica_region: Some("eastus2".into()), ..Plan::new("a-name-that-is-long-for-a-cluster", "westus3") };
    let deployment = scaffold(&long, Target::Arm).expect("a plan");
    assert!(deployment.contains("\"kv-a-name-that-is-long\"") && deployment.contains("\"kv-a-name-that-is-long-r\""));
}
