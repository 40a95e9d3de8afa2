//! The tables: rules, error codes, fields of the form, and new deployments.

use crate::value::{Outcome, Thrown, from_js, invalid, to_js};
use cmkit_core::document::form::FIELDS;
use cmkit_core::document::scaffold::{self, Grant, Plan, Target};
use cmkit_core::error::Code;
use cmkit_core::policy;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

/// Every rule, in the order of the table.
#[wasm_bindgen]
pub fn rules() -> JsValue {
    to_js(&policy::rules().collect::<Vec<_>>())
}

/// Every code of an error.
#[wasm_bindgen(js_name = errorCodes)]
pub fn error_codes() -> JsValue {
    to_js(&Code::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>())
}

/// The fields of the form.
#[wasm_bindgen(js_name = formFields)]
pub fn form_fields() -> JsValue {
    to_js(&FIELDS)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Choices {
    name: String,
    region: String,
    tier: Option<String>,
    shards: Option<u32>,
    service_managed: bool,
    access_policy: bool,
    rotation: Option<String>,
    no_rotation: bool,
    expiry: Option<String>,
    hsm: bool,
    replica_region: Option<String>,
    vault: Option<String>,
    key: Option<String>,
    identity: Option<String>,
}

/// A new deployment.
#[wasm_bindgen]
pub fn scaffold(choices: JsValue, to: &str) -> Outcome<String> {
    let choices: Choices = from_js(choices)?;
    let target = match to {
        "arm" => Target::Arm,
        "bicep" => Target::Bicep,
        "terraform" => Target::Terraform,
        "az" => Target::AzureCli,
        "rest" => Target::Rest,
        _ => return Err(invalid(format!("`{to}` is not a target: `arm`, `bicep`, `terraform`, `az` or `rest`"))),
    };
    let mut plan = Plan::new(choices.name, choices.region);
    plan.tier = choices.tier.unwrap_or(plan.tier);
    plan.shards = choices.shards.unwrap_or(plan.shards);
    plan.customer_managed = !choices.service_managed;
    if choices.access_policy {
        plan.grant = Grant::Policy;
    }
    plan.rotation = if choices.no_rotation { None } else { choices.rotation.or(plan.rotation) };
    plan.expiry = choices.expiry;
    plan.hsm = choices.hsm;
    plan.replica_region = choices.replica_region;
    (plan.vault, plan.key, plan.identity) = (choices.vault, choices.key, choices.identity);
    scaffold::scaffold(&plan, target).or_throw()
}
