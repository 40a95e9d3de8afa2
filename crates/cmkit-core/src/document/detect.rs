//! What a document is, told from its own members; what is nothing to check is told by `found`.

mod found;

use super::json::Value;
use super::{azure_cli, body, form, refuse, terraform};
use crate::error::{Code, Error};
use crate::policy::Dialect;
use alloc::borrow::ToOwned;
use alloc::format;

/// The kinds of document that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An ARM template.
    Template,
    /// The parameters of an ARM template.
    Parameters,
    /// One resource, as the management API takes it; it may be part of a template.
    Resource,
    /// What a request to the management API sends of a cluster, without type and name.
    Body,
    /// A plan or a state, as `terraform show -json` writes it.
    Terraform,
    /// What the service answered, and whose words it speaks.
    Answer(Dialect),
    /// The flat model of a form.
    Form,
}

/// What is read, in words.
const READ: &str = "ARM templates with their parameter files, Terraform plans and states, output of the Azure CLI, and bodies of the management API \
                    and of Key Vault";

/// The error of a text that is not JSON, or a better one where it is plain what was meant.
pub(super) fn not_json(text: &str, error: Error) -> Error {
    match found::in_text(text) {
        Some(found) => Error::new(Code::Input, format!("this looks like {found}")),
        None => error,
    }
}

/// Says what a document is, or why it is nothing to read here.
pub(super) fn kind_of(document: &Value<'_>) -> Result<Kind, Error> {
    if terraform::recognise(document)? {
        return Ok(Kind::Terraform);
    }
    if form::detect(document)? {
        return Ok(Kind::Form);
    }
    if let Some(dialect) = azure_cli::dialect(document) {
        return Ok(Kind::Answer(dialect));
    }
    let schema = document.get("$schema").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    if schema.contains("deploymentparameters.json") {
        return Ok(Kind::Parameters);
    }
    let resources = |r: &Value<'_>| r.as_array().is_some() || r.as_object().is_some();
    if document.get("resources").is_some_and(resources) && !found::cloud_formation(document) {
        return Ok(Kind::Template);
    }
    if document.get("type").and_then(Value::as_str).is_some_and(|kind| kind.contains('/')) {
        return Ok(Kind::Resource);
    }
    if body::is_cluster(document) {
        return Ok(Kind::Body);
    }
    if let Some(what) = body::nameless(document) {
        return refuse(format!("this is {what}"));
    }
    refuse(format!("this is {}, which is nothing to check: cmkit reads {READ}", found::in_json(document)))
}

/// Refuses parameters whose template is not there.
pub(super) fn alone<T>() -> Result<T, Error> {
    refuse("these are the parameters of an ARM template: give the template with them".to_owned())
}
