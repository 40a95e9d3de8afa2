//! Complete plans and states, as Terraform shows them, and what becomes of them when something in them is changed.

use crate::document::{self, json};
use crate::policy::{Action, Deployment, Options, Report, Text, Timestamp, Verdict, check};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

const PLAN: &str = include_str!("tests/plan.json");
const STATE: &str = include_str!("tests/state.json");
const SWAP: &str = include_str!("tests/swap.json");
const MODULES: &str = include_str!("tests/modules.json");
const AZAPI: &str = include_str!("tests/azapi.json");
const ALL: [&str; 5] = [PLAN, STATE, SWAP, MODULES, AZAPI];

const KEY: &str = "https://kv-orders-prod.vault.azure.net/keys/orders-kek";

fn read(text: &str) -> Deployment {
    document::read(&[("plan.json", text)]).unwrap_or_else(|error| panic!("{error}"))
}

fn report(text: &str) -> Report {
    check(&read(text), Timestamp::parse("2026-12-01").expect("a time"), &Options::default())
}

/// The codes that fail, in order and each once.
fn failed(report: &Report) -> String {
    codes(report, |verdict| *verdict == Verdict::Fail)
}

/// The codes that the files don't settle.
fn unknown(report: &Report) -> String {
    codes(report, |verdict| matches!(verdict, Verdict::Unknown { .. }))
}

fn codes(report: &Report, of: fn(&Verdict) -> bool) -> String {
    let found: BTreeSet<_> = report.findings.iter().filter(|f| of(&f.verdict)).map(|f| f.code).collect();
    found.into_iter().collect::<Vec<_>>().join(" ")
}

fn plain(text: &str) -> Value {
    json::tests::plain(&json::parse(text).expect("JSON"))
}

/// The blocks of a resource in a plan: its values, what is unknown of it, and its expressions.
const BLOCKS: [&str; 3] = ["values", "unknown", "expressions"];

/// A change of a plan: `values.ADDRESS.PATH`, `unknown.ADDRESS.PATH` or `expressions.ADDRESS.PATH`, where the address is
/// without its type's `azurerm_`; and the new value, or none to remove it.
fn change(plan: &mut Value, path: &str, value: Option<Value>) {
    let mut steps = path.split('/');
    let (block, address) = (steps.next().expect("a block"), steps.next().expect("an address"));
    let address = format!("azurerm_{address}");
    assert!(BLOCKS.contains(&block), "{path}");
    let list = match block {
        "values" => &mut plan["planned_values"]["root_module"]["resources"],
        "unknown" => &mut plan["resource_changes"],
        _ => &mut plan["configuration"]["root_module"]["resources"],
    };
    let mut found = list.as_array_mut().expect("resources").iter_mut();
    let resource = found.find(|one| one["address"] == address.as_str()).expect(path);
    let mut node = match block {
        "values" => &mut resource["values"],
        "unknown" => &mut resource["change"]["after_unknown"],
        _ => &mut resource["expressions"],
    };
    let mut steps: Vec<_> = steps.collect();
    let last = steps.pop().expect("a step");
    for step in steps {
        node = match node {
            Value::Array(values) => &mut values[step.parse::<usize>().expect("an index")],
            object => &mut object[step],
        };
    }
    let object = node.as_object_mut().expect(path);
    match value {
        Some(value) => drop(object.insert(last.into(), value)),
        None => drop(object.remove(last).expect(path)),
    }
}

fn changed(changes: &[(&str, Option<Value>)]) -> String {
    let mut plan = plain(PLAN);
    for (path, value) in changes {
        change(&mut plan, path, value.clone());
    }
    serde_json::to_string_pretty(&plan).expect("text")
}

fn refers(to: &str) -> Option<Value> {
    let whole: Vec<_> = to.split('.').take(2).collect();
    Some(json!({ "references": [to, whole.join(".")] }))
}

const KEY_ID: &str = "expressions/mongo_cluster.orders/customer_managed_key/0/key_vault_key_id";
const KEY_IDENTITY: &str = "expressions/mongo_cluster.orders/customer_managed_key/0/user_assigned_identity_id";
const PRINCIPAL: &str = "expressions/role_assignment.cmk/principal_id";
const SCOPE: &str = "expressions/role_assignment.cmk/scope";
const ROLE: &str = "values/role_assignment.cmk/role_definition_name";

#[test]
fn references_say_what_a_value_will_be() {
    let url = |plan: &str| read(plan).clusters[0].encryption.known().expect("a key").key_url.known().cloned();
    let of = |to: &str| url(&changed(&[(KEY_ID, refers(to))])).map(|text| text.to_string());
    let arm = "/subscriptions/{subscription().subscriptionId}/resourceGroups/rg-orders/providers/Microsoft.KeyVault/vaults/kv-orders-prod/keys/orders-kek";
    for (to, worth) in [
        ("azurerm_key_vault_key.kek.versionless_id", KEY.to_string()),
        ("azurerm_key_vault_key.kek.id", format!("{KEY}/{{the key's current version}}")),
        ("azurerm_key_vault_key.kek.resource_versionless_id", arm.to_string()),
        ("azurerm_key_vault_key.kek.resource_id", format!("{arm}/versions/{{the key's current version}}")),
        (
            "azurerm_key_vault.kv.vault_uri",
            "https://kv-orders-prod.vault.azure.net/{a path that the plan does not tell}".into(),
        ),
        ("random_string.key.result", "none".into()),
        ("local.key", "none".into()),
        ("azurerm_key_vault_key.gone.versionless_id", "none".into()),
    ] {
        assert_eq!(of(to).unwrap_or_else(|| "none".into()), worth, "{to}");
    }
    assert_eq!(url(MODULES), Some(Text::literal(KEY)));
    assert_eq!(url(STATE), Some(Text::literal(KEY)));
    assert_eq!(url(AZAPI), Some(Text::literal(KEY)));
}

#[test]
fn wrong_plans_have_the_findings_that_wrong_templates_have() {
    for (changes, expected) in [
        (Vec::from([(KEY_ID, refers("azurerm_key_vault_key.kek.id"))]), "CMK3001"),
        (Vec::from([(KEY_ID, refers("azurerm_key_vault_key.kek.resource_versionless_id"))]), "CMK3003"),
        (Vec::from([(KEY_IDENTITY, refers("azurerm_user_assigned_identity.cmk.principal_id"))]), "CMK4003"),
        (Vec::from([(PRINCIPAL, refers("azurerm_user_assigned_identity.cmk.client_id"))]), "CMK4102"),
        (Vec::from([(PRINCIPAL, refers("azurerm_user_assigned_identity.cmk.id"))]), "CMK4102"),
        (Vec::from([(ROLE, Some(json!("Key Vault Contributor")))]), "CMK4103"),
        (Vec::from([(ROLE, Some(json!("Key Vault Administrator")))]), "CMK4112"),
        (Vec::from([(SCOPE, refers("azurerm_resource_group.orders.id"))]), ""),
        (Vec::from([(SCOPE, refers("azurerm_key_vault_key.kek.resource_versionless_id"))]), ""),
        (Vec::from([("values/key_vault.kv/purge_protection_enabled", Some(json!(false)))]), "CMK1002"),
        (Vec::from([("values/key_vault.kv/purge_protection_enabled", Some(json!(null)))]), "CMK1002"),
        (Vec::from([("values/key_vault.kv/soft_delete_retention_days", Some(json!(7)))]), "CMK1004"),
        (Vec::from([("values/key_vault.kv/public_network_access_enabled", Some(json!(true)))]), "CMK5003"),
        (Vec::from([("values/key_vault.kv/location", Some(json!("East US 2")))]), "CMK6005"),
        (
            Vec::from([("values/key_vault.kv/tenant_id", Some(json!("bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee")))]),
            "CMK6007",
        ),
        (Vec::from([("values/key_vault_key.kek/key_opts", Some(json!(["sign"])))]), "CMK2008"),
        (Vec::from([("values/key_vault_key.kek/expiration_date", Some(json!("2026-11-01T00:00:00Z")))]), "CMK2006"),
        (Vec::from([("values/key_vault_key.kek/key_type", Some(json!("RSA-HSM")))]), "CMK1006"),
        (Vec::from([("values/key_vault_key.kek/key_size", Some(json!("big")))]), "CMK9001"),
    ] {
        let text = changed(&changes);
        let report = report(&text);
        assert_eq!(failed(&report), expected, "{changes:?}: {:#?}", report.findings);
    }
}

#[test]
fn what_a_plan_does_not_tell_is_unknown() {
    for (changes, expected) in [
        (Vec::from([(PRINCIPAL, refers("local.principal"))]), "CMK4101"),
        (Vec::from([(KEY_ID, refers("local.key"))]), "CMK6002"),
        (Vec::from([(KEY_ID, Some(json!({ "references": ["azurerm_key_vault_key.kek", "each.key"] })))]), "CMK6002"),
        (Vec::from([("unknown/key_vault.kv/purge_protection_enabled", Some(json!(true)))]), "CMK1002"),
        (Vec::from([("unknown/key_vault_key.kek/key_size", Some(json!(true)))]), "CMK2002"),
    ] {
        let report = report(&changed(&changes));
        assert!(unknown(&report).contains(expected), "{changes:?}: {:#?}", report.findings);
        assert_eq!(failed(&report), "", "{changes:?}: {:#?}", report.findings);
    }
}

#[test]
fn a_cluster_waits_for_its_grant_or_not() {
    let cluster = |plan: &mut Value, edit: fn(&mut Value)| {
        let resources = plan["configuration"]["root_module"]["resources"].as_array_mut().expect("resources");
        edit(resources.iter_mut().find(|one| one["type"] == "azurerm_mongo_cluster").expect("the cluster"));
    };
    let mut plan = plain(PLAN);
    cluster(&mut plan, |cluster| drop(cluster.as_object_mut().expect("an object").remove("depends_on")));
    assert_eq!(failed(&report(&plan.to_string())), "CMK4110");

    // A pause after the grant is of another provider, and counts.
    cluster(&mut plan, |cluster| cluster["depends_on"] = json!(["time_sleep.grant"]));
    let pause = json!({ "address": "time_sleep.grant", "mode": "managed", "type": "time_sleep", "name": "grant",
        "expressions": { "create_duration": { "constant_value": "10m" } }, "depends_on": ["azurerm_role_assignment.cmk"] });
    plan["configuration"]["root_module"]["resources"].as_array_mut().expect("resources").push(pause);
    assert_eq!(failed(&report(&plan.to_string())), "");

    // What a local rests on is not in a plan.
    cluster(&mut plan, |cluster| {
        cluster["depends_on"] = json!([]);
        cluster["expressions"]["identity"][0]["identity_ids"] = json!({ "references": ["local.ids"] });
    });
    assert!(unknown(&report(&plan.to_string())).contains("CMK4110"));

    // Of modules, the output of the one waits for the grant in it.
    let mut modules = plain(MODULES);
    let outputs = &mut modules["configuration"]["root_module"]["module_calls"]["key"]["module"]["outputs"];
    drop(outputs["versionless_id"].as_object_mut().expect("an output").remove("depends_on"));
    assert_eq!(failed(&report(&modules.to_string())), "CMK4110");
}

#[test]
fn sensitive_values_are_neither_read_nor_shown() {
    for text in ALL {
        let deployment = Deployment { files: Vec::new(), ..read(text) };
        assert!(!format!("{deployment:?}").contains("not-printed-ever"));
        assert!(!format!("{:?}", report(text)).contains("not-printed-ever"));
    }
    let mut plan = plain(PLAN);
    let resources = plan["planned_values"]["root_module"]["resources"].as_array_mut().expect("resources");
    resources.iter_mut().find(|one| one["type"] == "azurerm_key_vault").expect("the vault")["sensitive_values"] =
        json!({ "sku_name": true, "purge_protection_enabled": true });
    let text = plan.to_string();
    let deployment = read(&text);
    assert_eq!(deployment.vaults[0].sku.known(), None);
    assert!(unknown(&report(&text)).contains("CMK1002"));
}

#[test]
fn a_block_that_is_unknown_may_be_missing() {
    let missing = changed(&[("values/mongo_cluster.orders/customer_managed_key", None)]);
    assert_eq!(report(&missing).findings, []);
    let mut bare = plain(&missing);
    drop(bare.as_object_mut().expect("an object").remove("resource_changes"));
    let key = read(&bare.to_string()).clusters[0].encryption.known().expect("a key").key_url.clone();
    assert_eq!(key.literal(), Some(KEY));
    // No block at all is a service-managed key.
    let none = changed(&[
        ("values/mongo_cluster.orders/customer_managed_key", Some(json!([]))),
        ("unknown/mongo_cluster.orders/customer_managed_key", Some(json!([]))),
        ("expressions/mongo_cluster.orders/customer_managed_key", None),
    ]);
    assert_eq!(failed(&report(&none)), "CMK6001");
}

#[test]
fn access_policies_are_the_vaults_or_their_own() {
    let policy = json!({ "tenant_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "application_id": "", "secret_permissions": [],
        "key_permissions": ["Get", "List", "WrapKey", "UnwrapKey"] });
    let by_policy = [
        ("values/key_vault.kv/rbac_authorization_enabled", Some(json!(false))),
        ("values/key_vault.kv/access_policy", Some(json!([policy]))),
        ("unknown/key_vault.kv/access_policy", Some(json!([{ "object_id": true, "key_permissions": [false, false] }]))),
        ("expressions/key_vault.kv/access_policy", refers("azurerm_user_assigned_identity.cmk.principal_id")),
        ("unknown/key_vault.kv/enable_rbac_authorization", None),
    ];
    assert_eq!(failed(&report(&changed(&by_policy))), "CMK1007");
    let weak = json!([{ "tenant_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "key_permissions": ["Get"] }]);
    let weak = [&by_policy[..], &[("values/key_vault.kv/access_policy", Some(weak))]].concat();
    assert_eq!(failed(&report(&changed(&weak))), "CMK1007 CMK4106");

    // A policy of its own, beside a vault that has none: nothing overwrites it.
    let mut plan = plain(&changed(&[("values/key_vault.kv/rbac_authorization_enabled", Some(json!(false)))]));
    let values = json!({ "tenant_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "application_id": null,
        "key_permissions": ["Get", "List", "WrapKey", "UnwrapKey"] });
    let edit = |one: &mut Value, what: &str, with: Value| {
        one["type"] = json!("azurerm_key_vault_access_policy");
        one["address"] = json!("azurerm_key_vault_access_policy.cmk");
        one[what] = with;
    };
    edit(&mut plan["planned_values"]["root_module"]["resources"][4], "values", values.clone());
    let unknown = json!({ "id": true, "object_id": true, "key_vault_id": true });
    edit(
        &mut plan["resource_changes"][4],
        "change",
        json!({ "actions": ["create"], "after": values, "after_unknown": unknown }),
    );
    let expressions = json!({ "object_id": refers("azurerm_user_assigned_identity.cmk.principal_id"),
        "key_vault_id": refers("azurerm_key_vault.kv.id") });
    edit(&mut plan["configuration"]["root_module"]["resources"][4], "expressions", expressions);
    plan["configuration"]["root_module"]["resources"][5]["depends_on"] = json!(["azurerm_key_vault_access_policy.cmk"]);
    assert_eq!(failed(&report(&plan.to_string())), "CMK1007");
    // Beside a vault with a block of its own, both overwrite each other.
    plan["planned_values"]["root_module"]["resources"][2]["values"]["access_policy"] = json!([]);
    plan["configuration"]["root_module"]["resources"][2]["expressions"]["access_policy"] =
        json!({ "constant_value": [] });
    plan["resource_changes"][2]["change"]["after_unknown"]["access_policy"] = json!(false);
    assert_eq!(failed(&report(&plan.to_string())), "CMK1007 CMK4113");
}

#[test]
fn what_is_no_plan_is_refused_with_what_it_is() {
    let error = |text: &str| document::read(&[("plan.json", text)]).expect_err(text).message().to_string();
    for (text, part) in [
        (r#"{ "format_version": "2.0", "planned_values": {} }"#, "format version `2.0`"),
        (r#"{ "format_version": 1, "planned_values": {} }"#, "format version ``"),
        (r#"{ "planned_values": {} }"#, "no `format_version`"),
        (r#"{ "format_version": "1.2", "planned_values": {}, "errored": true }"#, "ended in an error"),
        (r#"{ "version": 4, "terraform_version": "1.13.0", "lineage": "x", "resources": [] }"#, "state file itself"),
        (r#"resource "azurerm_key_vault" "kv" {}"#, "terraform show -json"),
    ] {
        assert!(error(text).contains(part), "{text}: {}", error(text));
    }
    assert_eq!(read(r#"{ "format_version": "1.2", "terraform_version": "1.13.0" }"#).resources.len(), 0);
}

#[test]
fn a_finding_names_its_resource_wherever_it_stands() {
    let report = report(&changed(&[
        (KEY_ID, refers("azurerm_key_vault_key.kek.id")),
        ("values/key_vault.kv/purge_protection_enabled", Some(json!(false))),
    ]));
    let named: Vec<_> = report.findings.iter().map(|f| (f.code, f.resource.as_deref().unwrap_or_default())).collect();
    let cluster = ("CMK3001", "Microsoft.DocumentDB/mongoClusters orders");
    assert_eq!(named, [cluster, ("CMK1002", "Microsoft.KeyVault/vaults kv-orders-prod")]);
}

#[test]
fn notes_what_the_plan_does() {
    let changes = read(SWAP).changes;
    let made = changes.iter().filter(|change| change.action != Action::Keep);
    let shown: Vec<_> = made.map(|c| (c.address.as_str(), c.action, c.forced_by.join(" "))).collect();
    assert_eq!(
        shown,
        [
            ("azurerm_mongo_cluster.orders", Action::Replace, "customer_managed_key.0.key_vault_key_id".into()),
            ("azurerm_key_vault_key.next", Action::Create, String::new()),
        ]
    );
    let change = changes.iter().find(|change| change.action == Action::Replace).expect("a replacement");
    let before = change.cluster.as_ref().and_then(|cluster| cluster.encryption.known()).expect("the key before");
    assert_eq!(before.key_url.literal(), Some(KEY));
    assert_eq!(change.changed, ["connection_strings", "customer_managed_key", "id"]);
    assert_eq!(read(STATE).changes.len(), 0);
    assert_eq!(read(PLAN).changes.len(), 7);
}

/// A small generator (xorshift); the same numbers in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("small")
    }
}

/// Replaces a value somewhere below by one of another kind.
fn spoil(value: &mut Value, random: &mut Random) {
    let deeper = random.below(8) > 0;
    match value {
        Value::Array(values) if deeper && !values.is_empty() => {
            let index = random.below(values.len());
            spoil(&mut values[index], random);
        }
        Value::Object(members) if deeper && !members.is_empty() => {
            let index = random.below(members.len());
            spoil(members.values_mut().nth(index).expect("a member"), random);
        }
        value => {
            let kinds = [
                json!(null),
                json!(true),
                json!(7),
                json!(""),
                json!("[0].["),
                json!([]),
                json!({}),
                json!([[{}]]),
                json!({ "references": ["module.key.versionless_id", "var.key_id", "azurerm_mongo_cluster.orders.id"] }),
            ];
            *value = kinds[random.below(kinds.len())].clone();
        }
    }
}

#[test]
fn no_plan_is_too_odd_to_be_read() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for text in ALL {
        let whole = plain(text);
        for _ in 0..40 {
            let mut plan = whole.clone();
            for _ in 0..=random.below(4) {
                spoil(&mut plan, &mut random);
            }
            let spoiled = plan.to_string();
            if let Ok(deployment) = document::read(&[("plan.json", &spoiled)]) {
                let _ = check(&deployment, Timestamp::parse("2026-12-01").expect("a time"), &Options::default());
            }
            let cut = random.below(text.len());
            assert!(document::read(&[("plan.json", text.get(..cut).unwrap_or_default())]).is_err());
        }
    }
}

#[test]
fn references_in_circles_come_to_an_end() {
    let mut plan = plain(MODULES);
    let calls = &mut plan["configuration"]["root_module"]["module_calls"];
    calls["db"]["expressions"]["key_id"] = json!({ "references": ["module.key.versionless_id"] });
    calls["key"]["module"]["outputs"]["versionless_id"]["expression"] = json!({ "references": ["var.location"] });
    calls["key"]["expressions"]["location"] = json!({ "references": ["module.key.versionless_id"] });
    assert!(!unknown(&report(&plan.to_string())).is_empty());
    let own = changed(&[
        ("expressions/key_vault_key.kek/key_vault_id", refers("azurerm_key_vault_key.kek.key_vault_id")),
        ("expressions/key_vault_key.kek/name", refers("azurerm_key_vault_key.kek.name")),
        ("values/key_vault_key.kek/name", None),
    ]);
    assert!(!unknown(&report(&own)).is_empty());
}

#[test]
fn good_plans_and_states_have_no_findings() {
    for (name, text) in [("plan", PLAN), ("state", STATE), ("modules", MODULES), ("azapi", AZAPI)] {
        let report = report(text);
        assert_eq!(failed(&report), "", "{name}: {:#?}", report.findings);
        // A state tells neither how a living cluster is nor which versions its key has.
        let open = if name == "state" { "CMK7009 CMK7010 CMK8001 CMK8002 CMK8003" } else { "" };
        assert_eq!(unknown(&report), open, "{name}: {:#?}", report.findings);
    }
}

/// What a template deploys is not in a plan: it may be what the plan lacks.
#[test]
fn a_template_in_a_plan_may_hold_what_is_missing() {
    let deployment = |mode: &str| {
        format!(
            r#"{{ "format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {{ "root_module": {{ "resources": [
            {{ "address": "azurerm_resource_group_template_deployment.grants", "mode": "{mode}", "name": "grants",
               "type": "azurerm_resource_group_template_deployment", "values": {{ "name": "grants" }} }} ] }} }} }}"#
        )
    };
    let linked = |mode: &str| read(&deployment(mode)).linked;
    assert_eq!(linked("managed").len(), 1);
    assert!(linked("data").is_empty());
}
