//! The cases of each file of `tests/vectors`, typed after its `README.md`.
//!
//! Unknown fields are refused everywhere: what this page does not read, no runner may silently pass over.
#![expect(missing_docs, reason = "the fields are documented in tests/vectors/README.md, once for every language")]

use crate::value::{Bytes, Hex, OneOf, Outcome};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A case of one of the files.
pub trait Case: DeserializeOwned {
    /// The file's name without `.json`.
    const FILE: &'static str;

    /// The case's name, unique in its file.
    fn name(&self) -> &str;
}

/// Reads all cases of a file and compares their number with the manifest.
///
/// # Panics
/// Where the file is not what its README says.
#[must_use]
pub fn load<C: Case>() -> Vec<C> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File<C> {
        cases: Vec<C>,
    }
    let File { cases } = read_json::<File<C>>(C::FILE);
    check_count(C::FILE, cases.len());
    let mut names: Vec<_> = cases.iter().map(Case::name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "names in {}.json are not unique", C::FILE);
    cases
}

pub(crate) fn check_count(file: &str, count: usize) {
    let manifest: BTreeMap<String, usize> = read_json("manifest");
    assert_eq!(manifest.get(&format!("{file}.json")), Some(&count), "the manifest has another count for {file}.json");
}

pub(crate) fn read_json<T: DeserializeOwned>(file: &str) -> T {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../vectors/{file}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

macro_rules! cases {
    ($($case:ident $file:literal)+) => {
        $(impl Case for $case {
            const FILE: &'static str = $file;
            fn name(&self) -> &str { &self.name }
        })+
    };
}
cases! {
    SealCase "seal"
    OpenCase "open"
    HeaderCase "header"
    RangeCase "range"
    RewrapCase "rewrap"
}

impl Case for RecordCase {
    const FILE: &'static str = "record";
    fn name(&self) -> &str {
        match self {
            Self::Make { name, .. } | Self::Open { name, .. } => name,
        }
    }
}

impl Case for CompactCase {
    const FILE: &'static str = "compact";
    fn name(&self) -> &str {
        match self {
            Self::Seal { name, .. } | Self::Open { name, .. } => name,
        }
    }
}

pub type Pairs = BTreeMap<String, String>;
pub type Script = BTreeMap<String, Scripted>;

/// What the scripted holder says about one key version.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripted {
    pub state: Option<State>,
    pub created: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Denied,
    Unavailable,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum External {
    Bytes(Hex),
    Pairs(Pairs),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    pub namespace: Option<String>,
    pub context: Pairs,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Configuration {
    pub allow: Vec<Allow>,
    pub service: Vec<String>,
    pub records: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    pub key: String,
    pub versions: Option<Vec<String>>,
    #[serde(default)]
    pub refused: Vec<String>,
    pub created_after: Option<u64>,
    #[serde(default)]
    pub public_keys: Vec<String>,
}

/// Where an envelope, a head or a value comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub base: Option<String>,
    pub record: Option<String>,
    pub hex: Option<Hex>,
    #[serde(default)]
    pub edits: Vec<Edit>,
    #[serde(default)]
    pub body_edits: Vec<Edit>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Edit {
    Replace { at: usize, replace: usize, with: Hex },
    Truncate { truncate: usize },
    Append { append: Hex, times: Option<usize> },
    SwapChunks { swap_chunks: [usize; 2] },
    DuplicateChunk { duplicate_chunk: usize },
    DropChunk { drop_chunk: usize },
}

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
