//! JSON, pretty and in the order of the model: `serde_json::to_string_pretty` without the crate, which the core of a
//! browser package does without.

use crate::error::{Code, Error};
use crate::policy::Report;
use alloc::string::{String, ToString};
use core::fmt::{self, Display, Write};
use serde::ser::{self, Serialize, Serializer};

/// The report as one JSON document, with a line end; `docs/report.schema.json` is its schema.
#[must_use]
pub fn json(report: &Report) -> String {
    document(report)
}

/// Any value as JSON, pretty: two spaces a level, members in the order of the type, no line end.
///
/// ```
/// let json = cmkit_core::report::to_json(&("kv\n", [1, 2], Option::<()>::None))?;
/// assert_eq!(json, "[\n  \"kv\\n\",\n  [\n    1,\n    2\n  ],\n  null\n]");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
///
/// # Errors
/// [`Code::InvalidArgument`] where a map has names that are no text, or where the value refuses to be written.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    let mut out = String::new();
    value.serialize(Writer { out: &mut out, depth: 0 }).map_err(|fault| Error::new(Code::InvalidArgument, fault.0))?;
    Ok(out)
}

/// Types of ours, which always have text for names.
pub(super) fn document<T: Serialize>(value: &T) -> String {
    let mut json = to_json(value).unwrap_or_else(|error| unreachable!("{}", error.message()));
    json.push('\n');
    json
}

/// Why a value can't be written.
#[derive(Debug)]
struct Fault(String);

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A place for one value.
struct Writer<'a> {
    out: &'a mut String,
    depth: usize,
}

impl Writer<'_> {
    fn raw(self, text: impl Display) -> Result<(), Fault> {
        write!(self.out, "{text}").map_err(ser::Error::custom)
    }
}

impl<'a> Writer<'a> {
    fn open(self, brackets: Brackets, tag: Option<&'static str>) -> Open<'a> {
        let Self { out, depth } = self;
        let mut open = Open { out, depth, brackets, empty: true, tag: None };
        if let Some(tag) = tag {
            open.out.push('{');
            open.depth += 1;
            line(open.out, open.depth);
            string(open.out, tag);
            open.out.push_str(": ");
            open.tag = Some(depth);
        }
        open.out.push(brackets.0);
        open
    }
}

#[derive(Clone, Copy)]
struct Brackets(char, char);

const ARRAY: Brackets = Brackets('[', ']');
const OBJECT: Brackets = Brackets('{', '}');

/// An array or an object that has begun; that of an enum's variant stands in an object of its own.
struct Open<'a> {
    out: &'a mut String,
    depth: usize,
    brackets: Brackets,
    empty: bool,
    tag: Option<usize>,
}

impl Open<'_> {
    fn next(&mut self) {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        line(self.out, self.depth + 1);
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(Writer { out: self.out, depth: self.depth + 1 })
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.next();
        self.value(value)
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Fault> {
        self.next();
        string(self.out, name);
        self.out.push_str(": ");
        self.value(value)
    }

    fn close(self) -> Result<(), Fault> {
        if !self.empty {
            line(self.out, self.depth);
        }
        self.out.push(self.brackets.1);
        if let Some(depth) = self.tag {
            line(self.out, depth);
            self.out.push('}');
        }
        Ok(())
    }
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    (0..depth).for_each(|_| out.push_str("  "));
}

/// A string with its quotes; what JSON forbids in one is escaped and nothing else.
fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => _ = write!(out, "\\u{:04x}", u32::from(c)),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// The methods of values that are written as they print.
macro_rules! plain {
    ($($method:ident: $type:ty),*) => { $(
        fn $method(self, value: $type) -> Result<(), Fault> {
            self.raw(value)
        }
    )* };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Open<'a>;
    type SerializeTupleStruct = Open<'a>;
    type SerializeTupleVariant = Open<'a>;
    type SerializeMap = Open<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Open<'a>;

    plain!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    plain!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);

    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        if value.is_finite() { self.raw(format_args!("{value:?}")) } else { self.serialize_unit() }
    }

    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        if value.is_finite() { self.raw(format_args!("{value:?}")) } else { self.serialize_unit() }
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        string(self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        self.raw("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Fault> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        let mut open = self.open(OBJECT, None);
        open.member(variant, value)?;
        open.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'a>, Fault> {
        Ok(self.open(ARRAY, None))
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'a>, Fault> {
        Ok(self.open(ARRAY, None))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Fault> {
        Ok(self.open(ARRAY, None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, Fault> {
        Ok(self.open(ARRAY, Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'a>, Fault> {
        Ok(self.open(OBJECT, None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Fault> {
        Ok(self.open(OBJECT, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, Fault> {
        Ok(self.open(OBJECT, Some(variant)))
    }
}

/// The traits of things with values in a row.
macro_rules! row {
    ($($trait:ident: $method:ident),*) => { $(
        impl ser::$trait for Open<'_> {
            type Ok = ();
            type Error = Fault;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.item(value)
            }

            fn end(self) -> Result<(), Fault> {
                self.close()
            }
        }
    )* };
}

row!(SerializeSeq: serialize_element, SerializeTuple: serialize_element);
row!(SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field);

/// The traits of things with members that the type names.
macro_rules! fields {
    ($($trait:ident),*) => { $(
        impl ser::$trait for Open<'_> {
            type Ok = ();
            type Error = Fault;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Fault> {
                self.member(name, value)
            }

            fn end(self) -> Result<(), Fault> {
                self.close()
            }
        }
    )* };
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Fault> {
        self.next();
        let start = self.out.len();
        self.value(name)?;
        match self.out[start..].starts_with('"') {
            true => Ok(()),
            false => Err(ser::Error::custom("a name of a map is not text")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.out.push_str(": ");
        self.value(value)
    }

    fn end(self) -> Result<(), Fault> {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use super::to_json;
    use alloc::collections::BTreeMap;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use serde::Serialize;

    #[derive(Serialize)]
    enum Variant {
        Unit,
        New(u8),
        Tuple(i8, bool),
        Struct { a: char, b: Vec<u8> },
    }

    #[derive(Serialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        One { more: Option<&'static str> },
    }

    #[derive(Serialize)]
    struct Everything {
        text: String,
        #[serde(flatten)]
        tagged: Tagged,
        variants: Vec<Variant>,
        map: BTreeMap<&'static str, (f64, f32)>,
        empty: (Vec<u8>, BTreeMap<String, u8>, Option<u8>, ()),
        #[serde(skip_serializing_if = "Option::is_none")]
        skipped: Option<u8>,
        large: [i64; 2],
    }

    #[test]
    fn writes_what_serde_json_writes() {
        let value = Everything {
            text: ('\0'..='\u{80}').chain(['\u{2028}', '\u{feff}', 'ü', '\u{1f511}']).collect(),
            tagged: Tagged::One { more: Some("x") },
            variants: [
                Variant::Unit,
                Variant::New(1),
                Variant::Tuple(-1, true),
                Variant::Struct { a: '"', b: [].into() },
            ]
            .into(),
            map: [("z", (0.5, 1.0)), ("a", (f64::NAN, 100.25))].into(),
            empty: Default::default(),
            skipped: None,
            large: [i64::MIN, i64::MAX],
        };
        assert_eq!(to_json(&value).expect("JSON"), serde_json::to_string_pretty(&value).expect("JSON"));
    }

    #[test]
    fn a_map_with_other_names_is_refused() {
        let error = to_json(&BTreeMap::from([(1, 2)])).expect_err("numbers are no names");
        assert!(error.to_string().contains("not text"), "{error}");
    }
}
