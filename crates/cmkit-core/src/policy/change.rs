//! What a change does to each cluster: from one deployment to the next, or as a Terraform plan says.
//!
//! The service changes the key and the identity of a living cluster in place, and its mode never. Terraform replaces
//! clusters for what the service does in place. Each step says what happens, what data is at risk, and the safe way.

mod advice;
mod compare;
mod terraform;

use super::fact::{Place, line_column};
use super::finding::Location;
use super::model::{Cluster, Deployment};
use super::time::Timestamp;
use super::{Options, Verdict, check};
use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

pub(super) use terraform::living;

/// What a change does to a cluster; later ones are worse.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = |key: &str| format!(r#"{{ "resources": [{{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": {{ "encryption": {{ "customerManagedKeyEncryption": {{ "keyEncryptionKeyUrl": "https://kv.vault.azure.net/keys/{key}" }} }} }} }}] }}"#);
/// let read = |key: &str| document::read(&[("main.json", &template(key))]);
/// let (at, options) = (policy::Timestamp::parse("2026-12-01")?, policy::Options::default());
/// let plan = policy::plan(&read("old")?, &read("new")?, at, &options);
/// assert_eq!(plan.effect, plan.clusters[0].effect);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Nothing.
    NoChange,
    /// It is made.
    Create,
    /// It is changed in place.
    InPlace,
    /// It is changed in place, by a request that has all parameters of its encryption, also those that stay.
    Resend,
    /// The files don't say.
    Unknown,
    /// It loses its key: it becomes inaccessible.
    CutsOff,
    /// The service refuses it.
    Impossible,
    /// It is deleted.
    Deletes,
    /// It is deleted and made anew, empty.
    Destroys,
}

impl Effect {
    /// The effect in words.
    ///
    /// ```
    /// assert_eq!(cmkit_core::policy::Effect::Destroys.as_str(), "destroys the cluster");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoChange => "no change",
            Self::Create => "create",
            Self::InPlace => "update in place",
            Self::Resend => "update in place, all encryption parameters sent again",
            Self::Unknown => "unknown",
            Self::CutsOff => "cuts the cluster off from its key",
            Self::Impossible => "impossible in place",
            Self::Deletes => "deletes the cluster",
            Self::Destroys => "destroys the cluster",
        }
    }

    /// Whether it should not be done as it is.
    #[must_use]
    pub const fn is_harmful(self) -> bool {
        matches!(self, Self::CutsOff | Self::Impossible | Self::Deletes | Self::Destroys)
    }
}

/// One thing that happens to a cluster.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = |key: &str| format!(r#"{{ "resources": [{{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": {{ "encryption": {{ "customerManagedKeyEncryption": {{ "keyEncryptionKeyUrl": "https://kv.vault.azure.net/keys/{key}" }} }} }} }}] }}"#);
/// let read = |key: &str| document::read(&[("main.json", &template(key))]);
/// let (at, options) = (policy::Timestamp::parse("2026-12-01")?, policy::Options::default());
/// let plan = policy::plan(&read("old")?, &read("new")?, at, &options);
/// let step = &plan.clusters[0].steps[0];
/// assert!(!step.message.is_empty() && step.file == "main.json");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it does.
    pub effect: Effect,
    /// The rule that says so, where one does.
    pub code: Option<&'static str>,
    /// What happens, in one line.
    pub message: String,
    /// Why.
    pub reason: String,
    /// The data that is lost or out of reach, if any.
    pub data_at_risk: Option<String>,
    /// How to do it safely, one step after the other; commands stand in lines of their own.
    pub safe_way: Vec<String>,
    /// The file.
    pub file: String,
    /// JSON Pointer.
    pub pointer: String,
    /// The place in the file.
    pub span: Location,
    #[serde(skip)]
    pub(super) place: Option<Place>,
}

/// What happens to one cluster.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = |key: &str| format!(r#"{{ "resources": [{{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": {{ "encryption": {{ "customerManagedKeyEncryption": {{ "keyEncryptionKeyUrl": "https://kv.vault.azure.net/keys/{key}" }} }} }} }}] }}"#);
/// let read = |key: &str| document::read(&[("main.json", &template(key))]);
/// let (at, options) = (policy::Timestamp::parse("2026-12-01")?, policy::Options::default());
/// let plan = policy::plan(&read("old")?, &read("new")?, at, &options);
/// assert_eq!(plan.clusters[0].name, "orders");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterPlan {
    /// Its name.
    pub name: String,
    /// Its address in Terraform.
    pub address: Option<String>,
    /// The worst of its steps.
    pub effect: Effect,
    /// The steps, worst first.
    pub steps: Vec<Step>,
}

/// What a change does.
///
/// ```
/// use cmkit_core::{document, policy};
/// let cluster = |encryption: &str| format!(r#"{{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "location": "westus3", "properties": {{ {encryption} }} }}"#);
/// let before = document::read(&[("before.json", &cluster(""))])?;
/// let key = r#""encryption": { "customerManagedKeyEncryption": { "keyEncryptionKeyUrl": "https://kv.vault.azure.net/keys/k" } }"#;
/// let after = document::read(&[("after.json", &cluster(key))])?;
/// let plan = policy::plan(&before, &after, policy::Timestamp::parse("2026-12-01")?, &policy::Options::default());
/// assert_eq!(plan.clusters[0].effect, policy::Effect::Impossible); // the mode of a cluster is final
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangePlan {
    /// The version of this shape: 1.
    pub schema: u32,
    /// The time that it was made for.
    pub at: Timestamp,
    /// The worst effect on any cluster.
    pub effect: Effect,
    /// Every cluster, in the order of the files; deleted ones last.
    pub clusters: Vec<ClusterPlan>,
}

/// What becomes of each cluster between two deployments, each of which is the whole.
#[must_use]
pub fn plan(before: &Deployment, after: &Deployment, at: Timestamp, options: &Options) -> ChangePlan {
    finish(compare::clusters(before, after, at, options), at)
}

/// What Terraform plans do to each cluster in them.
#[must_use]
pub fn planned(deployment: &Deployment, at: Timestamp, options: &Options) -> ChangePlan {
    finish(terraform::clusters(deployment, at, options), at)
}

fn finish(mut clusters: Vec<ClusterPlan>, at: Timestamp) -> ChangePlan {
    for cluster in &mut clusters {
        cluster.steps.sort_by_key(|step| core::cmp::Reverse(step.effect));
        cluster.effect = cluster.steps.first().map_or(cluster.effect, |step| step.effect);
    }
    let effect = clusters.iter().map(|cluster| cluster.effect).max().unwrap_or(Effect::NoChange);
    ChangePlan { schema: 1, at, effect, clusters }
}

impl Step {
    fn new(effect: Effect, place: &Place, message: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            effect,
            code: None,
            message: message.into(),
            reason: reason.into(),
            data_at_risk: None,
            safe_way: Vec::new(),
            file: String::new(),
            pointer: place.pointer.as_str().into(),
            span: Location::default(),
            place: Some(place.clone()),
        }
    }

    fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    fn risk(mut self, data: impl Into<String>) -> Self {
        self.data_at_risk = Some(data.into());
        self
    }

    fn way(mut self, way: Vec<String>) -> Self {
        self.safe_way = way;
        self
    }

    /// Looks up where it stands.
    fn located(mut self, deployment: &Deployment) -> Self {
        let found = self.place.as_ref().and_then(|place| Some((place.span, deployment.files.get(place.file)?)));
        if let Some((span, file)) = found {
            let ((line, column), (end_line, end_column)) =
                (line_column(&file.text, span.start), line_column(&file.text, span.end));
            self.file.clone_from(&file.name);
            self.span = Location { start: span.start, end: span.end, line, column, end_line, end_column };
        }
        self
    }
}

/// The rules whose failing means that a living cluster loses its key.
const CUTS_OFF: &[&str] = &[
    "CMK1001", "CMK2001", "CMK2004", "CMK2005", "CMK2006", "CMK4101", "CMK4102", "CMK4103", "CMK4104", "CMK4105",
    "CMK4106", "CMK5001", "CMK5004", "CMK6007",
];

/// A deployment to look at with one cluster at a time.
struct Alone {
    deployment: Deployment,
    at: Timestamp,
    options: Options,
}

impl Alone {
    fn new(deployment: &Deployment, at: Timestamp, options: &Options) -> Self {
        let deployment = Deployment { clusters: Vec::new(), changes: Vec::new(), ..deployment.clone() };
        Self { deployment, at, options: options.clone() }
    }

    /// What of the key's access is wrong for a cluster; by code.
    fn broken(&mut self, cluster: &Cluster) -> Vec<Step> {
        self.deployment.clusters = Vec::from([cluster.clone()]);
        let report = check(&self.deployment, self.at, &self.options);
        let failing = report.findings.into_iter().filter(|f| f.verdict == Verdict::Fail && CUTS_OFF.contains(&f.code));
        failing
            .map(|finding| Step {
                effect: Effect::CutsOff,
                code: Some(finding.code),
                message: finding.message,
                reason: finding.why.into(),
                data_at_risk: Some(advice::INACCESSIBLE.into()),
                safe_way: finding.fixes.into_iter().map(|fix| fix.description).collect(),
                file: finding.file,
                pointer: finding.pointer,
                span: finding.span,
                place: None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
