//! The named test keys of `keys.json`: key versions in vaults, keys of the program, key records.

use crate::case::{check_count, read_json};
use crate::value::Hex;
use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64ct::{Base64, Encoding};
use cmkit::envelope::ServiceKey;
use cmkit::key::{KeyUri, KeyVersion, RsaPublicKey};
use cmkit::secret::Secret;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "warning")]
    _warning: String,
    keys: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Entry {
    Rsa {
        id: String,
        key: String,
        version: String,
        created: u64,
        bits: usize,
        modulus: Hex,
        thumbprint: Hex,
        private_key: String,
    },
    A256kw {
        id: String,
        key: String,
        version: String,
        created: u64,
        secret: Hex,
    },
    Service {
        id: String,
        name: String,
        version: Hex,
        secret: Hex,
    },
    Record {
        id: String,
        record: Hex,
        dek: Hex,
        dek_id: Hex,
        opens_with: Vec<String>,
        deterministic: bool,
    },
}

/// A key version that the scripted vault holds.
pub struct HeldKey {
    /// The key without its version.
    pub key: KeyUri,
    /// The version, unless it is one that cannot be sealed to.
    pub version: Option<KeyVersion>,
    /// When the vault made it.
    pub created: u64,
    /// The key itself.
    pub material: Material,
}

/// A key that a vault holds.
pub enum Material {
    /// An RSA key pair.
    Rsa {
        /// The public key.
        public: RsaPublicKey,
        /// The private key.
        private: Box<OaepPrivateDecryptingKey>,
    },
    /// A 256-bit symmetric key.
    Symmetric(Vec<u8>),
}

/// A key record of the keyring.
pub struct HeldRecord {
    /// The record.
    pub record: Vec<u8>,
    /// The id of its data key.
    pub dek_id: Vec<u8>,
    /// The ids of the keys that open it.
    pub opens_with: Vec<String>,
    /// Whether its core allows deterministic values.
    pub deterministic: bool,
}

/// Every key, by its id.
#[derive(Default)]
pub struct Keyring {
    /// Key versions in vaults.
    pub held: BTreeMap<String, HeldKey>,
    /// Keys of the program.
    pub service: BTreeMap<String, Arc<ServiceKey>>,
    /// Key records.
    pub records: BTreeMap<String, HeldRecord>,
}

impl Keyring {
    /// Reads `keys.json`.
    #[must_use]
    pub fn load() -> Self {
        let File { keys, .. } = read_json("keys");
        check_count("keys", keys.len());
        let mut keyring = Self::default();
        keys.into_iter().for_each(|entry| keyring.add(entry));
        keyring
    }

    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Rsa { id, key, version, created, bits, modulus, thumbprint, private_key } => {
                let public = RsaPublicKey::from_modulus(&modulus.0).expect("a modulus");
                assert_eq!(public.thumbprint().as_bytes()[..], thumbprint.0, "the thumbprint of {id}");
                let private = Box::new(private_key_from_pem(&private_key));
                assert_eq!((public.bits(), private.key_size_bits()), (bits, bits), "the size of {id}");
                self.hold(id, &key, &version, created, Material::Rsa { public, private });
            }
            Entry::A256kw { id, key, version, created, secret } => {
                self.hold(id, &key, &version, created, Material::Symmetric(secret.0));
            }
            Entry::Service { id, name, version, secret } => {
                let version = KeyVersion::from_bytes(version.0.try_into().expect("16 bytes of version"));
                let key = ServiceKey::from_parts(&name, version, &Secret::from_slice(&secret.0)).expect("a key");
                self.service.insert(id, Arc::new(key));
            }
            Entry::Record { id, record, dek, dek_id, opens_with, deterministic } => {
                assert_eq!(dek.0.len(), 32, "the data key of {id}");
                let record = HeldRecord { record: record.0, dek_id: dek_id.0, opens_with, deterministic };
                self.records.insert(id, record);
            }
        }
    }

    fn hold(&mut self, id: String, key: &str, version: &str, created: u64, material: Material) {
        let key = KeyUri::parse(key).expect("a key identifier");
        let version = KeyVersion::parse(version).ok();
        self.held.insert(id, HeldKey { key, version, created, material });
    }

    /// A key version by its id.
    #[must_use]
    pub fn held(&self, id: &str) -> &HeldKey {
        self.held.get(id).unwrap_or_else(|| panic!("no vault key `{id}`"))
    }
}

impl HeldKey {
    /// The identifier with the version, where it has one of 32 hex digits.
    #[must_use]
    pub fn uri(&self) -> KeyUri {
        self.version.map_or_else(|| self.key.clone(), |version| self.key.with_version(version))
    }
}

fn private_key_from_pem(pem: &str) -> OaepPrivateDecryptingKey {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let pkcs8 = Base64::decode_vec(&base64).expect("base64");
    let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).expect("an RSA private key");
    OaepPrivateDecryptingKey::new(key).expect("an RSA private key")
}
