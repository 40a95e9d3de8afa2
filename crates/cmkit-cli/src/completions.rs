//! `cmkit completions`.

use crate::failure::{Exit, Failure};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print a script that completes this command in a shell.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cmkit completions bash > ~/.local/share/bash-completion/completions/cmkit")]
pub(crate) struct Arguments {
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    clap_complete::generate(arguments.shell, &mut crate::Arguments::command(), "cmkit", &mut std::io::stdout());
    Ok(Exit::Good)
}
