//! What a rule writes while it looks: passes, failures, and what it can't tell.

use super::fact::{Fact, Origin, Place};
use super::text::Text;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;

/// The outcomes of one rule. No outcome at all means that the rule had nothing to look at.
#[derive(Default)]
pub(super) struct Out {
    pub(super) passes: bool,
    pub(super) drafts: Vec<Draft>,
}

/// A finding before the rule's own words are added.
pub(super) struct Draft {
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) expected: Option<String>,
    pub(super) actual: Option<String>,
    /// Where what stands there comes from.
    pub(super) source: Option<Origin>,
    pub(super) related: Vec<(Place, String)>,
    pub(super) fix: Option<String>,
    /// Not a failure: the files don't say. The command fetches what would settle it.
    pub(super) unknown: Option<Option<String>>,
}

impl Out {
    /// Something was looked at and is good.
    pub(super) fn pass(&mut self) {
        self.passes = true;
    }

    /// Something is wrong.
    pub(super) fn fail(&mut self, place: &Place, message: impl Into<String>) -> &mut Draft {
        self.draft(place, message.into(), None)
    }

    /// The files don't say. What is missed twice is said once.
    pub(super) fn unknown(&mut self, place: &Place, message: impl Into<String>, command: Option<String>) {
        let message = message.into();
        let said = |draft: &Draft| draft.unknown.is_some() && draft.place == *place && draft.message == message;
        if !self.drafts.iter().rev().take(4).any(said) {
            self.draft(place, message, Some(command));
        }
    }

    /// The value of a fact; where it isn't known, that is the outcome.
    pub(super) fn known<'f, T>(&mut self, fact: &'f Fact<T>, command: &dyn Display) -> Option<Seen<'f, T>> {
        match fact {
            Fact::Known { value, place, origin } => Some(Seen { value, place, origin: *origin }),
            Fact::Absent(place) => {
                self.unknown(place, "the file leaves it out and the service has no default", Some(command.to_string()));
                None
            }
            Fact::Unknown { place, reason } => {
                self.unknown(place, reason.as_str(), Some(command.to_string()));
                None
            }
        }
    }

    /// Like [`Out::known`], for text that has to be known to its last character.
    pub(super) fn word<'f>(&mut self, fact: &'f Fact<Text>, command: &dyn Display) -> Option<Seen<'f, str>> {
        let Seen { value, place, origin } = self.known(fact, command)?;
        if let Some(value) = value.as_literal() {
            return Some(Seen { value, place, origin });
        }
        self.unknown(place, decided(value), Some(command.to_string()));
        None
    }

    fn draft(&mut self, place: &Place, message: String, unknown: Option<Option<String>>) -> &mut Draft {
        let (expected, actual, source, related, fix) = (None, None, None, Vec::new(), None);
        self.drafts.push(Draft { place: place.clone(), message, expected, actual, source, related, fix, unknown });
        let last = self.drafts.len() - 1;
        &mut self.drafts[last]
    }
}

impl Draft {
    pub(super) fn expected(&mut self, expected: impl Display) -> &mut Self {
        self.expected = Some(expected.to_string());
        self
    }

    pub(super) fn actual(&mut self, actual: impl Display) -> &mut Self {
        self.actual = Some(actual.to_string());
        self
    }

    /// The value that stands there, and where it comes from.
    pub(super) fn seen<T: Display + ?Sized>(&mut self, seen: &Seen<'_, T>) -> &mut Self {
        self.source = Some(seen.origin);
        self.actual(seen.shown())
    }

    /// The fact that the actual value tells of, where it has other words for it.
    pub(super) fn source<T>(&mut self, fact: &Fact<T>) -> &mut Self {
        if let Fact::Known { origin, .. } = fact {
            self.source = Some(*origin);
        }
        self
    }

    /// What is left out is decided by the service's default.
    pub(super) fn by_default(&mut self) -> &mut Self {
        self.source = Some(Origin::Service);
        self
    }

    pub(super) fn related(&mut self, place: &Place, message: impl Into<String>) -> &mut Self {
        self.related.push((place.clone(), message.into()));
        self
    }

    /// A mend that knows more than the rule's.
    pub(super) fn fix(&mut self, fix: impl Into<String>) -> &mut Self {
        self.fix = Some(fix.into());
        self
    }
}

/// A known value, where it stands and where it comes from.
pub(super) struct Seen<'f, T: ?Sized> {
    pub(super) value: &'f T,
    pub(super) place: &'f Place,
    pub(super) origin: Origin,
}

impl<T: Display + ?Sized> Seen<'_, T> {
    /// The value, and that it is a default where it is one.
    pub(super) fn shown(&self) -> String {
        match self.origin {
            Origin::Template | Origin::Live => self.value.to_string(),
            Origin::Parameter => format!("{} (the parameter's default)", self.value),
            Origin::Service => format!("{} (the default)", self.value),
        }
    }
}

/// Why a text with open parts isn't known.
pub(super) fn decided(text: &Text) -> String {
    let shown = text.to_string();
    let shown = shown.strip_prefix('{').and_then(|shown| shown.strip_suffix('}')).unwrap_or(&shown);
    format!("`{shown}` is decided at deployment")
}
