//! `cmkit completions`.

use crate::failure::{Exit, Failure};
use crate::output::print;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  cmkit completions bash > ~/.local/share/bash-completion/completions/cmkit
  cmkit completions zsh > \"${fpath[1]}/_cmkit\"
  cmkit completions fish > ~/.config/fish/completions/cmkit.fish";

/// Print a script that completes this command in a shell.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell that is to complete
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::Arguments::command(), "cmkit", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Good)
}
