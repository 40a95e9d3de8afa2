//! What objects are rewrapped to, in versions that stay the same for a whole run.

use crate::{Code, Error, Provider};
use cmkit_core::envelope::SealKey;
use cmkit_core::key::KeyUri;
use cmkit_core::operation::{KeyMaterial, KeyReply, KeyRequest};

/// The keys to wrap under, each in one version.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    pub(super) keys: Vec<SealKey>,
    /// Those that the vault itself wraps with, a call each; under RSA the public key does.
    pub(super) wrapping: Vec<KeyUri>,
}

impl Targets {
    /// Asks for the newest version of each key that has none; `pinned` are those of an earlier run.
    ///
    /// # Errors
    /// `invalid_argument` where the earlier run was to other keys; what the holder refuses.
    pub(super) fn resolve(
        keys: &[SealKey],
        pinned: Option<&[String]>,
        provider: &(impl Provider + ?Sized),
    ) -> Result<Self, Error> {
        let mut targets = Self { keys: Vec::new(), wrapping: Vec::new() };
        if pinned.is_some_and(|pinned| pinned.len() != keys.len()) {
            return Err(other_keys());
        }
        for (at, key) in keys.iter().enumerate() {
            let pinned = pinned.map(|pinned| pinned[at].as_str());
            let target = match key {
                SealKey::Vault(uri) => SealKey::Vault(targets.pin(uri, pinned, provider)?),
                SealKey::VaultOnHost(uri) => SealKey::VaultOnHost(targets.pin(uri, pinned, provider)?),
                other => other.clone(),
            };
            if pinned.is_some_and(|pinned| pinned != name_of(&target)) {
                return Err(other_keys());
            }
            targets.keys.push(target);
        }
        Ok(targets)
    }

    /// What the journal calls them.
    pub(super) fn names(&self) -> Vec<String> {
        self.keys.iter().map(name_of).collect()
    }

    fn pin(
        &mut self,
        key: &KeyUri,
        pinned: Option<&str>,
        provider: &(impl Provider + ?Sized),
    ) -> Result<KeyUri, Error> {
        let asked = match pinned {
            Some(pinned) => {
                let pinned = KeyUri::parse_on(pinned, &[key.host()])?;
                if !pinned.same_key(key) || key.version().is_some_and(|version| pinned.version() != Some(version)) {
                    return Err(other_keys());
                }
                pinned
            }
            None => key.clone(),
        };
        let reply = provider.ask(&KeyRequest::Resolve { key: asked.clone() }).map_err(Error::provider)?;
        let state = match reply {
            KeyReply::Resolved(state) => state,
            KeyReply::Refused(refusal) => return Err(Error::refused(refusal)),
            _ => return Err(invalid_reply(&asked)),
        };
        let as_asked = asked.version().is_none_or(|version| state.key.version() == Some(version));
        if !state.key.same_key(&asked) || state.key.version().is_none() || !as_asked {
            return Err(invalid_reply(&asked));
        }
        if state.material == KeyMaterial::Symmetric {
            self.wrapping.push(state.key.clone());
        }
        Ok(state.key)
    }
}

fn name_of(key: &SealKey) -> String {
    match key {
        SealKey::Vault(key) | SealKey::VaultOnHost(key) => key.to_string(),
        SealKey::Service(key) => format!("{}/{}", key.name(), key.version()),
        SealKey::Record(record) => record.id().iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => String::new(),
    }
}

fn other_keys() -> Error {
    Error::new(Code::InvalidArgument, "the journal is of a rewrap to other keys: give it another journal")
}

fn invalid_reply(key: &KeyUri) -> Error {
    Error::new(Code::InvalidReply, format!("the provider did not say what was asked of `{key}`"))
}
