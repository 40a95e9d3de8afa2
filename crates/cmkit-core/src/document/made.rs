//! Arrays and objects that template functions make: `createArray`, `createObject`, `concat`, `union`.
//!
//! A value keeps where it comes from when it becomes a member of an object, and stands where it is written.

use super::function::spelling;
use super::json::Member;
use super::scope::{Scope, Valued, Worth, weaker, with};
use crate::policy::Text;
use alloc::rc::Rc;
use alloc::vec::Vec;

/// What a function made: elements of an array, or members of an object.
#[derive(Clone, Debug)]
pub(super) struct Made<T> {
    pub(super) parts: Vec<T>,
    /// The call, where a text is asked for. It is made once, since objects can hold each other many times.
    pub(super) spelled: Text,
}

/// A name and a value.
type Pair<'a> = (Text, Valued<'a>);

impl<'a> Made<Pair<'a>> {
    /// The member of a name; `Some(None)` where there is none, `None` where an open name may be it.
    pub(super) fn member(&self, name: &str) -> Option<Option<&Valued<'a>>> {
        let name = Text::literal(name);
        let mut open = false;
        for (known, value) in &self.parts {
            match known.same(&name) {
                Some(true) => return Some(Some(value)),
                Some(false) => {}
                None => open = true,
            }
        }
        (!open).then_some(None)
    }
}

/// An array of texts.
pub(super) fn texts<'a>(texts: Vec<Text>) -> Worth<'a> {
    let spelled = Text::opaque(spelling("createArray", &texts));
    list(texts.into_iter().map(Worth::Text).collect(), spelled)
}

fn list(parts: Vec<Worth<'_>>, spelled: Text) -> Worth<'_> {
    Worth::List(Rc::new(Made { parts, spelled }))
}

fn object(parts: Vec<Pair<'_>>, spelled: Text) -> Worth<'_> {
    Worth::Object(Rc::new(Made { parts, spelled }))
}

impl<'a> Scope<'a> {
    /// What a function makes of its arguments, where the file decides it; `texts` are these as texts.
    pub(super) fn made(
        &self,
        function: &str,
        arguments: &[Valued<'a>],
        texts: &[Text],
        depth: u32,
    ) -> Option<Worth<'a>> {
        let spelled = self.capped(Text::opaque(spelling(function, texts)));
        match function {
            "createArray" => Some(list(arguments.iter().map(|(worth, _)| worth.clone()).collect(), spelled)),
            "createObject" => {
                let (pairs, rest) = arguments.as_chunks::<2>();
                let pairs = pairs.iter().map(|[name, value]| Some((name_of(&name.0)?, value.clone())));
                let pairs = pairs.collect::<Option<Vec<_>>>().filter(|_| rest.is_empty())?;
                Some(object(self.merged(Vec::new(), pairs, false, depth)?, spelled))
            }
            "shallowMerge" => {
                let [(objects, origin)] = arguments else { return None };
                let objects: Vec<_> = self.elements(objects, depth)?.into_iter().map(|one| (one, *origin)).collect();
                self.united(&objects, false, spelled, depth)
            }
            "union" if arguments.iter().all(|(worth, _)| self.elements(worth, depth).is_none()) => {
                self.united(arguments, true, spelled, depth)
            }
            _ => self.joined(arguments, function == "union", depth).map(|elements| list(elements, spelled)),
        }
    }

    /// The elements of arrays, one behind the other; `once`, equal ones stand once.
    fn joined(&self, arrays: &[Valued<'a>], once: bool, depth: u32) -> Option<Vec<Worth<'a>>> {
        let mut all: Vec<Worth<'a>> = Vec::new();
        for (array, _) in arrays {
            for one in self.elements(array, depth)? {
                let again = |known: &Worth<'a>| name_of(known).is_some_and(|known| Some(known) == name_of(&one));
                if !self.goes_on() {
                    return None;
                }
                if !(once && all.iter().any(again)) {
                    all.push(one);
                }
            }
        }
        Some(all)
    }

    /// Objects as one.
    fn united(&self, objects: &[Valued<'a>], deep: bool, spelled: Text, depth: u32) -> Option<Worth<'a>> {
        let mut all = Vec::new();
        for (one, origin) in objects {
            let members = self.members(one, depth)?.into_iter().map(|(name, value)| (name, with(value, *origin)));
            all = self.merged(all, members.collect(), deep, depth)?;
        }
        Some(object(all, spelled))
    }

    /// The members of one object with those of another, which count for more; `deep`, objects in both are merged too.
    /// Names that may be the same or not both stay.
    fn merged(&self, mut one: Vec<Pair<'a>>, two: Vec<Pair<'a>>, deep: bool, depth: u32) -> Option<Vec<Pair<'a>>> {
        for (name, value) in two {
            if !self.goes_on() {
                return None;
            }
            let Some((_, known)) = one.iter_mut().find(|(known, _)| known.same(&name) == Some(true)) else {
                one.push((name, value));
                continue;
            };
            let both = if deep { self.members(&known.0, depth).zip(self.members(&value.0, depth)) } else { None };
            *known = match both {
                Some((one, two)) => {
                    let (spelled, origin) = (self.text_of(value.0), weaker(known.1, value.1));
                    (object(self.merged(one, two, deep, depth + 1)?, spelled), origin)
                }
                None => value,
            };
        }
        Some(one)
    }

    /// The elements of an array.
    fn elements(&self, worth: &Worth<'a>, depth: u32) -> Option<Vec<Worth<'a>>> {
        match worth {
            Worth::List(made) => Some(made.parts.clone()),
            Worth::Node(node) => {
                let count = node.value.as_array()?.len();
                Some((0..count).filter_map(|index| Some(self.node(&node.element(index)?, depth + 1).0)).collect())
            }
            _ => None,
        }
    }

    /// The members of an object; of one with loops in it, nothing is told.
    fn members(&self, worth: &Worth<'a>, depth: u32) -> Option<Vec<Pair<'a>>> {
        match worth {
            Worth::Object(made) => Some(made.parts.clone()),
            Worth::Node(node) => {
                let members = node.value.as_object()?;
                let pair = |member: &'a Member<'a>| {
                    Some((name_of(&self.content(&member.name, depth + 1).0)?, self.node(&node.of(member), depth + 1)))
                };
                let looped = members.iter().any(|member| member.name.eq_ignore_ascii_case("copy"));
                if looped { None } else { members.iter().map(pair).collect() }
            }
            _ => None,
        }
    }
}

/// A worth as the name of a member.
fn name_of(worth: &Worth<'_>) -> Option<Text> {
    if let Worth::Text(text) = worth { Some(text.clone()) } else { None }
}
