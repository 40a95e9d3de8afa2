//! The files of a deployment and the time that it is looked at: what `check` and its siblings all take.

use crate::failure::Failure;
use clap::Args;
use cmkit::document;
use cmkit::policy::{Deployment, Timestamp};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files that are read together.
#[derive(Args, Debug)]
pub(crate) struct Files {
    /// The files of one deployment; `-` reads from standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Files {
    /// What was named, in order.
    pub(crate) fn names(&self) -> &[PathBuf] {
        &self.files
    }

    /// Files that a command takes in its own way.
    pub(crate) const fn of(files: Vec<PathBuf>) -> Self {
        Self { files }
    }

    /// Reads all of them into one graph.
    pub(crate) fn read(&self) -> Result<Deployment, Failure> {
        let files = self.texts()?;
        let sources: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        Ok(document::read(&sources)?)
    }

    /// The name and the text of each.
    pub(crate) fn texts(&self) -> Result<Vec<(String, String)>, Failure> {
        texts(&self.files)
    }
}

/// The names and texts of files.
fn texts(paths: &[PathBuf]) -> Result<Vec<(String, String)>, Failure> {
    let stdin = |path: &Path| path == Path::new("-");
    if paths.iter().filter(|path| stdin(path)).count() > 1 {
        return Err(Failure::usage("standard input can only be read once"));
    }
    let read = |path: &PathBuf| {
        let mut text = String::new();
        if stdin(path) {
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| Failure::io("read", Path::new("standard input"), &error))?;
            return Ok(("<stdin>".to_owned(), text));
        }
        let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
        Ok((path.display().to_string(), text))
    };
    paths.iter().map(read).collect()
}

/// An argument `--at`.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.message().to_owned())
}

/// The time of the machine.
pub(crate) fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX))
}
