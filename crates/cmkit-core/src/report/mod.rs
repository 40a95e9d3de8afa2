//! Writers of reports and of the pages of rules: a [`Report`] in, text out, in the formats that people, pipelines and
//! scanners read.
//!
//! Nobody else writes findings. There are no colours and no terminal here, nothing is read and no time is told but the
//! report's own, so that the same report always gives the same bytes. Whatever a report quotes may come from hostile
//! files: each writer escapes what its format reads as its own.

mod azure_devops;
mod explanation;
mod github;
mod json;
mod junit;
mod markdown;
mod open;
mod plain;
mod rule_page;
mod sarif;
mod summary;

pub use azure_devops::azure_devops;
pub use explanation::explanation;
pub use github::github;
pub use json::{json, to_json};
pub use junit::junit;
pub use markdown::markdown;
pub use open::{Answer, OpenQuestion, open_questions};
pub use plain::{paragraph, plain};
pub use rule_page::{Sample, Samples, rule_list, rule_page};
pub use sarif::sarif;
pub use summary::{impact, inputs, summary};

use crate::error::{Code, Error};
use crate::policy::Report;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The formats of a report.
///
/// ```
/// use cmkit_core::{document, policy, report::Format};
/// let vault = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults", "name": "kv", "apiVersion": "2023-07-01" }] }"#;
/// let deployment = document::read(&[("kv.json", vault)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// for format in Format::ALL {
///     assert!(!format.write(&report).is_empty(), "{}", format.name());
///     assert_eq!(Format::parse(format.name())?, *format);
/// }
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Sentences, one finding a paragraph: see [`plain()`].
    Plain,
    /// One JSON document: see [`json()`].
    Json,
    /// SARIF 2.1.0, for code scanning: see [`sarif()`].
    Sarif,
    /// `JUnit` XML, for test reports: see [`junit()`].
    Junit,
    /// Workflow commands of GitHub Actions: see [`github()`].
    Github,
    /// Logging commands of Azure Pipelines: see [`azure_devops()`].
    AzureDevops,
    /// Markdown, for comments on pull requests: see [`markdown()`].
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] =
        &[Self::Plain, Self::Json, Self::Sarif, Self::Junit, Self::Github, Self::AzureDevops, Self::Markdown];

    /// The name that people write: `azure-devops`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::AzureDevops => "azure-devops",
            Self::Markdown => "markdown",
        }
    }

    /// The format of a name.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for another name, with those that there are.
    pub fn parse(name: &str) -> Result<Self, Error> {
        Self::ALL.iter().find(|format| format.name() == name).copied().ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
            Error::new(Code::InvalidArgument, format!("`{name}` is not a format: there are {}", known.join(", ")))
        })
    }

    /// Writes a report in this format.
    #[must_use]
    pub fn write(self, report: &Report) -> String {
        match self {
            Self::Plain => plain(report),
            Self::Json => json(report),
            Self::Sarif => sarif(report),
            Self::Junit => junit(report),
            Self::Github => github(report),
            Self::AzureDevops => azure_devops(report),
            Self::Markdown => markdown(report),
        }
    }
}

#[cfg(test)]
mod tests;
