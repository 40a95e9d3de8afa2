//! `cmkit explain`: what a rule is about, or what an error, a sentence of the portal or a log line comes from.

mod text;

use crate::config::SettingsFile;
use crate::deployment::{Files, now, time};
use crate::failure::{Exit, Failure};
use crate::input::read_small;
use crate::output::{print, to_json};
use clap::{Args, ValueEnum};
use cmkit::policy::{self, Explanation, Timestamp};
use cmkit::report;
use std::path::{Path, PathBuf};

/// Explain a rule, or what an error of Azure comes from
///
/// Takes the code of a rule, or a text: an error message, a sentence of the portal, the body of an answer, or a line of the
/// audit log of a vault. Gives the causes, the likeliest first, each with the rules that decide it and the command that
/// shows it. With the files of the deployment the causes that these show come first, and those that they rule out last.
/// Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The code of a rule, or the text in quotes; `-` reads it from standard input
    #[arg(value_name = "CODE|TEXT")]
    text: String,
    /// The files of the deployment, as `check` takes them
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Look at the files as of this time, `2027-03-01` or `2027-03-01T12:00:00Z`; now, if left out
    #[arg(long, value_name = "TIME", value_parser = time, requires = "files")]
    at: Option<Timestamp>,
    #[command(flatten)]
    settings: SettingsFile,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  cmkit explain CMK3001
  cmkit explain \"Operation unwrapKey is not allowed on a disabled key.\"
  cmkit explain ForbiddenByRbac main.json
  az monitor activity-log list --resource-group GROUP | cmkit explain -

Exit codes:
  0 good, 2 usage, or a code that no rule has, 3 unreadable input";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// To read
    Text,
    /// One JSON document
    Json,
    /// A page
    Markdown,
}

/// Bytes of a pasted text at most.
const MAX_TEXT: u64 = 1 << 20;

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let text = text_of(arguments)?;
    let explanation = if arguments.files.is_empty() {
        policy::explain(&text)
    } else {
        let deployment = Files::of(arguments.files.clone()).read()?;
        let options = arguments.settings.options(&arguments.files)?;
        policy::explain_in(&text, &deployment, arguments.at.unwrap_or_else(now), &options)
    };
    if let Some(failure) = unknown_code(&text, &explanation) {
        return Err(failure);
    }
    print(&match arguments.format {
        Format::Text => text::render(&explanation),
        Format::Json => to_json(&explanation)?,
        Format::Markdown => report::explanation(&explanation),
    })?;
    Ok(Exit::Good)
}

fn text_of(arguments: &Arguments) -> Result<String, Failure> {
    let stdin = Path::new("-");
    if Path::new(&arguments.text) != stdin {
        return Ok(arguments.text.clone());
    }
    if arguments.files.iter().any(|file| file == stdin) {
        return Err(Failure::usage("standard input can only be read once").help("name a file for the deployment"));
    }
    Ok(String::from_utf8_lossy(&read_small(stdin, MAX_TEXT)?).into_owned())
}

/// A code that no rule has is a slip of the person, not a text without a meaning.
fn unknown_code(text: &str, explanation: &Explanation) -> Option<Failure> {
    if explanation.rule.is_some() || !policy::looks_like_a_code(text) {
        return None;
    }
    let help = match explanation.nearest.as_slice() {
        [] => "`cmkit rules` lists them".to_owned(),
        near => format!("the nearest are {}; `cmkit rules` lists all", near.join(", ")),
    };
    Some(Failure::usage(format!("no rule has the code `{}`", text.trim())).help(help))
}
