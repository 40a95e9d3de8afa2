//! What a document is, told from its own members; and for what is nothing to check, what was found instead.

use super::json::Value;
use super::{azure_cli, form, refuse};
use crate::error::{Code, Error};
use crate::policy::Dialect;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The kinds of document that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An ARM template.
    Template,
    /// The parameters of an ARM template.
    Parameters,
    /// One resource, as the management API takes it; it may be part of a template.
    Resource,
    /// What the service answered, and whose words it speaks.
    Answer(Dialect),
    /// The flat model of a form.
    Form,
}

/// The error of a text that is not JSON, or a better one where it is plain what was meant.
pub(super) fn not_json(text: &str, error: Error) -> Error {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let bicep = ["param ", "resource ", "targetScope", "metadata ", "@", "var ", "module "];
    if bicep.iter().any(|word| start.starts_with(word)) {
        return Error::new(Code::Input, "this looks like Bicep: compile it with `az bicep build` and check the result");
    }
    error
}

/// Says what a document is, or why it is nothing to read here.
pub(super) fn kind_of(document: &Value<'_>) -> Result<Kind, Error> {
    if form::detect(document)? {
        return Ok(Kind::Form);
    }
    if let Some(dialect) = azure_cli::dialect(document) {
        return Ok(Kind::Answer(dialect));
    }
    let Some(members) = document.as_object() else {
        return refuse(format!("this is {}, not an ARM template", document.what()));
    };
    let schema = document.get("$schema").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    if schema.contains("deploymentparameters.json") {
        return Ok(Kind::Parameters);
    }
    if document.get("resources").is_some_and(|r| r.as_array().is_some() || r.as_object().is_some()) {
        return Ok(Kind::Template);
    }
    if document.get("planned_values").is_some() || document.get("terraform_version").is_some() {
        return refuse("this is a Terraform plan or state, not an ARM template".to_owned());
    }
    if document.get("type").and_then(Value::as_str).is_some_and(|kind| kind.contains('/')) {
        return Ok(Kind::Resource);
    }
    let names: Vec<_> = members.iter().take(6).map(|m| format!("`{}`", short(&m.name))).collect();
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    refuse(format!("not an ARM template: it has no `resources`; it has {names}"))
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
