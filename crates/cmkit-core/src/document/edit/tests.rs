use super::*;
use alloc::string::ToString;
use core::fmt::Write;

fn add(path: &str, value: Json) -> PatchOperation {
    PatchOperation::Add { path: path.into(), value }
}

fn replace(path: &str, value: Json) -> PatchOperation {
    PatchOperation::Replace { path: path.into(), value }
}

fn remove(path: &str) -> PatchOperation {
    PatchOperation::Remove { path: path.into() }
}

/// A document, a patch, and what comes of it, to the byte.
#[test]
fn edits_look_like_their_neighbours() {
    let object = || Json::Object(Vec::from([("a".into(), Json::Number(1)), ("b".into(), Json::Array(Vec::new()))]));
    for (text, operation, expected) in [
        // One line stays one line, in its own spacing.
        ("{\"a\":1}", add("/b", Json::Bool(true)), "{\"a\":1,\"b\":true}"),
        ("{ \"a\": 1 }", add("/b", Json::Bool(true)), "{ \"a\": 1, \"b\": true }"),
        ("{ \"a\": 1 /* one */ }", add("/b", Json::Null), "{ \"a\": 1, /* one */ \"b\": null }"),
        ("{ \"a\": 1 }", add("/b", object()), "{ \"a\": 1, \"b\": { \"a\": 1, \"b\": [] } }"),
        ("[1, 2]", add("/0", Json::Number(0)), "[0, 1, 2]"),
        ("[ 1, 2 ]", add("/1", Json::Number(9)), "[ 1, 9, 2 ]"),
        ("[1,2]", add("/-", Json::Number(3)), "[1,2,3]"),
        ("{}", add("/a", Json::Number(1)), "{\"a\":1}"),
        // Lines stay lines; a comment to the right stays with its value.
        ("{\n\t\"a\": 1 // one\n}\n", add("/b", Json::Number(2)), "{\n\t\"a\": 1, // one\n\t\"b\": 2\n}\n"),
        ("{\r\n  \"a\": 1\r\n}", add("/b", Json::Number(2)), "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}"),
        (
            "{\n    \"a\": {}\n}",
            add("/a/x", object()),
            "{\n    \"a\": {\n        \"x\": {\n            \"a\": 1,\n            \"b\": []\n        }\n    }\n}",
        ),
        ("{\n  \"a\": [\n    // none\n  ]\n}", add("/a/-", Json::Null), "{\n  \"a\": [\n    null\n    // none\n  ]\n}"),
        ("[\n  1, // one\n  2\n]", add("/1", Json::Number(9)), "[\n  1, // one\n  9,\n  2\n]"),
        ("[\n  // first\n  1\n]", add("/0", Json::Number(0)), "[\n  0,\n  // first\n  1\n]"),
        ("{ \"a\": 1 // one\n}", add("/b", Json::Number(2)), "{ \"a\": 1, // one\n\"b\": 2\n}"),
        // The comma and the comment to the right go along.
        ("{\n  \"a\": 1, // one\n  \"b\": 2\n}", remove("/a"), "{\n  \"b\": 2\n}"),
        ("{\n  \"a\": 1, // one\n  \"b\": 2 // two\n}", remove("/b"), "{\n  \"a\": 1 // one\n}"),
        ("{ \"a\": 1, \"b\": 2 }", remove("/a"), "{ \"b\": 2 }"),
        ("{ \"a\": 1, \"b\": 2 }", remove("/b"), "{ \"a\": 1 }"),
        ("{\n  \"a\": 1\n}", remove("/a"), "{}"),
        ("{\n  // kept\n  \"a\": {\n    \"b\": 2\n  }\n}", remove("/a"), "{\n  // kept\n}"),
        ("[1, /* two */ 2, 3]", remove("/1"), "[1, /* two */ 3]"),
        ("\u{feff}{\"a\":1 , \"b\":2}", remove("/b"), "\u{feff}{\"a\":1 }"),
        ("{\n  \"a\": 1\n  , \"b\": 2\n}", remove("/b"), "{\n  \"a\": 1\n  \n}"),
        // Nothing but the value changes.
        (
            "{ \"a\": /* was */ 1 }",
            replace("/a", Json::from("\"\\\u{1}é")),
            "{ \"a\": /* was */ \"\\\"\\\\\\u0001é\" }",
        ),
        ("{ \"a\": 1 }", add("/a", Json::Number(2)), "{ \"a\": 2 }"),
        ("{ \"x/y\": { \"~\": 1 } }", replace("/x~1y/~0", Json::Number(2)), "{ \"x/y\": { \"~\": 2 } }"),
        ("[1] // end", replace("", Json::Null), "null // end"),
    ] {
        assert_eq!(apply(text, core::slice::from_ref(&operation)).expect(text), expected, "{text:?} {operation:?}");
    }
}

#[test]
fn what_leads_nowhere_changes_nothing() {
    for (text, operation) in [
        ("{}", replace("/a", Json::Null)),
        ("{}", remove("/a")),
        ("{}", remove("")),
        ("{}", add("a", Json::Null)),
        ("{\"a\":null}", add("/a/b", Json::Null)),
        ("{\"A\":{}}", add("/a/b", Json::Null)), // names of a pointer are exact
        ("[1]", add("/2", Json::Null)),
        ("[1]", add("/01", Json::Null)),
        ("[1]", replace("/-", Json::Null)),
        ("[1, 2", add("/-", Json::Null)),
    ] {
        let error = apply(text, core::slice::from_ref(&operation)).expect_err(text);
        assert_eq!(error.code(), Code::Input, "{text} {operation:?}");
    }
    let error = apply("{\"a\":1}", &[remove("/a"), remove("/a")]).expect_err("all or nothing");
    assert!(error.message().contains("`/a`"), "{error}");
}

/// A small generator (xorshift) of documents with comments, and of patches that fit them; the same ones in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).expect("small")).expect("small")
    }

    fn name(&mut self) -> String {
        ["a", "b", "c/d", "e~f", "\"", "//x", "é", ",", "{"][self.below(9)].into()
    }

    fn value(&mut self, depth: usize) -> Json {
        match self.below(if depth == 0 { 4 } else { 6 }) {
            0 => Json::Null,
            1 => Json::Bool(self.below(2) == 0),
            2 => Json::Number(i64::try_from(self.below(1000)).expect("small") - 500),
            3 => Json::String(self.name() + "*/\n"),
            4 => Json::Array((0..self.below(4)).map(|_| self.value(depth - 1)).collect()),
            _ => {
                let mut members: Vec<(String, Json)> = Vec::new();
                for _ in 0..self.below(4) {
                    let name = self.name();
                    if members.iter().all(|(known, _)| *known != name) {
                        members.push((name, self.value(depth - 1)));
                    }
                }
                Json::Object(members)
            }
        }
    }

    /// White space and comments, each comment with a number of its own.
    fn space(&mut self, comments: &mut usize) -> String {
        let mut space = String::new();
        for _ in 0..self.below(4) {
            *comments += usize::from(self.0.is_multiple_of(2));
            match (self.0 % 2, self.below(3)) {
                (0, 0) => writeln!(space, "// #{comments}#, }}").expect("text"),
                (0, 1) => write!(space, "/* #{comments}# \" */").expect("text"),
                (0, _) => write!(space, "/* #{comments}# \r\n ] */").expect("text"),
                (_, 0) => space.push('\n'),
                (_, 1) => space.push_str("\r\n  "),
                (_, _) => space.push(' '),
            }
        }
        space
    }

    fn write(&mut self, value: &Json, comments: &mut usize) -> String {
        let (open, close, items): (_, _, Vec<(Option<&String>, &Json)>) = match value {
            Json::Array(values) => ('[', ']', values.iter().map(|value| (None, value)).collect()),
            Json::Object(members) => ('{', '}', members.iter().map(|(name, value)| (Some(name), value)).collect()),
            scalar => return serde_json::to_string(scalar).expect("text"),
        };
        let mut out = open.to_string();
        for (index, (name, value)) in items.into_iter().enumerate() {
            out.push_str(if index > 0 { "," } else { "" });
            out.push_str(&self.space(comments));
            if let Some(name) = name {
                let name = serde_json::to_string(name).expect("text");
                let (before, after) = (self.space(comments), self.space(comments));
                write!(out, "{name}{before}:{after}").expect("text");
            }
            let value = self.write(value, comments);
            out.push_str(&value);
            out.push_str(&self.space(comments));
        }
        out.push_str(&self.space(comments));
        out.push(close);
        out
    }

    /// A step that fits the value somewhere, and its effect.
    fn step(&mut self, value: &mut Json, path: &str) -> PatchOperation {
        let children = match value {
            Json::Array(values) => values.len(),
            Json::Object(members) => members.len(),
            _ => 0,
        };
        if children > 0 && self.below(2) == 0 {
            let index = self.below(children);
            return match value {
                Json::Array(values) => self.step(&mut values[index], &format!("{path}/{index}")),
                Json::Object(members) => {
                    let (name, value) = &mut members[index];
                    let name = name.replace('~', "~0").replace('/', "~1");
                    self.step(value, &format!("{path}/{name}"))
                }
                _ => unreachable!("no children"),
            };
        }
        let new = self.value(2);
        let kind = self.below(3);
        match value {
            Json::Array(values) if kind == 0 && !values.is_empty() => {
                let index = self.below(values.len());
                values.remove(index);
                remove(&format!("{path}/{index}"))
            }
            Json::Array(values) if kind < 2 => {
                let index = self.below(values.len() + 1);
                let step = if index == values.len() && self.below(2) == 0 { "-".into() } else { index.to_string() };
                values.insert(index, new.clone());
                add(&format!("{path}/{step}"), new)
            }
            Json::Object(members) if kind == 0 && !members.is_empty() => {
                let (name, _) = members.remove(self.below(members.len()));
                remove(&format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")))
            }
            Json::Object(members) if kind < 2 => {
                let name = self.name();
                match members.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, value)) => *value = new.clone(),
                    None => members.push((name.clone(), new.clone())),
                }
                add(&format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), new)
            }
            value => {
                *value = new.clone();
                replace(path, new)
            }
        }
    }
}

fn read(value: &Value<'_>) -> Json {
    match &value.kind {
        Kind::Null => Json::Null,
        Kind::Bool(value) => Json::Bool(*value),
        Kind::Number(text) => Json::Number(text.parse().expect("a whole number")),
        Kind::String(text) => Json::String(text.to_string()),
        Kind::Array(values) => Json::Array(values.iter().map(read).collect()),
        Kind::Object(members) => Json::Object(members.iter().map(|m| (m.name.to_string(), read(&m.value))).collect()),
    }
}

#[test]
fn a_patch_of_the_text_is_the_patch_of_its_value() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..20_000 {
        let mut value = random.value(4);
        let mut comments = 0;
        let text = random.write(&value, &mut comments);
        let patch: Vec<_> = (0..=random.below(4)).map(|_| random.step(&mut value, "")).collect();
        let patched = apply(&text, &patch).unwrap_or_else(|error| panic!("{error}: {text:?} {patch:?}"));
        let parsed = json::parse(&patched).unwrap_or_else(|error| panic!("{error}: {text:?} {patch:?} {patched:?}"));
        assert_eq!(read(&parsed), value, "{text:?} {patch:?} {patched:?}");
        let text_of = |value: &PatchOperation| matches!(value, PatchOperation::Add { .. });
        let plain = json::parse(&text).expect("json");
        let replaces = |path: &str| {
            split(path).flatten().is_some_and(|(steps, last)| {
                follow(&plain, &steps)
                    .and_then(Items::of)
                    .is_some_and(|items| items.is_object && items.find(&last).is_some())
            })
        };
        if patch.len() == 1 && text_of(&patch[0]) && !replaces(patch[0].path()) {
            for number in 1..=comments {
                assert!(patched.contains(&format!("#{number}#")), "comment {number}: {text:?} {patch:?} {patched:?}");
            }
        }
    }
}
