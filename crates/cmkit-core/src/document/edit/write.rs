//! New JSON in the manner of the text around it.

use crate::policy::Json;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::fmt::Write;

/// How a document is written.
pub(super) struct Style {
    /// One step of indentation.
    pub(super) unit: String,
    /// The end of a line.
    end: &'static str,
    /// The document is written on lines at all.
    pub(super) lines: bool,
    /// A space follows colons and commas.
    spaced: bool,
    /// A space stands inside the brackets of one line.
    padded: bool,
}

impl Style {
    pub(super) fn of(text: &str) -> Self {
        let mut lines = text.lines().map(|line| (&line[..line.len() - line.trim_start().len()], line.trim_start()));
        let indented = |(space, rest): &(&str, &str)| !space.is_empty() && rest.starts_with(['"', '{', '[']);
        let unit = lines.find(indented).map_or("  ", |(space, _)| space);
        let unit = if unit.trim_matches([' ', '\t']).is_empty() && unit.len() <= 8 { unit } else { "  " };
        let first = text.find('\n');
        let end = if first.is_some_and(|at| text[..at].ends_with('\r')) { "\r\n" } else { "\n" };
        let lines = first.is_some_and(|at| !text[at..].trim().is_empty());
        let spaced = lines || text.contains("\": ") || text.contains(", ");
        let padded = text.contains("{ \"") || (lines && !text.contains("{\""));
        Self { unit: unit.to_owned(), end, lines, spaced, padded }
    }

    /// A new line and its indentation.
    pub(super) fn line(&self, indent: &str) -> String {
        format!("{}{indent}", self.end)
    }

    /// What follows a comma within a line.
    pub(super) fn space(&self) -> String {
        if self.spaced { " ".to_owned() } else { String::new() }
    }

    /// What stands inside the brackets of one line.
    pub(super) fn pad(&self) -> &'static str {
        if self.padded { " " } else { "" }
    }

    /// A member or an element: on lines of that indentation, or on one line.
    pub(super) fn item(&self, name: Option<&str>, value: &Json, indent: Option<&str>) -> String {
        let mut out = String::new();
        if let Some(name) = name {
            string(&mut out, name);
            out.push_str(if self.spaced { ": " } else { ":" });
        }
        self.write(&mut out, value, indent);
        out
    }

    /// A value alone.
    pub(super) fn value(&self, value: &Json, indent: Option<&str>) -> String {
        self.item(None, value, indent)
    }

    fn write(&self, out: &mut String, value: &Json, indent: Option<&str>) {
        match value {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(value) => {
                let _ = write!(out, "{value}");
            }
            Json::String(text) => string(out, text),
            Json::Array(values) => {
                let items = values.iter().map(|value| (None, value));
                self.nest(out, ['[', ']'], items, indent);
            }
            Json::Object(members) => {
                let items = members.iter().map(|(name, value)| (Some(name.as_str()), value));
                self.nest(out, ['{', '}'], items, indent);
            }
        }
    }

    fn nest<'j>(
        &self,
        out: &mut String,
        [open, close]: [char; 2],
        items: impl ExactSizeIterator<Item = (Option<&'j str>, &'j Json)>,
        indent: Option<&str>,
    ) {
        out.push(open);
        if items.len() == 0 {
            out.push(close);
            return;
        }
        let inner = indent.map(|indent| format!("{indent}{}", self.unit));
        for (index, (name, value)) in items.enumerate() {
            out.push_str(if index > 0 { "," } else { "" });
            match &inner {
                Some(inner) => out.push_str(&self.line(inner)),
                None if index > 0 => out.push_str(&self.space()),
                None => out.push_str(self.pad()),
            }
            out.push_str(&self.item(name, value, inner.as_deref()));
        }
        match indent {
            Some(indent) => out.push_str(&self.line(indent)),
            None => out.push_str(self.pad()),
        }
        out.push(close);
    }
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}
