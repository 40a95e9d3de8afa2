//! Pairs of deployments and Terraform plans, and what becomes of the cluster.

use super::*;
use crate::document::{self, json};
use crate::policy::Finding;
use alloc::format;
use alloc::string::ToString;
use serde_json::{Value, json};

const STATE: &str = include_str!("../../document/terraform/tests/state.json");
const SWAP: &str = include_str!("../../document/terraform/tests/swap.json");
const PLAN: &str = include_str!("../../document/terraform/tests/plan.json");
const GOLDEN: &str = include_str!("../../../../../examples/deploy/golden.json");

fn at() -> Timestamp {
    Timestamp::parse("2026-12-01").expect("a time")
}

fn read(value: &Value) -> Deployment {
    document::read(&[("file.json", &value.to_string())]).unwrap_or_else(|error| panic!("{error}"))
}

fn plain(text: &str) -> Value {
    json::tests::plain(&json::parse(text).expect("JSON"))
}

const ENCRYPTION: &str = "/resources/4/properties/encryption/customerManagedKeyEncryption";

/// Puts a value, or takes one away.
fn set(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (before, last) = pointer.rsplit_once('/').expect("a pointer");
    match (document.pointer_mut(before).expect(pointer), value) {
        (Value::Array(values), Some(value)) => values[last.parse::<usize>().expect("an index")] = value,
        (Value::Array(values), None) => drop(values.remove(last.parse::<usize>().expect("an index"))),
        (object, Some(value)) => drop(object.as_object_mut().expect(pointer).insert(last.into(), value)),
        (object, None) => drop(object.as_object_mut().expect(pointer).remove(last)),
    }
}

/// The golden template with the vault's name written out, so that names can be compared.
fn golden(changes: &[(&str, Option<Value>)]) -> Deployment {
    let mut template = plain(GOLDEN);
    set(&mut template, "/parameters/vaultName/defaultValue", Some(json!("kv-orders")));
    for (pointer, value) in changes {
        set(&mut template, pointer, value.clone());
    }
    read(&template)
}

#[test]
fn the_service_changes_some_things_in_place_and_others_never() {
    let encryption = "/resources/4/properties/encryption";
    let url = &format!("{ENCRYPTION}/keyEncryptionKeyUrl");
    let identity = &format!("{ENCRYPTION}/keyEncryptionKeyIdentity/userAssignedIdentityResourceId");
    let shards = "/resources/4/properties/sharding/shardCount";
    let none: &[(&str, Option<Value>)] = &[];
    let smk: &[_] = &[(encryption, None), ("/resources/4/identity", None)];
    let two: &[_] = &[(shards, Some(json!(2)))];
    let smk_two: &[_] = &[smk, two].concat();
    let other_key: &[_] = &[(url.as_str(), Some(json!("https://kv-orders.vault.azure.net/keys/next")))];
    let open_key: &[_] = &[(url.as_str(), Some(json!("[parameters('key')]")))];
    let other_id =
        json!("/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/next");
    let other_identity: &[_] = &[(identity.as_str(), Some(other_id))];
    let moved: &[_] = &[("/resources/4/location", Some(json!("East US 2")))];
    let west: &[_] = &[("/resources/4/location", Some(json!("westus3")))];
    let tier: &[_] = &[("/resources/4/properties/compute/tier", Some(json!("M80")))];
    let renamed: &[_] = &[("/parameters/clusterName/defaultValue", Some(json!("invoices")))];
    let grant_gone: &[_] = &[("/resources/3", None)];
    let by_policy: &[_] = &[("/resources/1/properties/enableRbacAuthorization", Some(json!(false)))];
    let firewall: &[_] = &[("/resources/1/properties/networkAcls/bypass", Some(json!("None")))];
    let disabled: &[_] = &[("/resources/2/properties/attributes", Some(json!({ "enabled": false })))];
    let key_gone: &[_] = &[("/resources/2", None)];
    let identity_added: &[_] = &[(encryption, None)];
    for (before, after, effect) in [
        (none, none, Effect::NoChange),
        (none, tier, Effect::InPlace),
        (none, other_key, Effect::Resend),
        (none, open_key, Effect::Unknown),
        (none, other_identity, Effect::Resend),
        (none, smk, Effect::Impossible),
        (smk, none, Effect::Impossible),
        (smk, identity_added, Effect::Impossible),
        (none, two, Effect::Impossible),
        (smk, smk_two, Effect::InPlace),
        (two, none, Effect::Unknown),
        (west, moved, Effect::Impossible),
        (none, renamed, Effect::Deletes),
        (none, grant_gone, Effect::CutsOff),
        (none, by_policy, Effect::CutsOff),
        (none, firewall, Effect::CutsOff),
        (none, disabled, Effect::CutsOff),
        (none, key_gone, Effect::Unknown),
        (disabled, disabled, Effect::NoChange),
    ] {
        let plan = plan(&golden(before), &golden(after), at(), &Options::default());
        assert_eq!(plan.effect, effect, "{before:?} -> {after:?}: {plan:#?}");
        for step in plan.clusters.iter().flat_map(|cluster| &cluster.steps) {
            assert_eq!(step.file, "file.json", "{step:?}");
            assert!(step.span.line >= 1, "{step:?}");
            assert!(!step.effect.is_harmful() || !step.safe_way.is_empty(), "{step:?}");
        }
    }
}

#[test]
fn a_removed_cluster_is_deleted_and_another_is_made() {
    let renamed = golden(&[("/parameters/clusterName/defaultValue", Some(json!("invoices")))]);
    let plan = plan(&golden(&[]), &renamed, at(), &Options::default());
    let shown: Vec<_> = plan.clusters.iter().map(|cluster| (cluster.name.as_str(), cluster.effect)).collect();
    assert_eq!(shown, [("invoices", Effect::Create), ("orders", Effect::Deletes)]);
}

#[test]
fn an_identity_made_anew_under_its_name_has_no_grant() {
    let other = STATE.replace("77777777-0000-4000-8000-000000000001", "88888888-0000-4000-8000-000000000001");
    let read = |text: &str| document::read(&[("state.json", text)]).expect("a state");
    let plan = plan(&read(STATE), &read(&other), at(), &Options::default());
    assert_eq!(plan.effect, Effect::CutsOff, "{plan:#?}");
    assert!(plan.clusters[0].steps.iter().any(|step| step.message.contains("made anew under the same name")));
}

#[test]
fn a_template_and_what_terraform_made_of_it_are_compared() {
    let state = document::read(&[("state.json", STATE)]).expect("a state");
    let plan = plan(&state, &golden(&[]), at(), &Options::default());
    assert_eq!(plan.clusters.len(), 1, "{plan:#?}");
    assert_eq!(plan.effect, Effect::Resend, "{plan:#?}");
}

fn change_of<'v>(plan: &'v mut Value, address: &str) -> &'v mut Value {
    let changes = plan["resource_changes"].as_array_mut().expect("changes");
    changes.iter_mut().find(|change| change["address"] == address).expect(address)
}

fn replace(plan: &mut Value, address: &str, actions: Value) {
    let change = change_of(plan, address);
    change["change"]["actions"] = actions;
    change["action_reason"] = json!("replace_because_cannot_update");
    change["change"]["replace_paths"] = json!([["name"]]);
}

/// The plan of a key swap with the cluster left alone.
fn still() -> Value {
    let mut plan = plain(SWAP);
    let change = change_of(&mut plan, "azurerm_mongo_cluster.orders");
    change["change"]["after"] = change["change"]["before"].clone();
    change["change"]["after_unknown"] = json!({});
    change["change"]["actions"] = json!(["no-op"]);
    let before = change["change"]["before"].clone();
    let resources = plan["planned_values"]["root_module"]["resources"].as_array_mut().expect("resources");
    resources.iter_mut().find(|one| one["type"] == "azurerm_mongo_cluster").expect("the cluster")["values"] = before;
    plan
}

fn of_plan(value: &Value) -> (ChangePlan, Vec<Finding>) {
    let deployment = read(value);
    let report = check(&deployment, at(), &Options::default());
    let failed = report.findings.into_iter().filter(|f| f.verdict == Verdict::Fail && f.code.starts_with("CMK61"));
    (planned(&deployment, at(), &Options::default()), failed.collect())
}

#[test]
fn terraform_destroys_a_cluster_for_what_the_service_does_in_place() {
    let (plan, failed) = of_plan(&plain(SWAP));
    assert_eq!(plan.effect, Effect::Destroys, "{plan:#?}");
    let step = &plan.clusters[0].steps[0];
    assert_eq!((step.code, step.data_at_risk.as_deref()), (Some("CMK6104"), Some("all of it")));
    let way = step.safe_way.join("\n");
    for part in [
        "prevent_destroy",
        "ignore_changes = [customer_managed_key",
        "az rest --method patch",
        "terraform apply -refresh-only",
        "https://kv-orders-prod.vault.azure.net/keys/orders-next",
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-orders/providers/Microsoft.DocumentDB/mongoClusters/orders",
    ] {
        assert!(way.contains(part), "{part}: {way}");
    }
    assert_eq!(failed.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["CMK6104"]);
    assert!(failed[0].pointer.ends_with("/change/replace_paths"), "{failed:?}");
}

/// What it is, what it does to a plan, the rule that fails, and the effect.
type Case<'c> = (&'c str, &'c dyn Fn(&mut Value), &'c str, Effect);

#[test]
fn each_way_to_lose_a_cluster_has_its_rule() {
    let cluster = "azurerm_mongo_cluster.orders";
    let none = |_: &mut Value| {};
    let cases: [Case<'_>; 10] = [
        ("nothing", &none, "", Effect::NoChange),
        (
            "mode",
            &|plan| {
                replace(plan, cluster, json!(["delete", "create"]));
                let resources = plan["planned_values"]["root_module"]["resources"].as_array_mut().expect("resources");
                let planned = resources.iter_mut().find(|one| one["address"] == cluster).expect("the cluster");
                planned["values"]["customer_managed_key"] = json!([]);
                let config = plan["configuration"]["root_module"]["resources"].as_array_mut().expect("resources");
                let block = config.iter_mut().find(|one| one["address"] == cluster).expect("the cluster");
                drop(block["expressions"].as_object_mut().expect("expressions").remove("customer_managed_key"));
            },
            "CMK6101",
            Effect::Destroys,
        ),
        (
            "shards",
            &|plan| {
                replace(plan, cluster, json!(["create", "delete"]));
                let resources = plan["planned_values"]["root_module"]["resources"].as_array_mut().expect("resources");
                resources.iter_mut().find(|one| one["address"] == cluster).expect("it")["values"]["shard_count"] =
                    json!(3);
            },
            "CMK6102",
            Effect::Destroys,
        ),
        ("name", &|plan| replace(plan, cluster, json!(["delete", "create"])), "CMK6103", Effect::Destroys),
        (
            "deleted",
            &|plan| {
                let change = change_of(plan, cluster);
                change["change"]["actions"] = json!(["delete"]);
                change["change"]["after"] = json!(null);
                change["action_reason"] = json!("delete_because_no_resource_config");
                let resources = plan["planned_values"]["root_module"]["resources"].as_array_mut().expect("resources");
                resources.retain(|one| one["address"] != cluster);
            },
            "CMK6105",
            Effect::Deletes,
        ),
        (
            "key",
            &|plan| replace(plan, "azurerm_key_vault_key.kek", json!(["delete", "create"])),
            "CMK6106",
            Effect::CutsOff,
        ),
        (
            "key deleted",
            &|plan| replace(plan, "azurerm_key_vault_key.kek", json!(["delete"])),
            "CMK6106",
            Effect::CutsOff,
        ),
        (
            "vault",
            &|plan| replace(plan, "azurerm_key_vault.kv", json!(["delete", "create"])),
            "CMK6107",
            Effect::CutsOff,
        ),
        (
            "identity",
            &|plan| replace(plan, "azurerm_user_assigned_identity.cmk", json!(["create", "delete"])),
            "CMK6108",
            Effect::CutsOff,
        ),
        (
            "grant",
            &|plan| {
                replace(plan, "azurerm_role_assignment.cmk", json!(["delete"]));
                let resources = plan["planned_values"]["root_module"]["resources"].as_array_mut().expect("resources");
                resources.retain(|one| one["address"] != "azurerm_role_assignment.cmk");
            },
            "",
            Effect::CutsOff,
        ),
    ];
    for (name, change, code, effect) in cases {
        let mut value = still();
        change(&mut value);
        let (plan, failed) = of_plan(&value);
        assert_eq!(plan.effect, effect, "{name}: {plan:#?}");
        let codes: Vec<_> = failed.iter().map(|finding| finding.code).collect();
        assert_eq!(codes.join(" "), code, "{name}: {failed:#?}");
    }
}

#[test]
fn what_the_plan_does_not_tell_is_unknown() {
    let cluster = "azurerm_mongo_cluster.orders";
    let unknown = |value: &Value, code: &str| {
        let report = check(&read(value), at(), &Options::default());
        let found = report.findings.into_iter().find(|finding| finding.code == code);
        assert!(matches!(found, Some(Finding { verdict: Verdict::Unknown { .. }, .. })), "{code}: {found:?}");
    };
    let update = |unknown: Value| {
        let mut value = still();
        let change = change_of(&mut value, cluster);
        change["change"]["actions"] = json!(["update"]);
        change["change"]["after_unknown"] = unknown;
        value
    };
    unknown(&update(json!({ "customer_managed_key": true })), "CMK6101");
    unknown(&update(json!({ "shard_count": true })), "CMK6102");
    // Which key a cluster is under, and what of it goes, may both be known only after apply.
    let mut value =
        update(json!({ "customer_managed_key": [{ "key_vault_key_id": true, "user_assigned_identity_id": true }] }));
    change_of(&mut value, cluster)["change"]["before_sensitive"] =
        json!({ "customer_managed_key": [{ "key_vault_key_id": true, "user_assigned_identity_id": true }] });
    change_of(&mut value, cluster)["change"]["before"]["customer_managed_key"] =
        json!([{ "key_vault_key_id": "secret", "user_assigned_identity_id": "secret" }]);
    replace(&mut value, "azurerm_key_vault_key.kek", json!(["delete"]));
    replace(&mut value, "azurerm_key_vault.kv", json!(["delete"]));
    replace(&mut value, "azurerm_user_assigned_identity.cmk", json!(["delete"]));
    for code in ["CMK6106", "CMK6107", "CMK6108"] {
        unknown(&value, code);
    }
}

#[test]
fn a_cluster_of_azapi_is_compared_with_what_it_was() {
    let mut plan = plain(include_str!("../../document/terraform/tests/azapi.json"));
    let change = change_of(&mut plan, "azapi_resource.orders");
    let mut before = change["change"]["after"].clone();
    before["id"] = json!("/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/mongoClusters/orders");
    before["body"]["properties"]["encryption"] = json!(null);
    change["change"]["before"] = before;
    change["change"]["actions"] = json!(["update"]);
    let (plan, failed) = of_plan(&plan);
    assert_eq!(plan.effect, Effect::Impossible, "{plan:#?}");
    assert_eq!(failed.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["CMK6101"]);
}

#[test]
fn a_plan_that_makes_everything_has_no_before() {
    let (plan, failed) = of_plan(&plain(PLAN));
    assert_eq!((plan.effect, failed.len()), (Effect::Create, 0), "{plan:#?}");
    let deployment = read(&plain(PLAN));
    let report = check(&deployment, at(), &Options::default());
    assert!(report.not_applicable.contains(&"CMK6103"), "{:?}", report.not_applicable);
    let report = check(&read(&plain(STATE)), at(), &Options::default());
    assert!(report.not_applicable.contains(&"CMK6103"), "{:?}", report.not_applicable);
    let report = check(&read(&still()), at(), &Options::default());
    assert!(report.passed.contains(&"CMK6103"), "{:?}", report.passed);
}

#[test]
fn effects_are_in_order_of_harm() {
    let all = [
        Effect::NoChange,
        Effect::Create,
        Effect::InPlace,
        Effect::Resend,
        Effect::Unknown,
        Effect::CutsOff,
        Effect::Impossible,
        Effect::Deletes,
        Effect::Destroys,
    ];
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(all.iter().filter(|effect| effect.is_harmful()).count(), 4);
    assert!(all.iter().all(|effect| !effect.as_str().is_empty()));
}
