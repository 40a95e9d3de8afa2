//! A walk through the values of a resource that never fails: each step gives a value, its absence, or the reason why it
//! is unknown.
//!
//! Four trees are walked side by side: the values, what of them is known after apply, what of them is sensitive, and the
//! expressions of the configuration. What is not known follows its references; sensitive values are not read.

use super::super::json::Kind;
use super::super::scope::Node;
use super::plan::{Instance, Plan, elements, is_true};
use super::reference::{fits, specific};
use crate::policy::{Fact, Oddity, Origin, Place, Text, Timestamp};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

/// A resource takes 50 tags; more than this are not read.
const MAX_TAGS: usize = 256;

/// A place in a resource and what is there.
#[derive(Clone)]
pub(super) struct At<'p, 'a> {
    plan: &'p Plan<'a>,
    one: &'p Instance<'a>,
    oddities: Option<&'p RefCell<Vec<Oddity>>>,
    name: String,
    place: Place,
    value: Option<Node<'a>>,
    unknown: Option<Node<'a>>,
    sensitive: Option<Node<'a>>,
    config: Config<'a>,
    depth: u32,
}

/// What the configuration has for a value.
#[derive(Clone)]
enum Config<'a> {
    /// Nothing is known of the configuration here.
    Nothing,
    /// The block around it is there and does not set it.
    Unset,
    /// The expression, or the block.
    Set(Node<'a>),
    /// The expression around it: its references are of all that is in it.
    Around(Node<'a>),
}

enum State<'a> {
    Value(Node<'a>),
    Sensitive,
    Unknown,
    Absent,
}

impl<'p, 'a> At<'p, 'a> {
    pub(super) fn new(plan: &'p Plan<'a>, one: &'p Instance<'a>, oddities: &'p RefCell<Vec<Oddity>>) -> Self {
        Self { oddities: Some(oddities), ..Self::quiet(plan, one, 0) }
    }

    /// A walk on the way of a reference, `depth` references from where it began: notes no oddities.
    pub(super) fn quiet(plan: &'p Plan<'a>, one: &'p Instance<'a>, depth: u32) -> Self {
        let expressions = one.config.as_ref().and_then(|config| config.member("expressions"));
        Self {
            plan,
            one,
            oddities: None,
            name: String::new(),
            place: place_of(one),
            value: one.values.clone(),
            unknown: one.unknown.clone(),
            sensitive: one.sensitive.clone(),
            config: expressions.map_or(Config::Nothing, Config::Set),
            depth,
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// A member.
    pub(super) fn get(&self, name: &str) -> Self {
        self.to(name, |node| exact(node, name))
    }

    fn element(&self, index: usize) -> Self {
        self.to(&self.name, |node| node.element(index))
    }

    fn to(&self, name: &str, step: impl Fn(&Node<'a>) -> Option<Node<'a>>) -> Self {
        let value = self.value.as_ref().and_then(&step);
        // What is unknown or sensitive as a whole is so in all its parts.
        let mark = |node: &Node<'a>| if is_true(node) { Some(node.clone()) } else { step(node) };
        let (unknown, sensitive) = (self.unknown.as_ref().and_then(mark), self.sensitive.as_ref().and_then(mark));
        let config = match &self.config {
            Config::Set(node) if is_expression(node) => Config::Around(node.clone()),
            Config::Set(node) => step(node).map_or(Config::Unset, Config::Set),
            other => other.clone(),
        };
        let source = match &config {
            Config::Set(node) => {
                Some(node.member("references").and_then(|list| list.element(0)).unwrap_or(node.clone()))
            }
            _ => None,
        };
        let marked = unknown.clone().filter(is_true);
        let written = value.clone().filter(|node| marked.is_none() || !matches!(node.value.kind, Kind::Null));
        let place = written.or(source).or(marked).map_or_else(|| self.place.clone(), |node| node.place());
        Self { name: name.to_owned(), place, value, unknown, sensitive, config, ..self.clone() }
    }

    /// For what the provider computes unless it is set: what nobody sets on a new resource is absent, not unknown.
    pub(super) fn or_computed(mut self) -> Self {
        if self.one.created && matches!(self.config, Config::Unset) && self.unknown.as_ref().is_some_and(is_true) {
            self.unknown = None;
            self.place = place_of(self.one);
        }
        self
    }

    /// Whether the configuration sets it; `None` where there is no configuration to tell.
    pub(super) fn is_set(&self) -> Option<bool> {
        match self.config {
            Config::Nothing => None,
            Config::Unset => Some(false),
            Config::Set(_) | Config::Around(_) => Some(true),
        }
    }

    fn state(&self) -> State<'a> {
        if self.sensitive.as_ref().is_some_and(is_true) && (self.value.is_some() || self.unknown.is_some()) {
            return State::Sensitive;
        }
        match (&self.unknown, &self.value, &self.config) {
            (Some(node), ..) if is_true(node) => State::Unknown,
            (_, Some(value), _) if matches!(value.value.kind, Kind::Null) => State::Absent,
            (_, Some(value), _) => State::Value(value.clone()),
            // Set by something, and not even null in the values: it is known after apply.
            (_, None, Config::Set(node)) if node.member("references").is_some() => State::Unknown,
            _ => State::Absent,
        }
    }

    /// Text; an empty one is how Terraform writes none.
    pub(super) fn text(&self) -> Fact<Text> {
        match self.state() {
            State::Value(node) => match &node.value.kind {
                Kind::String(text) if text.is_empty() => self.absent(),
                Kind::String(text) => self.known(Text::literal(text.as_ref())),
                _ => self.odd("a string"),
            },
            state @ (State::Sensitive | State::Unknown) => match self.referred() {
                Some(text) => self.known(text),
                None => self.open(&state),
            },
            State::Absent => self.absent(),
        }
    }

    pub(super) fn boolean(&self) -> Fact<bool> {
        self.scalar("a boolean", |kind| if let Kind::Bool(value) = kind { Some(*value) } else { None })
    }

    pub(super) fn integer(&self) -> Fact<i64> {
        self.scalar("a whole number", |kind| if let Kind::Number(digits) = kind { digits.parse().ok() } else { None })
    }

    /// A time as RFC 3339 has it, in seconds since 1970.
    pub(super) fn seconds(&self) -> Fact<i64> {
        if matches!(self.state(), State::Value(ref node) if node.value.as_str() == Some("")) {
            return self.absent();
        }
        self.scalar("a time", |kind| {
            let Kind::String(text) = kind else { return None };
            Timestamp::parse(text).ok().map(Timestamp::seconds)
        })
    }

    fn scalar<T>(&self, expected: &str, read: impl Fn(&Kind<'a>) -> Option<T>) -> Fact<T> {
        match self.state() {
            State::Value(node) => match read(&node.value.kind) {
                Some(value) => self.known(value),
                None => self.odd(expected),
            },
            State::Absent => self.absent(),
            state => self.open(&state),
        }
    }

    /// A block that stands once or not at all.
    pub(super) fn block(&self) -> Fact<Self> {
        match self.state() {
            State::Value(node) => match &node.value.kind {
                Kind::Array(values) if values.is_empty() => self.rendered_elsewhere(),
                Kind::Array(_) => self.known(self.element(0)),
                Kind::Object(_) => self.known(self.clone()),
                _ => self.odd("a block"),
            },
            State::Absent => self.rendered_elsewhere(),
            state => self.open(&state),
        }
    }

    /// A block all of whose values are unknown may be missing in the values.
    fn rendered_elsewhere(&self) -> Fact<Self> {
        let marked = elements(self.unknown.clone()).next().is_some();
        let written = matches!(&self.config, Config::Set(node) if elements(Some(node.clone())).next().is_some());
        if marked || (written && self.value.is_none()) { self.known(self.element(0)) } else { self.absent() }
    }

    /// A list of blocks or objects, each read into something.
    pub(super) fn list<T>(&self, each: impl Fn(Self) -> T) -> Fact<Vec<T>> {
        match self.state() {
            State::Value(node) => match node.value.as_array() {
                Some(values) => self.known((0..values.len()).map(|index| each(self.element(index))).collect()),
                None => self.odd("an array"),
            },
            State::Absent => self.absent(),
            state => self.open(&state),
        }
    }

    /// A list of texts. Of a list that is known after apply, each reference is one.
    pub(super) fn texts(&self) -> Fact<Vec<(Text, Place)>> {
        match self.state() {
            State::Value(node) if node.value.as_array().is_some() => {
                let references = self.references();
                let open = elements(self.unknown.clone()).filter(is_true).count();
                let mut in_order = references.iter().filter(|_| references.len() == open);
                let count = node.value.as_array().map_or(0, <[_]>::len);
                let texts = (0..count).map(|index| {
                    let element = self.element(index);
                    if let (State::Unknown, Some(reference)) = (element.state(), in_order.next())
                        && let Some(text) = self.worth(reference)
                    {
                        return (text, reference.place());
                    }
                    let open = || Text::opaque(format!("{}.{}[{index}]", self.one.address, self.name));
                    (element.text().known().cloned().unwrap_or_else(open), element.place)
                });
                self.known(texts.collect())
            }
            State::Value(_) => self.odd("an array"),
            State::Absent => self.absent(),
            state => {
                let references = self.references();
                let texts: Option<Vec<_>> =
                    references.iter().map(|reference| Some((self.worth(reference)?, reference.place()))).collect();
                match texts {
                    Some(texts) if !texts.is_empty() => self.known(texts),
                    _ => self.open(&state),
                }
            }
        }
    }

    /// A map of texts: tags.
    pub(super) fn map(&self) -> Fact<Vec<(Text, Fact<Text>)>> {
        match self.state() {
            State::Value(node) => match node.value.as_object() {
                Some(members) => {
                    let pair = |name: &str| (Text::literal(name), self.get(name).text());
                    self.known(members.iter().take(MAX_TAGS).map(|member| pair(&member.name)).collect())
                }
                None => self.odd("an object"),
            },
            State::Absent => self.absent(),
            state => self.open(&state),
        }
    }

    /// The most specific references of the expression; of one around this value, those that can be meant.
    fn references(&self) -> Vec<Node<'a>> {
        match &self.config {
            Config::Set(node) => specific(node),
            Config::Around(node) => {
                let mut all = specific(node);
                all.retain(|reference| fits(&self.name, reference.value.as_str().unwrap_or_default()));
                all
            }
            Config::Nothing | Config::Unset => Vec::new(),
        }
    }

    /// What the only reference of an expression is worth. Terraform does not tell what else stands around it.
    fn referred(&self) -> Option<Text> {
        match self.references().as_slice() {
            [reference] => self.worth(reference),
            _ => None,
        }
    }

    fn worth(&self, reference: &Node<'a>) -> Option<Text> {
        self.plan.worth(reference.value.as_str()?, &self.one.module, self.depth + 1)
    }

    pub(super) fn known<T>(&self, value: T) -> Fact<T> {
        let live = self.plan.live || self.one.data;
        let origin = if live { Origin::Live } else { Origin::Template };
        Fact::Known { value, place: self.place.clone(), origin }
    }

    /// The service's own default, which the provider sends or relies on.
    pub(super) fn default<T>(&self, value: T) -> Fact<T> {
        Fact::Known { value, place: self.place.clone(), origin: Origin::Service }
    }

    pub(super) fn absent<T>(&self) -> Fact<T> {
        let place = self.place.clone();
        if self.one.data {
            return Fact::Unknown { place, reason: format!("data source `{}` does not tell it", self.one.address) };
        }
        Fact::Absent(place)
    }

    fn open<T>(&self, state: &State<'a>) -> Fact<T> {
        let name = &self.name;
        let from: Vec<_> = self.references().iter().filter_map(|r| Some(format!("`{}`", r.value.as_str()?))).collect();
        let reason = match state {
            State::Sensitive => format!("`{name}` is sensitive, so it is not read"),
            _ if from.is_empty() => format!("`{name}` is known after apply"),
            _ if from.iter().any(|from| from.starts_with("`local.")) => {
                let from = from.join(" and ");
                format!(
                    "`{name}` is known after apply; it comes from {from}, and a plan does not tell what locals are made of"
                )
            }
            _ => format!("`{name}` is known after apply; it comes from {}", from.join(" and ")),
        };
        Fact::Unknown { place: self.place.clone(), reason }
    }

    /// Notes a value of the wrong kind.
    fn odd<T>(&self, expected: &str) -> Fact<T> {
        let name = &self.name;
        if let (Some(oddities), Some(value)) = (self.oddities, &self.value) {
            let actual = value.value.what();
            let mut oddities = oddities.borrow_mut();
            if oddities.last().is_none_or(|odd| odd.place != self.place) {
                oddities.push(Oddity {
                    place: self.place.clone(),
                    message: format!("`{name}` is {actual}, not {expected}"),
                    expected: expected.to_owned(),
                    actual: actual.to_string(),
                });
            }
        }
        Fact::Unknown { place: self.place.clone(), reason: format!("`{name}` is not {expected}") }
    }
}

/// Where a resource stands: at its address, which is what a person looks for.
pub(super) fn place_of(one: &Instance<'_>) -> Place {
    let mut place = one.node.place();
    if let Some(address) = one.node.member("address") {
        place.span = address.place().span;
    }
    place
}

/// Terraform's names are exact.
fn exact<'a>(node: &Node<'a>, name: &str) -> Option<Node<'a>> {
    node.value.member(name).filter(|member| member.name == name)?;
    node.member(name)
}

fn is_expression(node: &Node<'_>) -> bool {
    node.value.as_object().is_some_and(|members| {
        members.is_empty() || members.iter().any(|m| m.name == "references" || m.name == "constant_value")
    })
}
