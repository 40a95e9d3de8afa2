//! The tables: rules and fields of the form; and new deployments.

use super::to_python;
use crate::error::Raise;
use cmkit::document::form::FIELDS;
use cmkit::document::scaffold::{Grant, Plan, Target, scaffold as write};
use cmkit::policy;
use pyo3::prelude::*;

/// Every rule, in the order of the table.
#[pyfunction]
pub(crate) fn rules(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    to_python(py, &policy::rules().collect::<Vec<_>>())
}

/// The fields of the form.
#[pyfunction]
pub(crate) fn form_fields(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    to_python(py, FIELDS)
}

/// What is chosen of a new deployment.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Choices {
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
#[pyfunction]
#[pyo3(signature = (choices, to, /))]
pub(crate) fn scaffold(py: Python<'_>, choices: Choices, to: &str) -> PyResult<String> {
    let mut plan = Plan::new(choices.name, choices.region);
    plan.tier = choices.tier.unwrap_or(plan.tier);
    plan.shards = choices.shards.unwrap_or(plan.shards);
    plan.customer_managed = !choices.service_managed;
    if choices.access_policy {
        plan.grant = Grant::Policy;
    }
    plan.rotation = if choices.no_rotation { None } else { choices.rotation.or(plan.rotation) };
    (plan.expiry, plan.hsm, plan.replica_region) = (choices.expiry, choices.hsm, choices.replica_region);
    (plan.vault, plan.key, plan.identity) = (choices.vault, choices.key, choices.identity);
    write(&plan, Target::parse(to).or_raise(py)?).or_raise(py)
}
