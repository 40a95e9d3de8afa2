//! What a reference is worth before apply: the address of a key, the id of a resource, the object id of an identity.
//!
//! A plan leaves out what is known after apply, and tells of each expression only what it refers to. References are
//! followed through variables, outputs and modules. What they lead to has the same canonical parts as the expressions of
//! an ARM template, so that rules compare both in the same way.

use super::super::function::{SUBSCRIPTION, property};
use super::super::scope::Node;
use super::at::At;
use super::plan::{Instance, Plan, elements, is_client, is_true, join, steps, text, without_keys};
use crate::policy::{ResourceId, Text};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// References deeper than this stay unknown. Stops cycles.
const MAX_DEPTH: u32 = 24;

const VERSION: &str = "the key's current version";
const TENANT: &str = "tenant().tenantId";

/// The references of an expression, without those that are a part of the one before.
pub(super) fn specific<'a>(expression: &Node<'a>) -> Vec<Node<'a>> {
    let mut found: Vec<Node<'a>> = Vec::new();
    for node in elements(expression.member("references")) {
        let Some(reference) = node.value.as_str() else { continue };
        let of = |whole: &Node<'a>| {
            let after = whole.value.as_str().and_then(|whole| whole.strip_prefix(reference));
            after.is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
        };
        // `a[0].id` is followed by `a[0]`, then by `a`.
        if !found.iter().rev().take(2).any(of) {
            found.push(node);
        }
    }
    found
}

/// Whether a reference can be meant for a property, told by what it gives.
pub(super) fn fits(property: &str, reference: &str) -> bool {
    let bare = without_keys(reference);
    let ends = |words: &[&str]| words.iter().any(|word| bare.ends_with(word));
    let mentions = |words: &[&str]| words.iter().any(|word| bare.contains(word));
    match property {
        "object_id" | "principalId" | "objectId" => {
            ends(&["principal_id", "client_id", "object_id", "principalId", "clientId"])
        }
        "tenant_id" | "tenantId" => ends(&["tenant_id", "tenantId"]),
        "keyEncryptionKeyUrl" => {
            mentions(&["azurerm_key_vault_key."]) || ends(&["keyUri", "keyUriWithVersion", "versionless_id"])
        }
        "userAssignedIdentityResourceId" | "userAssignedIdentities" => {
            bare.contains("azurerm_user_assigned_identity.") && ends(&[".id"])
        }
        "roleDefinitionId" => mentions(&["role_definition"]),
        _ => false,
    }
}

impl<'a> Plan<'a> {
    /// What a reference is worth, seen from a module instance.
    pub(super) fn worth(&self, reference: &str, module: &str, depth: u32) -> Option<Text> {
        if depth > MAX_DEPTH || !self.step() {
            return None;
        }
        let path = steps(reference);
        match path.as_slice() {
            ["var", name, ..] => {
                let (outer, _) = caller(module)?;
                let call = self.call(&without_keys(module))?.member("expressions")?.member(name)?;
                self.expression(&call, &outer, depth)
            }
            ["module", call, output, ..] => {
                let inner = join(module, &format!("module.{call}"));
                let (name, _) = output.split_once('[').unwrap_or((output, ""));
                let output = self.output(&without_keys(&inner), name)?;
                self.expression(&output.member("expression")?, &inner, depth)
            }
            ["local" | "each" | "count" | "path" | "terraform" | "self", ..] => None,
            ["data", kind, name, attribute @ ..] => {
                self.attribute(&join(module, &format!("data.{kind}.{name}")), attribute, depth)
            }
            [kind, name, attribute @ ..] => self.attribute(&join(module, &format!("{kind}.{name}")), attribute, depth),
            _ => None,
        }
    }

    fn expression(&self, expression: &Node<'a>, module: &str, depth: u32) -> Option<Text> {
        if let Some(constant) = text(expression, "constant_value") {
            return Some(Text::literal(constant));
        }
        match specific(expression).as_slice() {
            [reference] => self.worth(reference.value.as_str()?, module, depth + 1),
            _ => None,
        }
    }

    fn attribute(&self, address: &str, path: &[&str], depth: u32) -> Option<Text> {
        let (first, rest) = path.split_first()?;
        let (name, _) = first.split_once('[').unwrap_or((first, ""));
        let one = self.instance(address)?;
        let known = one.values.as_ref().filter(|_| path.len() == 1 && !secret(one, name));
        if let Some(known) = known.and_then(|values| text(values, name)).filter(|text| !text.is_empty()) {
            return Some(Text::literal(known));
        }
        let of_identity = |name: &str| Some(Text::property(self.id(one, depth), name));
        match (one.kind, name, rest) {
            ("azurerm_key_vault_key", "versionless_id", []) => Some(self.key_url(one, depth)),
            ("azurerm_key_vault_key", "id", []) => {
                Some(self.key_url(one, depth).then_str("/").then(Text::opaque(VERSION)))
            }
            ("azurerm_key_vault_key", "resource_versionless_id", []) => self.arm_id(one, depth),
            ("azurerm_key_vault_key", "resource_id", []) => {
                Some(self.arm_id(one, depth)?.then_str("/versions/").then(Text::opaque(VERSION)))
            }
            ("azurerm_key_vault", "vault_uri", []) => {
                Some(Text::literal("https://").then(self.input(one, "name", depth)).then_str(".vault.azure.net/"))
            }
            ("azurerm_user_assigned_identity", "principal_id", []) => of_identity("principalId"),
            ("azurerm_user_assigned_identity", "client_id", []) => of_identity("clientId"),
            ("azurerm_user_assigned_identity", "tenant_id", []) => {
                Some(self.tenant.clone().unwrap_or_else(|| Text::opaque(TENANT)))
            }
            ("azurerm_mongo_cluster", "identity", [what]) => of_identity(&format!("identity.{what}")),
            ("azapi_resource", "output", rest) if !rest.is_empty() => {
                let rest: Vec<_> = rest.iter().map(|step| String::from(*step)).collect();
                Some(property(self.id(one, depth), &rest))
            }
            (kind, "tenant_id", []) if is_client(kind) => Some(Text::opaque(TENANT)),
            (_, "id", []) | ("azurerm_role_definition", "role_definition_resource_id", [])
                if self.arm_type(one).is_some() =>
            {
                self.arm_id(one, depth)
            }
            (_, name, []) => Some(self.input(one, name, depth)),
            _ => Some(Text::opaque(format!("{address}.{}", path.join(".")))),
        }
    }

    /// An argument of a resource; where it is not known, its name in Terraform.
    fn input(&self, one: &Instance<'a>, name: &str, depth: u32) -> Text {
        let known =
            if depth > MAX_DEPTH { None } else { At::quiet(self, one, depth + 1).get(name).text().known().cloned() };
        known.unwrap_or_else(|| Text::opaque(format!("{}.{name}", one.address)))
    }

    fn key_url(&self, one: &Instance<'a>, depth: u32) -> Text {
        let id = self.id(one, depth);
        let names = id.name().split('/');
        let name = |index: usize| names.get(index).cloned().unwrap_or_default();
        Text::literal("https://").then(name(0)).then_str(".vault.azure.net/keys/").then(name(1))
    }

    /// The ARM type of a resource that has one.
    pub(super) fn arm_type(&self, one: &Instance<'a>) -> Option<&'a str> {
        match one.kind {
            "azapi_resource" => text(one.values.as_ref()?, "type")?.split('@').next().filter(|kind| kind.contains('/')),
            kind => TYPES.iter().find(|(known, _)| *known == kind).map(|(_, arm)| *arm),
        }
    }

    /// The id that a resource has, or will have, in Azure.
    pub(super) fn id(&self, one: &Instance<'a>, depth: u32) -> ResourceId {
        let kind = self.arm_type(one).unwrap_or(one.kind);
        if let Some(id) = self.arm_id(one, depth).as_ref().and_then(ResourceId::parse) {
            return id;
        }
        // Terraform's address is as good a name: no other resource has it.
        let address = Text::literal(one.address.replace('/', ":"));
        match one.kind {
            "azurerm_key_vault_access_policy" => {
                let vault = ResourceId::parse(&self.input(one, "key_vault_id", depth));
                let vault =
                    vault.map_or_else(|| Text::opaque(format!("{}.key_vault_id", one.address)), |id| id.name().clone());
                ResourceId::of(kind, vault.then_str("/").then(address))
            }
            _ => ResourceId::of(kind, address),
        }
    }

    fn arm_id(&self, one: &Instance<'a>, depth: u32) -> Option<Text> {
        if depth > MAX_DEPTH || !self.step() {
            return None;
        }
        let kind = self.arm_type(one)?;
        let depth = depth + 1;
        let own = one.values.as_ref().filter(|_| !secret(one, "id"));
        let own = own.and_then(|values| text(values, "id")).filter(|id| id.starts_with('/'));
        let own = own.and_then(|id| id.split('|').next()); // a role definition's id ends in its scope
        match (one.kind, own) {
            // Its id names the vault and the identity in a way of Terraform's own.
            ("azurerm_key_vault_access_policy", _) => None,
            (_, Some(own)) => Some(Text::literal(own)),
            ("azurerm_role_assignment" | "azurerm_management_lock", None) => None,
            ("azurerm_key_vault_key", None) => {
                let vault = self.input(one, "key_vault_id", depth);
                ResourceId::parse(&vault)?;
                Some(vault.then_str("/keys/").then(self.input(one, "name", depth)))
            }
            ("azurerm_role_definition", None) => {
                Some(subscription().then_str(&format!("/providers/{kind}/")).then(self.input(
                    one,
                    "role_definition_id",
                    depth,
                )))
            }
            ("azurerm_resource_group", None) => {
                Some(subscription().then_str("/resourceGroups/").then(self.input(one, "name", depth)))
            }
            ("azapi_resource", None) => {
                let (parent, name) = (self.input(one, "parent_id", depth), self.input(one, "name", depth));
                let (space, types) = kind.split_once('/')?;
                let step = match types.rsplit_once('/') {
                    Some((_, own)) => format!("/{own}/"),
                    None => format!("/providers/{space}/{types}/"),
                };
                Some(parent.then_str(&step).then(name))
            }
            (_, None) => {
                let group = self.input(one, "resource_group_name", depth);
                let start = subscription().then_str("/resourceGroups/").then(group);
                Some(start.then_str(&format!("/providers/{kind}/")).then(self.input(one, "name", depth)))
            }
        }
    }
}

fn subscription() -> Text {
    Text::literal("/subscriptions/").then(Text::opaque(SUBSCRIPTION))
}

fn secret(one: &Instance<'_>, name: &str) -> bool {
    one.sensitive.as_ref().is_some_and(|node| is_true(node) || node.member(name).is_some_and(|node| is_true(&node)))
}

/// The module instance that calls another, and the name by which it does.
pub(super) fn caller(module: &str) -> Option<(String, String)> {
    let path = steps(module);
    let (name, outer) = path.split_last()?;
    let (_, outer) = outer.split_last()?;
    Some((outer.join("."), (*name).to_owned()))
}

const TYPES: &[(&str, &str)] = &[
    ("azurerm_mongo_cluster", "Microsoft.DocumentDB/mongoClusters"),
    ("azurerm_key_vault", "Microsoft.KeyVault/vaults"),
    ("azurerm_key_vault_key", "Microsoft.KeyVault/vaults/keys"),
    ("azurerm_key_vault_access_policy", "Microsoft.KeyVault/vaults/accessPolicies"),
    ("azurerm_user_assigned_identity", "Microsoft.ManagedIdentity/userAssignedIdentities"),
    ("azurerm_role_assignment", "Microsoft.Authorization/roleAssignments"),
    ("azurerm_role_definition", "Microsoft.Authorization/roleDefinitions"),
    ("azurerm_management_lock", "Microsoft.Authorization/locks"),
    ("azurerm_resource_group", "Microsoft.Resources/resourceGroups"),
];
