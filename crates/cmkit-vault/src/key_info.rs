//! What the owner is told of keys: names, versions, attributes, public keys. No secrets.

use crate::key_operation::KeyOperation;
use crate::material::Material;
use crate::private_key::KeyKind;
use crate::record::{Attributes, Deleted, Facts};
use crate::rotation::RotationPolicy;
use cmkit::Error;
use cmkit::key::KeyUri;
use std::collections::{BTreeMap, BTreeSet};

/// A key of the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The identifier, without a version.
    pub key: KeyUri,
    /// The versions, oldest first; never empty.
    pub versions: Vec<VersionInfo>,
    /// When it rotates by itself.
    pub rotation_policy: Option<RotationPolicy>,
    /// When the policy was first and when it was last set, in seconds since 1970-01-01 UTC.
    pub policy_set: Option<(u64, u64)>,
}

impl KeyInfo {
    /// The newest version: the one that a versionless identifier stands for.
    #[must_use]
    pub fn newest(&self) -> Option<&VersionInfo> {
        self.versions.last()
    }
}

/// A version of a key. Times are seconds since 1970-01-01 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionInfo {
    /// The identifier, with the version.
    pub key: KeyUri,
    /// The public key, or that there is none.
    pub material: Material,
    /// Whether it is to lie in an HSM: Key Vault's types `RSA-HSM`, `EC-HSM` and `oct-HSM`. Here it is only said.
    pub hsm: bool,
    /// Whether it is enabled.
    pub enabled: bool,
    /// It may wrap from this time on.
    pub not_before: Option<u64>,
    /// It may wrap up to this time.
    pub expires: Option<u64>,
    /// When it was made.
    pub created: u64,
    /// When its attributes were last changed.
    pub updated: u64,
    /// What it may be used for.
    pub operations: BTreeSet<KeyOperation>,
    /// Names and values of the owner's own.
    pub tags: BTreeMap<String, String>,
}

impl VersionInfo {
    pub(crate) fn new(key: KeyUri, facts: &Facts) -> Result<Self, Error> {
        facts.check(&key)?;
        let Attributes { enabled, nbf, exp, created, updated } = facts.attributes;
        let operations = facts.key.key_ops.clone();
        let material = facts.key.material()?;
        let tags = facts.tags.clone();
        let hsm = facts.key.hsm();
        Ok(Self { key, material, hsm, enabled, not_before: nbf, expires: exp, created, updated, operations, tags })
    }

    /// The kind of the key.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.material.kind()
    }
}

/// A deleted key. Times are seconds since 1970-01-01 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedKey {
    /// The identifier, without a version.
    pub key: KeyUri,
    /// When it was deleted.
    pub deleted: u64,
    /// Until when it can be recovered.
    pub scheduled_purge: u64,
    /// Its newest version, as it was.
    pub newest: VersionInfo,
}

impl DeletedKey {
    pub(crate) const fn new(key: KeyUri, deleted: Deleted, newest: VersionInfo) -> Self {
        Self { key, deleted: deleted.at, scheduled_purge: deleted.purge_at, newest }
    }
}
