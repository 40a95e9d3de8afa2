//! `cmkit vault`: the commands on a vault folder. Here are their arguments; each group of commands has its own file.

mod access;
mod attempt;
mod keys;
mod open;
mod parse;
#[cfg(feature = "serve")]
mod serve;
mod show;

use crate::failure::{Exit, Failure};
use clap::{Args, Subcommand};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

pub(crate) use open::CallerArguments;

/// Keep keys in a local vault that behaves like Azure Key Vault: versions, states, grants, soft delete. The vault is a
/// folder; its private keys are sealed under a passphrase or a key file.
#[derive(Debug, Args)]
#[command(after_help = "\
Start:
  cmkit vault init --vault ./orders --host orders.vault.azure.net
  cmkit vault create-key orders-kek --vault ./orders
  cmkit vault grant --identity orders-cmk --role 'Key Vault Crypto Service Encryption User' --vault ./orders

Unlocking: by default a new vault makes a key file, vault.key, in its folder. That keeps private keys out of a backup
that leaves the file out; whoever reads the folder can use the keys. With --passphrase-file FILE, or with the
passphrase in the environment variable CMKIT_VAULT_PASSPHRASE, a passphrase takes the key file's place.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: VaultCommand,
}

#[derive(Debug, Subcommand)]
enum VaultCommand {
    /// Make a vault in a new folder.
    Init(access::Init),
    /// Make a key, or the next version of a key that there is.
    CreateKey(keys::CreateKey),
    /// Bring a private key in: PEM (PKCS#8, PKCS#1) or a JSON Web Key.
    ImportKey(keys::ImportKey),
    /// List keys.
    List(show::List),
    /// Show the vault, or a key with its versions.
    Show(show::Show),
    /// Make a key's next version, or those that are due by their policies.
    Rotate(keys::Rotate),
    /// Enable a version.
    Enable(keys::Switch),
    /// Disable a version: it neither wraps nor unwraps any more.
    Disable(keys::Switch),
    /// Set when a version begins and ends to wrap.
    SetDates(keys::SetDates),
    /// Set when a key rotates by itself, and how long its versions live.
    SetPolicy(keys::SetPolicy),
    /// Delete a key with all of its versions; it can be recovered for a time.
    Delete(keys::Named),
    /// Bring a deleted key back.
    Recover(keys::Named),
    /// Purge a deleted key: what it wrapped is lost for good.
    Purge(keys::Named),
    /// Give an identity a role or permissions.
    Grant(access::GrantArguments),
    /// Take a role, permissions or everything from an identity.
    Revoke(access::Revoke),
    /// Choose which kind of grant counts: roles or access policies.
    SetPermissionModel(access::SetPermissionModel),
    /// Change the network in front of the vault, and where identities call from.
    SetNetwork(access::SetNetwork),
    /// Ask a key what a service asks it, as an identity.
    Try(attempt::Try),
    /// Serve a vault over HTTPS, as Azure Key Vault does, until the command is stopped.
    #[cfg(feature = "serve")]
    Serve(serve::Serve),
}

/// Which vault, and what opens it.
#[derive(Debug, Args)]
struct Folder {
    /// The vault's folder.
    #[arg(long, value_name = "DIR")]
    vault: PathBuf,
    #[command(flatten)]
    unlock: open::UnlockArguments,
}

pub(crate) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let mut exit = Exit::Good;
    let text = match arguments.command {
        VaultCommand::Init(arguments) => access::init(&arguments),
        VaultCommand::CreateKey(arguments) => keys::create(&arguments),
        VaultCommand::ImportKey(arguments) => keys::import(&arguments),
        VaultCommand::List(arguments) => show::list(&arguments),
        VaultCommand::Show(arguments) => show::show(&arguments),
        VaultCommand::Rotate(arguments) => keys::rotate(&arguments),
        VaultCommand::Enable(arguments) => keys::switch(&arguments, true),
        VaultCommand::Disable(arguments) => keys::switch(&arguments, false),
        VaultCommand::SetDates(arguments) => keys::set_dates(&arguments),
        VaultCommand::SetPolicy(arguments) => keys::set_policy(&arguments),
        VaultCommand::Delete(arguments) => keys::delete(&arguments),
        VaultCommand::Recover(arguments) => keys::recover(&arguments),
        VaultCommand::Purge(arguments) => keys::purge(&arguments),
        VaultCommand::Grant(arguments) => access::grant(&arguments),
        VaultCommand::Revoke(arguments) => access::revoke(&arguments),
        VaultCommand::SetPermissionModel(arguments) => access::set_permission_model(&arguments),
        VaultCommand::SetNetwork(arguments) => access::set_network(&arguments),
        VaultCommand::Try(arguments) => attempt::attempt(&arguments).map(|(text, answered)| {
            exit = answered;
            text
        }),
        #[cfg(feature = "serve")]
        VaultCommand::Serve(arguments) => serve::serve(&arguments),
    }?;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Input, format!("cannot write the output: {error}")))
        }
        _ => Ok(exit),
    }
}

/// A note beside the output.
fn note(text: &str) {
    anstream::eprintln!("note: {text}");
}
