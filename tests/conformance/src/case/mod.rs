//! The cases of each file of `tests/vectors`, typed after its `README.md`.
//!
//! Unknown fields are refused everywhere: what this page does not read, no runner may silently pass over.
#![expect(missing_docs, reason = "the fields are documented in tests/vectors/README.md, once for every language")]

mod keys;
mod message;

pub use keys::{CompactCase, Form, MadeRecord, OpenedRecord, RecordCase, Reopen, SealedValue};
pub use message::{
    HeaderCase, Inspect, InspectKek, InspectLocator, Inspected, Keep, NewHead, OpenCase, Plaintext, RangeCase,
    Released, RewrapCase, SealCase, Sealed,
};

use crate::value::Hex;
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    /// Wherever an object stands in a case, a field that nobody knows is refused.
    fn check_strictness<C: Case>() {
        let file: Value = read_json(C::FILE);
        let mut seen = BTreeSet::new();
        for case in file["cases"].as_array().expect("cases") {
            let mut objects = Vec::new();
            find_objects(case, String::new(), &mut objects);
            for (pointer, names) in objects {
                if seen.insert((pointer.clone(), names)) {
                    let mut changed = case.clone();
                    changed.pointer_mut(&pointer).expect("an object")["unheard_of"] = Value::Null;
                    assert!(serde_json::from_value::<C>(changed).is_err(), "{} at `{pointer}`", C::FILE);
                }
            }
        }
        assert!(seen.len() > 2, "{}", C::FILE);
    }

    fn find_objects(value: &Value, pointer: String, found: &mut Vec<(String, Vec<String>)>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let escaped = name.replace('~', "~0").replace('/', "~1");
                    find_objects(value, format!("{pointer}/{escaped}"), found);
                }
                found.push((pointer, fields.keys().cloned().collect()));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| find_objects(item, format!("{pointer}/{at}"), found));
            }
            _ => {}
        }
    }

    #[test]
    fn no_field_is_passed_over() {
        check_strictness::<SealCase>();
        check_strictness::<OpenCase>();
        check_strictness::<HeaderCase>();
        check_strictness::<RangeCase>();
        check_strictness::<RecordCase>();
        check_strictness::<CompactCase>();
        check_strictness::<RewrapCase>();
    }
}
