//! Notifications about keys.

use crate::value::{Outcome, Thrown, to_js};
use cmkit_core::document::event;
use wasm_bindgen::prelude::*;

/// What a notification of Event Grid says.
#[wasm_bindgen(js_name = readKeyEvents)]
#[expect(clippy::needless_pass_by_value, reason = "lists come over from JavaScript as vectors")]
pub fn read_key_events(text: &str, hosts: Vec<String>) -> Outcome<JsValue> {
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    Ok(to_js(&event::read_key_events(text, &hosts).or_throw()?))
}
