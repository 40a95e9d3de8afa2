//! Values as the vectors write them: hex, patterns and digests, counts and outcomes.
//!
//! Each is a type of its own, so that a case that holds something else fails to load.

use aws_lc_rs::digest::{SHA256, digest};
use cmkit::Error;
use serde::Deserialize;
use std::fmt;

/// Bytes in lower-case hex.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Hex(pub Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(format!("`{}` is not a lower-case hex digit", char::from(byte))),
        };
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err("an odd number of hex digits".into()) };
        let bytes = pairs.iter().map(|[high, low]| Ok(digit(*high)? << 4 | digit(*low)?));
        bytes.collect::<Result<_, String>>().map(Self)
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// Lower-case hex of the bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256, by aws-lc-rs.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// Bytes that may be long: written out, by a pattern, or as a digest of what is due.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Bytes {
    /// Written out.
    Hex(Hex),
    /// By a pattern.
    Pattern(Pattern),
    /// What an output must be, told by its digest.
    Digest(Digest),
}

/// Byte `i` is `i mod 251`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Which pattern: there is one.
    pub pattern: PatternName,
    /// The number of bytes.
    pub length: usize,
}

/// The patterns that there are.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatternName {
    /// Byte `i` is `i mod 251`.
    Counter,
}

/// A long output.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// The SHA-256 of all of it.
    pub sha256: Hex,
    /// Its length.
    pub length: usize,
    /// Its first bytes.
    pub head: Hex,
}

impl Bytes {
    /// The bytes, unless only their digest is known.
    #[must_use]
    pub fn known(&self) -> Option<Vec<u8>> {
        match self {
            Self::Hex(hex) => Some(hex.0.clone()),
            Self::Pattern(Pattern { pattern: PatternName::Counter, length }) => {
                Some((0..*length).map(|index| (index % 251) as u8).collect())
            }
            Self::Digest(_) => None,
        }
    }

    /// # Errors
    /// How the bytes differ.
    pub fn check(&self, found: &[u8]) -> Result<(), String> {
        let (same, length) = match self {
            Self::Hex(Hex(due)) => (due == found, due.len()),
            Self::Pattern(Pattern { length, .. }) => (self.known().as_deref() == Some(found), *length),
            Self::Digest(due) => {
                let same = due.length == found.len() && found.starts_with(&due.head.0) && sha256(found) == due.sha256.0;
                (same, due.length)
            }
        };
        let shown = hex(&found[..found.len().min(64)]);
        if same { Ok(()) } else { Err(format!("other bytes: {} of due {length}, {shown}..", found.len())) }
    }
}

/// One admissible value or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOf<T> {
    /// Only this.
    One(T),
    /// Any of these.
    Any(Vec<T>),
}

impl<T: PartialEq + fmt::Debug> OneOf<T> {
    /// Whether the value is admissible.
    pub fn admits(&self, found: &T) -> bool {
        match self {
            Self::One(due) => due == found,
            Self::Any(due) => due.contains(found),
        }
    }

    /// # Errors
    /// What was found and what is due.
    pub fn check(&self, what: &str, found: &T) -> Result<(), String> {
        if self.admits(found) { Ok(()) } else { Err(format!("{what}: {found:?}, due {self:?}")) }
    }
}

/// What a case ends in.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Outcome<T> {
    /// An error of one of these classes.
    Failure(Failure),
    /// The outputs.
    Output(T),
}

/// The classes of an error that a case may end in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The class.
    pub error: OneOf<String>,
}

impl<T> Outcome<T> {
    /// Compares with what came out; `check` compares the outputs.
    ///
    /// # Errors
    /// How they differ.
    pub fn check<F>(
        &self,
        found: Result<F, Error>,
        check: impl FnOnce(&T, F) -> Result<(), String>,
    ) -> Result<(), String> {
        match (self, found) {
            (Self::Output(due), Ok(found)) => check(due, found),
            (Self::Failure(due), Err(error)) => due.error.check("error", &error.code().as_str().to_owned()),
            (Self::Output(_), Err(error)) => Err(format!("fails: {} ({error})", error.code())),
            (Self::Failure(due), Ok(_)) => Err(format!("succeeds, due {:?}", due.error)),
        }
    }
}
