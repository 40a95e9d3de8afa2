//! What Terraform makes before a cluster: everything that its block refers to or names in `depends_on`, and what that
//! waits for in turn, through variables, outputs and resources of other providers.

use super::super::json::{Kind, Value};
use super::super::scope::Node;
use super::plan::{Instance, Plan, elements, join, members, steps, without_keys};
use super::reference::{caller, specific};
use crate::policy::{ResourceId, Text};
use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The resources before this one. Where that can't be told, an id that may be anybody's is among them.
pub(super) fn before<'a>(plan: &Plan<'a>, one: &Instance<'a>) -> Vec<ResourceId> {
    let mut walk = Walk { plan, seen: BTreeSet::new(), todo: Vec::new(), open: false };
    let block = without_keys(&one.address);
    if plan.configured() {
        walk.resource(block.clone());
    } else if plan.live {
        walk.of_state(one);
    } else {
        walk.open = true;
    }
    while let Some((reference, module)) = walk.todo.pop() {
        if !plan.step() {
            walk.open = true;
            break;
        }
        walk.follow(&reference, &module);
    }
    let found = walk.seen.iter().filter(|address| **address != block).flat_map(|address| plan.of_block(address));
    let mut ids: Vec<_> = found.filter(|one| plan.arm_type(one).is_some()).map(|one| plan.id(one, 0)).collect();
    if walk.open {
        let open = || Text::opaque("what the plan does not tell");
        ids.push(ResourceId::of("Microsoft.Authorization/roleAssignments", open()));
        ids.push(ResourceId::of("Microsoft.KeyVault/vaults/accessPolicies", open()));
    }
    ids
}

struct Walk<'p, 'a> {
    plan: &'p Plan<'a>,
    /// Addresses of resources, variables and outputs, without keys.
    seen: BTreeSet<String>,
    /// References, and the module that each stands in.
    todo: Vec<(String, String)>,
    open: bool,
}

impl<'p, 'a> Walk<'p, 'a> {
    fn follow(&mut self, reference: &str, module: &str) {
        let bare = without_keys(reference);
        match steps(&bare).as_slice() {
            ["var", name, ..] => {
                let Some((outer, _)) = caller(module) else { return };
                let call = self.plan.call(module).and_then(|call| call.member("expressions")?.member(name));
                if self.seen.insert(join(module, &format!("var.{name}"))) {
                    self.expressions(call.as_ref(), &outer);
                }
            }
            ["module", name] => {
                let module = join(module, &format!("module.{name}"));
                if self.seen.insert(module.clone()) {
                    for address in self.plan.blocks_below(&module) {
                        self.resource(address.clone());
                    }
                }
            }
            ["module", name, output, ..] => {
                let inner = join(module, &format!("module.{name}"));
                if self.seen.insert(join(&inner, &format!("output.{output}"))) {
                    let output = self.plan.output(&inner, output);
                    let expression = output.as_ref().and_then(|output| output.member("expression"));
                    self.expressions(expression.as_ref(), &inner);
                    self.depends_on(output.as_ref(), &inner);
                }
            }
            // A plan does not carry locals: what they rest on can't be told.
            ["local", ..] => self.open = true,
            ["each" | "count" | "path" | "terraform" | "self", ..] => {}
            ["data", kind, name, ..] => self.resource(join(module, &format!("data.{kind}.{name}"))),
            [kind, name, ..] => self.resource(join(module, &format!("{kind}.{name}"))),
            _ => {}
        }
    }

    fn resource(&mut self, address: String) {
        let Some(block) = self.plan.block(&address) else {
            self.seen.insert(address);
            return;
        };
        let module = steps(&address);
        let own = if module.iter().rev().nth(2) == Some(&"data") { 3 } else { 2 };
        let mut module = module.get(..module.len().saturating_sub(own)).unwrap_or_default().join(".");
        if self.seen.contains(&address) {
            return;
        }
        let instance = self.plan.of_block(&address).next();
        let unknown = instance.and_then(|one| one.unknown.as_ref());
        self.seen.insert(address);
        for (name, expression) in members(block.member("expressions")) {
            let start = self.todo.len();
            self.expressions(Some(&expression), &module);
            // A local that is known before apply rests on nothing that is made now.
            if unknown.is_some_and(|unknown| !unknown.value.get(name).is_some_and(has_true)) {
                let known = self.todo.split_off(start);
                self.todo.extend(known.into_iter().filter(|(reference, _)| !reference.starts_with("local.")));
            }
        }
        self.around(block, &module);
        // A resource waits for what its module waits for.
        while let (Some(call), Some((outer, _))) = (self.plan.call(&module), caller(&module)) {
            if self.seen.insert(join(&module, "call")) {
                self.around(call, &outer);
            }
            module = outer;
        }
    }

    fn around(&mut self, block: &Node<'a>, module: &str) {
        for name in ["for_each_expression", "count_expression"] {
            self.expressions(block.member(name).as_ref(), module);
        }
        self.depends_on(Some(block), module);
    }

    fn depends_on(&mut self, block: Option<&Node<'a>>, module: &str) {
        let named = elements(block.and_then(|block| block.member("depends_on")));
        self.todo.extend(named.filter_map(|node| Some((node.value.as_str()?.to_owned(), module.to_owned()))));
    }

    /// The references of an expression, or of all expressions in a block.
    fn expressions(&mut self, node: Option<&Node<'a>>, module: &str) {
        let Some(node) = node else { return };
        match &node.value.kind {
            Kind::Object(members) if members.iter().any(|member| member.name == "references") => {
                let found = specific(node);
                self.todo.extend(found.iter().filter_map(|n| Some((n.value.as_str()?.to_owned(), module.to_owned()))));
            }
            Kind::Object(members) => {
                for member in members.iter().filter(|member| member.name != "constant_value") {
                    self.expressions(Some(&node.of(member)), module);
                }
            }
            Kind::Array(_) => elements(Some(node.clone())).for_each(|node| self.expressions(Some(&node), module)),
            _ => {}
        }
    }

    /// A state tells the order in the resources themselves.
    fn of_state(&mut self, one: &'p Instance<'a>) {
        let mut todo: Vec<&'p Instance<'a>> = Vec::from([one]);
        let plan = self.plan;
        let mut found = BTreeSet::new();
        while let Some(one) = todo.pop() {
            for node in elements(one.node.member("depends_on")) {
                let Some(address) = node.value.as_str().map(without_keys) else { continue };
                if found.insert(address.clone()) {
                    todo.extend(plan.of_block(&address));
                }
            }
        }
        self.seen.append(&mut found);
    }
}

/// Whether anything in it is known only after apply.
fn has_true(value: &Value<'_>) -> bool {
    match &value.kind {
        Kind::Bool(unknown) => *unknown,
        Kind::Array(values) => values.iter().any(has_true),
        Kind::Object(members) => members.iter().any(|member| has_true(&member.value)),
        _ => false,
    }
}
