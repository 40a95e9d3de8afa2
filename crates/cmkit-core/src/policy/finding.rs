//! What a check reports. This is the one model of findings: every language and every output format sees these names.

use super::fact::Origin;
use super::patch::PatchOperation;
use super::time::Timestamp;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// How bad it is. `Error` breaks the cluster or loses data, `Warning` is a risk, `Note` is worth knowing.
///
/// ```
/// use cmkit_core::policy::{Level, rule};
/// assert_eq!(rule("CMK1002").map(|rule| rule.level), Some(Level::Error));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Breaks the cluster, or loses data.
    Error,
    /// A risk.
    Warning,
    /// Worth knowing.
    Note,
}

impl Level {
    /// The level as it is printed.
    ///
    /// ```
    /// assert_eq!(cmkit_core::policy::Level::Error.as_str(), "error");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What happens if nothing is done.
///
/// ```
/// use cmkit_core::policy::{Consequence, rule};
/// assert_eq!(rule("CMK1002").map(|rule| rule.consequence), Some(Consequence::DataLoss));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Consequence {
    /// The deployment fails; a cluster whose provisioning failed has to be deleted.
    ProvisioningFails,
    /// The cluster becomes inaccessible.
    Outage,
    /// The data can become unreadable for good.
    DataLoss,
    /// The cluster is deleted and made anew.
    DestroysCluster,
    /// Nothing breaks; it is harder to see, to operate or to trust.
    Hygiene,
}

impl Consequence {
    /// The consequence in words.
    ///
    /// ```
    /// assert_eq!(cmkit_core::policy::Consequence::DataLoss.as_str(), "data loss");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProvisioningFails => "provisioning fails",
            Self::Outage => "outage",
            Self::DataLoss => "data loss",
            Self::DestroysCluster => "destroys the cluster",
            Self::Hygiene => "hygiene",
        }
    }
}

/// What a rule says about one thing that it looked at. Rules that pass or don't apply are listed by code in the
/// [`Report`], without findings.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let missing = report.findings.iter().find(|finding| finding.code == "CMK1002").expect("no vault");
/// let policy::Verdict::Unknown { command, .. } = &missing.verdict else { panic!("the vault is not in the files") };
/// assert_eq!(command.as_deref(), Some("az keyvault show --name kv-orders"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It is wrong.
    Fail,
    /// The files don't say.
    Unknown {
        /// What would settle it.
        evidence: &'static str,
        /// The command that fetches it, where there is one.
        command: Option<String>,
    },
    /// It is wrong, or not known, and accepted.
    Suppressed {
        /// Why.
        reason: String,
        /// Until when, if there is an end.
        until: Option<String>,
    },
}

/// Where a finding stands: bytes, and lines and columns from 1 (columns count characters).
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let finding = report.findings.iter().find(|finding| finding.code == "CMK3001").expect("a version is named");
/// assert_eq!((finding.span.line, finding.span.column), (3, 32));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The line of the first byte.
    pub line: usize,
    /// The column of the first byte.
    pub column: usize,
    /// The line after the last byte.
    pub end_line: usize,
    /// The column after the last byte.
    pub end_column: usize,
}

/// Another place that has a part in a finding.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [
///     { "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyIdentity": { "userAssignedIdentityResourceId": "[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'id')]" },
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } },
///     { "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "name": "id" },
///     { "type": "Microsoft.KeyVault/vaults", "name": "kv-orders", "properties": { "enableRbacAuthorization": true } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let missing = report.findings.iter().find(|finding| finding.code == "CMK4101").expect("no grant");
/// assert_eq!(missing.related[0].message, "the key");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// Its part.
    pub message: String,
    /// The file.
    pub file: String,
    /// JSON Pointer.
    pub pointer: String,
    /// The place.
    pub span: Location,
}

/// A way to mend it.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let finding = report.findings.iter().find(|finding| finding.code == "CMK3001").expect("a version is named");
/// let fix = &finding.fixes[0];
/// assert!(!fix.irreversible && !fix.patch.is_empty()); // the version is cut off
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What to do.
    pub description: String,
    /// It can't be undone, or can't be done later.
    pub irreversible: bool,
    /// The change of the finding's file that does it; empty where that is a person's to decide.
    pub patch: Vec<PatchOperation>,
}

/// One finding.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let finding = report.findings.iter().find(|finding| finding.code == "CMK3001").expect("a version is named");
/// assert_eq!(finding.resource.as_deref(), Some("Microsoft.DocumentDB/mongoClusters orders"));
/// assert!(finding.pointer.ends_with("/keyEncryptionKeyUrl"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The code of the rule.
    pub code: &'static str,
    /// Fail, unknown or suppressed.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How bad it is.
    pub level: Level,
    /// What happens if nothing is done.
    pub consequence: Consequence,
    /// What is wrong, in one line.
    pub message: String,
    /// What should stand there.
    pub expected: Option<String>,
    /// What stands there.
    pub actual: Option<String>,
    /// Where that comes from; none where nothing stands there, or more than one value together.
    pub source: Option<Origin>,
    /// The resource that it is about, its type and its name: `Microsoft.KeyVault/vaults kv-orders`. None for what stands
    /// outside of resources, for example a parameter's default.
    pub resource: Option<String>,
    /// JSON Pointer of the value.
    pub pointer: String,
    /// The file.
    pub file: String,
    /// The place in the file.
    pub span: Location,
    /// 32 hexadecimal digits that stay the same while the finding does: of the code, the file, the resource and the
    /// place in it, not of lines, of the order of resources or of any wording. Two findings at one place share it.
    pub fingerprint: String,
    /// Other places that have a part in it.
    pub related: Vec<Related>,
    /// Why it matters.
    pub why: &'static str,
    /// How to mend it.
    pub fixes: Vec<Fix>,
}

/// The fingerprint of a finding: `pointer` is that below the resource.
pub(super) fn fingerprint(code: &str, file: &str, resource: Option<&str>, pointer: &str) -> String {
    // One file has one name, whichever way its path is written.
    let file = if file.contains('\\') { Cow::Owned(file.replace('\\', "/")) } else { Cow::Borrowed(file) };
    let file = file.trim_start_matches("./");
    let mut hash = Sha256::new();
    for (at, part) in [code, file, resource.unwrap_or_default(), pointer].into_iter().enumerate() {
        if at > 0 {
            hash.update([0]);
        }
        hash.update(part);
    }
    hex(&hash.finalize()[..16])
}

/// Lower-case digits, without the machinery of `format!`: every finding has 32 of them.
fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// How much of what a report says.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// let policy::Summary { errors, unknown, .. } = report.summary;
/// assert!(errors > 0 && unknown > 0);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Failed findings of level error.
    pub errors: usize,
    /// Failed findings of level warning.
    pub warnings: usize,
    /// Failed findings of level note.
    pub notes: usize,
    /// Findings that the files don't settle.
    pub unknown: usize,
    /// Accepted findings.
    pub suppressed: usize,
    /// Entries of the baseline that fit nothing any more.
    pub stale: usize,
    /// Rules that passed.
    pub passed: usize,
    /// Rules that had nothing to look at.
    pub not_applicable: usize,
}

/// What was read.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// assert_eq!((report.inputs.clusters, report.inputs.vaults), (1, 0));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Inputs {
    /// The names of the files.
    pub files: Vec<String>,
    /// Clusters in them, those that are only referred to included; so of the others.
    pub clusters: usize,
    /// User-assigned identities.
    pub identities: usize,
    /// Vaults.
    pub vaults: usize,
    /// Keys.
    pub keys: usize,
}

/// What a check says: findings worst first, and the codes of the rules without any.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "location": "westus3", "properties": { } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let report = policy::check(&deployment, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// assert_eq!(report.findings[0].code, "CMK6001"); // service-managed: fine, but final
/// assert_eq!(report.summary.errors, 0);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of this shape: 1.
    pub schema: u32,
    /// The time that the check was made for.
    pub at: Timestamp,
    /// What was read.
    pub inputs: Inputs,
    /// Counts.
    pub summary: Summary,
    /// The findings.
    pub findings: Vec<Finding>,
    /// Rules that looked at something and found it good.
    pub passed: Vec<&'static str>,
    /// Rules that had nothing to look at.
    pub not_applicable: Vec<&'static str>,
    /// Rules that the settings turn off.
    pub off: Vec<&'static str>,
}
