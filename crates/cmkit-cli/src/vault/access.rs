//! The commands on the vault itself: making it, grants, the permission model, the network.

use super::{Folder, note, open};
use crate::failure::Failure;
use clap::{ArgGroup, Args, ValueEnum};
use cmkit_vault::{Grant, LocalVault, Network, Options, PermissionModel, Place, Role, Unlock};
use std::path::PathBuf;

/// Make a vault in a new folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cmkit vault init --vault ./orders --host orders.vault.azure.net
  cmkit vault init --vault ./orders --host orders.vault.azure.net --purge-protection --passphrase-file secret.txt")]
pub(super) struct Init {
    /// The folder to make.
    #[arg(long, value_name = "DIR")]
    vault: PathBuf,
    /// The host of the vault's key identifiers, for example orders.vault.azure.net.
    #[arg(long)]
    host: String,
    /// Which kind of grant counts: rbac (roles) or policy (access policies).
    #[arg(long, value_name = "MODEL", default_value = "rbac")]
    permission_model: PermissionModel,
    /// Nobody can purge a deleted key before its retention is over.
    #[arg(long)]
    purge_protection: bool,
    /// Days that a deleted key can be recovered, 7 to 90.
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    retention_days: u32,
    #[command(flatten)]
    unlock: open::UnlockArguments,
}

pub(super) fn init(arguments: &Init) -> Result<String, Failure> {
    let Init { vault: dir, host, permission_model, purge_protection, retention_days, unlock } = arguments;
    let options = Options {
        host: host.clone(),
        soft_delete_days: *retention_days,
        purge_protection: *purge_protection,
        permission_model: *permission_model,
    };
    let unlock = unlock.for_new()?;
    let vault = LocalVault::create(dir, &options, &unlock)?;
    let opens = match unlock {
        Unlock::KeyFile => format!("the key file `{}`", dir.join("vault.key").display()),
        Unlock::KeyFileAt(path) => format!("the key file `{}`", path.display()),
        Unlock::Passphrase(_) => "the passphrase".to_owned(),
    };
    if !purge_protection {
        note("the vault has no purge protection: a service that uses customer-managed keys asks for it");
    }
    let dir = dir.display();
    Ok(format!(
        "made   vault `{}` in `{dir}`\nopens  with {opens}\nnext   cmkit vault create-key NAME --vault {dir}\n",
        vault.host()
    ))
}

/// Give an identity a role or permissions.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["role", "permissions"])))]
#[command(after_help = "\
Examples:
  cmkit vault grant --identity orders-cmk --role 'Key Vault Crypto Service Encryption User' --vault ./orders
  cmkit vault grant --identity orders-cmk --role e147488a-f6f5-4113-8e2d-b22465e65bf6 --key orders-kek --vault ./orders
  cmkit vault grant --identity orders-cmk --permissions get,list,wrapKey,unwrapKey --vault ./orders")]
pub(super) struct GrantArguments {
    #[command(flatten)]
    folder: Folder,
    /// The identity, by any name; its first grant makes it.
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// A role of Azure, by its name or id.
    #[arg(long)]
    role: Option<Role>,
    /// The key to give the role on, by its name; the whole vault without one.
    #[arg(long, value_name = "NAME", conflicts_with = "permissions")]
    key: Option<String>,
    /// Permissions of an access policy, separated by commas.
    #[arg(long, value_name = "LIST")]
    permissions: Option<String>,
}

pub(super) fn grant(arguments: &GrantArguments) -> Result<String, Failure> {
    let GrantArguments { folder, identity, role, key, permissions } = arguments;
    let vault = folder.open()?;
    let Some((grant, words)) = chosen(&vault, *role, key.as_deref(), permissions.as_deref())? else {
        return Err(Failure::usage("give `--role` or `--permissions`"));
    };
    let changed = vault.grant(identity, grant)?;
    let model = vault.info()?.permission_model;
    match (role, model) {
        (Some(role), PermissionModel::Rbac) if !role.suffices() => {
            note(&format!("`{role}` does not let a service use a key; `{}` does", Role::ENCRYPTION_USER));
        }
        (Some(_), PermissionModel::Policy) => note("the vault heeds access policies: roles do nothing in it"),
        (None, PermissionModel::Rbac) => note("the vault heeds roles: access policies do nothing in it"),
        _ => {}
    }
    Ok(format!("{} `{identity}` {words}\n", if changed { "granted" } else { "unchanged: had already" }))
}

/// The grant that the arguments describe, and its words.
fn chosen(
    vault: &LocalVault,
    role: Option<Role>,
    key: Option<&str>,
    permissions: Option<&str>,
) -> Result<Option<(Grant, String)>, Failure> {
    if let Some(permissions) = permissions {
        return Ok(Some((Grant::permissions(permissions)?, format!("the permissions {permissions}"))));
    }
    let Some(role) = role else { return Ok(None) };
    let grant = Grant::role(role);
    let Some(key) = key else { return Ok(Some((grant, format!("`{role}` on the vault")))) };
    let name = super::parse::key(vault, key)?.name().to_owned();
    Ok(Some((grant.on_key(&name), format!("`{role}` on the key `{name}`"))))
}

/// Take a role, permissions or everything from an identity.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cmkit vault revoke --identity orders-cmk --vault ./orders
  cmkit vault revoke --identity orders-cmk --permissions unwrapKey --vault ./orders")]
pub(super) struct Revoke {
    #[command(flatten)]
    folder: Folder,
    /// The identity. Without a role or permissions it loses everything.
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// A role of Azure, by its name or id.
    #[arg(long, conflicts_with = "permissions")]
    role: Option<Role>,
    /// The key that the role was given on; the whole vault without one.
    #[arg(long, value_name = "NAME", requires = "role")]
    key: Option<String>,
    /// Permissions of an access policy, separated by commas.
    #[arg(long, value_name = "LIST")]
    permissions: Option<String>,
}

pub(super) fn revoke(arguments: &Revoke) -> Result<String, Failure> {
    let Revoke { folder, identity, role, key, permissions } = arguments;
    let vault = folder.open()?;
    let (changed, words) = match chosen(&vault, *role, key.as_deref(), permissions.as_deref())? {
        Some((grant, words)) => (vault.revoke(identity, &grant)?, words),
        None => (vault.forget(identity)?, "everything".to_owned()),
    };
    if changed {
        return Ok(format!("revoked `{identity}` {words}\n"));
    }
    Err(Failure::usage(format!("`{identity}` does not have {words}"))
        .help(format!("`cmkit vault show --vault {}` lists who has what", folder.vault.display())))
}

/// Choose which kind of grant counts: roles or access policies.
#[derive(Debug, Args)]
pub(super) struct SetPermissionModel {
    /// rbac (roles) or policy (access policies). Grants of the other kind stay stored and do nothing.
    model: PermissionModel,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn set_permission_model(arguments: &SetPermissionModel) -> Result<String, Failure> {
    let SetPermissionModel { model, folder } = arguments;
    folder.open()?.set_permission_model(*model)?;
    Ok(format!("set the permission model to {model}\n"))
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shape {
    /// Public access from all networks.
    Public,
    /// Public access from selected networks, none of which a caller is in.
    Selected,
    /// Public access disabled.
    Disabled,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Bypass {
    /// Trusted Microsoft services bypass the firewall.
    AzureServices,
    /// Nobody does.
    None,
}

/// Change the network in front of the vault, and where identities call from.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["shape", "trusted", "elsewhere"])))]
#[command(after_help = "\
Examples:
  cmkit vault set-network disabled --bypass azure-services --trusted orders-cmk --vault ./orders
  cmkit vault set-network public --vault ./orders")]
pub(super) struct SetNetwork {
    /// Who reaches the vault at all.
    #[arg(value_enum)]
    shape: Option<Shape>,
    /// Who bypasses a closed network.
    #[arg(long, value_enum, default_value = "azure-services", requires = "shape")]
    bypass: Bypass,
    /// An identity that calls as a trusted Azure service.
    #[arg(long, value_name = "IDENTITY")]
    trusted: Vec<String>,
    /// An identity that calls from anywhere else, as all do at first.
    #[arg(long, value_name = "IDENTITY")]
    elsewhere: Vec<String>,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn set_network(arguments: &SetNetwork) -> Result<String, Failure> {
    let SetNetwork { shape, bypass, trusted, elsewhere, folder } = arguments;
    let vault = folder.open()?;
    let mut done = String::new();
    let trusted_services = matches!(bypass, Bypass::AzureServices);
    let network = shape.map(|shape| match shape {
        Shape::Public => Network::Public,
        Shape::Selected => Network::Selected { trusted_services },
        Shape::Disabled => Network::Disabled { trusted_services },
    });
    if let Some(network) = network {
        vault.set_network(network)?;
        done.push_str(&format!("set the network to {network}\n"));
    }
    for (identities, place, words) in
        [(trusted, Place::TrustedService, "a trusted service"), (elsewhere, Place::Elsewhere, "elsewhere")]
    {
        for identity in identities {
            vault.set_place(identity, place)?;
            done.push_str(&format!("set `{identity}` to call from {words}\n"));
        }
    }
    if matches!(network, Some(Network::Disabled { .. } | Network::Selected { .. })) {
        let info = vault.info()?;
        if !info.identities.values().any(|identity| identity.place == Place::TrustedService) {
            note("no identity calls as a trusted service: nobody reaches the vault's keys (`--trusted IDENTITY`)");
        }
    }
    Ok(done)
}
