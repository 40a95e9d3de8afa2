//! What anyone may know of a key: its public part, and its form as a JSON Web Key.

use crate::elliptic::{Curve, EcPublicKey};
use crate::key_operation::KeyOperation;
use crate::private_key::KeyKind;
use base64ct::{Base64UrlUnpadded, Encoding};
use cmkit::key::RsaPublicKey;
use cmkit::operation::KeyMaterial;
use cmkit::{Code, Error};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a key is made of, as far as anyone may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    /// An RSA key pair.
    Rsa(RsaPublicKey),
    /// A key pair on a curve.
    Ec(EcPublicKey),
    /// A symmetric key of 256 bits.
    Symmetric,
}

impl Material {
    /// The kind of the key.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Rsa(public) => KeyKind::of_bits(public.bits()),
            Self::Ec(public) => KeyKind::Ec(public.curve()),
            Self::Symmetric => KeyKind::Symmetric,
        }
    }

    /// What a data key can be wrapped with; nothing for a key on a curve.
    #[must_use]
    pub fn wrapping(&self) -> Option<KeyMaterial> {
        match self {
            Self::Rsa(public) => Some(KeyMaterial::Rsa(public.clone())),
            Self::Ec(_) => None,
            Self::Symmetric => Some(KeyMaterial::Symmetric),
        }
    }
}

/// A public key as the vault's files have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublicJwk {
    pub(crate) kty: String,
    pub(crate) key_ops: BTreeSet<KeyOperation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
}

/// What the type of a key ends with that is to lie in an HSM.
const HSM: &str = "-HSM";

impl PublicJwk {
    pub(crate) fn new(material: &Material, hsm: bool, key_ops: BTreeSet<KeyOperation>) -> Self {
        let encode = |bytes: &[u8]| Some(Base64UrlUnpadded::encode_string(bytes));
        let empty = Self { kty: "oct".into(), key_ops, n: None, e: None, crv: None, x: None, y: None };
        let jwk = match material {
            Material::Rsa(public) => {
                Self { kty: "RSA".into(), n: encode(public.modulus()), e: Some("AQAB".into()), ..empty }
            }
            Material::Ec(public) => {
                let (x, y) = public.coordinates();
                let crv = Some(public.curve().as_str().to_owned());
                Self { kty: "EC".into(), crv, x: encode(x), y: encode(y), ..empty }
            }
            // Files have `oct` for a key that only an HSM can hold anyway.
            Material::Symmetric => return empty,
        };
        if hsm { Self { kty: jwk.kty.clone() + HSM, ..jwk } } else { jwk }
    }

    /// Whether the key is to lie in an HSM, as one of Key Vault's premium tier or of a managed HSM does.
    pub(crate) fn hsm(&self) -> bool {
        self.kty == "oct" || self.kty.ends_with(HSM)
    }

    pub(crate) fn material(&self) -> Result<Material, Error> {
        let malformed = || Error::new(Code::Malformed, "a public key of the vault is not a JSON Web Key");
        let decode = |text: &Option<String>| {
            Base64UrlUnpadded::decode_vec(text.as_deref().ok_or_else(malformed)?).map_err(|_| malformed())
        };
        match self.kty.strip_suffix(HSM).unwrap_or(&self.kty) {
            "oct" => Ok(Material::Symmetric),
            "RSA" => Ok(Material::Rsa(RsaPublicKey::from_components(&decode(&self.n)?, &decode(&self.e)?)?)),
            "EC" => {
                let curve = self.crv.as_deref().and_then(Curve::named).ok_or_else(malformed)?;
                let public = EcPublicKey::from_coordinates(curve, &decode(&self.x)?, &decode(&self.y)?);
                Ok(Material::Ec(public.map_err(|_| malformed())?))
            }
            _ => Err(malformed()),
        }
    }
}
