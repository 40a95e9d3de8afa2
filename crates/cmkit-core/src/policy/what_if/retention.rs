//! What becomes of a key that is deleted: whether it can be brought back, until when, and who may end it earlier.

use super::super::fact::Fact;
use super::super::scene::{Chain, shell};
use super::super::text::{Part, Text};
use super::super::time::Timestamp;
use super::outlook::{Fate, Outlook};
use alloc::format;
use alloc::string::String;

/// How a vault keeps what is deleted in it, as far as the files say.
pub(super) struct Retention {
    /// Deleted keys are kept at all.
    kept: Option<bool>,
    /// Nobody can purge them before the end.
    protected: Option<bool>,
    days: Option<i64>,
    ask: String,
}

impl Retention {
    /// From the vault, and where that isn't in the files, from what the key tells of it.
    pub(super) fn of(chain: &Chain<'_>) -> Self {
        let ask =
            format!("az keyvault show --name {} --query properties", shell(chain.address.vault.as_ref(), "VAULT"));
        let from_key = Self::told_by_key(chain, ask.clone());
        let Some(vault) = chain.vault else { return from_key };
        // A vault that is only referred to leaves everything out, and a vault that exists isn't at the defaults.
        let default = !vault.resource.existing;
        let or = |fact: &Fact<bool>, value: bool| match fact {
            Fact::Known { value, .. } => Some(*value),
            Fact::Absent(_) if default => Some(value),
            Fact::Absent(_) | Fact::Unknown { .. } => None,
        };
        let protected = or(&vault.purge_protection, false).or(from_key.protected);
        let days = match &vault.retention_days {
            Fact::Known { value, .. } => Some(*value),
            Fact::Absent(_) if default => Some(90),
            Fact::Absent(_) | Fact::Unknown { .. } => from_key.days,
        };
        // Purge protection presupposes soft delete.
        let kept = or(&vault.soft_delete, true).or(from_key.kept).or(protected.filter(|on| *on));
        Self { kept, protected, days, ask }
    }

    /// `recoveryLevel` names the vault's protection: `Purgeable` without, `CustomizedRecoverable` for fewer than 90 days.
    fn told_by_key(chain: &Chain<'_>, ask: String) -> Self {
        let level = chain.key.and_then(|key| key.recovery_level.literal());
        let days = chain.key.and_then(|key| key.recoverable_days.known()).copied();
        let Some(level) = level else { return Self { kept: None, protected: None, days, ask } };
        let purgeable = level.contains("Purgeable");
        let kept = level.contains("Recoverable");
        let standard = kept && !level.starts_with("Customized");
        Self { kept: Some(kept), protected: Some(!purgeable), days: days.or(standard.then_some(90)), ask }
    }

    /// Whether a purge is refused before the retention ends.
    pub(super) const fn protected(&self) -> Option<bool> {
        self.protected
    }

    /// What becomes of data under something that is deleted at that time.
    pub(super) fn fate(&self, at: Timestamp) -> Fate {
        match (self.kept, self.protected, self.days) {
            (Some(false), ..) => Fate::Lost { at },
            (_, Some(true), Some(days)) => Fate::RecoverableUntil { until: at.plus_days(days) },
            (Some(true), Some(false), days) => Fate::Purgeable { until: days.map(|days| at.plus_days(days)) },
            (_, Some(true), None) => self.open("the vault's retention (7 to 90 days)"),
            _ => self.open("the vault's soft delete, purge protection and retention"),
        }
    }

    fn open(&self, evidence: &str) -> Fate {
        Fate::Unknown { evidence: evidence.into(), command: Some(self.ask.clone()) }
    }

    /// Adds the steps to the end of the data, and that end.
    pub(super) fn end(&self, outlook: Outlook, what: &str, at: Timestamp, until: Option<Timestamp>) -> Outlook {
        let fate = match (until, self.fate(at)) {
            (Some(until), Fate::RecoverableUntil { .. }) => Fate::RecoverableUntil { until },
            (Some(until), Fate::Purgeable { .. }) => Fate::Purgeable { until: Some(until) },
            (Some(until), Fate::Unknown { .. }) if self.protected == Some(true) => Fate::RecoverableUntil { until },
            (_, fate) => fate,
        };
        let outlook = match &fate {
            Fate::RecoverableUntil { until } => at_end(outlook, what, at, *until),
            Fate::Purgeable { until } => {
                let from_now = ("from T+0 on", Some(at), *until);
                let purge = format!(
                    "there is no purge protection: whoever may purge can end {what} at any moment, and the data with it"
                );
                let outlook = outlook.step(from_now, purge);
                match until {
                    Some(until) => at_end(outlook, what, at, *until),
                    None => outlook.step(
                        ("T+7 d to T+90 d", Some(at.plus_days(7)), Some(at.plus_days(90))),
                        format!("{what} is purged by itself when the retention ends: the data is lost for good"),
                    ),
                }
            }
            Fate::Lost { .. } => {
                outlook.at_once(at, format!("there is no soft delete: {what} is gone for good, and the data"))
            }
            Fate::Unknown { evidence, command } => {
                let (when, from, what) = match self.protected {
                    Some(true) => (
                        "T+7 d to T+90 d",
                        at.plus_days(7),
                        format!(
                            "{what} is purged by itself when the retention ends: until then it can be brought back"
                        ),
                    ),
                    _ => ("T+0 to T+90 d", at, format!("when {what}, and with it the data, is lost for good")),
                };
                outlook.step((when, Some(from), Some(at.plus_days(90))), what).unsettled(evidence, command.clone())
            }
            Fate::Safe => outlook,
        };
        outlook.data(fate)
    }
}

fn at_end(outlook: Outlook, what: &str, at: Timestamp, until: Timestamp) -> Outlook {
    let when = format!("T{:+} d", at.days_until(until));
    let purged =
        format!("the retention ends: unless it was recovered, {what} is purged by itself and the data lost for good");
    outlook.step((&when, Some(until), Some(until)), purged)
}

/// A name for people, with a long expression cut short; or what stands in its place.
pub(in super::super) fn shown(name: Option<&Text>, word: &str) -> String {
    let part = |part: &Part| match part {
        Part::Literal(text) => String::from(&**text),
        Part::Opaque(expression) if expression.len() > 32 => "{...}".into(),
        Part::Opaque(expression) => format!("{{{expression}}}"),
        Part::Property { resource, name } => format!("{{{resource}.{name}}}"),
    };
    name.map_or_else(|| word.into(), |name| name.parts().iter().map(part).collect())
}
