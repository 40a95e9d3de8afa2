//! The settings of a check: finds `.cmkit.json`, and reads and writes baselines. What they mean is the core's matter.

use crate::failure::{Exit, Failure};
use crate::output::{Output, note};
use clap::Args;
use cmkit::document;
use cmkit::policy::{Baseline, Options, Report};
use std::path::{Path, PathBuf};

/// The name of the settings file.
pub(crate) const NAME: &str = ".cmkit.json";

/// Settings, and what is accepted.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Config {
    #[command(flatten)]
    settings: Settings,
    /// Write a baseline of what is found now, and accept it
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
}

/// The settings file.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsFile {
    /// The settings; if left out, `.cmkit.json` in the folder of the first file or in one above it, up to the repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Look for no settings
    #[arg(long)]
    no_config: bool,
}

/// Settings and a baseline, to be read only.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Settings {
    #[command(flatten)]
    file: SettingsFile,
    /// Accept the findings of this baseline
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

impl SettingsFile {
    /// The settings for these files; the first one decides where they are looked for.
    pub(crate) fn options(&self, files: &[PathBuf]) -> Result<Options, Failure> {
        let path = match &self.config {
            Some(path) => Some(path.clone()),
            None if self.no_config => None,
            None => find(files.first().map_or(Path::new("-"), PathBuf::as_path)),
        };
        let Some(path) = path else { return Ok(Options::default()) };
        let (name, text) = read(&path)?;
        Ok(document::read_settings(&name, &text)?)
    }
}

impl Settings {
    /// The settings for these files.
    pub(crate) fn options(&self, files: &[PathBuf]) -> Result<Options, Failure> {
        self.file.options(files)
    }

    /// The findings that are accepted, if there is a baseline.
    pub(crate) fn baseline(&self) -> Result<Option<Baseline>, Failure> {
        let Some(path) = &self.baseline else { return Ok(None) };
        let (name, text) = read(path)?;
        Ok(Some(document::read_baseline(&name, &text)?))
    }
}

impl Config {
    /// The settings for these files.
    pub(crate) fn options(&self, files: &[PathBuf]) -> Result<Options, Failure> {
        self.settings.options(files)
    }

    /// Accepts what the baseline knows, or makes the baseline.
    pub(crate) fn baseline(&self, report: &mut Report) -> Result<(), Failure> {
        if let Some(baseline) = self.settings.baseline()? {
            baseline.accept(report);
            match report.summary.stale {
                0 => {}
                1 => note("note: 1 entry of the baseline fits nothing any more; write it anew with --write-baseline"),
                some => note(&format!(
                    "note: {some} entries of the baseline fit nothing any more; write it anew with --write-baseline"
                )),
            }
        }
        if let Some(path) = &self.write_baseline {
            let baseline = Baseline::of(report);
            write(path, &baseline)?;
            baseline.accept(report);
        }
        Ok(())
    }
}

/// The nearest settings file at or above a file, a folder or the current folder. The root of a repository ends the search.
fn find(first: &Path) -> Option<PathBuf> {
    let folder = match first.parent() {
        _ if first.is_dir() => first,
        Some(parent) if first != Path::new("-") && parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().ok()?;
    for folder in folder.ancestors() {
        let path = folder.join(NAME);
        if path.is_file() {
            return Some(path);
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    None
}

/// A file and its name, as short as it can be told from the current folder.
fn read(path: &Path) -> Result<(String, String), Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let short = here.ok().and_then(|here| path.strip_prefix(here).ok());
    Ok((short.unwrap_or(path).display().to_string(), text))
}

fn write(path: &Path, baseline: &Baseline) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(baseline);
    let text = text.map_err(|error| Failure::new(Exit::Internal, error.to_string()))? + "\n";
    let mut output = Output::create(Some(path))?;
    output.put(text.as_bytes())?;
    output.commit()
}
