//! What a template expression is worth before deployment: text with its unknown parts named, or a value elsewhere in
//! the file.
//!
//! Parameters with a value or a default, variables, string functions and resource ids are worked out. Everything else
//! stays as it is written: two equal unknown expressions are still the same text. Secure parameters are never read.

use super::expression::{Content, Expression, content};
use super::function::{
    GROUP, Home, KEY_VAULT_SUFFIX, SUBSCRIPTION, format_text, property, resource_id, spelled, spelling, well_known,
};
use super::json::{Kind, Member, Value};
use super::logic::{decide, element};
use super::made::Made;
use crate::policy::{Origin, Place, Pointer, ResourceId, Span, Text};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::{Cell, OnceCell, RefCell};
use core::fmt::Write;

/// Steps that one template may take; beyond, expressions stay unknown. Stops variables that fan out.
const MAX_STEPS: u32 = 200_000;
/// Variables and parameters that refer to each other deeper than this stay unknown. Stops cycles.
const MAX_DEPTH: u32 = 24;
/// Text longer than this stays unknown. Stops variables that double each other.
const MAX_TEXT: usize = 4096;

/// A JSON value, where it stands, and what to point at instead of a whole block.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value<'a>,
    pub(super) file: usize,
    pub(super) path: Path<'a>,
    pub(super) label: Span,
}

/// The way to a value. It is made for every step of a walk and told for few, so it is a chain without text of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Path<'a>(Option<Rc<Link<'a>>>);

#[derive(Debug)]
struct Link<'a> {
    above: Path<'a>,
    step: Step<'a>,
    /// The whole way in words, once somebody asked.
    pointer: OnceCell<Pointer>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Member(&'a str),
    Element(usize),
}

impl<'a> Path<'a> {
    fn then(&self, step: Step<'a>) -> Self {
        Self(Some(Rc::new(Link { above: self.clone(), step, pointer: OnceCell::new() })))
    }

    fn pointer(&self) -> Pointer {
        let Some(link) = &self.0 else { return Pointer::default() };
        let words = || {
            let mut out = String::with_capacity(128);
            self.write(&mut out);
            out.as_str().into()
        };
        link.pointer.get_or_init(words).clone()
    }

    fn write(&self, out: &mut String) {
        let Some(link) = &self.0 else { return };
        link.above.write(out);
        out.push('/');
        match link.step {
            Step::Member(name) if name.contains(['~', '/']) => {
                out.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
            Step::Member(name) => out.push_str(name),
            Step::Element(index) => {
                let _ = write!(out, "{index}"); // to a string: never fails
            }
        }
    }
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value<'a>, file: usize) -> Self {
        Self { value, file, path: Path::default(), label: first_member(value) }
    }

    /// The place as a JSON Pointer.
    pub(super) fn pointer(&self) -> Pointer {
        self.path.pointer()
    }

    pub(super) fn member(&self, name: &str) -> Option<Self> {
        self.value.member(name).map(|member| self.of(member))
    }

    /// A member of this object.
    pub(super) fn of(&self, member: &'a Member<'a>) -> Self {
        let path = self.path.then(Step::Member(&member.name));
        Self { value: &member.value, file: self.file, path, label: member.name_span }
    }

    pub(super) fn element(&self, index: usize) -> Option<Self> {
        let value = self.value.as_array()?.get(index)?;
        let path = self.path.then(Step::Element(index));
        Some(Self { value, file: self.file, path, label: first_member(value) })
    }

    /// The place of the value; for an array or an object, that of its name.
    pub(super) fn place(&self) -> Place {
        let block = matches!(self.value.kind, Kind::Array(_) | Kind::Object(_));
        let span = if block { self.label } else { self.value.span };
        Place { file: self.file, pointer: self.pointer(), span }
    }
}

/// An object in an array has no name to point at: its first member is the next best.
fn first_member(value: &Value<'_>) -> Span {
    let first = value.as_object().and_then(<[_]>::first);
    first.map_or(value.span, |member| member.name_span)
}

/// What an expression or a JSON value is worth.
#[derive(Clone, Debug)]
pub(super) enum Worth<'a> {
    /// Text, known or not.
    Text(Text),
    /// Any other JSON value.
    Node(Node<'a>),
    /// An array that a function made.
    List(Rc<Made<Worth<'a>>>),
    /// An object that a function made: names and values.
    Object(Rc<Made<(Text, Valued<'a>)>>),
    /// Nothing, as if it were left out.
    Null,
    /// `reference(...)` to a resource, and the members asked for so far.
    Reference(ResourceId, Vec<String>),
}

/// A worth, and whether a parameter's default went into it.
pub(super) type Valued<'a> = (Worth<'a>, Origin);

/// A worth, and the resources that its expression refers to.
pub(super) type Remembered<'a> = (Valued<'a>, Vec<ResourceId>);

/// A loop by name, and which turn of it this is, where that is known.
pub(super) type Turn = (String, Option<i64>);

/// A parameter of a template.
#[derive(Clone, Debug)]
pub(super) enum Parameter<'a> {
    /// The value that a parameter file or an outer template gives.
    Given(Valued<'a>),
    /// Its default.
    Default(Node<'a>),
    /// Decided at deployment, or secret.
    Open,
}

/// The names that expressions of one template can use.
#[derive(Clone, Default)]
pub(super) struct Scope<'a> {
    /// The document has no expressions: a string is itself, whatever it looks like.
    pub(super) plain: bool,
    /// The service answered this document: what it says is so now.
    pub(super) live: bool,
    /// Text that strings of a document without expressions stand for, see [`Scope::term`].
    pub(super) terms: Vec<Text>,
    pub(super) parameters: Vec<(String, Parameter<'a>)>,
    pub(super) variables: Option<Node<'a>>,
    /// Symbolic names of resources, and of loops.
    pub(super) symbols: Vec<(String, ResourceId)>,
    /// Plain names of resources.
    pub(super) names: Vec<(String, ResourceId)>,
    /// Outputs of the templates nested in this one: deployment, name, worth.
    pub(super) outputs: Vec<(ResourceId, String, Valued<'a>)>,
    /// The file's name, where several templates are read: what is open in one is not what is open in another.
    pub(super) file: Option<String>,
    /// Where expressions are at home.
    pub(super) home: Home,
    /// The resource group that the resources go to, where it isn't that of the whole deployment.
    pub(super) target: Option<Text>,
    /// The loops around a resource, and which turn of each it is, where that is known.
    pub(super) loops: RefCell<Vec<Turn>>,
    /// How many turns of loops were followed, in all templates around this one together.
    pub(super) turns: Rc<Cell<u32>>,
    /// How many templates are around this one.
    pub(super) level: u32,
    pub(super) steps: Cell<u32>,
    /// What strings came to, by their place in memory: a string is used many times, for example a variable.
    pub(super) memo: RefCell<BTreeMap<(usize, usize), Remembered<'a>>>,
    /// The resources that evaluated expressions referred to: each is deployed before the one that refers to it.
    pub(super) referred: RefCell<Vec<ResourceId>>,
}

/// No name and no address has this character.
const TERM: char = '\0';

impl<'a> Scope<'a> {
    /// The string that stands for a text of `terms`, in a document that a reader has put together.
    pub(super) fn term(index: usize) -> String {
        format!("{TERM}{index}")
    }

    /// Works a JSON value out: strings are evaluated, other values are themselves.
    pub(super) fn worth(&self, node: &Node<'a>) -> Valued<'a> {
        self.node(node, 0)
    }

    /// Works a text out.
    pub(super) fn text(&self, text: &str) -> Valued<'a> {
        self.content(text, 0)
    }

    pub(super) fn node(&self, node: &Node<'a>, depth: u32) -> Valued<'a> {
        match &node.value.kind {
            Kind::String(text) => self.content(text, depth),
            _ => (Worth::Node(node.clone()), Origin::Template),
        }
    }

    pub(super) fn content(&self, text: &str, depth: u32) -> Valued<'a> {
        if self.plain {
            let term = text.strip_prefix(TERM).and_then(|index| self.terms.get(index.parse::<usize>().ok()?));
            return known(term.cloned().unwrap_or_else(|| Text::literal(text)));
        }
        if !text.starts_with('[') {
            return known(Text::literal(text));
        }
        let key = (text.as_ptr() as usize, text.len());
        if let Some((valued, referred)) = self.memo.borrow().get(&key) {
            self.referred.borrow_mut().extend_from_slice(referred);
            return valued.clone();
        }
        let expression = match content(text) {
            Content::Literal(text) => return known(Text::literal(text)),
            Content::Unreadable => return known(self.open(text)),
            Content::Expression(expression) => expression,
        };
        let before = self.referred.borrow().len();
        let valued = match self.expression(&expression, depth) {
            (Worth::Reference(id, path), origin) => (Worth::Text(property(id, &path)), origin),
            valued => valued,
        };
        let referred = self.referred.borrow().get(before..).unwrap_or_default().to_vec();
        self.memo.borrow_mut().insert(key, (valued.clone(), referred));
        valued
    }

    /// Forgets what strings came to, since they can name more now.
    pub(super) fn learn(&mut self) {
        self.memo.get_mut().clear();
    }

    /// Goes into these loops; gives those that it was in.
    pub(super) fn enter(&self, loops: &[Turn]) -> Vec<Turn> {
        if *self.loops.borrow() == loops {
            return loops.to_vec();
        }
        self.memo.borrow_mut().clear();
        self.loops.replace(loops.to_vec())
    }

    fn expression(&self, expression: &Expression, depth: u32) -> Valued<'a> {
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_STEPS {
            return known(self.endless());
        }
        match expression {
            Expression::Literal(text) => known(Text::literal(text.as_str())),
            Expression::Member(object, name) => self.member(object, name, depth),
            Expression::Call(function, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(|a| self.expression(a, depth + 1)).collect();
                self.call(function, &arguments, depth)
            }
        }
    }

    fn member(&self, object: &Expression, name: &Expression, depth: u32) -> Valued<'a> {
        let (object, origin) = self.expression(object, depth + 1);
        let (name, _) = self.expression(name, depth + 1);
        let name = self.text_of(name);
        let step = name.as_literal();
        match (object, step) {
            (Worth::Node(node), Some(step)) => {
                let found = node.member(step).or_else(|| node.element(step.parse().ok()?));
                match found {
                    Some(found) => with(self.node(&found, depth + 1), origin),
                    None => known(self.open(&format!("a member `{step}` that does not exist"))),
                }
            }
            (list @ Worth::List(_), Some(step)) => {
                let found = step.parse().ok().and_then(|at| element(&list, at));
                found.map_or_else(
                    || known(self.open(&format!("an element `{step}` that does not exist"))),
                    |worth| (worth, origin),
                )
            }
            (Worth::Object(made), Some(step)) => match made.member(step) {
                Some(Some(valued)) => with(valued.clone(), origin),
                _ => known(self.open(&format!("a member `{step}` of {}", spelled(&made.spelled)))),
            },
            (Worth::Reference(id, mut path), Some(step)) => {
                path.push(step.to_string());
                match self.output(&id, &path) {
                    Some(valued) => valued,
                    None => (Worth::Reference(id, path), origin),
                }
            }
            (object, _) => {
                let whole = format!("{}.{}", spelled(&self.text_of(object)), name);
                (
                    Worth::Text(well_known(&whole, &self.home)),
                    if whole == KEY_VAULT_SUFFIX { Origin::Parameter } else { origin },
                )
            }
        }
    }

    fn call(&self, function: &str, arguments: &[Valued<'a>], depth: u32) -> Valued<'a> {
        let texts: Vec<_> = arguments.iter().map(|(worth, _)| self.text_of(worth.clone())).collect();
        let origin = arguments.iter().fold(Origin::Template, |all, (_, one)| weaker(all, *one));
        let first = texts.first().and_then(Text::as_literal);
        let found = match (function.to_ascii_lowercase().as_str(), first) {
            ("parameters", Some(name)) => return self.parameter(name, depth),
            ("variables", Some(name)) => return self.variable(name, depth),
            ("copyindex", _) => Some(self.turn(&texts)),
            // What each deployment has of its own.
            ("deployment" | "newguid" | "utcnow", _) => Some(self.open(&spelling(function, &texts))),
            // Letter case never matters in what is compared here.
            ("tolower" | "toupper" | "string", _) if arguments.len() == 1 => texts.first().cloned(),
            ("concat", _) if arguments.iter().all(|(worth, _)| is_plain(worth)) => {
                Some(texts.iter().cloned().collect())
            }
            (name @ ("concat" | "union" | "shallowmerge" | "createarray" | "createobject"), _) => {
                let canonical = ["union", "shallowMerge", "createArray", "createObject"];
                let canonical =
                    canonical.into_iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or("concat");
                if let Some(worth) = self.made(canonical, arguments, &texts, depth) {
                    // Members of an object know where they come from.
                    return (worth, if canonical == "createObject" { Origin::Template } else { origin });
                }
                None
            }
            ("uri", _) if arguments.len() == 2 => Some(texts.iter().cloned().collect()),
            ("format", Some(pattern)) => format_text(pattern, texts.get(1..).unwrap_or_default()),
            ("resourceid", _) => resource_id(&texts, GROUP, &self.home),
            ("subscriptionresourceid", _) => resource_id(&texts, SUBSCRIPTION, &self.home),
            ("tenantresourceid", _) => resource_id(&texts, "", &self.home),
            ("extensionresourceid", _) => texts
                .split_first()
                .and_then(|(scope, rest)| Some(scope.clone().then(resource_id(rest, "", &self.home)?))),
            ("reference", _) => {
                let Some(id) = self.reference(&texts) else {
                    return known(Text::opaque(spelling(function, &texts)));
                };
                self.referred.borrow_mut().push(id.clone());
                return (Worth::Reference(id, Vec::new()), origin);
            }
            (name, _) => {
                let worths: Vec<_> = arguments.iter().map(|(worth, _)| self.null(worth)).collect();
                match decide(name, &worths) {
                    Some(Worth::Text(text)) => Some(text),
                    Some(Worth::Node(node)) => return with(self.node(&node, depth + 1), origin),
                    Some(worth) => return (worth, origin),
                    None => None,
                }
            }
        };
        let text = found.unwrap_or_else(|| Text::opaque(spelling(function, &texts)));
        (Worth::Text(self.capped(text)), origin)
    }

    /// One more step of those that a template may take; false when there are none left.
    pub(super) fn goes_on(&self) -> bool {
        self.steps.set(self.steps.get().saturating_add(1));
        self.steps.get() <= MAX_STEPS
    }

    /// `null` is nothing, wherever it stands.
    fn null(&self, worth: &Worth<'a>) -> Worth<'a> {
        match worth {
            Worth::Node(node) if matches!(node.value.kind, Kind::Null) => Worth::Null,
            worth => worth.clone(),
        }
    }

    /// `copyIndex([loop], [offset])`
    fn turn(&self, arguments: &[Text]) -> Text {
        let word = |at: usize| arguments.get(at).and_then(Text::as_literal);
        let offset = word(0).and_then(|word| word.parse::<i64>().ok());
        let name = word(0).filter(|_| offset.is_none());
        let offset = if name.is_some() { word(1).and_then(|word| word.parse().ok()) } else { offset };
        let named = |(known, _): &&Turn| name.is_none_or(|name| known.eq_ignore_ascii_case(name));
        match self.loops.borrow().iter().rev().find(named) {
            Some((_, Some(turn))) => Text::literal(turn.saturating_add(offset.unwrap_or(0)).to_string()),
            // The same turn of another loop is another one.
            Some((name, None)) => self
                .open(&spelling("copyIndex", &[Text::literal(name), Text::literal(offset.unwrap_or(0).to_string())])),
            None => self.open(&spelling("copyIndex", arguments)),
        }
    }

    /// What this file doesn't decide; where there are more files, it is this file's.
    pub(super) fn open(&self, expression: &str) -> Text {
        match &self.file {
            None => Text::opaque(expression),
            Some(file) => Text::opaque(format!("{expression} in {file}")),
        }
    }

    pub(super) fn text_of(&self, worth: Worth<'_>) -> Text {
        match worth {
            Worth::Text(text) => text,
            Worth::Reference(id, path) => property(id, &path),
            Worth::Node(node) => match &node.value.kind {
                Kind::Number(number) => Text::literal(*number),
                Kind::Bool(value) => Text::literal(value.to_string()),
                _ => self.open(&format!("the value at {}", node.pointer())),
            },
            Worth::List(made) => made.spelled.clone(),
            Worth::Object(made) => made.spelled.clone(),
            Worth::Null => Text::opaque("null()"),
        }
    }

    /// A text, unless it is too long to be told apart.
    pub(super) fn capped(&self, text: Text) -> Text {
        if text.len() > MAX_TEXT { self.endless() } else { text }
    }

    /// What is not followed to its end. No two of these are the same, since nothing is known of them.
    fn endless(&self) -> Text {
        self.open(&format!("an expression too long to follow, number {}", self.steps.get()))
    }

    fn parameter(&self, name: &str, depth: u32) -> Valued<'a> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        match found.map(|(_, parameter)| parameter) {
            Some(Parameter::Given(valued)) => valued.clone(),
            Some(Parameter::Default(node)) => with(self.node(node, depth + 1), Origin::Parameter),
            Some(Parameter::Open) | None => known(self.open(&format!("parameters('{name}')"))),
        }
    }

    fn variable(&self, name: &str, depth: u32) -> Valued<'a> {
        match self.variables.as_ref().and_then(|variables| variables.member(name)) {
            Some(node) => self.node(&node, depth + 1),
            None => known(self.open(&format!("variables('{name}')"))),
        }
    }

    /// `reference(deployment).outputs.name.value`, where the deployment's template is in the file.
    fn output(&self, id: &ResourceId, path: &[String]) -> Option<Valued<'a>> {
        let [outputs, name, value] = path else { return None };
        let wanted = outputs.eq_ignore_ascii_case("outputs") && value.eq_ignore_ascii_case("value");
        let found = self.outputs.iter().filter(|_| wanted);
        let mut found =
            found.filter(|(from, output, _)| output.eq_ignore_ascii_case(name) && from.same(id) == Some(true));
        found.next().map(|(_, _, valued)| valued.clone())
    }

    /// The resource of a name, where there is one alone.
    pub(super) fn symbol(&self, name: &str) -> Option<&ResourceId> {
        alone(&self.symbols, name).or_else(|| alone(&self.names, name))
    }

    fn reference(&self, arguments: &[Text]) -> Option<ResourceId> {
        let resource = arguments.first()?;
        ResourceId::parse(resource).or_else(|| self.symbol(resource.as_literal()?).cloned())
    }
}

/// Neither an array nor an object.
const fn is_plain(worth: &Worth<'_>) -> bool {
    !matches!(worth, Worth::Node(_) | Worth::List(_) | Worth::Object(_))
}

/// The one resource that is known by a name.
fn alone<'k>(known: &'k [(String, ResourceId)], name: &str) -> Option<&'k ResourceId> {
    let mut found = known.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, id)| id);
    let first = found.next()?;
    found.all(|other| other.same(first) == Some(true)).then_some(first)
}

fn known<'a>(text: Text) -> Valued<'a> {
    (Worth::Text(text), Origin::Template)
}

pub(super) fn weaker(one: Origin, two: Origin) -> Origin {
    if one == Origin::Template { two } else { one }
}

pub(super) fn with((worth, origin): Valued<'_>, other: Origin) -> Valued<'_> {
    (worth, weaker(origin, other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::json;

    fn evaluate(expression: &str) -> String {
        let text = r#"{
            "given": { "a": "[parameters('open')]", "list": ["[variables('x')]", "b"], "x": "ex", "self": "[variables('self')]",
                       "d1": "[concat(variables('d2'), variables('d2'))]", "d2": "[concat(variables('d3'), variables('d3'))]",
                       "d3": "[concat(parameters('open'), parameters('open'))]",
                       "loop": { "x": "[union(variables('loop'), variables('loop'))]", "y": "[createObject('y', variables('loop'))]" },
                       "o1": "[createObject('a', variables('o2'), 'b', variables('o2'))]",
                       "o2": "[union(variables('o3'), createObject('c', variables('o3')), variables('o3'))]",
                       "o3": { "a": { "b": "[variables('loop').x]" }, "b": ["[variables('o2')]"] } },
            "default": "[resourceGroup().location]", "plain": "kv" }"#;
        let root = json::parse(text).expect("json");
        let root = Node::root(&root, 0);
        let scope = Scope {
            parameters: Vec::from([
                ("open".to_string(), Parameter::Open),
                ("location".to_string(), Parameter::Default(root.member("default").expect("default"))),
                ("vault".to_string(), Parameter::Default(root.member("plain").expect("plain"))),
            ]),
            variables: root.member("given"),
            symbols: Vec::from([("id".to_string(), ResourceId::of("Microsoft.X/ids", Text::literal("one")))]),
            ..Scope::default()
        };
        scope.text_of(scope.text(expression).0).to_string()
    }

    #[test]
    fn works_out_what_the_file_decides() {
        for (expression, worth) in [
            ("plain", "plain"),
            ("[[x]", "[x]"),
            ("[parameters('VAULT')]", "kv"),
            ("[parameters('open')]", "{parameters('open')}"),
            ("[parameters('missing')]", "{parameters('missing')}"),
            ("[parameters('location')]", "{resourceGroup().location}"),
            ("[variables('a')]", "{parameters('open')}"),
            ("[variables('list')[0]]", "ex"),
            ("[variables('list')[7]]", "{a member `7` that does not exist}"),
            ("[concat('https://', parameters('vault'), '.x')]", "https://kv.x"),
            ("[format('{0}-{1}', toLower(parameters('vault')), parameters('open'))]", "kv-{parameters('open')}"),
            ("[format('{0:N2}', 'a')]", "{format('{0:N2}', 'a')}"),
            (
                "[uniqueString(resourceGroup().id)]",
                "{uniqueString('/subscriptions/{subscription().subscriptionId}/resourceGroups/{resourceGroup().name}')}",
            ),
            ("[reference('id').principalId]", "{one.principalId}"),
            ("[reference('id', '2023-01-31', 'Full').properties.clientId]", "{one.clientId}"),
            (
                "[reference(resourceId('Microsoft.KeyVault/vaults', parameters('vault'))).vaultUri]",
                "https://kv.vault.azure.net/",
            ),
            (
                "[reference(resourceId('Microsoft.KeyVault/vaults/keys', 'kv', 'k')).keyUri]",
                "https://kv.vault.azure.net/keys/k",
            ),
            (
                "[reference(resourceId('Microsoft.KeyVault/vaults/keys', 'kv', 'k')).keyUriWithVersion]",
                "https://kv.vault.azure.net/keys/k/{the key's current version}",
            ),
            (
                "[resourceId('g', 'Microsoft.X/a/b', 'n', 'm')]",
                "/subscriptions/{subscription().subscriptionId}/resourceGroups/g/providers/Microsoft.X/a/n/b/m",
            ),
            (
                "[resourceId('s', 'g', 'Microsoft.X/a', 'n')]",
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.X/a/n",
            ),
            (
                "[subscriptionResourceId('Microsoft.X/a', 'n')]",
                "/subscriptions/{subscription().subscriptionId}/providers/Microsoft.X/a/n",
            ),
            (
                "[extensionResourceId(resourceGroup().id, 'Microsoft.X/a', 'n')]",
                "/subscriptions/{subscription().subscriptionId}/resourceGroups/{resourceGroup().name}/providers/Microsoft.X/a/n",
            ),
            ("[resourceId('Microsoft.X/a', 'n', 'm')]", "{resourceId('Microsoft.X/a', 'n', 'm')}"),
            ("[concat('https://kv', environment().suffixes.keyvaultDns)]", "https://kv.vault.azure.net"),
            ("[subscription().tenantId]", "{tenant().tenantId}"),
        ] {
            assert_eq!(evaluate(expression), worth, "{expression}");
        }
    }

    #[test]
    fn cycles_and_bombs_end() {
        assert!(evaluate("[variables('self')]").contains("too long to follow"));
        assert!(evaluate("[concat(variables('d1'), variables('d1'))]").len() < 10_000);
        for expression in
            ["[union(variables('loop'), variables('loop'))]", "[variables('o1')]", "[variables('loop').y.y]"]
        {
            assert!(evaluate(expression).len() < 10_000, "{expression}");
        }
        let mut twice = "[createObject('a', 'b')]".to_string();
        for _ in 0..30 {
            twice = format!("[createArray({0}, {0})]", twice.trim_matches(['[', ']']));
            if twice.len() > 1 << 16 {
                break;
            }
        }
        assert!(evaluate(&twice).len() < 10_000);
    }
}
