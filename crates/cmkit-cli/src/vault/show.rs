//! What there is in a vault, for people and as JSON. The JSON uses Key Vault's words and times in epoch seconds.

use super::{Folder, keys::helped, note, parse};
use crate::failure::Failure;
use clap::Args;
use cmkit_vault::{KeyInfo, LocalVault, Material, Place, VaultInfo, VersionInfo};
use serde_json::{Value, json};
use std::fmt::Write;

/// List keys.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The deleted keys that can be recovered.
    #[arg(long)]
    deleted: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn list(arguments: &List) -> Result<String, Failure> {
    let List { deleted, json, folder } = arguments;
    let vault = folder.open()?;
    if *deleted { list_deleted(&vault, *json) } else { list_keys(&vault, *json, folder) }
}

fn list_keys(vault: &LocalVault, json: bool, folder: &Folder) -> Result<String, Failure> {
    let keys = vault.keys()?;
    if json {
        return Ok(print(&keys.iter().map(key_json).collect()));
    }
    if keys.is_empty() {
        note(&format!("no keys yet: `cmkit vault create-key NAME --vault {}`", folder.vault.display()));
    }
    let now = vault.now();
    let rows = keys.iter().filter_map(|key| {
        let newest = key.newest()?;
        let expires = newest.expires.map_or_else(|| "never".to_owned(), parse::show_time);
        let state = state(newest, now).to_owned();
        Some([key.key.name().to_owned(), newest.kind().to_string(), key.versions.len().to_string(), state, expires])
    });
    Ok(table(["KEY", "KIND", "VERSIONS", "NEWEST IS", "AND EXPIRES"], rows))
}

fn list_deleted(vault: &LocalVault, json: bool) -> Result<String, Failure> {
    let keys = vault.deleted_keys()?;
    if json {
        let item = |key: &cmkit_vault::DeletedKey| {
            json!({
                "kid": key.key.to_string(),
                "deletedDate": key.deleted,
                "scheduledPurgeDate": key.scheduled_purge,
            })
        };
        return Ok(print(&keys.iter().map(item).collect()));
    }
    if keys.is_empty() {
        note("no deleted keys");
    }
    let rows = keys
        .iter()
        .map(|key| [key.key.name().to_owned(), parse::show_time(key.deleted), parse::show_time(key.scheduled_purge)]);
    Ok(table(["KEY", "DELETED", "RECOVERABLE UNTIL"], rows))
}

/// Show the vault, or a key with its versions.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The key's name, or its identifier; without one, the vault and its identities.
    key: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn show(arguments: &Show) -> Result<String, Failure> {
    let Show { key, json, folder } = arguments;
    let vault = folder.open()?;
    let Some(key) = key else {
        let info = vault.info()?;
        return Ok(if *json { print(&vault_json(&info)) } else { vault_text(&info) });
    };
    let key = parse::key(&vault, key)?;
    let mut info = vault.key(key.name()).map_err(|error| helped(error, folder, &key))?;
    if let Some(version) = key.version() {
        info.versions.retain(|held| held.key.version() == Some(version));
        if info.versions.is_empty() {
            return Err(Failure::new(crate::failure::Exit::KeyUnavailable, format!("there is no version `{key}`"))
                .help(format!(
                    "`cmkit vault show {} --vault {}` shows those there are",
                    key.name(),
                    folder.vault.display()
                )));
        }
    }
    Ok(if *json { print(&key_json(&info)) } else { key_text(&info, vault.now()) })
}

fn vault_text(info: &VaultInfo) -> String {
    let VaultInfo { host, permission_model, soft_delete_days, purge_protection, network, identities } = info;
    let protection = if *purge_protection { "on" } else { "off" };
    let mut text = format!(
        "vault             {host}\npermission model  {permission_model}\nnetwork           {network}\n\
         retention         {soft_delete_days} days\npurge protection  {protection}\n"
    );
    for (name, identity) in identities {
        let _ = write!(text, "\nidentity          {name}");
        if identity.place == Place::TrustedService {
            text.push_str(" (calls as a trusted service)");
        }
        text.push('\n');
        for assignment in &identity.roles {
            let scope = assignment.key.as_ref().map_or_else(|| "the vault".to_owned(), |key| format!("the key {key}"));
            let _ = writeln!(text, "  role            {} on {scope}", assignment.role);
        }
        if !identity.permissions.is_empty() {
            let names: Vec<_> = identity.permissions.iter().map(|permission| permission.as_str()).collect();
            let _ = writeln!(text, "  access policy   {}", names.join(", "));
        }
    }
    text
}

fn vault_json(info: &VaultInfo) -> Value {
    let VaultInfo { host, permission_model, soft_delete_days, purge_protection, network, identities } = info;
    json!({
        "vaultUri": format!("https://{host}/"),
        "enableRbacAuthorization": *permission_model == cmkit_vault::PermissionModel::Rbac,
        "softDeleteRetentionInDays": soft_delete_days,
        "enablePurgeProtection": purge_protection,
        "network": network,
        "identities": identities,
    })
}

fn key_text(info: &KeyInfo, now: u64) -> String {
    let policy = info.rotation_policy.map_or_else(|| "none".to_owned(), |policy| policy.to_string());
    let mut text = format!("key       {}\nrotation  {policy}\n", info.key);
    if let (Some(policy), Some(newest)) = (info.rotation_policy, info.newest())
        && let Some(due) = policy.next_rotation(newest.created, newest.expires)
    {
        let _ = writeln!(text, "due       {}", parse::show_time(due));
    }
    text.push('\n');
    let rows = info.versions.iter().rev().map(|version| {
        let name = version.key.version().map(|version| version.to_string()).unwrap_or_default();
        let date = |time: Option<u64>| time.map_or_else(|| "-".to_owned(), parse::show_time);
        [
            name,
            version.kind().to_string(),
            state(version, now).to_owned(),
            parse::show_time(version.created),
            date(version.not_before),
            date(version.expires),
        ]
    });
    text + &table(["VERSION (NEWEST FIRST)", "KIND", "STATE", "CREATED", "NOT BEFORE", "EXPIRES"], rows)
}

fn key_json(info: &KeyInfo) -> Value {
    let versions: Vec<Value> = info.versions.iter().map(version_json).collect();
    json!({ "kid": info.key.to_string(), "rotationPolicy": info.rotation_policy, "versions": versions })
}

fn version_json(version: &VersionInfo) -> Value {
    let VersionInfo { key, material, hsm, enabled, not_before, expires, created, updated, operations, tags } = version;
    let mut jwk = json!({ "kid": key.to_string(), "key_ops": operations });
    match material {
        Material::Symmetric => jwk["kty"] = "oct".into(),
        Material::Ec(public) => {
            jwk["kty"] = if *hsm { "EC-HSM" } else { "EC" }.into();
            jwk["crv"] = public.curve().as_str().into();
        }
        Material::Rsa(public) => {
            jwk["kty"] = if *hsm { "RSA-HSM" } else { "RSA" }.into();
            jwk["key_size"] = public.bits().into();
            jwk["thumbprint"] = public.thumbprint().to_string().into();
        }
    }
    let mut attributes = json!({ "enabled": enabled, "created": created, "updated": updated });
    for (name, time) in [("nbf", not_before), ("exp", expires)] {
        if let Some(time) = time {
            attributes[name] = (*time).into();
        }
    }
    json!({ "key": jwk, "attributes": attributes, "tags": tags })
}

fn state(version: &VersionInfo, now: u64) -> &'static str {
    if !version.enabled {
        "disabled"
    } else if version.not_before.is_some_and(|time| now < time) {
        "not yet valid"
    } else if version.expires.is_some_and(|time| now >= time) {
        "expired"
    } else {
        "enabled"
    }
}

/// Columns as wide as their widest entry; nothing where there are no rows.
fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = rows.collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = head.map(str::to_owned);
    let widths: [usize; N] = std::array::from_fn(|column| {
        rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or_default()
    });
    let mut text = String::new();
    for row in [&head].into_iter().chain(&rows) {
        let line: Vec<String> = row.iter().zip(widths).map(|(entry, width)| format!("{entry:width$}")).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn print(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_align() {
        let rows = [["a".to_owned(), "b".to_owned()], ["long".to_owned(), String::new()]];
        assert_eq!(super::table(["K", "KIND"], rows.into_iter()), "K     KIND\na     b\nlong\n");
        assert_eq!(super::table(["K"], std::iter::empty()), "");
    }
}
