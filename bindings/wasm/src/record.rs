//! Key records and the values under them.

use crate::keys::{AllowedKeys, DataKey, SealKeys};
use crate::message::Opening;
use crate::operation::{Operation, Product};
use crate::value::{Outcome, Random, Thrown, from_js, random};
use cmkit_core::envelope::{self, DEFAULT_MAX_HEADER, DEFAULT_MAX_KEYS, NewRecord, RecordOptions, RustCrypto};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

/// What a key record says.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Making {
    context: Vec<(String, String)>,
    namespace: Option<String>,
    deterministic: bool,
    pad_to: Option<usize>,
    max_keys: Option<usize>,
    max_header: Option<usize>,
}

/// Begins to make a data key and its record.
#[wasm_bindgen(js_name = generateDataKey)]
pub fn generate_data_key(keys: SealKeys, options: JsValue, now: f64) -> Outcome<Operation> {
    let Making { context, namespace, deterministic, pad_to, max_keys, max_header } = from_js(options)?;
    let options = RecordOptions {
        keys: keys.0,
        context,
        namespace,
        deterministic,
        pad_to,
        max_keys: max_keys.unwrap_or(DEFAULT_MAX_KEYS),
        max_header: max_header.unwrap_or(DEFAULT_MAX_HEADER),
    };
    let step = envelope::DataKey::generate::<RustCrypto, Random>(options, now as u64, random());
    Operation::begin(step, |NewRecord { key, record }| Product::DataKey { key, record })
}

/// Begins to open a key record.
#[wasm_bindgen(js_name = openDataKey)]
pub fn open_data_key(record: Vec<u8>, keys: &AllowedKeys, options: JsValue) -> Outcome<Operation> {
    let expect = from_js::<Opening>(options)?.expect();
    let step = envelope::DataKey::open(&record, &keys.0, expect, random());
    Operation::begin(step, |key| Product::DataKey { key, record })
}

#[wasm_bindgen]
impl DataKey {
    #[wasm_bindgen(js_name = sealValue)]
    pub fn seal_value(&self, namespace: &str, aad: &[u8], value: &[u8], deterministic: bool) -> Outcome<Vec<u8>> {
        match deterministic {
            true => self.key.seal_value_deterministic::<RustCrypto>(namespace, aad, value),
            false => self.key.seal_value::<RustCrypto>(namespace, aad, value, &mut random()),
        }
        .or_throw()
    }

    #[wasm_bindgen(js_name = openValue)]
    pub fn open_value(&self, namespace: &str, aad: &[u8], value: &[u8]) -> Outcome<Vec<u8>> {
        self.key.open_value::<RustCrypto>(namespace, aad, value).or_throw()
    }
}
