//! The files of a deployment and the time that it is looked at: what `check` and its siblings all take.
//!
//! Files are named one by one, by folder or by pattern. A named file that is nothing to check is an error; among those
//! of a folder or a pattern it is passed over and counted.

mod search;
mod text;

use crate::failure::{Exit, Failure};
use crate::output::note;
use clap::Args;
use cmkit::document;
use cmkit::policy::{Deployment, Timestamp};
use search::{Found, search};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files that are read together.
#[derive(Args, Debug)]
pub(crate) struct Files {
    /// The files of one deployment: files, folders, or patterns such as `infra/**/*.json`; `-` reads from standard
    /// input
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
        let found = search(&self.files)?;
        let mut texts = Vec::with_capacity(found.len());
        for Found { path, named } in &found {
            let (name, text) = text::read(path)?;
            if *named || is_something(&name, &text)? {
                texts.push((name, text));
            }
        }
        say_passed_over(found.len() - texts.len(), found.len())?;
        Ok(texts)
    }

    /// The files as deployments of their own, each with the `NAME.parameters.json` beside it, in the order of the names.
    pub(crate) fn each(&self) -> Result<Vec<Single>, Failure> {
        let mut found = search(&self.files)?;
        found.sort_by(|one, two| one.path.cmp(&two.path));
        let names: BTreeSet<&Path> = found.iter().map(|found| found.path.as_path()).collect();
        let beside = |path: &Path| template_of(path).is_some_and(|template| names.contains(template.as_path()));
        let singles = found.iter().filter(|found| !beside(&found.path));
        Ok(singles.map(|found| Single { path: found.path.clone(), named: found.named }).collect())
    }
}

/// One file as a deployment of its own.
pub(crate) struct Single {
    path: PathBuf,
    named: bool,
}

impl Single {
    /// Reads it; nothing, where it is nothing to check and nobody named it.
    pub(crate) fn read(&self) -> Result<Option<Deployment>, Failure> {
        let (name, text) = text::read(&self.path)?;
        let parameters = match self.path.extension().filter(|_| self.path != Path::new("-")) {
            Some(_) => text::read_if_there(&self.path.with_extension("parameters.json"))?,
            None => None,
        };
        let mut sources = vec![(name.as_str(), text.as_str())];
        sources.extend(parameters.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        match document::read(&sources) {
            Ok(deployment) if self.named || !deployment.resources.is_empty() => Ok(Some(deployment)),
            Ok(_) => Ok(None),
            Err(_) if !self.named && !is_something(&name, &text)? => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Tells how many files of folders and patterns were nothing to check; that all were is a failure.
pub(crate) fn say_passed_over(count: usize, of: usize) -> Result<(), Failure> {
    match count {
        0 => Ok(()),
        all if all == of => Err(Failure::new(Exit::Input, format!("none of {of} files is anything to check"))),
        some => {
            note(&format!("note: {some} of {of} files are nothing to check"));
            Ok(())
        }
    }
}

/// `main.json` of `main.parameters.json`.
fn template_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(".parameters.json")?;
    Some(path.with_file_name(format!("{name}.json")))
}

/// Whether a file that nobody named is one to check. What is no JSON is passed over too, unless it speaks of Azure: a
/// template with a slip of the pen in it must not go by unseen.
fn is_something(name: &str, text: &str) -> Result<bool, Failure> {
    let Err(error) = document::read(&[(name, text)]) else { return Ok(true) };
    let of_azure = ["Microsoft.", "azurerm_", "deploymentTemplate"].iter().any(|word| text.contains(word));
    match document::json::parse(text).is_err() && of_azure {
        true => Err(error.into()),
        false => Ok(false),
    }
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
