//! `cmkit check`: reads the files of a deployment, checks them, and says what it found.

mod format;
mod source;
mod text;

use crate::config::Config;
use crate::deployment::{Files, Single, now, say_passed_over, time};
use crate::failure::{Exit, Failure};
use clap::{Args, ValueEnum};
use cmkit::policy::{self, File, Level, Options, Report, Timestamp, Verdict};
use format::{Format, Target, Targets};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

/// Check a customer-managed-key configuration before it is deployed
///
/// Reads ARM templates with their parameter files (also what `az bicep build` writes), plans and states of Terraform
/// (`terraform show -json`), what the Azure CLI and the management API answer, and the form of a portal. Joins them to one
/// graph, and checks cluster, identity, vault, key, permissions, network, region and rotation across files. What the files
/// don't say is reported as unknown, with the command that would show it. Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    files: Files,
    /// Take each file, with the `NAME.parameters.json` beside it, for a deployment of its own
    #[arg(long)]
    each: bool,
    /// How to print; `text`, if left out, and in GitHub Actions and Azure Pipelines their annotations after it
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the report to a file too, `sarif=cmkit.sarif`; repeatable
    #[arg(long, value_name = "FORMAT=FILE", value_parser = Target::parse)]
    output: Vec<Target>,
    /// Check as of this time, `2027-03-01` or `2027-03-01T12:00:00Z`; now, if left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// The least level of findings to fail on
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "LEVEL")]
    fail_on: FailOn,
    /// What to do about what the files don't say
    #[arg(long, value_enum, default_value_t = Unknown::Warn, value_name = "ACTION")]
    unknown: Unknown,
    #[command(flatten)]
    config: Config,
}

const EXAMPLES: &str = "\
Examples:
  cmkit check main.json
  cmkit check main.json main.parameters.json
  az bicep build --file main.bicep --stdout | cmkit check -
  cmkit check --format json --at 2027-03-01 main.json
  cmkit check --fail-on warning 'infra/**/*.json'
  cmkit check --each --unknown fail deployments/
  cmkit check --output sarif=cmkit.sarif --output junit=cmkit.xml main.json

Exit codes:
  0 good, 1 findings at or above --fail-on, 2 usage, 3 unreadable input, 4 only unknowns";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    /// Exit with 0, whatever is found
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unknown {
    /// Exit with 1, as for what is wrong
    Fail,
    /// Show it, and exit with 4 if there is nothing worse
    Warn,
    /// Count it, and show nothing of it
    Ignore,
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
    let targets = Targets::of(arguments.format, &arguments.output)?;
    let options = arguments.config.options(arguments.files.names())?;
    let at = arguments.at.unwrap_or_else(now);
    let (mut report, mut sources) = match arguments.each {
        true => check_each(&arguments.files.each()?, at, &options)?,
        false => {
            let deployment = arguments.files.read()?;
            (policy::check(&deployment, at, &options), deployment.files)
        }
    };
    arguments.config.baseline(&mut report)?;
    sources.extend(options.file); // findings can be about the settings too
    if arguments.unknown == Unknown::Ignore {
        report.findings.retain(|finding| !matches!(finding.verdict, Verdict::Unknown { .. }));
    }
    targets.write(&report, &sources)?;
    Ok(exit(&report, arguments.fail_on, arguments.unknown))
}

/// Checks deployments side by side. Of the sources, those with findings are kept, to show them.
fn check_each(singles: &[Single], at: Timestamp, options: &Options) -> Result<(Report, Vec<File>), Failure> {
    let check = |single: &Single| -> Result<Option<(Report, Vec<File>)>, Failure> {
        let Some(deployment) = single.read()? else { return Ok(None) };
        let report = policy::check(&deployment, at, options);
        let sources = if report.findings.is_empty() { Vec::new() } else { deployment.files };
        Ok(Some((report, sources)))
    };
    // Collected one by one, so that of several failures the first by name is told.
    let checked: Vec<_> = singles.par_iter().map(check).collect();
    let checked = checked.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (reports, sources): (Vec<_>, Vec<_>) = checked.into_iter().flatten().unzip();
    say_passed_over(singles.len() - reports.len(), singles.len())?;
    Ok((Report::merge(at, reports), sources.into_iter().flatten().collect()))
}

/// Failures outrank unknowns: a pipeline that fails should fail for what is surely wrong.
fn exit(report: &Report, fail_on: FailOn, unknown: Unknown) -> Exit {
    let concerns = || report.findings.iter().filter(|finding| fail_on.concerns(finding.level));
    let open = concerns().any(|finding| matches!(finding.verdict, Verdict::Unknown { .. }));
    match (concerns().any(|finding| finding.verdict == Verdict::Fail), open, unknown) {
        (true, _, _) | (_, true, Unknown::Fail) => Exit::Findings,
        (false, true, Unknown::Warn) => Exit::Unknown,
        (false, true, Unknown::Ignore) | (false, false, _) => Exit::Good,
    }
}
