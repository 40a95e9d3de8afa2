//! Patches of JSON with comments, on its text: comments, layout, line ends and the order of members survive.
//!
//! What a patch does to the values is what [RFC 6902](https://www.rfc-editor.org/rfc/rfc6902) says, and nothing more.
//! New members look like their neighbours; a comment to the right of what is removed goes with it.

#![expect(
    clippy::indexing_slicing,
    reason = "items are numbered by the list that they were found in, which is not empty"
)]

mod write;

use super::json::{self, Kind, Value};
use crate::error::{Code, Error};
use crate::policy::{Json, PatchOperation, Span};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use write::Style;

/// Applies a patch to a document, all of it or nothing.
///
/// ```
/// use cmkit_core::document::edit;
/// use cmkit_core::policy::{Json, PatchOperation};
/// let text = "{\n  \"name\": \"standard\" // the SKU\n}\n";
/// let patch = [PatchOperation::Add { path: "/family".into(), value: Json::from("A") }];
/// let expected = "{\n  \"name\": \"standard\", // the SKU\n  \"family\": \"A\"\n}\n";
/// assert_eq!(edit::apply(text, &patch)?, expected);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
///
/// # Errors
/// [`Code::Input`] for what is not JSON, and for a path that leads nowhere; [`Code::TooLarge`] over a limit of
/// [`json`].
pub fn apply(text: &str, patch: &[PatchOperation]) -> Result<String, Error> {
    let mut text = text.to_owned();
    for operation in patch {
        let edits = edits(&text, operation)?;
        text = splice(&text, edits);
    }
    json::parse(&text)?;
    Ok(text)
}

/// Bytes to replace, and by what.
type Edit = (Span, String);

/// Puts the edits in; they are in the order of the text and don't overlap.
fn splice(text: &str, edits: Vec<Edit>) -> String {
    let mut out = String::with_capacity(text.len() + 128);
    let mut at = 0;
    for (span, new) in edits {
        out.push_str(&text[at..span.start]);
        out.push_str(&new);
        at = span.end;
    }
    out.push_str(&text[at..]);
    out
}

fn edits(text: &str, operation: &PatchOperation) -> Result<Vec<Edit>, Error> {
    let root = json::parse(text)?;
    let nowhere = || Error::new(Code::Input, format!("nothing to change at `{}`", operation.path()));
    let layout = Layout { text, style: Style::of(text) };
    let Some((parent, last)) = split(operation.path()).ok_or_else(nowhere)? else {
        return match operation {
            PatchOperation::Add { value, .. } | PatchOperation::Replace { value, .. } => {
                Ok(Vec::from([layout.replace(root.span, value)]))
            }
            PatchOperation::Remove { .. } => Err(nowhere()),
        };
    };
    let parent = follow(&root, &parent).ok_or_else(nowhere)?;
    let items = Items::of(parent).ok_or_else(nowhere)?;
    let found = items.find(&last);
    match operation {
        PatchOperation::Replace { value, .. } => {
            let index = found.ok_or_else(nowhere)?;
            Ok(Vec::from([layout.replace(items.values[index], value)]))
        }
        PatchOperation::Remove { .. } => Ok(layout.remove(&items, found.ok_or_else(nowhere)?)),
        PatchOperation::Add { value, .. } => match (found, items.is_object) {
            (Some(index), true) => Ok(Vec::from([layout.replace(items.values[index], value)])),
            (None, true) => Ok(layout.insert(&items, items.spans.len(), Some(&last), value)),
            (Some(index), false) => Ok(layout.insert(&items, index, None, value)),
            (None, false) => {
                let end = last == "-" || last == format!("{}", items.spans.len());
                end.then(|| layout.insert(&items, items.spans.len(), None, value)).ok_or_else(nowhere)
            }
        },
    }
}

/// The steps to the parent and the last one; `Some(None)` is the document itself, `None` no pointer.
fn split(path: &str) -> Option<Option<(Vec<String>, String)>> {
    if path.is_empty() {
        return Some(None);
    }
    let steps = path.strip_prefix('/')?.split('/');
    let mut steps: Vec<_> = steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let last = steps.pop()?;
    Some(Some((steps, last)))
}

fn follow<'v, 'a>(root: &'v Value<'a>, steps: &[String]) -> Option<&'v Value<'a>> {
    steps.iter().try_fold(root, |value, step| match &value.kind {
        Kind::Object(members) => members.iter().find(|member| member.name == *step).map(|member| &member.value),
        Kind::Array(values) => values.get(index(step)?),
        _ => None,
    })
}

/// An index as RFC 6901 writes it: no sign, no leading zero.
fn index(step: &str) -> Option<usize> {
    let plain = step.bytes().all(|byte| byte.is_ascii_digit()) && (step == "0" || !step.starts_with('0'));
    step.parse().ok().filter(|_| plain)
}

/// The members of an object or the elements of an array.
struct Items<'v> {
    is_object: bool,
    /// Between the brackets.
    inside: Span,
    names: Vec<&'v str>,
    /// Each from its name on, where it has one.
    spans: Vec<Span>,
    values: Vec<Span>,
}

impl<'v> Items<'v> {
    fn of(value: &'v Value<'_>) -> Option<Self> {
        let inside = Span { start: value.span.start + 1, end: value.span.end.saturating_sub(1) };
        match &value.kind {
            Kind::Object(members) => {
                let span =
                    |member: &json::Member<'_>| Span { start: member.name_span.start, end: member.value.span.end };
                Some(Self {
                    is_object: true,
                    inside,
                    names: members.iter().map(|member| &*member.name).collect(),
                    spans: members.iter().map(span).collect(),
                    values: members.iter().map(|member| member.value.span).collect(),
                })
            }
            Kind::Array(values) => {
                let spans: Vec<_> = values.iter().map(|value| value.span).collect();
                Some(Self { is_object: false, inside, names: Vec::new(), values: spans.clone(), spans })
            }
            _ => None,
        }
    }

    fn find(&self, step: &str) -> Option<usize> {
        if self.is_object {
            return self.names.iter().position(|name| *name == step);
        }
        index(step).filter(|index| *index < self.spans.len())
    }
}

/// A text and the way it is laid out.
struct Layout<'t> {
    text: &'t str,
    style: Style,
}

impl Layout<'_> {
    fn replace(&self, value: Span, new: &Json) -> Edit {
        let indent = self.indent_of(value.start);
        let broken = self.text[value.start..value.end].contains('\n');
        (value, self.style.value(new, broken.then_some(indent)))
    }

    fn insert(&self, items: &Items<'_>, index: usize, name: Option<&str>, value: &Json) -> Vec<Edit> {
        let Some(last) = items.spans.last() else { return self.insert_first(items, name, value) };
        let lines = self.lines(items);
        let indent = self.indent_of(last.start);
        let item = self.style.item(name, value, lines.then_some(indent));
        let point = |at| Span { start: at, end: at };
        let (before, after) = match index.checked_sub(1) {
            Some(before) => (items.spans[before].end, items.spans.get(index)),
            None => (items.inside.start, items.spans.first()),
        };
        // A comma that is there stays where it is; one that isn't follows its value at once.
        let comma = if index > 0 && after.is_some() { self.comma(before) } else { None };
        let (right, commented) = self.right_side(comma.map_or(before, |comma| comma + 1));
        let gap = if lines || commented { self.style.line(indent) } else { self.style.space() };
        match (index, after) {
            (0, Some(first)) if !lines || self.text[before..first.start].trim().is_empty() => {
                let gap = if lines { self.style.line(indent) } else { self.style.space() };
                Vec::from([(point(first.start), format!("{item},{gap}"))])
            }
            (0, _) => Vec::from([(point(right), format!("{}{item},", self.style.line(indent)))]),
            (_, Some(_)) => Vec::from([(point(right), format!("{gap}{item},"))]),
            (_, None) => Vec::from([(point(before), ",".to_owned()), (point(right), format!("{gap}{item}"))]),
        }
    }

    /// Into brackets that have nothing but, perhaps, comments between them.
    fn insert_first(&self, items: &Items<'_>, name: Option<&str>, value: &Json) -> Vec<Edit> {
        let inside = &self.text[items.inside.start..items.inside.end];
        let outer = self.indent_of(items.inside.start);
        let inner = format!("{outer}{}", self.style.unit);
        let item = |lines: bool| self.style.item(name, value, lines.then_some(inner.as_str()));
        if !inside.trim().is_empty() {
            let at = Span { start: items.inside.start, end: items.inside.start };
            return Vec::from([(at, format!("{}{}", self.style.line(&inner), item(true)))]);
        }
        let new = if self.style.lines {
            format!("{}{}{}", self.style.line(&inner), item(true), self.style.line(outer))
        } else {
            let pad = self.style.pad();
            format!("{pad}{}{pad}", item(false))
        };
        Vec::from([(items.inside, new)])
    }

    fn remove(&self, items: &Items<'_>, index: usize) -> Vec<Edit> {
        let item = items.spans[index];
        let comma = if index + 1 < items.spans.len() { self.comma(item.end) } else { None };
        let end = comma.map_or(item.end, |comma| comma + 1);
        let (right, _) = self.right_side(end);
        let line = self.text[..item.start].rfind('\n').map_or(0, |at| at + 1);
        let left = self.text[line..item.start].trim_start_matches('\u{feff}');
        let next = self.text[right..].find('\n').filter(|at| self.text[right..right + at].trim().is_empty());
        let mut edits = Vec::new();
        if let Some(before) = index.checked_sub(1).filter(|_| comma.is_none()) {
            let comma = self.comma(items.spans[before].end).unwrap_or(items.spans[before].end);
            edits.push((Span { start: comma, end: comma + 1 }, String::new()));
        }
        let span = match next {
            // Whole lines.
            Some(next) if left.trim().is_empty() => Span { start: line, end: right + next + 1 },
            // From a line that others share: with the space to its left, or, for the first, to its right.
            _ if comma.is_some() => {
                let space = self.text[right..].len() - self.text[right..].trim_start_matches([' ', '\t']).len();
                Span { start: item.start, end: right + space }
            }
            _ => {
                let space = left.len() - left.trim_end_matches([' ', '\t']).len();
                Span { start: item.start - space, end: right }
            }
        };
        if items.spans.len() == 1 {
            let Span { start, end } = items.inside;
            let (left, right) = (&self.text[start..span.start.max(start)], &self.text[span.end.min(end)..end]);
            if left.trim().is_empty() && right.trim().is_empty() {
                return Vec::from([(items.inside, String::new())]);
            }
        }
        edits.push((span, String::new()));
        edits
    }

    /// Whether each item stands on lines of its own.
    fn lines(&self, items: &Items<'_>) -> bool {
        let last = items.spans.len() - 1;
        let before = if last == 0 { items.inside.start } else { items.spans[last - 1].end };
        self.text[before..items.spans[last].start].contains('\n')
    }

    /// The white space at the start of a line.
    fn indent_of(&self, at: usize) -> &str {
        let line = self.text[..at].rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[line..at].trim_start_matches('\u{feff}');
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// The comma after an item, whatever comments stand before it.
    fn comma(&self, mut at: usize) -> Option<usize> {
        loop {
            let rest = &self.text[at..];
            match rest.as_bytes().first()? {
                b',' => return Some(at),
                b'/' if rest.starts_with("/*") => at += rest.find("*/")? + 2,
                b'/' => at += rest.find('\n')?,
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                _ => return None,
            }
        }
    }

    /// The end of the comments to the right, on the same line; and whether the last one runs to the end of that line.
    fn right_side(&self, start: usize) -> (usize, bool) {
        let mut end = start;
        loop {
            let rest = &self.text[end..];
            let space = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let comment = &rest[space..];
            if comment.starts_with("//") {
                let line = comment.split('\n').next().unwrap_or_default().trim_end_matches('\r');
                return (end + space + line.len(), true);
            }
            let Some(length) = comment.strip_prefix("/*").and_then(|inner| inner.find("*/")) else { break };
            if comment[..length + 4].contains('\n') {
                break;
            }
            end += space + length + 4;
        }
        (end, false)
    }
}

#[cfg(test)]
mod tests;
