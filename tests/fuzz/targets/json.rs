//! The reader of JSON with comments: no panic, spans that hold, and what it takes it takes again.
#![no_main]

use cmkit_core::document::json::{Kind, Value, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(value) = parse(text) {
        spans(&value, text);
    }
});

fn spans(value: &Value<'_>, text: &str) {
    let own = text.get(value.span.start..value.span.end).expect("a span of the text");
    match &value.kind {
        Kind::Array(values) => values.iter().for_each(|value| spans(value, text)),
        Kind::Object(members) => members.iter().for_each(|member| {
            assert!(text.get(member.name_span.start..member.name_span.end).is_some());
            spans(&member.value, text);
        }),
        _ => assert_eq!(parse(own).expect("a value by itself").kind, value.kind),
    }
}
