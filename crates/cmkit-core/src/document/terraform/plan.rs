//! Where the resources of a plan or a state are, and what is said of each: its values, what of them is unknown or
//! sensitive, and the configuration that they come from.
//!
//! Everything is found by address, so that a plan of many thousand resources takes time in proportion to its size.

use super::super::json::{Kind, Value};
use super::super::scope::Node;
use crate::policy::Text;
use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

/// Steps that following references through one file may take; beyond, values stay unknown.
const MAX_STEPS: u32 = 1 << 20;

/// A resource instance.
#[derive(Clone)]
pub(super) struct Instance<'a> {
    /// Its full address, for example `module.db["eu"].azurerm_mongo_cluster.orders[0]`.
    pub(super) address: String,
    /// The address of the module instance that it stands in; empty for the root.
    pub(super) module: String,
    /// Its type, for example `azurerm_mongo_cluster`.
    pub(super) kind: &'a str,
    /// It is only read, not deployed.
    pub(super) data: bool,
    /// The plan makes it, or makes it anew.
    pub(super) created: bool,
    pub(super) node: Node<'a>,
    pub(super) values: Option<Node<'a>>,
    /// `true` where a value is known after apply.
    pub(super) unknown: Option<Node<'a>>,
    /// `true` where a value is sensitive.
    pub(super) sensitive: Option<Node<'a>>,
    /// What the plan does to it.
    pub(super) change: Option<Node<'a>>,
    /// Its block in the configuration.
    pub(super) config: Option<Node<'a>>,
}

/// A module of the configuration.
struct Module<'a> {
    node: Node<'a>,
    /// The block that calls it.
    call: Option<Node<'a>>,
}

/// A plan or a state, indexed.
pub(super) struct Plan<'a> {
    pub(super) root: Node<'a>,
    /// A state: what it says was so when Terraform looked.
    pub(super) live: bool,
    pub(super) instances: Vec<Instance<'a>>,
    /// The tenant that is deployed to, where a data source tells it.
    pub(super) tenant: Option<Text>,
    by_address: BTreeMap<String, usize>,
    /// By the address without the keys of `count` and `for_each`.
    by_block: BTreeMap<String, Vec<usize>>,
    blocks: BTreeMap<String, Node<'a>>,
    modules: BTreeMap<String, Module<'a>>,
    steps: Cell<u32>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(root: &Node<'a>) -> Self {
        let mut plan = Self {
            root: root.clone(),
            live: root.member("planned_values").is_none() && root.member("resource_changes").is_none(),
            instances: Vec::new(),
            tenant: None,
            by_address: BTreeMap::new(),
            by_block: BTreeMap::new(),
            blocks: BTreeMap::new(),
            modules: BTreeMap::new(),
            steps: Cell::new(0),
        };
        if let Some(module) = root.member("configuration").and_then(|node| node.member("root_module")) {
            plan.configure(module, None, "");
        }
        let changes: BTreeMap<_, _> = changes(root).filter_map(|node| Some((address(&node)?, node))).collect();
        let values = root.member(if plan.live { "values" } else { "planned_values" });
        if let Some(module) = values.and_then(|node| node.member("root_module")) {
            plan.collect(&module, "", &changes, false);
        }
        // A plan has the data that it read only in the state before.
        let prior = root.member("prior_state").and_then(|node| node.member("values"));
        if let Some(module) = prior.and_then(|node| node.member("root_module")) {
            plan.collect(&module, "", &BTreeMap::new(), true);
        }
        plan.tenant = plan.read_tenant();
        plan
    }

    /// Finds the resources of a module instance and of those in it.
    fn collect(&mut self, module: &Node<'a>, path: &str, changes: &BTreeMap<&'a str, Node<'a>>, only_data: bool) {
        for node in elements(module.member("resources")) {
            let (Some(address), Some(kind)) = (address(&node), text(&node, "type")) else { continue };
            let data = text(&node, "mode") == Some("data");
            if self.by_address.contains_key(address) || (only_data && !data) {
                continue;
            }
            let change = changes.get(address).and_then(|node| node.member("change"));
            let of_change = |name: &str| change.as_ref().and_then(|change| change.member(name));
            let block = without_keys(address);
            let index = self.instances.len();
            self.by_address.insert(address.to_owned(), index);
            self.by_block.entry(block.clone()).or_default().push(index);
            self.instances.push(Instance {
                address: address.to_owned(),
                module: path.to_owned(),
                kind,
                data,
                created: elements(of_change("actions")).any(|action| action.value.as_str() == Some("create")),
                values: node.member("values").or_else(|| of_change("after")),
                unknown: of_change("after_unknown"),
                sensitive: node.member("sensitive_values").or_else(|| of_change("after_sensitive")),
                change: changes.get(address).cloned(),
                config: self.blocks.get(&block).cloned(),
                node,
            });
        }
        for child in elements(module.member("child_modules")) {
            let Some(path) = address(&child) else { continue };
            self.collect(&child, path, changes, only_data);
        }
    }

    /// Indexes a module of the configuration and those that it calls.
    fn configure(&mut self, module: Node<'a>, call: Option<Node<'a>>, path: &str) {
        for block in elements(module.member("resources")) {
            if let Some(address) = address(&block) {
                self.blocks.insert(join(path, address), block);
            }
        }
        for (name, call) in members(module.member("module_calls")) {
            if let Some(called) = call.member("module") {
                self.configure(called, Some(call), &join(path, &format!("module.{name}")));
            }
        }
        self.modules.insert(path.to_owned(), Module { node: module, call });
    }

    /// Where every data source on the client agrees, that is the tenant.
    fn read_tenant(&self) -> Option<Text> {
        let clients = self.instances.iter().filter(|one| one.data && is_client(one.kind));
        let mut tenants = clients.filter_map(|one| text(one.values.as_ref()?, "tenant_id"));
        let first = tenants.next().filter(|tenant| !tenant.is_empty())?;
        tenants.all(|tenant| tenant == first).then(|| Text::literal(first))
    }

    pub(super) fn configured(&self) -> bool {
        !self.modules.is_empty()
    }

    /// One more step of following references; false when there are none left.
    pub(super) fn step(&self) -> bool {
        self.steps.set(self.steps.get().saturating_add(1));
        self.steps.get() < MAX_STEPS
    }

    /// The instance of an address; without a key, the only one of that block.
    pub(super) fn instance(&self, address: &str) -> Option<&Instance<'a>> {
        if let Some(index) = self.by_address.get(address) {
            return self.instances.get(*index);
        }
        let mut found = self.of_block(&without_keys(address));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Every instance of a block.
    pub(super) fn of_block(&self, address: &str) -> impl Iterator<Item = &Instance<'a>> + use<'_, 'a> {
        let indexes = self.by_block.get(address).map(Vec::as_slice).unwrap_or_default();
        indexes.iter().filter_map(|index| self.instances.get(*index))
    }

    pub(super) fn block(&self, address: &str) -> Option<&Node<'a>> {
        self.blocks.get(address)
    }

    /// The addresses of the blocks of a module and of all modules in it.
    pub(super) fn blocks_below(&self, module: &str) -> impl Iterator<Item = &String> {
        let start = format!("{module}.");
        self.blocks.range(start.clone()..).map(|(address, _)| address).take_while(move |a| a.starts_with(&start))
    }

    /// An output of a module: its block in the configuration.
    pub(super) fn output(&self, module: &str, name: &str) -> Option<Node<'a>> {
        self.modules.get(module)?.node.member("outputs")?.member(name)
    }

    /// The block that calls a module.
    pub(super) fn call(&self, module: &str) -> Option<&Node<'a>> {
        self.modules.get(module)?.call.as_ref()
    }
}

pub(super) fn is_client(kind: &str) -> bool {
    kind == "azurerm_client_config" || kind == "azurerm_subscription"
}

/// The changes of a plan. Objects that an earlier apply left behind are no matter here.
pub(super) fn changes<'a>(root: &Node<'a>) -> impl Iterator<Item = Node<'a>> + use<'a> {
    elements(root.member("resource_changes")).filter(|node| node.member("deposed").is_none())
}

/// The elements of an array, if it is one.
pub(super) fn elements<'a>(node: Option<Node<'a>>) -> impl Iterator<Item = Node<'a>> + use<'a> {
    let count = node.as_ref().and_then(|node| node.value.as_array()).map_or(0, <[_]>::len);
    (0..count).filter_map(move |index| node.as_ref()?.element(index))
}

/// The members of an object, if it is one.
pub(super) fn members<'a>(node: Option<Node<'a>>) -> impl Iterator<Item = (&'a str, Node<'a>)> + use<'a> {
    let list = node.as_ref().and_then(|node| node.value.as_object()).unwrap_or_default();
    list.iter().filter_map(move |member| Some((member.name.as_ref(), node.as_ref()?.of(member))))
}

pub(super) fn address<'a>(node: &Node<'a>) -> Option<&'a str> {
    text(node, "address")
}

pub(super) fn text<'a>(node: &Node<'a>, name: &str) -> Option<&'a str> {
    node.value.get(name).and_then(Value::as_str)
}

pub(super) fn is_true(node: &Node<'_>) -> bool {
    matches!(node.value.kind, Kind::Bool(true))
}

pub(super) fn join(module: &str, address: &str) -> String {
    if module.is_empty() { address.to_owned() } else { format!("{module}.{address}") }
}

/// An address taken apart at its dots; those in keys don't count.
pub(super) fn steps(address: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    let mut start = 0;
    for (at, byte) in outside_keys(address) {
        if byte == b'.' {
            steps.push(&address[start..at]);
            start = at + 1;
        }
    }
    steps.push(&address[start..]);
    steps
}

/// An address without the keys of `count` and `for_each`.
pub(super) fn without_keys(address: &str) -> String {
    let mut bare = String::with_capacity(address.len());
    for step in steps(address) {
        if !bare.is_empty() {
            bare.push('.');
        }
        bare.push_str(step.split_once('[').map_or(step, |(name, _)| name));
    }
    bare
}

/// The bytes of an address that are in no key.
fn outside_keys(address: &str) -> impl Iterator<Item = (usize, u8)> {
    let (mut in_key, mut in_text, mut escaped) = (false, false, false);
    address.bytes().enumerate().filter(move |(_, byte)| {
        let outside = !in_key && *byte != b'[';
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' if in_key => in_text = !in_text,
            b'[' if !in_text => in_key = true,
            b']' if !in_text => in_key = false,
            _ => {}
        }
        outside
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart_at_dots_outside_of_keys() {
        let address = r#"module.a["x.y"].azurerm_key_vault.kv["]\".z"].id"#;
        assert_eq!(steps(address), ["module", r#"a["x.y"]"#, "azurerm_key_vault", r#"kv["]\".z"]"#, "id"]);
        assert_eq!(without_keys(address), "module.a.azurerm_key_vault.kv.id");
        assert_eq!(without_keys("azurerm_key_vault.kv[0]"), "azurerm_key_vault.kv");
        for odd in ["", ".", "[", "a[\"", "a]b.c", "..[[.]"] {
            let _ = without_keys(odd);
        }
    }
}
