//! In which formats a report is written, and where to: what was asked for, or what the machine it runs on reads.

use super::text;
use crate::failure::Failure;
use crate::output::{Output, print, print_as_is};
use clap::ValueEnum;
use cmkit::policy::{File, Report};
use cmkit::report;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Findings shown in their source
    Text,
    /// Sentences, one finding a paragraph, for screen readers and logs
    Plain,
    /// One JSON document; docs/report.schema.json describes it
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// `JUnit` XML, for test reports
    Junit,
    /// Workflow commands of GitHub Actions
    Github,
    /// Logging commands of Azure Pipelines
    AzureDevops,
    /// Markdown, for comments on pull requests
    Markdown,
}

impl Format {
    fn write(self, report: &Report, sources: &[File]) -> String {
        match self {
            Self::Text => text::render(report, sources),
            Self::Plain => report::plain(report),
            Self::Json => report::json(report),
            Self::Sarif => report::sarif(report),
            Self::Junit => report::junit(report),
            Self::Github => report::github(report),
            Self::AzureDevops => report::azure_devops(report),
            Self::Markdown => report::markdown(report),
        }
    }
}

/// An argument `--output`.
#[derive(Clone, Debug)]
pub(super) struct Target {
    format: Format,
    path: PathBuf,
}

impl Target {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("an output is FORMAT=PATH")?;
        let format = Format::from_str(format, false).map_err(|_| {
            let names = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let names: Vec<_> = names.map(|value| value.get_name().to_owned()).collect();
            format!("`{format}` is no format: one of {}", names.join(", "))
        })?;
        if path.is_empty() { Err("the path is empty".into()) } else { Ok(Self { format, path: path.into() }) }
    }

    fn is_stdout(&self) -> bool {
        self.path == Path::new("-")
    }
}

/// What goes where.
#[derive(Debug)]
pub(super) struct Targets<'a> {
    stdout: Vec<Format>,
    files: Vec<&'a Target>,
}

impl<'a> Targets<'a> {
    /// Standard output gets what `--format` or an output to `-` says, else what the machine reads.
    pub(super) fn of(format: Option<Format>, outputs: &'a [Target]) -> Result<Self, Failure> {
        let (stdout, files): (Vec<&Target>, Vec<&Target>) = outputs.iter().partition(|target| target.is_stdout());
        let stdout: Vec<_> = format.into_iter().chain(stdout.into_iter().map(|target| target.format)).collect();
        for (at, target) in files.iter().enumerate() {
            if files[..at].iter().any(|other| other.path == target.path) {
                return Err(Failure::usage(format!("`{}` is the path of two outputs", target.path.display())));
            }
        }
        match stdout.len() {
            0 => Ok(Self { stdout: detected(|name| std::env::var(name).ok()), files }),
            1 => Ok(Self { stdout, files }),
            _ => {
                Err(Failure::usage("standard output takes one format")
                    .help("write the others with --output FORMAT=FILE"))
            }
        }
    }

    /// Writes everything. No file appears before all are written.
    pub(super) fn write(&self, report: &Report, sources: &[File]) -> Result<(), Failure> {
        let mut begun = Vec::with_capacity(self.files.len());
        for target in &self.files {
            begun.push((Output::create(Some(&target.path))?, target.format));
        }
        for (output, format) in &mut begun {
            let mut text = format.write(report, sources);
            if *format == Format::Text {
                text = anstream::adapter::strip_str(&text).to_string();
            }
            output.put(text.as_bytes())?;
        }
        begun.into_iter().try_for_each(|(output, _)| output.commit())?;
        self.stdout.iter().try_for_each(|format| match format {
            Format::Text => print(&text::render(report, sources)),
            format => print_as_is(&format.write(report, sources)),
        })
    }
}

/// In a pipeline its annotations too, after the text, which the log shows to people.
fn detected(environment: impl Fn(&str) -> Option<String>) -> Vec<Format> {
    let is_true = |name: &str| environment(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match (is_true("GITHUB_ACTIONS"), is_true("TF_BUILD")) {
        (true, _) => vec![Format::Text, Format::Github],
        (false, true) => vec![Format::Text, Format::AzureDevops],
        (false, false) => vec![Format::Text],
    }
}
