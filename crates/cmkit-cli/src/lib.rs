//! The command `cmkit` as a library: [`run`] takes arguments and gives an exit code.
//!
//! One file a command; each has its clap arguments and a `run` that returns what came of it. This file only knows
//! which commands there are.

#![forbid(unsafe_code)]

#[cfg(feature = "azure")]
mod azure;
mod check;
mod completions;
mod config;
mod demo;
mod deployment;
mod explain;
mod failure;
mod fix;
mod input;
mod inspect;
mod inventory;
mod layout;
mod listed;
mod mend;
mod new;
mod open;
mod output;
mod plan;
mod probe;
mod progress;
mod record;
mod rewrap;
mod rules;
mod seal;
mod time;
mod vault;
mod what_if;
mod who;

use clap::{Parser, Subcommand};
use failure::{Exit, Failure};
use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

const EXAMPLES: &str = "\
Examples:
  cmkit seal -o report.cmk report.pdf
  cmkit open -o report.pdf report.cmk
  cmkit check main.json
  cmkit what-if main.json --event key-expires
  cmkit explain ForbiddenByRbac main.json
  cmkit demo

Exit codes:
  0 good, 1 findings, 2 usage, 3 unreadable input or unwritable output, 4 only unknowns,
  5 the key cannot be had, 6 decryption failed or the context is another, 70 a fault of cmkit";

/// Encrypt data under customer-managed keys, and check their configuration before it is deployed.
#[derive(Debug, Parser)]
#[command(name = "cmkit", version, after_help = EXAMPLES, max_term_width = 100, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Seal(seal::Arguments),
    Open(open::Arguments),
    Rewrap(rewrap::Arguments),
    Inspect(inspect::Arguments),
    Inventory(inventory::Arguments),
    Record(record::Arguments),
    Probe(probe::Arguments),
    Vault(vault::Arguments),
    Check(check::Arguments),
    Fix(fix::Arguments),
    New(new::Arguments),
    WhatIf(what_if::Arguments),
    Explain(explain::Arguments),
    Rules(rules::Arguments),
    Plan(plan::Arguments),
    Demo(demo::Arguments),
    Completions(completions::Arguments),
}

/// The README's Rust, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The guide's Rust, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/fleet.md")]
struct Guide;

/// Runs the command with these arguments, the program's name first.
///
/// Exit codes: 0 good, 1 findings, 2 usage, 3 unreadable input, 4 only unknowns, 5 the key cannot be had, 6 decryption
/// failed, 70 internal.
pub fn run<I>(arguments: I) -> u8
where
    I: IntoIterator<Item: Into<OsString> + Clone>,
{
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return Exit::from_clap(&error) as u8;
        }
    };
    set_hook(Box::new(print_panic));
    conclude(|| dispatch(arguments.command)) as u8
}

/// Runs to the end, whatever end that is.
fn conclude(work: impl FnOnce() -> Result<Exit, Failure>) -> Exit {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            failure.print();
            failure.exit
        }
        Err(_) => Exit::Internal,
    }
}

/// One line for what should never happen.
fn print_panic(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let message = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref().copied());
    let message = message.and_then(|message| message.lines().next()).unwrap_or("no message");
    let place = panic.location().map(|place| format!(" at {place}")).unwrap_or_default();
    let _ = writeln!(anstream::stderr(), "error: a fault of cmkit itself{place}: {message}");
}

fn dispatch(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Seal(arguments) => seal::run(&arguments),
        Command::Open(arguments) => open::run(&arguments),
        Command::Rewrap(arguments) => rewrap::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Inventory(arguments) => inventory::run(&arguments),
        Command::Record(arguments) => record::run(&arguments),
        Command::Probe(arguments) => probe::run(&arguments),
        Command::Vault(arguments) => vault::run(arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Fix(arguments) => fix::run(&arguments),
        Command::New(arguments) => new::run(&arguments),
        Command::WhatIf(arguments) => what_if::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_fault_of_the_command_itself_is_70() {
        assert_eq!(conclude(|| panic!("on purpose")) as u8, 70);
        assert_eq!(conclude(|| Err(Failure::usage("wrong"))), Exit::Usage);
        assert_eq!(conclude(|| Ok(Exit::Findings)), Exit::Findings);
    }
}
