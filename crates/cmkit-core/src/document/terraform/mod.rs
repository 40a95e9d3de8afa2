//! Plans and states of Terraform, as `terraform show -json` writes them.
//!
//! A plan is read as what will be there after apply: its planned values, with the data that it read. What is known only
//! after apply follows the references of the configuration, or is unknown. What the plan does to each resource is noted
//! beside. Sensitive values are never read.

mod at;
mod azapi;
mod body;
mod change;
mod order;
mod plan;
mod reference;
mod vault;

use super::Reading;
use super::detect::Kind;
use super::json::Value;
use super::refuse;
use super::scope::Node;
use crate::error::Error;
use crate::policy::{Deployment, Fact, Oddity, Resource, ResourceId, Text};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;
use at::At;
use core::cell::RefCell;
use plan::{Instance, Plan};

const CLUSTERS: &str = "Microsoft.DocumentDB/mongoClusters";

/// Whether a document is a plan or a state that can be read; the error says why one can't.
pub(super) fn recognise(document: &Value<'_>) -> Result<bool, Error> {
    let has = |name: &str| document.get(name).is_some();
    if has("lineage") && has("terraform_version") {
        return refuse("this is a state file itself: give what `terraform show -json` makes of it".to_owned());
    }
    let shown = has("planned_values") || has("resource_changes") || has("terraform_version");
    let Some(version) = document.get("format_version").filter(|_| shown) else {
        return if shown {
            refuse("this looks like a Terraform plan, but it has no `format_version`: give what `terraform show -json` writes".to_owned())
        } else {
            Ok(false)
        };
    };
    let version = version.as_str().unwrap_or_default();
    if version.split('.').next() != Some("1") {
        let version: alloc::string::String = version.chars().take(16).collect();
        return refuse(format!(
            "this plan has format version `{version}`; version 1 is read, which Terraform 1.1 and newer write"
        ));
    }
    if document.get("errored").is_some_and(|errored| matches!(errored.kind, super::json::Kind::Bool(true))) {
        return refuse("this plan ended in an error, so it is not complete: mend that and plan again".to_owned());
    }
    Ok(true)
}

/// Reads plans and states; documents of other kinds are left to their readers.
pub(super) fn read(documents: &[(Node<'_>, Kind)], reading: &mut Reading) {
    let Reading { deployment, oddities } = reading;
    for (root, _) in documents.iter().filter(|(_, kind)| *kind == Kind::Terraform) {
        let plan = Plan::new(root);
        for one in &plan.instances {
            let index = deployment.resources.len();
            resource(&plan, one, oddities, deployment);
            let also = [&one.config, &one.change].into_iter().flatten().filter(|_| deployment.resources.len() > index);
            deployment.also.extend(also.map(|node| (node.place(), index)));
        }
        change::read(&plan, oddities, deployment);
    }
}

fn resource<'a>(plan: &Plan<'a>, one: &Instance<'a>, oddities: &RefCell<Vec<Oddity>>, deployment: &mut Deployment) {
    if one.kind.ends_with("_template_deployment") && !one.data {
        let name = Text::literal(one.address.as_str());
        deployment.linked.push(ResourceId::of("Microsoft.Resources/deployments", name));
    }
    if plan.arm_type(one).is_none() {
        return;
    }
    let at = At::new(plan, one, oddities);
    let header = header(plan, one, &at);
    let resource = header.clone();
    match one.kind {
        "azurerm_mongo_cluster" => deployment.clusters.push(body::cluster(resource, &at)),
        "azurerm_user_assigned_identity" => {
            deployment.identities.push(body::identity(resource, &at, plan.tenant.as_ref()));
        }
        "azurerm_key_vault" => deployment.vaults.push(vault::vault(resource, &at)),
        "azurerm_key_vault_key" => deployment.keys.push(vault::key(resource, &at)),
        "azurerm_key_vault_access_policy" => deployment.policy_grants.push(vault::policy_grant(resource, &at)),
        "azurerm_role_assignment" => deployment.role_assignments.push(body::role_assignment(resource, &at)),
        "azurerm_role_definition" => deployment.role_definitions.push(body::role_definition(resource, &at)),
        "azurerm_management_lock" => deployment.locks.push(body::lock(resource, &at)),
        "azapi_resource" => return azapi::read(plan, one, header, oddities, deployment),
        _ => {}
    }
    deployment.resources.push(header);
}

fn header<'a>(plan: &Plan<'a>, one: &Instance<'a>, at: &At<'_, 'a>) -> Resource {
    let place = at.place().clone();
    let id = plan.id(one, 0);
    let waits = id.is(CLUSTERS) && !one.data;
    Resource {
        // The provider chooses it, and sends the properties that depend on it.
        api_version: Fact::Absent(place.clone()),
        location: at.get("location").text(),
        tags: at.get("tags").map(),
        address: Some(one.address.clone()),
        depends_on: if waits { order::before(plan, one) } else { Vec::new() },
        depends_on_place: None,
        existing: one.data,
        place,
        id,
    }
}

#[cfg(test)]
mod tests;
