//! The answer's shape: what lies ahead of each cluster, step by step, and how it comes back.

use super::super::rules::Basis;
use super::super::time::Timestamp;
use super::event::Event;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::Serialize;

/// What an event does to the clusters of a deployment.
///
/// ```
/// use cmkit_core::{document, policy::{Event, Selection, Timestamp, what_if, what_if::Outcome}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let at = Timestamp::parse("2026-12-01")?;
/// let answer = what_if(&deployment, Event::KeyDisabled, at, &Selection::default())?;
/// let orders = &answer.sections[0].clusters[0];
/// assert_eq!(orders.outcome, Outcome::Inaccessible);
/// assert_eq!(orders.steps[1].until, Some(Timestamp::parse("2026-12-01T01:00:00Z")?));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// The version of this shape: 1.
    pub schema: u32,
    /// What happens.
    pub event: Event,
    /// When it happens.
    pub at: Timestamp,
    /// One for each thing that it can happen to.
    pub sections: Vec<Section>,
    /// What is to be said where there is no section, or beside them.
    pub remarks: Vec<String>,
    /// The codes of the rules that guard against it.
    pub rules: &'static [&'static str],
    /// The public pages that the answer rests on.
    pub sources: &'static [&'static str],
}

/// One thing that the event happens to, and every cluster that uses it or doesn't.
///
/// ```
/// use cmkit_core::{document, policy::{Event, Selection, Timestamp, what_if, what_if::Outcome}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let answer = what_if(&deployment, Event::KeyDisabled, Timestamp::parse("2026-12-01")?, &Selection::default())?;
/// let orders = &answer.sections[0].clusters[0];
/// assert_eq!((answer.sections[0].kind, orders.outcome), ("key", Outcome::Inaccessible));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// `key`, `vault`, `identity`, `grant` or `cluster`.
    pub kind: &'static str,
    /// Its name; that of a key is `vault/key`.
    pub name: String,
    /// The clusters that use it. More than one share it.
    pub clusters: Vec<Outlook>,
    /// The clusters that don't, or of which the files don't say.
    pub others: Vec<Bystander>,
}

/// A cluster that the event does not reach, as far as the files say.
///
/// ```
/// use cmkit_core::{document, policy::{Event, Selection, Timestamp, what_if, what_if::Bystander}};
/// let template = r#"{ "resources": [
///     { "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders", "properties": { "encryption": {
///         "customerManagedKeyEncryption": { "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } },
///     { "type": "Microsoft.DocumentDB/mongoClusters", "name": "logs", "properties": { } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let answer = what_if(&deployment, Event::KeyDisabled, Timestamp::parse("2026-12-01")?, &Selection::default())?;
/// let Bystander { cluster, unknown, .. } = &answer.sections[0].others[0];
/// assert_eq!((cluster.as_str(), *unknown), ("logs", false)); // its key is the service's own
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bystander {
    /// The cluster.
    pub cluster: String,
    /// Whether the files don't decide it.
    pub unknown: bool,
    /// Why it isn't reached, or why that isn't known.
    pub reason: String,
}

/// What lies ahead of one cluster.
///
/// ```
/// use cmkit_core::{document, policy::{Event, Selection, Timestamp, what_if, what_if::Outlook}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let answer = what_if(&deployment, Event::KeyDisabled, Timestamp::parse("2026-12-01")?, &Selection::default())?;
/// let orders = &answer.sections[0].clusters[0];
/// let Outlook { cluster, recovery, .. } = orders;
/// assert_eq!(cluster, "orders");
/// assert!(!recovery.is_empty());
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// The cluster.
    pub cluster: String,
    /// What becomes of the cluster.
    pub outcome: Outcome,
    /// What becomes of the data.
    pub data: Fate,
    /// The codes of the errors that these files have already, before the event.
    pub already: Vec<&'static str>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What holds in the meantime.
    pub meanwhile: Vec<Remark>,
    /// How it comes back: in this order.
    pub recovery: Vec<Action>,
    /// What goes wrong on the way.
    pub traps: Vec<Remark>,
}

/// What becomes of a cluster.
///
/// ```
/// use cmkit_core::{document, policy::{Event, Selection, Timestamp, what_if, what_if::Outcome}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let answer = what_if(&deployment, Event::KeyDisabled, Timestamp::parse("2026-12-01")?, &Selection::default())?;
/// let orders = &answer.sections[0].clusters[0];
/// assert_eq!(orders.outcome, Outcome::Inaccessible);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It goes on as before.
    Unchanged,
    /// It refuses connections until access to the key is back.
    Inaccessible,
    /// It may become inaccessible.
    AtRisk,
    /// The files don't say.
    Unknown,
}

impl Outcome {
    /// What becomes of the cluster, as the rest of a sentence that begins with it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "goes on as before",
            Self::Inaccessible => "becomes inaccessible",
            Self::AtRisk => "may become inaccessible",
            Self::Unknown => "may or may not become inaccessible",
        }
    }
}

/// What becomes of the data.
///
/// ```
/// use cmkit_core::{document, policy::{Event, Selection, Timestamp, what_if, what_if::Fate}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let answer = what_if(&deployment, Event::KeyDisabled, Timestamp::parse("2026-12-01")?, &Selection::default())?;
/// let orders = &answer.sections[0].clusters[0];
/// assert_eq!(orders.data, Fate::Safe);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fate {
    /// It stays, and can be read once the cluster has its key.
    Safe,
    /// It can be brought back until then, and is lost for good after.
    RecoverableUntil {
        /// The end of the retention.
        until: Timestamp,
    },
    /// It can be lost for good at any moment: whoever may purge can end it early.
    Purgeable {
        /// The end of the retention, where that is known.
        until: Option<Timestamp>,
    },
    /// It is lost for good.
    Lost {
        /// Since then.
        at: Timestamp,
    },
    /// The files don't say.
    Unknown {
        /// What would settle it.
        evidence: String,
        /// The command that fetches it.
        command: Option<String>,
    },
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Safe => f.write_str("no data is lost"),
            Self::RecoverableUntil { until } => write!(f, "the data can be brought back until {until}"),
            Self::Purgeable { .. } => f.write_str("the data can be lost for good at any moment"),
            Self::Lost { .. } => f.write_str("the data is lost for good"),
            Self::Unknown { .. } => f.write_str("whether data is lost, and when, is not known from these files"),
        }
    }
}

/// One step of a timeline. `T` is the event, `R` the moment at which access to the key is back.
///
/// ```
/// use cmkit_core::{document, policy::{Event, Selection, Timestamp, what_if, what_if::Step}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let answer = what_if(&deployment, Event::KeyDisabled, Timestamp::parse("2026-12-01")?, &Selection::default())?;
/// let orders = &answer.sections[0].clusters[0];
/// let Step { from, until, .. } = &orders.steps[1];
/// assert!(from.is_some() && from < until);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When, from the event on: `T+0`, `by T+60 min`, `T+90 d`, `by R+60 min`.
    pub when: String,
    /// Not before this time, where it is known.
    pub from: Option<Timestamp>,
    /// Not after this time, where it is known.
    pub until: Option<Timestamp>,
    /// What happens.
    pub what: String,
    /// How sure that is.
    pub basis: Basis,
    /// The files don't say: what would settle it.
    pub unknown: Option<Evidence>,
}

/// What would settle what the files don't say.
///
/// ```
/// use cmkit_core::{document, policy::{Event, Selection, Timestamp, what_if}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let answer = what_if(&deployment, Event::RoleRemoved, Timestamp::parse("2026-12-01")?, &Selection::default())?;
/// let step = &answer.sections[0].clusters[0].steps[0];
/// let missing = step.unknown.as_ref().expect("the vault is not in the file");
/// assert_eq!(missing.evidence, "the vault's permission model");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What.
    pub evidence: String,
    /// The command that fetches it.
    pub command: Option<String>,
}

/// Something to do.
///
/// ```
/// use cmkit_core::{document, policy::{Event, Selection, Timestamp, what_if, what_if::Action}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let answer = what_if(&deployment, Event::KeyDisabled, Timestamp::parse("2026-12-01")?, &Selection::default())?;
/// let orders = &answer.sections[0].clusters[0];
/// let Action { command, .. } = &orders.recovery[0];
/// assert!(command.as_deref().is_some_and(|command| command.starts_with("az keyvault key set-attributes")));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// What.
    pub what: String,
    /// The command that does it.
    pub command: Option<String>,
}

/// Something to know.
///
/// ```
/// use cmkit_core::{document, policy::{Basis, Event, Selection, Timestamp, what_if, what_if::Remark}};
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "apiVersion": "2025-09-01", "properties": { "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let answer = what_if(&deployment, Event::KeyExpires, Timestamp::parse("2026-12-01")?, &Selection::default())?;
/// let Remark { what, basis } = &answer.sections[0].clusters[0].traps[0];
/// assert!(what.contains("rotat") && *basis == Basis::Documented, "{what}");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// What.
    pub what: String,
    /// How sure it is.
    pub basis: Basis,
}

/// The end of that hour, in a timeline.
const NOTICED: &str = "by T+60 min";
/// The longest that the service takes to notice that access is gone, or back.
const NOTICE_SECONDS: i64 = 60 * 60;

impl Outlook {
    /// An outlook without a step yet.
    pub(super) fn of(cluster: String, outcome: Outcome) -> Self {
        Self {
            cluster,
            outcome,
            data: Fate::Safe,
            already: Vec::new(),
            steps: Vec::new(),
            meanwhile: Vec::new(),
            recovery: Vec::new(),
            traps: Vec::new(),
        }
    }

    /// The loss of access: what happens in the vault at once, and what the service makes of it within the hour.
    pub(super) fn loss(cluster: String, at: Timestamp, what: impl Into<String>) -> Self {
        Self::of(cluster, Outcome::Inaccessible).now(at, what).step(
            (NOTICED, Some(at), Some(Timestamp::from_seconds(at.seconds() + NOTICE_SECONDS))),
            "the service, which looks at its key from time to time, finds it out of reach: the cluster becomes \
             `Inaccessible` and refuses every connection",
        )
    }

    /// A step at the time of the event.
    pub(super) fn now(self, at: Timestamp, what: impl Into<String>) -> Self {
        self.step(("T+0", Some(at), Some(at)), what)
    }

    /// A step some days after the event.
    pub(super) fn days_on(self, at: Timestamp, days: i64, what: impl Into<String>) -> Self {
        let then = at.plus_days(days);
        self.step((&format!("T+{days} d"), Some(then), Some(then)), what)
    }

    pub(super) fn step(mut self, when: (&str, Option<Timestamp>, Option<Timestamp>), what: impl Into<String>) -> Self {
        let (when, from, until) = when;
        let (what, basis, unknown) = (what.into(), Basis::Documented, None);
        self.steps.push(Step { when: when.into(), from, until, what, basis, unknown });
        self
    }

    /// The last step is not documented: it follows from what is.
    pub(super) fn inferred(mut self) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.basis = Basis::Inferred;
        }
        self
    }

    /// The files don't decide the last step.
    pub(super) fn unsettled(mut self, evidence: impl Into<String>, command: Option<String>) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.unknown = Some(Evidence { evidence: evidence.into(), command });
        }
        self
    }

    /// One more step at the time of the event, told before what follows from it.
    pub(super) fn at_once(self, at: Timestamp, what: impl Into<String>) -> Self {
        let told = self.steps.iter().filter(|step| step.when == "T+0").count();
        self.now(at, what).moved_to(told)
    }

    /// The end of an outage: access is back, and the cluster with it. It follows on the outage itself.
    pub(super) fn back(self) -> Self {
        let told = self.steps.iter().position(|step| step.when == NOTICED).map_or(0, |at| at + 1);
        let back =
            "once access is back (R), the service finds its key again: the cluster becomes `Ready`, with all its data";
        self.step(("by R+60 min", None, None), back).moved_to(told)
    }

    fn moved_to(mut self, place: usize) -> Self {
        if let Some(last) = self.steps.pop() {
            self.steps.insert(place.min(self.steps.len()), last);
        }
        self
    }

    pub(super) fn meanwhile(mut self, what: impl Into<String>, basis: Basis) -> Self {
        self.meanwhile.push(Remark { what: what.into(), basis });
        self
    }

    pub(super) fn then_do(mut self, what: impl Into<String>, command: impl Into<Option<String>>) -> Self {
        self.recovery.push(Action { what: what.into(), command: command.into() });
        self
    }

    pub(super) fn trap(mut self, what: impl Into<String>, basis: Basis) -> Self {
        self.traps.push(Remark { what: what.into(), basis });
        self
    }

    pub(super) fn data(mut self, data: Fate) -> Self {
        self.data = data;
        self
    }
}
