//! The JSON of the keys API: what is asked, and what a key looks like in an answer.
//!
//! Binary is base64url without padding, times are seconds since 1970-01-01 UTC. Members that concern what a local vault
//! does not do (release policies, exportable keys) are refused, not ignored.

use super::problem::Problem;
use crate::elliptic::Curve;
use crate::import::Jwk;
use crate::key_info::{DeletedKey, VersionInfo};
use crate::key_operation::KeyOperation;
use crate::keys::{DateChange, KeyChange, NewKey};
use crate::material::Material;
use crate::options::VaultInfo;
use crate::private_key::{KeyKind, PrivateKey};
use base64ct::{Base64UrlUnpadded, Encoding};
use cmkit::secret::Secret;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// The body of `create`.
#[derive(Deserialize)]
pub(super) struct CreateBody {
    kty: String,
    key_size: Option<u32>,
    public_exponent: Option<u32>,
    crv: Option<String>,
    #[serde(flatten)]
    common: Common,
}

/// What `create`, `import` and `update` have in common.
#[derive(Default, Deserialize)]
pub(super) struct Common {
    key_ops: Option<Vec<String>>,
    attributes: Option<AttributesBody>,
    tags: Option<BTreeMap<String, String>>,
    release_policy: Option<Value>,
}

#[derive(Default, Deserialize)]
struct AttributesBody {
    enabled: Option<bool>,
    nbf: Option<u64>,
    exp: Option<u64>,
    exportable: Option<bool>,
}

/// The body of `import`: the operations stand in the key.
#[derive(Deserialize)]
pub(super) struct ImportBody {
    key: ImportedKey,
    #[serde(flatten)]
    common: Common,
}

#[derive(Deserialize)]
struct ImportedKey {
    #[serde(flatten)]
    jwk: Jwk,
    key_ops: Option<Vec<String>>,
}

/// The body of `wrapkey` and its like.
#[derive(Deserialize)]
pub(super) struct OperationBody {
    pub(super) alg: String,
    #[serde(deserialize_with = "secret_base64url")]
    pub(super) value: Secret,
}

/// The body of `verify`.
#[derive(Deserialize)]
pub(super) struct VerifyBody {
    pub(super) alg: String,
    #[serde(with = "crate::record::base64url")]
    pub(super) digest: Vec<u8>,
    #[serde(with = "crate::record::base64url")]
    pub(super) value: Vec<u8>,
}

/// The answer of `backup`, and the body of `restore`.
#[derive(Serialize, Deserialize)]
pub(super) struct Backup {
    #[serde(with = "crate::record::base64url")]
    pub(super) value: Vec<u8>,
}

/// The answer of `wrapkey` and its like.
#[derive(Serialize)]
pub(super) struct OperationResult {
    pub(super) kid: String,
    #[serde(with = "crate::record::base64url")]
    pub(super) value: Vec<u8>,
}

impl CreateBody {
    pub(super) fn read(self) -> Result<(KeyKind, NewKey), Problem> {
        if self.public_exponent.is_some_and(|exponent| exponent != 65_537) {
            return Err(Problem::bad_parameter("the local vault makes RSA keys with the public exponent 65537 only"));
        }
        let (family, hsm) = match self.kty.strip_suffix("-HSM") {
            Some(family) => (family, true),
            None => (self.kty.as_str(), false),
        };
        let curve = self.crv.as_deref().unwrap_or("P-256");
        let kind = match (family, self.key_size) {
            ("RSA", None | Some(2048)) => KeyKind::Rsa2048,
            ("RSA", Some(3072)) => KeyKind::Rsa3072,
            ("RSA", Some(4096)) => KeyKind::Rsa4096,
            ("oct", None | Some(256)) => KeyKind::Symmetric,
            ("EC", _) => KeyKind::Ec(Curve::named(curve).ok_or_else(|| {
                Problem::bad_parameter("the local vault makes keys on the curves P-256, P-384 and P-521")
            })?),
            _ => {
                let message = "the local vault makes keys of the types RSA (2048, 3072, 4096), EC and oct (256)";
                return Err(Problem::bad_parameter(message));
            }
        };
        Ok((kind, NewKey { hsm, ..self.common.new_key()? }))
    }
}

impl ImportBody {
    pub(super) fn read(self) -> Result<(PrivateKey, NewKey), Problem> {
        let ImportedKey { jwk, key_ops } = self.key;
        let common = Common { key_ops: key_ops.or(self.common.key_ops), ..self.common };
        Ok((jwk.read()?, NewKey { hsm: jwk.hsm(), ..common.new_key()? }))
    }
}

impl Common {
    fn new_key(self) -> Result<NewKey, Problem> {
        self.check()?;
        let operations = self.operations()?;
        let AttributesBody { enabled, nbf, exp, exportable: _ } = self.attributes.unwrap_or_default();
        let tags = self.tags.unwrap_or_default();
        Ok(NewKey { enabled: enabled.unwrap_or(true), not_before: nbf, expires: exp, operations, hsm: false, tags })
    }

    pub(super) fn change(self) -> Result<KeyChange, Problem> {
        self.check()?;
        let operations = self.operations()?;
        let AttributesBody { enabled, nbf, exp, exportable: _ } = self.attributes.unwrap_or_default();
        let date = |time: Option<u64>| time.map_or(DateChange::Keep, DateChange::Set);
        Ok(KeyChange { enabled, not_before: date(nbf), expires: date(exp), operations, tags: self.tags })
    }

    fn check(&self) -> Result<(), Problem> {
        let exportable = self.attributes.as_ref().and_then(|attributes| attributes.exportable).unwrap_or_default();
        if exportable || self.release_policy.as_ref().is_some_and(|policy| !policy.is_null()) {
            return Err(Problem::bad_parameter(
                "the local vault releases no keys: no `exportable`, no `release_policy`",
            ));
        }
        Ok(())
    }

    fn operations(&self) -> Result<Option<BTreeSet<KeyOperation>>, Problem> {
        let parse = |names: &Vec<String>| names.iter().map(|name| name.parse()).collect::<Result<_, cmkit::Error>>();
        Ok(self.key_ops.as_ref().filter(|names| !names.is_empty()).map(parse).transpose()?)
    }
}

/// A key, as `get` and its like show it. `host` is what the client dialled.
pub(super) fn bundle(host: &str, info: &VersionInfo, vault: &VaultInfo) -> Value {
    let VersionInfo { key, material, hsm, operations, tags, .. } = info;
    let version = key.version().map(|version| format!("/{version}")).unwrap_or_default();
    let mut jwk = json!({ "kid": format!("https://{host}/keys/{}{version}", key.name()), "key_ops": operations });
    match material {
        Material::Symmetric => jwk["kty"] = "oct-HSM".into(),
        Material::Ec(public) => {
            let (x, y) = public.coordinates();
            jwk["kty"] = if *hsm { "EC-HSM" } else { "EC" }.into();
            jwk["crv"] = public.curve().as_str().into();
            jwk["x"] = Base64UrlUnpadded::encode_string(x).into();
            jwk["y"] = Base64UrlUnpadded::encode_string(y).into();
        }
        Material::Rsa(public) => {
            jwk["kty"] = if *hsm { "RSA-HSM" } else { "RSA" }.into();
            jwk["n"] = Base64UrlUnpadded::encode_string(public.modulus()).into();
            jwk["e"] = "AQAB".into();
        }
    }
    json!({ "key": jwk, "attributes": attributes(info, vault), "tags": tags })
}

/// A key in a list: of a whole key without a version, of a version with it.
pub(super) fn item(kid: &str, info: &VersionInfo, vault: &VaultInfo) -> Value {
    json!({ "kid": kid, "attributes": attributes(info, vault), "tags": info.tags })
}

/// The same of a deleted key.
pub(super) fn as_deleted(host: &str, mut shown: Value, deleted: &DeletedKey) -> Value {
    shown["recoveryId"] = format!("https://{host}/deletedkeys/{}", deleted.key.name()).into();
    shown["deletedDate"] = deleted.deleted.into();
    shown["scheduledPurgeDate"] = deleted.scheduled_purge.into();
    shown
}

fn attributes(info: &VersionInfo, vault: &VaultInfo) -> Value {
    let VersionInfo { enabled, not_before, expires, created, updated, .. } = info;
    let mut attributes = json!({
        "enabled": enabled,
        "created": created,
        "updated": updated,
        "recoveryLevel": recovery_level(vault),
        "recoverableDays": vault.soft_delete_days,
        "exportable": false,
    });
    for (name, time) in [("nbf", not_before), ("exp", expires)] {
        if let Some(time) = time {
            attributes[name] = (*time).into();
        }
    }
    attributes
}

/// Customized: kept for fewer than 90 days. Purgeable: without purge protection.
fn recovery_level(vault: &VaultInfo) -> &'static str {
    match (vault.soft_delete_days < 90, vault.purge_protection) {
        (false, false) => "Recoverable+Purgeable",
        (false, true) => "Recoverable",
        (true, false) => "CustomizedRecoverable+Purgeable",
        (true, true) => "CustomizedRecoverable",
    }
}

/// What may be a data key, as base64url.
fn secret_base64url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let text = Zeroizing::new(String::deserialize(deserializer)?);
    let bytes = Base64UrlUnpadded::decode_vec(text.trim_end_matches('='));
    let bytes = Zeroizing::new(bytes.map_err(|_| serde::de::Error::custom("not base64url"))?);
    Ok(Secret::from_slice(&bytes))
}
