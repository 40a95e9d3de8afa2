//! Cases about key records and the compact values under them.
#![expect(missing_docs, reason = "the fields are documented in tests/vectors/README.md, once for every language")]

use super::{Configuration, Expect, Pairs, Plaintext, Script, Source};
use crate::value::{Bytes, Hex, OneOf, Outcome};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub enum RecordCase {
    Make {
        name: String,
        keys: Vec<String>,
        now: u64,
        random: Hex,
        #[serde(default)]
        context: Pairs,
        namespace: Option<String>,
        #[serde(default)]
        deterministic: bool,
        pad_to: Option<usize>,
        reopen: Reopen,
        result: Outcome<MadeRecord>,
        wraps: OneOf<usize>,
    },
    Open {
        name: String,
        record: Source,
        configuration: Configuration,
        #[serde(default)]
        expect: Expect,
        #[serde(default)]
        holder: Script,
        result: Outcome<OpenedRecord>,
        calls: OneOf<usize>,
        called: Vec<String>,
        resolves: OneOf<usize>,
    },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reopen {
    pub configuration: Configuration,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeRecord {
    pub record: Bytes,
    pub dek_id: Hex,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedRecord {
    pub dek_id: Hex,
    pub deterministic: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub enum CompactCase {
    Seal {
        name: String,
        record: String,
        form: Form,
        random: Hex,
        plaintext: Bytes,
        #[serde(default)]
        namespace: String,
        #[serde(default)]
        aad: Hex,
        result: Outcome<SealedValue>,
    },
    Open {
        name: String,
        value: Source,
        records: Vec<String>,
        #[serde(default)]
        namespace: String,
        #[serde(default)]
        aad: Hex,
        result: Outcome<Plaintext>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Random,
    Deterministic,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedValue {
    pub value: Bytes,
}
