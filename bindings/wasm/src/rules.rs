//! The tables: rules, error codes, fields of the form, and new deployments.

use crate::fields::Fields;
use crate::value::{Outcome, Thrown, to_js};
use cmkit_core::document::form::FIELDS;
use cmkit_core::document::scaffold::{self, Grant, Plan, Target};
use cmkit_core::error::Code;
use cmkit_core::policy;
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

/// What can be chosen of a new deployment.
const CHOICES: &[&str] = &[
    "name",
    "region",
    "tier",
    "shards",
    "serviceManaged",
    "accessPolicy",
    "rotation",
    "noRotation",
    "expiry",
    "hsm",
    "replicaRegion",
    "vault",
    "key",
    "identity",
];

/// A new deployment.
#[wasm_bindgen]
pub fn scaffold(choices: JsValue, to: &str) -> Outcome<String> {
    let choices = Fields::of(choices, CHOICES)?;
    let text = |name: &str| choices.text(name);
    let mut plan = Plan::new(text("name")?.unwrap_or_default(), text("region")?.unwrap_or_default());
    plan.tier = text("tier")?.unwrap_or(plan.tier);
    plan.shards = choices.number("shards")?.map_or(plan.shards, |shards| u32::try_from(shards).unwrap_or(u32::MAX));
    plan.customer_managed = !choices.flag("serviceManaged")?;
    if choices.flag("accessPolicy")? {
        plan.grant = Grant::Policy;
    }
    plan.rotation = if choices.flag("noRotation")? { None } else { text("rotation")?.or(plan.rotation) };
    plan.expiry = text("expiry")?;
    plan.hsm = choices.flag("hsm")?;
    plan.replica_region = text("replicaRegion")?;
    (plan.vault, plan.key, plan.identity) = (text("vault")?, text("key")?, text("identity")?);
    scaffold::scaffold(&plan, Target::parse(to).or_throw()?).or_throw()
}
