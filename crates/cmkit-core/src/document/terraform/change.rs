//! What a plan does to each resource that rules look at.

use super::super::json::{Kind, Value};
use super::super::scope::Node;
use super::at::At;
use super::plan::{Instance, Plan, changes, elements, text};
use super::{CLUSTERS, resource};
use crate::policy::{Action, Change, Deployment, Oddity};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

/// Notes what is done to each resource, also where that is nothing.
pub(super) fn read<'a>(plan: &Plan<'a>, oddities: &RefCell<Vec<Oddity>>, deployment: &mut Deployment) {
    for node in changes(&plan.root) {
        let Some(change) = node.member("change") else { continue };
        let Some(action) = action(&change) else { continue };
        let Some(before) = instance(&node, &change) else { continue };
        if before.data || plan.arm_type(&before).is_none() {
            continue;
        }
        let planned = plan.instance(&before.address).filter(|one| one.address == before.address);
        let has_before = change.value.get("before").is_some_and(|before| before.as_object().is_some());
        // What is destroyed is what was there; what is made is what the configuration has.
        let one = if has_before { &before } else { planned.unwrap_or(&before) };
        let at = At::new(plan, one, oddities);
        let mut was = Deployment::default();
        if has_before && plan.arm_type(one).is_some_and(|kind| kind.eq_ignore_ascii_case(CLUSTERS)) {
            resource(plan, one, oddities, &mut was);
        }
        let (forced_by, place) = forced_by(&change);
        deployment.changes.push(Change {
            id: plan.id(one, 0),
            address: before.address.clone(),
            place: place
                .unwrap_or_else(|| change.member("actions").map_or_else(|| at.place().clone(), |node| node.place())),
            action,
            forced_by,
            reason: text(&node, "action_reason").map(ToOwned::to_owned),
            changed: changed(&change),
            cluster: was.clusters.pop().map(Box::new),
        });
    }
}

fn action(change: &Node<'_>) -> Option<Action> {
    let actions: Vec<_> = elements(change.member("actions")).filter_map(|node| node.value.as_str()).collect();
    match actions.as_slice() {
        ["no-op"] => Some(Action::Keep),
        ["create"] => Some(Action::Create),
        ["update"] => Some(Action::Update),
        ["delete"] => Some(Action::Delete),
        ["delete", "create"] | ["create", "delete"] => Some(Action::Replace),
        ["forget"] => Some(Action::Forget),
        _ => None,
    }
}

/// The resource as it was.
fn instance<'a>(node: &Node<'a>, change: &Node<'a>) -> Option<Instance<'a>> {
    Some(Instance {
        address: text(node, "address")?.to_owned(),
        module: text(node, "module_address").unwrap_or_default().to_owned(),
        kind: text(node, "type")?,
        data: text(node, "mode") == Some("data"),
        created: false,
        values: change.member("before").or_else(|| change.member("after")),
        unknown: None,
        sensitive: change.member("before_sensitive"),
        change: None,
        config: None,
        node: node.clone(),
    })
}

/// The properties that can't change without a replacement, and where the plan tells it.
fn forced_by(change: &Node<'_>) -> (Vec<String>, Option<crate::policy::Place>) {
    let paths = change.member("replace_paths");
    let place = paths.as_ref().filter(|node| node.value.as_array().is_some_and(|paths| !paths.is_empty()));
    let place = place.map(Node::place);
    let step = |node: Node<'_>| match &node.value.kind {
        Kind::String(step) => Some(step.to_string()),
        Kind::Number(index) => Some((*index).to_owned()),
        _ => None,
    };
    let paths = elements(paths).map(|path| elements(Some(path)).filter_map(step).collect::<Vec<_>>().join("."));
    (paths.filter(|path| !path.is_empty()).collect(), place)
}

/// The names of the arguments that differ. Their values stay where they are.
fn changed(change: &Node<'_>) -> Vec<String> {
    let members = |name: &str| change.value.get(name).and_then(Value::as_object).unwrap_or_default();
    let (before, unknown) = (members("before"), members("after_unknown"));
    let known: alloc::collections::BTreeMap<&str, &Value<'_>> =
        before.iter().map(|m| (m.name.as_ref(), &m.value)).collect();
    let after = members("after").iter().filter(|member| {
        let before = known.get(member.name.as_ref());
        before.map_or(!matches!(member.value.kind, Kind::Null), |before| !same(before, &member.value))
    });
    let unknown = unknown.iter().filter(|member| matches!(member.value.kind, Kind::Bool(true)));
    let names: alloc::collections::BTreeSet<_> = after.chain(unknown).map(|member| member.name.to_string()).collect();
    names.into_iter().collect()
}

/// Whether two values are the same, wherever they stand.
fn same(one: &Value<'_>, two: &Value<'_>) -> bool {
    match (&one.kind, &two.kind) {
        (Kind::Array(one), Kind::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Kind::Object(one), Kind::Object(two)) => {
            one.len() == two.len()
                && one.iter().zip(two).all(|(one, two)| one.name == two.name && same(&one.value, &two.value))
        }
        (one, two) => one == two,
    }
}
