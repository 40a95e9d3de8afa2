//! Readers of foreign documents: text in, [`Deployment`] out.
//!
//! Nobody else reads JSON that cmkit did not write. Readers note where everything stands, and judge nothing. What a
//! document is, is told from the document itself; several documents make one graph.

mod arm;
mod azure_cli;
mod body;
mod cursor;
mod detect;
pub mod edit;
mod encoding;
pub mod event;
mod expression;
pub mod form;
mod function;
mod join;
pub mod json;
mod logic;
mod made;
pub mod mend;
mod resource;
pub mod scaffold;
mod scope;
mod settings;
mod terraform;

pub use encoding::decode;
pub use settings::{MAX_SETTINGS, read_baseline, read_settings};

use crate::error::{Code, Error};
use crate::policy::{Deployment, Dialect, File, Oddity};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;
use core::cell::RefCell;
use detect::Kind;
use scope::Node;

/// Reads documents, each a name and its text, into one deployment.
///
/// # Errors
/// [`Code::Input`] for what is not JSON, with line and column, and for JSON that is nothing to check, saying what it is;
/// [`Code::TooLarge`] over a limit of [`json`].
pub fn read(files: &[(&str, &str)]) -> Result<Deployment, Error> {
    let mut documents = Vec::with_capacity(files.len());
    let in_file = |name: &str, error: &Error| Error::new(error.code(), format!("{name}: {}", error.message()));
    for (name, text) in files {
        let document = json::parse(text).map_err(|error| in_file(name, &detect::not_json(text, error)))?;
        let kind = detect::kind_of(&document).map_err(|error| in_file(name, &error))?;
        documents.push((document, kind));
    }
    let parameters = files.iter().zip(&documents).find(|(_, (_, kind))| *kind == Kind::Parameters);
    if let Some(((name, _), _)) = parameters {
        let template = |(_, kind): &(_, Kind)| matches!(kind, Kind::Template | Kind::Resource);
        if !documents.iter().any(template) {
            return detect::alone().map_err(|error| in_file(name, &error));
        }
    }
    let file = |((name, text), (_, kind)): (&(&str, &str), &(_, Kind))| File {
        name: (*name).to_owned(),
        text: (*text).to_owned(),
        dialect: kind.dialect(),
    };
    let files = files.iter().zip(&documents).map(file).collect();
    let mut reading = Reading { deployment: Deployment { files, ..Deployment::default() }, ..Reading::default() };
    let nodes = documents.iter().enumerate().map(|(file, (document, kind))| (Node::root(document, file), *kind));
    let nodes: Vec<_> = nodes.collect();
    arm::read(&nodes, &mut reading);
    terraform::read(&nodes, &mut reading);
    let mut answers = Reading::default();
    for (node, kind) in &nodes {
        match kind {
            Kind::Form => form::read(node, &mut reading),
            Kind::Answer(_) => azure_cli::read(node, &mut answers),
            Kind::Body => {
                let file = arm::file_name(&reading.deployment.files, node.file);
                body::read(node, &file, &mut reading);
            }
            Kind::Template | Kind::Parameters | Kind::Resource | Kind::Terraform => {}
        }
    }
    let Reading { mut deployment, oddities } = reading;
    deployment.oddities = oddities.into_inner();
    deployment.oddities.extend(answers.oddities.into_inner());
    join::join(&mut deployment, answers.deployment);
    Ok(deployment)
}

/// What readers fill.
#[derive(Default)]
struct Reading {
    deployment: Deployment,
    oddities: RefCell<Vec<Oddity>>,
}

/// Refuses a document as nothing to check.
fn refuse<T>(message: alloc::string::String) -> Result<T, Error> {
    Err(Error::new(Code::Input, message))
}

impl Kind {
    const fn dialect(self) -> Dialect {
        match self {
            Self::Template | Self::Parameters | Self::Resource | Self::Body => Dialect::Arm,
            Self::Terraform => Dialect::Terraform,
            Self::Answer(dialect) => dialect,
            Self::Form => Dialect::Form,
        }
    }
}
