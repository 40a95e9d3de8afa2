//! Cases about messages: sealed, opened whole and in part, their heads read and rewritten.
#![expect(missing_docs, reason = "the fields are documented in tests/vectors/README.md, once for every language")]

use super::{Configuration, Expect, External, Pairs, Script, Source};
use crate::value::{Bytes, Hex, OneOf, Outcome};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealCase {
    pub name: String,
    pub keys: Vec<String>,
    pub suite: u8,
    pub now: u64,
    pub random: Hex,
    pub plaintext: Bytes,
    #[serde(default)]
    pub context: Pairs,
    pub external: Option<External>,
    pub namespace: Option<String>,
    pub content_type: Option<String>,
    pub pad_to: Option<usize>,
    #[serde(default)]
    pub holder: Script,
    pub result: Outcome<Sealed>,
    pub wraps: Option<OneOf<usize>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    pub envelope: Bytes,
    pub head_length: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenCase {
    pub name: String,
    pub envelope: Source,
    #[serde(default)]
    pub detached: bool,
    pub configuration: Configuration,
    pub external: Option<External>,
    #[serde(default)]
    pub expect: Expect,
    #[serde(default)]
    pub holder: Script,
    pub result: Outcome<Plaintext>,
    pub calls: OneOf<usize>,
    pub called: Vec<String>,
    pub resolves: OneOf<usize>,
    pub released: Option<Released>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plaintext {
    pub plaintext: Bytes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    pub length: usize,
    pub sha256: Hex,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderCase {
    pub name: String,
    pub head: Source,
    pub result: Outcome<Inspected>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspected {
    pub inspect: Inspect,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspect {
    pub suite: u8,
    pub key_record: bool,
    pub header_length: usize,
    pub head_length: usize,
    pub core: Hex,
    pub context: Pairs,
    pub external_names: Vec<String>,
    pub namespace: Option<String>,
    pub content_type: Option<String>,
    pub deterministic: bool,
    pub keks: Vec<InspectKek>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InspectKek {
    pub alg: i64,
    pub thumbprint: Option<Hex>,
    pub locator: Option<InspectLocator>,
    pub wrapped_length: usize,
    pub time: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InspectLocator {
    pub holder: u8,
    pub host: Option<String>,
    pub name: Option<String>,
    pub version: Option<Hex>,
    pub dek_id: Option<Hex>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeCase {
    pub name: String,
    pub envelope: Source,
    pub configuration: Configuration,
    #[serde(default)]
    pub expect: Expect,
    pub start: u64,
    pub length: u64,
    pub result: Outcome<Plaintext>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewrapCase {
    pub name: String,
    pub head: Source,
    pub configuration: Configuration,
    pub external: Option<External>,
    #[serde(default)]
    pub holder: Script,
    pub to: Vec<String>,
    pub keep: Keep,
    pub pad_to: Option<usize>,
    pub now: u64,
    pub random: Hex,
    pub reopen: Vec<Configuration>,
    pub reopen_external: Option<External>,
    pub result: Outcome<NewHead>,
    pub calls: OneOf<usize>,
    pub wraps: Option<OneOf<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    None,
    All,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewHead {
    pub new_head: Bytes,
}
