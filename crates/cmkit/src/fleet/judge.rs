//! What is to be done with an object, told by its head.

use super::target::Targets;
use crate::Error;
use cmkit_core::envelope::{HeadKey, HeadKeys, Keep, KeyHolder, RewrapOptions, SealKey};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Its keys are not those it is to have.
    Rewrap,
    /// Nothing: it has the keys that it is to have.
    AtTarget,
    /// Nothing: it stands under a key record, whose rewrap is its own.
    UnderRecord,
}

/// # Errors
/// The faults of a head.
pub(super) fn judge(head: &[u8], options: &RewrapOptions, targets: &Targets) -> Result<Due, Error> {
    let HeadKeys { entries, .. } = HeadKeys::parse(head)?;
    if is_at_target(&entries, options.keep, targets) {
        return Ok(Due::AtTarget);
    }
    let under_record = |entry: &HeadKey<'_>| match entry.holder {
        KeyHolder::KeyRecord { dek_id } => !options.open.records.iter().any(|record| *record.id() == dek_id),
        _ => false,
    };
    Ok(if entries.iter().all(under_record) { Due::UnderRecord } else { Due::Rewrap })
}

fn is_at_target(entries: &[HeadKey<'_>], keep: Keep, targets: &Targets) -> bool {
    let has_all = targets.keys.iter().all(|target| entries.iter().any(|entry| fit(target, entry) == Fit::Is));
    let may_stay = |entry: &HeadKey<'_>| {
        let fits = targets.keys.iter().map(|target| fit(target, entry));
        match fits.max().unwrap_or(Fit::Other) {
            Fit::Is => true,
            // The target takes the place of the key's other versions.
            Fit::OtherVersion => false,
            Fit::Other => keep == Keep::All,
        }
    };
    has_all && entries.iter().all(may_stay)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Other,
    OtherVersion,
    Is,
}

fn fit(target: &SealKey, entry: &HeadKey<'_>) -> Fit {
    let (same_key, same_version) = match (target, entry.holder) {
        (SealKey::Vault(key) | SealKey::VaultOnHost(key), KeyHolder::Vault { host, name, version }) => {
            (key.host() == host && key.name() == name, key.version() == Some(version))
        }
        (SealKey::Service(key), KeyHolder::Program { name, version }) => (key.name() == name, key.version() == version),
        (SealKey::Record(record), KeyHolder::KeyRecord { dek_id }) => (*record.id() == dek_id, true),
        _ => (false, false),
    };
    match (same_key, same_version) {
        (true, true) => Fit::Is,
        (true, false) => Fit::OtherVersion,
        _ => Fit::Other,
    }
}
