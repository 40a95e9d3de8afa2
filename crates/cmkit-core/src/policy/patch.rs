//! Patches of documents, as [RFC 6902](https://www.rfc-editor.org/rfc/rfc6902) writes them: what a mend changes.
//!
//! Only what a mend needs is here: add, replace and remove. Who applies a patch to text, and keeps its comments and its
//! layout, is [`document::edit`](crate::document::edit).

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Serialize, Serializer};

/// A JSON value of a patch.
///
/// ```
/// use cmkit_core::policy::Json;
/// let days = Json::Object(vec![("softDeleteRetentionInDays".into(), Json::Number(90))]);
/// assert_eq!(serde_json::to_string(&days).unwrap(), r#"{"softDeleteRetentionInDays":90}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// Text.
    String(String),
    /// Values in order.
    Array(Vec<Json>),
    /// Members in order.
    Object(Vec<(String, Json)>),
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_i64(*value),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(values) => serializer.collect_seq(values),
            Self::Object(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

/// One step of a patch; paths are JSON Pointers into the file of the finding.
///
/// ```
/// use cmkit_core::policy::{Json, PatchOperation};
/// let step = PatchOperation::Replace { path: "/sku/name".into(), value: Json::from("premium") };
/// assert_eq!(serde_json::to_string(&step).unwrap(), r#"{"op":"replace","path":"/sku/name","value":"premium"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum PatchOperation {
    /// Writes a new member, or inserts an element; `-` is the end of an array.
    Add {
        /// Where it will stand.
        path: String,
        /// What will stand there.
        value: Json,
    },
    /// Writes another value where one stands.
    Replace {
        /// Where it stands.
        path: String,
        /// What will stand there.
        value: Json,
    },
    /// Takes a member or an element away.
    Remove {
        /// Where it stands.
        path: String,
    },
}

impl PatchOperation {
    /// The JSON Pointer of the step.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Add { path, .. } | Self::Replace { path, .. } | Self::Remove { path } => path,
        }
    }
}
