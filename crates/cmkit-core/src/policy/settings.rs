//! What a caller can choose: thresholds, levels, what the organisation requires, and what is accepted.
//!
//! All of it has a default, so that `Options::default()` checks as the documentation of the service asks. The reader of
//! `.cmkit.json` is [`document::read_settings`](crate::document::read_settings).

use super::fact::{File, Span};
use super::finding::{Consequence, Level};
use super::rules::{Rule, rule};
use crate::error::{Code, Error};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What a caller can choose.
///
/// ```
/// use cmkit_core::policy::{Level, Options};
/// let mut options = Options::default();
/// options.expiry_days = 90; // warn three months ahead
/// options.set_level("CMK2007", Some(Level::Error))?; // and fail
/// options.set_level("CMK2003", None)?; // 3072 bits are enough here
/// assert!(options.set_level("CMK1002", None).is_err()); // a key that can be purged loses data
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// A key that expires within so many days is near its expiry. 30 by default.
    pub expiry_days: i64,
    /// A key should rotate at least every so many days. 730 by default.
    pub rotation_days: i64,
    /// A vault should keep deleted keys for at least so many days. 90 by default, which is also the most that there is.
    pub retention_days: i64,
    /// What the organisation requires. Nothing by default.
    pub require: Requirements,
    /// Findings that are accepted, each for a reason.
    pub accept: Vec<Acceptance>,
    /// The file that these settings were read from, for findings about them.
    pub file: Option<File>,
    levels: BTreeMap<&'static str, Option<Level>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            expiry_days: 30,
            rotation_days: 730,
            retention_days: 90,
            require: Requirements::default(),
            accept: Vec::new(),
            file: None,
            levels: BTreeMap::new(),
        }
    }
}

impl Options {
    /// Gives the findings of a rule another level; `None` turns the rule off.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] where there is no such rule, and where it would make light of one that is
    /// [fixed](Rule::is_fixed).
    pub fn set_level(&mut self, code: &str, level: Option<Level>) -> Result<(), Error> {
        let refuse = |message| Err(Error::new(Code::InvalidArgument, message));
        let Some(rule) = rule(code) else { return refuse(format!("`{code}` is not the code of a rule")) };
        match level {
            None if rule.is_fixed() => {
                return refuse(format!("`{code}` can't be turned off: {}", rule.fixed_because()));
            }
            Some(level) if rule.is_fixed() && level > rule.level => {
                return refuse(format!("`{code}` can't be less than an error: {}", rule.fixed_because()));
            }
            level => _ = self.levels.insert(rule.code, level),
        }
        Ok(())
    }

    /// The level of a rule's findings; `None` where the rule is turned off.
    #[must_use]
    pub fn level(&self, rule: &Rule) -> Option<Level> {
        self.levels.get(rule.code).copied().unwrap_or(Some(rule.level))
    }
}

impl Rule {
    /// Whether its findings can be neither suppressed nor turned down: errors by which data is lost, and errors in the
    /// input itself, after which no other verdict is worth much.
    ///
    /// ```
    /// use cmkit_core::policy::rule;
    /// assert!(rule("CMK1002").is_some_and(|rule| rule.is_fixed())); // no purge protection
    /// assert!(rule("CMK2003").is_some_and(|rule| !rule.is_fixed())); // a key of 3072 bits
    /// ```
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.level == Level::Error && (self.loses_data() || self.code.starts_with("CMK9"))
    }

    const fn loses_data(&self) -> bool {
        matches!(self.consequence, Consequence::DataLoss | Consequence::DestroysCluster)
    }

    /// Why it is fixed.
    pub(super) const fn fixed_because(&self) -> &'static str {
        if self.loses_data() { "data can be lost by it" } else { "it is about the input itself" }
    }
}

/// What an organisation requires beyond what the service does. Each has a rule of its own.
///
/// ```
/// use cmkit_core::policy::{Options, Requirements};
/// let mut options = Options::default();
/// options.require = Requirements { key_size: Some(3072), hsm: true, ..Requirements::default() };
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// The least size of a key in bits: CMK2101.
    pub key_size: Option<i64>,
    /// Keys are in hardware: CMK2102.
    pub hsm: bool,
    /// The most days between two rotations of a key: CMK7101.
    pub rotation_days: Option<i64>,
    /// The regions that clusters and vaults may be in, in any spelling: CMK6201. Empty for all.
    pub regions: Vec<String>,
    /// Tags of clusters that have to be under a customer-managed key: CMK6202.
    pub cmk: Vec<Tag>,
}

/// A tag, by its name and the values that it may have.
///
/// ```
/// use cmkit_core::policy::{Requirements, Tag};
/// let production = Tag { name: "env".into(), values: vec!["prod".into()] };
/// let require = Requirements { cmk: vec![production], ..Requirements::default() };
/// assert_eq!(require.cmk[0].name, "env");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// The name.
    pub name: String,
    /// The values; empty for any.
    pub values: Vec<String>,
}

/// Findings that are accepted: those of one rule, in a file or a resource.
///
/// ```
/// use cmkit_core::policy::{Acceptance, Options};
/// let mut options = Options::default();
/// options.accept.push(Acceptance {
///     code: "CMK5002".into(),
///     resource: Some("kv-orders".into()),
///     reason: "the firewall is set by Azure Policy".into(),
///     until: Some("2027-06-30".into()),
///     ..Acceptance::default()
/// });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// The code of the rule.
    pub code: String,
    /// A pattern of file names (`*`, `**`, `?`), held against the end of the path: `infra/*.json`.
    pub file: Option<String>,
    /// The resource: its id, its name, its type and name, or its address in Terraform.
    pub resource: Option<String>,
    /// JSON Pointer of what it is about; below the resource where there is one, else in the file.
    pub pointer: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is, or the time from which it isn't any more.
    pub until: Option<String>,
    /// Where it is written in [`Options::file`].
    pub span: Span,
}
