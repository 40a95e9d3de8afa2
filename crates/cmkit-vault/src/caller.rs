//! A vault as one caller sees it: the [`cmkit::Provider`] that answers questions.
//!
//! The order in which a question is judged is Key Vault's: network, throttling, permission, existence, state,
//! operation. Whoever has no permission does not learn whether there is a key.

use crate::access::{PermissionModel, Place};
use crate::key_operation::KeyOperation;
use crate::log::{Asked, LogEntry};
use crate::record::{Attributes, VersionRecord};
use crate::role::Permission;
use crate::vault::{LocalVault, lock};
use cmkit::key::KeyUri;
use cmkit::operation::{KeyReply, KeyRequest, KeyState};
use cmkit::{BoxError, Code, Error, Provider, Refusal, RefusalKind};

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
enum No {
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
        Self::Failed(error)
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

    /// Judges a question. `key` becomes the version that it turned out to be about.
    fn answer(&self, request: &KeyRequest, asked: Asked, key: &mut KeyUri) -> Result<KeyReply, No> {
        let permission = match asked {
            Asked::Resolve => Permission::Get,
            Asked::Wrap => Permission::WrapKey,
            Asked::Unwrap => Permission::UnwrapKey,
        };
        let now = self.vault.now();
        let record = self.admit(permission, key)?;
        let private = self.vault.private_key(key, &record)?;
        let Attributes { enabled, nbf, exp, created, updated: _ } = record.facts.attributes;
        let operations = &record.facts.key.key_ops;
        match request {
            KeyRequest::Resolve { .. } => Ok(KeyReply::Resolved(KeyState {
                key: key.clone(),
                material: private.material(),
                enabled,
                not_before: nbf,
                expires: exp,
                created: Some(created),
                may_wrap: operations.contains(&KeyOperation::WrapKey),
            })),
            KeyRequest::Wrap { algorithm, dek, .. } => {
                usable(asked, &record, KeyOperation::WrapKey)?;
                inside_window(asked, &record.facts.attributes, now)?;
                let wrapped = private.wrap(*algorithm, dek.expose()).ok_or_else(|| {
                    let message = format!("a key of this type does not wrap this with {algorithm}");
                    Refusal::new(RefusalKind::Denied, "BadParameter", message)
                })?;
                Ok(KeyReply::Wrapped(wrapped))
            }
            KeyRequest::Unwrap { algorithm, wrapped, .. } => {
                usable(asked, &record, KeyOperation::UnwrapKey)?;
                let dek = private.unwrap(*algorithm, wrapped).ok_or_else(|| {
                    let message = format!("this was not wrapped by this key with {algorithm}");
                    Refusal::new(RefusalKind::WrongCiphertext, "BadParameter", message)
                })?;
                Ok(KeyReply::Unwrapped(dek))
            }
            _ => Err(unknown(request).into()),
        }
    }

    /// Network, throttling, permission and existence. Gives the record of the version asked for, or of the newest.
    fn admit(&self, permission: Permission, key: &mut KeyUri) -> Result<VersionRecord, No> {
        if key.host() != self.vault.host() {
            return Err(host_not_found(key).into());
        }
        if lock(&self.vault.shared.faults).unreachable {
            let message = format!("no connection to `{}`", key.host());
            return Err(Refusal::new(RefusalKind::Unavailable, "Unreachable", message).into());
        }
        self.vault
            .read(|store| {
                let settings = store.settings()?;
                let identity = self.identity.as_ref().map(|name| settings.identities.get(name));
                let known_place = identity.flatten().map(|identity| identity.place);
                if let Err(refusal) = settings.network.admit(self.place.or(known_place).unwrap_or_default()) {
                    return Ok(Err(refusal));
                }
                if let Err(refusal) = self.throttle() {
                    return Ok(Err(refusal));
                }
                let model = settings.permission_model;
                let allowed = match identity {
                    None => true,
                    Some(identity) => identity.is_some_and(|held| held.may(model, permission, key.name())),
                };
                if !allowed {
                    return Ok(Err(self.forbidden(model, permission, key)));
                }
                let record = store.key(key.name())?.filter(|record| record.deleted.is_none());
                let version = record.and_then(|record| match key.version() {
                    None => record.newest(),
                    Some(version) => record.versions.iter().map(|held| held.0).find(|held| *held == version),
                });
                let Some(version) = version else { return Ok(Err(not_found(key))) };
                *key = key.with_version(version);
                Ok(store.version(key.name(), version)?.ok_or_else(|| not_found(key)))
            })?
            .map_err(No::from)
    }

    fn throttle(&self) -> Result<(), Refusal> {
        let mut faults = lock(&self.vault.shared.faults);
        if faults.throttled == 0 {
            return Ok(());
        }
        faults.throttled -= 1;
        let message = "too many requests to this vault in the last seconds";
        let mut refusal = Refusal::new(RefusalKind::Unavailable, "Throttled", message);
        refusal.retry_after = Some(faults.retry_after);
        Err(refusal)
    }

    fn forbidden(&self, model: PermissionModel, permission: Permission, key: &KeyUri) -> Refusal {
        let who = self.identity.as_deref().unwrap_or_default();
        let (reason, message) = match model {
            PermissionModel::Rbac => {
                let action = permission.data_action();
                (
                    "ForbiddenByRbac",
                    format!("no role assignment lets `{who}` perform `{action}` on `{}`", key.versionless()),
                )
            }
            PermissionModel::Policy => {
                let vault = key.vault_name();
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
        let asked = match request {
            KeyRequest::Resolve { .. } => Asked::Resolve,
            KeyRequest::Wrap { .. } => Asked::Wrap,
            KeyRequest::Unwrap { .. } => Asked::Unwrap,
            _ => return Err(Box::new(unknown(request))),
        };
        let mut key = request.key().clone();
        let answer = self.answer(request, asked, &mut key);
        let refused = match &answer {
            Ok(_) => None,
            Err(No::Refused(refusal)) => Some(refusal.reason.clone()),
            Err(No::Failed(error)) => Some(error.code().as_str().into()),
        };
        let entry = LogEntry { time: self.vault.now(), identity: self.identity.clone(), asked, key, refused };
        lock(&self.vault.shared.log).push(entry);
        match answer {
            Ok(reply) => Ok(reply),
            Err(No::Refused(refusal)) => Ok(KeyReply::Refused(refusal)),
            Err(No::Failed(error)) => Err(Box::new(error)),
        }
    }
}

/// A request of a later cmkit than this vault.
fn unknown(request: &KeyRequest) -> Error {
    Error::new(Code::Unsupported, format!("the local vault does not know this question about `{}`", request.key()))
}

/// Whether the version is enabled and has the operation.
fn usable(asked: Asked, record: &VersionRecord, operation: KeyOperation) -> Result<(), Refusal> {
    if !record.facts.attributes.enabled {
        let message = format!("operation {asked} is not allowed on a disabled key");
        return Err(Refusal::new(RefusalKind::Denied, "KeyDisabled", message));
    }
    if !record.facts.key.key_ops.contains(&operation) {
        let message = format!("operation {asked} is not among the operations of this key");
        return Err(Refusal::new(RefusalKind::Denied, "KeyOperationForbidden", message));
    }
    Ok(())
}

/// Whether a version may protect anything new.
fn inside_window(asked: Asked, attributes: &Attributes, now: u64) -> Result<(), Refusal> {
    let state = if attributes.nbf.is_some_and(|nbf| now < nbf) {
        "that is not yet valid"
    } else if attributes.exp.is_some_and(|exp| now >= exp) {
        "that has expired"
    } else {
        return Ok(());
    };
    Err(Refusal::new(RefusalKind::Denied, "Forbidden", format!("operation {asked} is not allowed on a key {state}")))
}

pub(crate) fn not_found(key: &KeyUri) -> Refusal {
    let message = format!("there is no key `{key}`; if it was deleted lately, it may be recoverable");
    Refusal::new(RefusalKind::Denied, "KeyNotFound", message)
}

pub(crate) fn host_not_found(key: &KeyUri) -> Refusal {
    let message = format!("no vault answers at `{}`", key.host());
    Refusal::new(RefusalKind::Unavailable, "HostNotFound", message)
}
