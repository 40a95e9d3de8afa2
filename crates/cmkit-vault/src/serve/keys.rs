//! The keys API: a request becomes an act of its caller, and what comes of it an answer.

use super::problem::Problem;
use super::query::Query;
use super::route::Operation;
use super::wire::{Common, CreateBody, ImportBody, OperationBody, OperationResult, bundle, item};
use crate::caller::Caller;
use crate::key_info::VersionInfo;
use crate::key_operation::KeyOperation;
use axum::http::StatusCode;
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::WrapAlgorithm;
use serde::Deserialize;
use serde_json::{Value, json};

/// A request that has said who asks.
pub(super) struct Request<'a> {
    pub(super) caller: Caller,
    /// The host that the client dialled, with its port: identifiers in answers carry it.
    pub(super) host: &'a str,
    pub(super) query: Query,
    pub(super) body: &'a [u8],
}

type Answer = Result<(StatusCode, Value), Problem>;

impl Request<'_> {
    /// Does what is asked. Takes as long as the key takes: a moment, or seconds to make a large one.
    pub(super) fn answer(&self, operation: Operation) -> Answer {
        match operation {
            Operation::List => self.list(),
            Operation::Versions(name) => self.versions(&name),
            Operation::Get(name, version) => self.bundle(&self.caller.key(&name, version)?),
            Operation::Create(name) => {
                let (kind, new) = self.json::<CreateBody>()?.read()?;
                self.bundle(&self.caller.create_key(&name, kind, new)?)
            }
            Operation::Import(name) => {
                let (private, new) = self.json::<ImportBody>()?.read()?;
                self.bundle(&self.caller.import_key(&name, &private, new)?)
            }
            Operation::Update(name, version) => {
                let change = self.json::<Common>()?.change()?;
                self.bundle(&self.caller.update_key(&name, version, &change)?)
            }
            Operation::Use(operation, name, version) => self.operate(operation, &name, version),
        }
    }

    fn operate(&self, operation: KeyOperation, name: &str, version: Option<KeyVersion>) -> Answer {
        let OperationBody { alg, value } = self.json()?;
        let algorithm = match alg.as_str() {
            "RSA-OAEP-256" => WrapAlgorithm::RsaOaep256,
            "A256KW" => WrapAlgorithm::A256Kw,
            _ => return Err(Problem::bad_parameter("the local vault does not know this algorithm")),
        };
        let (key, value) = match operation {
            KeyOperation::WrapKey => self.caller.wrap(name, version, algorithm, &value)?,
            KeyOperation::UnwrapKey => {
                let (key, dek) = self.caller.unwrap(name, version, algorithm, value.expose())?;
                (key, dek.expose().to_vec())
            }
            _ => return Err(Problem::no_such_path()),
        };
        ok(json!(OperationResult { kid: self.kid(&key), value }))
    }

    fn list(&self) -> Answer {
        let vault = self.caller.vault().info()?;
        let entry = |info: crate::KeyInfo| {
            let newest = info.newest().map(|newest| item(&self.kid(&info.key), newest, &vault))?;
            Some((info.key.name().to_owned(), newest))
        };
        let entries = self.caller.keys()?.into_iter().filter_map(entry).collect();
        self.page("keys", entries)
    }

    fn versions(&self, name: &str) -> Answer {
        let vault = self.caller.vault().info()?;
        let entry = |info: &VersionInfo| {
            let version = info.key.version().map(|version| version.to_string()).unwrap_or_default();
            (version, item(&self.kid(&info.key), info, &vault))
        };
        let entries = self.caller.versions(name)?.versions.iter().map(entry).collect();
        self.page(&format!("keys/{name}/versions"), entries)
    }

    fn page(&self, path: &str, entries: Vec<(String, Value)>) -> Answer {
        let (value, next) = self.query.page(&format!("https://{}/{path}", self.host), entries);
        ok(json!({ "value": value, "nextLink": next }))
    }

    fn bundle(&self, info: &VersionInfo) -> Answer {
        ok(bundle(self.host, info, &self.caller.vault().info()?))
    }

    fn kid(&self, key: &KeyUri) -> String {
        let version = key.version().map(|version| format!("/{version}")).unwrap_or_default();
        format!("https://{}/keys/{}{version}", self.host, key.name())
    }

    /// The body. What is wrong with it is told by its place: its content may be a key.
    fn json<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Problem> {
        serde_json::from_slice(self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Problem::bad_parameter(format!("the body is not what this operation takes (line {line}, column {column})"))
        })
    }
}

fn ok(value: Value) -> Answer {
    Ok((StatusCode::OK, value))
}
