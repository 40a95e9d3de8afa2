//! A reader of JSON with comments that knows where everything stands: a byte span for each value and each name.
//!
//! It borrows strings without escapes, tolerates a byte order mark, `//` and `/* */` comments and line breaks in strings
//! (all three are found in ARM templates), and refuses trailing commas and repeated names. Its limits hold for any input.

use crate::error::{Code, Error};
use crate::policy::{Span, line_column};
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Texts longer than this are refused. The plan of a large Terraform configuration has tens of megabytes.
pub const MAX_BYTES: usize = 64 << 20;
/// Arrays and objects nested deeper than this are refused.
pub const MAX_DEPTH: usize = 64;
/// Documents with more values than this are refused: they would take more than half a gigabyte of memory.
pub const MAX_VALUES: usize = 1 << 22;

/// A value and where it stands.
///
/// ```
/// use cmkit_core::document::json;
/// let value = json::parse("{ /* a vault */ \"sku\": \"premium\" }")?;
/// let sku = value.get("SKU").expect("names are compared as ARM does, in any letter case");
/// assert_eq!((sku.as_str(), sku.span.start..sku.span.end), (Some("premium"), 23..32));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Value<'a> {
    /// The bytes of the value, without comments and space around it.
    pub span: Span,
    /// What it is.
    pub kind: Kind<'a>,
}

/// The kinds of value.
///
/// ```
/// use cmkit_core::document::json::{self, Kind};
/// assert!(matches!(json::parse("[1, 2]")?.kind, Kind::Array(values) if values.len() == 2));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Kind<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(&'a str),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// Values in order.
    Array(Vec<Value<'a>>),
    /// Members in order, no name twice.
    Object(Vec<Member<'a>>),
}

/// A name and its value.
///
/// ```
/// use cmkit_core::document::json;
/// let value = json::parse(r#"{ "a": 1 }"#)?;
/// let member = &value.as_object().expect("an object")[0];
/// assert_eq!((&*member.name, member.name_span.start), ("a", 2));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'a> {
    /// The name, unescaped.
    pub name: Cow<'a, str>,
    /// The bytes of the name with its quotes.
    pub name_span: Span,
    /// The value.
    pub value: Value<'a>,
}

impl<'a> Value<'a> {
    /// The member of this name in any letter case; of several, the one spelled exactly so.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.member(name).map(|member| &member.value)
    }

    /// Like [`Value::get`], with the name as it is written.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member<'a>> {
        let members = self.as_object()?;
        let exact = members.iter().find(|member| member.name == name);
        exact.or_else(|| members.iter().find(|member| member.name.eq_ignore_ascii_case(name)))
    }

    /// The members, if this is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[Member<'a>]> {
        if let Kind::Object(members) = &self.kind { Some(members) } else { None }
    }

    /// The values, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        if let Kind::Array(values) = &self.kind { Some(values) } else { None }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(text) = &self.kind { Some(text) } else { None }
    }

    /// What it is, in words.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::Array(_) => "an array",
            Kind::Object(_) => "an object",
        }
    }
}

/// Reads one JSON document.
///
/// # Errors
/// [`Code::Input`] with line and column; [`Code::TooLarge`] over one of the limits.
pub fn parse(text: &str) -> Result<Value<'_>, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::new(Code::TooLarge, format!("the document has more than {MAX_BYTES} bytes")));
    }
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { text, at: start, depth: 0, values: 0 };
    reader.space()?;
    let value = reader.value()?;
    reader.space()?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.unexpected("the end of the document")),
    }
}

/// The names of an object so far. Few are compared one by one; a set of many is worth its memory.
#[derive(Default)]
struct Names<'a>(Option<BTreeSet<Cow<'a, str>>>);

impl<'a> Names<'a> {
    /// Learns a name after those of `members`; false where it is one of them.
    fn learn(&mut self, name: Cow<'a, str>, members: &[Member<'a>]) -> bool {
        if members.len() < 16 {
            return members.iter().all(|member| member.name != name);
        }
        let known = || members.iter().map(|member| member.name.clone()).collect();
        self.0.get_or_insert_with(known).insert(name)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    values: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn error(&self, at: usize, code: Code, message: &str) -> Error {
        let (line, column) = line_column(self.text, at);
        Error::new(code, format!("line {line}, column {column}: {message}"))
    }

    fn unexpected(&self, expected: &str) -> Error {
        let found = match self.rest().chars().next() {
            Some(found) => format!("expected {expected}, found `{}`", found.escape_debug()),
            None => format!("expected {expected}, but the document ends"),
        };
        self.error(self.at, Code::Input, &found)
    }

    /// Skips white space and comments.
    fn space(&mut self) -> Result<(), Error> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let end = comment.find("*/");
                let end = end.ok_or_else(|| self.error(self.at, Code::Input, "this comment is never closed"))?;
                self.at += end + 4;
            } else {
                return Ok(());
            }
        }
    }

    fn value(&mut self) -> Result<Value<'a>, Error> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.error(self.at, Code::TooLarge, "the document has too many values"));
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Value { span: Span { start, end: self.at }, kind })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Kind<'a>, Error>) -> Result<Kind<'a>, Error> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(self.at, Code::TooLarge, "the document is nested too deeply"));
        }
        self.depth += 1;
        self.at += 1;
        let kind = read(self)?;
        self.depth -= 1;
        Ok(kind)
    }

    fn array(&mut self) -> Result<Kind<'a>, Error> {
        let mut values = Vec::new();
        self.space()?;
        if self.eat(b']') {
            return Ok(Kind::Array(values));
        }
        loop {
            values.push(self.value()?);
            if !self.more(b']', "`,` or `]`")? {
                return Ok(Kind::Array(values));
            }
        }
    }

    fn object(&mut self) -> Result<Kind<'a>, Error> {
        let mut members: Vec<Member<'a>> = Vec::new();
        let mut names = Names::default();
        self.space()?;
        if self.eat(b'}') {
            return Ok(Kind::Object(members));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a name in double quotes"));
            }
            let name = self.string()?;
            if !names.learn(name.clone(), &members) {
                let shown: String = name.chars().take(64).collect();
                return Err(self.error(start, Code::Input, &format!("`{shown}` stands twice in one object")));
            }
            let name_span = Span { start, end: self.at };
            self.space()?;
            if !self.eat(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.space()?;
            members.push(Member { name, name_span, value: self.value()? });
            if !self.more(b'}', "`,` or `}`")? {
                return Ok(Kind::Object(members));
            }
        }
    }

    /// After a value: whether another one follows, or `close`.
    fn more(&mut self, close: u8, expected: &str) -> Result<bool, Error> {
        self.space()?;
        let comma = self.at;
        if self.eat(close) {
            return Ok(false);
        }
        if !self.eat(b',') {
            return Err(self.unexpected(expected));
        }
        self.space()?;
        if self.peek() == Some(close) {
            return Err(self.error(comma, Code::Input, "nothing follows this comma"));
        }
        Ok(true)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        let open = self.at;
        self.at += 1;
        let mut owned: Option<String> = None;
        loop {
            let rest = self.rest();
            let stop = rest.find(|c: char| matches!(c, '"' | '\\' | '\0'..='\u{1f}'));
            let Some(stop) = stop else {
                return Err(self.error(open, Code::Input, "this string is never closed"));
            };
            let (plain, rest) = rest.split_at(stop);
            let end = rest.as_bytes().first().copied().unwrap_or_default();
            self.at += stop;
            match end {
                b'"' => {
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(plain),
                        Some(text) => Cow::Owned(text + plain),
                    });
                }
                b'\\' => {
                    let text = owned.get_or_insert_default();
                    text.push_str(plain);
                    text.push(self.escape()?);
                }
                b'\n' | b'\r' | b'\t' => {
                    let text = owned.get_or_insert_default();
                    text.push_str(plain);
                    text.push(char::from(end));
                    self.at += 1;
                }
                _ => return Err(self.unexpected("no control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        let start = self.at;
        self.at += 1;
        let escaped = match self.peek() {
            Some(found @ (b'"' | b'\\' | b'/')) => char::from(found),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let found = self.code_point();
                return found.ok_or_else(|| self.error(start, Code::Input, "this escape is not a character"));
            }
            _ => return Err(self.error(start, Code::Input, "JSON has no such escape")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// The character of four hexadecimal digits, or of two such groups that form a surrogate pair.
    fn code_point(&mut self) -> Option<char> {
        let high = self.hex4()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high);
        }
        if !(self.eat(b'\\') && self.eat(b'u')) {
            return None;
        }
        let low = self.hex4().filter(|low| (0xdc00..0xe000).contains(low))?;
        char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn number(&mut self) -> Result<Kind<'a>, Error> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _signed = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Ok(Kind::Number(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Result<(), Error> {
        let rest = self.rest();
        let count = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        self.at += count;
        if count == 0 { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    fn word(&mut self) -> Result<Kind<'a>, Error> {
        let words = [("null", Kind::Null), ("true", Kind::Bool(true)), ("false", Kind::Bool(false))];
        for (word, kind) in words {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(kind);
            }
        }
        Err(self.unexpected("a value"))
    }
}

#[cfg(test)]
pub(crate) mod tests;
