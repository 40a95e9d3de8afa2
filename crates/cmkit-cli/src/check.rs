//! `cmkit check`: reads the files of a deployment, checks them, and says what it found.

mod text;

use crate::config::Config;
use crate::deployment::{Files, now, time};
use crate::failure::{Exit, Failure};
use clap::{Args, ValueEnum};
use cmkit::policy::{self, Level, Report, Timestamp, Verdict};

/// Check a customer-managed-key configuration before it is deployed
///
/// Reads ARM templates (also what `az bicep build` writes, and parameter files), joins them to one graph, and checks
/// cluster, identity, vault, key, permissions, network, region and rotation across files. What the files don't say is
/// reported as unknown, with the command that would show it. Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    files: Files,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Check as of this time, `2027-03-01` or `2027-03-01T12:00:00Z`; now, if left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// The least level of findings to fail on
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "LEVEL")]
    fail_on: FailOn,
    #[command(flatten)]
    config: Config,
}

const EXAMPLES: &str = "\
Examples:
  cmkit check main.json
  cmkit check main.json main.parameters.json
  az bicep build --file main.bicep --stdout | cmkit check -
  cmkit check --format json --at 2027-03-01 main.json
  cmkit check --fail-on warning infra/*.json

Exit codes:
  0 good, 1 findings at or above --fail-on, 2 usage, 3 unreadable input, 4 only unknowns";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Findings shown in their source
    Text,
    /// One JSON document
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    /// Exit with 0, whatever is found
    Never,
}

impl FailOn {
    fn concerns(self, level: Level) -> bool {
        match self {
            Self::Never => false,
            Self::Error => level == Level::Error,
            Self::Warning => level <= Level::Warning,
            Self::Note => true,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let options = arguments.config.options(arguments.files.names())?;
    let mut deployment = arguments.files.read()?;
    let mut report = policy::check(&deployment, arguments.at.unwrap_or_else(now), &options);
    arguments.config.baseline(&mut report)?;
    deployment.files.extend(options.file); // findings can be about the settings too
    match arguments.format {
        Format::Text => anstream::print!("{}", text::render(&report, &deployment.files)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&report);
            let json = json.map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
            anstream::println!("{json}");
        }
    }
    Ok(exit(&report, arguments.fail_on))
}

/// Failures outrank unknowns: a pipeline that fails should fail for what is surely wrong.
fn exit(report: &Report, fail_on: FailOn) -> Exit {
    let concerns = || report.findings.iter().filter(|finding| fail_on.concerns(finding.level));
    if concerns().any(|finding| finding.verdict == Verdict::Fail) {
        Exit::Findings
    } else if concerns().any(|finding| matches!(finding.verdict, Verdict::Unknown { .. })) {
        Exit::Unknown
    } else {
        Exit::Good
    }
}
