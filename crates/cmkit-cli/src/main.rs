//! The command `cmkit`; everything is in the library, so that other hosts can carry the same command.

fn main() -> std::process::ExitCode {
    cmkit_cli::run(std::env::args_os()).into()
}
