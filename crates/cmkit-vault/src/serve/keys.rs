//! The keys API: a request becomes an act of its caller, and what comes of it an answer.

use super::policy;
use super::problem::Problem;
use super::query::Query;
use super::route::Operation;
use super::wire::{
    Backup, Common, CreateBody, ImportBody, OperationBody, OperationResult, VerifyBody, as_deleted, bundle, item,
};
use crate::caller::Caller;
use crate::key_info::{DeletedKey, VersionInfo};
use crate::key_operation::KeyOperation;
use axum::http::StatusCode;
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::secret::Secret;
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
            Operation::Delete(name) => self.deleted_bundle(&self.caller.delete_key(&name)?),
            Operation::ListDeleted => self.list_deleted(),
            Operation::GetDeleted(name) => self.deleted_bundle(&self.caller.deleted_key(&name)?),
            Operation::Recover(name) => self.bundle(&self.caller.recover_key(&name)?),
            Operation::Purge(name) => {
                self.caller.purge_key(&name)?;
                Ok((StatusCode::NO_CONTENT, Value::Null))
            }
            Operation::Rotate(name) => self.bundle(&self.caller.rotate(&name)?),
            Operation::GetPolicy(name) => ok(policy::show(self.host, &self.caller.rotation_policy(&name)?)),
            Operation::SetPolicy(name) => {
                let policy = self.json::<policy::PolicyBody>()?.read()?;
                ok(policy::show(self.host, &self.caller.set_rotation_policy(&name, Some(policy))?))
            }
            Operation::Backup(name) => ok(json!(Backup { value: self.caller.backup_key(&name)? })),
            Operation::Restore => self.bundle(&self.caller.restore_key(&self.json::<Backup>()?.value)?),
        }
    }

    fn operate(&self, operation: KeyOperation, name: &str, version: Option<KeyVersion>) -> Answer {
        let caller = &self.caller;
        let opened = |(key, secret): (KeyUri, Secret)| (key, secret.expose().to_vec());
        let (key, value) = match operation {
            KeyOperation::Verify => {
                let VerifyBody { alg, digest, value } = self.json()?;
                let verified = caller.verify(name, version, alg.parse()?, &digest, &value)?;
                return ok(json!({ "value": verified }));
            }
            KeyOperation::Sign => {
                let OperationBody { alg, value } = self.json()?;
                caller.sign(name, version, alg.parse()?, value.expose())?
            }
            operation => {
                let OperationBody { alg, value } = self.json()?;
                let alg = alg.parse()?;
                match operation {
                    KeyOperation::WrapKey => caller.wrap(name, version, alg, &value)?,
                    KeyOperation::UnwrapKey => opened(caller.unwrap(name, version, alg, value.expose())?),
                    KeyOperation::Encrypt => caller.encrypt(name, version, alg, &value)?,
                    _ => opened(caller.decrypt(name, version, alg, value.expose())?),
                }
            }
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

    fn list_deleted(&self) -> Answer {
        let vault = self.caller.vault().info()?;
        let entry = |deleted: &DeletedKey| {
            let shown = item(&self.kid(&deleted.key), &deleted.newest, &vault);
            (deleted.key.name().to_owned(), as_deleted(self.host, shown, deleted))
        };
        let entries = self.caller.deleted_keys()?.iter().map(entry).collect();
        self.page("deletedkeys", entries)
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

    fn deleted_bundle(&self, deleted: &DeletedKey) -> Answer {
        let shown = bundle(self.host, &deleted.newest, &self.caller.vault().info()?);
        ok(as_deleted(self.host, shown, deleted))
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
