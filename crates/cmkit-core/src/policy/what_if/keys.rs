//! The key as a whole: disabled, deleted, purged, expired.

use super::super::fact::Fact;
use super::super::rules::Basis;
use super::super::time::{Timestamp, period_days};
use super::Fate;
use super::case::Case;
use super::outlook::{Outcome, Outlook};
use super::retention::Retention;
use alloc::format;
use alloc::string::String;

const BACKUPS: &str = "backups and restore points are under the same key: they are no way round it";

impl Case<'_, '_> {
    pub(super) fn key_disabled(&self) -> Outlook {
        let what = format!("{} is disabled: Key Vault refuses to wrap and to unwrap (403 `KeyDisabled`)", self.key());
        let outlook = Outlook::loss(self.name(), self.at(), what)
            .meanwhile("the key can still be read (`KeyGet`): that it shows up proves nothing", Basis::Documented)
            .meanwhile(BACKUPS, Basis::Inferred)
            .then_do("enable the key again", self.key_command("set-attributes", " --enabled true"));
        self.wait(outlook)
            .trap(
                "the command enables the newest version; where an older one was disabled too and the service has not \
                 moved off it yet, enable that one as well (`--version`)",
                Basis::Inferred,
            )
            .trap(
                "where a compromise is suspected, don't disable first: rotate to a new key, move the clusters to it, wait, \
                 then retire the old one",
                Basis::Documented,
            )
    }

    pub(super) fn key_deleted(&self) -> Outlook {
        let scheduled = self.facts().and_then(|key| key.purge_date.known()).map(|end| Timestamp::from_seconds(*end));
        if scheduled.is_some_and(|end| end <= self.at()) {
            return self.purged(format!("the retention of the deleted {} is over: it is purged", self.key()));
        }
        let what = match scheduled {
            Some(end) => format!("{} is deleted already; its purge is scheduled for {end}", self.key()),
            None => format!("{} is deleted with all its versions: Key Vault answers 404 `KeyNotFound`", self.key()),
        };
        let retention = Retention::of(self.chain);
        let outlook = Outlook::loss(self.name(), self.at(), what);
        let outlook = retention.end(outlook, "the deleted key", self.at(), scheduled);
        let outlook = outlook.meanwhile(BACKUPS, Basis::Inferred);
        let outlook = match outlook.data {
            Fate::Lost { .. } => self.with_a_backup(outlook),
            _ => outlook.then_do("recover the deleted key", self.key_command("recover", "")),
        };
        self.wait(outlook)
            .trap(
                "a new key of the same name is no help: the name is taken until the deleted key is purged (409), and \
                 another key can't unwrap what this one wrapped",
                Basis::Documented,
            )
            .trap("recover the key before anything else: a purge can't be undone", Basis::Documented)
    }

    pub(super) fn key_purged(&self) -> Outlook {
        let retention = Retention::of(self.chain);
        let scheduled = self.facts().and_then(|key| key.purge_date.known()).map(|end| Timestamp::from_seconds(*end));
        let over = scheduled.is_some_and(|end| end <= self.at());
        match (over, retention.protected()) {
            (false, Some(true)) => {
                let what = format!(
                    "purge protection is on in {}: the purge is refused. Nobody, Microsoft included, can purge before the \
                     retention ends",
                    self.vault()
                );
                let outlook = Outlook::of(self.name(), Outcome::Unchanged).now(self.at(), what);
                let outlook = retention.end(outlook, "the key, if it is deleted at T+0,", self.at(), scheduled);
                outlook.then_do("if it is deleted, recover it in time", self.key_command("recover", ""))
            }
            (false, None) => {
                let what = format!("whether a purge is refused depends on the purge protection of {}", self.vault());
                let (evidence, ask) = ("the vault's purge protection", " --query properties.enablePurgeProtection");
                let command = self.vault_command("show", ask);
                let data = Fate::Unknown { evidence: evidence.into(), command: Some(command.clone()) };
                self.unknown(what, evidence, command).data(data)
            }
            _ => self.purged(format!("the deleted {} is purged: it is gone, with all its versions", self.key())),
        }
    }

    /// The end of the data.
    fn purged(&self, what: String) -> Outlook {
        let at = self.at();
        let outlook = Outlook::loss(self.name(), at, what)
            .at_once(
                at,
                "the data of the cluster can never be read again; nobody has a copy of the key, Microsoft included",
            )
            .data(Fate::Lost { at })
            .meanwhile(BACKUPS, Basis::Inferred);
        self.with_a_backup(outlook)
    }

    /// The one way back from a purge, where somebody thought of it before.
    fn with_a_backup(&self, outlook: Outlook) -> Outlook {
        let vault = self.vault();
        let restore = format!("az keyvault key restore --vault-name {} --file KEY.backup", self.vault_word());
        outlook
            .then_do(
                format!(
                    "only with a backup of the key that was made before: restore it into {vault}, under its own name, so \
                     that the cluster's key URL holds"
                ),
                restore,
            )
            .trap(
                "a key backup restores only into a vault of the same subscription and geography, whole, with all versions",
                Basis::Documented,
            )
    }

    pub(super) fn key_expires(&self) -> Outlook {
        let Some(key) = self.facts() else {
            return self.expired(self.at(), &format!("supposing that {} expires now", self.key()));
        };
        let end = match &key.expires {
            Fact::Known { value, .. } => Timestamp::from_seconds(*value),
            Fact::Absent(_) if !key.resource.existing => {
                let what = format!("{} has no expiry: it does not expire by itself", self.key());
                return Outlook::of(self.name(), Outcome::Unchanged).now(self.at(), what).trap(
                    "an expiry that is set later, or by the `expiryTime` of a rotation policy on the next version, brings \
                     this back",
                    Basis::Documented,
                );
            }
            _ => {
                return self.expired(
                    self.at(),
                    &format!("supposing that {} expires now: when it does is not known", self.key()),
                );
            }
        };
        match self.rotates_before(end) {
            Some(rotation) => {
                let what = format!("the rotation policy makes a new version of {}", self.key());
                let when = format!("T{:+} d", end.days_until(rotation));
                Outlook::of(self.name(), Outcome::Unchanged)
                    .step((&when, Some(rotation), Some(rotation)), what)
                    .now(end, "the old version expires; the service has moved to the new one by then")
                    .inferred()
                    .meanwhile(PROBE, Basis::Documented)
                    .trap(
                        "if the rotation fails or is turned off, this expiry takes the cluster down: watch for the near-expiry \
                         event, 30 days before",
                        Basis::Inferred,
                    )
                    .trap(TRAP, Basis::Documented)
            }
            None => self.expired(end, &format!("{} expires", self.key())),
        }
    }

    fn expired(&self, end: Timestamp, what: &str) -> Outlook {
        let extended = end.max(self.at()).plus_days(730);
        let extend = self.key_command("set-attributes", &format!(" --expires {extended}"));
        let what = format!("{what}: Key Vault refuses to wrap with it from now on, and goes on unwrapping");
        Outlook::loss(self.name(), end, what)
            .meanwhile(PROBE, Basis::Documented)
            .meanwhile(
                "services on the same storage layer were seen to run on for a while with an expired key; don't count on it",
                Basis::Practice,
            )
            .then_do("first: move the expiry of the current version into the future", extend)
            .then_do("wait for the cluster to be `Ready`: up to 60 minutes", self.status())
            .then_do("only then: rotate, or move the cluster to another key", self.key_command("rotate", ""))
            .back()
            .trap(TRAP, Basis::Documented)
    }

    /// When the rotation policy makes a new version before that end, as far as dates tell.
    fn rotates_before(&self, end: Timestamp) -> Option<Timestamp> {
        let key = self.facts()?;
        let days = |fact: &Fact<super::super::Text>| period_days(fact.literal()?);
        let triggers = key.rotation.known()?.triggers.iter();
        let dates = triggers.filter_map(|trigger| match (days(&trigger.after_create), days(&trigger.before_expiry)) {
            (Some(after), _) => Some(Timestamp::from_seconds(*key.created.known()?).plus_days(after)),
            (None, Some(before)) => Some(end.plus_days(-before)),
            (None, None) => None,
        });
        // A rotation whose day is past without a new version did not happen.
        dates.filter(|date| *date < end && *date >= self.at()).min()
    }
}

const PROBE: &str = "unwrap works on an expired key: a probe that unwraps is green and proves nothing";
const TRAP: &str = "don't rotate an expired key to mend it: a cluster that is `Inaccessible` does not move to the new version. \
                    Extend the expiry first, wait for `Ready`, only then rotate or switch the key";
