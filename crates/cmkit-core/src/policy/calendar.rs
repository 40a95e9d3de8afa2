//! The dates ahead of a deployment: expiries, rotations, ends of retentions and of accepted findings.
//!
//! Dates are worked out from what the files say, for any day. One that can't be, since a part of it is missing, is an
//! entry without a date that says which part. Settings say how bad a date is and which are accepted; no date is left out
//! for them. There is no clock here, and nobody is reminded.

use super::fact::{Fact, Place, line_column};
use super::finding::{Level, Verdict};
use super::model::{Deployment, Key, Rotation, Trigger};
use super::outcome::Out;
use super::owner::Owners;
use super::rules::rule;
use super::scene::{Chain, Scene, show_key};
use super::settings::Options;
use super::suppress;
use super::text::Text;
use super::time::{Timestamp, period_days};
use super::what_if::{Evidence, shown};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

/// What lies ahead, in order; entries without a date come last.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults/keys", "apiVersion": "2026-02-01",
///     "name": "kv-orders/kek", "properties": { "attributes": { "exp": 1861920000 } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let calendar = policy::calendar(&deployment, policy::Timestamp::parse("2026-12-01")?, None, &policy::Options::default());
/// let dates: Vec<_> = calendar.entries.iter().filter_map(|entry| entry.at).map(|at| at.date()).collect();
/// assert_eq!(dates, ["2028-12-02", "2029-01-01"]); // the warning, then the end
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Calendar {
    /// The version of this shape: 1.
    pub schema: u32,
    /// The first moment that was looked at.
    pub from: Timestamp,
    /// The last one; none is no end.
    pub until: Option<Timestamp>,
    /// The dates.
    pub entries: Vec<Entry>,
}

/// One date.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults/keys", "apiVersion": "2026-02-01",
///     "name": "kv-orders/kek", "properties": { "attributes": { "exp": 1861920000 } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let calendar = policy::calendar(&deployment, policy::Timestamp::parse("2026-12-01")?, None, &policy::Options::default());
/// let end = calendar.entries.last().expect("an expiry");
/// assert_eq!((end.overdue, end.file.as_str(), end.line), (false, "main.json", 2));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When; none where the files don't say.
    pub at: Option<Timestamp>,
    /// Its time is past and nothing in the files shows that it happened.
    pub overdue: bool,
    /// What kind of date it is.
    pub kind: Kind,
    /// What it is about; the name of a key is `vault/key`.
    pub subject: String,
    /// What happens.
    pub what: String,
    /// The clusters under the key.
    pub clusters: Vec<String>,
    /// The codes of the rules behind it, without those that the settings turn off.
    pub rules: Vec<&'static str>,
    /// How bad these are at most, by the settings.
    pub level: Option<Level>,
    /// Why the findings of all of these will be accepted on that day, if they will.
    pub accepted: Option<String>,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// JSON Pointer of the value that it is worked out from.
    pub pointer: String,
    /// What would settle it, where the files don't say.
    pub unknown: Option<Evidence>,
}

/// What kind of date an entry is.
///
/// ```
/// use cmkit_core::{document, policy};
/// let template = r#"{ "resources": [{ "type": "Microsoft.KeyVault/vaults/keys", "apiVersion": "2026-02-01",
///     "name": "kv-orders/kek", "properties": { "attributes": { "exp": 1861920000 } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let calendar = policy::calendar(&deployment, policy::Timestamp::parse("2026-12-01")?, None, &policy::Options::default());
/// let kinds: Vec<_> = calendar.entries.iter().map(|entry| entry.kind).filter(|kind| *kind == policy::Kind::Expiry).collect();
/// assert_eq!(kinds.len(), 1);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Key Vault raises its near-expiry event.
    NearExpiry,
    /// The rotation policy makes a new version.
    Rotation,
    /// The key expires.
    Expiry,
    /// The version that a rotation makes expires.
    NextExpiry,
    /// A deleted key is purged by itself.
    RetentionEnds,
    /// The last restore point that needs something is gone.
    RestoreWindowEnds,
    /// A finding is no longer accepted.
    SuppressionEnds,
}

/// Key Vault raises its event so many days before an expiry.
const NEAR_EXPIRY_DAYS: i64 = 30;
/// Restore points of a cluster are kept so many days.
const RESTORE_DAYS: i64 = 35;

/// The dates from a moment on, for so many days or without an end. See [`Calendar`] for an example.
#[must_use]
pub fn calendar(deployment: &Deployment, from: Timestamp, days: Option<i64>, options: &Options) -> Calendar {
    let (scene, owners) = (Scene::new(deployment, from, options), Owners::new(deployment));
    let mut dates = Dates { scene, owners, found: Vec::new() };
    for key in &deployment.keys {
        dates.of_key(key);
    }
    dates.of_restores();
    dates.of_suppressions();
    let until = days.map(|days| from.plus_days(days));
    let mut found = dates.found;
    found.retain(|(_, entry)| match entry.at {
        Some(at) => (at >= from || entry.overdue) && until.is_none_or(|until| at <= until),
        None => true,
    });
    found.sort_by_key(|((file, start), entry)| (entry.at.is_none(), entry.at, *file, *start, entry.kind));
    Calendar { schema: 1, from, until, entries: found.into_iter().map(|(_, entry)| entry).collect() }
}

/// Dates as they are found, each with its place in the files.
struct Dates<'a> {
    scene: Scene<'a>,
    owners: Owners<'a>,
    found: Vec<((usize, usize), Entry)>,
}

/// What an entry is about.
struct About {
    kind: Kind,
    subject: String,
    what: String,
    clusters: Vec<String>,
    rules: &'static [&'static str],
}

/// A date, or what is missing to know it.
enum When {
    At(Timestamp),
    Open { evidence: &'static str, command: Option<String> },
}

impl Dates<'_> {
    fn of_key(&mut self, key: &Key) {
        if let Fact::Known { value, place, .. } = &key.purge_date {
            let end = When::At(Timestamp::from_seconds(*value));
            let what = "the deleted key is purged by itself: unless it is recovered before, the data under it is lost for good";
            self.key(key, Kind::RetentionEnds, place, end, what, &["CMK1002", "CMK1004"]);
            return;
        }
        let rotations = key.rotation.known().map(|rotation| rotations(key, rotation)).unwrap_or_default();
        let planned = rotations.iter().filter_map(|rotation| match rotation.when {
            When::At(at) => Some(at),
            When::Open { .. } => None,
        });
        let planned = planned.filter(|at| *at >= self.scene.at).min();
        self.expiry(key, planned);
        for Planned { place, when, what } in rotations {
            self.key(key, Kind::Rotation, place, when, &what, &["CMK7001"]);
        }
        let life = key.rotation.known().and_then(|rotation| days(&rotation.expiry_time).zip(Some(rotation)));
        if let Some(((life, rotation), at)) = life.zip(planned) {
            let what = "the version that the next rotation makes expires, unless it is rotated before";
            let end = When::At(at.plus_days(life));
            self.key(key, Kind::NextExpiry, rotation.expiry_time.place(), end, what, &["CMK7004", "CMK7005"]);
        }
        self.old_versions(key);
    }

    fn expiry(&mut self, key: &Key, planned: Option<Timestamp>) {
        const RULES: &[&str] = &["CMK2006", "CMK2007", "CMK7004"];
        match &key.expires {
            Fact::Absent(_) => {}
            Fact::Unknown { place, .. } => {
                let command = Some(format!("{} --query attributes.expires", show_key(key)));
                let open = When::Open { evidence: "the key's expiry as deployed", command };
                self.key(
                    key,
                    Kind::Expiry,
                    place,
                    open,
                    "the key expires, on a date that is decided at deployment",
                    RULES,
                );
            }
            Fact::Known { value, place, .. } => {
                let end = Timestamp::from_seconds(*value);
                let what = "Key Vault raises its near-expiry event, 30 days before";
                let near = When::At(end.plus_days(-NEAR_EXPIRY_DAYS));
                self.key(key, Kind::NearExpiry, place, near, what, &["CMK2007"]);
                let what = match planned {
                    Some(at) if at < end => {
                        "the current version expires; by then the rotation policy has made a new one"
                    }
                    _ => "the key expires: within 60 minutes its clusters are `Inaccessible`",
                };
                self.key(key, Kind::Expiry, place, When::At(end), what, RULES);
            }
        }
    }

    /// Until when versions before the newest are needed by restore points.
    fn old_versions(&mut self, key: &Key) {
        let Some(versions) = key.versions.known().filter(|versions| versions.len() > 1) else { return };
        let newest =
            versions.iter().filter_map(|version| Some((*version.created.known()?, &version.place))).max_by_key(|v| v.0);
        if let Some((created, place)) = newest {
            let end = When::At(Timestamp::from_seconds(created).plus_days(RESTORE_DAYS));
            let what = "the last restore point from before the newest version is gone: older versions may be disabled";
            self.key(key, Kind::RestoreWindowEnds, place, end, what, &[]);
        }
    }

    fn of_restores(&mut self) {
        let deployment = self.scene.deployment;
        for cluster in &deployment.clusters {
            let Fact::Known { value, place, .. } = &cluster.restore_time else { continue };
            let Some(point) = value.as_literal().and_then(|text| Timestamp::parse(text).ok()) else { continue };
            let name = cluster.resource.short_name();
            let what = format!("the restore point of {} is gone: it can't be restored any more", point.date());
            let end = When::At(point.plus_days(RESTORE_DAYS));
            let clusters = Vec::from([name.clone()]);
            let (kind, subject) = (Kind::RestoreWindowEnds, format!("cluster `{name}`"));
            self.add(place, end, About { kind, subject, what, clusters, rules: &["CMK6011"] });
        }
    }

    fn of_suppressions(&mut self) {
        let (deployment, options) = (self.scene.deployment, self.scene.options);
        for suppression in &deployment.suppressions {
            let (code, until) = (suppression.code.literal(), suppression.until.literal());
            let reason = suppression.reason.literal().unwrap_or("no reason is given");
            self.suppression(suppression.until.place(), code, until, reason);
        }
        for (index, acceptance) in options.accept.iter().enumerate() {
            let place = suppress::written(index, acceptance);
            self.suppression(&place, Some(&acceptance.code), acceptance.until.as_deref(), &acceptance.reason);
        }
    }

    fn suppression(&mut self, place: &Place, code: Option<&str>, until: Option<&str>, reason: &str) {
        let Some(end) = until.and_then(suppress::end) else { return };
        let (kind, subject) = (Kind::SuppressionEnds, code.unwrap_or("a finding").into());
        let what = format!("the finding is no longer accepted ({reason})");
        self.add(place, When::At(end), About { kind, subject, what, clusters: Vec::new(), rules: &["CMK9003"] });
    }

    /// The date of a key.
    fn key(&mut self, key: &Key, kind: Kind, place: &Place, when: When, what: &str, rules: &'static [&'static str]) {
        let under = |chain: &&Chain<'_>| chain.key.is_some_and(|known| core::ptr::eq(known, key));
        let clusters = self.scene.chains(&mut Out::default()).iter().filter(under).map(Chain::name).collect();
        let subject = format!("key `{}`", shown(Some(key.resource.id.name()), "KEY"));
        self.add(place, when, About { kind, subject, what: what.into(), clusters, rules });
    }

    fn add(&mut self, place: &Place, when: When, about: About) {
        let About { kind, subject, what, clusters, rules } = about;
        let file = self.scene.deployment.files.get(place.file).or(self.scene.options.file.as_ref());
        let on = |code: &&&'static str| rule(code).and_then(|rule| self.scene.options.level(rule));
        let level = rules.iter().filter_map(|code| on(&code)).min();
        let rules: Vec<_> = rules.iter().filter(|code| on(code).is_some()).copied().collect();
        let line = file.map_or(1, |file| line_column(&file.text, place.span.start).0);
        let (at, unknown) = match when {
            When::At(at) => (Some(at), None),
            When::Open { evidence, command } => (None, Some(Evidence { evidence: evidence.into(), command })),
        };
        let overdue = kind == Kind::Rotation && at.is_some_and(|at| at < self.scene.at);
        let file = file.map(|file| file.name.clone()).unwrap_or_default();
        let pointer = place.pointer.clone();
        let entry = Entry {
            at,
            overdue,
            kind,
            subject,
            what,
            clusters,
            accepted: at.and_then(|at| self.accepted(&rules, place, at)),
            rules,
            level,
            file,
            line,
            pointer: pointer.as_str().into(),
            unknown,
        };
        self.found.push(((place.file, place.span.start), entry));
    }

    /// Why the findings of all these rules at a place are accepted at a time, if they are.
    fn accepted(&self, rules: &[&str], place: &Place, at: Timestamp) -> Option<String> {
        let mut reasons = Vec::new();
        for rule in rules.iter().filter_map(|code| rule(code)) {
            let owner = self.owners.of(place);
            match suppress::accepted(rule, place, owner, &self.scene, at, &mut Vec::new())? {
                Verdict::Suppressed { reason, .. } if reasons.contains(&reason) => {}
                Verdict::Suppressed { reason, .. } => reasons.push(reason),
                _ => return None,
            }
        }
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// A rotation that a policy plans.
struct Planned<'a> {
    place: &'a Place,
    when: When,
    what: String,
}

/// When each trigger of a policy makes a new version. One that counts back from an expiry that isn't there never does.
fn rotations<'a>(key: &Key, rotation: &'a Rotation) -> Vec<Planned<'a>> {
    const NEW: &str = "the rotation policy makes a new version";
    let planned = |Trigger { after_create, before_expiry }: &'a Trigger| {
        let Some(after) = days(after_create) else {
            let (before, end) = (days(before_expiry)?, key.expires.known()?);
            let when = When::At(Timestamp::from_seconds(*end).plus_days(-before));
            return Some(Planned { place: before_expiry.place(), when, what: NEW.into() });
        };
        let place = after_create.place();
        if let Some(created) = key.created.known() {
            let when = When::At(Timestamp::from_seconds(*created).plus_days(after));
            return Some(Planned { place, when, what: NEW.into() });
        }
        let command = Some(format!("{} --query attributes.created", show_key(key)));
        let when = When::Open { evidence: "when the current version was created", command };
        let period = after_create.literal().unwrap_or_default();
        Some(Planned { place, when, what: format!("{NEW}, {period} after the current one was created") })
    };
    rotation.triggers.iter().filter_map(planned).collect()
}

fn days(fact: &Fact<Text>) -> Option<i64> {
    period_days(fact.literal()?)
}

#[cfg(test)]
mod tests;
