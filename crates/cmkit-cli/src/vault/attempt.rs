//! `cmkit vault try`: asks a key everything that a service asks, as an identity, and says what it is answered.

use super::open::CallerArguments;
use super::parse;
use crate::failure::{Exit, Failure};
use crate::probe::Answers;
use clap::Args;
use cmkit::key::KeyUri;

/// Ask a key what a service asks it (get, wrapKey, unwrapKey) and say what it answers.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  cmkit vault try orders-kek --as orders-cmk --vault ./orders

The exit code is 5 where something is refused.")]
pub(super) struct Try {
    /// NAME, NAME/VERSION, or the key's identifier. The newest version without one.
    key: String,
    #[command(flatten)]
    caller: CallerArguments,
}

pub(super) fn attempt(arguments: &Try) -> Result<(String, Exit), Failure> {
    let Try { key, caller } = arguments;
    let vaults = caller.vaults()?;
    let mut all = vaults.iter();
    let key = match (all.next(), all.next()) {
        (None, _) => return Err(Failure::usage("there is no vault to ask").help("give `--vault DIR`")),
        (Some(vault), None) => parse::key(vault, key)?,
        (Some(_), Some(_)) => {
            let hosts: Vec<&str> = vaults.iter().map(cmkit_vault::LocalVault::host).collect();
            KeyUri::parse_on(key, &hosts)
                .map_err(|error| Failure::from(error).help("of several vaults, name the key by its identifier"))?
        }
    };
    let answers = Answers::of(&caller.of(&vaults), &key)?;
    Ok((answers.lines(), if answers.good() { Exit::Good } else { Exit::KeyUnavailable }))
}
