//! Which keys seal and which may open: lists that the npm package fills one by one, since handles and bytes cannot stand
//! inside of a structured value.

use crate::value::{Outcome, Thrown, random};
use cmkit_core::envelope::{self, AllowedKey, OpenKeys, SealKey};
use cmkit_core::key::{KeyUri, KeyVersion, RsaPublicKey};
use cmkit_core::secret::Secret;
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// The keys to seal under, in order.
#[wasm_bindgen]
#[derive(Default)]
pub struct SealKeys(pub(crate) Vec<SealKey>);

#[wasm_bindgen]
impl SealKeys {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// A customer-managed key; `hosts` are hosts other than Azure's that configuration allows. With `on_host`, the caller
    /// wraps under its public key.
    pub fn vault(&mut self, key: &str, hosts: Vec<String>, on_host: bool) -> Outcome<()> {
        let key = uri(key, &hosts)?;
        self.0.push(if on_host { SealKey::VaultOnHost(key) } else { SealKey::Vault(key) });
        Ok(())
    }

    pub fn service(&mut self, key: &ServiceKey) {
        self.0.push(key.0.clone().into());
    }

    pub fn record(&mut self, key: &DataKey) {
        self.0.push(key.key.clone().into());
    }
}

/// The keys that may open.
#[wasm_bindgen]
#[derive(Default)]
pub struct AllowedKeys(pub(crate) OpenKeys);

#[wasm_bindgen]
impl AllowedKeys {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// A customer-managed key in every version but those refused, or in the versions given.
    pub fn vault(
        &mut self,
        key: &str,
        hosts: Vec<String>,
        versions: Vec<String>,
        refused_versions: Vec<String>,
        created_after: Option<f64>,
    ) -> Outcome<()> {
        let mut allowed = AllowedKey::from(uri(key, &hosts)?);
        let parse = |versions: Vec<String>| {
            versions.iter().map(|version| KeyVersion::parse(version)).collect::<Result<Vec<_>, _>>().or_throw()
        };
        allowed.versions.extend(parse(versions)?);
        allowed.refused_versions = parse(refused_versions)?;
        allowed.created_after = created_after.map(|seconds| seconds as u64);
        self.0.vault.push(allowed);
        Ok(())
    }

    /// The public key of a version of the key that was added last.
    #[wasm_bindgen(js_name = publicKey)]
    pub fn public_key(&mut self, version: &str, modulus: &[u8], exponent: &[u8]) -> Outcome<()> {
        let key = RsaPublicKey::from_components(modulus, exponent).or_throw()?;
        let version = KeyVersion::parse(version).or_throw()?;
        if let Some(allowed) = self.0.vault.last_mut() {
            allowed.public_keys.push((version, key));
        }
        Ok(())
    }

    pub fn service(&mut self, key: &ServiceKey) {
        self.0.service.push(key.0.clone());
    }

    pub fn record(&mut self, key: &DataKey) {
        self.0.records.push(key.key.clone());
    }

    /// Which of the data keys, in the order they were added, a compact value is under.
    pub fn find(&self, value: &[u8]) -> Outcome<usize> {
        let found = envelope::find_data_key(&self.0.records, value).or_throw()?;
        Ok(self.0.records.iter().position(|key| Arc::ptr_eq(key, found)).unwrap_or_default())
    }
}

fn uri(key: &str, hosts: &[String]) -> Outcome<KeyUri> {
    let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
    KeyUri::parse_on(key, &hosts).or_throw()
}

/// A key that the program keeps itself.
#[wasm_bindgen]
pub struct ServiceKey(Arc<envelope::ServiceKey>);

#[wasm_bindgen]
impl ServiceKey {
    pub fn generate(name: &str) -> Outcome<Self> {
        Ok(Self(Arc::new(envelope::ServiceKey::generate(name, &mut random()).or_throw()?)))
    }

    #[wasm_bindgen(js_name = fromParts)]
    pub fn from_parts(name: &str, version: &str, key: Vec<u8>) -> Outcome<Self> {
        let (key, version) = (Secret::new(key), KeyVersion::parse(version).or_throw()?);
        Ok(Self(Arc::new(envelope::ServiceKey::from_parts(name, version, &key).or_throw()?)))
    }

    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.0.name().into()
    }

    #[wasm_bindgen(getter)]
    pub fn version(&self) -> String {
        self.0.version().to_string()
    }

    /// The key's 32 bytes, to be kept.
    pub fn expose(&self) -> Vec<u8> {
        self.0.expose().expose().to_vec()
    }
}

/// The data key of a key record.
#[wasm_bindgen]
pub struct DataKey {
    pub(crate) key: Arc<envelope::DataKey>,
    record: Vec<u8>,
}

impl DataKey {
    pub(crate) const fn new(key: Arc<envelope::DataKey>, record: Vec<u8>) -> Self {
        Self { key, record }
    }
}

#[wasm_bindgen]
impl DataKey {
    /// The key record: the data key wrapped.
    #[wasm_bindgen(getter)]
    pub fn record(&self) -> Vec<u8> {
        self.record.clone()
    }

    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.key.id().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[wasm_bindgen(getter)]
    pub fn deterministic(&self) -> bool {
        self.key.is_deterministic()
    }

    #[wasm_bindgen(getter)]
    pub fn namespace(&self) -> Option<String> {
        self.key.namespace().map(Into::into)
    }

    /// The encryption context, as names and values in turn.
    #[wasm_bindgen(getter)]
    pub fn context(&self) -> Vec<String> {
        self.key.context().iter().flat_map(|(name, value)| [name.clone(), value.clone()]).collect()
    }
}
