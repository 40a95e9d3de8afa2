//! ARM templates: finds every resource of a template, of its children and of the templates nested in it.
//!
//! What a resource says is read in `resource`; here is only where resources are and what they are called. Parameter
//! files give parameters their values. A single resource, as the management API takes and returns it, is read too.

mod condition;
mod parameters;

pub(super) use parameters::name as file_name;

use super::Reading;
use super::azure_cli;
use super::cursor::Cursor;
use super::detect::Kind;
use super::function::Home;
use super::json::{self, Value};
use super::resource;
use super::scope::{Node, Parameter, Scope, Turn, Valued, Worth};
use crate::policy::{Deployment, Fact, Oddity, Origin, ResourceId, Suppression, Text};

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use condition::{Condition, Conditional};
use core::cell::RefCell;

/// Why nothing follows from what a reference leaves out.
pub(super) const REFERRED: &str = "the file only refers to this resource, it doesn't deploy it";
/// Why nothing follows from what a list leaves out.
const LISTED: &str = "the list only names this resource, it doesn't say what it is like";
/// Templates nested deeper than this are not read: what is in them stays unknown.
const MAX_NESTED: u32 = 4;
/// Loops of more turns than this stay one resource.
const MAX_TURNS: i64 = 100;
/// Loops are not followed once so many turns were. Stops loops in loops.
const MAX_ALL_TURNS: u32 = 1000;
/// Outputs that rest on outputs over more deployments than this stay unknown.
const MAX_CHAIN: usize = 3;

/// Reads templates, resources and parameter files; documents of other kinds are left to their readers.
pub(super) fn read(documents: &[(Node<'_>, Kind)], reading: &mut Reading) {
    let of = |kinds: &'static [Kind]| documents.iter().filter(|(_, kind)| kinds.contains(kind)).map(|(node, _)| node);
    let parameters: Vec<_> = of(&[Kind::Parameters]).collect();
    let templates: Vec<_> = of(&[Kind::Template]).chain(of(&[Kind::Resource])).collect();
    let given = parameters::given(&templates, &parameters, &reading.deployment.files);
    let Reading { deployment, oddities } = reading;
    let mut reader = Reader { deployment, oddities, conditions: Vec::new(), conditional: Vec::new() };
    for (template, given) in templates.iter().zip(given) {
        let file = (templates.len() > 1).then(|| parameters::name(&reader.deployment.files, template.file));
        reader.template(template, Scope { file, ..scope_of(template, &given) }, &[]);
    }
    let conditional = reader.conditional;
    condition::doubt(deployment, &conditional);
}

/// Reads one resource as the service answers it.
pub(super) fn answer(node: &Node<'_>, reading: &mut Reading) {
    let mut scope = Scope { plain: true, live: true, ..Scope::default() };
    let mut found = Vec::new();
    collect_one(node.clone(), None, &mut scope, &mut found);
    let Reading { deployment, oddities } = reading;
    let mut reader = Reader { deployment, oddities, conditions: Vec::new(), conditional: Vec::new() };
    for one in &mut found {
        // Lists of vaults and of resources name them and leave the rest out.
        let listed = node.member("properties").is_none() && !FLATTENED.iter().any(|kind| one.id.kind().ends_with(kind));
        one.existing = listed;
        if let Some(key) = key_uri(&one.node).filter(|_| one.id.scope().is_none()) {
            one.id = key;
        }
    }
    for one in &found {
        reader.resource(one, &found, &scope, &[]);
    }
}

/// The types of resource that the Azure CLI flattens.
const FLATTENED: &[&str] = &["/userassignedidentities", "/roleassignments", "/roledefinitions", "/locks"];

/// The key that a body without an id names by its address.
fn key_uri(node: &Node<'_>) -> Option<ResourceId> {
    let uri = node.member("properties")?.member("keyUri")?;
    azure_cli::address(uri.value.as_str()?).map(|(id, _)| id)
}

/// What the expressions of a template can name.
fn scope_of<'a>(template: &Node<'a>, given: &[(String, Parameter<'a>)]) -> Scope<'a> {
    let declared = template.member("parameters");
    let members = declared.as_ref().and_then(|node| node.value.as_object()).unwrap_or_default();
    let parameter = |name: &str| {
        let node = declared.as_ref()?.member(name)?;
        let kind = node.value.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind.to_ascii_lowercase().starts_with("secure") {
            return Some(Parameter::Open); // never read, so never printed
        }
        let given = given.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        Some(match (given, node.member("defaultValue")) {
            (Some((_, parameter)), _) => parameter.clone(),
            (None, Some(default)) => Parameter::Default(default),
            (None, None) => Parameter::Open,
        })
    };
    let parameters = members.iter().filter_map(|m| Some((m.name.to_string(), parameter(&m.name)?))).collect();
    Scope { parameters, variables: template.member("variables"), ..Scope::default() }
}

/// A resource that was found and not yet read.
pub(super) struct Found<'a> {
    pub(super) node: Node<'a>,
    pub(super) id: ResourceId,
    pub(super) parent: Option<ResourceId>,
    pub(super) existing: bool,
    /// The loops around it.
    loops: Vec<Turn>,
    /// Why it may not be deployed.
    condition: Option<Condition>,
}

impl<'a> Found<'a> {
    /// A resource that stands by itself.
    pub(super) fn alone(node: Node<'a>, id: ResourceId, existing: bool) -> Self {
        Self { node, id, parent: None, existing, loops: Vec::new(), condition: None }
    }
}

struct Reader<'o> {
    deployment: &'o mut Deployment,
    oddities: &'o RefCell<Vec<Oddity>>,
    /// The conditions of what is read now, and what was found under conditions so far.
    conditions: Vec<Condition>,
    conditional: Vec<Conditional>,
}

impl Reader<'_> {
    /// Reads a template that is deployed `after` some resources; gives the ids of its own.
    fn template<'a>(&mut self, template: &Node<'a>, mut scope: Scope<'a>, after: &[ResourceId]) -> Vec<ResourceId> {
        let found = resources(template, &mut scope);
        self.suppressions(template, &scope);
        for one in &found {
            self.resource(one, &found, &scope, after);
        }
        found.into_iter().map(|one| one.id).collect()
    }

    /// Reads one of the resources that were found, and what is nested in it.
    fn resource<'a>(&mut self, one: &Found<'a>, all: &[Found<'a>], scope: &Scope<'a>, after: &[ResourceId]) {
        let around = scope.enter(&one.loops);
        let silent = one.existing.then_some(if scope.live { LISTED } else { REFERRED });
        let cursor = Cursor::new(scope, self.oddities, &one.node, silent);
        let mut header = resource::header(one, all, &cursor, scope);
        header.depends_on.extend_from_slice(after);
        self.conditions.extend(one.condition.clone());
        if let Some((template, inner)) = nested(one, scope) {
            // A deployment is done when all that is in it is.
            let inside = self.template(&template, inner, &header.depends_on);
            header.depends_on.extend(inside);
        } else if header.id.is("Microsoft.Resources/deployments") && !one.existing {
            self.deployment.linked.push(header.id.clone());
        }
        if !self.conditions.is_empty() {
            let (id, place) = (header.id.clone(), header.place.clone());
            self.conditional.push(Conditional { id, place, conditions: self.conditions.clone() });
        }
        let outer = self.conditions.len() - usize::from(one.condition.is_some());
        self.conditions.truncate(outer);
        resource::body(one, &cursor, &header, self.deployment);
        self.deployment.resources.push(header);
        self.suppressions(&one.node, scope);
        scope.enter(&around);
    }

    /// `metadata.cmkit.suppress` of a template or a resource.
    fn suppressions<'a>(&mut self, node: &Node<'a>, scope: &Scope<'a>) {
        let cursor = Cursor::new(scope, self.oddities, node, None);
        let list = cursor.path(&["metadata", "cmkit", "suppress"]).list(|entry| Suppression {
            code: entry.get("code").text(),
            reason: entry.get("reason").text(),
            until: entry.get("until").text(),
            place: entry.place(),
            covers: node.place(),
        });
        if let Fact::Known { value, .. } = list {
            self.deployment.suppressions.extend(value);
        }
    }
}

/// Finds the resources of a template; the scope learns their names and the outputs of templates nested in it.
fn resources<'a>(template: &Node<'a>, scope: &mut Scope<'a>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    match template.member("resources") {
        Some(resources) if template.member("type").is_none() => collect(&resources, None, scope, &mut found),
        _ => {
            collect_one(template.clone(), None, scope, &mut found);
        }
    }
    scope.learn();
    // An output can rest on the output of another deployment, in whatever order they stand.
    for _ in 0..MAX_CHAIN {
        let outputs: Vec<_> = found.iter().flat_map(|one| outputs(one, scope)).collect();
        if outputs.is_empty() {
            break;
        }
        scope.outputs = outputs;
        scope.learn();
    }
    found
}

/// A template inside a deployment resource; with its own scope where it asks for that.
fn nested<'a>(one: &Found<'a>, outer: &Scope<'a>) -> Option<(Node<'a>, Scope<'a>)> {
    let word = |name: &str| one.node.member(name).map(|node| outer.text_of(outer.worth(&node).0));
    if !one.id.is("Microsoft.Resources/deployments") || outer.level == MAX_NESTED {
        return None;
    }
    let properties = one.node.member("properties")?;
    let template = properties.member("template")?;
    let options = properties.member("expressionEvaluationOptions").and_then(|node| node.member("scope"));
    let inner = options.is_some_and(|scope| scope.value.as_str().is_some_and(|s| s.eq_ignore_ascii_case("inner")));
    let mut scope = outer.clone();
    if inner {
        let values = properties.member("parameters");
        let members = values.as_ref().and_then(|node| node.value.as_object()).unwrap_or_default();
        let value = |name: &str| Some(outer.worth(&values.as_ref()?.member(name)?.member("value")?));
        let given = members.iter().filter_map(|m| Some((m.name.to_string(), Parameter::Given(value(&m.name)?))));
        let Scope { file, target, home, turns, .. } = scope;
        scope = Scope { file, target, home, turns, ..scope_of(&template, &given.collect::<Vec<_>>()) };
    }
    // A deployment to another group: there are its resources, and an inner scope is at home there too.
    if let Some(group) = word("resourceGroup") {
        let subscription = word("subscriptionId").unwrap_or_else(|| outer.home.subscription.clone());
        let home = Home { subscription, group };
        scope.target = Some(home.path()).filter(|path| *path != Home::default().path());
        scope.home = if inner { home } else { scope.home };
    }
    scope.level = outer.level + 1;
    Some((template, scope))
}

/// What a nested template gives back.
fn outputs<'a>(one: &Found<'a>, outer: &Scope<'a>) -> Vec<(ResourceId, String, Valued<'a>)> {
    let around = outer.enter(&one.loops);
    let inner = nested(one, outer);
    outer.enter(&around);
    let Some((template, mut scope)) = inner else { return Vec::new() };
    let _ = resources(&template, &mut scope);
    let Some(outputs) = template.member("outputs") else { return Vec::new() };
    let value = |name: &str| outputs.member(name)?.member("value");
    let members = outputs.value.as_object().unwrap_or_default().iter();
    members.filter_map(|m| Some((one.id.clone(), m.name.to_string(), scope.worth(&value(&m.name)?)))).collect()
}

/// Finds resources in an array, or in an object of symbolic names.
fn collect<'a>(resources: &Node<'a>, parent: Option<&ResourceId>, scope: &mut Scope<'a>, found: &mut Vec<Found<'a>>) {
    let count = resources.value.as_array().map_or(0, <[_]>::len);
    for node in (0..count).filter_map(|index| resources.element(index)) {
        collect_all(&node, None, parent, scope, found);
    }
    for member in resources.value.as_object().unwrap_or_default() {
        let Some(node) = resources.member(&member.name) else { continue };
        collect_all(&node, Some(&member.name), parent, scope, found);
    }
}

/// Finds a resource, or each turn of the loop that it is in.
fn collect_all<'a>(
    node: &Node<'a>,
    symbol: Option<&str>,
    parent: Option<&ResourceId>,
    scope: &mut Scope<'a>,
    found: &mut Vec<Found<'a>>,
) {
    let Some(copy) = node.member("copy").filter(|copy| copy.value.as_object().is_some()) else {
        let id = collect_one(node.clone(), parent, scope, found);
        scope.symbols.extend(symbol.zip(id).map(|(symbol, id)| (symbol.to_owned(), id)));
        return;
    };
    let word = |name: &str| copy.member(name).map(|node| scope.text_of(scope.worth(&node).0));
    let name = word("name").and_then(|name| name.as_literal().map(ToOwned::to_owned)).unwrap_or_default();
    let origin = copy.member("count").map_or(Origin::Template, |count| scope.worth(&count).1);
    let count = word("count").and_then(|count| count.as_literal()?.parse::<i64>().ok());
    let few = |count: &i64| *count <= MAX_TURNS && scope.turns.get() < MAX_ALL_TURNS;
    // How often a default says is no evidence; and too many turns are one of which nothing is known.
    let turns = match count.filter(few).filter(|_| origin == Origin::Template) {
        Some(count) => (0..count).map(Some).collect(),
        None => Vec::from([None]),
    };
    for turn in turns {
        scope.turns.set(scope.turns.get() + 1);
        scope.loops.get_mut().push((name.clone(), turn));
        scope.learn();
        if let Some(id) = collect_one(node.clone(), parent, scope, found) {
            for name in symbol.into_iter().chain([name.as_str()]) {
                scope.symbols.push((name.to_owned(), id.clone()));
                let turn = turn.map(|turn| (format!("{name}[{turn}]"), id.clone()));
                scope.symbols.extend(turn);
            }
        }
        scope.loops.get_mut().pop();
        scope.learn();
    }
}

fn collect_one<'a>(
    node: Node<'a>,
    parent: Option<&ResourceId>,
    scope: &mut Scope<'a>,
    found: &mut Vec<Found<'a>>,
) -> Option<ResourceId> {
    let condition = match condition::of(&node, scope) {
        condition::Answer::Never => return None,
        condition::Answer::Always => None,
        condition::Answer::Perhaps(condition) => Some(condition),
    };
    let text = |name: &str| match scope.worth(&node.member(name)?).0 {
        Worth::Text(text) => Some(text),
        _ => None,
    };
    let kind = node.member("type")?.value.as_str()?.to_owned();
    let name = text("name").unwrap_or_else(|| scope.open(&format!("the name at {}", node.pointer())));
    let full = text("id").and_then(|id| ResourceId::parse(&id));
    let id = match (full, parent) {
        (Some(id), _) => id,
        (None, Some(parent)) if !kind.contains('.') => {
            let name = parent.name().clone().then_str("/").then(name);
            ResourceId::of(&format!("{}/{kind}", parent.kind()), name)
        }
        (None, _) => ResourceId::of(&kind, name),
    };
    let id = elsewhere(&id, text("subscriptionId"), text("resourceGroup"), scope).unwrap_or(id);
    let existing = matches!(node.member("existing").map(|node| &node.value.kind), Some(json::Kind::Bool(true)));
    let children = node.member("resources");
    let loops = scope.loops.borrow().clone();
    found.push(Found { node, id: id.clone(), parent: parent.cloned(), existing, loops, condition });
    if let Some(children) = children {
        collect(&children, Some(&id), scope, found);
    }
    if let Some(name) = id.name().as_literal() {
        scope.names.push((name.to_owned(), id.clone())); // reference('name') works inside one template
    }
    Some(id)
}

/// The id of a resource that is not in the group of the whole deployment.
fn elsewhere(
    id: &ResourceId,
    subscription: Option<Text>,
    group: Option<Text>,
    scope: &Scope<'_>,
) -> Option<ResourceId> {
    if id.scope().is_some() {
        return None;
    }
    let group = match group {
        Some(group) => {
            let subscription = subscription.unwrap_or_else(|| scope.home.subscription.clone());
            Home { subscription, group }.path()
        }
        None => scope.target.clone()?,
    };
    let (space, types) = id.kind().split_once('/')?;
    let path = group.then_str("/providers/").then_str(space);
    let steps = types.split('/').zip(id.name().split('/'));
    let steps = steps.fold(path, |path, (kind, name)| path.then_str("/").then_str(kind).then_str("/").then(name));
    ResourceId::parse(&steps).filter(|other| other.kind() == id.kind())
}

#[cfg(test)]
mod tests;
