//! The vault of the vectors: it has every key of the keyring, says what the case scripts, and counts what it is asked.

use crate::case::{Script, State};
use crate::keyring::{HeldKey, Keyring, Material};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey};
use cmkit::key::KeyUri;
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, KeyState, WrapAlgorithm};
use cmkit::secret::Secret;
use cmkit::{BoxError, Provider, Refusal, RefusalKind};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A scripted key holder.
pub struct Holder<'k> {
    keyring: &'k Keyring,
    script: Script,
    newest: Vec<String>,
    asked: RefCell<Asked>,
}

/// What a holder was asked.
#[derive(Default)]
struct Asked {
    unwraps: Vec<String>,
    wraps: Vec<String>,
    resolves: BTreeSet<String>,
}

impl<'k> Holder<'k> {
    /// A holder of the keyring's keys. `newest` are the ids that lookups of keys without version answer with.
    #[must_use]
    pub fn new(keyring: &'k Keyring, script: &Script, newest: &[String]) -> Self {
        Self { keyring, script: script.clone(), newest: newest.to_vec(), asked: RefCell::default() }
    }

    /// The versions that it was asked to unwrap with, in order.
    pub fn called(&self) -> Vec<String> {
        self.asked.borrow().unwraps.clone()
    }

    /// The number of wrap requests.
    pub fn wraps(&self) -> usize {
        self.asked.borrow().wraps.len()
    }

    /// The number of key versions that it was asked to describe.
    pub fn resolves(&self) -> usize {
        self.asked.borrow().resolves.len()
    }

    fn find(&self, key: &KeyUri) -> Result<&'k HeldKey, Refusal> {
        let all = || self.keyring.held.values();
        let newest = || self.newest.iter().filter_map(|id| self.keyring.held.get(id));
        let found = match key.version() {
            Some(_) => all().find(|held| held.uri() == *key),
            None => newest().chain(all()).find(|held| held.key.same_key(key)),
        };
        found.ok_or_else(|| {
            if all().any(|held| held.key.host() == key.host()) {
                Refusal::new(RefusalKind::Denied, "KeyNotFound", format!("no key `{key}` is here"))
            } else {
                Refusal::new(RefusalKind::Unavailable, "HostNotFound", format!("no vault `{}` answers", key.host()))
            }
        })
    }

    /// The key, unless its script says no.
    fn find_for_use(&self, key: &KeyUri) -> Result<&'k HeldKey, Refusal> {
        match self.script.get(&key.to_string()).and_then(|scripted| scripted.state) {
            Some(State::Denied) => Err(Refusal::new(RefusalKind::Denied, "KeyDisabled", "the key is disabled")),
            Some(State::Unavailable) => Err(Refusal::new(RefusalKind::Unavailable, "Throttled", "too many requests")),
            None => self.find(key),
        }
    }

    fn answer(&self, request: &KeyRequest) -> Result<KeyReply, Refusal> {
        let mut asked = self.asked.borrow_mut();
        match request {
            KeyRequest::Resolve { key } => {
                asked.resolves.insert(key.to_string());
                let held = self.find(key)?;
                Ok(KeyReply::Resolved(self.describe(held)))
            }
            KeyRequest::Wrap { key, algorithm: WrapAlgorithm::A256Kw, dek } => {
                asked.wraps.push(key.to_string());
                match &self.find_for_use(key)?.material {
                    Material::Symmetric(kek) => Ok(KeyReply::Wrapped(aes_wrap(kek, dek.expose()))),
                    Material::Rsa { .. } => Err(wrong_algorithm()),
                }
            }
            KeyRequest::Unwrap { key, algorithm, wrapped, .. } => {
                asked.unwraps.push(key.to_string());
                let dek = match (&self.find_for_use(key)?.material, algorithm) {
                    (Material::Rsa { private, .. }, WrapAlgorithm::RsaOaep256) => rsa_unwrap(private, wrapped),
                    (Material::Symmetric(kek), WrapAlgorithm::A256Kw) => aes_unwrap(kek, wrapped),
                    _ => return Err(wrong_algorithm()),
                };
                dek.map(|dek| KeyReply::Unwrapped(Secret::new(dek))).ok_or_else(wrong_ciphertext)
            }
            _ => Err(wrong_algorithm()),
        }
    }

    fn describe(&self, held: &HeldKey) -> KeyState {
        let key = held.uri();
        let created = self.script.get(&key.to_string()).and_then(|scripted| scripted.created);
        KeyState {
            created: Some(created.unwrap_or(held.created)),
            key,
            material: match &held.material {
                Material::Rsa { public, .. } => KeyMaterial::Rsa(public.clone()),
                Material::Symmetric(_) => KeyMaterial::Symmetric,
            },
            enabled: true,
            not_before: None,
            expires: None,
            may_wrap: true,
        }
    }
}

impl Provider for Holder<'_> {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        Ok(self.answer(request).unwrap_or_else(KeyReply::Refused))
    }
}

/// RSA-OAEP-256 with the private key, by aws-lc-rs.
#[must_use]
pub fn rsa_unwrap(private: &OaepPrivateDecryptingKey, wrapped: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; private.min_output_size()];
    let dek = private.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut out, None).ok()?;
    Some(dek.to_vec())
}

fn aes_wrap(kek: &[u8], dek: &[u8]) -> Vec<u8> {
    let mut out = vec![0; dek.len() + 8];
    aes_kek(kek).wrap(dek, &mut out).expect("a data key wraps").to_vec()
}

fn aes_unwrap(kek: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; wrapped.len()];
    Some(aes_kek(kek).unwrap(wrapped, &mut out).ok()?.to_vec())
}

fn aes_kek(kek: &[u8]) -> AesKek {
    AesKek::new(&AES_256, kek).expect("a key of 32 bytes")
}

fn wrong_algorithm() -> Refusal {
    Refusal::new(RefusalKind::Denied, "KeyOperationForbidden", "the key is of another kind")
}

fn wrong_ciphertext() -> Refusal {
    Refusal::new(RefusalKind::WrongCiphertext, "BadParameter", "the value is not one that this key wrapped")
}
