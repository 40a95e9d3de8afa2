//! The command `cmkit` as a library: [`run`] takes arguments and gives an exit code.
//!
//! One file a command; each has its clap arguments and a `run` that returns what came of it. This file only knows
//! which commands there are.

mod check;
mod failure;
mod vault;

use clap::{Parser, Subcommand};
use failure::{Exit, Failure};
use std::ffi::OsString;
use std::process::ExitCode;

/// Encrypt data under customer-managed keys, and check their configuration before it is deployed.
#[derive(Debug, Parser)]
#[command(name = "cmkit", version, about, max_term_width = 100, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
<<<<<<< HEAD
    /// Keep keys in a local vault that behaves like Azure Key Vault.
    Vault(vault::Arguments),
=======
    Check(check::Arguments),
>>>>>>> policy
}

/// Runs the command with these arguments, the program's name first.
///
/// Exit codes: 0 good, 1 findings, 2 usage, 3 unreadable input, 4 only unknowns, 5 the key cannot be had, 6 decryption
/// failed, 70 internal.
pub fn run<I>(arguments: I) -> ExitCode
where
    I: IntoIterator<Item: Into<OsString> + Clone>,
{
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return Exit::from_clap(&error).into();
        }
    };
    match dispatch(arguments.command) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print();
            failure.exit.into()
        }
    }
}

fn dispatch(command: Command) -> Result<Exit, Failure> {
    match command {
<<<<<<< HEAD
        Command::Vault(arguments) => vault::run(arguments),
=======
        Command::Check(arguments) => check::run(&arguments),
>>>>>>> policy
    }
}
