//! Opening vault folders: what unlocks them, and as whom their keys are used.

use super::Folder;
use crate::failure::{Exit, Failure};
use clap::Args;
use cmkit::Code;
use cmkit_vault::{LocalVault, Unlock, Vaults, VaultsCaller};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The environment variable with a vault's passphrase.
pub(super) const PASSPHRASE: &str = "CMKIT_VAULT_PASSPHRASE";

/// What opens a vault folder.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct UnlockArguments {
    /// The file with the vault's passphrase; otherwise the environment variable
    /// `CMKIT_VAULT_PASSPHRASE`, otherwise a key file.
    #[arg(long, value_name = "FILE", conflicts_with = "key_file")]
    passphrase_file: Option<PathBuf>,
    /// The vault's key file, where it is not vault.key in the vault's folder.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl UnlockArguments {
    /// What a new vault is closed with.
    pub(super) fn for_new(&self) -> Result<Unlock, Failure> {
        match self.passphrase()? {
            Some(passphrase) if self.key_file.is_none() => Ok(passphrase),
            _ => Ok(self.key_file()),
        }
    }

    fn for_existing(&self, dir: &Path) -> Result<Unlock, Failure> {
        if !LocalVault::takes_passphrase(dir).map_err(|error| unopened(dir, error))? {
            return Ok(self.key_file());
        }
        self.passphrase()?.ok_or_else(|| {
            Failure::new(Exit::KeyUnavailable, format!("the vault `{}` opens with a passphrase", dir.display()))
                .help(format!("put it into a file and give `--passphrase-file FILE`, or set {PASSPHRASE}"))
        })
    }

    fn key_file(&self) -> Unlock {
        self.key_file.clone().map_or(Unlock::KeyFile, Unlock::KeyFileAt)
    }

    fn passphrase(&self) -> Result<Option<Unlock>, Failure> {
        let text = match &self.passphrase_file {
            Some(path) => return Ok(Some(Unlock::passphrase_file(path)?)),
            None => match std::env::var(PASSPHRASE) {
                Ok(text) => Zeroizing::new(text),
                Err(std::env::VarError::NotPresent) => return Ok(None),
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(Failure::usage(format!("the passphrase in {PASSPHRASE} is not UTF-8")));
                }
            },
        };
        Ok(Some(Unlock::passphrase(&text)))
    }

    pub(super) fn open(&self, dir: &Path) -> Result<LocalVault, Failure> {
        LocalVault::open(dir, &self.for_existing(dir)?).map_err(|error| unopened(dir, error))
    }
}

impl Folder {
    pub(super) fn open(&self) -> Result<LocalVault, Failure> {
        self.unlock.open(&self.vault)
    }
}

/// Which vaults a command uses, and as whom: for the commands that need keys.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CallerArguments {
    /// A vault folder to take keys from; give it again for another one.
    #[arg(long = "vault", value_name = "DIR")]
    vaults: Vec<PathBuf>,
    /// The identity that uses the keys; the vault's owner without one.
    #[arg(long = "as", value_name = "IDENTITY", requires = "vaults")]
    identity: Option<String>,
    #[command(flatten)]
    unlock: UnlockArguments,
}

impl CallerArguments {
    /// The vaults themselves.
    pub(crate) fn vaults(&self) -> Result<Vaults, Failure> {
        open_vaults(&self.vaults, &self.unlock)
    }

    /// Vaults as their caller sees them.
    pub(crate) fn of(&self, vaults: &Vaults) -> VaultsCaller {
        self.identity.as_deref().map_or_else(|| vaults.as_owner(), |identity| vaults.as_identity(identity))
    }
}

/// Opens vault folders, each in its own way.
fn open_vaults(dirs: &[PathBuf], unlock: &UnlockArguments) -> Result<Vaults, Failure> {
    let mut vaults = Vaults::default();
    for dir in dirs {
        vaults.add(unlock.open(dir)?).map_err(|error| Failure::from(error).at(dir.display()))?;
    }
    Ok(vaults)
}

fn unopened(dir: &Path, error: cmkit::Error) -> Failure {
    let code = error.code();
    let failure = Failure::from(error);
    match code {
        Code::Input => {
            failure.help(format!("make one: `cmkit vault init --vault {} --host NAME.vault.azure.net`", dir.display()))
        }
        Code::Denied => failure.help("give the right `--passphrase-file FILE` or `--key-file FILE`").at(dir.display()),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmkit::Provider;
    use cmkit::key::KeyUri;
    use cmkit::operation::{KeyReply, KeyRequest};
    use cmkit_vault::{KeyKind, NewKey, Options};

    #[test]
    fn a_provider_of_several_folders() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let dirs = ["orders", "payments"].map(|name| scratch.path().join(name));
        let keys = dirs.each_ref().map(|dir| {
            let name = dir.file_name().and_then(|name| name.to_str()).expect("a name");
            let options = Options::new(format!("{name}.vault.azure.net"));
            let vault = LocalVault::create(dir, &options, &Unlock::KeyFile).expect("a vault");
            vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key")
        });
        let mut caller = CallerArguments { vaults: dirs.to_vec(), ..CallerArguments::default() };
        let ask = |caller: &CallerArguments, key: &KeyUri| {
            let request = KeyRequest::Resolve { key: key.clone() };
            caller.of(&caller.vaults().expect("opens")).ask(&request).expect("an answer")
        };
        for key in &keys {
            assert!(matches!(ask(&caller, key), KeyReply::Resolved(_)), "the owner may");
        }
        caller.identity = Some("app".to_owned());
        assert!(matches!(ask(&caller, &keys[0]), KeyReply::Refused(_)), "an identity takes a grant");
        caller.vaults.push(dirs[0].clone());
        assert_eq!(caller.vaults().map(|_| ()).expect_err("twice the same host").exit, Exit::Usage);
    }
}
