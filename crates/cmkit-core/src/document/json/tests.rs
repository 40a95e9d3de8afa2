use super::*;
use alloc::string::ToString;

/// Our value as `serde_json` has it, so that both can be compared.
pub(crate) fn plain(value: &Value<'_>) -> serde_json::Value {
    match &value.kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(value) => (*value).into(),
        Kind::Number(text) => serde_json::from_str(text).expect("a number"),
        Kind::String(text) => text.as_ref().into(),
        Kind::Array(values) => values.iter().map(plain).collect(),
        Kind::Object(members) => members.iter().map(|m| (m.name.to_string(), plain(&m.value))).collect(),
    }
}

/// A small generator (xorshift) of documents; the same ones in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn text(&mut self) -> String {
        let alphabet = ['a', 'Z', '"', '\\', '/', '\n', '\u{1}', 'é', '\u{10ffff}', '{', '[', ':', ',', ' '];
        (0..self.below(8)).map(|_| alphabet[usize::try_from(self.below(14)).expect("small")]).collect()
    }

    fn document(&mut self, depth: u64) -> serde_json::Value {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => serde_json::Value::Null,
            1 => (self.below(2) == 0).into(),
            2 => self.below(u64::MAX).into(),
            // Halves are exact in binary, so that both readers have to agree to the last bit.
            3 => serde_json::json!(-0.5 * f64::from(u32::try_from(self.below(1 << 20)).expect("small"))),
            4 => self.text().into(),
            5 => (0..self.below(5)).map(|_| self.document(depth - 1)).collect(),
            _ => (0..self.below(5)).map(|_| (self.text(), self.document(depth - 1))).collect(),
        }
    }
}

#[test]
fn agrees_with_serde_json_on_random_documents() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2000 {
        let document = random.document(5);
        for text in [document.to_string(), serde_json::to_string_pretty(&document).expect("text")] {
            let value = parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(plain(&value), document, "{text}");
        }
    }
}

#[test]
fn refuses_what_serde_json_refuses() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "]",
        "{]",
        "[1",
        "[1,",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{'a':1}",
        "nul",
        "truex",
        "01",
        "1.",
        ".5",
        "1e",
        "+1",
        "-",
        "0x10",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\u{0}\"",
        "1 2",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "\"\\u+123\"",
    ] {
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        assert!(parse(text).is_err(), "{text}");
    }
}

/// Hostile input: every byte of a sample replaced, removed, and every prefix. Whatever comes out, it comes out.
#[test]
fn no_byte_makes_it_panic() {
    let sample = "{\"a\": [1, -2.5e+3, true, null], // c\n \"\\u00e9\\ud83d\\ude00\": \"é\\n\" /* d */ }".as_bytes();
    for at in 0..sample.len() {
        for byte in 0..=255 {
            let mut changed = sample.to_vec();
            changed[at] = byte;
            if let Ok(text) = core::str::from_utf8(&changed) {
                let ours = parse(text).is_ok();
                let theirs = serde_json::from_str::<serde_json::Value>(text).is_ok();
                assert!(ours || !theirs, "{text}");
            }
        }
        let _ = core::str::from_utf8(&sample[..at]).map(parse);
    }
}

#[test]
fn knows_where_everything_stands() {
    let text = "\u{feff}// head\r\n{ \"naïve\": [ 1, \"two\" ] /* x */ }";
    let value = parse(text).expect("a document");
    let slice = |span: Span| &text[span.start..span.end];
    let member = value.member("naïve").expect("a member");
    assert_eq!(slice(value.span), "{ \"naïve\": [ 1, \"two\" ] /* x */ }");
    assert_eq!(slice(member.name_span), "\"naïve\"");
    assert_eq!(slice(member.value.span), "[ 1, \"two\" ]");
    assert_eq!(slice(member.value.as_array().expect("an array")[1].span), "\"two\"");
}

#[test]
fn errors_name_line_and_column() {
    for (text, expected) in [
        ("{\n  \"é\" 1 }", "line 2, column 7: expected `:`, found `1`"),
        ("{\"a\": 1,\n}", "line 1, column 8: nothing follows this comma"),
        ("{\"a\":1, \"a\":2}", "line 1, column 9: `a` stands twice in one object"),
        ("[1, /* 2", "line 1, column 5: this comment is never closed"),
        ("[1", "line 1, column 3: expected `,` or `]`, but the document ends"),
        ("{\n\"a\": \"b", "line 2, column 6: this string is never closed"),
    ] {
        assert_eq!(parse(text).expect_err(text).message(), expected);
    }
}

#[test]
fn names_are_found_in_any_case_and_exactly_first() {
    let value = parse(r#"{"Type": 1, "type": 2}"#).expect("a document");
    assert_eq!(value.get("type").map(|v| &v.kind), Some(&Kind::Number("2")));
    assert_eq!(value.get("TYPE").map(|v| &v.kind), Some(&Kind::Number("1")));
}

#[test]
fn limits_hold() {
    let deep = "[".repeat(MAX_DEPTH + 1);
    assert_eq!(parse(&deep).expect_err("too deep").code(), Code::TooLarge);
    let fits = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
    assert!(parse(&fits).is_ok());
    let many = alloc::format!("[0{}]", ",0".repeat(MAX_VALUES));
    assert_eq!(parse(&many).expect_err("too many").code(), Code::TooLarge);
    let long = " ".repeat(MAX_BYTES + 1);
    assert_eq!(parse(&long).expect_err("too long").code(), Code::TooLarge);
}
