//! The settings, `.cmkit.json`: JSON with comments in, [`Options`] out; and baselines, which stand in a file of their own.
//!
//! Unlike the readers of foreign documents, this one refuses whatever it doesn't know, with its line and column, what it
//! takes instead, and the name that was probably meant. Tables say which members there are.

use super::json::{self, Kind, Value};
use crate::error::{Code, Error};
use crate::policy::{Acceptance, Baseline, File, Known, Level, Options, Span, Tag, Timestamp, line_column, rules};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// Settings longer than this are refused.
pub const MAX_SETTINGS: usize = 1 << 20;

/// Reads settings. The name is for messages and for findings about the settings themselves.
///
/// ```
/// use cmkit_core::document;
/// let settings = document::read_settings(".cmkit.json", r#"{
///     "version": 1,
///     "thresholds": { "expiryDays": 90 }, // warn three months ahead
///     "require": { "keySize": 3072, "regions": ["West Europe", "northeurope"] },
/// "suppress": [{ "code": "CMK5002", "resource": "kv-orders", "reason": "set by policy", "until": "2027-06-30" }] }"#)?;
/// assert_eq!((settings.expiry_days, settings.require.key_size), (90, Some(3072)));
///
/// let error = document::read_settings(".cmkit.json", r#"{ "version": 1, "supress": [] }"#).unwrap_err();
/// assert!(error.message().ends_with("`supress` is no member of the settings file; did you mean `suppress`?"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
///
/// # Errors
/// [`Code::Input`] with line and column for what is not JSON and for each member and value that settings don't take;
/// [`Code::TooLarge`] over [`MAX_SETTINGS`] bytes and over a limit of [`json`].
pub fn read_settings(name: &str, text: &str) -> Result<Options, Error> {
    let read = || {
        if text.len() > MAX_SETTINGS {
            return Err(Error::new(Code::TooLarge, format!("the settings have more than {MAX_SETTINGS} bytes")));
        }
        let mut options = Options::default();
        let value = json::parse(text)?;
        let item = Item { name: "the settings file", value: &value, text };
        item.object(SETTINGS, &["version"], &mut options)?;
        Ok(options)
    };
    let mut options = read().map_err(|error| in_file(name, &error))?;
    options.file = Some(File { name: name.to_owned(), text: text.to_owned(), ..File::default() });
    Ok(options)
}

/// Reads a baseline, as [`Baseline`] serialises.
///
/// # Errors
/// Those of [`read_settings`], without a limit of its own.
pub fn read_baseline(name: &str, text: &str) -> Result<Baseline, Error> {
    let read = || {
        let mut baseline = Baseline::default();
        let value = json::parse(text)?;
        Item { name: "the baseline file", value: &value, text }.object(
            BASELINE,
            &["schema", "findings"],
            &mut baseline,
        )?;
        Ok(baseline)
    };
    read().map_err(|error| in_file(name, &error))
}

fn in_file(name: &str, error: &Error) -> Error {
    Error::new(error.code(), format!("{name}: {}", error.message()))
}

/// A member that an object takes, and what is done with it.
struct Member<T> {
    name: &'static str,
    read: fn(&Item<'_, '_>, &mut T) -> Result<(), Error>,
}

const SETTINGS: &[Member<Options>] = &[
    Member { name: "$schema", read: |item, _| item.text().map(drop) },
    Member { name: "version", read: |item, _| item.integer(1..=1).map(drop) },
    Member { name: "levels", read: levels },
    Member { name: "thresholds", read: |item, options| item.object(THRESHOLDS, &[], options) },
    Member { name: "require", read: |item, options| item.object(REQUIRE, &[], options) },
    Member { name: "suppress", read: |item, options| item.list(acceptance).map(|list| options.accept = list) },
];

const THRESHOLDS: &[Member<Options>] = &[
    Member { name: "expiryDays", read: |item, o| item.integer(1..=3650).map(|days| o.expiry_days = days) },
    Member { name: "rotationDays", read: |item, o| item.integer(7..=3650).map(|days| o.rotation_days = days) },
    Member { name: "retentionDays", read: |item, o| item.integer(7..=90).map(|days| o.retention_days = days) },
];

const REQUIRE: &[Member<Options>] = &[
    Member { name: "keySize", read: key_size },
    Member { name: "hsm", read: |item, options| item.boolean().map(|hsm| options.require.hsm = hsm) },
    Member {
        name: "rotationDays",
        read: |item, options| item.integer(7..=3650).map(|days| options.require.rotation_days = Some(days)),
    },
    Member { name: "regions", read: |item, options| item.texts().map(|names| options.require.regions = names) },
    Member { name: "cmk", read: |item, options| item.list(tag).map(|tags| options.require.cmk = tags) },
];

const TAG: &[Member<Tag>] = &[
    Member { name: "tag", read: |item, tag| item.text().map(|name| tag.name = name) },
    Member { name: "values", read: |item, tag| item.texts().map(|values| tag.values = values) },
];

const SUPPRESS: &[Member<Acceptance>] = &[
    Member { name: "code", read: |item, one| item.code().map(|code| one.code = code) },
    Member { name: "file", read: |item, one| item.text().map(|file| one.file = Some(file)) },
    Member { name: "resource", read: |item, one| item.text().map(|resource| one.resource = Some(resource)) },
    Member { name: "pointer", read: pointer },
    Member { name: "reason", read: |item, one| item.text().map(|reason| one.reason = reason) },
    Member { name: "until", read: until },
];

const BASELINE: &[Member<Baseline>] = &[
    Member { name: "schema", read: |item, baseline| item.integer(1..=1).map(|_| baseline.schema = 1) },
    Member { name: "findings", read: |item, baseline| item.list(known).map(|list| baseline.findings = list) },
];

const KNOWN: &[Member<Known>] = &[
    Member { name: "code", read: |item, known| item.text().map(|code| known.code = code) },
    Member { name: "unknown", read: |item, known| item.boolean().map(|unknown| known.unknown = unknown) },
    Member { name: "file", read: |item, known| item.text().map(|file| known.file = file) },
    Member { name: "resource", read: |item, known| item.text_or_null().map(|resource| known.resource = resource) },
    Member { name: "fingerprint", read: |item, known| item.text().map(|digits| known.fingerprint = digits) },
];

/// The words for levels.
const LEVELS: &[(&str, Option<Level>)] =
    &[("error", Some(Level::Error)), ("warning", Some(Level::Warning)), ("note", Some(Level::Note)), ("off", None)];

fn levels(item: &Item<'_, '_>, options: &mut Options) -> Result<(), Error> {
    for member in item.members()? {
        let level = Item { name: &member.name, value: &member.value, ..*item };
        item.known_code(&member.name, member.name_span)?;
        let word = level.value.as_str().unwrap_or_default();
        let Some((_, chosen)) = LEVELS.iter().find(|(known, _)| *known == word) else {
            return Err(level.not("`error`, `warning`, `note` or `off`"));
        };
        let set = options.set_level(&member.name, *chosen);
        set.map_err(|error| level.at(level.value.span, error.message()))?;
    }
    Ok(())
}

fn key_size(item: &Item<'_, '_>, options: &mut Options) -> Result<(), Error> {
    let size = item.integer(0..=i64::MAX).ok().filter(|size| matches!(size, 2048 | 3072 | 4096));
    options.require.key_size = Some(size.ok_or_else(|| item.not("2048, 3072 or 4096"))?);
    Ok(())
}

fn tag(item: &Item<'_, '_>) -> Result<Tag, Error> {
    let mut tag = Tag::default();
    item.object(TAG, &["tag"], &mut tag)?;
    Ok(tag)
}

fn acceptance(item: &Item<'_, '_>) -> Result<Acceptance, Error> {
    let mut one = Acceptance { span: item.value.span, ..Acceptance::default() };
    item.object(SUPPRESS, &["code", "reason"], &mut one)?;
    if one.file.is_none() && one.resource.is_none() {
        let message = "a suppression says where it applies: `file` or `resource`; to turn a rule off, use `levels`";
        return Err(item.at(item.value.span, message));
    }
    Ok(one)
}

fn pointer(item: &Item<'_, '_>, one: &mut Acceptance) -> Result<(), Error> {
    let pointer = item.text()?;
    if !pointer.starts_with('/') {
        return Err(item.not("a JSON Pointer such as `/properties/networkAcls`"));
    }
    one.pointer = Some(pointer);
    Ok(())
}

fn until(item: &Item<'_, '_>, one: &mut Acceptance) -> Result<(), Error> {
    let until = item.text()?;
    if Timestamp::parse(&until).is_err() {
        return Err(item.not("a date such as `2027-01-31`"));
    }
    one.until = Some(until);
    Ok(())
}

fn known(item: &Item<'_, '_>) -> Result<Known, Error> {
    let mut known = Known::default();
    item.object(KNOWN, &["code", "unknown", "fingerprint"], &mut known)?;
    Ok(known)
}

/// A value, and what it is called in messages.
struct Item<'r, 'a> {
    name: &'r str,
    value: &'r Value<'a>,
    text: &'r str,
}

impl<'r, 'a> Item<'r, 'a> {
    fn at(&self, span: Span, message: &str) -> Error {
        let (line, column) = line_column(self.text, span.start);
        Error::new(Code::Input, format!("line {line}, column {column}: {message}"))
    }

    /// The error of a value that is something else.
    fn not(&self, expected: &str) -> Error {
        let found = match &self.value.kind {
            Kind::Bool(value) => format!("`{value}`"),
            Kind::Number(digits) => format!("`{}`", short(digits)),
            Kind::String(text) => format!("`{}`", short(text)),
            _ => self.value.what().to_owned(),
        };
        self.at(self.value.span, &format!("{} takes {expected}, not {found}", self.called()))
    }

    fn integer(&self, range: RangeInclusive<i64>) -> Result<i64, Error> {
        let number = if let Kind::Number(digits) = self.value.kind { digits.parse().ok() } else { None };
        number.filter(|number| range.contains(number)).ok_or_else(|| match (range.start(), range.end()) {
            (first, last) if first == last => self.not(&format!("`{first}`")),
            (first, last) => self.not(&format!("a whole number from {first} to {last}")),
        })
    }

    fn boolean(&self) -> Result<bool, Error> {
        if let Kind::Bool(value) = self.value.kind { Ok(value) } else { Err(self.not("`true` or `false`")) }
    }

    /// Text with something in it.
    fn text(&self) -> Result<String, Error> {
        let text = self.value.as_str().filter(|text| !text.trim().is_empty());
        text.map(ToOwned::to_owned).ok_or_else(|| self.not("text"))
    }

    fn text_or_null(&self) -> Result<Option<String>, Error> {
        if matches!(self.value.kind, Kind::Null) { Ok(None) } else { self.text().map(Some) }
    }

    fn texts(&self) -> Result<Vec<String>, Error> {
        self.list(Item::text)
    }

    fn list<T>(&self, read: impl Fn(&Self) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        let values = self.value.as_array().ok_or_else(|| self.not("an array"))?;
        values.iter().map(|value| read(&Item { value, ..*self })).collect()
    }

    fn members(&self) -> Result<&'r [json::Member<'a>], Error> {
        self.value.as_object().ok_or_else(|| self.not("an object"))
    }

    /// Reads an object by its table.
    fn object<T>(&self, table: &[Member<T>], required: &[&str], into: &mut T) -> Result<(), Error> {
        let members = self.members()?;
        for json::Member { name, name_span, value } in members {
            let Some(member) = table.iter().find(|member| member.name == name) else {
                let message = format!("`{}` is no member of {}", short(name), self.called());
                return Err(self.at(*name_span, &(message + &meant(name, table.iter().map(|member| member.name)))));
            };
            (member.read)(&Item { name, value, ..*self }, into)?;
        }
        match required.iter().find(|name| members.iter().all(|member| member.name != **name)) {
            Some(name) => Err(self.at(self.value.span, &format!("{} has no `{name}`", self.called()))),
            None => Ok(()),
        }
    }

    fn called(&self) -> String {
        if self.name.contains(' ') { self.name.to_owned() } else { format!("`{}`", short(self.name)) }
    }

    fn code(&self) -> Result<String, Error> {
        let code = self.text()?;
        self.known_code(&code, self.value.span)?;
        Ok(code)
    }

    fn known_code(&self, code: &str, span: Span) -> Result<(), Error> {
        if rules().any(|rule| rule.code == code) {
            return Ok(());
        }
        let message = format!("`{}` is not the code of a rule", short(code));
        let meant = nearest(code, rules().map(|rule| rule.code));
        let meant = meant.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        Err(self.at(span, &(message + &meant)))
    }
}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

/// The name that was probably meant, or all that there are.
fn meant<'n>(name: &str, names: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(name, names.clone()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!("; it takes {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// The name that takes the fewest edits, if they are few.
fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let name: Vec<char> = name.chars().take(64).map(|c| c.to_ascii_lowercase()).collect();
    let near = names.map(|other| (edits(&name, &other.to_ascii_lowercase()), other));
    let (edits, near) = near.min_by_key(|(edits, _)| *edits)?;
    (edits * 3 <= name.len().max(3)).then_some(near)
}

/// How many characters have to be inserted, removed or replaced (Levenshtein's distance).
#[expect(clippy::indexing_slicing, reason = "a row has one place more than the word has characters")]
fn edits(one: &[char], two: &str) -> usize {
    let mut row: Vec<usize> = (0..=one.len()).collect();
    for (line, c) in two.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for at in 0..one.len() {
            let replaced = diagonal + usize::from(one[at] != c);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[one.len()]
}

#[cfg(test)]
mod tests;
