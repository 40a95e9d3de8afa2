//! The commands on keys: making, importing, rotating, switching, dating, deleting.

use super::{Folder, note, parse};
use crate::failure::Failure;
use clap::{ArgGroup, Args};
use cmkit::Error;
use cmkit::key::KeyUri;
use cmkit_vault::{
    DateChange, Due, KeyChange, KeyKind, KeyOperation, LocalVault, NewKey, Period, PrivateKey, RotationPolicy, Trigger,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The attributes of a new version.
#[derive(Debug, Args)]
struct Attributes {
    /// It wraps from this time on: a date, a time, or a period from now on.
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// It wraps up to this time: a date, a time, or a period from now on.
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// What it may be used for, separated by commas [default: everything its kind can do].
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    operations: Vec<KeyOperation>,
    /// Make it disabled.
    #[arg(long)]
    disabled: bool,
}

impl Attributes {
    fn read(&self, now: u64) -> Result<NewKey, Failure> {
        let Self { not_before, expires, operations, disabled } = self;
        let time = |text: &Option<String>| text.as_deref().map(|text| parse::time(text, now)).transpose();
        let operations: BTreeSet<_> = operations.iter().copied().collect();
        Ok(NewKey {
            enabled: !disabled,
            not_before: time(not_before)?,
            expires: time(expires)?,
            operations: (!operations.is_empty()).then_some(operations),
            ..NewKey::default()
        })
    }
}

/// Make a key, or the next version of a key that there is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cmkit vault create-key orders-kek --vault ./orders
  cmkit vault create-key orders-kek --kind rsa-4096 --expires P2Y --vault ./orders")]
pub(super) struct CreateKey {
    /// The key's name, or its identifier.
    key: String,
    /// rsa-2048, rsa-3072, rsa-4096 or oct-256 (symmetric, as a managed HSM has it). Keys on a curve, which only sign:
    /// ec-p256, ec-p384, ec-p521.
    #[arg(long, default_value = "rsa-3072")]
    kind: KeyKind,
    #[command(flatten)]
    attributes: Attributes,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn create(arguments: &CreateKey) -> Result<String, Failure> {
    let CreateKey { key, kind, attributes, folder } = arguments;
    let vault = folder.open()?;
    let name = unversioned(&vault, key)?;
    let made = vault.create_key(name.name(), *kind, attributes.read(vault.now())?);
    added(&made.map_err(|error| helped(error, folder, &name))?, "made", *kind)
}

/// Bring a private key in: PEM (PKCS#8, PKCS#1) or a JSON Web Key.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out kek.pem
  cmkit vault import-key orders-kek kek.pem --vault ./orders")]
pub(super) struct ImportKey {
    /// The key's name, or its identifier.
    key: String,
    /// The file with the private key.
    file: PathBuf,
    #[command(flatten)]
    attributes: Attributes,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn import(arguments: &ImportKey) -> Result<String, Failure> {
    let ImportKey { key, file, attributes, folder } = arguments;
    let bytes = Zeroizing::new(fs::read(file).map_err(|error| Failure::io("read", file, &error))?);
    let text = str::from_utf8(&bytes).unwrap_or_default(); // neither PEM nor JSON: refused below
    let private = PrivateKey::parse(text).map_err(|error| Failure::from(error).at(file.display()))?;
    let vault = folder.open()?;
    let name = unversioned(&vault, key)?;
    let made = vault.import_key(name.name(), &private, attributes.read(vault.now())?);
    let made = made.map_err(|error| helped(error, folder, &name))?;
    note(&format!(
        "`{}` still holds the private key: delete it, or keep it where nobody else reads it",
        file.display()
    ));
    added(&made, "imported", private.kind())
}

fn added(key: &KeyUri, verb: &str, kind: KeyKind) -> Result<String, Failure> {
    Ok(format!("{verb} {kind}\nversion {key}\nkey     {}\n", key.versionless()))
}

/// Make a key's next version, or those that are due by their policies.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["key", "due"])))]
#[command(after_help = "\
What older versions wrapped still opens: they stay as they are. Rewrap it, then disable them.")]
pub(super) struct Rotate {
    /// The key's name, or its identifier.
    key: Option<String>,
    /// Rotate every key that is due by its policy, and purge deleted keys whose retention is over.
    #[arg(long)]
    due: bool,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn rotate(arguments: &Rotate) -> Result<String, Failure> {
    let vault = arguments.folder.open()?;
    if let Some(key) = &arguments.key {
        let name = unversioned(&vault, key)?;
        let made = vault.rotate(name.name()).map_err(|error| helped(error, &arguments.folder, &name))?;
        return Ok(format!("rotated {name}\nversion {made}\n"));
    }
    let done = vault.tick(vault.now())?;
    if done.is_empty() {
        note("nothing is due");
    }
    let line = |due: &Due| match due {
        Due::Rotated(key) => format!("rotated {key}\n"),
        Due::Purged(key) => format!("purged  {key}\n"),
    };
    Ok(done.iter().map(line).collect())
}

/// Enable or disable a version.
#[derive(Debug, Args)]
#[command(after_help = "\
A key without a version means its newest version. Data that older versions wrapped depends on those: --all-versions.")]
pub(super) struct Switch {
    /// NAME, NAME/VERSION, or the key's identifier.
    key: String,
    /// Every version of the key.
    #[arg(long)]
    all_versions: bool,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn switch(arguments: &Switch, enabled: bool) -> Result<String, Failure> {
    let Switch { key, all_versions, folder } = arguments;
    let vault = folder.open()?;
    let key = parse::key(&vault, key)?;
    let failed = |error| helped(error, folder, &key);
    let versions = if *all_versions {
        let info = vault.key(key.name()).map_err(failed)?;
        info.versions.iter().rev().map(|version| version.key.version()).collect()
    } else {
        vec![key.version()]
    };
    let mut text = String::new();
    for version in versions {
        let changed = vault.set_enabled(key.name(), version, enabled).map_err(failed)?;
        text.push_str(&format!("{} {}\n", if enabled { "enabled " } else { "disabled" }, changed.key));
    }
    let info = vault.key(key.name()).map_err(failed)?;
    let left = info.versions.iter().filter(|version| version.enabled).count();
    if !enabled && left > 0 {
        note(&format!("{left} of the {} versions stay enabled (`--all-versions`)", info.versions.len()));
    }
    Ok(text)
}

/// Set when a version begins and ends to wrap.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["not_before", "expires"])))]
#[command(after_help = "\
Examples:
  cmkit vault set-dates orders-kek --expires 2027-01-31 --vault ./orders
  cmkit vault set-dates orders-kek --expires none --vault ./orders

A version outside of its dates still unwraps; it only wraps nothing new.")]
pub(super) struct SetDates {
    /// NAME, NAME/VERSION, or the key's identifier.
    key: String,
    /// A date, a time, a period from now on, or none.
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// A date, a time, a period from now on, or none.
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn set_dates(arguments: &SetDates) -> Result<String, Failure> {
    let SetDates { key, not_before, expires, folder } = arguments;
    let vault = folder.open()?;
    let key = parse::key(&vault, key)?;
    let now = vault.now();
    let change = |text: &Option<String>| match text.as_deref() {
        None => Ok(DateChange::Keep),
        Some("none") => Ok(DateChange::Clear),
        Some(text) => parse::time(text, now).map(DateChange::Set),
    };
    let change = KeyChange { not_before: change(not_before)?, expires: change(expires)?, ..KeyChange::default() };
    let changed = vault.update_key(key.name(), key.version(), &change).map_err(|error| helped(error, folder, &key))?;
    let show = |time: Option<u64>| time.map_or_else(|| "none".to_owned(), parse::show_time);
    Ok(format!(
        "dated      {}\nnot before {}\nexpires    {}\n",
        changed.key,
        show(changed.not_before),
        show(changed.expires)
    ))
}

/// Set when a key rotates by itself, and how long its versions live.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(
    ["rotate_after", "rotate_before_expiry", "expires_after", "none"])))]
#[command(after_help = "\
Examples:
  cmkit vault set-policy orders-kek --rotate-after P18M --expires-after P2Y --vault ./orders
  cmkit vault set-policy orders-kek --none --vault ./orders

Nothing rotates while nobody looks: `cmkit vault rotate --due` does what is due.")]
pub(super) struct SetPolicy {
    /// The key's name, or its identifier.
    key: String,
    /// Rotate this long after the newest version was made: P90D, P18M, P2Y.
    #[arg(long, value_name = "PERIOD", conflicts_with = "rotate_before_expiry")]
    rotate_after: Option<Period>,
    /// Rotate this long before the newest version expires.
    #[arg(long, value_name = "PERIOD")]
    rotate_before_expiry: Option<Period>,
    /// New versions expire this long after they were made.
    #[arg(long, value_name = "PERIOD")]
    expires_after: Option<Period>,
    /// Remove the policy.
    #[arg(long, conflicts_with_all = ["rotate_after", "rotate_before_expiry", "expires_after"])]
    none: bool,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn set_policy(arguments: &SetPolicy) -> Result<String, Failure> {
    let SetPolicy { key, rotate_after, rotate_before_expiry, expires_after, none, folder } = arguments;
    let trigger = rotate_after.map(Trigger::TimeAfterCreate).or(rotate_before_expiry.map(Trigger::TimeBeforeExpiry));
    let policy = if *none { None } else { Some(RotationPolicy::new(trigger, *expires_after)?) };
    let vault = folder.open()?;
    let name = unversioned(&vault, key)?;
    vault.set_rotation_policy(name.name(), policy).map_err(|error| helped(error, folder, &name))?;
    if expires_after.is_some() {
        note("the expiry is for versions to come; `cmkit vault set-dates` changes one that there is");
    }
    let words = policy.map_or_else(|| "has no policy".to_owned(), |policy| policy.to_string());
    Ok(format!("set {name}\nit  {words}\n"))
}

/// A key.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// The key's name, or its identifier.
    key: String,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn delete(arguments: &Named) -> Result<String, Failure> {
    let (vault, name) = arguments.open()?;
    let deleted = vault.delete_key(name.name()).map_err(|error| helped(error, &arguments.folder, &name))?;
    Ok(format!(
        "deleted {name}\nuntil   {}, `cmkit vault recover {} --vault {}` brings it back\n",
        parse::show_time(deleted.scheduled_purge),
        name.name(),
        arguments.folder.vault.display()
    ))
}

pub(super) fn recover(arguments: &Named) -> Result<String, Failure> {
    let (vault, name) = arguments.open()?;
    vault.recover_key(name.name()).map_err(|error| helped(error, &arguments.folder, &name))?;
    Ok(format!("recovered {name}\n"))
}

pub(super) fn purge(arguments: &Named) -> Result<String, Failure> {
    let (vault, name) = arguments.open()?;
    vault.purge_key(name.name()).map_err(|error| helped(error, &arguments.folder, &name))?;
    Ok(format!("purged {name}\n"))
}

impl Named {
    fn open(&self) -> Result<(LocalVault, KeyUri), Failure> {
        let vault = self.folder.open()?;
        let name = unversioned(&vault, &self.key)?;
        Ok((vault, name))
    }
}

/// A key without a version, for what concerns the whole key.
fn unversioned(vault: &LocalVault, text: &str) -> Result<KeyUri, Failure> {
    parse::key(vault, text)?; // says more of a key of another vault
    Ok(vault.parse_whole_key(text)?)
}

/// An error on a key, with what to do about it.
pub(super) fn helped(error: Error, folder: &Folder, key: &KeyUri) -> Failure {
    let dir = folder.vault.display();
    let name = key.name();
    let help = match error.refusal().map(|refusal| refusal.reason.as_ref()) {
        Some("KeyNotFound") => {
            format!("`cmkit vault list --vault {dir}` shows the keys, with `--deleted` the deleted ones")
        }
        Some("ObjectIsDeletedButRecoverable") => {
            format!("`cmkit vault recover {name} --vault {dir}` brings it back, `purge` ends it")
        }
        _ => return error.into(),
    };
    Failure::from(error).help(help)
}
