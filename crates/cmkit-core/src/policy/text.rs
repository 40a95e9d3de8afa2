//! Text of a template that may have parts which are only decided at deployment, and resource ids made of such text.
//!
//! Two texts can be the same without being known: both say `parameters('vault')`. That makes links between the
//! resources of one file decidable, so comparing has three answers: yes, no, and not known from the files.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

/// A stretch of a [`Text`].
///
/// ```
/// use cmkit_core::policy::{Part, Text};
/// let text = Text::literal("kv-").then(Text::opaque("parameters('name')"));
/// assert!(matches!(text.parts(), [Part::Literal(_), Part::Opaque(_)]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Known characters.
    Literal(Arc<str>),
    /// A property that the resource has once it is deployed, for example `principalId`.
    Property {
        /// The resource.
        resource: Arc<ResourceId>,
        /// The property's name, with dots between the steps.
        name: Arc<str>,
    },
    /// An expression, in its canonical spelling.
    Opaque(Arc<str>),
}

impl Part {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(one), Self::Literal(two)) | (Self::Opaque(one), Self::Opaque(two)) => {
                one.eq_ignore_ascii_case(two)
            }
            (Self::Property { resource: one, name: first }, Self::Property { resource: two, name: second }) => {
                first.eq_ignore_ascii_case(second) && one.same(two) == Some(true)
            }
            _ => false,
        }
    }
}

/// Text, known in whole or in part.
///
/// ```
/// use cmkit_core::policy::Text;
/// let name = Text::opaque("parameters('vault')");
/// assert_eq!(name.same(&Text::opaque("parameters('vault')")), Some(true));
/// assert_eq!(name.same(&Text::literal("kv-orders")), None);
/// assert_eq!(Text::literal("KV-Orders").same(&Text::literal("kv-orders")), Some(true));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Parts);

/// Most texts are one part; a text is cloned far more often than made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Parts {
    #[default]
    None,
    One(Part),
    Many(Arc<[Part]>),
}

impl Text {
    /// Known text.
    #[must_use]
    pub fn literal(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        Self(if text.is_empty() { Parts::None } else { Parts::One(Part::Literal(text.into())) })
    }

    /// What an expression will give, in its canonical spelling.
    #[must_use]
    pub fn opaque(expression: impl AsRef<str>) -> Self {
        Self(Parts::One(Part::Opaque(expression.as_ref().into())))
    }

    /// A property of a deployed resource.
    #[must_use]
    pub fn property(resource: ResourceId, name: impl AsRef<str>) -> Self {
        Self(Parts::One(Part::Property { resource: Arc::new(resource), name: name.as_ref().into() }))
    }

    /// The parts in order; no two literals follow each other.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        match &self.0 {
            Parts::None => &[],
            Parts::One(part) => core::slice::from_ref(part),
            Parts::Many(parts) => parts,
        }
    }

    /// The whole text, where all of it is known.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts().is_empty()
    }

    /// Bytes that it takes to write it down, about.
    #[must_use]
    pub fn len(&self) -> usize {
        let part = |part: &Part| match part {
            Part::Literal(text) | Part::Opaque(text) => text.len(),
            Part::Property { resource, name } => resource.name.len() + name.len(),
        };
        self.parts().iter().map(part).sum()
    }

    /// Texts and known text, one behind the other.
    pub(crate) fn join<'p>(pieces: impl IntoIterator<Item = Piece<'p>>) -> Self {
        let mut all = Joined::default();
        for piece in pieces {
            match piece {
                Piece::Known(text) => all.push_str(text),
                Piece::Text(text) => text.parts().iter().for_each(|part| all.push(part)),
            }
        }
        all.text()
    }

    /// Appends another text.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        match (&self.0, &other.0) {
            (Parts::None, _) => other,
            (_, Parts::None) => self,
            _ => [self, other].into_iter().collect(),
        }
    }

    /// Appends known text.
    #[must_use]
    pub fn then_str(self, text: &str) -> Self {
        self.then(Self::literal(text))
    }

    /// Whether both are the same text, letter case aside; `None` where the files don't decide it.
    #[must_use]
    pub fn same(&self, other: &Self) -> Option<bool> {
        match (self.as_literal(), other.as_literal()) {
            (Some(one), Some(two)) => Some(one.eq_ignore_ascii_case(two)),
            _ => {
                let (one, two) = (self.parts(), other.parts());
                let alike = one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.same(two));
                alike.then_some(true)
            }
        }
    }

    /// The pieces between the separators that stand in known text.
    #[must_use]
    pub fn split(&self, separator: char) -> Vec<Self> {
        if let Some(text) = self.as_literal() {
            return text.split(separator).map(Self::literal).collect();
        }
        let mut pieces = Vec::new();
        let mut piece = Joined::default();
        for part in self.parts() {
            let Part::Literal(text) = part else {
                piece.push(part);
                continue;
            };
            for (index, known) in text.split(separator).enumerate() {
                if index > 0 {
                    pieces.push(core::mem::take(&mut piece).text());
                }
                piece.push_str(known);
            }
        }
        pieces.push(piece.text());
        pieces
    }

    /// Cuts at the last place where known text has `mark` (lower case) in any letter case.
    fn rsplit_once(&self, mark: &str) -> Option<(Self, Self)> {
        let parts = self.parts();
        for (index, part) in parts.iter().enumerate().rev() {
            let Part::Literal(text) = part else { continue };
            if let Some(at) = rfind(text, mark) {
                let (mut before, mut after) = (Joined::default(), Joined::default());
                parts[..index].iter().for_each(|part| before.push(part));
                before.push_str(&text[..at]);
                after.push_str(&text[at + mark.len()..]);
                parts[index + 1..].iter().for_each(|part| after.push(part));
                return Some((before.text(), after.text()));
            }
        }
        None
    }
}

/// What [`Text::join`] takes.
pub(crate) enum Piece<'a> {
    Known(&'a str),
    Text(&'a Text),
}

/// The last place of an ASCII mark in any letter case.
fn rfind(text: &str, mark: &str) -> Option<usize> {
    text.as_bytes().windows(mark.len()).rposition(|found| found.eq_ignore_ascii_case(mark.as_bytes()))
}

/// Parts that are put one behind the other: known text next to known text becomes one part.
#[derive(Default)]
struct Joined {
    parts: Vec<Part>,
    known: String,
}

impl Joined {
    fn push(&mut self, part: &Part) {
        match part {
            Part::Literal(more) => self.push_str(more),
            part => {
                self.close();
                self.parts.push(part.clone());
            }
        }
    }

    fn push_str(&mut self, more: &str) {
        self.known.push_str(more);
    }

    fn close(&mut self) {
        if !self.known.is_empty() {
            self.parts.push(Part::Literal(self.known.as_str().into()));
            self.known.clear();
        }
    }

    fn text(mut self) -> Text {
        self.close();
        Text(match self.parts.len() {
            0 => Parts::None,
            1 => self.parts.pop().map_or(Parts::None, Parts::One),
            _ => Parts::Many(self.parts.into()),
        })
    }
}

impl FromIterator<Text> for Text {
    /// The texts one behind the other.
    fn from_iter<I: IntoIterator<Item = Text>>(texts: I) -> Self {
        let mut all = Joined::default();
        texts.into_iter().for_each(|text| text.parts().iter().for_each(|part| all.push(part)));
        all.text()
    }
}

impl fmt::Display for Text {
    /// Known text as it is, the rest in braces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().iter().try_for_each(|part| match part {
            Part::Literal(text) => f.write_str(text),
            Part::Property { resource, name } => write!(f, "{{{}.{name}}}", resource.name),
            Part::Opaque(expression) => write!(f, "{{{expression}}}"),
        })
    }
}

/// The id of a resource, as far as it is known.
///
/// ```
/// use cmkit_core::policy::{ResourceId, Text};
/// let id = Text::literal("/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv/keys/kek");
/// let id = ResourceId::parse(&id).expect("a resource id");
/// assert!(id.is("Microsoft.KeyVault/vaults/keys"));
/// assert_eq!(id.name().to_string(), "kv/kek");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceId {
    scope: Option<Text>,
    kind: Cow<'static, str>,
    name: Text,
}

/// The types that rules look at: an id of one of them is cloned without its type's letters.
const KINDS: &[&str] = &[
    "microsoft.authorization/locks",
    "microsoft.authorization/roleassignments",
    "microsoft.authorization/roledefinitions",
    "microsoft.documentdb/mongoclusters",
    "microsoft.keyvault/vaults",
    "microsoft.keyvault/vaults/accesspolicies",
    "microsoft.keyvault/vaults/keys",
    "microsoft.managedidentity/userassignedidentities",
    "microsoft.resources/deployments",
];

/// A type in lower case.
fn lower(kind: &str) -> Cow<'static, str> {
    let known = KINDS.iter().find(|known| known.eq_ignore_ascii_case(kind));
    known.map_or_else(|| Cow::Owned(kind.to_ascii_lowercase()), |known| Cow::Borrowed(*known))
}

impl ResourceId {
    /// A resource of the deployment itself: its type, its name (`vault/key` for a child), and no more.
    #[must_use]
    pub fn of(kind: &str, name: Text) -> Self {
        Self { scope: None, kind: lower(kind), name }
    }

    /// Parses `SCOPE/providers/NAMESPACE/TYPE/NAME[/TYPE/NAME]`, or what follows `/providers/` alone.
    #[must_use]
    pub fn parse(text: &Text) -> Option<Self> {
        let (scope, rest) = match text.rsplit_once("/providers/") {
            Some((scope, rest)) => (Some(scope), rest),
            None => (None, text.clone()),
        };
        let pieces = rest.split('/');
        let (space, steps) = pieces.split_first()?;
        let mut kind = String::from(space.as_literal().filter(|space| space.contains('.'))?);
        let mut name: Option<Text> = None;
        for step in steps.chunks(2) {
            let [step_kind, step_name] = step else { return None };
            kind.push('/');
            kind.push_str(step_kind.as_literal()?);
            name = Some(match name {
                Some(name) => [name, Text::literal("/"), step_name.clone()].into_iter().collect(),
                None => step_name.clone(),
            });
        }
        Some(Self { scope, kind: lower(&kind), name: name? })
    }

    /// What stands before `/providers/`: the resource group, or the resource that this one extends.
    #[must_use]
    pub fn scope(&self) -> Option<&Text> {
        self.scope.as_ref()
    }

    /// The type in lower case: `microsoft.keyvault/vaults`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name; that of a child begins with its parent's: `vault/key`.
    #[must_use]
    pub const fn name(&self) -> &Text {
        &self.name
    }

    /// Whether the type is this one, in any letter case.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// Whether both are the same resource; `None` where the files don't decide it.
    ///
    /// A resource of the deployment has no scope of its own, it gets whatever group the deployment goes to. It is
    /// taken for the same as an id with that type and name.
    #[must_use]
    pub fn same(&self, other: &Self) -> Option<bool> {
        if self.kind != other.kind {
            return Some(false);
        }
        let scope = match (&self.scope, &other.scope) {
            (Some(one), Some(two)) => one.same(two),
            _ => Some(true),
        };
        match (self.name.same(&other.name), scope) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), _) => Some(true),
            (None, _) => None,
        }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn splits_only_in_known_text() {
        let text = Text::literal("https://").then(Text::opaque("f('a/b')")).then_str(".net/keys/k");
        let pieces: Vec<_> = text.split('/').iter().map(ToString::to_string).collect();
        assert_eq!(pieces, ["https:", "", "{f('a/b')}.net", "keys", "k"]);
    }

    #[test]
    fn ids_are_the_same_by_type_and_name_unless_their_groups_differ() {
        let id = |text: &str| ResourceId::parse(&Text::literal(text)).expect(text);
        let own = ResourceId::of("Microsoft.KeyVault/vaults", Text::literal("kv"));
        let one = id("/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/KV");
        let two = id("/subscriptions/s/resourceGroups/h/providers/Microsoft.KeyVault/vaults/kv");
        assert_eq!(own.same(&one), Some(true));
        assert_eq!(one.same(&two), Some(false));
        assert_eq!(own.same(&ResourceId::of("Microsoft.KeyVault/vaults", Text::opaque("x"))), None);
        assert_eq!(own.same(&ResourceId::of("Microsoft.KeyVault/managedHSMs", Text::literal("kv"))), Some(false));
    }

    #[test]
    fn an_extension_has_the_extended_resource_as_its_scope() {
        let text = Text::literal("/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/")
            .then(Text::opaque("v"))
            .then_str("/providers/Microsoft.Authorization/roleAssignments/x");
        let id = ResourceId::parse(&text).expect("an id");
        let scope = ResourceId::parse(id.scope().expect("a scope")).expect("the vault");
        assert_eq!((scope.kind(), scope.name().to_string().as_str()), ("microsoft.keyvault/vaults", "{v}"));
        for other in ["kv", "/subscriptions/s", "/providers/", "/providers/x/y/z", "/providers/Microsoft.X/y"] {
            assert_eq!(ResourceId::parse(&Text::literal(other)), None, "{other}");
        }
    }
}
