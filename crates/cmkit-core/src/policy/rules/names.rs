//! The grammar of names, on names that may be known in part.

use super::super::fact::Place;
use super::super::outcome::{Out, decided};
use super::super::text::{Part, Text};
use alloc::format;
use alloc::string::String;

/// What a name has to look like. All of them are letters, digits and hyphens.
pub(super) struct Grammar {
    pub(super) length: (usize, usize),
    /// It begins with a letter.
    pub(super) letter_first: bool,
    /// Hyphens stand alone, between letters and digits.
    pub(super) single_hyphens: bool,
    /// The rule in words.
    pub(super) words: &'static str,
}

impl Grammar {
    pub(super) const VAULT: Self = Self {
        length: (3, 24),
        letter_first: true,
        single_hyphens: true,
        words: "3 to 24 letters, digits and single hyphens, from a letter to a letter or digit",
    };
    pub(super) const KEY: Self = Self {
        length: (1, 127),
        letter_first: false,
        single_hyphens: false,
        words: "1 to 127 letters, digits and hyphens",
    };
    /// Azure ignores the letter case of names, so it is no matter here.
    pub(super) const CLUSTER: Self = Self {
        length: (3, 40),
        letter_first: false,
        single_hyphens: true,
        words: "3 to 40 lower-case letters, digits and single hyphens, from and to a letter or digit",
    };

    fn allows(&self, name: &str) -> bool {
        let known = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let hyphens = !self.single_hyphens || !(name.contains("--") || name.starts_with('-') || name.ends_with('-'));
        let first = !self.letter_first || name.starts_with(|c: char| c.is_ascii_alphabetic());
        (self.length.0..=self.length.1).contains(&name.len()) && known(name) && hyphens && first
    }
}

/// Checks a name. What is wrong in its known parts is wrong whatever the rest will be.
pub(super) fn check(name: &Text, grammar: &Grammar, what: &str, place: &Place, out: &mut Out) {
    let mut filled = String::new();
    let (mut open, mut wrong) = (false, false);
    for part in name.parts() {
        match part {
            Part::Literal(text) => {
                wrong |= !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                filled.push_str(text);
            }
            // Always 13 letters and digits, the first of them a letter.
            Part::Opaque(call) if call.starts_with("uniqueString(") => filled.push_str("uuuuuuuuuuuuu"),
            Part::Opaque(_) | Part::Property { .. } => open = true,
        }
    }
    wrong |= filled.len() > grammar.length.1 || (!open && !grammar.allows(&filled));
    if wrong {
        out.fail(place, format!("`{name}` is no name for a {what}")).expected(grammar.words).actual(name);
    } else if open {
        out.unknown(place, decided(name), None);
    } else {
        out.pass();
    }
}
