//! A walk through a template that never fails: each step gives a value, its absence, or the reason why it is unknown.
//!
//! Ends in [`Fact`]s. A value of the wrong kind is noted as an [`Oddity`] and unknown from there on.

use super::json::{Kind, Member, Value};
use super::made::Made;
use super::scope::{Node, Scope, Valued, Worth};
use crate::policy::{Fact, Oddity, Origin, Place, Text, Timestamp};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

/// Loops that make a property are followed for so many turns, and stay unknown with more.
const MAX_TURNS: i64 = 2048;

/// A place in a template and what is there.
#[derive(Clone)]
pub(super) struct Cursor<'r, 'a> {
    scope: &'r Scope<'a>,
    oddities: &'r RefCell<Vec<Oddity>>,
    /// Why nothing follows from what is left out here, if nothing does.
    silent: Option<&'static str>,
    origin: Origin,
    /// What stands there, or the object that would have it.
    stands: Node<'a>,
    found: Found<'a>,
}

#[derive(Clone)]
enum Found<'a> {
    Node(Node<'a>),
    Text(Text),
    List(Rc<Made<Worth<'a>>>),
    Object(Rc<Made<(Text, Valued<'a>)>>),
    /// An array that a loop makes: the loop's name, how many turns, and what each is made of.
    Loop(String, i64, Node<'a>),
    Absent,
    Unknown(String),
}

impl<'r, 'a> Cursor<'r, 'a> {
    pub(super) fn new(
        scope: &'r Scope<'a>,
        oddities: &'r RefCell<Vec<Oddity>>,
        node: &Node<'a>,
        silent: Option<&'static str>,
    ) -> Self {
        let origin = if scope.live { Origin::Live } else { Origin::Template };
        Self { scope, oddities, silent, origin, stands: node.clone(), found: Found::Absent }.at(node)
    }

    /// The same walk at another node. Text stays where it is used; other values stand where they are written.
    fn at(&self, node: &Node<'a>) -> Self {
        self.hold(self.scope.worth(node), node)
    }

    /// The same walk at what an expression is worth, which stands at a node.
    fn hold(&self, (worth, origin): Valued<'a>, node: &Node<'a>) -> Self {
        let origin = if origin == Origin::Template { self.origin } else { origin };
        let (stands, found) = match worth {
            Worth::Node(found) if matches!(found.value.kind, Kind::Null) => (found, Found::Absent),
            Worth::Node(found) => (found.clone(), Found::Node(found)),
            Worth::Text(text) => (node.clone(), Found::Text(text)),
            Worth::Null => (node.clone(), Found::Absent),
            Worth::List(made) => (node.clone(), Found::List(made)),
            Worth::Object(made) => (node.clone(), Found::Object(made)),
            reference @ Worth::Reference(..) => (node.clone(), Found::Text(self.scope.text_of(reference))),
        };
        let Self { scope, oddities, silent, .. } = *self;
        Self { scope, oddities, silent, origin, stands, found }
    }

    /// A member; absent where there is none.
    pub(super) fn get(&self, name: &str) -> Self {
        let found = match &self.found {
            Found::Node(node) => match node.member(name) {
                Some(member) => return self.at(&member),
                None if !self.scope.plain
                    && let Some(copy) = looped(node, name) =>
                {
                    return self.turns(name, &copy);
                }
                None if node.value.as_object().is_some() => Found::Absent,
                None => self.odd("an object"),
            },
            Found::Text(text) => match text.as_literal() {
                Some(_) => self.odd("an object"),
                None => Found::Unknown(decided(text)),
            },
            Found::Object(made) => match made.member(name) {
                Some(Some(valued)) => return self.hold(valued.clone(), &self.stands),
                Some(None) => Found::Absent,
                None => Found::Unknown(format!("whether {} has `{name}` is decided at deployment", made.spelled)),
            },
            Found::List(_) | Found::Loop(..) => self.odd("an object"),
            Found::Absent => Found::Absent,
            Found::Unknown(reason) => Found::Unknown(reason.clone()),
        };
        let Self { scope, oddities, silent, origin, .. } = *self;
        Self { scope, oddities, silent, origin, stands: self.stands.clone(), found }
    }

    /// The array that an entry of an object's `copy` makes. How often a parameter's default says is no evidence.
    fn turns(&self, name: &str, copy: &Node<'a>) -> Self {
        let count = copy.member("count").map(|count| self.at(&count));
        let count = count.filter(|count| count.origin != Origin::Parameter).map(|count| count.integer());
        let found = match (count, copy.member("input")) {
            (Some(Fact::Known { value: count @ 0..=MAX_TURNS, .. }), Some(input)) => {
                Found::Loop(name.to_owned(), count, input)
            }
            _ => Found::Unknown(format!("`{name}` is made by a loop")),
        };
        let Self { scope, oddities, silent, origin, .. } = *self;
        Self { scope, oddities, silent, origin, stands: copy.clone(), found }
    }

    /// A chain of members.
    pub(super) fn path(&self, names: &[&str]) -> Self {
        let Some((first, rest)) = names.split_first() else { return self.clone() };
        rest.iter().fold(self.get(first), |at, name| at.get(name))
    }

    /// The member that goes by one of these names, depending on who wrote the document; absent where there is none.
    pub(super) fn any(&self, names: &[&str]) -> Self {
        let found = names.iter().map(|name| self.get(name)).find(Self::is_there);
        found.unwrap_or_else(|| self.get(names.first().copied().unwrap_or_default()))
    }

    /// The object's `properties`; the object itself where the Azure CLI has flattened it.
    pub(super) fn properties(&self) -> Self {
        let properties = self.get("properties");
        if self.scope.live && !properties.is_there() { self.clone() } else { properties }
    }

    /// Whether something stands here, be it unknown.
    pub(super) const fn is_there(&self) -> bool {
        !matches!(self.found, Found::Absent)
    }

    /// The JSON value that stands here, unless it is text.
    pub(super) fn value(&self) -> Option<&'a Value<'a>> {
        if let Found::Node(node) = &self.found { Some(node.value) } else { None }
    }

    pub(super) fn place(&self) -> Place {
        self.stands.place()
    }

    /// What can't be known from this document.
    pub(super) fn unknown<T>(&self, reason: impl Into<String>) -> Fact<T> {
        Fact::Unknown { place: self.place(), reason: reason.into() }
    }

    /// Text.
    pub(super) fn text(&self) -> Fact<Text> {
        match &self.found {
            Found::Text(text) => self.known(text.clone()),
            found => self.other(found, "a string"),
        }
    }

    /// A boolean, or the words `true` and `false`.
    pub(super) fn boolean(&self) -> Fact<bool> {
        let word = |word: &str| ["false", "true"].iter().position(|w| word.eq_ignore_ascii_case(w)).map(|at| at == 1);
        let value = match &self.found {
            Found::Node(Node { value: Value { kind: Kind::Bool(value), .. }, .. }) => Some(*value),
            Found::Text(text) => text.as_literal().and_then(word),
            _ => None,
        };
        value.map_or_else(|| self.other(&self.found, "a boolean"), |value| self.known(value))
    }

    /// A whole number, or its digits as text.
    pub(super) fn integer(&self) -> Fact<i64> {
        let digits = match &self.found {
            Found::Node(Node { value: Value { kind: Kind::Number(digits), .. }, .. }) => Some(*digits),
            Found::Text(text) => text.as_literal(),
            _ => None,
        };
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(value) => self.known(value),
            None => self.other(&self.found, "a whole number"),
        }
    }

    /// A point in time: seconds since 1970, or a date in words.
    pub(super) fn instant(&self) -> Fact<i64> {
        let date = match &self.found {
            Found::Text(text) => text.as_literal().and_then(|text| Timestamp::parse(text).ok()),
            _ => None,
        };
        match (date, &self.found) {
            (Some(date), _) => self.known(date.seconds()),
            (None, Found::Text(text)) if text.as_literal().is_some_and(|t| t.parse::<i64>().is_err()) => {
                self.other(&self.found, "a date, or seconds since 1970")
            }
            _ => self.integer(),
        }
    }

    /// An array, each element made into something.
    pub(super) fn list<T>(&self, each: impl Fn(Self) -> T) -> Fact<Vec<T>> {
        match &self.found {
            Found::Node(node @ Node { value: Value { kind: Kind::Array(values), .. }, .. }) => {
                let elements = (0..values.len()).filter_map(|index| node.element(index));
                self.known(elements.map(|element| each(self.at(&element))).collect())
            }
            Found::List(made) => {
                let elements = made.parts.iter();
                self.known(elements.map(|one| each(self.hold((one.clone(), Origin::Template), &self.stands))).collect())
            }
            Found::Loop(name, count, input) => {
                let mut all = Vec::new();
                for turn in 0..*count {
                    if !self.scope.goes_on() {
                        return self.unknown("a loop takes too long to follow");
                    }
                    let mut loops = self.scope.loops.borrow().clone();
                    loops.push((name.clone(), Some(turn)));
                    let around = self.scope.enter(&loops);
                    all.push(each(self.at(input)));
                    self.scope.enter(&around);
                }
                self.known(all)
            }
            found => self.other(found, "an array"),
        }
    }

    /// An array of texts. Elements that aren't text are noted as odd and left out.
    pub(super) fn texts(&self) -> Fact<Vec<(Text, Place)>> {
        let texts = self.list(|element| match element.text() {
            Fact::Known { value, place, .. } => Some((value, place)),
            Fact::Absent(_) | Fact::Unknown { .. } => None,
        });
        self.map(texts, |texts| texts.into_iter().flatten().collect())
    }

    /// The names of an object's members, evaluated.
    pub(super) fn names(&self) -> Fact<Vec<(Text, Place)>> {
        if let Found::Object(made) = &self.found {
            return self.known(made.parts.iter().map(|(name, _)| (name.clone(), self.place())).collect());
        }
        let Found::Node(node) = &self.found else { return self.other(&self.found, "an object") };
        let Some(members) = node.value.as_object() else { return self.other(&self.found, "an object") };
        let name = |member: &Member<'a>| {
            let text = match self.scope.text(&member.name).0 {
                Worth::Text(text) => text,
                _ => Text::opaque(member.name.as_ref()),
            };
            (text, Place { span: member.name_span, ..node.of(member).place() })
        };
        self.known(members.iter().map(name).collect())
    }

    /// The members of an object, each made into something.
    pub(super) fn members<T>(&self, each: impl Fn(Text, Self) -> T) -> Fact<Vec<T>> {
        if let Found::Object(made) = &self.found {
            let pair =
                |(name, valued): &(Text, Valued<'a>)| each(name.clone(), self.hold(valued.clone(), &self.stands));
            return self.known(made.parts.iter().map(pair).collect());
        }
        let names = self.names();
        let Found::Node(node) = &self.found else { return self.map(names, |_| Vec::new()) };
        let members = node.value.as_object().unwrap_or_default();
        let values = members.iter().map(|member| self.at(&node.of(member)));
        self.map(names, |names| names.into_iter().map(|(name, _)| name).zip(values).map(|(n, v)| each(n, v)).collect())
    }

    /// Something read from this object, where it is one.
    pub(super) fn object<T>(&self, read: impl FnOnce(&Self) -> T) -> Fact<T> {
        match &self.found {
            Found::Node(node) if node.value.as_object().is_some() => self.known(read(self)),
            Found::Object(_) => self.known(read(self)),
            found => self.other(found, "an object"),
        }
    }

    fn map<T, U>(&self, fact: Fact<T>, with: impl FnOnce(T) -> U) -> Fact<U> {
        match fact {
            Fact::Known { value, .. } => self.known(with(value)),
            Fact::Absent(place) => Fact::Absent(place),
            Fact::Unknown { place, reason } => Fact::Unknown { place, reason },
        }
    }

    pub(super) fn known<T>(&self, value: T) -> Fact<T> {
        Fact::Known { value, place: self.place(), origin: self.origin }
    }

    /// The fact of what is not of the kind that is asked for.
    fn other<T>(&self, found: &Found<'a>, expected: &str) -> Fact<T> {
        let place = self.place();
        match found {
            Found::Absent => match self.silent {
                Some(reason) => Fact::Unknown { place, reason: reason.to_owned() },
                None => Fact::Absent(place),
            },
            Found::Unknown(reason) => Fact::Unknown { place, reason: reason.clone() },
            Found::Text(text) if text.as_literal().is_none() => Fact::Unknown { place, reason: decided(text) },
            Found::Text(_) | Found::Node(_) | Found::List(_) | Found::Object(_) | Found::Loop(..) => {
                match self.odd(expected) {
                    Found::Unknown(reason) => Fact::Unknown { place, reason },
                    _ => Fact::Absent(place),
                }
            }
        }
    }

    /// Notes a value of the wrong kind.
    fn odd(&self, expected: &str) -> Found<'a> {
        let what = match &self.found {
            Found::Node(node) => node.value.what().to_string(),
            Found::List(_) | Found::Loop(..) => "an array".to_owned(),
            Found::Object(_) => "an object".to_owned(),
            _ => "a string".to_owned(),
        };
        let place = self.place();
        let name = place.pointer.rsplit('/').next().unwrap_or_default();
        let mut oddities = self.oddities.borrow_mut();
        if oddities.iter().all(|odd| odd.place != place) {
            oddities.push(Oddity {
                place: place.clone(),
                message: format!("`{name}` is {what}, not {expected}"),
                expected: expected.to_owned(),
                actual: what,
            });
        }
        Found::Unknown(format!("`{name}` is not {expected}"))
    }
}

/// The entry of an object's `copy` that makes a member: `"copy": [{ "name": "accessPolicies", "count": ..., "input": ... }]`.
fn looped<'a>(object: &Node<'a>, name: &str) -> Option<Node<'a>> {
    let makes = |one: &Value<'_>| one.get("name").and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case(name));
    let loops = object.member("copy")?;
    let index = loops.value.as_array()?.iter().position(makes)?;
    loops.element(index)
}

/// The reason for a value that is an expression.
fn decided(text: &Text) -> String {
    let shown = text.to_string();
    let shown = shown.strip_prefix('{').and_then(|shown| shown.strip_suffix('}')).unwrap_or(&shown);
    format!("`{shown}` is decided at deployment")
}
