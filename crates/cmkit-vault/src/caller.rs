//! A vault as one caller sees it: the one judge of everything that is asked, and the [`cmkit::Provider`] that answers.
//!
//! The order in which it is judged is Key Vault's: network, throttling, permission, existence, state,
//! operation. Whoever has no permission does not learn whether there is a key.

use crate::access::{PermissionModel, Place};
use crate::algorithm::EncryptionAlgorithm;
use crate::key_operation::KeyOperation;
use crate::keys::{existing, listed};
use crate::log::LogEntry;
use crate::private_key::PrivateKey;
use crate::record::{Attributes, VersionRecord};
use crate::role::Permission;
use crate::vault::{LocalVault, lock};
use cmkit::key::KeyUri;
use cmkit::operation::{KeyReply, KeyRequest, KeyState, key_vault};
use cmkit::secret::Secret;
use cmkit::{BoxError, Code, Error, Provider, Refusal, RefusalKind};
use std::fmt::Display;

/// A [`LocalVault`] as an identity or its owner sees it. Cheap to clone; clones and callers share the vault.
///
/// ```
/// use cmkit::{Provider, operation::{KeyReply, KeyRequest}};
/// use cmkit_vault::{Grant, KeyKind, LocalVault, NewKey, Role};
/// let vault = LocalVault::in_memory("orders.vault.azure.net")?;
/// let key = vault.create_key("orders-kek", KeyKind::Symmetric, NewKey::default())?.versionless();
/// let orders = vault.as_identity("orders-cmk");
///
/// let Ok(KeyReply::Refused(refusal)) = orders.ask(&KeyRequest::Resolve { key: key.clone() }) else { panic!() };
/// assert_eq!(refusal.reason, "ForbiddenByRbac");
///
/// vault.grant("orders-cmk", Grant::role(Role::ENCRYPTION_USER))?;
/// assert!(matches!(orders.ask(&KeyRequest::Resolve { key }), Ok(KeyReply::Resolved(_))));
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Caller {
    vault: LocalVault,
    /// Nobody is the owner.
    identity: Option<String>,
    place: Option<Place>,
}

/// Why there is no answer: the vault says no, or it cannot work.
pub(crate) enum No {
    Refused(Refusal),
    Failed(Error),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        match error.refusal() {
            Some(refusal) => Self::Refused(refusal.clone()),
            None => Self::Failed(error),
        }
    }
}

impl From<No> for Error {
    fn from(no: No) -> Self {
        match no {
            No::Refused(refusal) => Self::refused(refusal),
            No::Failed(error) => error,
        }
    }
}

impl Caller {
    pub(crate) const fn new(vault: LocalVault, identity: Option<String>) -> Self {
        Self { vault, identity, place: None }
    }

    /// The same caller from another place than the one the vault knows of it.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// The identity; nothing for the owner.
    #[must_use]
    pub fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// The vault asked.
    #[must_use]
    pub const fn vault(&self) -> &LocalVault {
        &self.vault
    }

    /// Judges something asked: network, throttling, permission; then whatever `deed` finds out about existence and
    /// state. Logged either way, with the key that `deed` leaves.
    pub(crate) fn judge<T>(
        &self,
        asked: Permission,
        mut key: Option<KeyUri>,
        deed: impl FnOnce(&mut Option<KeyUri>) -> Result<T, No>,
    ) -> Result<T, No> {
        let answer = self.admit(asked, key.as_ref()).and_then(|()| deed(&mut key));
        let refused = match &answer {
            Ok(_) => None,
            Err(No::Refused(refusal)) => Some(refusal.reason.clone()),
            Err(No::Failed(error)) => Some(error.code().as_str().into()),
        };
        let entry = LogEntry { time: self.vault.now(), identity: self.identity.clone(), asked, key, refused };
        lock(&self.vault.shared.log).push(entry);
        answer
    }

    /// Judges an operation with a private key, and performs it.
    pub(crate) fn operate<T>(
        &self,
        operation: KeyOperation,
        key: &KeyUri,
        deed: impl FnOnce(&KeyUri, &PrivateKey) -> Result<T, Refusal>,
    ) -> Result<T, No> {
        self.judge(operation.permission(), Some(key.clone()), |key| {
            let (found, record) = self.version(key)?;
            let private = self.vault.private_key(&found, &record)?;
            if !KeyOperation::all_of(private.kind()).contains(&operation) {
                let message =
                    format!("a key of the kind `{}` has no operation {}", private.kind().as_str(), operation.as_str());
                return Err(Refusal::new(RefusalKind::Denied, "BadParameter", message).into());
            }
            usable(operation, &record, self.vault.now())?;
            Ok(deed(&found, &private)?)
        })
    }

    /// The version asked for, or the newest of a versionless key, which `key` becomes.
    pub(crate) fn version(&self, key: &mut Option<KeyUri>) -> Result<(KeyUri, VersionRecord), No> {
        let Some(asked) = key.clone() else {
            return Err(Error::new(Code::InvalidArgument, "this is about a key, and none is named").into());
        };
        let (found, record) = self.vault.read(|store| {
            let record = existing(store, &asked)?;
            let version = asked.version().or(record.newest()).ok_or_else(|| Error::refused(not_found(&asked)))?;
            let found = asked.with_version(version);
            let record = listed(store, &record, &found)?;
            Ok((found, record))
        })?;
        *key = Some(found.clone());
        Ok((found, record))
    }

    /// Network, throttling and permission.
    fn admit(&self, asked: Permission, key: Option<&KeyUri>) -> Result<(), No> {
        let host = key.map_or(self.vault.host(), KeyUri::host);
        if host != self.vault.host() {
            return Err(host_not_found(host).into());
        }
        let (delay, arrives) = lock(&self.vault.shared.faults).on_the_way(host);
        if !delay.is_zero() {
            std::thread::sleep(delay);
        }
        arrives?;
        let settings = self.vault.read(|store| store.settings())?;
        let identity = self.identity.as_ref().map(|name| settings.identities.get(name));
        let known_place = identity.flatten().map(|identity| identity.place);
        settings.network.admit(self.place.or(known_place).unwrap_or_default())?;
        lock(&self.vault.shared.faults).on_arrival()?;
        let model = settings.permission_model;
        let allowed = match identity {
            None => true,
            Some(identity) => identity.is_some_and(|held| held.may(model, asked, key.map(KeyUri::name))),
        };
        if allowed { Ok(()) } else { Err(self.forbidden(model, asked, key).into()) }
    }

    fn forbidden(&self, model: PermissionModel, permission: Permission, key: Option<&KeyUri>) -> Refusal {
        let who = self.identity.as_deref().unwrap_or_default();
        let (reason, message) = match model {
            PermissionModel::Rbac => {
                let action = permission.data_action();
                let subject = key.map_or_else(|| self.vault.host().to_owned(), |key| key.versionless().to_string());
                ("ForbiddenByRbac", format!("no role assignment lets `{who}` perform `{action}` on `{subject}`"))
            }
            PermissionModel::Policy => {
                let vault = self.vault.host().split(['.', ':']).next().unwrap_or_default();
                (
                    "ForbiddenByPolicy",
                    format!("`{who}` does not have the keys permission `{permission}` on the vault `{vault}`"),
                )
            }
        };
        Refusal::new(RefusalKind::Denied, reason, message)
    }
}

impl Provider for Caller {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        let answer = match request {
            KeyRequest::Resolve { key } => self.resolve(key).map(KeyReply::Resolved),
            KeyRequest::Wrap { key, algorithm, dek } => {
                self.wrap_key(key, (*algorithm).into(), dek).map(|(_, wrapped)| KeyReply::Wrapped(wrapped))
            }
            KeyRequest::Unwrap { key, algorithm, wrapped, .. } => {
                self.unwrap_key(key, (*algorithm).into(), wrapped).map(|(_, dek)| KeyReply::Unwrapped(dek))
            }
            _ => return Err(Box::new(unknown(request))),
        };
        match answer {
            Ok(reply) => Ok(reply),
            Err(No::Refused(refusal)) => Ok(KeyReply::Refused(refusal)),
            Err(No::Failed(error)) => Err(Box::new(error)),
        }
    }
}

impl Caller {
    fn resolve(&self, key: &KeyUri) -> Result<KeyState, No> {
        self.judge(Permission::Get, Some(key.clone()), |key| {
            let (key, record) = self.version(key)?;
            let material = self.vault.private_key(&key, &record)?.material().wrapping();
            let material = material.ok_or_else(|| key_vault::wraps_nothing(&key, "EC"))?;
            let Attributes { enabled, nbf, exp, created, updated: _ } = record.facts.attributes;
            Ok(KeyState {
                key,
                material,
                enabled,
                not_before: nbf,
                expires: exp,
                created: Some(created),
                may_wrap: record.facts.key.key_ops.contains(&KeyOperation::WrapKey),
            })
        })
    }

    pub(crate) fn wrap_key(
        &self,
        key: &KeyUri,
        algorithm: EncryptionAlgorithm,
        dek: &Secret,
    ) -> Result<(KeyUri, Vec<u8>), No> {
        self.operate(KeyOperation::WrapKey, key, |key, private| {
            let wrapped = private.wrap(algorithm, dek.expose()).ok_or_else(|| not_this_way("wrap", algorithm))?;
            Ok((key.clone(), wrapped))
        })
    }

    pub(crate) fn unwrap_key(
        &self,
        key: &KeyUri,
        algorithm: EncryptionAlgorithm,
        wrapped: &[u8],
    ) -> Result<(KeyUri, Secret), No> {
        self.operate(KeyOperation::UnwrapKey, key, |key, private| {
            let dek = private.unwrap(algorithm, wrapped).ok_or_else(|| not_ours("wrapped", algorithm))?;
            Ok((key.clone(), dek))
        })
    }
}

/// A key does not do this to this with the algorithm.
pub(crate) fn not_this_way(verb: &str, algorithm: impl Display) -> Refusal {
    let message = format!("a key of this type does not {verb} this with {algorithm}");
    Refusal::new(RefusalKind::Denied, "BadParameter", message)
}

/// Bytes that are not this key's.
pub(crate) fn not_ours(verb: &str, algorithm: EncryptionAlgorithm) -> Refusal {
    let message = format!("this was not {verb} by this key with {algorithm}");
    Refusal::new(RefusalKind::WrongCiphertext, "BadParameter", message)
}

/// A request of a later cmkit than this vault.
fn unknown(request: &KeyRequest) -> Error {
    Error::new(Code::Unsupported, format!("the local vault does not know this question about `{}`", request.key()))
}

/// Whether a version is enabled and has the operation, and whether it is in date for what protects anything new.
fn usable(operation: KeyOperation, record: &VersionRecord, now: u64) -> Result<(), Refusal> {
    let asked = operation.as_str();
    let Attributes { enabled, nbf, exp, .. } = record.facts.attributes;
    let refuse = |reason: &'static str, why: &str| {
        Err(Refusal::new(RefusalKind::Denied, reason, format!("operation {asked} is not {why}")))
    };
    if !enabled {
        return refuse("KeyDisabled", "allowed on a disabled key");
    }
    if !record.facts.key.key_ops.contains(&operation) {
        return refuse("KeyOperationForbidden", "among the operations of this key");
    }
    if operation.protects() && nbf.is_some_and(|nbf| now < nbf) {
        return refuse("Forbidden", "allowed on a key that is not yet valid");
    }
    if operation.protects() && exp.is_some_and(|exp| now >= exp) {
        return refuse("Forbidden", "allowed on a key that has expired");
    }
    Ok(())
}

pub(crate) fn not_found(key: &KeyUri) -> Refusal {
    let message = format!("there is no key `{key}`; if it was deleted lately, it may be recoverable");
    Refusal::new(RefusalKind::Denied, "KeyNotFound", message)
}

pub(crate) fn host_not_found(host: &str) -> Refusal {
    let message = format!("no vault answers at `{host}`");
    Refusal::new(RefusalKind::Unavailable, "HostNotFound", message)
}
