//! Terraform configurations as `terraform show -json` shows their first plan, so that samples which people read as HCL
//! are held against the reader of plans.
//!
//! It knows as much of Terraform as a sample needs: resources and data sources of one module, literals, references
//! between resources (a literal that they lead to is known, anything else is known after apply), `depends_on`, and the
//! defaults of the provider's schemas. No modules, no loops, no functions of its own.

use hcl::expr::{Expression, TraversalOperator};
use hcl::structure::{Block, Body, Structure};
use serde_json::{Map, Value, json};

/// What the provider's schema puts where a configuration says nothing.
const DEFAULTS: &[(&str, &str, Default)] = &[
    ("azurerm_key_vault", "soft_delete_retention_days", || json!(90)),
    ("azurerm_key_vault", "public_network_access_enabled", || json!(true)),
    ("azurerm_mongo_cluster", "create_mode", || json!("Default")),
    ("azurerm_mongo_cluster", "public_network_access", || json!("Enabled")),
];

type Default = fn() -> Value;

/// Nested blocks, which a plan shows as arrays.
const BLOCKS: &[&str] = &[
    "access_policy",
    "automatic",
    "customer_managed_key",
    "identity",
    "network_acls",
    "permissions",
    "restore",
    "rotation_policy",
];

/// The plan of a configuration that is applied for the first time.
///
/// # Errors
/// What is not HCL, or has a block that is neither a resource nor a data source, in words.
pub fn plan(text: &str) -> Result<Value, String> {
    let body = hcl::parse(text).map_err(|error| error.to_string())?;
    let mut resources = Vec::new();
    for structure in body {
        let Structure::Block(block) = structure else { return Err("an attribute outside of any block".into()) };
        match block.identifier.as_str() {
            "resource" | "data" => resources.push(Resource::of(block)?),
            "terraform" | "provider" | "variable" | "output" | "locals" => {}
            other => return Err(format!("a block `{other}`")),
        }
    }
    let planned: Vec<_> = resources.iter().map(|resource| resource.planned(&resources)).collect();
    let (managed, data): (Vec<_>, Vec<_>) =
        resources.iter().zip(&planned).partition(|(resource, _)| resource.mode == "managed");
    let values = |parts: &[(&Resource, &(Value, Value))]| -> Vec<Value> {
        parts.iter().map(|(resource, (values, _))| resource.entry([("values", values.clone())])).collect()
    };
    let change = |(resource, (values, unknown)): &(&Resource, &(Value, Value))| {
        let change = json!({ "actions": ["create"], "before": null, "after": values, "after_unknown": unknown,
            "before_sensitive": false, "after_sensitive": {} });
        resource.entry([("change", change)])
    };
    let configured = |resource: &Resource| {
        let expressions = ("expressions", expressions(&resource.body));
        resource.entry([expressions, ("depends_on", json!(resource.depends_on()))])
    };
    Ok(json!({
        "format_version": "1.2", "terraform_version": "1.13.0",
        "planned_values": { "root_module": { "resources": values(&managed) } },
        "resource_changes": managed.iter().map(change).collect::<Vec<_>>(),
        "prior_state": { "format_version": "1.0", "values": { "root_module": { "resources": values(&data) } } },
        "configuration": { "root_module": { "resources": resources.iter().map(configured).collect::<Vec<_>>() } },
    }))
}

struct Resource {
    mode: &'static str,
    kind: String,
    name: String,
    body: Body,
}

impl Resource {
    fn of(block: Block) -> Result<Self, String> {
        let mode = if block.identifier.as_str() == "data" { "data" } else { "managed" };
        let [kind, name] = block.labels.as_slice() else { return Err("a resource has a type and a name".into()) };
        let (kind, name) = (kind.as_str().to_owned(), name.as_str().to_owned());
        Ok(Self { mode, kind, name, body: block.body })
    }

    fn address(&self) -> String {
        let data = if self.mode == "data" { "data." } else { "" };
        format!("{data}{}.{}", self.kind, self.name)
    }

    fn entry<const N: usize>(&self, more: [(&str, Value); N]) -> Value {
        let mut entry = json!({ "address": self.address(), "mode": self.mode, "type": self.kind, "name": self.name,
            "provider_name": "registry.terraform.io/hashicorp/azurerm" });
        more.into_iter().for_each(|(name, value)| entry[name] = value);
        entry
    }

    fn depends_on(&self) -> Vec<String> {
        let found = self.body.attributes().find(|attribute| attribute.key.as_str() == "depends_on");
        found.map(|attribute| references(&attribute.expr)).unwrap_or_default()
    }

    /// The values, and which of them are known after apply.
    fn planned(&self, all: &[Self]) -> (Value, Value) {
        let (mut values, mut unknown) = known(&self.body, all);
        for (_, name, value) in DEFAULTS.iter().filter(|(kind, ..)| *kind == self.kind) {
            if !values.contains_key(*name) && !unknown.contains_key(*name) {
                values.insert((*name).into(), value());
            }
        }
        if self.mode == "managed" {
            unknown.insert("id".into(), true.into());
        }
        (values.into(), unknown.into())
    }
}

/// The known values of a body, and its unknown ones.
fn known(body: &Body, all: &[Resource]) -> (Map<String, Value>, Map<String, Value>) {
    let (mut values, mut unknown) = (Map::new(), Map::new());
    for structure in body {
        match structure {
            Structure::Attribute(attribute) if attribute.key.as_str() == "depends_on" => {}
            Structure::Attribute(attribute) => match literal(&attribute.expr, all) {
                Some(value) => drop(values.insert(attribute.key.as_str().into(), value)),
                None => drop(unknown.insert(attribute.key.as_str().into(), true.into())),
            },
            Structure::Block(block) if BLOCKS.contains(&block.identifier.as_str()) => {
                let (inner, open) = known(&block.body, all);
                push(&mut values, block.identifier.as_str(), inner.into());
                push(&mut unknown, block.identifier.as_str(), open.into());
            }
            Structure::Block(_) => {} // `lifecycle`, `timeouts`: not among the values
        }
    }
    (values, unknown)
}

fn push(object: &mut Map<String, Value>, name: &str, value: Value) {
    match object.entry(name).or_insert_with(|| json!([])) {
        Value::Array(values) => values.push(value),
        other => *other = json!([value]),
    }
}

/// The value of an expression, where the configuration has it.
fn literal(expression: &Expression, all: &[Resource]) -> Option<Value> {
    match expression {
        Expression::Null => Some(Value::Null),
        Expression::Bool(value) => Some((*value).into()),
        Expression::Number(number) => number.as_i64().map(Value::from),
        Expression::String(text) => Some(text.as_str().into()),
        Expression::Array(values) => values.iter().map(|value| literal(value, all)).collect(),
        Expression::Object(members) => {
            members.iter().map(|(name, value)| Some((name.to_string(), literal(value, all)?))).collect()
        }
        Expression::Parenthesis(inner) => literal(inner, all),
        Expression::Traversal(_) => {
            let path = references(expression).into_iter().next()?;
            let (address, attribute) = path.rsplit_once('.')?;
            let resource = all.iter().find(|resource| resource.address() == address)?;
            let found = resource.body.attributes().find(|own| own.key.as_str() == attribute)?;
            literal(&found.expr, all)
        }
        _ => None,
    }
}

/// The expressions of a body, as the plan's `configuration` has them.
fn expressions(body: &Body) -> Value {
    let mut found = Map::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) if attribute.key.as_str() == "depends_on" => {}
            Structure::Attribute(attribute) => {
                let shown = match references(&attribute.expr) {
                    references if references.is_empty() => {
                        json!({ "constant_value": literal(&attribute.expr, &[]) })
                    }
                    references => json!({ "references": with_resources(references) }),
                };
                found.insert(attribute.key.as_str().into(), shown);
            }
            Structure::Block(block) if BLOCKS.contains(&block.identifier.as_str()) => {
                push(&mut found, block.identifier.as_str(), expressions(&block.body));
            }
            Structure::Block(_) => {}
        }
    }
    found.into()
}

/// Each reference, followed by the resource that it is into.
fn with_resources(references: Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    for reference in references {
        let steps: Vec<_> = reference.split('.').collect();
        let own = if steps[0] == "data" { 3 } else { 2 };
        let resource = steps[..own.min(steps.len())].join(".");
        all.push(reference);
        if !all.contains(&resource) {
            all.push(resource);
        }
    }
    all
}

/// The references in an expression, most specific first.
fn references(expression: &Expression) -> Vec<String> {
    match expression {
        Expression::Array(values) => values.iter().flat_map(references).collect(),
        Expression::Object(members) => members.values().flat_map(references).collect(),
        Expression::Parenthesis(inner) => references(inner),
        Expression::FuncCall(call) => call.args.iter().flat_map(references).collect(),
        Expression::TemplateExpr(template) => in_template(&template.to_string()),
        Expression::Traversal(traversal) => {
            let mut path = traversal.expr.to_string();
            for operator in &traversal.operators {
                if let TraversalOperator::GetAttr(name) = operator {
                    path.push('.');
                    path.push_str(name.as_str());
                }
            }
            vec![path]
        }
        _ => Vec::new(),
    }
}

/// The references in the `${...}` of a string.
fn in_template(text: &str) -> Vec<String> {
    let holes = text.split("${").skip(1).filter_map(|hole| hole.split('}').next());
    holes.filter_map(|hole| hole.parse::<Expression>().ok()).flat_map(|hole| references(&hole)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_plan_knows_literals_and_follows_references() {
        let plan = plan(
            r#"
            resource "azurerm_key_vault" "kv" {
              location = "westus3"
              tags     = { env = "prod" }
              network_acls { bypass = "AzureServices" }
            }
            resource "azurerm_mongo_cluster" "orders" {
              location = azurerm_key_vault.kv.location
              customer_managed_key { key_vault_key_id = "${azurerm_key_vault_key.kek.versionless_id}" }
              depends_on = [azurerm_role_assignment.cmk]
            }
            "#,
        )
        .expect("HCL");
        let planned = &plan["planned_values"]["root_module"]["resources"];
        assert_eq!(planned[0]["values"]["soft_delete_retention_days"], 90);
        assert_eq!(planned[0]["values"]["network_acls"][0]["bypass"], "AzureServices");
        assert_eq!(planned[1]["values"]["location"], "westus3", "a reference to a literal is known");
        let change = &plan["resource_changes"][1]["change"];
        assert_eq!(change["after_unknown"]["customer_managed_key"][0]["key_vault_key_id"], true);
        let configured = &plan["configuration"]["root_module"]["resources"][1];
        assert_eq!(
            configured["expressions"]["customer_managed_key"][0]["key_vault_key_id"]["references"],
            json!(["azurerm_key_vault_key.kek.versionless_id", "azurerm_key_vault_key.kek"])
        );
        assert_eq!(configured["depends_on"], json!(["azurerm_role_assignment.cmk"]));
    }
}
