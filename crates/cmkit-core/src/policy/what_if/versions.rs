//! Versions of the key: a new one by rotation, an old one that is disabled.

use super::super::model::KeyVersion;
use super::super::rules::Basis;
use super::super::time::{Timestamp, period_days};
use super::case::Case;
use super::outlook::{Outcome, Outlook};
use alloc::format;
use alloc::vec::Vec;

/// How long the service needs to move to a new version.
const NO_FIGURE: &str = "no figure is published for this service: Cosmos DB accounts are given 24 hours, PostgreSQL mostly 30 \
                         minutes and 2 hours to be safe. 24 hours is the least here; the vault's audit log decides: no \
                         `KeyUnwrap` with the old version any more";

/// Restore points of a cluster are kept so many days.
pub(super) const RESTORE_DAYS: i64 = 35;

impl Case<'_, '_> {
    pub(super) fn rotated(&self) -> Outlook {
        let (at, key) = (self.at(), self.key());
        if self.chain.address.versioned {
            return Outlook::of(self.name(), Outcome::Unchanged)
                .now(
                    at,
                    format!("{key} gets a new version; the cluster's key URL names a version and stays on that one"),
                )
                .inferred()
                .then_do("give the cluster the key URL without a version (CMK3001)", self.update())
                .trap("once that version is disabled or expires, the cluster goes with it", Basis::Inferred)
                .trap(ALL_PARAMETERS, Basis::Documented);
        }
        let mut outlook = Outlook::of(self.name(), Outcome::Unchanged)
            .now(at, format!("{key} gets a new version; nothing changes on the cluster, nothing is to be done there"))
            .step(
                ("by T+24 h or more", Some(at), None),
                "the service notices the new version by itself and wraps its own key anew; no data is rewritten and the \
                 cluster stays up",
            )
            .step(
                ("from T+24 h on", Some(at.plus_days(1)), None),
                "the old version may be disabled, if the vault's audit log shows no more use of it",
            )
            .inferred()
            .days_on(at, RESTORE_DAYS, "no restore point from before the rotation is left: none needs the old version")
            .inferred()
            .meanwhile("both versions stay enabled: unwrapping needs the version that wrapped", Basis::Documented)
            .trap(NO_FIGURE, Basis::Inferred)
            .trap(
                "if the current version has expired, don't rotate: extend its expiry first, wait for `Ready`, only then \
                 rotate",
                Basis::Documented,
            )
            .trap("a key that was imported from an HSM can't be rotated by Key Vault: import the new version", Basis::Documented)
            .trap(
                "rotating takes Key Vault Crypto Officer, or the key permission `rotate`; the cluster's identity has neither \
                 and needs neither",
                Basis::Documented,
            );
        if let Some(life) = self.new_version_life() {
            let ends =
                "the new version expires, by the `expiryTime` of the rotation policy, unless it is rotated before";
            outlook = outlook.days_on(at, life, ends);
        }
        outlook
    }

    /// How many days the rotation policy gives a new version.
    fn new_version_life(&self) -> Option<i64> {
        period_days(self.facts()?.rotation.known()?.expiry_time.literal()?)
    }

    pub(super) fn version_disabled(&self) -> Outlook {
        let at = self.at();
        let versions = self.versions();
        let newest = versions.iter().copied().max_by_key(|version| version.created.known().copied());
        let wanted = self.selection.version.as_deref();
        let is_newest = match (wanted, newest) {
            // One version is all there is: it is the one in use.
            (_, Some(_)) if versions.len() == 1 => Some(true),
            (Some(wanted), Some(newest)) => {
                newest.version.literal().map(|version| version.eq_ignore_ascii_case(wanted))
            }
            (Some(wanted), None) => {
                let current = self.facts().and_then(|key| key.version.literal());
                current.filter(|current| current.eq_ignore_ascii_case(wanted)).map(|_| true)
            }
            (None, Some(_)) => Some(false),
            (None, None) => None,
        };
        if is_newest == Some(true) {
            let what = format!(
                "the newest version of {} is disabled, the one in use: wrap and unwrap are refused",
                self.key()
            );
            let version = newest.and_then(|newest| newest.version.literal()).or(wanted).unwrap_or("VERSION");
            let enable = self.key_command("set-attributes", &format!(" --version {version} --enabled true"));
            let outlook = Outlook::loss(self.name(), at, what).then_do("enable the version again", enable);
            return self.wait(outlook).trap(
                "the service follows the newest version; that an older one is enabled is no help",
                Basis::Inferred,
            );
        }
        let since = newest.and_then(|newest| newest.created.known()).map(|created| Timestamp::from_seconds(*created));
        let Some(since) = since.filter(|_| is_newest == Some(false)) else {
            let what = format!(
                "whether cluster `{}` still needs the version depends on when the newest one was made, which these files don't say",
                self.name()
            );
            let list = self.key_command("list-versions", "");
            return self
                .unknown(what, "the versions of the key and when each was created", list)
                .trap(NO_FIGURE, Basis::Inferred);
        };
        let enable = self.key_command("set-attributes", " --version VERSION --enabled true");
        let what = format!("an older version of {} is disabled; the newest is from {since}", self.key());
        let early = at < since.plus_days(1);
        let outlook = if early {
            let what = format!("{what}, less than 24 hours ago: the service may not have moved off the old one yet");
            let outlook = Outlook::loss(self.name(), at, what);
            let outlook = Outlook { outcome: Outcome::AtRisk, ..outlook.inferred() };
            self.wait(outlook.then_do("enable the old version again", enable))
        } else {
            Outlook::of(self.name(), Outcome::Unchanged)
                .now(at, format!("{what}: the service has had the time to move to it"))
                .inferred()
                .then_do("if the cluster goes down all the same, enable the old version again", enable)
        };
        let end = since.plus_days(RESTORE_DAYS);
        let outlook = if at < end {
            outlook.trap(
                format!(
                    "restore points from before the rotation are under older versions: until {end} a restore may fail without \
                     them",
                ),
                Basis::Inferred,
            )
        } else {
            outlook
        };
        outlook
            .meanwhile(
                "the data is not under the version itself: enabling it brings everything back",
                Basis::Documented,
            )
            .trap(NO_FIGURE, Basis::Inferred)
            .trap("versions can be disabled one by one, but only deleted all together, with the key", Basis::Documented)
    }

    /// The versions that there are at the time.
    fn versions(&self) -> Vec<&KeyVersion> {
        let listed = self.facts().and_then(|key| key.versions.known()).map_or(&[][..], Vec::as_slice);
        let made = |version: &&KeyVersion| version.created.known().is_none_or(|at| *at <= self.at().seconds());
        listed.iter().filter(made).collect()
    }
}

pub(super) const ALL_PARAMETERS: &str = "send all encryption parameters with the update, also those that stay the same; with \
                                         Terraform's azurerm don't: there such a change destroys the cluster and makes it anew";
