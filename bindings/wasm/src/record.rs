//! Key records and the values under them.

use crate::fields::Fields;
use crate::keys::{AllowedKeys, DataKey, SealKeys};
use crate::message::{Host, expect};
use crate::operation::{Operation, Product};
use crate::value::{Outcome, Random, Thrown, random};
use cmkit_core::envelope::{self, DEFAULT_MAX_HEADER, DEFAULT_MAX_KEYS, NewRecord, RecordOptions};
use wasm_bindgen::prelude::*;

/// Begins to make a data key and its record.
#[wasm_bindgen(js_name = generateDataKey)]
pub fn generate_data_key(keys: SealKeys, options: JsValue, now: f64) -> Outcome<Operation> {
    let known = ["context", "namespace", "deterministic", "padTo", "maxKeys", "maxHeader"];
    let fields = Fields::of(options, &known)?;
    let options = RecordOptions {
        keys: keys.0,
        context: fields.pairs("context")?.unwrap_or_default(),
        namespace: fields.text("namespace")?,
        deterministic: fields.flag("deterministic")?,
        pad_to: fields.size("padTo")?,
        max_keys: fields.size("maxKeys")?.unwrap_or(DEFAULT_MAX_KEYS),
        max_header: fields.size("maxHeader")?.unwrap_or(DEFAULT_MAX_HEADER),
    };
    let step = envelope::DataKey::generate::<Host, Random>(options, now as u64, random());
    Operation::begin(step, |NewRecord { key, record }| Product::DataKey { key, record })
}

/// Begins to open a key record.
#[wasm_bindgen(js_name = openDataKey)]
pub fn open_data_key(record: Vec<u8>, keys: &AllowedKeys, options: JsValue) -> Outcome<Operation> {
    let expect = expect(&Fields::of(options, &["namespace", "context"])?)?;
    let step = envelope::DataKey::open(&record, &keys.0, expect, random());
    Operation::begin(step, |key| Product::DataKey { key, record })
}

#[wasm_bindgen]
impl DataKey {
    #[wasm_bindgen(js_name = sealValue)]
    pub fn seal_value(&self, namespace: &str, aad: &[u8], value: &[u8], deterministic: bool) -> Outcome<Vec<u8>> {
        match deterministic {
            true => self.key.seal_value_deterministic::<Host>(namespace, aad, value),
            false => self.key.seal_value::<Host>(namespace, aad, value, &mut random()),
        }
        .or_throw()
    }

    #[wasm_bindgen(js_name = openValue)]
    pub fn open_value(&self, namespace: &str, aad: &[u8], value: &[u8]) -> Outcome<Vec<u8>> {
        self.key.open_value::<Host>(namespace, aad, value).or_throw()
    }
}
