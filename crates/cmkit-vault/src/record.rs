//! What a vault stores, as it stands in its files: settings, keys, key versions.
//!
//! Private keys are in here sealed, never open. Whatever reads a record from a file must bear any content: a changed
//! file is an error, not a panic.

use crate::access::{Identity, Network, PermissionModel};
use crate::material::PublicJwk;
use crate::rotation::RotationPolicy;
use crate::seal::{Sealed, Wrapping};
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::{Code, Error};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The one version of the files.
pub(crate) const FORMAT: u32 = 1;

/// `vault.json`: everything about the vault that is not about one key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) format: u32,
    pub(crate) host: String,
    pub(crate) permission_model: PermissionModel,
    pub(crate) soft_delete_days: u32,
    pub(crate) purge_protection: bool,
    pub(crate) network: Network,
    #[serde(default)]
    pub(crate) identities: BTreeMap<String, Identity>,
    /// How the vault key is wrapped; a vault in memory has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vault_key: Option<Wrapping>,
}

/// `keys/NAME/key.json`: what is common to the versions of a key. A version exists once it is listed here.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRecord {
    pub(crate) format: u32,
    /// Oldest first: the last one is the newest.
    pub(crate) versions: Vec<Version>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rotation_policy: Option<RotationPolicy>,
    /// When the policy was first and when it was last set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy_set: Option<(u64, u64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deleted: Option<Deleted>,
}

/// When a key was deleted and when it is gone for good, in seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deleted {
    pub(crate) at: u64,
    pub(crate) purge_at: u64,
}

impl KeyRecord {
    pub(crate) fn newest(&self) -> Option<KeyVersion> {
        self.versions.last().map(|version| version.0)
    }

    /// Whether the retention of a deleted key is over.
    pub(crate) fn gone(&self, now: u64) -> bool {
        self.deleted.is_some_and(|deleted| deleted.purge_at <= now)
    }
}

/// `keys/NAME/VERSION.json`: one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionRecord {
    pub(crate) facts: Facts,
    /// The private key, sealed under the vault key together with `facts`: a change to either is noticed.
    pub(crate) private_key: Sealed,
}

/// What is known of a version without opening its private key. Serialised, this is what the private key is sealed
/// with, so the order of the members is part of the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    pub(crate) format: u32,
    pub(crate) kid: String,
    pub(crate) key: PublicJwk,
    pub(crate) attributes: Attributes,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
}

impl Facts {
    /// The key's identifier with its version, if the file is that of the key asked for.
    pub(crate) fn check(&self, uri: &KeyUri) -> Result<(), Error> {
        if self.format == FORMAT && self.kid == uri.to_string() {
            return Ok(());
        }
        Err(Error::new(Code::Malformed, format!("the vault's file of `{uri}` is that of another key")))
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        to_json(self)
    }
}

/// Times are seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attributes {
    pub(crate) enabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nbf: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exp: Option<u64>,
    pub(crate) created: u64,
    pub(crate) updated: u64,
}

/// A key version as its 32 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) KeyVersion);

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        KeyVersion::parse(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Bytes as base64url in JSON.
pub(crate) mod base64url {
    use base64ct::{Base64UrlUnpadded, Encoding};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64UrlUnpadded::encode_string(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        Base64UrlUnpadded::decode_vec(&text).map_err(|_| serde::de::Error::custom("not base64url"))
    }
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value)
        .map_err(|error| Error::new(Code::Malformed, "a record has no JSON form").with_source(Box::new(error)))
}
