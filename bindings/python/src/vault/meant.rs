//! What a vault's owner means: arguments of Python in the crate's types.

use super::view::{Folder, FolderKey};
use crate::error::{Raise, invalid};
use cmkit::secret::Secret;
use cmkit::{Code, Error};
use cmkit_vault::{
    Grant, KeyOperation, LocalVault, Network, NewKey, Options, Period, PermissionModel, Role, RotationPolicy, Trigger,
};
use pyo3::prelude::*;
use std::path::PathBuf;

pub(super) fn folder(
    py: Python<'_>,
    path: PathBuf,
    passphrase: Option<&str>,
    passphrase_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
) -> PyResult<Folder> {
    // Where the vault travels to, the current folder is another.
    let absolute = |path: PathBuf| std::path::absolute(path).map_err(PyErr::from);
    let key = match (passphrase, passphrase_file, key_file) {
        (None, None, None) => FolderKey::KeyFile,
        (None, None, Some(path)) => FolderKey::KeyFileAt(absolute(path)?),
        (None, Some(path), None) => FolderKey::PassphraseFile(absolute(path)?),
        (Some(text), None, None) => FolderKey::Passphrase(Secret::from_slice(text.as_bytes())),
        _ => return Err(invalid(py, "a vault opens with one of `passphrase`, `passphrase_file` and `key_file`")),
    };
    Ok(Folder { path: absolute(path)?, key })
}

pub(super) fn options(
    py: Python<'_>,
    host: String,
    soft_delete_days: Option<u32>,
    purge_protection: bool,
    permission_model: Option<&str>,
) -> PyResult<Options> {
    let options = Options::new(host);
    let model = permission_model.map(str::parse::<PermissionModel>).transpose().or_raise(py)?;
    Ok(Options {
        soft_delete_days: soft_delete_days.unwrap_or(options.soft_delete_days),
        purge_protection,
        permission_model: model.unwrap_or(options.permission_model),
        ..options
    })
}

pub(super) fn new_key(
    enabled: bool,
    not_before: Option<u64>,
    expires: Option<u64>,
    operations: Option<Vec<String>>,
) -> Result<NewKey, Error> {
    let operations = operations.map(|names| names.iter().map(|name| name.parse::<KeyOperation>()).collect());
    Ok(NewKey { enabled, not_before, expires, operations: operations.transpose()?, ..NewKey::default() })
}

/// The grant that is meant; nothing where nothing is said.
pub(super) fn grant(
    vault: &LocalVault,
    role: Option<&str>,
    key: Option<&str>,
    permissions: Option<&str>,
) -> Result<Option<Grant>, Error> {
    if let Some(list) = permissions {
        if role.is_some() || key.is_some() {
            let message = "an access policy is on the whole vault: `permissions` go without `role` and `key`";
            return Err(Error::new(Code::InvalidArgument, message));
        }
        return Grant::permissions(list).map(Some);
    }
    let key = key.map(|key| vault.parse_whole_key(key)).transpose()?;
    let role = match (role, &key) {
        (None, None) => return Ok(None),
        (role, _) => role.map_or(Ok(Role::ENCRYPTION_USER), str::parse)?,
    };
    let grant = Grant::role(role);
    Ok(Some(key.map_or(grant.clone(), |key| grant.on_key(key.name()))))
}

pub(super) fn rotation_policy(
    py: Python<'_>,
    rotate_after: Option<&str>,
    rotate_before_expiry: Option<&str>,
    expires_after: Option<&str>,
) -> PyResult<Option<RotationPolicy>> {
    let period = |text: Option<&str>| text.map(str::parse::<Period>).transpose().or_raise(py);
    let (after, before) = (period(rotate_after)?, period(rotate_before_expiry)?);
    let expires_after = period(expires_after)?;
    let trigger = match (after, before) {
        (Some(_), Some(_)) => {
            return Err(invalid(py, "a key rotates by one of `rotate_after` and `rotate_before_expiry`"));
        }
        (after, before) => after.map(Trigger::TimeAfterCreate).or(before.map(Trigger::TimeBeforeExpiry)),
    };
    match (trigger, expires_after) {
        (None, None) => Ok(None),
        _ => RotationPolicy::new(trigger, expires_after).map(Some).or_raise(py),
    }
}

pub(super) fn network(py: Python<'_>, access: &str, trusted_services: bool) -> PyResult<Network> {
    match access {
        "public" => Ok(Network::Public),
        "selected" => Ok(Network::Selected { trusted_services }),
        "disabled" => Ok(Network::Disabled { trusted_services }),
        _ => {
            let message = format!("`{access}` is not an access: `public`, `selected` or `disabled`");
            Err(invalid(py, message))
        }
    }
}
